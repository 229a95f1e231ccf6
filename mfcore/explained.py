"""What μ, b and c explain before any vector does, and what is left to the vectors (notes §7).

Models nest: μ; μ + b_i or μ + c_j; μ + b_i + c_j; μ + b_i + c_j + w_iᵀu_j. Each is fitted by itself on the same
training ratings with the same λ, and measured by the share R² of the squared error of μ alone that it removes.
"""

from collections.abc import Iterator
from dataclasses import replace
from itertools import islice
from typing import Literal, NamedTuple, get_args

import numpy as np

from mfcore import als, metrics
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.ridge import ridge_row
from mfcore.run import steps

MOST_SWEEPS = 200
LEAST_GAP = 0.05  # stars by which bias and spread must differ before a film is said to be of either kind
SETTLED = 1e-8  # relative fall of J in one sweep at which b and c have settled


@equation(r"R^2 = 1 - \frac{\sum (r_{ij} - \hat r_{ij})^2}{\sum (r_{ij} - \mu)^2}", notes="7")
def r_squared(predicted: Floats, r: Floats, mu: float) -> float:
    """R² = 1 − Σ(r − r̂)² / Σ(r − μ)², the share of the squared error of μ that r̂ removes (notes §7).

    predicted, r: (n,) in stars.  mu: the mean of the *training* ratings, for held-out ones too.
    1 is perfect, 0 no better than μ, and below 0 worse than it. NaN where no rating differs from μ.
    """
    left = metrics.mse(np.full(len(r), mu), r)
    return 1 - metrics.mse(predicted, r) / left if left else float("nan")


class Share(NamedTuple):
    """R² of one model on the ratings it was fitted to, and on those held out."""

    train: float
    test: float


def share(s: als.State, train: Ratings, test: Ratings) -> Share:
    """R² of a State on both parts of a split, against the training mean."""
    return Share(*(r_squared(als.predict(s, R.i, R.j), R.r, train.mu) for R in (train, test)))


def biases(R: Ratings, cfg: als.Config, *, users: bool = True, items: bool = True) -> als.State:
    """r̂_ij = μ + b_i + c_j without any vector: the State with W = U = 0 whose J is lowest (notes §7).

    users, items: whether b and c take part; with neither it is μ alone. With both, `update_b` and `update_c` alternate
    until J falls by no more than a relative 1e-8 a sweep: a least-squares problem, so the order does not matter.
    """
    W, U = (np.zeros((rows, cfg.k), cfg.dtype) for rows in (R.N, R.M))
    s = als.State(0, W, U, W[:, 0].copy(), U[:, 0].copy(), R.mu)
    blocks = [update for update, on in ((als.update_b, users), (als.update_c, items)) if on]
    J = als.objective(s, R, cfg)
    for _ in range(MOST_SWEEPS if len(blocks) == 2 else 1):
        for update in blocks:
            s = update(s, R, cfg)
        before, J = J, als.objective(s, R, cfg)
        if before - J <= SETTLED * before:
            break
    return s


def ladder(train: Ratings, cfg: als.Config) -> dict[str, als.State]:
    """The nested models without vectors, by name: "μ", "μ + b", "μ + c", "μ + b + c".

    b explains more when it comes first than after c, and c likewise: what both can explain goes to the first. Both
    orders end in the same "μ + b + c".
    """
    kinds = {"μ": (False, False), "μ + b": (True, False), "μ + c": (False, True), "μ + b + c": (True, True)}
    return {name: biases(train, cfg, users=users, items=items) for name, (users, items) in kinds.items()}


@equation(r"s_j = \sqrt{\frac{1}{|\Omega_j|} \sum_{i\in\Omega_j} (w_i^\top u_j - \overline{w^\top u_j})^2}", notes="7")
def spread(s: als.State, R: Ratings) -> Floats:
    """(M,) how far w_iᵀu_j differs among those who rated film j: a standard deviation in stars (notes §7).

    0 where nobody rated. Small: the film's bias says nearly all that is said of it. Large: it is a matter of taste.
    """
    products = product(s, R.i, R.j)
    n = np.maximum(R.items_counts, 1)
    mean = np.bincount(R.j, products, R.M) / n
    squares = np.bincount(R.j, (products - mean[R.j]) ** 2, R.M) / n
    return np.sqrt(squares)


