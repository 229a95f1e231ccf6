"""MF with a network beside MF alone (notes §15, 19): watched epoch by epoch, stopped early, and judged at the end.

Three parts: one to learn from, one that says when to stop and whether the network helped, and one that is looked at and
decides nothing.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from mfcore import als, descent, metrics, nn, residual
from mfcore.ratings import Floats, Ratings

HELD_OUT = 0.1
# Standard errors. A look at nothing but luck passes them once in 740 times, so of the looks of a run of some forty
# epochs one does in about one run of twenty (Bonferroni).
LUCK = 3.0


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained: at most T epochs, fewer where none of the last `patience` was kept.

    slip: train the network on r̂ − MF, as the notes write it (E6).  seed: of the start, the batches and the parts.
    """

    cfg: residual.Config
    T: int = 40
    patience: int = 10
    seed: int = 0
    slip: bool = False


class Look(NamedTuple):
    """After epoch t: J, and RMSEs in stars.

    mf: on the test part, of the MF branch by itself.  spread: of the network's shares there, in stars.
    kept: as in `descent.Epoch`; the network must beat epoch 0, in stages MF alone, by more than `LUCK`.
    state: of an epoch that is kept, without what a next step needs; else None.
    """

    t: int
    J: float
    train: float
    valid: float
    test: float
    mf: float
    spread: float
    kept: bool
    state: residual.State | None


def three(R: Ratings, seed: int) -> tuple[Ratings, Ratings, Ratings]:
    """Train, validation, test: a tenth for test, a tenth of the rest for validation."""
    rest, test = R.split(HELD_OUT, seed)
    return *rest.split(HELD_OUT, seed), test


def alone(train: Ratings, plan: Plan) -> als.State:
    """MF by itself: ALS with the same k, λ and seed. In stages, it is what epoch 0 says."""
    return residual.first(train, plan.cfg, np.random.default_rng([plan.seed, 0]))


def watch(R: Ratings, plan: Plan) -> Iterator[Look]:
    """One look an epoch, from the untrained network on. Raises what `descent.epochs` does."""
    train, valid, test = three(R, plan.seed)
    for epoch in descent.epochs(_model(plan), train, valid, plan.cfg, plan.T, plan.seed, plan.patience, LUCK):
        mf, network = residual.parts(epoch.state, test.i, test.j)
        both, first = (metrics.rmse(predicted, test.r) for predicted in (mf + network, mf))
        state = replace(epoch.state, moments=nn.at_rest({})) if epoch.kept else None
        yield Look(epoch.t, epoch.J, epoch.train, epoch.valid, both, first, float(network.std()), epoch.kept, state)


def best(looks: Sequence[Look]) -> tuple[Look, residual.State]:
    """`descent.best` of the epochs, and its State. Raises ValueError if there is none."""
    look = descent.best(looks)
    assert look.state is not None  # so `watch` made it
    return look, look.state


def _model(plan: Plan) -> Any:
    if not plan.slip:
        return residual

    def sweep(s: residual.State, R: Ratings, cfg: residual.Config, rng: np.random.Generator) -> residual.State:
        return residual.sweep(s, R, cfg, rng, residual.rest_as_written)

    return SimpleNamespace(init=residual.init, sweep=sweep, objective=residual.objective, predict=residual.predict)


class Verdict(NamedTuple):
    """RMSEs of MF alone and with the network on held-out ratings: the fall of the mean squared error, and its error.

    explained: the share of MF's squared error that is gone.
    """

    mf: float
    both: float
    fall: float
    error: float
    explained: float

    @property
    def found(self) -> bool:
        """Whether the fall is more than luck of the ratings held out; a question for the validation part."""
        return metrics.Fall(self.fall, self.error).beyond(LUCK)


def verdict(mf: Floats, both: Floats, r: Floats) -> Verdict:
    """MF's predictions and those of both, judged by `metrics.fall`. All (n,), n ≥ 1.

    On the validation part it says whether the network is worth having; on the test part, what that is worth.
    """
    first, second = metrics.mse(mf, r), metrics.mse(both, r)
    d = metrics.fall(mf, both, r)
    return Verdict(float(np.sqrt(first)), float(np.sqrt(second)), d.mean, d.error, d.mean / first if first else 0.0)


def ordered(cells: Floats, a: Floats, z: Floats, size: int = 50) -> Floats:
    """Cells (N, M) with rows by falling a (N,) and columns by rising z (M,), in at most size² blocks of means."""
    rows, columns = (np.array_split(order, min(size, len(order))) for order in (np.argsort(-a), np.argsort(z)))
    return np.array([[cells[np.ix_(i, j)].mean() for j in columns] for i in rows])
