"""The compiled form: one pass over the ratings gathers, multiplies and solves; nothing of the size of R is made.

Row i's rated vectors z_j = [u_j, 1, r_ij − c_j − μ] are copied into a small block, padded to the vector width. The
block times itself holds Σ z zᵀ, Σ z, |Ψ_i| and v together. Then as many systems as fill a cache line are factored side
by side. A row's arithmetic is its own and in a fixed order: the bits do not depend on the number of threads.
"""

import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import numpy as np
from numba import get_num_threads, njit, prange, set_num_threads
from numpy.typing import NDArray

from mfcore.kernels import numpy_form, numpy_systems
from mfcore.kernels.tile import LINE, VECTOR_BYTES, copy_row, fetch_row, multiply, subtract_product, tile
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.ridge import pivot_floor

Mask = NDArray[np.bool_]

BLOCK = 256  # ratings gathered at a time: they stay in the first-level cache
CACHED = 1 << 22  # bytes of a table whose rows are near enough
AHEAD = 16  # ratings whose rows are under way while one is copied, where they come from beyond it
CHUNK_COST = 1 << 15  # of the rows dealt out together, in ratings
PAIRS = 1 << 20  # predictions made at a time
THREADED = 1 << 16  # ratings from which a second thread pays
ROW_COST = 32  # what solving a row takes beside gathering, in ratings

# Each call uses every core, and one of numba's threading layers aborts the process when two run at once.
_alone = threading.Lock()
_eight_rows, _four_rows = tile(8, 1), tile(4, 2)


@njit(cache=True, nogil=True)
def gram(Z: Floats, n: int, m: int, G: Floats) -> None:
    """Add the lower triangle of Z[:n, :m]ᵀ Z[:n, :m] to G."""
    w = VECTOR_BYTES // Z.itemsize
    p = 0
    while p < m:
        if p + 4 < m:
            for q in range(0, p + 8, w):
                _eight_rows(Z, n, p, q, G)
            p += 8
        else:
            for q in range(0, p + 4, 2 * w):
                _four_rows(Z, n, p, q, G)
            p += 4


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def factor(L: Floats, d: int, floor: Any, lams: Floats, sound: Mask) -> None:
    """Solve the packed systems side by side, in place: `numpy_systems.cholesky_solve`'s layout and steps, v → x last.

    L: (d(d+1)/2 + d, lanes), a system a lane.  lams, sound: (lanes,); sound comes in as n ≥ d.
    """
    v = d * (d + 1) // 2
    lanes = L.shape[1]
    a = np.zeros_like(L[0])
    o = 0
    for q in range(d):
        for e in range(lanes):
            a[e] = max(a[e], L[o, e])
        o += d - q
    m = a.copy()
    certain = lams > floor * a
    sound |= certain
    o = 0
    for q in range(d):
        for e in range(lanes):
            pivot = L[o, e]
            positive = pivot * m[e] > floor * a[e] * a[e]
            sound[e] &= positive
            if positive and not certain[e]:
                m[e] = min(m[e], pivot)
            L[o, e] = 1 / np.sqrt(pivot) if positive else a.dtype.type(0)
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
    for q in range(d - 1, -1, -1):
        o -= d - q
        for p in range(1, d - q):
            subtract_product(L, v + q, o + p, v + q + p)
        multiply(L, v + q, v + q, o)


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def row_gram(j: Ints, r: Floats, known: Any, table: Floats, d: int, Z: Floats, G: Floats) -> None:
    """G = Σ z zᵀ of one row, z = [table[j], y] with y = table[j, d] + r − known in place d.

    j, r: (n,).  table: (M, m).  Z: (BLOCK, m), to work in.  G: (m, m), its lower triangle up to d is filled.
    """
    G[:] = 0
    far = table.size * table.itemsize > CACHED
    for start in range(0, len(j), BLOCK):
        n = min(BLOCK, len(j) - start)
        for t in range(n):
            if far:
                fetch_row(table, j[min(start + t + AHEAD, len(j) - 1)])
            copy_row(table, j[start + t], Z, t)
            Z[t, d] += r[start + t] - known
        gram(Z, n, d + 1, G)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def solve_systems(
    indptr: Ints,
    indices: Ints,
    data: Floats,
    known: Floats,
    table: Floats,
    lams: Floats,
    d: int,
    floor: Any,
    cuts: Ints,
    X: Floats,
    undone: Mask,
) -> None:
    """Fill X (N, d); undone marks the rated rows that `ridge.is_definite`'s rule leaves to `solve_rest`."""
    dtype, m = table.dtype, table.shape[1]
    v = d * (d + 1) // 2
    for chunk in prange(len(cuts) - 1):
        Z, G = np.empty((BLOCK, m), dtype), np.empty((m, m), dtype)
        lanes = LINE // table.itemsize
        L, rows, own = np.ones((v + d, lanes), dtype), np.empty(lanes, np.int64), np.ones(lanes, dtype)
        sound = np.empty(lanes, np.bool_)
        filled = 0
        for i in range(cuts[chunk], cuts[chunk + 1]):
            start, stop = indptr[i], indptr[i + 1]
            undone[i] = stop - start < d and lams[i] == 0 and stop > start
            if stop > start and not undone[i]:
                row_gram(indices[start:stop], data[start:stop], known[i], table, d, Z, G)
                at = 0
                for q in range(d):
                    L[at, filled] = G[q, q] + lams[i]
                    for p in range(1, d - q):
                        L[at + p, filled] = G[q + p, q]
                    at += d - q
                    L[v + q, filled] = G[d, q]
                rows[filled], own[filled], sound[filled] = i, lams[i], stop - start >= d
                filled += 1
            if filled == lanes or (filled and i == cuts[chunk + 1] - 1):
                factor(L, d, floor, own, sound)
                for e in range(filled):
                    undone[rows[e]] = not sound[e]
                    for q in range(d):
                        X[rows[e], q] = L[v + q, e]
                filled = 0


