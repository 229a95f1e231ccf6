"""The derivations of ridge regression and of slip E2 hold on any numbers, as written, and fail when a side is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import als, as_written, regression
from mfcore.notation import equation_of
from mfview import derivations
from mfview.derivations import as_written as slip
from mfview.derivations import regression as shared
from mfview.derivations import ridge
from tests import oracles
from tests.latex import Reader

LAM = 0.7
CFG = als.Config(k=3, lam=LAM)


def problem(seed=4):
    R, rng = oracles.random_ratings(9, 8, 0.6, seed=seed)
    return R, oracles.random_state(R, 3, rng, biases=True)


def failing(steps, at):
    return [step.name for step, sides in derivations.check(steps, at) if not sides.holds]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    n=some.integers(1, 30),
    degree=some.integers(1, 12),
    lam=some.sampled_from([0.0, 1e-6, 0.01, 1.0, 1000.0]),
    seed=some.integers(0, 999),
)
def test_every_line_of_ridge_regression_holds_on_any_points(n, degree, lam, seed):
    points = regression.generate(n, 0.4, seed)
    assert failing(ridge.of(lam), ridge.at(points, degree, lam)) == []


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    seed=some.integers(0, 999), lam=some.sampled_from([0.0, 0.1, 5.0, 1e4]), scale=some.sampled_from([1e-3, 1.0, 1e3])
)
def test_every_line_of_the_slip_holds_on_any_numbers(seed, lam, scale):
    R, s = problem(seed)
    s = replace(s, **{name: scale * getattr(s, name) for name in ("W", "U", "b", "c")})
    for i in range(R.N):
        assert failing(slip.of(), slip.at(s, R, replace(CFG, lam=lam), i)) == []


def test_the_lines_of_the_slip_are_true_as_they_are_written():
    R, s = problem()
    i = int(np.argmax(R.users_counts))
    line = {step.name: step.latex for step in slip.of()}

    def moved(b):
        bias = s.b.copy()
        bias[i] = b
        return replace(s, b=bias)

    def value(latex, state=s):
        return float(Reader(state, R, LAM, i, 0).value(latex))

    def loss(b):
        return as_written.objective(moved(b), R, CFG)

    b = float(as_written.update_b(s, R, CFG).b[i])
    solved, h = moved(b), 0.125
    slope = (loss(s.b[i] + h) - loss(s.b[i] - h)) / (2 * h)
    assert value(line["Gradient"].partition("=")[2]) == pytest.approx(slope)
    assert value(line["Set to zero"].partition("=")[0], solved) == pytest.approx(0, abs=1e-9)
    assert value(line["Solved"].partition("=")[2]) == pytest.approx(b)
    for name in ("Rearranged", "Counted"):
        left, right = (value(side, solved) for side in line[name].split("="))
        assert left == pytest.approx(right)
    written = equation_of(as_written.update_b).latex.partition("=")[2]
    assert value(written) == pytest.approx(b)
    film = equation_of(as_written.update_c).latex.partition("=")[2]
    assert float(Reader(s, R, LAM, i, 2).value(film)) == pytest.approx(as_written.update_c(s, R, CFG).c[2])


@pytest.mark.parametrize(
    ("broken", "noticed"),
    [
        (lambda Z, y, lam, x: -shared_gradient(Z, y, lam, x), "Gradient"),
        (lambda Z, y, lam, x: shared_gradient(Z, y, 0.0, x), "Gradient"),
    ],
    ids=["sign", "forgotten λ"],
)
def test_a_wrong_gradient_is_noticed(broken, noticed, monkeypatch):
    monkeypatch.setattr(shared, "gradient_formula", broken)
    R, s = problem()
    assert failing(slip.of(), slip.at(s, R, CFG, 1)) == [noticed]
    assert failing(ridge.of(LAM), ridge.at(regression.generate(12, 0.4, 0), 3, LAM)) == [noticed]


shared_gradient = shared.gradient_formula


def test_the_exact_rule_in_the_place_of_the_written_one_is_noticed(monkeypatch):
    monkeypatch.setattr(as_written, "update_b", als.update_b)
    R, s = problem()
    found = failing(slip.of(), slip.at(s, R, CFG, 1))
    assert set(found) == {"Set to zero", "Rearranged", "Counted", "Solved", "A minimum"}


def test_the_stated_objective_in_the_place_of_the_other_is_noticed(monkeypatch):
    monkeypatch.setattr(as_written, "objective", als.objective)
    R, s = problem()
    assert {"Objective", "Own terms"} <= set(failing(slip.of(), slip.at(s, R, CFG, 1)))


def test_a_user_without_ratings_is_said_to_have_none():
    R, s = problem()
    empty = type(R).from_codes(R.i, R.j, R.r, np.arange(R.N + 1), R.item_ids)
    s = replace(s, W=np.vstack([s.W, np.ones(3)]), b=np.append(s.b, 1.0))
    assert failing(slip.of(), slip.at(s, empty, CFG, R.N)) == []


def test_settings_that_are_not_about_the_slip_are_refused():
    R, s = problem()
    with pytest.raises(ValueError, match="slip E2"):
        slip.at(s, R, replace(CFG, weighted=True), 0)


def test_lambda_is_written_where_there_is_one():
    assert not any("lambda w" in step.latex or "lambda I" in step.latex for step in ridge.of(0.0))
    assert sum("lambda" in step.latex for step in ridge.of(LAM)) == 8
