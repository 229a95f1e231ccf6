"""Three columns of numbers out of a large text, compiled: what nearly every table of ratings is, on all threads.

The text is cut into pieces at line ends. A first pass counts lines, so that in the second every piece knows where in
the columns its own belong. Whatever is not plain (quotes, blank lines, exponents, text for an id) is left to others.
"""

from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any

import numpy as np
from numba import get_num_threads, njit

from mfcore.ids import Floats, Ints
from mfcore.kernels.bytes import Bytes, byte_at, digits_at

Places = tuple[int, int, int]

PIECE = 1 << 22  # bytes of text read at a time
PAD = 8  # bytes that may be looked at beyond the last
MINUS, POINT, ZERO, NEWLINE, RETURN, QUOTE = b'-.0\n\r"'
MOST_DIGITS = 15  # whose number, and the power of ten below it, are whole in float64
LARGEST = 2**31 - 1
TENS = 10 ** np.arange(9)
POWERS = 10.0 ** np.arange(MOST_DIGITS + 1)


@njit(cache=True, nogil=True, error_model="numpy")
def _count_lines(text: Bytes) -> int:
    lines = 0
    for byte in text:
        lines += byte == NEWLINE
    return lines


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _integer(text: Bytes, p: int) -> tuple[int, int, bool]:
    """Where the integer at p ends, what it is, and whether it is one that fits into 32 bits."""
    sign = 1
    count, number = digits_at(text, p)
    if count == 0 and byte_at(text, p) == MINUS:
        sign, p = -1, p + 1
        count, number = digits_at(text, p)
    total = count
    p += count
    if count == 8:
        count, more = digits_at(text, p)
        number = number * TENS[count] + more
        total += count
        p += count
    return p, sign * number, 0 < total <= MOST_DIGITS and number <= LARGEST


@njit(cache=True, nogil=True, error_model="numpy", forceinline=True)
def _decimal(text: Bytes, p: int) -> tuple[int, float, bool]:
    """Where the decimal at p ends, what it is, and whether it has few enough digits to be exactly that."""
    sign, number, count, below = 1, 0, 0, 0
    digit = byte_at(text, p) - ZERO
    if digit == MINUS - ZERO:
        sign, p = -1, p + 1
        digit = byte_at(text, p) - ZERO
    while 0 <= digit <= 9 and count <= MOST_DIGITS:  # one after the other: most ratings look alike, and branches guess
        number, count, p = 10 * number + digit, count + 1, p + 1
        digit = byte_at(text, p) - ZERO
    if digit == POINT - ZERO:
        p += 1
        digit = byte_at(text, p) - ZERO
        while 0 <= digit <= 9 and count <= MOST_DIGITS:
            number, count, below, p = 10 * number + digit, count + 1, below + 1, p + 1
            digit = byte_at(text, p) - ZERO
    return p, sign * number / POWERS[min(below, MOST_DIGITS)], 0 < count <= MOST_DIGITS


@njit(cache=True, nogil=True, error_model="numpy")
def _lines(text: Bytes, separator: int, width: int, at: Places, i: Ints, j: Ints, r: Floats) -> int:
    """Fill i, j, r from as many lines of text; returns where they end, or −1 if one is not plain or does not fit."""
    p = 0
    for t in range(len(i)):
        for column in range(width):
            if column == at[0]:
                p, number, fits = _integer(text, p)
                i[t] = number
            elif column == at[1]:
                p, number, fits = _integer(text, p)
                j[t] = number
            elif column == at[2]:
                p, value, fits = _decimal(text, p)
                r[t] = value
                fits &= np.float64(r[t]) == value
            else:
                count = 8
                while count == 8:
                    count, _ = digits_at(text, p)
                    p += count
                byte = byte_at(text, p)
                while byte not in (separator, NEWLINE, RETURN, QUOTE, 0):
                    p += 1
                    byte = byte_at(text, p)
                fits = True
            if not fits:
                return -1
            if column < width - 1:
                if byte_at(text, p) != separator:
                    return -1
                p += 1
        if byte_at(text, p) == RETURN:
            p += 1
        if byte_at(text, p) != NEWLINE:
            return -1
        p += 1
    return p


def read(data: Any, start: int, separator: str, width: int, at: Places) -> tuple[Ints, Ints, Floats] | None:
    """User ids, item ids (int32) and ratings of the lines from byte `start` on, of `width` fields each; or None.

    data: bytes, or a file mapped to memory.  separator: one character.  at: the columns of user, item and rating.
    The ratings are float32 if each is the same number in it, else float64.
    """
    text = np.frombuffer(data, np.uint8)
    cuts = [start]
    while (end := data.find(b"\n", cuts[-1] + PIECE) + 1) and end + PAD <= len(text):
        cuts.append(end)
    rest = text[cuts[-1] :]
    end_of_line = rest[len(rest) :] if len(rest) and rest[-1] == NEWLINE else np.full(1, NEWLINE, np.uint8)
    pieces = [text[a:] for a in cuts[:-1]] + [np.concatenate([rest, end_of_line, np.zeros(PAD, np.uint8)])]
    sizes = [*np.diff(cuts).tolist(), len(rest) + len(end_of_line)]
    with ThreadPoolExecutor(get_num_threads()) as pool:
        counts = pool.map(lambda piece, size: _count_lines(piece[:size]), pieces, sizes)
        ends = [0, *np.cumsum(list(counts)).tolist()]
        i, j = np.empty(ends[-1], np.int32), np.empty(ends[-1], np.int32)
        for dtype in (np.float32, np.float64):
            r = np.empty(ends[-1], dtype)

            def read_to(piece: Bytes, own: tuple[int, int], r: Floats = r) -> int:
                s = slice(*own)
                return int(_lines(piece, ord(separator), width, at, i[s], j[s], r[s]))

            if list(pool.map(read_to, pieces, pairwise(ends))) == sizes:
                return i, j, r
    return None