@njit(cache=True, nogil=True, fastmath={"contract", "reassoc", "nsz"})
def dot(w: Floats, u: Floats) -> Any:
    """wᵀu of two vectors, (k,) each, in their dtype."""
    total = w[0] * u[0]
    for f in range(1, len(w)):
        total += w[f] * u[f]
    return total


@njit(cache=True, nogil=True, parallel=True)
def _row_errors(
    indptr: Ints,
    indices: Ints,
    data: Floats,
    W: Floats,
    U: Floats,
    b: Floats,
    base: Floats,
    cuts: Ints,
    sums: Floats,
    squares: Floats,
) -> None:
    """Per row: Σ e and Σ e² of e = r_ij − w_iᵀu_j − b_i − base_j, in float64."""
    for chunk in prange(len(cuts) - 1):
        for i in range(cuts[chunk], cuts[chunk + 1]):
            once, twice = 0.0, 0.0
            for t in range(indptr[i], indptr[i + 1]):
                e = np.float64(data[t]) - (dot(W[i], U[indices[t]]) + b[i] + base[indices[t]])
                once += e
                twice += e * e
            sums[i], squares[i] = once, twice


@njit(cache=True, nogil=True, parallel=True)
def _pairs(W: Floats, U: Floats, b: Floats, base: Floats, i: Ints, j: Ints, out: Floats) -> None:
    for t in prange(len(out)):
        out[t] = dot(W[i[t]], U[j[t]]) + b[i[t]] + base[j[t]]


