"""From what people have to arrays: any hashable ids to 0..N−1, anything that counts as a number to floats."""

from collections.abc import Callable
from typing import Any

import numpy as np
from numpy.typing import NDArray

from mfcore.errors import DataError

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]

_PIECE = 1 << 18


def one_column(given: Any, what: str) -> NDArray[Any]:
    """A list, an array, a pandas or pyarrow column as a 1-d array that keeps each element as it is.

    Tuples stay tuples, and 1 and "1" stay two things. Raises DataError on more dimensions and on masked elements.
    """
    if getattr(given, "null_count", 0):
        # pyarrow turns the missing words of a dictionary into other words on the way to numpy.
        given = given.to_pylist()
    if hasattr(given, "__array__"):
        a = np.asarray(given)
        if a.ndim != 1:
            raise DataError(f"the {what}s are one column, not an array of shape {a.shape}")
        if isinstance(given, np.ma.MaskedArray):
            refuse(np.ma.getmaskarray(given), f"the {what} is missing", lambda t: "masked")
        return a
    listed = list(given)
    kinds = {type(x) for x in listed}
    if len(kinds) == 1 and kinds <= {int, float, bool, np.int32, np.int64, np.float32, np.float64}:
        a = np.asarray(listed)
        # Integers beyond 64 bits, or of both signs and nearly so large, become floats, in which neighbours are one.
        if kinds != {int} or a.dtype.kind in "iu":
            return a
    return _objects(listed)


def as_values(a: NDArray[Any]) -> Floats:
    """Ratings as floats: float32 stays, all else that is or spells a number becomes float64.

    Raises DataError, naming the first rows, where something is not a number.
    """
    if a.dtype in (np.float32, np.float64):
        return a
    if a.dtype.kind in "biufOSUT":
        try:
            return a.astype(np.float64)
        except (TypeError, ValueError, OverflowError):
            refuse(np.array([not _is_number(x) for x in a]), "the rating is not a number", lambda t: _brief(a[t]))
    raise DataError(f"ratings are numbers, not {a.dtype}")


def map_ids(a: NDArray[Any], what: str, overwrite: bool = False) -> tuple[NDArray[Any], Ints]:
    """The distinct ids, and for every row the number of its id among them.

    Ids ascend where they can be compared; of several types, those of one type stand together; what cannot be
    ordered at all keeps the order of first appearance. overwrite: whether the numbers may take the place of the ids.
    Raises DataError, naming the first rows, where an id is
    missing (None, NaN, NaT) or not hashable.
    """
    if a.dtype.kind in "iu" and len(a):
        return _map_integers(a, overwrite)
    if a.dtype.kind in "fmMb":
        missing = np.isnat(a) if a.dtype.kind in "mM" else ~np.isfinite(a)
        refuse(missing, f"the {what} is missing", lambda t: f"{a[t]}")
        unique, code = np.unique(a, return_inverse=True)
        return unique, code.astype(np.int32)
    number: dict[Any, int] = {}
    try:
        code = np.fromiter((number.setdefault(x, len(number)) for x in a.tolist()), np.int32, len(a))
    except TypeError as e:
        raise DataError(f"a {what} cannot be told apart from others: {e}") from e
    unique_ids = list(number)
    missing = np.array([_is_missing(x) for x in unique_ids], bool)
    refuse(missing[code] if missing.any() else missing[:0], f"the {what} is missing", lambda t: repr(a[t]))
    order = _order(unique_ids)
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order), dtype=np.int32)
    return _objects([unique_ids[t] for t in order]), rank[code]


def refuse(bad: NDArray[np.bool_], why: str, show: Callable[[int], str]) -> None:
    """Raises DataError naming the first rows that are bad, and the content of the first; does nothing if none is."""
    if bad.any():
        rows = np.flatnonzero(bad)
        raise DataError(f"{why} in row {listed(rows)} (counted from 0; the first is {show(int(rows[0]))})")


def extent(a: Ints) -> tuple[int, int]:
    """The least and the greatest of integers, of which there is at least one; compiled where there are many."""
    if a.dtype in (np.int32, np.int64) and (sort := _compiled_sort(len(a))):
        ends: tuple[int, int] = sort.extent(a)
        return ends
    return int(a.min()), int(a.max())


def listed(rows: Ints, most: int = 5) -> str:
    """The first few of these numbers in words."""
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(str(int(t)) for t in rows[:most]) + more


def _map_integers(a: NDArray[Any], overwrite: bool) -> tuple[NDArray[Any], Ints]:
    """`np.unique` by a table of the range of ids where that is small, which is many times faster than sorting."""
    wide = np.uint64 if a.dtype == np.uint64 else np.int64
    low, high = extent(a)
    if high - low >= 4 * len(a) + 1024:
        unique, code = np.unique(a, return_inverse=True)
        return unique.astype(wide), code.astype(np.int32)
    if (sort := _compiled_sort(len(a))) and a.dtype in (np.int32, np.int64):
        code = a if overwrite and a.dtype == np.int32 else np.empty(len(a), np.int32)
        seen = sort.numbered(a, low, high, code)
        return seen.astype(wide) + wide(low), code
    # In pieces, because memory that has not been touched before costs more than the arithmetic.
    pieces = [slice(at, at + _PIECE) for at in range(0, len(a), _PIECE)]
    seen = np.zeros(high - low + 1, bool)
    for p in pieces:
        seen[a[p].astype(wide, copy=False) - wide(low)] = True
    number = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    code = np.empty(len(a), np.int32)
    for p in pieces:
        code[p] = number[a[p].astype(wide, copy=False) - wide(low)]
    return np.flatnonzero(seen).astype(wide) + wide(low), code


def _compiled_sort(n: int) -> Any:
    from mfcore import kernels  # which stands on this module

    return kernels.sort_form(n)


def _order(ids: list[Any]) -> NDArray[np.intp]:
    keys: tuple[Callable[[int], Any], ...] = (lambda t: ids[t], lambda t: (type(ids[t]).__name__, ids[t]))
    for key in keys:
        try:
            return np.array(sorted(range(len(ids)), key=key), np.intp)
        except TypeError:
            continue
    return np.arange(len(ids))


def _objects(values: list[Any]) -> NDArray[Any]:
    a = np.empty(len(values), object)
    for t, x in enumerate(values):
        a[t] = x
    return a


def _is_missing(x: object) -> bool:
    try:
        return x is None or bool(x != x)
    except TypeError:  # pandas' NA, which has no truth value
        return True


def _is_number(x: Any) -> bool:
    try:
        float(x)
    except (TypeError, ValueError, OverflowError):
        return False
    return True


def _brief(x: object, most: int = 40) -> str:
    text = repr(x)
    return text if len(text) <= most else text[:most] + "…"
