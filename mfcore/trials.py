"""What noise, and what a mask, do to AutoRec (notes §17, 18): whole runs beside each other, on one split."""

from collections import deque
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mfcore import autorec, descent, metrics
from mfcore.autorec import Config
from mfcore.ratings import Floats, Ints, Ratings

MASKED, UNMASKED, STARS = "masked", "unmasked, r − μ", "unmasked, stars"
EDGES = np.arange(-1.125, 6.2, 0.25)  # of the bins that predictions are counted in, in stars


class Noise(NamedTuple):
    """After a run with noise ρ: RMSE in stars on training ratings, all of them fed in, and on test ratings."""

    rho: float
    train: float
    test: float


def by_noise(
    train: Ratings, test: Ratings, cfg: Config, rhos: Sequence[float], T: int, seed: int = 0
) -> Iterator[Noise]:
    """One run of T epochs for every ρ, all else as in cfg."""
    for rho in rhos:
        run = descent.epochs(autorec, train, test, replace(cfg, rho=rho), T, seed)
        last = deque(run, maxlen=1).pop()  # States are large, and only the last is asked for
        yield Noise(rho, last.train, last.valid)


class Scored(NamedTuple):
    """After epoch t of a way to count cells: RMSE in stars, and how many test predictions fall between two `EDGES`."""

    way: str
    t: int
    train: float
    test: float
    mean: float
    counts: Ints


def ways(cfg: Config) -> dict[str, Config]:
    """Masked; unmasked, where a cell without a rating counts as μ; unmasked, where it counts as 0 stars."""
    return {
        MASKED: replace(cfg, masked=True, centred=True),
        UNMASKED: replace(cfg, masked=False, centred=True),
        STARS: replace(cfg, masked=False, centred=False),
    }


def by_mask(train: Ratings, test: Ratings, cfg: Config, T: int, seed: int = 0) -> Iterator[Scored]:
    """T epochs of each of `ways`, all else as in cfg; (T + 1) results of each, in turn by epoch."""
    runs = {way: descent.epochs(autorec, train, test, one, T, seed) for way, one in ways(cfg).items()}
    for _ in range(T + 1):
        for way, run in runs.items():
            epoch = next(run)
            said = autorec.predict(epoch.state, test.i, test.j)
            yield Scored(way, epoch.t, epoch.train, epoch.valid, float(said.mean(dtype=np.float64)), _binned(said))


def _binned(values: Floats) -> Ints:
    """How many values fall between two EDGES; those beyond are counted in the outermost."""
    return np.histogram(np.clip(values, EDGES[0], EDGES[-1]), EDGES)[0]


def of_ratings(test: Ratings) -> Ints:
    """The test ratings themselves, counted likewise."""
    return _binned(test.r)


def at_the_mean(train: Ratings, test: Ratings) -> float:
    """RMSE of μ on the test ratings: what to beat."""
    return metrics.rmse(np.full(test.n, train.mu), test.r)


class AtMean(NamedTuple):
    """A cell without a rating, and with one of exactly μ: what else the encoder is fed, J, and ∂J/∂c_j.

    fed: the largest difference between the two inputs.  J, slope: (without, with).  residual: μ − r̂_ij.
    """

    fed: float
    J: tuple[float, float]
    slope: tuple[float, float]
    residual: float


def at_mean(s: autorec.State, R: Ratings, cfg: Config, i: int, j: int) -> AtMean:
    """What a rating of μ in the hole (i, j) of R changes; by users (notes §18).

    Raises ValueError if the cell holds a rating, or cfg is not by users.
    """
    if cfg.by != "users" or j in R.Psi(i):
        raise ValueError("a hole of a user's row is asked for")
    more = Ratings.from_codes(
        np.append(R.i, i), np.append(R.j, j), np.append(R.r.astype(np.float64), R.mu), R.user_ids, R.item_ids
    )
    params = autorec.parameters(s, cfg)
    found = []
    for one in (R, more):
        X = autorec.centred(one, s.mu, cfg)
        slope = autorec.gradient(params, X, one.items_counts, cfg)["c"][j]
        found.append((X, autorec.objective(autorec.encode(s, one, cfg), one, cfg), float(slope)))
    (X, J, slope), (X_more, J_more, slope_more) = found
    r_hat = float(autorec.predict(s, np.array([i]), np.array([j]))[0])
    return AtMean(float(abs(X - X_more).max()), (J, J_more), (slope, slope_more), s.mu - r_hat)