def solve_rows(
    R: Ratings, U: Floats, b: Floats, c: Floats, mu: float, lam: float, joint: bool, weighted: bool
) -> tuple[Floats, Floats, int]:
    """W, b, and how many rated rows had no unique solution; see `kernels.solve_rows`."""
    M, k = U.shape
    d = k + joint
    base = c + U.dtype.type(mu)
    table = whole_lines(M, d + 1, U.dtype)  # row j: [u_j, 1, −(c_j + μ), 0, …]
    table[:, :k], table[:, k:d], table[:, d] = U, 1, -base
    a, n = R.by_user, R.users_counts
    lams = (lam * n if weighted else np.full(R.N, lam)).astype(U.dtype)
    known = np.zeros_like(b) if joint else b
    X, undone = np.zeros((R.N, d), U.dtype), np.zeros(R.N, np.bool_)
    floor = U.dtype.type(pivot_floor(d, U.dtype))
    with threads(R.n):
        solve_systems(a.indptr, a.indices, a.data, known, table, lams, d, floor, cuts_of(a.indptr), X, undone)
    short = numpy_systems.solve_rest(R, np.flatnonzero(undone), table[:, :d], base, known, lams, X)
    return X[:, :k], X[:, k] if joint else b, short


def solve_biases(R: Ratings, W: Floats, U: Floats, c: Floats, mu: float, lam: float, weighted: bool) -> Floats:
    """b; see `kernels.solve_biases`."""
    sums, _ = _errors(R, W, U, np.zeros(R.N, W.dtype), c, mu)
    return numpy_form.shrunk_means(sums, R.users_counts, lam, weighted).astype(W.dtype)


def squared_error(R: Ratings, W: Floats, U: Floats, b: Floats, c: Floats, mu: float) -> float:
    """Σ (r − r̂)²; see `kernels.squared_error`."""
    return float(_errors(R, W, U, b, c, mu)[1].sum())


def predict_pairs(W: Floats, U: Floats, b: Floats, c: Floats, mu: float, i: Ints, j: Ints) -> Floats:
    """w_iᵀu_j + b_i + c_j + μ; see `kernels.predict_pairs`. i, j: (n,)."""
    out = np.empty(len(i), W.dtype)
    base = c + W.dtype.type(mu)
    W, U, b = np.ascontiguousarray(W), np.ascontiguousarray(U), np.ascontiguousarray(b)
    for start in range(0, len(i), PAIRS):
        s = slice(start, start + PAIRS)
        with threads(len(i)):
            _pairs(W, U, b, base, i[s].astype(np.int64), j[s].astype(np.int64), out[s])
    return out


def _errors(R: Ratings, W: Floats, U: Floats, b: Floats, c: Floats, mu: float) -> tuple[Floats, Floats]:
    a, sums, squares = R.by_user, np.empty(R.N), np.empty(R.N)
    W, U, b = np.ascontiguousarray(W), np.ascontiguousarray(U), np.ascontiguousarray(b)
    base = c + W.dtype.type(mu)
    with threads(R.n):
        _row_errors(a.indptr, a.indices, a.data, W, U, b, base, cuts_of(a.indptr), sums, squares)
    return sums, squares


def cuts_of(indptr: Ints) -> Ints:
    """Ends of runs of rows that cost about the same to solve, after a 0. indptr: (N + 1,)."""
    cost = indptr + ROW_COST * np.arange(len(indptr))
    return np.searchsorted(cost, np.linspace(0, cost[-1], 2 + int(cost[-1]) // CHUNK_COST))


def whole_lines(rows: int, columns: int, dtype: np.dtype[Any]) -> Floats:
    """Zeros (rows, ≥ columns), every row beginning and ending with a cache line."""
    width = -(-columns * dtype.itemsize // LINE) * LINE
    raw = np.zeros(rows * width + LINE, np.uint8)
    start = -raw.ctypes.data % LINE
    return raw[start : start + rows * width].view(dtype).reshape(rows, -1)


@contextmanager
def threads(n: int) -> Iterator[None]:
    """Run alone, on all threads from THREADED ratings on and else on one: less work is done before a second wakes."""
    with _alone:
        all_threads = get_num_threads()
        try:
            set_num_threads(all_threads if n >= THREADED else 1)
            yield
        finally:
            set_num_threads(all_threads)
