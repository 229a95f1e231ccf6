"""The derivations with biases: every line holds on any numbers, fails where a side is wrong, and is true as written."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import als
from mfview import derivations
from mfview.derivations import als_row, biases, regression
from tests import oracles
from tests.latex import Reader

BLOCKS = ("b", "c", "W", "U", "Wb", "Uc")
CFG = als.Config(k=3, lam=0.7)
USER, FILM = 2, 3

pytestmark = pytest.mark.filterwarnings("ignore::mfcore.LeastNormWarning")


def problem(seed=4, density=0.8, k=3, N=9, M=8):
    R, rng = oracles.random_ratings(N, M, density, seed)
    return R, oracles.random_state(R, k, rng, biases=True)


def failing(block, s, R, cfg, row):
    lines = derivations.check(biases.of(block, cfg), biases.at(block, s, R, cfg, row))
    return [step.name for step, sides in lines if not sides.holds]


@settings(max_examples=60, deadline=None)
@given(
    seed=some.integers(0, 10_000),
    k=some.integers(1, 5),
    lam=some.sampled_from([0.0, 0.01, 1.0, 100.0]),
    density=some.sampled_from([0.1, 0.5, 1.0]),
    block=some.sampled_from(BLOCKS),
    dtype=some.sampled_from(["float32", "float64"]),
)
def test_every_line_holds_on_any_numbers(seed, k, lam, density, block, dtype):
    R, s = problem(seed, density, k)
    s = replace(s, **{name: getattr(s, name).astype(dtype) for name in ("W", "U", "b", "c")})
    cfg = als.Config(k=k, lam=lam, dtype=dtype)
    for row in range(R.M if block in als_row.FILMS else R.N):
        assert failing(block, s, R, cfg, row) == []


@pytest.mark.parametrize("block", BLOCKS)
def test_what_is_solved_is_what_the_updates_train(block):
    """Second route: the update of the whole block, and the notes' formula as a loop."""
    R, s = problem()
    row = FILM if block in als_row.FILMS else USER
    x = biases.at(block, s, R, CFG, row).solved.x
    t, Q = (s.T, R.T) if block in als_row.FILMS else (s, R)
    seen = oracles.observed(Q)
    expected = {
        "b": lambda: [oracles.b(seen, t, row, CFG.lam)],
        "W": lambda: oracles.w(seen, t, row, CFG.lam),
        "Wb": lambda: oracles.w_and_b(seen, t, row, CFG.lam),
    }[als_row.FILMS.get(block, block)]()
    np.testing.assert_allclose(x, expected, rtol=1e-9)


def scaled(function, by):
    return lambda *given: by * function(*given)


FAULTS = {
    "a prediction 1 % too large": (als, "predict", {"Prediction"}),
    "J 1 % too large": (als, "objective", {"Objective", "Own terms"}),
    "a gradient 1 % too steep": (regression, "gradient_formula", {"Gradient"}),
}


@pytest.mark.parametrize("block", ["b", "W", "Wb"])
@pytest.mark.parametrize("fault", FAULTS)
def test_a_line_fails_where_one_of_its_sides_is_wrong(fault, block, monkeypatch):
    where, name, lines = FAULTS[fault]
    R, s = problem()
    monkeypatch.setattr(where, name, scaled(getattr(where, name), 1.01))
    assert set(failing(block, s, R, CFG, USER)) == lines


def test_a_wrong_bias_update_fails_wherever_the_solution_is_used(monkeypatch):
    """The value of the notes (E2) in place of the right one."""
    R, s = problem()
    true = als.update_b

    def written(s, R, cfg):
        solved, n = true(s, R, replace(cfg, lam=0.0)), R.users_counts
        return replace(solved, b=solved.b * n / (n * (1 + cfg.lam)))

    monkeypatch.setattr(als, "update_b", written)
    assert failing("b", s, R, CFG, USER) == ["Set to zero", "Rearranged", "Counted", "Solved", "A minimum"]


def test_a_joint_solve_that_forgets_the_bias_ends_above_in_turn(monkeypatch):
    R, s = problem()
    true = als.update_W
    monkeypatch.setattr(als, "update_W", lambda s, R, cfg: true(s, R, replace(cfg, joint=False)))
    assert failing("Wb", s, R, CFG, USER) == ["Not above in turn"]


@pytest.mark.parametrize("lam", [0.0, CFG.lam])
@pytest.mark.parametrize("block", ["b", "c", "W", "U"])
def test_every_line_is_true_as_it_is_written(block, lam):
    R, s = problem()
    cfg = als.Config(k=3, lam=lam)
    row = FILM if block in als_row.FILMS else USER
    line = {step.name: step.latex for step in biases.of(block, cfg)}
    x = biases.at(block, s, R, cfg, row).solved.x

    def moved(to):
        table = getattr(s, block).copy()
        table[row] = to if table.ndim == 2 else to[0]
        return replace(s, **{block: table})

    def value(latex, state=s):
        return Reader(state, R, lam, USER, FILM).value(latex)

    own, h = np.atleast_1d(getattr(s, block)[row]), 0.125
    steps = h * np.eye(len(own))
    slopes = [(als.objective(moved(own + d), R, cfg) - als.objective(moved(own - d), R, cfg)) / (2 * h) for d in steps]
    written = value(line["Gradient"].rpartition("=")[2])
    np.testing.assert_allclose(np.atleast_1d(written), slopes, rtol=1e-9)
    solved = moved(x)
    np.testing.assert_allclose(value(line["Set to zero"].partition("=")[0], solved), 0, atol=1e-9)
    np.testing.assert_allclose(value(line["Solved"].rpartition("=")[2]), np.squeeze(x), rtol=1e-9)
    both_sides = ("Rearranged", "Counted") if block in "bc" else ("Rearranged",)
    for name in both_sides:
        left, right = (value(side, solved) for side in line[name].split("="))
        np.testing.assert_allclose(left, right, rtol=1e-9)
    assert value(line["Objective"].rpartition("=")[2]) == pytest.approx(als.objective(s, R, cfg))
    change = [value(line["Own terms"].rpartition("=")[2], state) for state in (solved, s)]
    assert change[1] - change[0] == pytest.approx(als.objective(s, R, cfg) - als.objective(solved, R, cfg))


def test_lambda_and_the_slip_are_written_where_there_is_a_lambda():
    for block in BLOCKS:
        free, charged = (biases.of(block, als.Config(k=3, lam=lam)) for lam in (0.0, 1.0))
        assert not any("lambda" in step.latex for step in free)
        assert any("lambda" in step.latex for step in charged)
        names = [step.name for step in charged]
        assert ("Not what is written" in names) == (block in ("b", "c"))
        assert (names[0] == "Symmetry") == (block in als_row.FILMS)


@pytest.mark.parametrize("cfg", [als.Config(biases=False), als.Config(weighted=True)])
def test_only_factorization_with_biases_is_derived_here(cfg):
    with pytest.raises(ValueError, match="with biases"):
        biases.of("b", cfg)


def test_a_row_without_ratings_says_so():
    R, s = problem(3, density=0.1)
    empty = int(np.flatnonzero(R.users_counts == 0)[0])
    for block in ("b", "W", "Wb"):
        lines = derivations.check(biases.of(block, CFG), biases.at(block, s, R, CFG, empty))
        assert all(sides.holds for _, sides in lines)
        assert any("holds no ratings" in sides.note for _, sides in lines)
