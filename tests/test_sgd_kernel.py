"""Steps of one rating in blocks: both forms against a loop over the same order, and the same bits on any threads."""

import gc
import weakref
from dataclasses import replace
from typing import Any

import numba
import numpy as np
import pytest

from mfcore import Ratings, embedding, fit, kernels, nn
from mfcore.kernels import numba_form, sgd, sgd_numba
from tests import oracles

FORMS = ["numpy", "numba"]
TABLES = ("W", "U", "b", "c")


def config(**terms: Any) -> embedding.Config:
    return embedding.Config(**dict(k=3, lam=0.4, rule=nn.Rule("sgd", 0.03), batch=1, decay=0.5) | terms)


def problem(cfg: embedding.Config, N: int = 40, M: int = 30) -> tuple[Ratings, embedding.State]:
    R, rng = oracles.random_ratings(N, M, 0.3, seed=4)
    drawn = oracles.random_state(R, cfg.k, rng, biases=cfg.biases, dtype=cfg.dtype)
    return R, replace(fit(embedding, R, cfg, 0), t=1, W=drawn.W, U=drawn.U, b=drawn.b, c=drawn.c)


def one_after_the_other(s: embedding.State, R: Ratings, cfg: embedding.Config, rng: np.random.Generator) -> None:
    """The epoch's steps in its order, each by the gradient that is written by hand; in the State's own memory."""
    x, eta = sgd.blocks(R), cfg.rule.rate / (1 + cfg.decay * s.t)
    for shift in rng.permutation(sgd.P):
        for g in range(sgd.P):
            h = (g + shift) % sgd.P
            for t in range(x.ends[g, h], x.ends[g, h + 1]):
                i, j = int(x.i[t]), int(x.j[t])
                slope = embedding.gradient_of_one(s, R, cfg, i, j)
                s.W[i] -= eta * slope.w
                s.U[j] -= eta * slope.u
                s.b[i] -= eta * slope.b
                s.c[j] -= eta * slope.c


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("k", [1, 3, 6, 10, 14, 31])
@pytest.mark.parametrize("terms", [dict(), dict(weighted=True), dict(biases=False)])
@pytest.mark.parametrize(("dtype", "near"), [("float64", 1e-12), ("float32", 1e-4)])
def test_an_epoch_is_a_loop_over_its_ratings(dtype: Any, near: float, terms: Any, k: int, kernel: Any) -> None:
    cfg = config(k=k, dtype=dtype, kernel=kernel, **terms)
    R, s = problem(cfg)
    kept = [getattr(s, name).copy() for name in TABLES]
    found = embedding.sweep(s, R, cfg, np.random.default_rng(6))
    for name, before in zip(TABLES, kept, strict=True):
        np.testing.assert_array_equal(getattr(s, name), before)
    one_after_the_other(s, R, cfg, np.random.default_rng(6))
    assert (found.t, found.moments.steps) == (2, R.n)
    for name in TABLES:
        theta = getattr(found, name)
        assert theta.dtype == dtype
        assert theta.flags.c_contiguous
        np.testing.assert_allclose(theta, getattr(s, name), rtol=near, atol=near)


@pytest.mark.parametrize("shape", [(40, 30), (3, 50), (50, 2), (1, 1)])
def test_every_rating_is_in_one_block_and_blocks_of_a_stratum_share_no_row(shape: tuple[int, int]) -> None:
    R, _ = oracles.random_ratings(*shape, 0.3, seed=1)
    x = sgd.blocks(R)
    assert dict(zip(zip(x.i, x.j, strict=True), x.r, strict=True)) == oracles.observed(R)
    assert x.ends[0, 0] == 0
    assert x.ends[-1, -1] == R.n
    np.testing.assert_array_equal(x.ends[1:, 0], x.ends[:-1, -1])
    for shift in range(sgd.P):
        users, items = [], []
        for g in range(sgd.P):
            h = (g + shift) % sgd.P
            own = slice(x.ends[g, h], x.ends[g, h + 1])
            users.append(set(x.i[own]))
            items.append(set(x.j[own]))
        for sides in (users, items):
            assert sum(map(len, sides)) == len(set().union(*sides))


