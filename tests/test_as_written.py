"""Slip E2: the written bias update is stationary for its own objective, falls on it, and does neither on the stated."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest

from mfcore import Ratings, als, as_written, fit, run
from tests import oracles

CFG = als.Config(k=3, lam=0.7)


def literal(ratings: oracles.Observed, s: als.State, lam: float) -> float:
    """The objective behind E2, term by term: every rating pays for both of its biases."""
    total = lam * float(sum((s.W**2).ravel()) + sum((s.U**2).ravel()))
    for (i, j), r in ratings.items():
        total += (r - oracles.predicted(s, i, j)) ** 2 + lam * float(s.b[i] ** 2 + s.c[j] ** 2)
    return total


def slopes(loss, s: als.State, name: str) -> np.ndarray:
    """∂/∂(b or c) by central differences, exact for a quadratic."""
    h, bias = 0.125, getattr(s, name)

    def at(x: np.ndarray) -> float:
        return loss(replace(s, **{name: x}))

    return np.array([(at(bias + d) - at(bias - d)) / (2 * h) for d in h * np.eye(len(bias))])


@pytest.fixture
def problem():
    R, rng = oracles.random_ratings(12, 9, 0.5, seed=1)
    return R, oracles.random_state(R, 3, rng, biases=True), oracles.observed(R)


def test_the_update_is_the_notes_formula(problem):
    R, s, ratings = problem
    b, c = as_written.update_b(s, R, CFG).b, as_written.update_c(s, R, CFG).c
    for i in range(R.N):
        own = [r - oracles.predicted(s, u, j) + s.b[i] for (u, j), r in ratings.items() if u == i]
        assert b[i] == pytest.approx(sum(own) / (len(own) * (1 + CFG.lam)))
    for j in range(R.M):
        own = [r - oracles.predicted(s, i, f) + s.c[j] for (i, f), r in ratings.items() if f == j]
        assert c[j] == pytest.approx(sum(own) / (len(own) * (1 + CFG.lam)))


def test_the_objective_charges_a_bias_once_for_every_rating(problem):
    R, s, ratings = problem
    assert as_written.objective(s, R, CFG) == pytest.approx(literal(ratings, s, CFG.lam), rel=1e-12)
    parts = as_written.squared_error(s, R, CFG) + as_written.penalty(s, R, CFG)
    assert parts == pytest.approx(as_written.objective(s, R, CFG))
    assert as_written.losses(s, R, CFG) == (als.objective(s, R, CFG), as_written.objective(s, R, CFG))


@pytest.mark.parametrize(("model", "flat"), [(als, "stated"), (as_written, "per_rating")], ids=["exact", "written"])
@pytest.mark.parametrize("name", ["b", "c"])
def test_each_rule_is_flat_on_its_own_objective_and_not_on_the_other(problem, model, flat, name):
    R, s, ratings = problem
    s = getattr(model, f"update_{name}")(s, R, CFG)
    on = {
        "stated": slopes(lambda x: oracles.J(ratings, x, CFG.lam), s, name),
        "per_rating": slopes(lambda x: literal(ratings, x, CFG.lam), s, name),
    }
    np.testing.assert_allclose(on.pop(flat), 0, atol=1e-9)
    (other,) = on.values()
    assert np.abs(other).max() > 0.1


def test_it_falls_at_every_block_of_its_own_objective_and_rises_on_the_stated_one(problem):
    R, s, _ = problem
    own, stated = [as_written.objective(s, R, CFG)], [als.objective(s, R, CFG)]
    for _ in range(8):
        for update in as_written.blocks(CFG):
            s = update(s, R, CFG)
            own.append(as_written.objective(s, R, CFG))
            stated.append(als.objective(s, R, CFG))
    assert all(after <= before * (1 + 1e-12) for before, after in pairwise(own))
    assert any(after > before * (1 + 1e-6) for before, after in pairwise(stated))


def test_each_rule_ends_lower_on_its_own_objective():
    """The notes' experiment: 60 × 40, k = 3, λ = .5."""
    R, _ = oracles.random_ratings(60, 40, 0.3, seed=2)
    cfg = als.Config(k=3, lam=0.5)
    exact, written = (as_written.losses(fit(model, R, cfg, 60), R, cfg) for model in (als, as_written))
    assert exact.stated < written.stated
    assert written.per_rating < exact.per_rating


def test_without_lambda_both_rules_are_one(problem):
    R, _, _ = problem
    cfg = replace(CFG, k=2, lam=1e-9)
    a, b = (fit(model, R, cfg, 5, seed=3) for model in (als, as_written))
    np.testing.assert_allclose(a.b, b.b, atol=1e-6)


def test_it_is_a_model_of_the_training_loop(problem):
    R, _, _ = problem
    train, test = R.split(0.2, seed=0)
    traced = list(run.trace(as_written, train, test, CFG, 3))
    trained = fit(as_written, train, CFG, 3)
    np.testing.assert_allclose(traced[-1][0].J, as_written.objective(trained, train, CFG))
    assert [point.block for point, _ in traced[1:5]] == ["update_W", "update_b", "update_U", "update_c"]


def test_who_has_no_rating_has_no_bias():
    R = Ratings.from_codes(np.array([0, 0]), np.array([0, 1]), np.array([3.0, 4.0]), np.arange(2), np.arange(3))
    s = fit(as_written, R, CFG, 2)
    assert s.b[1] == 0
    assert s.c[2] == 0


def test_what_is_left_of_a_residual_follows_from_the_updates():
    """One user who gave n ratings of μ + 1: b is what is left of 1."""
    for n in (1, 4, 50):
        j = np.arange(n)
        users, films = np.r_[np.zeros(n, int), np.ones(n, int)], np.r_[j, j]
        R = Ratings.from_codes(users, films, np.r_[np.ones(n), -np.ones(n)], np.arange(2), j)
        s = als.State(0, np.zeros((2, 3)), np.zeros((n, 3)), np.zeros(2), np.zeros(n), R.mu)
        left = as_written.shrinkage(np.array(n), 2.0)
        assert als.update_b(s, R, replace(CFG, lam=2.0)).b[0] == pytest.approx(left.exact)
        assert as_written.update_b(s, R, replace(CFG, lam=2.0)).b[0] == pytest.approx(left.written)


@pytest.mark.parametrize("wrong", [dict(biases=False), dict(joint=True), dict(weighted=True)])
def test_other_settings_are_refused(wrong):
    with pytest.raises(ValueError, match="slip E2"):
        as_written.blocks(als.Config(**wrong))
