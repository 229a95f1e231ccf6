"""Ratings made from factors that are known (notes §3): the truth beside the data, so that a fit can be held to it."""

from typing import NamedTuple

import numpy as np

from mfcore import als
from mfcore.data.catalog import Catalog, Film
from mfcore.data.titles import GENRES, invent
from mfcore.ratings import Floats, Ints, Ratings

_CREDIT = "Generated here: the films and the people are invented. Use it as you like."

# The mean and the spreads in stars that make generated ratings look like a film site's.
_MEAN, _TASTE, _USER_BIAS, _FILM_BIAS = 3.3, 0.65, 0.3, 0.35


class Planted(NamedTuple):
    """Ratings, their films, the State they were made from, and σ, the spread of the noise in stars."""

    ratings: Ratings
    films: Catalog
    truth: als.State
    sigma: float


def planted(
    N: int = 300,
    M: int = 120,
    k: int = 5,
    density: float = 0.25,
    noise: float = 0.4,
    seed: int = 0,
    step: float | None = None,
) -> Planted:
    """r_ij = w_iᵀu_j + b_i + c_j + μ + ε, ε ~ N(0, σ²), for round(density·N·M) pairs (i, j) (notes §3, 7, 11).

    The axes of W and U are action, comedy, romance, horror and animation in this order: w_i is what user i likes
    (+) and dislikes (−), u_j what film j has. Axes beyond these five have no name. Who rates how much, and what,
    is long-tailed, and good films are seen more often.

    N, M, k: users, films, factors, ≥ 1.  density: observed share of the cells, 0 < density ≤ 1.
    noise: σ in stars, ≥ 0.  step: None leaves ratings as they come out, so that the best possible RMSE is σ;
    0.5 rounds to half stars and clips to 0.5–5, as sites do, which adds error that no model can explain.
    Users and films are numbered from 1. A film may stay without ratings where there are few.

    Raises ValueError on values outside these.
    """
    if min(N, M, k) < 1 or not 0 <= noise < np.inf or (step is not None and not 0 < step <= 5):
        raise ValueError(f"N, M, k ≥ 1, noise ≥ 0 and 0 < step ≤ 5 are needed, not {N}, {M}, {k}, {noise}, {step}")
    n = round(density * N * M) if 0 < density <= 1 else 0
    if n < 1:
        raise ValueError(f"density is the observed share of {N}·{M} cells, above 0 and at most 1, not {density}")
    rng = np.random.default_rng(seed)
    U, genres = _film_vectors(M, k, rng)
    W = rng.standard_normal((N, k))
    W *= _TASTE / max(float(np.sqrt(np.mean((W @ U.T) ** 2))), 1e-12)
    b = _USER_BIAS * rng.standard_normal(N)
    c = _FILM_BIAS * rng.standard_normal(M)
    truth = als.State(0, W, U, b, c, _MEAN)

    i, j = _observed(n, c, N, rng)
    r = als.predict(truth, i, j) + noise * rng.standard_normal(n)
    if step is not None:
        r = np.clip(np.round(r / step) * step, max(step, 0.5), 5.0)
    ratings = Ratings.from_codes(i, j, r, np.arange(1, N + 1), np.arange(1, M + 1))
    titles = invent([names[0] for names in genres], rng)
    years = rng.integers(1962, 2025, M)
    films = {t + 1: Film(titles[t], int(years[t]), genres[t]) for t in range(M)}
    return Planted(ratings, Catalog.of(ratings.item_ids, films, _CREDIT), truth, noise)


