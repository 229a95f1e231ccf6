"""The one training loop. A model is a module; `steps` is its sequence of States, `fit` one element of it."""

from collections.abc import Callable, Hashable, Iterator
from dataclasses import replace
from itertools import islice
from typing import Any, ClassVar, NamedTuple, Protocol, TypeVar

import numpy as np

from mfcore import metrics
from mfcore.ratings import Floats, Ratings


class AnyState(Protocol):
    """A frozen dataclass that counts its sweeps in t."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def t(self) -> int: ...


S = TypeVar("S", bound=AnyState)
C = TypeVar("C", bound=Hashable, contravariant=True)


class Model(Protocol[C, S]):
    """What a model module defines: the same names in every one of them."""

    def init(self, R: Ratings, cfg: C, rng: np.random.Generator) -> S: ...
    def sweep(self, s: S, R: Ratings, cfg: C, rng: np.random.Generator) -> S: ...
    def objective(self, s: S, R: Ratings, cfg: C) -> float: ...
    def predict(self, s: S, i: Any, j: Any) -> Floats: ...


class Traced(Model[C, S], Protocol[C, S]):
    """A Model whose sweep is its blocks in order, and whose objective is a squared error and a penalty."""

    def blocks(self, cfg: C) -> tuple[Callable[[S, Ratings, C], S], ...]: ...
    def squared_error(self, s: S, R: Ratings, cfg: C) -> float: ...
    def penalty(self, s: S, R: Ratings, cfg: C) -> float: ...


def steps(model: Model[C, S], R: Ratings, cfg: C, seed: int = 0, start: S | None = None) -> Iterator[S]:
    """The States of t = 0, 1, 2, …: the first is `model.init`, each next one sweep further, without end.

    Sweep t draws from `default_rng([seed, t])`, so that `start`, any State met before, resumes bit for bit;
    it is yielded first. Raises what the model does: a sweep of gradient steps DivergedError, whose `last` is the State
    before it.
    """
    held = [model.init(R, cfg, np.random.default_rng([seed, 0])) if start is None else start]
    del start
    while True:
        yield held[0]
        rng = np.random.default_rng([seed, held[0].t + 1])
        # A State may be large: handed over, its blocks can go as soon as the sweep has made new ones.
        held.append(model.sweep(held.pop(), R, cfg, rng))


def fit(model: Model[C, S], R: Ratings, cfg: C, T: int, seed: int = 0, start: S | None = None) -> S:
    """The State after T sweeps, counted from `start` where one is given: the T-th element of `steps`.

    Raises ValueError if T is negative, and what `steps` does.
    """
    if T < 0:
        raise ValueError(f"T counts sweeps and cannot be {T}")
    return next(islice(steps(model, R, cfg, seed, start), T, None))


class Point(NamedTuple):
    """The loss after one block: sweep t, the block's name ("init" at the start), J and the two RMSEs."""

    t: int
    block: str
    J: float
    train: float
    test: float


def trace(
    model: Traced[C, S], train: Ratings, test: Ratings, cfg: C, T: int, seed: int = 0
) -> Iterator[tuple[Point, S]]:
    """The loss of `model` block by block over T sweeps, with the State after each block.

    The States at the ends of the sweeps are those of `steps`, for models whose sweep is their blocks in order.
    """
    s = model.init(train, cfg, np.random.default_rng([seed, 0]))
    i, j, r = test.i, test.j, test.r

    def point(t: int, block: str) -> tuple[Point, S]:
        missed = model.squared_error(s, train, cfg)  # once, for J and for the training RMSE
        J, unseen = missed + model.penalty(s, train, cfg), metrics.rmse(model.predict(s, i, j), r)
        return Point(t, block, J, float(np.sqrt(missed / train.n)), unseen), s

    yield point(0, "init")
    for t in range(1, T + 1):
        for block in model.blocks(cfg):
            s = replace(block(s, train, cfg), t=t)
            yield point(t, block.__name__)
