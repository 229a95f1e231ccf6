"""Counting sorts that build csr arrays from triples: stable, a pass to count and a pass to place, on all threads.

The entries are dealt out in runs of equal length, a thread each. Every run knows beforehand how many of each key come
in the runs before it, so its entries go where a single pass over all of them would put them: threads change no bit.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import Any, TypeVar

import numpy as np
from numba import get_num_threads, njit
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mfcore.ids import Floats, Ints

T = TypeVar("T")

THREADED = 1 << 16  # entries from which a second thread pays
BLOCK = 1 << 14  # entries sorted at a time, which with their copies stay in a second-level cache


@njit(cache=True, nogil=True)
def in_order(keys: Ints) -> bool:
    """Whether no key is less than the one before it."""
    so_far = True
    for t in range(1, len(keys)):
        so_far &= keys[t] >= keys[t - 1]
    return so_far


@njit(cache=True, nogil=True)
def _extent(a: Ints, ends: Ints) -> None:
    """The least and the greatest number into ends; as two loops, which the compiler makes of many numbers at a time."""
    low, high = a[0], a[0]
    for x in a:
        low = min(low, x)
    for x in a:
        high = max(high, x)
    ends[0], ends[1] = low, high


@njit(cache=True, nogil=True)
def _starts(keys: Ints, rows: int) -> Ints:
    """Where each row's entries start among keys that ascend, and the end; found in leaps from the one before."""
    indptr = np.zeros(rows + 1, keys.dtype)
    at = 0
    for row in range(1, rows + 1):
        leap = 1
        while at + leap <= len(keys) and keys[at + leap - 1] < row:
            at += leap
            leap *= 2
        while leap:
            if at + leap <= len(keys) and keys[at + leap - 1] < row:
                at += leap
            leap //= 2
        indptr[row] = at
    return indptr


@njit(cache=True, nogil=True)
def _count(keys: Ints, counts: Ints) -> None:
    for t in range(len(keys)):
        counts[keys[t]] += 1


@njit(cache=True, nogil=True)
def _group(keys: Ints, others: Ints, values: Floats, next_place: Ints, indices: Ints, data: Floats) -> None:
    """Entry t goes to the next free place of its key; next_place starts as every key's first."""
    for t in range(len(keys)):
        at = next_place[keys[t]]
        next_place[keys[t]] += 1
        indices[at] = others[t]
        data[at] = values[t]


@njit(cache=True, nogil=True)
def _turn(
    indptr: Ints, row: int, first: int, keys: Ints, values: Floats, next_place: Ints, indices: Ints, data: Floats
) -> None:
    """`_group` of a run of a compressed matrix's entries, which begins at entry `first`, in `row`.

    The values, then the rows: what is written at one time, a line for every key, is half as much and fits a cache.
    """
    places = next_place.copy()
    for t in range(len(keys)):
        key = np.uint64(keys[t])
        at = places[key]
        places[key] = at + 1
        data[np.uint64(at)] = values[t]
    t = 0
    while t < len(keys):
        end = min(len(keys), indptr[row + 1] - first)
        while t < end:
            key = np.uint64(keys[t])
            at = next_place[key]
            next_place[key] = at + 1
            indices[np.uint64(at)] = row
            t += 1
        row += 1


@njit(cache=True, nogil=True)
def _ascend(indptr: Ints, keys: Ints) -> bool:
    for row in range(len(indptr) - 1):
        for t in range(indptr[row] - indptr[0] + 1, indptr[row + 1] - indptr[0]):
            if keys[t] <= keys[t - 1]:
                return False
    return True


@njit(cache=True, nogil=True)
def _descents(rows: Ints, keys: Ints) -> int:
    """How many entries are in the row of the one before and have a key no greater than its."""
    count = 0
    for t in range(1, len(keys)):
        count += (rows[t] == rows[t - 1]) & (keys[t] <= keys[t - 1])
    return count


@njit(cache=True, nogil=True)
def _sort_block(indptr: Ints, keys: Ints, values: Floats, next_place: Ints, indices: Ints, data: Floats) -> None:
    """Sort every row's entries by key: all rows' together by key, then each back into its row. next_place: zeros.

    indices and data may be keys and values themselves.
    """
    if _ascend(indptr, keys):
        indices[:], data[:] = keys, values
        return
    keys, values, next_of_row = keys.copy(), values.copy(), indptr[:-1] - indptr[0]
    rows, order = np.empty_like(keys), np.empty_like(keys)
    _count(keys, next_place)
    place = 0
    for key in range(len(next_place)):
        place, next_place[key] = place + next_place[key], place
    for row in range(len(next_of_row)):
        for t in range(indptr[row] - indptr[0], indptr[row + 1] - indptr[0]):
            order[next_place[keys[t]]] = t
            next_place[keys[t]] += 1
            rows[t] = row
    for t in order:
        at = next_of_row[rows[t]]
        next_of_row[rows[t]] += 1
        indices[at], data[at] = keys[t], values[t]


