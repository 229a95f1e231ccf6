"""Rows in chunks, so that what is made of them stays in a core's cache, and a second thread where it pays."""

import os
import sys
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import cache
from typing import TypeVar

import numpy as np

from mfcore.ratings import Floats, Ints, Ratings

T = TypeVar("T")
CHUNK_BYTES = 1 << 22  # of systems: wide enough to hide the cost of a call, small enough for the cache
CHUNK_RATINGS = 1 << 18  # of ratings in a chunk of rows
THREADED = 1 << 20  # ratings from which a second thread pays
THREADS = 1 if sys.platform == "emscripten" else min(2, os.cpu_count() or 1)


def over_chunks(work: Callable[[slice], T], R: Ratings, most: int) -> list[T]:
    """`work` on all rows, chunk by chunk: at most `most` rows and, beyond one row, CHUNK_RATINGS ratings each."""
    _keep_freed_blocks()
    if R.n < THREADED or THREADS == 1:
        return [work(rows) for rows in of_rows(R.by_user.indptr, most)]
    from threadpoolctl import threadpool_limits  # not needed, and not there, where there are no threads

    with (
        threadpool_limits(1, user_api="blas"),
        ThreadPoolExecutor(THREADS) as pool,
    ):  # two levels of threads would clash
        return list(pool.map(work, of_rows(R.by_user.indptr, most)))


def of_rows(indptr: Ints, most: int) -> Iterator[slice]:
    """Runs of rows, all of them in order: each `most` rows and CHUNK_RATINGS ratings at most, or one row.

    indptr: (N + 1,), where the ratings of each row begin, and the end.
    """
    start, N = 0, len(indptr) - 1
    while start < N:
        full = int(np.searchsorted(indptr, indptr[start] + CHUNK_RATINGS, side="right")) - 1
        stop = max(start + 1, min(start + most, full, N))
        yield slice(start, stop)
        start = stop


def part_of(R: Ratings, rows: slice) -> tuple[Ints, Ints, Floats]:
    """|Ψ_i| of B rows, (B,), and their columns and ratings one row after the other, (n,) each."""
    a = R.by_user
    own = slice(a.indptr[rows.start], a.indptr[rows.stop])
    return np.diff(a.indptr[rows.start : rows.stop + 1]), a.indices[own], a.data[own]


@cache
def _keep_freed_blocks() -> None:
    """Once in a process: have freed memory kept for the next call.

    glibc returns a freed block to the system, and fetching its pages again takes longer than the arithmetic done on
    them. Once one block of nearly 32 MiB was freed, it keeps smaller ones. No page of this one is touched.
    """
    np.empty(31 << 20, np.uint8)
