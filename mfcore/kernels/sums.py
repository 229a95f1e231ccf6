"""The items' normal equations in parts: every shard of users adds up its own, and only their sum is solved.

With z_i = [w_i, 1] (without biases w_i alone) and y_ij = r_ij − b_i − μ, row j of the sums holds the lower triangle of
Σ z zᵀ, column by column, then Σ y z, then Σ y², over those users of a shard who rated j. That is (d+1)(d+2)/2 numbers
an item, d = k + 1 (without biases k), however many ratings there are; u_j and c_j, jointly or in turn, and J follow.
"""

from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mfcore import kernels
from mfcore.kernels import chunks, numpy_form, numpy_systems
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.ridge import pivot_floor


class Prepared(NamedTuple):
    """A shard as `partial` takes it, made once however many ranges of items are asked for.

    by_item: (M, N) its ratings.  Z: (N, d) its users' z_i.  base: (N,) b_i + μ.
    table: made of these, by the compiled form or by the numpy form, for itself.
    """

    by_item: csr_array
    Z: Floats
    base: Floats
    compiled: bool
    table: Floats


class Solved(NamedTuple):
    """U (m, k) and c (m,) of m items, how many of them had no unique solution, and their part of Σ (r − r̂)²."""

    U: Floats
    c: Floats
    short: int
    squared_error: float


def width(k: int, cfg: kernels.HasTerms) -> int:
    """The sums of one item: (d+1)(d+2)/2 numbers."""
    d = k + cfg.biases
    return (d + 1) * (d + 2) // 2


def kind(cfg: kernels.HasTerms, dtype: np.dtype[Any]) -> np.dtype[Any]:
    """The dtype of the sums of a W of that dtype: at λ = 0 float64.

    Of a system that is not unique the sums are all that is left to find its rank by.
    """
    return np.dtype(np.float64) if cfg.lam == 0 else dtype


def prepared(R: Ratings, W: Floats, b: Floats, mu: float, cfg: kernels.HasTerms) -> Prepared:
    """The ratings R of a shard, and the w_i and b_i of its users, ready for `partial`."""
    dtype = kind(cfg, W.dtype)
    Z = np.column_stack([W, np.ones(len(W), dtype)] if cfg.biases else [W]).astype(dtype, copy=False)
    base = b.astype(dtype, copy=False) + dtype.type(mu)
    if kernels.compiled(cfg.kernel, R.n):
        from mfcore.kernels import numba_sums

        table = numba_sums.prepared(Z, base)
        return Prepared(R.by_item, table[:, : Z.shape[1]], base, True, table)
    return Prepared(R.by_item, Z, base, False, numpy_systems.prepared(Z))


