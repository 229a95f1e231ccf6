"""The training loop, on ALS and on a small model that draws random numbers in every sweep."""

import gc
import weakref
from dataclasses import dataclass
from itertools import islice, pairwise
from types import SimpleNamespace

import numpy as np
import pytest

from mfcore import als, data, fit, metrics, steps, trace
from tests import oracles


@dataclass(frozen=True, slots=True, eq=False)
class Drawn:
    t: int
    numbers: tuple[float, ...]


# A model whose State is every number it has drawn so far.
DRAWING = SimpleNamespace(
    init=lambda R, cfg, rng: Drawn(0, (rng.random(),)),
    sweep=lambda s, R, cfg, rng: Drawn(s.t + 1, (*s.numbers, rng.random())),
)


@pytest.fixture
def R():
    return oracles.random_ratings(12, 10, 0.5, seed=0)[0]


def test_sweep_t_draws_from_a_generator_of_its_own(R):
    s = fit(DRAWING, R, None, T=4, seed=9)
    assert s.numbers == tuple(np.random.default_rng([9, t]).random() for t in range(5))


def test_a_sweep_holds_the_only_reference_to_its_state(R):
    """So that what it replaces can be let go of before it ends: here the State itself, there a large W."""
    alone = []

    def sweep(s: als.State, R, cfg, rng) -> als.State:
        before, after = weakref.ref(s.W), als.sweep(s, R, cfg, rng)
        del s
        alone.append(before() is None)
        return after

    fit(SimpleNamespace(init=als.init, sweep=sweep), R, als.Config(k=2), T=3)
    assert alone == [True] * 3


def test_any_snapshot_resumes_to_the_same_numbers(R):
    history = list(islice(steps(DRAWING, R, None, seed=9), 6))
    for s in history:
        assert fit(DRAWING, R, None, T=5 - s.t, seed=9, start=s).numbers == history[5].numbers


def test_fit_is_an_element_of_steps(R):
    cfg = als.Config(k=2)
    history = list(islice(steps(als, R, cfg, seed=1), 4))
    for T, s in enumerate(history):
        np.testing.assert_array_equal(fit(als, R, cfg, T=T, seed=1).U, s.U)
    with pytest.raises(ValueError, match="cannot be -1"):
        fit(als, R, cfg, T=-1)


@pytest.mark.parametrize("terms", [dict(biases=False), dict(), dict(joint=True)])
def test_a_trace_has_every_block_and_the_states_of_steps(R, terms):
    train, test = R.split(0.2, seed=0)
    cfg = als.Config(k=2, lam=0.5, **terms)
    T = 3
    followed = list(trace(als, train, test, cfg, T=T, seed=1))
    names = [block.__name__ for block in als.blocks(cfg)]
    assert [(p.t, p.block) for p, _ in followed] == [(0, "init")] + [(t, b) for t in range(1, T + 1) for b in names]
    for p, s in followed:
        assert als.objective(s, train, cfg) == p.J
        for shown, part in ((p.train, train), (p.test, test)):
            errors = [r - oracles.predicted(s, i, j) for (i, j), r in oracles.observed(part).items()]
            assert shown == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=1e-9)
    assert all(b.J <= a.J * (1 + 1e-12) for (a, _), (b, _) in pairwise(followed))
    for s, (p, last) in zip(steps(als, train, cfg, seed=1), followed[:: len(names)], strict=False):
        assert s.t == p.t == last.t
        for name in ("W", "U", "b", "c"):
            np.testing.assert_array_equal(getattr(last, name), getattr(s, name))


def test_a_trace_without_sweeps_is_its_start(R):
    train, test = R.split(0.2, seed=0)
    [(point, s)] = trace(als, train, test, als.Config(k=2), T=0)
    assert point.block == "init"
    assert point.test == metrics.rmse(als.predict(s, test.i, test.j), test.r)


def test_states_that_are_done_with_are_let_go() -> None:
    """Of a run that nobody keeps States of, only the last is held, the one it started from included."""
    R, cfg = data.load("tiny")[0], als.Config(k=2)
    start = fit(als, R, cfg, T=1)
    gone = weakref.ref(start.W)
    states = steps(als, R, cfg, start=start)
    del start
    next(states)
    assert gone() is not None
    next(states)
    gc.collect()
    assert gone() is None
