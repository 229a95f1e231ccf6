"""The form without a compiler of `draws`: `numpy_systems`' sums, then Cholesky with the batch on the last axis."""

import numpy as np

from mfcore.kernels import chunks, numpy_systems
from mfcore.ratings import Floats, Ratings


def draw_rows(R: Ratings, U: Floats, c: Floats, mu: float, Q: Floats, h: Floats, E: Floats) -> tuple[Floats, Floats]:
    """x (N, d), and Σ (y − xᵀz)² of every row (N,) in float64; see `draws.draw_rows`."""
    Z = np.column_stack([U, np.ones(len(U), U.dtype)])
    d = Z.shape[1]
    table, lower = numpy_systems.prepared(Z), Q[np.triu_indices(d)]
    base, known = c + U.dtype.type(mu), np.zeros(R.N, U.dtype)
    X, missed = np.empty((R.N, d), U.dtype), np.empty(R.N)

    def draw(rows: slice) -> None:
        n, j, r = chunks.part_of(R, rows)
        y = numpy_systems.targets(n, j, r, base, known[rows])
        A, v = numpy_systems.systems(n, j, y, Z, table)
        e = E[rows]
        x, explained = _draw(A + lower, v + h, e)
        squares = np.bincount(np.repeat(np.arange(len(n)), n), np.square(y, dtype=np.float64), len(n))
        beside = np.einsum("nd,nd->n", x, 2 * h - x @ Q, dtype=np.float64)
        X[rows], missed[rows] = x, squares - explained + beside + np.einsum("nd,nd->n", e, e, dtype=np.float64)

    width = U.dtype.itemsize * (len(lower) + d)
    chunks.over_chunks(draw, R, chunks.CHUNK_BYTES // width + 1)
    return X, missed


def _draw(A: Floats, v: Floats, E: Floats) -> tuple[Floats, Floats]:
    """A⁻¹v + L⁻ᵀe and ‖L⁻¹v‖² of B systems at once, A = LLᵀ. A: (B, d(d+1)/2) lower triangles, column by column."""
    d = v.shape[1]
    x, flat = v.T.copy(), A.T.copy()
    L = np.split(flat, np.cumsum(range(d, 1, -1)))  # column q from its diagonal entry down; there 1/L in the end
    for q, column in enumerate(L):
        column[0] **= -0.5
        column[1:] *= column[0]
        x[q] *= column[0]
        x[q + 1 :] -= column[1:] * x[q]
        for p in range(q + 1, d):
            L[p] -= column[p - q :] * column[p - q]
    explained = np.einsum("db,db->b", x, x, dtype=np.float64)
    x += E.T
    for q in reversed(range(d)):
        x[q] -= np.einsum("pb,pb->b", L[q][1:], x[q + 1 :])
        x[q] *= L[q][0]
    return x.T, explained
