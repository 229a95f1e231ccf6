"""The ratings that libraries are compared on: MovieLens 100K where it lies beside the project, else generated ones."""

from pathlib import Path

import numpy as np

from benchmarks import generate
from mfcore import Ratings, data

LAMBDAS = {"100k": 0.1, "1m": 0.05, "20m": 0.05}  # per rating, by `python -m benchmarks choose`
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
    """generate.ARRAYS of R: a fifth held out, less the few ratings of films that nobody else rated.

    Rows are numbered by the training part, in random order, because not every library takes an id it has not seen.
    """
    train, test = R.split(generate.TEST, seed)
    known = (train.users_counts[test.i] > 0) & (train.items_counts[test.j] > 0)
    rows, columns = (np.cumsum(counts > 0, dtype=np.int32) - 1 for counts in (train.users_counts, train.items_counts))
    order = np.random.default_rng(seed).permutation(train.n)
    out: list[np.ndarray] = []
    for part, chosen in ((train, order), (test, known)):
        out += [rows[part.i[chosen]], columns[part.j[chosen]], part.r[chosen].astype(np.float32)]
    return tuple(out)
