"""The ratings that libraries are compared on: MovieLens 100K where it lies beside the project, else generated ones."""

from pathlib import Path

import numpy as np

from benchmarks import generate
from mfcore import Ratings, data

# λ per rating by size, at k = 10 and at k = 50, by `python -m benchmarks choose`.
LAMBDAS = {"100k": (0.14, 0.1), "1m": (0.05, 0.07), "20m": (0.05, 0.07)}
WIDE = 30  # dimensions from which the second of them is taken
MOVIELENS = Path(__file__).parents[2] / "shared" / "data" / "ml-100k.zip"


def ensure(folder: Path, size: str, movielens: Path = MOVIELENS) -> tuple[Path, str]:
    """The folder with the generate.ARRAYS of this size, made if it is not there, and what the ratings are called."""
    if size != "100k" or not movielens.exists():
        return generate.ensure(folder, generate.SIZES[size]), "generated ratings"
    target = folder / "ml-100k"
    if not (target / f"{generate.ARRAYS[-1]}.npy").exists():
        target.mkdir(parents=True, exist_ok=True)
        for name, array in zip(generate.ARRAYS, split(data.load(movielens)[0]), strict=True):
            np.save(target / f"{name}.npy", array)
    return target, "MovieLens 100K"


def split(R: Ratings, seed: int = 0) -> tuple[np.ndarray, ...]:
    """generate.ARRAYS of R, a fifth held out, in random order; see `numbered`."""
    train, test = R.split(generate.TEST, seed)
    order = np.random.default_rng(seed).permutation(train.n)
    r, y = (part.r.astype(np.float32) for part in (train, test))
    return numbered(train.i[order], train.j[order], r[order], test.i, test.j, y)


def numbered(
    i: np.ndarray, j: np.ndarray, r: np.ndarray, a: np.ndarray, q: np.ndarray, y: np.ndarray
) -> tuple[np.ndarray, ...]:
    """Training triples (i, j, r) and test triples (a, q, y), users and films numbered by the training part.

    The few test ratings of whom or what it does not have are left out: not every library takes an id it has not seen.
    """
    users, items = np.unique(i), np.unique(j)
    known = np.isin(a, users) & np.isin(q, items)
    rows, columns = (
        [np.searchsorted(ids, part).astype(np.int32) for part in parts]
        for ids, parts in ((users, (i, a[known])), (items, (j, q[known])))
    )
    return rows[0], columns[0], r, rows[1], columns[1], y[known]


def chosen(size: str, k: int) -> float:
    """λ per rating: what was chosen for the nearer k."""
    narrow, wide = LAMBDAS[size]
    return narrow if k < WIDE else wide
