"""Descent watched epoch by epoch (notes §14, 19): what each epoch reports, when to stop, and which State to keep."""

import time
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from mfcore import metrics
from mfcore.errors import DivergedError
from mfcore.nn import Params
from mfcore.ratings import Floats, Ratings
from mfcore.run import C, Model, S, steps

TOO_FAR = 100.0  # times the first J: from there nothing comes back
LARGEST = 1e6  # of a parameter of a model of stars, and far from where its products would overflow

State = TypeVar("State")


class Epoch(NamedTuple, Generic[State]):
    """After epoch t: J, the RMSE on training and validation ratings in stars, seconds of training so far, the State.

    kept: whether no epoch before is to be preferred, so that with this one `best` begins anew.
    """

    t: int
    J: float
    train: float
    valid: float
    seconds: float
    state: State
    kept: bool


def epochs(
    model: Model[C, S],
    train: Ratings,
    valid: Ratings,
    cfg: C,
    T: int,
    seed: int = 0,
    patience: int | None = None,
    gain: float = 0.0,
) -> Iterator[Epoch[S]]:
    """Epochs 0 to T of `model`, fewer where none of the last `patience` is kept.

    Kept is epoch 0, and any later one whose validation RMSE is the lowest so far; with a `gain` it must also be lower
    than that of epoch 0 by more than so many standard errors of the difference (`metrics.fall`). Where epoch 0 is a
    model worth having, nothing then takes its place by luck of the validation ratings.
    Source: Prechelt (1998), Early stopping – but when?; Breiman et al. (1984), Classification and regression trees,
    §3.4.3, for keeping the simpler of two models that standard errors do not tell apart.

    The States are those of `run.steps`, and any prefix is worth keeping: leave the loop whenever you like, and take
    `best` of what came. Looking is not timed.

    Raises DivergedError, naming the epoch, where numbers or J grow without bound; earlier epochs have been yielded.
    """
    states, seconds = steps(model, train, cfg, seed), 0.0
    first, least, at = 0.0, np.inf, 0
    start: Floats = np.empty(0)
    for t in range(T + 1):
        before = time.perf_counter()
        with np.errstate(over="ignore", invalid="ignore"):
            s = next(states)
            seconds += time.perf_counter() - before
            J = model.objective(s, train, cfg)
        first = first if t else J
        if np.isnan(J) or max(first, 1.0) * TOO_FAR < J:
            raise DivergedError(t)
        fitted, predicted = (model.predict(s, part.i, part.j) for part in (train, valid))
        seen, unseen = metrics.rmse(fitted, train.r), metrics.rmse(predicted, valid.r)
        start = start if t else predicted
        kept = not t or (unseen < least and (not gain or metrics.fall(start, predicted, valid.r).beyond(gain)))
        yield Epoch(t, J, seen, unseen, seconds, s, kept)
        if kept:
            least, at = unseen, t
        if patience is not None and t - at >= patience:
            return


class Watched(Protocol):
    """What came of an epoch, and whether it was kept."""

    @property
    def t(self) -> int: ...
    @property
    def kept(self) -> bool: ...


Told = TypeVar("Told", bound=Watched)


def best(found: Iterable[Told]) -> Told:
    """The last epoch that was kept: the earliest with the lowest validation RMSE, or, with a gain to reach, epoch 0.

    Raises ValueError if there is none.
    """
    return max((epoch for epoch in found if epoch.kept), key=lambda epoch: epoch.t)


def held(params: Params, t: int) -> Params:
    """The parameters after epoch t as they are. Raises DivergedError if one is not finite, or beyond `LARGEST`."""
    if not all(np.abs(x).max(initial=0.0) <= LARGEST for x in params.values()):  # NaN is not
        raise DivergedError(t)
    return params
