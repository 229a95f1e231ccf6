"""Every line of the derivations holds on any numbers, and is seen to fail as soon as one of its sides is wrong."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import Ratings, als
from mfview import derivations
from mfview.derivations import Sides, plain, regression

BLOCKS = ("W", "U")
LINES = [step.name for step in plain.of("W", als.Config(biases=False, lam=0))]
PLAIN = als.Config(k=3, lam=0, biases=False)
RIDGE = replace(PLAIN, lam=0.7)


def problem(seed, N=9, M=8, k=3, density=0.6, dtype="float64"):
    """A State and ratings on which no line is trivially true."""
    rng = np.random.default_rng(seed)
    seen = rng.random((N, M)) < density
    seen[0, :2] = True
    i, j = np.nonzero(seen)
    r = rng.integers(0, 11, len(i)).astype(dtype) / 2
    R = Ratings.from_codes(i, j, r, np.arange(N), np.arange(M))
    W, U = rng.standard_normal((N, k)).astype(dtype), rng.standard_normal((M, k)).astype(dtype)
    return R, als.State(0, W, U, np.zeros(N, dtype), np.zeros(M, dtype), 0.0)


def failing(block, s, R, cfg, row):
    lines = derivations.check(plain.of(block, cfg), plain.at(block, s, R, cfg, row))
    return [step.name for step, sides in lines if not sides.holds]


@settings(max_examples=80, deadline=None)
@given(
    seed=some.integers(0, 10_000),
    k=some.integers(1, 6),
    lam=some.sampled_from([0.0, 0.01, 1.0, 100.0]),
    density=some.sampled_from([0.1, 0.5, 1.0]),
    block=some.sampled_from(BLOCKS),
    scale=some.sampled_from([1e-6, 1.0, 1e3]),
    dtype=some.sampled_from(["float32", "float64"]),
)
def test_every_line_holds_on_any_numbers(seed, k, lam, density, block, scale, dtype):
    R, s = problem(seed, k=k, density=density, dtype=dtype)
    s = replace(s, W=(s.W * scale).astype(dtype), U=(s.U * scale).astype(dtype))
    cfg = als.Config(k=k, lam=lam, biases=False, dtype=dtype)
    for row in range(R.N if block == "W" else R.M):
        assert failing(block, s, R, cfg, row) == []


@pytest.mark.parametrize("block", BLOCKS)
def test_they_hold_in_the_middle_of_training_too(block):
    R, s = problem(4)
    for t in range(5):
        s = als.sweep(s, R, RIDGE, np.random.default_rng(t))
        assert failing(block, s, R, RIDGE, 2) == []


@pytest.mark.parametrize("block", BLOCKS)
@pytest.mark.filterwarnings("ignore::mfcore.LeastNormWarning")
def test_they_hold_where_the_fit_is_exact_and_J_is_rounding(block):
    R, s = problem(4, k=8)
    cfg = als.Config(k=8, lam=0, biases=False)
    for t in range(6):
        s = als.sweep(s, R, cfg, np.random.default_rng(t))
        assert failing(block, s, R, cfg, 2) == []
    assert als.objective(s, R, cfg) < 1e-16


def wrong_row(by):
    """als.row with its solution moved."""
    true = als.row
    return lambda s, R, cfg, i: replace(solved := true(s, R, cfg, i), x=solved.x + by)


def scaled(function, by):
    return lambda *given: by * function(*given)


MOVED = ["Set to zero", "Rearranged", "Normal equations", "Solved", "A minimum"]
FAULTS = {
    "a prediction 1 % too large": (als, "predict", scaled(als.predict, 1.01), ["Prediction"]),
    "J 1 % too large": (als, "objective", scaled(als.objective, 1.01), ["Objective", "Own terms"]),
    "a loss that forgets the square": (
        regression.Regression,
        "loss",
        lambda at, x: np.abs(at.y - x @ at.Z.T).sum(-1),
        ["Own terms", "Gradient", "Set to zero", "A minimum"],
    ),
    "a gradient of the wrong sign": (
        regression,
        "gradient_formula",
        scaled(regression.gradient_formula, -1),
        ["Gradient"],
    ),
    "a gradient without its 2": (
        regression,
        "gradient_formula",
        scaled(regression.gradient_formula, 0.5),
        ["Gradient"],
    ),
    "a solution moved by 0.1": (als, "row", wrong_row(0.1), MOVED),
    "u uᵀ with its signs lost": (
        regression,
        "outer",
        lambda z: np.abs(np.outer(z, z)),
        ["A matrix appears", "Normal equations"],
    ),
}


@pytest.mark.parametrize("cfg", [PLAIN, RIDGE], ids=["λ=0", "λ>0"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_line_fails_where_one_of_its_sides_is_wrong(fault, cfg, monkeypatch):
    where, name, broken, lines = FAULTS[fault]
    R, s = problem(1, density=1.0)
    assert failing("W", s, R, cfg, 0) == []
    monkeypatch.setattr(where, name, broken)
    assert failing("W", s, R, cfg, 0) == lines


def test_the_faults_reach_every_line():
    assert {line for *_, lines in FAULTS.values() for line in lines} == set(LINES)


def test_symmetry_fails_for_a_loss_that_charges_users_alone(monkeypatch):
    R, s = problem(1)
    monkeypatch.setattr(als, "objective", lambda s, R, cfg: cfg.lam * float((s.W**2).sum()))
    assert "Symmetry" in failing("U", s, R, RIDGE, 0)


def test_a_forgotten_lambda_is_noticed(monkeypatch):
    R, s = problem(2)
    true = regression.gradient_formula
    monkeypatch.setattr(regression, "gradient_formula", lambda Z, r, lam, w: true(Z, r, 0.0, w))
    assert failing("W", s, R, RIDGE, 0) == ["Gradient"]
    assert failing("W", s, R, PLAIN, 0) == []


def test_nan_is_never_a_line_that_holds():
    assert not Sides(np.nan, 1.0, "").holds
    assert not Sides(np.array([1.0, np.nan]), np.array([1.0, 1.0]), "").holds


def test_a_minimum_may_lie_below_but_not_above():
    assert Sides(1.0, 2.0, "", "≤").holds
    assert not Sides(2.0, 1.0, "", "≤").holds


@pytest.mark.parametrize("lam", [0.0, 0.5])
def test_more_dimensions_than_ratings_says_that_there_is_no_inverse_unless_lambda_gives_one(lam):
    R, s = problem(3, k=6, density=0.1)
    cfg = als.Config(k=6, lam=lam, biases=False)
    row = int(np.flatnonzero((R.users_counts > 0) & (R.users_counts < 6))[0])
    lines = derivations.check(plain.of("W", cfg), plain.at("W", s, R, cfg, row))
    by_name = {step.name: sides for step, sides in lines}
    assert ("no inverse" in by_name["Solved"].note) == (lam == 0)
    assert by_name["Normal equations"].holds


def test_lambda_is_written_where_there_is_one_and_nowhere_else():
    for block in BLOCKS:
        written = ["lambda" in step.latex for step in plain.of(block, PLAIN)]
        assert not any(written)
        assert sum("lambda" in step.latex for step in plain.of(block, RIDGE)) == 7


def test_only_plain_factorization_is_derived_here():
    for cfg in (als.Config(), replace(PLAIN, weighted=True)):
        with pytest.raises(ValueError, match="plain matrix factorization"):
            plain.of("W", cfg)
