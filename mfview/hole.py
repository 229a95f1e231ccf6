"""A small autoencoder of the tiny table, and a rating of exactly μ in one of its holes (notes §18).

Chapter 12's page and its question take their numbers from here, so that both speak of one network.
"""

from functools import cache

import numpy as np

from mfcore import autorec, data, fit, trials
from mfcore.data.catalog import Catalog
from mfcore.ratings import Ratings

CFG, T = autorec.Config(hidden=3, lam=1.0, activation="tanh"), 300


@cache
def table() -> tuple[Ratings, Catalog]:
    """The ratings and their films."""
    return data.load("tiny")


@cache
def network() -> autorec.State:
    """What T epochs make of all its ratings."""
    return fit(autorec, table()[0], CFG, T)


def named() -> dict[str, tuple[int, int]]:
    """Every cell (i, j) without a rating, by its user's and its film's names."""
    R, films = table()
    return {f"{R.user_ids[i]}, {films.label(j)}": (i, j) for i in range(R.N) for j in range(R.M) if j not in R.Psi(i)}


@cache
def farthest() -> str:
    """The name of the cell whose prediction lies farthest from μ."""
    cells = named()
    i, j = np.array(list(cells.values())).T
    return list(cells)[int(np.argmax(np.abs(autorec.predict(network(), i, j) - table()[0].mu)))]


def rated_mu(name: str) -> trials.AtMean:
    """What a rating of μ in the cell of that name changes."""
    return trials.at_mean(network(), table()[0], CFG, *named()[name])