@equation(
    r"\begin{aligned} A_j &= \sum_{i\,\in\,\Omega_j\,\cap\,\text{its users}} w_i w_i^\top \\"
    r" v_j &= \sum_{i\,\in\,\Omega_j\,\cap\,\text{its users}} r_{ij}\, w_i \end{aligned}",
    notes="6, 18",
)
def partial(shard: Prepared, items: slice) -> Floats:
    """The sums of `items` over a shard's users: (m, (d+1)(d+2)/2), zeros where nobody rated the item."""
    a, Z, base, compiled, table = shard
    d, dtype = Z.shape[1], Z.dtype
    if compiled:
        from mfcore.kernels import numba_sums

        return numba_sums.partial(a, d, table, items)
    ends = a.indptr[items.start : items.stop + 1]

    def sums(rows: slice) -> Floats:
        own, counts = slice(ends[rows.start], ends[rows.stop]), np.diff(ends[rows.start : rows.stop + 1])
        i = a.indices[own]
        y = numpy_systems.targets(counts, i, a.data[own], base, np.zeros(1, dtype))
        A, v = numpy_systems.systems(counts, i, y, Z, table)
        squares = np.bincount(np.repeat(np.arange(len(counts)), counts), np.square(y, dtype=np.float64), len(counts))
        return np.column_stack([A, v, squares.astype(dtype)])

    most = chunks.CHUNK_BYTES // (dtype.itemsize * (d * (d + 1) // 2)) + 1
    S = np.empty((len(ends) - 1, (d + 1) * (d + 2) // 2), dtype)
    for rows in chunks.of_rows(ends, most):
        S[rows] = sums(rows)
    return S


@equation(r"u_j = \Big(\sum_{\text{workers}} A_j + \lambda I\Big)^{-1} \sum_{\text{workers}} v_j", notes="6, 7, 9")
def solve(S: Floats, c: Floats, counts: Ints, cfg: kernels.HasTerms) -> Solved:
    """u_j and c_j from the sums of all shards, as `als.update_U` and `als.update_c` find them (notes §6, 7, 9).

    S: (m, (d+1)(d+2)/2).  c: (m,) as it was.  counts: (m,) |Ω_j|.
    With biases in turn u_j solves the leading k × k of the system, its right-hand side less c_j Σ w_i, and then
    c_j = (Σ y − u_jᵀ Σ w_i) / (|Ω_j| + λ).
    """
    d = round((np.sqrt(8 * S.shape[1] + 1) - 3) / 2)
    A, v = S[:, : d * (d + 1) // 2], S[:, d * (d + 1) // 2 : -1]
    lams = (cfg.lam * counts if cfg.weighted else np.full(len(S), cfg.lam)).astype(S.dtype)
    if cfg.biases and not cfg.joint:
        last = np.cumsum(range(d, 0, -1)) - 1  # of every column: its entry beside the 1
        w = A[:, last[:-1]]
        U, short = _solutions(np.delete(A, last, axis=1), v[:, :-1] - c[:, None] * w, lams, counts, cfg)
        sums = v[:, -1] - np.einsum("mk,mk->m", U, w)
        X = np.column_stack([U, numpy_form.shrunk_means(sums, counts, cfg.lam, cfg.weighted)])
    else:
        X, short = _solutions(A, v, lams, counts, cfg)
    k = d - cfg.biases
    return Solved(X[:, :k].astype(c.dtype), X[:, k].astype(c.dtype) if cfg.biases else c, short, _missed(A, v, S, X))


def _solutions(A: Floats, v: Floats, lams: Floats, counts: Ints, cfg: kernels.HasTerms) -> tuple[Floats, int]:
    """x of every (A + λI) x = v, 0 for an item without ratings, and how many were not unique (E11)."""
    X, sound = np.zeros_like(v), np.zeros(len(v), np.bool_)
    if kernels.compiled(cfg.kernel, int(counts.sum())):
        from mfcore.kernels import numba_sums

        numba_sums.solve(A, v, lams, counts, X, sound)
    else:
        for rows in _slices(len(v), chunks.CHUNK_BYTES // (A.itemsize * A.shape[1]) + 1):
            X[rows], sound[rows] = numpy_systems.cholesky_solve(A[rows], v[rows], lams[rows], counts[rows])
    X[counts == 0] = 0
    rest = np.flatnonzero(~sound & (counts > 0))
    short = 0
    for j in rest:
        X[j], rank = _least_norm(A[j], v[j], lams[j])
        short += rank < v.shape[1] and lams[j] == 0
    return X, short


def _slices(length: int, most: int) -> list[slice]:
    return [slice(at, min(at + most, length)) for at in range(0, length, most)]


def _least_norm(A: Floats, v: Floats, lam: float) -> tuple[Floats, int]:
    """The shortest of all x that come nearest to (A + λI) x = v, and the rank of A; A packed.

    A's eigenvectors whose eigenvalue is lost in rounding are the directions that no rating speaks of (E11).
    """
    d = len(v)
    full = np.zeros((d, d), A.dtype)
    full.T[np.triu_indices(d)] = A
    e, Q = np.linalg.eigh(full)  # reads the lower triangle
    kept = e > pivot_floor(d, A.dtype) * e[-1]
    x: Floats = Q[:, kept] @ ((Q[:, kept].T @ v) / (e[kept] + lam))
    return x, int(kept.sum())


def _missed(A: Floats, v: Floats, S: Floats, X: Floats) -> float:
    """Σ (r − r̂)² = Σ_j (Σ y² − 2 xᵀv + xᵀA x), which rounding may leave below 0 where the fit is perfect."""
    d, total = v.shape[1], S[:, -1].sum(dtype=np.float64) - 2 * np.einsum("md,md->", X, v, dtype=np.float64)
    at = 0
    for q in range(d):
        column = A[:, at : at + d - q]  # Σ z_q z_p for p ≥ q: twice but for the first
        Ax = 2 * np.einsum("mp,mp->m", column, X[:, q:]) - column[:, 0] * X[:, q]
        total += np.einsum("m,m->", X[:, q], Ax, dtype=np.float64)
        at += d - q
    return max(0.0, float(total))
