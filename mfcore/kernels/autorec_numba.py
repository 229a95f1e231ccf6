"""The compiled form of `autorec`: a batch's ratings three times over, and then every row that they touch, once.

Rows of the batch are dealt out among the threads for the sums of the encoder and for the decoder with its way back;
then its films are, each with all its ratings side by side, for ∂A and ∂U and the optimizer's step at once. So no two
threads ever add to the same number, no gradient is stored, and the bits do not depend on how many threads there are.
"""

from typing import Any, NamedTuple

import numpy as np
from numba import njit, prange
from scipy.sparse import csr_array

from mfcore import nn
from mfcore.autorec_network import Network
from mfcore.kernels.numba_form import ROW_COST, dot, threads
from mfcore.kernels.tile import fetch_row
from mfcore.ratings import Floats, Ints

AHEAD = 8  # ratings whose rows of A or U are under way while one is added
PARTS = 64  # that rows are dealt out in, so that long ones do not leave a thread waiting
WORTH = 16  # multiplications of a rating that count as one rating does to `threads`
RULES = ("sgd", "momentum", "adam")
Table = tuple[Floats, Floats, Floats]  # of parameters: their values, mean and mean square slopes


@njit(cache=True, nogil=True, parallel=True, fastmath={"contract"})
def _sums(indptr: Ints, indices: Ints, x: Floats, A: Floats, cuts: Ints, Z: Floats) -> None:
    """Z (B, p) = X A."""
    for part in prange(len(cuts) - 1):
        for b in range(cuts[part], cuts[part + 1]):
            z, stop = Z[b], indptr[b + 1]
            z[:] = 0
            for t in range(indptr[b], stop):
                fetch_row(A, indices[min(t + AHEAD, stop - 1)])
                row, by = A[indices[t]], x[t]
                for q in range(len(z)):
                    z[q] += by * row[q]


@njit(cache=True, nogil=True, parallel=True, fastmath={"contract"})
def _decoded(
    indptr: Ints, indices: Ints, r: Floats, h: Floats, U: Floats, c: Floats, cuts: Ints, g: Floats, gh: Floats
) -> None:
    """g (n,) = −2(r − r̂) and gh (B, p) = GU, each row of U read once for both."""
    for part in prange(len(cuts) - 1):
        for b in range(cuts[part], cuts[part + 1]):
            back, own, stop = gh[b], h[b], indptr[b + 1]
            back[:] = 0
            for t in range(indptr[b], stop):
                fetch_row(U, indices[min(t + AHEAD, stop - 1)])
                row = U[indices[t]]
                over = dot(own, row) + c[indices[t]] - r[t]
                slope = over + over
                g[t] = slope
                for q in range(len(back)):
                    back[q] += slope * row[q]


class ByFilm(NamedTuple):
    """A batch by film: those it knows, ascending, where the ratings of each start, and their rows and places."""

    films: Ints
    starts: Ints
    rows: Ints
    places: Ints


@njit(cache=True, nogil=True)
def _by_film(indptr: Ints, indices: Ints, M: int) -> ByFilm:
    ends = np.zeros(M + 1, np.int64)
    for j in indices:
        ends[j + 1] += 1
    films = np.flatnonzero(ends[1:])
    for j in range(M):
        ends[j + 1] += ends[j]
    starts = np.append(ends[films], len(indices))
    rows, places = np.empty(len(indices), np.int32), np.empty(len(indices), np.int32)
    for b in range(len(indptr) - 1):
        for t in range(indptr[b], indptr[b + 1]):
            at = ends[indices[t]]
            ends[indices[t]] += 1
            rows[at], places[at] = b, t
    return ByFilm(films, starts, rows, places)


@njit(cache=True, nogil=True, fastmath={"contract"}, error_model="numpy")
def _step(x: Floats, g: Floats, m: Floats, v: Floats, rule: int, by: Any) -> None:
    """`nn.step` of one row in place. by: rate, β, 1 − β, β₂, 1 − β₂, ε, 1/(1 − βᵗ), 1/(1 − β₂ᵗ)."""
    # Numbers of their own: out of an array, which x might overlap for all the compiler knows, it takes one at a time.
    rate, keep, add, keep2, add2, eps, mean, square = by
    if rule == 0:
        for q in range(len(x)):
            x[q] -= rate * g[q]
    elif rule == 1:
        for q in range(len(x)):
            m[q] = keep * m[q] + g[q]
            x[q] -= rate * m[q]
    else:
        for q in range(len(x)):
            m[q] = keep * m[q] + add * g[q]
            v[q] = keep2 * v[q] + add2 * g[q] * g[q]
            x[q] -= rate * (m[q] * mean) / (np.sqrt(v[q] * square) + eps)


