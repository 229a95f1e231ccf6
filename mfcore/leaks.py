"""A clean split (notes §19): what a test error becomes when something of the test ratings was known beforehand.

Each statistic is made twice, from the training part and from everything, and scored on the same test ratings.
"""

from collections.abc import Callable, Iterator
from typing import Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mfcore import als, explained, fills, metrics
from mfcore.ratings import Floats, Ratings
from mfcore.run import fit


class Leak(NamedTuple):
    """Test RMSE in stars of one way to predict. clean: made from training ratings.  leaked: from all of them."""

    name: str
    clean: float
    leaked: float


def encoded(R: Ratings, train: Ratings, at: Ratings, k: int, lam: float, T: int = 10, seed: int = 0) -> Floats:
    """Plain factorization of r − F on `train`, F the means of users and items in R; its predictions at `at`, F added.

    R = train is clean. With R all ratings the factorization itself sees no test rating, but what it is added to did.
    """
    F = fills.both_means(R)
    rest = Ratings.from_codes(train.i, train.j, train.r - F.at(train.i, train.j), train.user_ids, train.item_ids)
    s = fit(als, rest, als.Config(k=k, lam=lam, biases=False), T, seed)
    return als.predict(s, at.i, at.j) + F.at(at.i, at.j)


WAYS = ("μ", "user means", "item means", "both means", "means, then factors", "ALS, all of it")


def each(R: Ratings, train: Ratings, test: Ratings, k: int, lam: float, seed: int = 0) -> Iterator[Leak]:
    """One of `WAYS` after the other: means, encodings and a whole model, each from `train` and from R.

    R is train and test together.
    """

    def score(predicted: Floats) -> float:
        return metrics.rmse(predicted, test.r)

    def model(seen: Ratings) -> Floats:
        return als.predict(fit(als, seen, als.Config(k=k, lam=lam, joint=True), 10, seed), test.i, test.j)

    ways: tuple[Callable[[Ratings], Floats], ...] = (
        lambda seen: fills.mean(seen).at(test.i, test.j),
        lambda seen: fills.user_means(seen).at(test.i, test.j),
        lambda seen: fills.item_means(seen).at(test.i, test.j),
        lambda seen: fills.both_means(seen).at(test.i, test.j),
        lambda seen: encoded(seen, train, test, k, lam, seed=seed),
        model,
    )
    for name, way in zip(WAYS, ways, strict=True):
        yield Leak(name, score(way(train)), score(way(R)))


def found(R: Ratings, train: Ratings, test: Ratings, k: int, lam: float, seed: int = 0) -> tuple[Leak, ...]:
    """All of `each`."""
    return tuple(each(R, train, test, k, lam, seed))


Kind = Literal["ratings", "each user's ratings", "whole users"]


class Split(NamedTuple):
    """What one way to split asks for.

    users: without a training rating, among those who are tested.  films: share of test ratings whose film has no
    training rating.  busiest: share of test ratings that the busiest tenth of users gave.
    rmse: of μ + b + c, in stars.
    """

    kind: Kind
    train: int
    test: int
    users: int
    films: float
    busiest: float
    rmse: float


def split(R: Ratings, kind: Kind, seed: int = 0) -> tuple[Ratings, Ratings]:
    """A tenth held out: of all ratings alike, of every user's, or all ratings of a tenth of the users.

    Raises as `Ratings.split` does.
    """
    if kind != "whole users":
        return R.split(test=0.1, seed=seed, by="rating" if kind == "ratings" else "user")
    who = np.random.default_rng(seed).permutation(R.N) < max(round(0.1 * R.N), 1)
    return _of(R, ~who), _of(R, who)


def _of(R: Ratings, who: NDArray[np.bool_]) -> Ratings:
    """The ratings of some users alone; N and M stay."""
    here = who[R.i]
    return Ratings.from_codes(R.i[here], R.j[here], R.r[here], R.user_ids, R.item_ids)


def described(R: Ratings, kind: Kind, lam: float, seed: int = 0) -> Split:
    """One split, and what the biases alone make of it."""
    train, test = split(R, kind, seed)
    s = explained.biases(train, als.Config(k=1, lam=lam))
    tested = np.unique(test.i)
    top = np.argsort(-R.users_counts, kind="stable")[: max(round(0.1 * R.N), 1)]
    return Split(
        kind,
        train.n,
        test.n,
        int((train.users_counts[tested] == 0).sum()),
        float((train.items_counts[test.j] == 0).mean()),
        float(np.isin(test.i, top).mean()),
        metrics.rmse(als.predict(s, test.i, test.j), test.r),
    )
