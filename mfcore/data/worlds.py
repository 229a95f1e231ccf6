"""Worlds with one hidden number a user and one a film, and a known rule that joins them (notes §15).

The same people, films and noise, the same biases to be found, and a joint part that is equally strong: in one world it
is a limit, which no few products add up to; in the other a product, of which a factorization can have all.
"""

from typing import Literal, NamedTuple

import numpy as np

from mfcore.data.catalog import Catalog, Film
from mfcore.data.titles import invent
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings

_CREDIT = "Generated here: the films and the people are invented. Use it as you like."
MEAN, SOFT = 3.3, 0.08

Rule = Literal["limit", "product"]


class World(NamedTuple):
    """Ratings and their films; a (N,) and z (M,) in 0 … 1; the rating of every cell without noise (N, M); σ."""

    ratings: Ratings
    films: Catalog
    a: Floats
    z: Floats
    truth: Floats
    sigma: float


@equation(r"g(a, z) = \tfrac12 \tanh\frac{a - z}{0.08}", notes="15")
def limit(a: Floats, z: Floats) -> Floats:
    """g = ½ tanh((a − z)/0.08): a user likes whatever is below a limit a, and nothing beyond it.

    Two biases take a − z of it; the rest is a sawtooth, whose singular values fall as slowly as 1, ½, ⅓, …
    """
    y: Floats = np.tanh((a - z) / SOFT) / 2
    return y


@equation(r"g(a, z) = (a - z) + \sqrt{12}\,\big(a - \tfrac12\big)\big(z - \tfrac12\big)", notes="15")
def product(a: Floats, z: Floats) -> Floats:
    """g = (a − z) + √12 (a − ½)(z − ½): two biases and one factor, as strong as a sharp limit's rest: 1/12."""
    y: Floats = (a - z) + np.sqrt(12) * (a - 0.5) * (z - 0.5)
    return y


RULES = {"limit": limit, "product": product}


def world(
    rule: Rule,
    N: int = 200,
    M: int = 100,
    density: float = 0.4,
    strength: float = 2.0,
    noise: float = 0.3,
    seed: int = 0,
) -> World:
    """r_ij = strength · g(a_i, z_j) + μ + ε, ε ~ N(0, σ²), for round(density·N·M) cells drawn alike (notes §15).

    rule: g is `limit` or `product`.  a, z: evenly spread over 0 … 1, in random order.  strength: in stars.
    noise: σ in stars, ≥ 0, which no model can go below.  Users and films are numbered from 1.

    Raises ValueError on another rule, or on numbers that leave no ratings.
    """
    if rule not in RULES:
        raise ValueError(f'a rule is "limit" or "product", not {rule!r}')
    n = round(density * N * M) if 0 < density <= 1 and min(N, M) > 0 else 0
    if n < 1 or not 0 <= noise < np.inf:
        raise ValueError(f"cells, a density up to 1 and noise ≥ 0 are needed, not {N} × {M}, {density}, {noise}")
    rng = np.random.default_rng(seed)
    a, z = ((rng.permutation(rows) + 0.5) / rows for rows in (N, M))
    truth = strength * RULES[rule](a[:, None], z[None, :]) + MEAN
    i, j = np.divmod(np.sort(rng.permutation(N * M)[:n]), M)
    r = truth[i, j] + noise * rng.standard_normal(n)
    ratings = Ratings.from_codes(i, j, r, np.arange(1, N + 1), np.arange(1, M + 1))
    films = {number: Film(title, 0, ("horror",)) for number, title in enumerate(invent(["horror"] * M, rng), 1)}
    return World(ratings, Catalog.of(ratings.item_ids, films, _CREDIT), a, z, truth, noise)