def test_blocks_are_the_same_whoever_sorts_them(monkeypatch: pytest.MonkeyPatch) -> None:
    R, _ = oracles.random_ratings(40, 30, 0.3, seed=1)
    alone = sgd._sorted(R)
    monkeypatch.setattr(sgd, "THREADED", 0)
    monkeypatch.setattr(sgd, "THREADS", 2)
    for one, other in zip(alone, sgd._sorted(R), strict=True):
        np.testing.assert_array_equal(one, other)


def test_ranges_hold_about_as_many_ratings_each() -> None:
    R, _ = oracles.random_ratings(400, 300, 0.3, seed=1)
    ends = sgd.blocks(R).ends
    np.testing.assert_allclose(np.diff(ends), R.n / sgd.P**2, rtol=0.25)


@pytest.mark.parametrize("k", [3, 10, 40])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_number_of_threads_changes_no_bit(dtype: Any, k: int, monkeypatch: pytest.MonkeyPatch) -> None:
    """As a whole, and in two epochs, so that what one left is where the next began."""
    monkeypatch.setattr(sgd_numba, "THREADED", 0)
    monkeypatch.setattr(numba_form, "THREADED", 0)
    cfg = config(k=k, dtype=dtype, kernel="numba")
    R, s = problem(cfg, 300, 200)
    found, most = [], numba.get_num_threads()
    try:
        for threads in range(1, most + 1):
            numba.set_num_threads(threads)
            found.append(fit(embedding, R, cfg, 2, seed=3, start=s))
    finally:
        numba.set_num_threads(most)
    for other in found[1:]:
        for name in TABLES:
            np.testing.assert_array_equal(getattr(other, name), getattr(found[0], name))


@pytest.mark.parametrize("kernel", FORMS)
def test_in_which_order_the_blocks_of_a_stratum_come_changes_no_bit(kernel: Any, monkeypatch: Any) -> None:
    """What threads could make of a stratum is some order of its blocks."""
    cfg = config(kernel=kernel)
    R, s = problem(cfg)
    expected = embedding.sweep(s, R, cfg, np.random.default_rng(2))
    form, drawn = sgd._form(kernel, R.n), np.random.default_rng(8)

    def shuffled(x: Any, strata: Any, *rest: Any) -> Any:
        return form(x, np.stack([stratum[drawn.permutation(sgd.P)] for stratum in strata]), *rest)

    monkeypatch.setattr(sgd, "_form", lambda *_: shuffled)
    found = embedding.sweep(s, R, cfg, np.random.default_rng(2))
    for name in TABLES:
        np.testing.assert_array_equal(getattr(found, name), getattr(expected, name))


def test_strata_come_in_an_order_that_the_sweep_draws() -> None:
    cfg = config(kernel="numpy")
    R, s = problem(cfg)
    one, again, other = (embedding.sweep(s, R, cfg, np.random.default_rng(seed)) for seed in (1, 1, 2))
    np.testing.assert_array_equal(one.W, again.W)
    assert not np.array_equal(one.W, other.W)


def test_blocks_are_made_once_and_go_with_their_ratings() -> None:
    R, _ = oracles.random_ratings(40, 30, 0.3, seed=1)
    assert sgd.blocks(R) is sgd.blocks(R)
    kept = weakref.ref(sgd.blocks(R).i)
    del R
    gc.collect()
    assert kept() is None


def test_auto_takes_the_compiled_form_for_many_ratings_where_it_is_installed(monkeypatch: Any) -> None:
    assert sgd._form("auto", sgd.COMPILED_FROM - 1) is sgd._form("numpy", 10**9)
    assert sgd._form("auto", sgd.COMPILED_FROM) is sgd._form("numba", 1) is sgd_numba.epoch
    monkeypatch.setattr(kernels, "_compiled", lambda: None)
    assert sgd._form("auto", 10**9) is sgd._form("numpy", 1)
    with pytest.raises(ImportError, match="needs numba"):
        sgd._form("numba", 1)


def test_no_batch_and_no_memory_is_what_the_fast_form_is_for() -> None:
    assert config().plain
    assert not config(batch=2).plain
    assert not config(rule=nn.Rule("momentum", 0.1)).plain
