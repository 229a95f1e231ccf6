"""One epoch of steps of one rating (notes §14), in two forms that take the ratings in the same order.

Users and items are cut into P ranges each, which cuts the ratings into P·P blocks. P blocks that lie in different
ranges of both, a stratum, share no row of any table: they can be gone through side by side, and whoever goes first,
every row meets the same ratings in the same order. An epoch is P strata in random order, every block of them user by
user. So the bits are those of one thread, however many there are.

Source: Gemulla et al. (2011), Large-scale matrix factorization with distributed stochastic gradient descent.
"""

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from typing import NamedTuple
from weakref import WeakKeyDictionary

import numpy as np

from mfcore import kernels
from mfcore.kernels.chunks import THREADED, THREADS
from mfcore.ratings import Floats, Ints, Ratings

P = 8  # ranges: an eighth of the items of MovieLens-20M stays in a core's cache
COMPILED_FROM = 10_000  # ratings: numpy's epoch of so many takes a few hundredths of a second

Tables = tuple[Floats, Floats, Floats, Floats]  # W (N, k), U (M, k), b (N,), c (M,)


class Blocks(NamedTuple):
    """All ratings, block by block: i, j, r, (n,) each; block (g, h) is at ends[g, h] to ends[g, h + 1], (P, P + 1)."""

    i: Ints
    j: Ints
    r: Floats
    ends: Ints


_known: "WeakKeyDictionary[Ratings, Blocks]" = WeakKeyDictionary()


def blocks(R: Ratings) -> Blocks:
    """The ratings of every block, users ascending, then items. Made once, and kept for as long as R is there."""
    if R not in _known:
        _known[R] = _sorted(R)
    return _known[R]


def _sorted(R: Ratings) -> Blocks:
    a, users, items = R.by_user, _ranges(R.by_user.indptr), _ranges(R.by_item.indptr)
    range_of = np.repeat(np.arange(P, dtype=np.uint8), np.diff(items))  # (M,); of 8 bits, which are sorted by counting
    found = Blocks(np.empty_like(a.indices), np.empty_like(a.indices), np.empty_like(a.data), np.empty((P, P + 1), int))

    def place(g: int) -> None:
        rows = slice(users[g], users[g + 1])
        own = slice(*a.indptr[[rows.start, rows.stop]])
        keys = range_of[a.indices[own]]
        order = np.argsort(keys, kind="stable")
        i = np.repeat(np.arange(rows.start, rows.stop, dtype=a.indices.dtype), np.diff(a.indptr)[rows])
        for part, whole in zip(found, (i, a.indices[own], a.data[own]), strict=False):
            np.take(whole, order, out=part[own])
        found.ends[g] = own.start + np.cumsum([0, *np.bincount(keys, minlength=P)])

    if R.n < THREADED or THREADS == 1:
        for g in range(P):
            place(g)
    else:
        with ThreadPoolExecutor(THREADS) as pool:
            list(pool.map(place, range(P)))
    return found


def _ranges(indptr: Ints) -> Ints:
    """P + 1 row numbers, between every two of them about as many ratings."""
    ends = np.searchsorted(indptr, np.linspace(0, indptr[-1], P + 1))
    ends[-1] = len(indptr) - 1
    return ends


def epoch(
    R: Ratings,
    tables: Tables,
    mu: float,
    charges: tuple[Floats, Floats],
    rate: float,
    biases: bool,
    rng: np.random.Generator,
    kernel: kernels.Form,
) -> Tables:
    """W, U, b, c after a step θ ← θ − η∇ℓ_ij for every rating, of the four tables as given, which are not changed.

    charges: λ/|Ψ_i| (N,) and λ/|Ω_j| (M,), or what stands in their place.  rate: η.  "auto" takes the compiled form
    from COMPILED_FROM ratings on, where it is installed.
    """
    shifts = rng.permutation(P)
    g = np.arange(P)
    strata = np.stack([np.broadcast_to(g, (P, P)), (g + shifts[:, None]) % P], axis=-1)  # (P, P, 2): block (g, h)
    return _form(kernel, R.n)(blocks(R), strata, tables, mu, charges, rate, biases)


def _form(kernel: kernels.Form, n: int) -> Callable[..., Tables]:
    if not kernels.compiled(kernel, n, COMPILED_FROM):
        return _epoch
    from mfcore.kernels import sgd_numba

    return sgd_numba.epoch


def _epoch(
    x: Blocks,
    strata: Ints,
    tables: Tables,
    mu: float,
    charges: tuple[Floats, Floats],
    rate: float,
    biases: bool,
) -> Tables:
    """The form without a compiler: rating t of all blocks of a stratum at once."""
    W, U, b, c = (table.copy() for table in tables)
    of_i, of_j = charges
    two = 2 * W.dtype.type(rate)
    for stratum in strata:
        starts = x.ends[stratum[:, 0], stratum[:, 1]]
        lengths = x.ends[stratum[:, 0], stratum[:, 1] + 1] - starts
        longest_first = np.argsort(-lengths)
        starts, lengths = starts[longest_first], lengths[longest_first]
        for t in range(lengths[0]):
            at = starts[lengths > t] + t
            i, j = x.i[at], x.j[at]
            w, u = W[i], U[j]
            e = two * (x.r[at].astype(W.dtype) - W.dtype.type(mu) - np.einsum("bk,bk->b", w, u) - b[i] - c[j])
            a, d = two * of_i[i], two * of_j[j]
            W[i] += e[:, None] * u - a[:, None] * w
            U[j] += e[:, None] * w - d[:, None] * u
            if biases:
                b[i] += e - a * b[i]
                c[j] += e - d * c[j]
    return W, U, b, c