@njit(cache=True, nogil=True)
def _mark(ids: Ints, low: Any, seen: NDArray[np.bool_]) -> None:
    for t in range(len(ids)):
        if not seen[ids[t] - low]:  # a line that one thread writes is lost to the others' caches
            seen[ids[t] - low] = True


@njit(cache=True, nogil=True)
def _number(ids: Ints, low: Any, number: Ints, code: Ints) -> None:
    for t in range(len(ids)):
        code[t] = number[ids[t] - low]


def extent(a: Ints) -> tuple[int, int]:
    """The least and the greatest of integers, of which there is at least one."""
    runs = _runs(len(a))
    ends = np.empty((len(runs), 2), a.dtype)
    _each(lambda run, own: _extent(a[run], own), runs, ends)
    return int(ends.min()), int(ends.max())


def numbered(ids: Ints, low: int, high: int, code: Ints) -> Ints:
    """Which of low … high are among ids, counted from low; code, which may be ids, becomes each one's number."""
    runs, lowest = _runs(len(ids)), ids.dtype.type(low)
    seen = np.zeros(high - low + 1, bool)
    _each(lambda run: _mark(ids[run], lowest, seen), runs)
    number = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    _each(lambda run: _number(ids[run], lowest, number, code[run]), runs)
    return np.flatnonzero(seen)


def rows_sorted(i: Ints, j: Ints, r: Floats, shape: tuple[int, int], keep: bool) -> tuple[csr_array, bool]:
    """Rows i, which ascend, columns j, values r as csr: columns ascending, repeated pairs in the order they came in.

    A block of rows is sorted at a time, so small that what is moved stays in the cache. keep: whether the result may be
    made of j and r themselves, should they be sorted already; also returned is whether it is.
    """
    n, indptr = len(i), _starts(i, shape[0])
    if keep and _rows_ascend(i, j):
        return csr_array((r, j, indptr), shape=shape), True
    ends = np.unique(np.searchsorted(indptr, [*range(0, n, BLOCK), n]))
    indices, data = np.empty_like(j), np.empty_like(r)

    def sort(rows: slice) -> None:
        own = slice(int(indptr[rows.start]), int(indptr[rows.stop]))
        counts = np.zeros(shape[1], j.dtype)
        _sort_block(indptr[rows.start : rows.stop + 1], j[own], r[own], counts, indices[own], data[own])

    _each(sort, [slice(*pair) for pair in pairwise(ends.tolist())])
    return csr_array((data, indices, indptr), shape=shape), False


def _rows_ascend(rows: Ints, keys: Ints) -> bool:
    """Whether the keys of entries that stand beside each other in the same row ascend."""
    runs = [slice(max(run.start - 1, 0), run.stop) for run in _runs(len(keys))]
    return not sum(_each(lambda run: _descents(rows[run], keys[run]), runs))


def by_column(i: Ints, j: Ints, r: Floats, shape: tuple[int, int]) -> csr_array:
    """Rows i, columns j, values r of a matrix as the csr of its transpose, every row in the order it came in."""
    runs = _runs(len(r))
    indptr, places = _first_places(j, shape[1], runs)
    indices, data = np.empty_like(i), np.empty_like(r)
    _each(lambda run, place: _group(j[run], i[run], r[run], place, indices, data), runs, places)
    return csr_array((data, indices, indptr), shape=shape[::-1])


def transposed(a: csr_array, into: tuple[Ints, Floats] | None = None) -> csr_array:
    """aᵀ as csr, columns ascending; `into`, as many column numbers and values, is written over where it is given."""
    keys, values = a.indices, a.data
    runs = _runs(len(keys))
    indptr, places = _first_places(keys, a.shape[1], runs)
    indices, data = into or (np.empty_like(keys), np.empty_like(values))

    def turn(run: slice, place: Ints) -> None:
        row = int(np.searchsorted(a.indptr, run.start, side="right")) - 1
        _turn(a.indptr, row, run.start, keys[run], values[run], place, indices, data)

    _each(turn, runs, places)
    return csr_array((data, indices, indptr), shape=a.shape[::-1])


def _runs(n: int) -> list[slice]:
    threads = get_num_threads() if n >= THREADED else 1
    ends = [n * t // threads for t in range(threads + 1)]
    return [slice(*pair) for pair in pairwise(ends)]


def _first_places(keys: Ints, count: int, runs: list[slice]) -> tuple[Ints, Ints]:
    """The first place of every key, and the end; and that of every run's own (runs, count)."""
    counts = np.zeros((len(runs), count), keys.dtype)
    _each(lambda run, own: _count(keys[run], own), runs, counts)
    ends = np.cumsum(counts.T, dtype=keys.dtype).reshape(count, -1)  # a key's runs follow each other
    indptr = np.zeros(count + 1, keys.dtype)
    indptr[1:] = ends[:, -1]
    return indptr, ends.T - counts


def _each(work: Callable[..., T], *parts: Any) -> list[T]:
    """`work` on every part, on as many threads as there are, but for one part on this one."""
    if len(parts[0]) == 1:
        return [work(*(each[0] for each in parts))]
    with ThreadPoolExecutor(get_num_threads()) as pool:
        return list(pool.map(work, *parts))
