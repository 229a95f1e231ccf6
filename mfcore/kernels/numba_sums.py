"""The compiled form of `sums`: an item's Σ [z, y][z, y]ᵀ is made as in `numba_form`, and written down, not solved."""

from typing import Any

import numpy as np
from numba import njit, prange
from scipy.sparse import csr_array

from mfcore.kernels.numba_form import BLOCK, Mask, cuts_of, factor, row_gram, threads, whole_lines
from mfcore.kernels.tile import LINE
from mfcore.ratings import Floats, Ints
from mfcore.ridge import pivot_floor

TOGETHER = 1 << 10  # systems dealt out together


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _partial(ends: Ints, indices: Ints, data: Floats, table: Floats, d: int, zero: Any, cuts: Ints, S: Floats) -> None:
    dtype, m = table.dtype, table.shape[1]
    v = d * (d + 1) // 2
    for chunk in prange(len(cuts) - 1):
        Z, G = np.empty((BLOCK, m), dtype), np.empty((m, m), dtype)
        for j in range(cuts[chunk], cuts[chunk + 1]):
            start, stop = ends[j], ends[j + 1]
            if stop > start:
                row_gram(indices[start:stop], data[start:stop], zero, table, d, Z, G)
                at = 0
                for q in range(d):
                    for p in range(q, d):
                        S[j, at] = G[p, q]
                        at += 1
                    S[j, v + q] = G[d, q]
                S[j, v + d] = G[d, d]


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _solve(A: Floats, v: Floats, lams: Floats, counts: Ints, floor: Any, X: Floats, sound: Mask) -> None:
    d, lanes = v.shape[1], LINE // A.itemsize
    size = A.shape[1]
    for chunk in prange((len(v) + TOGETHER - 1) // TOGETHER):
        L, own, fine = np.ones((size + d, lanes), A.dtype), np.ones(lanes, A.dtype), np.empty(lanes, np.bool_)
        for start in range(chunk * TOGETHER, min(len(v), (chunk + 1) * TOGETHER), lanes):
            filled = min(lanes, len(v) - start)
            for e in range(filled):
                j = start + e
                for t in range(size):
                    L[t, e] = A[j, t]
                for q in range(d):
                    L[size + q, e] = v[j, q]
                own[e], fine[e] = lams[j], counts[j] >= d
                at = 0
                for q in range(d):
                    L[at, e] += lams[j]
                    at += d - q
            factor(L, d, floor, own, fine)
            for e in range(filled):
                sound[start + e] = fine[e]
                for q in range(d):
                    X[start + e, q] = L[size + q, e]


def prepared(Z: Floats, base: Floats) -> Floats:
    """Lines for `partial`, row i: [z_i, −(b_i + μ), 0, …]. Z: (N, d), base: (N,) b + μ."""
    N, d = Z.shape
    table = whole_lines(N, d + 1, Z.dtype)
    table[:, :d], table[:, d] = Z, -base
    return table


def partial(a: csr_array, d: int, table: Floats, items: slice) -> Floats:
    """See `sums.partial`. a: (M, N) the ratings by item.  table: `prepared` of Z (N, d)."""
    ends = a.indptr[items.start : items.stop + 1]
    S = np.zeros((len(ends) - 1, (d + 1) * (d + 2) // 2), table.dtype)
    with threads(int(ends[-1] - ends[0])):
        _partial(ends, a.indices, a.data, table, d, table.dtype.type(0), cuts_of(ends - ends[0]), S)
    return S


def solve(A: Floats, v: Floats, lams: Floats, counts: Ints, X: Floats, sound: Mask) -> None:
    """Fill X and sound; see `numpy_systems.cholesky_solve`."""
    floor = A.dtype.type(pivot_floor(v.shape[1], A.dtype))
    with threads(int(counts.sum())):
        _solve(np.ascontiguousarray(A), np.ascontiguousarray(v), lams, counts, floor, X, sound)
