"""A row's normal equations without a compiler: all Gram matrices in one sparse product, then Cholesky, batch last.

For every column j the lower triangle of z_j z_jᵀ is packed into row j of P. A row's system is then a sum of rows of P:
mask @ P gives every Σ z zᵀ at once, Y @ Z every Σ y z.
"""

from typing import Any

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mfcore.errors import outgrown
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.ridge import least_norm, pivot_floor

LONG = 1024  # ratings of a row from which a product of its own pays; a quarter of it where P leaves the cache
WIDE = 24  # unknowns from which rows are multiplied out by length
P_CACHED = 1 << 24  # bytes of P that a cache holds


def prepared(Z: Floats) -> Floats:
    """What `systems` reads beside Z, made once for all rows: P, or where that were too large, Z with a place for y."""
    return packed(Z) if Z.shape[1] < WIDE else _with_places(Z)


def systems(n: Ints, j: Ints, y: Floats, Z: Floats, table: Floats) -> tuple[Floats, Floats]:
    """Σ z zᵀ, lower triangles packed as in P, and Σ y z of rows with n ratings each. table: `prepared`(Z)."""
    return systems_by_product(n, j, y, Z, table) if Z.shape[1] < WIDE else systems_by_length(n, j, y, table)


def targets(n: Ints, j: Ints, r: Floats, base: Floats, known: Floats) -> Floats:
    """y = r_ij − (c_j + μ) − b_i of rows of n ratings each, in base's dtype. base: c + μ.  known: b of these rows."""
    # One look at a bias tells whether it is all zeros, as in plain MF; spreading it over the ratings costs far more.
    y: Floats = np.subtract(r, base.take(j), dtype=base.dtype) if base.any() else r.astype(base.dtype)
    if known.any():
        y -= np.repeat(known, n)
    return y


