"""What a compiled loop over text needs and numba does not offer: bytes by their address, eight digits at once.

An array handed from function to function would have its references counted, atomically, at every byte.
"""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import njit, types
from numba.extending import intrinsic
from numpy.typing import NDArray

Bytes = NDArray[np.uint8]

ZEROS, OVER_NINE, HIGH_BITS = (np.uint64(0x0101010101010101 * byte) for byte in (0x30, 0x76, 0x80))
EVERY_FOURTH, TO_FOURS, TO_EIGHT = (np.uint64(x) for x in (0xFF000000FF, 100 + (10**6 << 32), 1 + (10**4 << 32)))


def _load(bits: int, result: Any) -> Any:
    """A compiled function of an address: the little-endian number of so many bits that stands there."""

    @intrinsic
    def load(typing: Any, address: Any) -> Any:
        def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
            place = build.inttoptr(arguments[0], ir.IntType(bits).as_pointer())
            return build.zext(build.load(place, align=1), ir.IntType(64))

        return result(types.intp), emit

    return load


@intrinsic
def _count_trailing_zeros(typing: Any, word: Any) -> Any:
    """How many of a uint64's lowest bits are 0; 64 of 0."""

    def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        return build.cttz(arguments[0], ir.Constant(ir.IntType(1), 0))

    return types.int64(types.uint64), emit


byte_at = cast(Callable[[int], int], _load(8, types.int64))
_word_at = cast(Callable[[int], Any], _load(64, types.uint64))
_trailing_zeros = cast(Callable[[Any], Any], _count_trailing_zeros)


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def digits_at(p: int) -> tuple[int, Any]:
    """How many of the eight bytes at address p are digits before another byte, and the number they spell."""
    word = _word_at(p) ^ ZEROS
    # A byte holds a digit where it is at most 9: neither it nor it + 118 has the highest bit. The first other may set
    # that of the byte after it, never that of one before it.
    count = _trailing_zeros(((word + OVER_NINE) | word) & HIGH_BITS) >> 3
    if count == 0:
        return 0, 0
    word <<= np.uint64(64 - 8 * count)  # as if zeros stood before them
    pairs = word * np.uint64(10) + (word >> np.uint64(8))
    eight = (pairs & EVERY_FOURTH) * TO_FOURS + ((pairs >> np.uint64(16)) & EVERY_FOURTH) * TO_EIGHT
    return count, np.int64(eight >> np.uint64(32))


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def after_digits(p: int) -> int:
    """The first address from p on at which no digit stands."""
    count = 8
    while count == 8:
        word = _word_at(p) ^ ZEROS
        count = _trailing_zeros(((word + OVER_NINE) | word) & HIGH_BITS) >> 3
        p += count
    return p
