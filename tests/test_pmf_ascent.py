"""Gradient ascent: slopes by finite differences, batches without bias, steps that climb, and steps too long."""

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import DivergedError, ascent, fit, pmf, steps
from mfcore.data import planted
from tests import oracles
from tests.test_pmf import problem, slopes


@settings(deadline=None, max_examples=20)
@given(st.integers(1, 5), st.integers(1, 5), st.integers(1, 3), st.booleans(), st.integers(0, 999))
def test_the_gradient_is_the_slope_of_the_log_posterior(N, M, k, biases, seed) -> None:
    R, s, cfg = problem(N, M, k, biases, seed)
    g = ascent.gradient(s, R, cfg)
    for name in ("W", "U", "b", "c"):
        if biases or name in "WU":
            by_differences = slopes(s, R, cfg, name)
            size = 1 + np.abs(by_differences).max()
            np.testing.assert_allclose(getattr(g, name), by_differences, atol=2e-5 * size)
        else:
            assert not getattr(g, name).any()


def test_the_gradient_is_a_literal_loop() -> None:
    R, s, cfg = problem(biases=True, seed=1)
    W, c = -s.lam_W * s.W, -s.lam_U * s.c
    for (i, j), r in oracles.observed(R).items():
        e = (r - oracles.predicted(s, i, j)) / s.sigma**2
        W[i] += e * s.U[j]
        c[j] += e
    g = ascent.gradient(s, R, cfg)
    np.testing.assert_allclose(g.W, W, rtol=1e-10, atol=1e-10)
    np.testing.assert_allclose(g.c, c, rtol=1e-10, atol=1e-10)


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("batches", [1, 2, 3, 7, 50])
def test_batches_are_right_on_average_however_uneven(biases, batches) -> None:
    R, s, cfg = problem(biases=biases, seed=2)
    order = np.random.default_rng(0).permutation(R.n)
    parts = np.array_split(order, batches)
    guesses = [ascent.of_batch(s, R.i[p], R.j[p], R.r[p], batches, cfg) for p in parts]
    whole = ascent.gradient(s, R, cfg)
    for name in whole._fields:
        mean = np.mean([getattr(g, name) for g in guesses], axis=0)
        np.testing.assert_allclose(mean, getattr(whole, name), rtol=1e-9, atol=1e-9)


def test_the_gradient_is_zero_where_closed_forms_end() -> None:
    R, _ = oracles.random_ratings(12, 9, 0.6, seed=3)
    cfg = pmf.Config(k=2, sigma=0.9, lam_prior=3.0, biases=True)
    start = fit(pmf, R, cfg, T=1)
    top = fit(pmf, R, cfg, T=1200)
    g, at_first = ascent.gradient(top, R, cfg), ascent.gradient(start, R, cfg)
    for name in g._fields:
        assert np.abs(getattr(g, name)).max() < 1e-6 * max(1.0, np.abs(getattr(at_first, name)).max())


@pytest.mark.parametrize("terms", [{}, {"biases": True}, {"sigma": None}, {"sigma": None, "lam_prior": None}])
def test_small_steps_never_fall(terms) -> None:
    R = planted.planted(20, 15, k=2, density=0.5, seed=0).ratings
    cfg = ascent.Config(pmf.Config(**{"k": 2, "sigma": 0.5, "lam_prior": 1.0, **terms}), rate=1e-4)
    heights = [-ascent.objective(s, R, cfg) for s in islice(steps(ascent, R, cfg), 200)]
    assert all(b >= a for a, b in pairwise(heights))
    assert heights[-1] > heights[0]


def test_a_step_gains_what_its_slope_promises() -> None:
    R, s, cfg = problem(biases=True, seed=4)
    g, rate = ascent.gradient(s, R, cfg), 1e-8
    gained = pmf.log_posterior(ascent.step(s, g, rate), R, cfg) - pmf.log_posterior(s, R, cfg)
    assert gained == pytest.approx(rate * sum(float(np.sum(x**2)) for x in g), rel=1e-3)


def test_it_arrives_where_the_closed_form_does() -> None:
    R = planted.planted(25, 15, k=2, density=0.6, seed=1).ratings
    model = pmf.Config(k=2, sigma=0.6, lam_prior=2.0, biases=True)
    by_jumps = fit(pmf, R, model, T=500)
    by_steps = fit(ascent, R, ascent.Config(model, rate=2e-3), T=2500)
    assert pmf.objective(by_steps, R, model) == pytest.approx(pmf.objective(by_jumps, R, model), abs=1e-4)
    i, j = np.indices((R.N, R.M))
    np.testing.assert_allclose(pmf.predict(by_steps, i, j), pmf.predict(by_jumps, i, j), atol=2e-2)


@pytest.mark.parametrize("batches", [1, 6])
def test_without_a_prior_it_arrives_where_least_squares_does(batches) -> None:
    """λ = 0, every cell known: the likelihood alone; batches come as near as their noise lets them."""
    R = planted.planted(25, 15, k=2, density=1.0, seed=1).ratings
    model = pmf.Config(k=2, sigma=0.6, lam_prior=0.0, biases=True)
    by_jumps = fit(pmf, R, model, T=400)
    by_steps = fit(
        ascent, R, ascent.Config(model, rate=1e-3 if batches > 1 else 2e-3, batches=batches), T=1500 // batches
    )
    top = pmf.log_likelihood(by_jumps, R, model)
    assert top - pmf.log_likelihood(by_steps, R, model) == pytest.approx(0.0, abs=0.05 if batches == 1 else 2.0)
    i, j = np.indices((R.N, R.M))
    apart = pmf.predict(by_steps, i, j) - pmf.predict(by_jumps, i, j)
    assert np.sqrt(np.mean(apart**2)) < (0.03 if batches == 1 else 0.08)


