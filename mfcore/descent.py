"""Descent watched epoch by epoch (notes §14, 19): what each epoch reports, when to stop, and which State to keep."""

import time
from collections.abc import Iterable, Iterator
from typing import Generic, NamedTuple, TypeVar

import numpy as np

from mfcore import metrics
from mfcore.errors import DivergedError
from mfcore.nn import Params
from mfcore.ratings import Ratings
from mfcore.run import C, Model, S, steps

TOO_FAR = 100.0  # times the first J: from there nothing comes back
LARGEST = 1e6  # of a parameter of a model of stars, and far from where its products would overflow

State = TypeVar("State")


class Epoch(NamedTuple, Generic[State]):
    """After epoch t: J, the RMSE on training and validation ratings in stars, seconds of training so far, the State."""

    t: int
    J: float
    train: float
    valid: float
    seconds: float
    state: State


def epochs(
    model: Model[C, S],
    train: Ratings,
    valid: Ratings,
    cfg: C,
    T: int,
    seed: int = 0,
    patience: int | None = None,
) -> Iterator[Epoch[S]]:
    """Epochs 0 to T of `model`, fewer where the validation RMSE has not fallen for `patience` of them.

    The States are those of `run.steps`, and any prefix is worth keeping: leave the loop whenever you like, and take
    `best` of what came. Looking is not timed.

    Raises DivergedError, naming the epoch, where numbers or J grow without bound; earlier epochs have been yielded.
    """
    states, seconds = steps(model, train, cfg, seed), 0.0
    first, least, at = 0.0, np.inf, 0
    for t in range(T + 1):
        before = time.perf_counter()
        with np.errstate(over="ignore", invalid="ignore"):
            s = next(states)
            seconds += time.perf_counter() - before
            J = model.objective(s, train, cfg)
        first = first if t else J
        if np.isnan(J) or max(first, 1.0) * TOO_FAR < J:
            raise DivergedError(t)
        seen, unseen = (metrics.rmse(model.predict(s, part.i, part.j), part.r) for part in (train, valid))
        yield Epoch(t, J, seen, unseen, seconds, s)
        if unseen < least:
            least, at = unseen, t
        if patience is not None and t - at >= patience:
            return


def best(found: Iterable[Epoch[S]]) -> Epoch[S]:
    """The epoch with the lowest validation RMSE, the earliest of equals. Raises ValueError if there is none."""
    return min(found, key=lambda epoch: epoch.valid)


def held(params: Params, t: int) -> Params:
    """The parameters after epoch t as they are. Raises DivergedError if one is not finite, or beyond `LARGEST`."""
    if not all(np.abs(x).max(initial=0.0) <= LARGEST for x in params.values()):  # NaN is not
        raise DivergedError(t)
    return params
