"""MF with a network beside MF alone (notes §15, 19): watched epoch by epoch, stopped early, and judged at the end.

Three parts: one to learn from, one that says when to stop, and one that is looked at and decides nothing.
"""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any, NamedTuple

import numpy as np

from mfcore import als, metrics, nn, residual
from mfcore.descent import epochs
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings

HELD_OUT = 0.1


@dataclass(frozen=True, slots=True)
class Plan:
    """What is trained: at most T epochs, fewer where the validation error has not fallen for `patience` of them.

    slip: train the network on r̂ − MF, as the notes write it (E6).  seed: of the start, the batches and the parts.
    """

    cfg: residual.Config
    T: int = 40
    patience: int = 10
    seed: int = 0
    slip: bool = False


class Look(NamedTuple):
    """After epoch t: J, RMSEs in stars, and the State, which keeps nothing for a next step.

    mf: on the test part, of the MF branch by itself.  spread: of the network's shares there, in stars.
    """

    t: int
    J: float
    train: float
    valid: float
    test: float
    mf: float
    spread: float
    state: residual.State


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
    for epoch in epochs(_model(plan), train, valid, plan.cfg, plan.T, plan.seed, plan.patience):
        mf, network = residual.parts(epoch.state, test.i, test.j)
        both, first = (metrics.rmse(predicted, test.r) for predicted in (mf + network, mf))
        state = replace(epoch.state, moments=nn.at_rest({}))
        yield Look(epoch.t, epoch.J, epoch.train, epoch.valid, both, first, float(network.std()), state)


def _model(plan: Plan) -> Any:
    if not plan.slip:
        return residual

    def sweep(s: residual.State, R: Ratings, cfg: residual.Config, rng: np.random.Generator) -> residual.State:
        return residual.sweep(s, R, cfg, rng, residual.rest_as_written)

    return SimpleNamespace(init=residual.init, sweep=sweep, objective=residual.objective, predict=residual.predict)


class Verdict(NamedTuple):
    """Whether the network helped on held-out ratings: the fall of the mean squared error, and its standard error.

    explained: the share of MF's squared error that is gone.
    """

    mf: float
    both: float
    fall: float
    error: float
    explained: float

    @property
    def found(self) -> bool:
        """Whether the fall is more than two standard errors: more than luck of the ratings held out."""
        return self.fall > 2 * self.error


@equation(
    r"d_{ij} = (r_{ij} - \text{MF}_{ij})^2 - (r_{ij} - \hat r_{ij})^2, \qquad"
    r" \bar d \pm \frac{\operatorname{sd}(d)}{\sqrt{|\Omega|}}",
    notes="15, 19",
)
def verdict(mf: Floats, both: Floats, r: Floats) -> Verdict:
    """The mean of d = (r − MF)² − (r − r̂)² over held-out ratings, and its standard error. All (n,), n ≥ 2."""
    before, after = ((np.asarray(r, np.float64) - predicted) ** 2 for predicted in (mf, both))
    d = before - after
    error = float(d.std(ddof=1) / np.sqrt(len(d)))
    first, second = float(np.sqrt(before.mean())), float(np.sqrt(after.mean()))
    return Verdict(first, second, float(d.mean()), error, float(d.mean() / before.mean()))
