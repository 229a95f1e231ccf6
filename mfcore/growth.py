"""One column after another (notes §11): the likelihood's highest point at k begins at that of a smaller k.

With a column of zeros for W the larger model predicts what the smaller one did, and every sweep from there lowers J.
So at λ = 0 the error on train falls with k, as that of a maximum must; what test ratings say of it is another matter.
"""

from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mfcore import als, metrics
from mfcore.ratings import Floats, Ratings
from mfcore.run import fit

KS, SWEEPS = (1, 2, 3, 5, 8, 12), 20
LEASTS = (50, 30, 20, 10, 5)  # ratings that every user and item has, the most that leaves ENOUGH of both
ENOUGH = 50


class Grown(NamedTuple):
    """A fit at k and λ, biases solved jointly: RMSE on train and test, in stars."""

    k: int
    lam: float
    train: float
    test: float


def core(R: Ratings, least: int) -> Ratings | None:
    """The largest part of R in which every user and every item has at least so many ratings; None if there is none."""
    kept = np.ones(R.n, bool)
    while True:
        users, items = (np.bincount(rows[kept], minlength=size) for rows, size in ((R.i, R.N), (R.j, R.M)))
        stay = kept & (users[R.i] >= least) & (items[R.j] >= least)
        if stay.sum() == kept.sum():
            parts = (R.user_ids[R.i[kept]], R.item_ids[R.j[kept]], R.r[kept])
            return Ratings.from_arrays(*parts) if kept.any() else None
        kept = stay


def dense(R: Ratings) -> tuple[Ratings, int]:
    """The `core` with the most of `LEASTS` that leaves `ENOUGH` users and items, and that number; else R, and 1.

    Where rows have fewer ratings than unknowns they are fitted exactly by vectors of any length (E11), which is another
    story than a likelihood that overfits.
    """
    for least in LEASTS:
        part = core(R, least)
        if part is not None and min(part.N, part.M) >= ENOUGH:
            return part, least
    return R, 1


def wider(s: als.State, k: int, rng: np.random.Generator) -> als.State:
    """The same predictions with k columns, k no less than there are: the new ones of W are 0, of U N(0, 1/k)."""
    more = k - s.W.shape[1]
    new: Floats = rng.standard_normal((len(s.U), more)) / np.sqrt(k)
    return replace(s, W=np.hstack([s.W, np.zeros((len(s.W), more))]), U=np.hstack([s.U, new]))


def grow(
    train: Ratings, test: Ratings, lam: float, ks: Sequence[int] = KS, T: int = SWEEPS, seed: int = 0
) -> Iterator[Grown]:
    """T sweeps at every k in turn, ascending, each from where the last one ended. Warns as `als.update_W` does."""
    s = als.init(train, als.Config(k=ks[0]), np.random.default_rng([seed, 0]))
    for k in ks:
        s = fit(
            als, train, als.Config(k=k, lam=lam, joint=True), T, seed, wider(s, k, np.random.default_rng([seed, k]))
        )
        yield Grown(k, lam, *(metrics.rmse(als.predict(s, part.i, part.j), part.r) for part in (train, test)))