@pytest.mark.parametrize("batches", [1, 4])
def test_what_is_learnt_follows_every_sweep_by_its_closed_form(batches) -> None:
    R = planted.planted(20, 15, k=2, density=0.5, seed=0).ratings
    model = pmf.Config(k=2, lam_prior=None)
    for s in islice(steps(ascent, R, ascent.Config(model, 1e-4, batches)), 1, 4):
        e = [r - oracles.predicted(s, i, j) for (i, j), r in oracles.observed(R).items()]
        assert s.sigma == pytest.approx(np.sqrt(np.mean(np.square(e))), rel=1e-10)
        entries = np.concatenate([s.W.ravel(), s.U.ravel()])
        assert s.lam_W == s.lam_U == pytest.approx(1 / np.mean(entries**2), rel=1e-10)
    apart = pmf.Config(k=2, lam_prior=None, tied=False)
    s = fit(ascent, R, ascent.Config(apart, 1e-4, batches), T=2)
    assert (s.lam_W, s.lam_U) == pytest.approx((1 / np.mean(s.W**2), 1 / np.mean(s.U**2)), rel=1e-10)


def test_batches_climb_further_in_a_sweep_and_do_not_come_to_rest() -> None:
    R = planted.planted(60, 40, k=2, density=0.5, seed=2).ratings
    model = pmf.Config(k=2, sigma=0.5, lam_prior=2.0)
    one, many = (ascent.Config(model, rate=2e-4, batches=batches) for batches in (1, 20))
    assert ascent.objective(fit(ascent, R, many, T=5), R, many) < ascent.objective(fit(ascent, R, one, T=5), R, one)
    late = [ascent.objective(s, R, many) for s in islice(steps(ascent, R, many), 200, 240)]
    assert any(b > a for a, b in pairwise(late))  # noise: some sweeps lead down


@pytest.mark.parametrize("batches", [1, 5])
@pytest.mark.parametrize("rate", [0.5, 1e4, 1e300])
def test_steps_too_long_are_caught_with_the_last_good_state(rate, batches) -> None:
    R = planted.planted(30, 20, k=2, density=0.5, seed=0).ratings
    cfg = ascent.Config(pmf.Config(k=2, sigma=0.5, lam_prior=1.0), rate=rate, batches=batches)
    reached = []
    with pytest.raises(DivergedError, match="learning rate too large at epoch") as caught:
        reached.extend(islice(steps(ascent, R, cfg), 500))
    last = caught.value.last
    assert last is reached[-1]
    assert caught.value.t == last.t + 1
    assert np.isfinite(pmf.log_posterior(last, R, cfg.model))
    errors = R.r - pmf.predict(last, R.i, R.j)
    assert np.sum(errors**2) <= ascent.FAR * (np.sum(R.r**2) + R.n * last.sigma**2)


def test_steps_that_are_not_too_long_are_let_through() -> None:
    R = planted.planted(30, 20, k=2, density=0.5, seed=0).ratings
    cfg = ascent.Config(pmf.Config(k=2, sigma=0.5, lam_prior=1.0), rate=1e-3)
    assert fit(ascent, R, cfg, T=300).t == 300


def test_seeds_reproduce_and_any_snapshot_resumes() -> None:
    R = planted.planted(20, 15, k=2, density=0.5, seed=0).ratings
    cfg = ascent.Config(pmf.Config(k=2, sigma=0.5), rate=1e-4, batches=4)
    history = list(islice(steps(ascent, R, cfg, seed=5), 6))
    again = fit(ascent, R, cfg, T=3, seed=5, start=history[2])
    np.testing.assert_array_equal(again.W, history[5].W)
    other = fit(ascent, R, cfg, T=5, seed=6)
    assert not np.array_equal(other.W, history[5].W)


def test_what_is_stepped_keeps_its_dtype_and_leaves_its_argument() -> None:
    R, s, _ = problem(seed=0)
    model = pmf.Config(k=2, dtype="float32")
    s = replace(s, **{name: getattr(s, name).astype("float32") for name in ("W", "U", "b", "c")})
    before = s.W.copy()
    after = ascent.sweep(s, R, ascent.Config(model, 1e-4, batches=3), np.random.default_rng(0))
    assert after.W.dtype == after.U.dtype == np.float32
    np.testing.assert_array_equal(s.W, before)


@pytest.mark.parametrize(
    "wrong", [{"rate": 0.0}, {"rate": np.inf}, {"rate": 0.1, "batches": 0}, {"rate": 0.1, "hold": ("X",)}]
)
def test_settings_outside_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"rate|batches|hold"):
        ascent.Config(pmf.Config(), **wrong)


def test_what_is_held_stays_and_the_rest_moves_as_before() -> None:
    R, s, model = problem(biases=True, seed=5)
    held = ascent.sweep(s, R, ascent.Config(model, 1e-3, hold=("U", "c")), np.random.default_rng(0))
    free = ascent.sweep(s, R, ascent.Config(model, 1e-3), np.random.default_rng(0))
    np.testing.assert_array_equal(held.U, s.U)
    np.testing.assert_array_equal(held.c, s.c)
    np.testing.assert_array_equal(held.W, free.W)
    assert not np.array_equal(free.U, s.U)
