"""MF with a network beside MF alone (notes §15, 19): watched epoch by epoch, stopped early, and judged at the end.

Three parts: one to learn from, one that says when to stop, and one that is looked at and decides nothing.
"""

from collections.abc import Iterator, Sequence
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
    """After epoch t: J, and RMSEs in stars.

    mf: on the test part, of the MF branch by itself.  spread: of the network's shares there, in stars.
    state: where no epoch before predicted the validation part as well, without what a next step needs; else None.
    """

    t: int
    J: float
    train: float
    valid: float
    test: float
    mf: float
    spread: float
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
    least = np.inf
    for epoch in epochs(_model(plan), train, valid, plan.cfg, plan.T, plan.seed, plan.patience):
        mf, network = residual.parts(epoch.state, test.i, test.j)
        both, first = (metrics.rmse(predicted, test.r) for predicted in (mf + network, mf))
        state = replace(epoch.state, moments=nn.at_rest({})) if epoch.valid < least else None
        least = min(least, epoch.valid)
        yield Look(epoch.t, epoch.J, epoch.train, epoch.valid, both, first, float(network.std()), state)


def best(looks: Sequence[Look]) -> tuple[Look, residual.State]:
    """The epoch with the lowest validation RMSE, the earliest of equals, and its State. Raises ValueError of none."""
    look = min(looks, key=lambda look: look.valid)
    assert look.state is not None  # so `watch` made it
    return look, look.state


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


def ordered(cells: Floats, a: Floats, z: Floats, size: int = 50) -> Floats:
    """Cells (N, M) with rows by falling a (N,) and columns by rising z (M,), in at most size² blocks of means."""
    rows, columns = (np.array_split(order, min(size, len(order))) for order in (np.argsort(-a), np.argsort(z)))
    return np.array([[cells[np.ix_(i, j)].mean() for j in columns] for i in rows])