def extremes(c: Floats, spread: Floats, among: Ints, n: int) -> tuple[Ints, Ints]:
    """Of the films `among`, at most n that everyone likes and at most n that only their attributes explain (notes §7).

    The first have the largest c_j − s_j: a high bias, and raters who hardly differ. The others have the largest
    s_j − |c_j|: a bias that says little, and raters who differ much. Either is above LEAST_GAP, so no film is in both.
    c, spread: (M,) in stars.
    """
    liked, divides = (c - spread)[among], (spread - np.abs(c))[among]
    first, second = (
        among[np.argsort(-by, kind="stable")[: min(n, int((by > LEAST_GAP).sum()))]] for by in (liked, divides)
    )
    return first, second


def product(s: als.State, i: Ints, j: Ints) -> Floats:
    """w_iᵀu_j alone, of pairs of row numbers: what attributes add to the biases."""
    found: Floats = als.predict(s, i, j) - s.b[i] - s.c[j] - s.mu
    return found


@equation(r"\hat r = \mu + b_i + c_j + w_i^\top u_j, \text{ without the terms of whoever is new}", notes="7")
def known(s: als.State, i: int | None, j: int | None) -> float:
    """r̂ for user i and film j, either of them None where training has never seen it: its terms are left out.

    None and None give μ; a new user μ + c_j; a film that nobody has rated μ + b_i.
    """
    found = s.mu
    found += float(s.b[i]) if i is not None else 0.0
    found += float(s.c[j]) if j is not None else 0.0
    return found + float(s.W[i] @ s.U[j]) if i is not None and j is not None else found


Kind = Literal["wᵀu", "μ + wᵀu", "μ + b + c + wᵀu"]
KINDS: tuple[Kind, ...] = get_args(Kind)


def errors(
    kind: Kind, train: Ratings, test: Ratings, k: int, lam: float, T: int, seed: int
) -> Iterator[tuple[float, float]]:
    """RMSE on train and on test of one kind of model after 0, 1, … T sweeps, all kinds from the same W and U.

    "μ + wᵀu" is plain factorization of r − μ: its μ is put into the start, and nothing moves it.
    """
    biased = kind == KINDS[2]
    cfg = als.Config(k=k, lam=lam, biases=biased, joint=biased)
    start = next(steps(als, train, cfg, seed))
    if kind == KINDS[1]:
        start = replace(start, mu=train.mu)
    for s in islice(steps(als, train, cfg, seed, start), T + 1):
        on_train, on_test = (metrics.rmse(als.predict(s, R.i, R.j), R.r) for R in (train, test))
        yield on_train, on_test


def missed_in_turn(s: als.State, R: Ratings, cfg: als.Config) -> tuple[float, float]:
    """What part of the fall of J is missed by solving w_i, then b_i, not both together; then likewise u_j, then c_j.

    (J_in turn − J_together) / (J_before − J_together), each half sweep from one and the same State: 0 to 1.
    """
    in_turn, joint = replace(cfg, joint=False), replace(cfg, joint=True)
    missed = []
    for vector, bias in ((als.update_W, als.update_b), (als.update_U, als.update_c)):
        after = bias(vector(s, R, in_turn), R, in_turn)
        before, turn, together = (als.objective(x, R, cfg) for x in (s, after, vector(s, R, joint)))
        fall = before - together
        missed.append((turn - together) / fall if fall > SETTLED * before else 0.0)
        s = after
    return missed[0], missed[1]


class Line(NamedTuple):
    """y = m·x + b, and what it misses: Σ(y − ŷ)²."""

    m: float
    b: float
    J: float


def line(x: Floats, y: Floats, *, intercept: bool) -> Line:
    """The line of least squares through points (n,): y = mx, or y = mx + b with a 1 beside every x (notes §7)."""
    Z = np.column_stack([x, np.ones(len(x))]) if intercept else x[:, None]
    m, b = np.append(ridge_row(Z, y, 0.0).x, 0.0)[:2]
    return Line(float(m), float(b), float(((y - m * x - b) ** 2).sum()))


SLOPE = 0.5  # what one user's rating rises by with every unit of the attribute


def scatter(b: float, seed: int, n: int = 30) -> tuple[Floats, Floats]:
    """One user's n ratings y of films with attribute x: y = SLOPE·x + b with noise of 0.4 stars. Returns x, y: (n,)."""
    rng = np.random.default_rng([seed, n])
    x = rng.uniform(-1, 2, n)
    return x, SLOPE * x + b + 0.4 * rng.standard_normal(n)