def packed(Z: Floats) -> Floats:
    """The lower triangle of every z_j z_jᵀ, column by column. Z: (M, d); returns (M, d(d+1)/2)."""
    z = Z.T.copy()
    P = np.empty((len(z) * (len(z) + 1) // 2, len(Z)), Z.dtype)
    for q, column in enumerate(np.split(P, np.cumsum(range(len(z), 1, -1)))):
        np.multiply(z[q:], z[q], out=column)
    return P.T.copy()


def _with_places(Z: Floats) -> Floats:
    """(M + 1, d + 1): every row of Z with a place for y, and a row of zeros to fill up with."""
    wide = np.zeros((len(Z) + 1, Z.shape[1] + 1), Z.dtype)
    wide[:-1, :-1] = Z
    return wide


def systems_by_product(n: Ints, j: Ints, y: Floats, Z: Floats, P: Floats) -> tuple[Floats, Floats]:
    """Σ z zᵀ, packed as P, and Σ y z of rows with n ratings each.

    The few rows that are LONG are multiplied out one by one: their z are gathered in less time than their z zᵀ, and
    float32 would lose digits adding so many terms in sequence.
    """
    long, ends = n > (LONG if P.nbytes <= P_CACHED else LONG // 4), np.zeros(len(n) + 1, j.dtype)
    if n.max(initial=0) <= 8 * LONG and 5 * n[long].sum() < n.sum():
        long[:] = False  # taking a few ratings out costs more than multiplying them with the others
    np.cumsum(np.where(long, 0, n), out=ends[1:])
    own = np.repeat(~long, n) if long.any() else slice(None)
    columns, shape = j[own], (len(n), len(Z))
    A: Any = csr_array((np.ones(len(columns), Z.dtype), columns, ends), shape) @ P
    v: Any = csr_array((y[own], columns, ends), shape) @ Z
    stops = np.cumsum(n)
    d = Z.shape[1]
    lower = np.triu_indices(d)
    for i in np.flatnonzero(long):
        one = slice(stops[i] - n[i], stops[i])
        zy = np.empty((n[i], d + 1), Z.dtype)
        zy[:, :d], zy[:, d] = Z.take(j[one], axis=0), y[one]
        G = zy.T @ zy  # A and v at once
        A[i], v[i] = G[lower], G[d, :d]
    return A, v


def systems_by_length(n: Ints, j: Ints, y: Floats, wide: Floats) -> tuple[Floats, Floats]:
    """`systems_by_product`'s, by rows of like length: for z so wide that the z zᵀ of all columns would fill the memory.

    wide: `_with_places`(Z). A row's z are gathered, filled up with zeros to the next of eight lengths in every octave,
    which depends on nothing but n, and multiplied with themselves.
    """
    B, M, d = len(n), len(wide) - 1, wide.shape[1] - 1
    A, v = np.zeros((B, d * (d + 1) // 2), wide.dtype), np.zeros((B, d), wide.dtype)
    starts, lower = np.cumsum(n) - n, np.triu_indices(d)
    step = 1 << np.maximum(np.frexp(n)[1] - 4, 0)
    lengths = -(-n // step) * step
    for length in np.unique(lengths[n > 0]):
        at = np.flatnonzero(lengths == length)
        places = np.arange(length)
        there = places < n[at, None]
        t = np.where(there, starts[at, None] + places, 0)
        zy = wide.take(np.where(there, j[t], M), axis=0)  # rows×length×(d+1)
        zy[..., d] = np.where(there, y[t], 0)
        G = zy.transpose(0, 2, 1) @ zy
        A[at], v[at] = G[:, lower[0], lower[1]], G[:, d, :d]
    return A, v


def cholesky_solve(A: Floats, v: Floats, lams: Floats, n: Ints) -> tuple[Floats, NDArray[np.bool_]]:
    """x of (A + λI) x = v for B systems at once, and where the factor is sound: `ridge.is_definite`'s rule.

    A: (B, d(d+1)/2) lower triangles, column by column.  v: (B, d).  lams, n: (B,).  x: (B, d), undefined where unsound.
    Everything is done in place on arrays with the batch last; 1/L stands on the factor's diagonal.
    """
    B, d = v.shape
    if B == 0:
        return v, np.ones(0, bool)
    flat, x, spare = A.T.copy(), v.T.copy(), np.empty((d, B), A.dtype)
    ends = np.cumsum(range(d, 0, -1))
    L = np.split(flat, ends[:-1])  # column q from its diagonal entry down
    for column in L:
        column[0] += lams
    a = np.max([column[0] for column in L], axis=0)
    floor = A.dtype.type(pivot_floor(d, A.dtype)) * a
    certain = lams > floor
    sound = certain | (n >= d)
    m = a.copy()
    for q, column in enumerate(L):
        pivot, below = column[0], column[1:]
        positive = pivot * m > floor * a
        sound &= positive
        pivot[~positive] = np.inf  # so its column is 0 and nothing overflows
        np.minimum(m, pivot, out=m, where=~certain)
        np.reciprocal(np.sqrt(pivot, out=pivot), out=pivot)
        below *= pivot
        x[q] *= pivot
        for p in range(q + 1, d):
            L[p] -= np.multiply(column[p - q :], column[p - q], out=spare[: d - p])
        x[q + 1 :] -= np.multiply(below, x[q], out=spare[: d - q - 1])
    for q in reversed(range(d)):
        x[q] *= L[q][0]
        for p in range(q):
            x[p] -= np.multiply(L[p][q - p], x[q], out=spare[0])
    return x.T, sound


def solve_rest(R: Ratings, rows: Ints, Z: Floats, base: Floats, known: Floats, lams: Floats, X: Floats) -> int:
    """Write the least-norm solutions of `rows`, all rated, into X: (N, d). Returns how many were not unique (E11).

    A row with fewer ratings than unknowns is solved in the space of its ratings, x = Zᵀ(ZZᵀ + λI)⁻¹y, where its
    vectors z are independent; rows of equal length together. Raises DataError where a target or λ is not finite.
    """
    if not len(rows):
        return 0
    own = R.by_user[rows]
    n, j, starts, d = np.diff(own.indptr), own.indices, own.indptr[:-1], Z.shape[1]
    y = targets(n, j, own.data, base, known[rows])
    if not (np.isfinite(y).all() and np.isfinite(lams[rows]).all()):
        raise outgrown(Z.dtype)
    left = [np.flatnonzero(n >= d)]
    short = 0
    for length in np.unique(n[n < d]):
        at = np.flatnonzero(n == length)
        places = starts[at, None] + np.arange(length)
        z = Z.take(j[places], axis=0)  # rows×length×d
        K = z @ z.transpose(0, 2, 1)
        lower = np.concatenate([K[:, q:, q] for q in range(length)], axis=1)
        a, sound = cholesky_solve(lower, y[places], lams[rows[at]], n[at])
        X[rows[at]] = np.einsum("bn,bnd->bd", a, z)
        short += int(np.count_nonzero(sound & (lams[rows[at]] == 0)))
        left.append(at[~sound])
    for t in np.concatenate(left):
        one = slice(starts[t], starts[t] + n[t])
        X[rows[t]], rank = least_norm(Z[j[one]], y[one], float(lams[rows[t]]))
        short += rank < d
    return short
