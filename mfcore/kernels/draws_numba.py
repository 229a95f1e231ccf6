"""The compiled form of `draws`: `numba_form`'s one pass over the ratings, with the noise added between its two halves.

A lower triangle and its right-hand side stand one system to a lane, as many as fill a cache line side by side.
"""

import numpy as np
from numba import njit, prange

from mfcore.kernels.numba_form import BLOCK, cuts_of, row_gram, threads, whole_lines
from mfcore.kernels.tile import LINE, multiply, subtract_product
from mfcore.ratings import Floats, Ints, Ratings


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def _draw(L: Floats, d: int, noise: Floats, explained: Floats) -> None:
    """Draw from the packed systems side by side, in place: v → A⁻¹v + L⁻ᵀe last; ‖L⁻¹v‖² goes to explained."""
    v = d * (d + 1) // 2
    o = 0
    for q in range(d):
        for e in range(L.shape[1]):
            L[o, e] = 1 / np.sqrt(L[o, e])
        for p in range(1, d - q):
            multiply(L, o + p, o + p, o)
        multiply(L, v + q, v + q, o)
        to = o + d - q
        for p in range(1, d - q):
            for r in range(p, d - q):
                subtract_product(L, to, o + r, o + p)
                to += 1
            subtract_product(L, v + q + p, o + p, v + q)
        o += d - q
    explained[:] = 0
    for q in range(d):
        for e in range(L.shape[1]):
            explained[e] += np.float64(L[v + q, e]) ** 2
            L[v + q, e] += noise[q, e]
    for q in range(d - 1, -1, -1):
        o -= d - q
        for p in range(1, d - q):
            subtract_product(L, v + q, o + p, v + q + p)
        multiply(L, v + q, v + q, o)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _draw_rows(
    indptr: Ints,
    indices: Ints,
    data: Floats,
    table: Floats,
    Q: Floats,
    h: Floats,
    E: Floats,
    cuts: Ints,
    X: Floats,
    missed: Floats,
) -> None:
    """Fill X (N, d) and missed (N,). A product of X and Q by BLAS would leave its threads spinning beside these."""
    dtype, m, d = table.dtype, table.shape[1], E.shape[1]
    v, lanes = d * (d + 1) // 2, LINE // table.itemsize
    none = dtype.type(0)
    for chunk in prange(len(cuts) - 1):
        Z, G = np.empty((BLOCK, m), dtype), np.empty((m, m), dtype)
        L, noise = np.ones((v + d, lanes), dtype), np.zeros((d, lanes), dtype)
        explained, rows = np.empty(lanes), np.empty(lanes, np.int64)
        filled = 0
        for i in range(cuts[chunk], cuts[chunk + 1]):
            own = slice(indptr[i], indptr[i + 1])
            row_gram(indices[own], data[own], none, table, d, Z, G)
            at = 0
            for q in range(d):
                for p in range(q, d):
                    L[at, filled] = G[p, q] + Q[p, q]
                    at += 1
                L[v + q, filled], noise[q, filled] = G[d, q] + h[q], E[i, q]
            missed[i], rows[filled] = G[d, d], i
            filled += 1
            if filled == lanes or i == cuts[chunk + 1] - 1:
                _draw(L, d, noise, explained)
                for e in range(filled):
                    beside = -explained[e]
                    for q in range(d):
                        x, charge = L[v + q, e], 2 * h[q]
                        for p in range(d):
                            charge -= Q[p, q] * L[v + p, e]
                        beside += np.float64(noise[q, e]) ** 2 + np.float64(x) * charge
                        X[rows[e], q] = x
                    missed[rows[e]] += beside
                filled = 0


def draw_rows(R: Ratings, U: Floats, c: Floats, mu: float, Q: Floats, h: Floats, E: Floats) -> tuple[Floats, Floats]:
    """x (N, d), and Σ (y − xᵀz)² of every row (N,) in float64; see `draws.draw_rows`."""
    M, k = U.shape
    table = whole_lines(M, k + 2, U.dtype)  # row j: [u_j, 1, −(c_j + μ), 0, …]
    table[:, :k], table[:, k], table[:, k + 1] = U, 1, -(c + U.dtype.type(mu))
    a = R.by_user
    X, missed = np.empty((R.N, k + 1), U.dtype), np.empty(R.N)
    with threads(R.n):
        _draw_rows(a.indptr, a.indices, a.data, table, Q, h, E, cuts_of(a.indptr), X, missed)
    return X, missed
