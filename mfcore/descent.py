"""Descent watched epoch by epoch (notes §14, 19): what each epoch reports, when to stop, and which State to keep."""

import time
from collections.abc import Callable, Iterable, Iterator
from typing import Generic, NamedTuple, Protocol, TypeVar

import numpy as np

from mfcore import metrics
from mfcore.errors import DivergedError
from mfcore.nn import Params
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.run import C, Model, S, steps

TOO_FAR = 100.0  # times the first J, or the ratings' squares: from there nothing comes back
LARGEST = 1e6  # of a parameter of a model of stars, and far from where its products would overflow
SAMPLE = 1000  # ratings, looked at in a tenth of a millisecond; where there are fewer, all

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

    Raises DivergedError, naming the epoch, where a sweep does (see `bounded`), or where J is not a number or more than
    `TOO_FAR` times what it was at first; earlier epochs have been yielded, and its `last` is the State before.
    """
    states, seconds = steps(model, train, cfg, seed), 0.0
    first, least, at = 0.0, np.inf, 0
    start: Floats = np.empty(0)
    s: S | None = None
    for t in range(T + 1):
        last, before = s, time.perf_counter()
        with np.errstate(over="ignore", invalid="ignore"):
            s = next(states)
            seconds += time.perf_counter() - before
            J = model.objective(s, train, cfg)
        first = first if t else J
        if np.isnan(J) or max(first, 1.0) * TOO_FAR < J:
            raise DivergedError(t, last)
        del last  # may be large
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


def bounded(s: S, last: S, params: Params, R: Ratings, predict: Callable[[S, Ints, Ints], Floats]) -> S:
    """s as it is, to which a sweep by descent led from `last`; params: what it moved.

    Raises DivergedError, with `last`, where a parameter is not `held`, or predictions are not `near` the ratings, of
    which `SAMPLE` are looked at, evenly taken. Every sweep by descent ends with this, so that `run.steps` and `run.fit`
    raise it too. Only `epochs` looks at J, and so at all ratings and at what length costs.
    """
    held(params, s.t, last)
    places = np.linspace(0, R.n - 1, min(R.n, SAMPLE)).astype(np.intp)
    i = np.searchsorted(R.by_user.indptr, places, side="right") - 1
    with np.errstate(over="ignore", invalid="ignore"):
        near(predict(s, i, R.j[places]), R.r[places], s.t, last)
    return s


def held(params: Params, t: int, last: object = None) -> Params:
    """The parameters after epoch t as they are. Raises DivergedError if one is not finite, or beyond `LARGEST`."""
    if not all(np.abs(x).max(initial=0.0) <= LARGEST for x in params.values()):  # NaN is not
        raise DivergedError(t, last)
    return params


def near(predicted: Floats, r: Floats, t: int, last: object = None) -> None:
    """Raises DivergedError if predictions after epoch t have lost the ratings: Σ(r − r̂)² > `TOO_FAR` Σr². Both (n,)."""
    size = metrics.mse(np.zeros(len(r)), r) or 1.0
    if len(r) and not metrics.mse(predicted, r) <= TOO_FAR * size:  # NaN is not
        raise DivergedError(t, last)
