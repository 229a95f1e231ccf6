"""Which λ, and which k (notes §8, 9): many fits, one at a time, each scored on ratings it has not seen."""

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mfcore import als, metrics
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings
from mfcore.run import fit


@dataclass(frozen=True, slots=True)
class Plan:
    """What is fitted: every k with every λ, on every fold.

    folds: 1 holds out a tenth once; K ≥ 2 holds out each of K parts in turn (cross-validation).
    weighted: charge λ|Ψ_i| a row in place of λ.  T: sweeps of each fit.  seed: of the start and of the split.
    """

    ks: tuple[int, ...]
    lams: tuple[float, ...]
    folds: int = 1
    weighted: bool = False
    T: int = 10
    seed: int = 0

    @property
    def size(self) -> int:
        """How many fits that is."""
        return len(self.ks) * len(self.lams) * self.folds

    def at(self, n: int) -> tuple[int, int, float]:
        """The fold, k and λ of fit n, counted from 0: λ changes fastest, the fold last."""
        cell, lam = divmod(n, len(self.lams))
        fold, k = divmod(cell, len(self.ks))
        return fold, self.ks[k], self.lams[lam]

    def config(self, k: int, lam: float) -> als.Config:
        """The model of one fit: biases and vectors, each row's solved together."""
        return als.Config(k=k, lam=lam, joint=True, weighted=self.weighted)


class Lengths(NamedTuple):
    """‖W‖²_F, ‖U‖²_F, ‖b‖², ‖c‖²: what λ is charged for."""

    W: float
    U: float
    b: float
    c: float


class Fit(NamedTuple):
    """One fit of a plan: its settings, its RMSE on train and test in stars, and its lengths."""

    k: int
    lam: float
    fold: int
    train: float
    test: float
    lengths: Lengths


class Mean(NamedTuple):
    """The fits of one k and λ over the folds so far: mean RMSEs, mean lengths, and the spread of the test RMSE.

    spread: standard deviation over the folds (n − 1 below); 0 for one fold.
    """

    k: int
    lam: float
    folds: int
    train: float
    test: float
    spread: float
    lengths: Lengths


def run(R: Ratings, plan: Plan) -> Iterator[Fit]:
    """The fits of a plan, one for every step of the iterator, in the order of `Plan.at`.

    Raises as `Ratings.parts` does.
    """
    for fold, (train, test) in enumerate(R.parts(plan.folds, plan.seed)):
        for k in plan.ks:
            for lam in plan.lams:
                yield one(train, test, plan, k, lam, fold)


def one(train: Ratings, test: Ratings, plan: Plan, k: int, lam: float, fold: int = 0) -> Fit:
    """Train one model and score it on both parts."""
    s = fit(als, train, plan.config(k, lam), plan.T, plan.seed)
    seen, unseen = (metrics.rmse(als.predict(s, part.i, part.j), part.r) for part in (train, test))
    return Fit(k, lam, fold, seen, unseen, Lengths(*(squared_norm(X) for X in (s.W, s.U, s.b, s.c))))


def means(fits: Iterable[Fit]) -> tuple[Mean, ...]:
    """The fits of equal k and λ as one, in the order in which the first of each came."""
    groups: dict[tuple[int, float], list[Fit]] = {}
    for found in fits:
        groups.setdefault((found.k, found.lam), []).append(found)
    return tuple(_mean(group) for group in groups.values())


def _mean(group: Sequence[Fit]) -> Mean:
    train, test = (np.array([getattr(fit, name) for fit in group]) for name in ("train", "test"))
    spread = float(test.std(ddof=1)) if len(group) > 1 else 0.0
    lengths = Lengths(*np.mean([fit.lengths for fit in group], axis=0).tolist())
    k, lam = group[0].k, group[0].lam
    return Mean(k, lam, len(group), float(train.mean()), float(test.mean()), spread, lengths)


def best(rows: Sequence[Mean]) -> Mean:
    """The row with the lowest mean test RMSE. Raises ValueError if there is none."""
    return min(rows, key=lambda row: row.test)


@equation(r"\|W\|_F^2 = \sum_i \|w_i\|^2 = \sum_i \sum_f w_{if}^2", notes="9")
def squared_norm(W: Floats) -> float:
    """‖W‖²_F = Σ_i ‖w_i‖², the sum of the squared row norms; of a vector, ‖b‖². (N, k) or (N,), summed in float64."""
    return float(np.sum(W.astype(np.float64) ** 2))