@njit(cache=True, nogil=True, parallel=True, fastmath={"contract"}, error_model="numpy")
def _moved(
    batch: ByFilm,
    x: Floats,
    g: Floats,
    h: Floats,
    d: Floats,
    charge: Floats,
    scale: Any,
    encoder: Table,
    decoder: Table,
    biases: Table,
    rule: int,
    by: Any,
    cuts: Ints,
) -> None:
    """Every film's ∂A, ∂U and ∂c, times scale, and its step."""
    p = h.shape[1]
    films, starts, rows, places = batch
    for part in prange(len(cuts) - 1):
        gA, gU, gc = np.empty(p, h.dtype), np.empty(p, h.dtype), np.empty(1, h.dtype)
        for film in range(cuts[part], cuts[part + 1]):
            j = films[film]
            ahead = films[min(film + 1, len(films) - 1)]
            for of in range(3):
                fetch_row(encoder[of], ahead)
                fetch_row(decoder[of], ahead)
            A, U = encoder[0][j], decoder[0][j]
            gA[:], gU[:], gc[:] = charge[film] * A, charge[film] * U, 0
            for at in range(starts[film], starts[film + 1]):
                back, own, of_A, of_U = d[rows[at]], h[rows[at]], x[places[at]], g[places[at]]
                gc[0] += of_U
                for q in range(p):
                    gA[q] += of_A * back[q]
                    gU[q] += of_U * own[q]
            for q in range(p):
                gA[q] *= scale
                gU[q] *= scale
            gc[0] *= scale
            _step(A, gA, encoder[1][j], encoder[2][j], rule, by)
            _step(U, gU, decoder[1][j], decoder[2][j], rule, by)
            one = slice(j, j + 1)
            _step(biases[0][one], gc, biases[1][one], biases[2][one], rule, by)


def sums(X: csr_array, A: Floats) -> Floats:
    """X A, for a csr of the dtype of A. (B, p)."""
    Z = np.empty((X.shape[0], A.shape[1]), A.dtype)
    with threads(X.nnz * A.shape[1] // WORTH):
        _sums(X.indptr, X.indices, X.data, A, _cuts(X.indptr), Z)
    return Z


def move(
    params: nn.Params,
    moments: nn.Moments,
    X: csr_array,
    counts: Ints,
    cfg: Network,
    keep: Floats | None,
    scale: float,
) -> nn.Moments:
    """One step, in place, of the rows that a batch touches; see `autorec_network.move`."""
    x, f, rule = X.data if keep is None else X.data * keep, cfg.f, cfg.rule
    noisy = csr_array((x, X.indices, X.indptr), shape=X.shape)
    h = f.f(sums(noisy, params["A"]) + params["a"])
    g, gh, rows = np.empty_like(x), np.empty_like(h), _cuts(X.indptr)
    worth = X.nnz * h.shape[1] // WORTH
    with threads(worth):
        _decoded(X.indptr, X.indices, X.data, h, params["U"], params["c"], rows, g, gh)
    d = f.back(gh, h)
    batch = _by_film(X.indptr, X.indices, X.shape[1])
    charge = (2 * cfg.lam * np.diff(batch.starts) / counts[batch.films]).astype(h.dtype)
    t = moments.steps + 1
    by = [rule.rate, rule.beta, 1 - rule.beta, rule.beta2, 1 - rule.beta2, rule.eps]
    numbers = tuple(np.array([*by, 1 / (1 - rule.beta**t), 1 / (1 - rule.beta2**t)], h.dtype))
    by_name, ends, one = RULES.index(rule.name), _cuts(batch.starts), h.dtype.type(scale)
    A, a, U, c = ((params[name], moments.mean[name], moments.square[name]) for name in ("A", "a", "U", "c"))
    _step(a[0], d.sum(axis=0) * one, a[1], a[2], by_name, numbers)
    with threads(worth):
        _moved(batch, x, g, h, d, charge, one, A, U, c, by_name, numbers, ends)
    return moments._replace(steps=t)


def _cuts(ends: Ints) -> Ints:
    """Ends of runs of rows that cost about the same."""
    cost = ends + ROW_COST * np.arange(len(ends))
    return np.searchsorted(cost, np.linspace(0, cost[-1], PARTS + 1))
