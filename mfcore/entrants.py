"""Who takes part in the contest (notes §19): every model of the project, settings to choose from, how to fit it.

An entrant is given training ratings and positions (i, j), never what stands there: it cannot learn from a test rating.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np

from mfcore import als, autorec, bpmf, embedding, explained, fills, impute, nn, pmf, residual, svd
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.run import steps

BURN = 10  # draws of a chain that are left out
LAMS = (3.0, 6.0, 12.0, 20.0)


class Cells(NamedTuple):
    """Positions asked for: users i (n,), items j (n,)."""

    i: Ints
    j: Ints


class Choice(NamedTuple):
    """One way to fit an entrant: its settings in words, and its States, from untrained on, one an epoch."""

    said: str
    states: Callable[[Ratings, Cells, int], Iterator[Any]]


@dataclass(frozen=True, slots=True)
class Entrant:
    """Who takes part.

    chapter: the slug of the chapter that explains it; "" for a baseline.  epoch: what one step of its curve is.
    T: how many there are; 0 for what is there at once.  choices: of its settings, given k.
    learnt: names of the State's arrays that were learnt.  stops: whether T too is chosen, or all T epochs count.
    """

    name: str
    chapter: str
    epoch: str
    T: int
    choices: Callable[[int], tuple[Choice, ...]]
    learnt: tuple[str, ...]
    stops: bool = True

    def tries(self, k: int) -> int:
        """How many fits its settings take: none where there is nothing to choose."""
        found = len(self.choices(k))
        return found if found > 1 or (self.T and self.stops) else 0

    def parameters(self, s: Any) -> int:
        """How many numbers a State has learnt."""
        return sum(_size(getattr(s, name)) for name in self.learnt)


def _size(x: Any) -> int:
    return sum(map(_size, x)) if isinstance(x, tuple) else int(np.size(x))


def predict(s: Any, at: Cells) -> Floats:
    """r̂ of a State of any entrant at these positions (n,), in stars; of a watched chain the mean of its draws."""
    seen = getattr(s, "seen", None)
    if seen is not None and seen.draws:
        return np.asarray(seen.mean)
    return residual.predict(s, at.i, at.j) if isinstance(s, residual.State) else als.predict(s, at.i, at.j)


def _model(model: Any, said: str, cfg: Any) -> Choice:
    return Choice(said, lambda train, at, seed: steps(model, train, cfg, seed))


def _bias(said: str, lam: float, users: bool, items: bool) -> Choice:
    def states(train: Ratings, at: Cells, seed: int) -> Iterator[als.State]:
        yield explained.biases(train, als.Config(k=1, lam=lam), users=users, items=items)

    return Choice(said, states)


def _chain(said: str, cfg: bpmf.Config) -> Choice:
    def states(train: Ratings, at: Cells, seed: int) -> Iterator[bpmf.State]:
        for s in steps(bpmf, train, cfg, seed):
            yield s
            if s.t == BURN:
                yield from _watched(train, at, cfg, seed, s)

    return Choice(said, states)


def _watched(train: Ratings, at: Cells, cfg: bpmf.Config, seed: int, s: bpmf.State) -> Iterator[bpmf.State]:
    later = steps(bpmf, train, cfg, seed, bpmf.watch(s, at.i, at.j))
    next(later)  # s itself once more
    return later


def _adam(rate: float) -> nn.Rule:
    return nn.Rule("adam", rate)


def _each_lam(model: Any, make: Callable[[int, float], Any]) -> Callable[[int], tuple[Choice, ...]]:
    return lambda k: tuple(_model(model, f"λ = {lam:g}", make(k, lam)) for lam in LAMS)


def _plain(k: int) -> tuple[Choice, ...]:
    ks = sorted({1, 2, k})
    return tuple(_model(als, f"k = {at}", als.Config(k=at, lam=0.0, biases=False)) for at in ks)


def _autorec(by: Literal["users", "items"], lam: float, rho: float) -> Choice:
    cfg = autorec.Config(50, "sigmoid", lam, rho, by, rule=_adam(0.003), dtype="float32")
    return _model(autorec, f"λ = {lam:g}, ρ = {rho:g}", cfg)


_TABLES = ("W", "U", "b", "c", "mu")

ENTRANTS: tuple[Entrant, ...] = (
    Entrant("μ", "", "", 0, lambda k: (_bias("", 0.0, False, False),), ("mu",)),
    Entrant("user means", "", "", 0, lambda k: (_bias("", 0.0, True, False),), ("b", "mu")),
    Entrant("item means", "", "", 0, lambda k: (_bias("", 0.0, False, True),), ("c", "mu")),
    Entrant(
        "μ + b + c",
        "biases",
        "",
        0,
        lambda k: tuple(_bias(f"λ = {lam:g}", lam, True, True) for lam in (1.0, 3.0, 5.0, 10.0)),
        ("b", "c", "mu"),
    ),
    Entrant("ALS without λ", "plain_mf", "sweep", 10, _plain, ("W", "U")),
    Entrant(
        "ALS",
        "regularization",
        "sweep",
        20,
        _each_lam(als, lambda k, lam: als.Config(k=k, lam=lam, joint=True)),
        _TABLES,
    ),
    Entrant(
        "truncated SVD",
        "svd",
        "triplet",
        20,
        lambda k: (_model(svd, "both means in the holes", svd.Config(k=20, fill=fills.both_means)),),
        _TABLES,
    ),
    Entrant(
        "soft-impute",
        "svd",
        "sweep",
        10,
        _each_lam(impute, lambda k, lam: impute.Config(k=20, lam=lam)),
        _TABLES,
    ),
    Entrant(
        "PMF",
        "pmf",
        "sweep",
        20,
        lambda k: tuple(
            _model(pmf, f"λ_prior = {lam:g}", pmf.Config(k=k, lam_prior=lam, biases=True))
            for lam in (5.0, 10.0, 20.0, 40.0)
        ),
        (*_TABLES, "sigma"),
    ),
    Entrant(
        "Bayesian MF",
        "bayesian_mf",
        "draw",
        80,
        lambda k: (_chain("nothing to choose", bpmf.Config(k=k)),),
        (*_TABLES, "alpha"),
        stops=False,
    ),
    Entrant(
        "embeddings",
        "mf_as_network",
        "epoch",
        15,
        _each_lam(
            embedding,
            lambda k, lam: embedding.Config(k, lam, rule=_adam(0.01), batch=1024, dtype="float32"),
        ),
        _TABLES,
    ),
    Entrant(
        "MF + network",
        "residual",
        "epoch",
        15,
        _each_lam(
            residual,
            lambda k, lam: residual.Config(k, lam, rule=_adam(0.01), batch=1024, dtype="float32"),
        ),
        (*_TABLES, "P", "Q", "A", "a"),
    ),
    Entrant(
        "AutoRec by users",
        "autoencoder",
        "epoch",
        30,
        lambda k: (_autorec("users", 10.0, 0.0), _autorec("users", 20.0, 0.0), _autorec("users", 20.0, 0.5)),
        ("A", "a", "U", "c", "mu"),
    ),
    Entrant(
        "AutoRec by items",
        "autoencoder",
        "epoch",
        20,
        lambda k: (_autorec("items", 20.0, 0.0), _autorec("items", 80.0, 0.0), _autorec("items", 20.0, 0.5)),
        ("A", "a", "W", "b", "mu"),
    ),
)
BASELINES = tuple(entrant.name for entrant in ENTRANTS if not entrant.T)
