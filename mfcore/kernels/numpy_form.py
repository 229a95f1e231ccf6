"""The form without a compiler: rows are taken in chunks, so memory stays bounded; see `numpy_systems`."""

import numpy as np

from mfcore.kernels import chunks
from mfcore.kernels.chunks import over_chunks, part_of
from mfcore.kernels.numpy_systems import cholesky_solve, prepared, solve_rest, systems, targets
from mfcore.ratings import Floats, Ints, Ratings

CHUNK_PAIRS = 1 << 13  # of predictions, whose gathered vectors stay in a core's cache


def solve_rows(
    R: Ratings, U: Floats, b: Floats, c: Floats, mu: float, lam: float, joint: bool, weighted: bool
) -> tuple[Floats, Floats, int]:
    """W, b, and how many rated rows had no unique solution; see `kernels.solve_rows`."""
    k = U.shape[1]
    Z = np.column_stack([U, np.ones(len(U), U.dtype)]) if joint else np.ascontiguousarray(U)  # M×d
    d = Z.shape[1]
    table, base = prepared(Z), c + U.dtype.type(mu)
    X = np.zeros((R.N, d), U.dtype)

    lams = (lam * R.users_counts if weighted else np.full(R.N, lam)).astype(U.dtype)
    known = np.zeros_like(b) if joint else b
    undone = R.users_counts > 0

    def solve(rows: slice) -> None:
        n, j, r = part_of(R, rows)
        y = targets(n, j, r, base, known[rows])
        A, v = systems(n, j, y, Z, table)
        # Only without λ are there so many rows that cannot be solved this way that leaving them out pays.
        at = slice(None) if lam > 0 else np.flatnonzero(n >= d)
        x, sound = cholesky_solve(A[at], v[at], lams[rows][at], n[at])
        X[rows][at] = x
        undone[rows][at] &= ~sound

    width = U.dtype.itemsize * (d * (d + 1) // 2 + d)
    over_chunks(solve, R, chunks.CHUNK_BYTES // width + 1)
    short = solve_rest(R, np.flatnonzero(undone), Z, base, known, lams, X)
    return X[:, :k], X[:, k] if joint else b, short


def solve_biases(R: Ratings, W: Floats, U: Floats, c: Floats, mu: float, lam: float, weighted: bool) -> Floats:
    """b; see `kernels.solve_biases`."""
    n = R.users_counts
    left, right = _sides(W, U, np.zeros(R.N, W.dtype), c, mu)

    def sums(rows: slice) -> Floats:
        e = _residuals(R, rows, left, right)
        return np.bincount(np.repeat(np.arange(len(n[rows])), n[rows]), e, len(n[rows])).astype(np.float64, copy=False)

    return shrunk_means(np.concatenate(over_chunks(sums, R, R.N)), n, lam, weighted).astype(W.dtype)


def shrunk_means(sums: Floats, n: Ints, lam: float, weighted: bool) -> Floats:
    """sums / (n + λ), with weighted / (n + λn); 0 where n is 0."""
    means: Floats = np.divide(sums, n + lam * (n if weighted else 1.0), out=np.zeros(len(n)), where=n > 0)
    return means


def squared_error(R: Ratings, W: Floats, U: Floats, b: Floats, c: Floats, mu: float) -> float:
    """Σ (r − r̂)²; see `kernels.squared_error`."""
    left, right = _sides(W, U, b, c, mu)

    def sums(rows: slice) -> float:
        e = _residuals(R, rows, left, right)
        return float(np.einsum("n,n->", e, e, dtype=np.float64))

    return sum(over_chunks(sums, R, R.N))


def predict_pairs(W: Floats, U: Floats, b: Floats, c: Floats, mu: float, i: Ints, j: Ints) -> Floats:
    """w_iᵀu_j + b_i + c_j + μ; see `kernels.predict_pairs`. i, j: (n,)."""
    out, base = np.empty(len(i), W.dtype), c + W.dtype.type(mu)
    for start in range(0, len(i), CHUNK_PAIRS):
        s = slice(start, start + CHUNK_PAIRS)
        np.einsum("nk,nk->n", W.take(i[s], axis=0), U.take(j[s], axis=0), out=out[s])
        out[s] += b.take(i[s])
        out[s] += base.take(j[s])
    return out


def _sides(W: Floats, U: Floats, b: Floats, c: Floats, mu: float) -> tuple[Floats, Floats]:
    """[w_i, b_i, 1] and [u_j, 1, c_j + μ]: their dot product is the whole prediction."""
    ones_N, ones_M = np.ones(len(W), W.dtype), np.ones(len(U), W.dtype)
    return np.column_stack([W, b, ones_N]), np.column_stack([U, ones_M, c + W.dtype.type(mu)])


def _residuals(R: Ratings, rows: slice, left: Floats, right: Floats) -> Floats:
    """r_ij − r̂_ij of the rows' ratings, in the wider of the two dtypes."""
    n, j, r = part_of(R, rows)
    predicted = np.einsum("nk,nk->n", np.repeat(left[rows], n, axis=0), right.take(j, axis=0))
    return np.asarray(r - predicted)
