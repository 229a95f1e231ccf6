"""What a ratings matrix looks like from afar (notes §1, 18): its holes, its long tails, and what a stored 0 means."""

from typing import Any, NamedTuple

import numpy as np

from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings


def by_count(counts: Ints) -> Ints:
    """Row numbers from the highest count to the lowest; equal counts keep their order. counts: (n,)."""
    return np.argsort(-counts, kind="stable")


class Tiles(NamedTuple):
    """The matrix seen through squares of users × films: the share of the cells of each square that is rated.

    share: (⌈N/users⌉, ⌈M/films⌉), between 0 and 1.  users, films: how many of them one square stands for;
    the last row and column of squares may hold fewer, and their share is of what they hold.
    """

    share: Floats
    users: int
    films: int


def tiles(R: Ratings, users: Ints, films: Ints, most: tuple[int, int] = (100, 130)) -> Tiles:
    """R with its rows in the order `users` and its columns in the order `films`, in at most `most` squares.

    users: (N,) and films: (M,), each a permutation of the row numbers.
    """
    high, wide = (-(-size // limit) for size, limit in zip((R.N, R.M), most, strict=True))
    row, column = _places(users) // high, _places(films) // wide
    shape = (-(-R.N // high), -(-R.M // wide))
    rated = np.zeros(shape, np.int64)
    np.add.at(rated, (row[R.i], column[R.j]), 1)
    cells = np.outer(np.bincount(row, minlength=shape[0]), np.bincount(column, minlength=shape[1]))
    return Tiles(rated / cells, high, wide)


def cells(R: Ratings, users: Ints, films: Ints) -> Floats:
    """The ratings of these users (rows) of these films (columns), NaN where there is none."""
    out = np.full((len(users), len(films)), np.nan)
    column = {int(j): n for n, j in enumerate(films)}
    for row, i in enumerate(users):
        for j, r in zip(*R.of_user(int(i)), strict=True):
            if int(j) in column:
                out[row, column[int(j)]] = r
    return out


def histogram(R: Ratings) -> tuple[Floats, Ints]:
    """The values that occur, ascending, and how often each was given."""
    values, counts = np.unique(R.r, return_counts=True)
    return values, counts


def ranked(counts: Ints, points: int = 200) -> tuple[Ints, Ints]:
    """Ranks 1, 2, … and the counts that hold them, highest first, thinned evenly on a log scale to about `points`."""
    ranks = np.unique(np.round(np.geomspace(1, len(counts), points)).astype(np.int64))
    return ranks, np.sort(counts)[::-1][ranks - 1]


def holding(counts: Ints, share: float = 0.5) -> int:
    """How few rows together hold at least `share` of all counts. counts: (n,); 0 < share ≤ 1."""
    running = np.cumsum(np.sort(counts)[::-1])
    return int(np.searchsorted(running, share * running[-1]) + 1)


@equation(r"\mu = \frac{1}{|\Omega|} \sum_{(i,j)\in\Omega} r_{ij}", notes="1, 7, 18")
def mean(R: Ratings) -> float:
    """μ = mean of r_ij over Ω: a stored 0 is in Ω and counts (notes §18)."""
    return float(np.mean(R.r, dtype=np.float64))


def mean_without_zeros(R: Ratings) -> float:
    """What comes out if zeros are taken for holes: the mean of the ratings that are not 0; NaN if all are."""
    kept = R.r[R.r != 0]
    return float(np.mean(kept, dtype=np.float64)) if len(kept) else float("nan")


def _places(order: Ints) -> Any:
    place = np.empty(len(order), np.int64)
    place[order] = np.arange(len(order))
    return place