def tiny() -> Planted:
    """6 users × 8 films that fit on a slide: r_ij = w_iᵀu_j, rounded to half stars (notes §2, 3, 6).

    The two axes are laughs and chills; μ, b and c are 0, as in plain MF. Three films make you laugh, three
    frighten, one does both and one neither. Fatou has rated 3 films, fewer than k as soon as k is 4 (E11);
    everybody and every film has at least 3, chosen so that ALS finds the two tastes from most starts.
    σ is the error of the rounding.
    """
    people = {"Ana": (2.2, 0.4), "Bo": (1.8, 0.7), "Chidi": (0.4, 2.2), "Dina": (0.7, 1.8), "Emre": (1.3, 1.3)}
    people["Fatou"] = (1.8, 0.3)
    shelf = {
        "Wrong Tuba": (2.2, 0.3),
        "Goat Holiday": (1.9, 0.5),
        "Uncle Pickle": (1.6, 0.3),
        "Hollow Cellar": (0.3, 2.2),
        "Night Marsh": (0.4, 1.9),
        "The 13th Stair": (0.5, 1.7),
        "Ghost Picnic": (1.7, 1.7),
        "Grey Tuesday": (0.6, 0.5),
    }
    seen = np.array(
        [
            [1, 1, 1, 1, 1, 1, 0, 0],
            [1, 0, 1, 0, 1, 1, 1, 0],
            [1, 1, 0, 1, 0, 1, 1, 1],
            [0, 1, 0, 1, 1, 0, 1, 0],
            [1, 0, 1, 1, 1, 1, 0, 1],
            [0, 1, 0, 1, 0, 0, 0, 1],
        ],
        bool,
    )
    W, U = np.array(list(people.values())), np.array(list(shelf.values()))
    truth = als.State(0, W, U, np.zeros(len(W)), np.zeros(len(U)), 0.0)
    i, j = np.nonzero(seen)
    exact = als.predict(truth, i, j)
    r = np.round(exact * 2) / 2
    ratings = Ratings.from_codes(i, j, r, np.array(list(people)), np.arange(1, len(U) + 1))
    kinds = [("comedy",)] * 3 + [("horror",)] * 3 + [("comedy", "horror"), ()]
    films = {t + 1: Film(title, 0, kinds[t]) for t, title in enumerate(shelf)}
    sigma = float(np.sqrt(np.mean((r - exact) ** 2)))
    return Planted(ratings, Catalog.of(ratings.item_ids, films, _CREDIT), truth, sigma)


def _film_vectors(M: int, k: int, rng: np.random.Generator) -> tuple[Floats, list[tuple[str, ...]]]:
    """U (M×k): much of one genre, some of a second for half of the films, a little less than none of the others."""
    named = min(k, len(GENRES))
    U = -0.35 + 0.3 * rng.standard_normal((M, k))
    U[:, named:] = rng.standard_normal((M, k - named))
    main = rng.integers(0, named, M)
    second = (main + rng.integers(1, max(named, 2), M)) % named
    has_second = (rng.random(M) < 0.5) & (second != main)
    rows = np.arange(M)
    U[rows, main] = 1.3 + 0.25 * rng.standard_normal(M)
    U[rows[has_second], second[has_second]] = 0.8 + 0.2 * rng.standard_normal(int(has_second.sum()))
    chosen = ((main[t], second[t]) if has_second[t] else (main[t],) for t in rows)
    return U, [tuple(GENRES[g] for g in both) for both in chosen]


def _observed(n: int, c: Floats, N: int, rng: np.random.Generator) -> tuple[Ints, Ints]:
    """n different pairs: how much users rate is log-normal, how often a film is rated falls with its rank."""
    M = len(c)
    counts = _shares(n, np.exp(0.8 * rng.standard_normal(N)), M)
    rank = np.argsort(np.argsort(-(c + 0.5 * rng.standard_normal(M))))
    log_popularity = -np.log(rank + 1 + M / 40)
    # Adding Gumbel noise to log-weights and keeping the largest draws without replacement by those weights.
    j = [np.argsort(-(log_popularity + rng.gumbel(size=M)))[:count] for count in counts]
    return np.repeat(np.arange(N), counts), np.concatenate(j)


def _shares(n: int, weight: Floats, most: int) -> Ints:
    """n split in proportion to `weight` into whole numbers of at most `most`, and at least 3 where there are enough."""
    least = min(3, n // len(weight), most)
    counts = np.full(len(weight), least)
    while (left := n - int(counts.sum())) > 0:
        open_ = np.flatnonzero(counts < most)
        share = left * weight[open_] / weight[open_].sum()
        more = np.minimum(np.floor(share).astype(np.int64), most - counts[open_])
        if not more.any():
            more[np.argsort(-share, kind="stable")[:left]] = 1
        counts[open_] += more
    return counts
