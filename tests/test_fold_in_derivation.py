"""The lines of chapter 14's derivations hold on any numbers, and fail when one of their sides is wrong."""

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import als, fold_in
from mfview import derivations
from mfview.derivations import fold_in as lines
from tests import oracles


def problem(seed: int, lam: float, *, biases: bool = True, rated: int = 4, scale: float = 1.0):
    R, rng = oracles.random_ratings(9, 8, 0.6, seed=seed)
    s = oracles.random_state(R, 3, rng, biases=biases)
    s = replace(s, W=scale * s.W, U=scale * s.U)
    cfg = als.Config(k=3, lam=lam, biases=biases, joint=biases)
    items = rng.permutation(R.M)[:rated]
    f = fold_in.fold(s, items, rng.integers(1, 11, rated) / 2, cfg)
    return lines.at(f, R, int(rng.integers(R.M)), int(rng.integers(rated)), 0.7)


def failing(at) -> list[str]:
    every = [step for part in lines.PARTS for step in lines.of(part)]
    return [step.name for step, sides in derivations.check(every, at) if not sides.holds]


@settings(max_examples=80, deadline=None, derandomize=True)
@given(
    seed=some.integers(0, 999),
    lam=some.sampled_from([0.01, 0.7, 5.0, 1e3]),
    biases=some.booleans(),
    rated=some.integers(1, 8),
    scale=some.sampled_from([0.0, 1e-3, 1.0, 30.0]),
)
def test_every_line_holds_on_any_numbers(seed, lam, biases, rated, scale) -> None:
    assert failing(problem(seed, lam, biases=biases, rated=rated, scale=scale)) == []


def test_there_are_lines_for_every_part_and_no_other() -> None:
    assert len({step.name for part in lines.PARTS for step in lines.of(part)}) == sum(
        len(lines.of(part)) for part in lines.PARTS
    )
    with pytest.raises(LookupError):
        lines.of("Something else")


def once_more(f):
    return lambda *given: 1.01 * f(*given)


@pytest.mark.parametrize(
    ("name", "wrong"),
    [
        ("predict", {"Your predictions", "Drawn into the sum", "Linear", "What it changed"}),
        ("covariance", {"Covariance"}),
        ("falls", {"What that takes away"}),
    ],
)
def test_a_library_that_is_off_by_a_hundredth_is_found_out(name, wrong, monkeypatch) -> None:
    at = problem(3, 0.7)
    monkeypatch.setattr(fold_in, name, once_more(getattr(fold_in, name)))
    assert set(failing(at)) == wrong


def test_a_vector_that_is_not_the_solution_is_found_out() -> None:
    at = problem(3, 0.7)
    off = replace(at.f.row, x=at.f.row.x + 0.01)
    f = replace(at.f, row=off)
    moved = replace(at, f=f, x=off.x, solved=off)
    assert {"Set to zero", "Rearranged", "Normal equations", "Solved", "A minimum", "Put in"} <= set(failing(moved))


def test_another_sigma_in_the_library_is_found_out() -> None:
    at = problem(3, 0.7)
    seen = fold_in.predictive(at.f, [at.j], 0.8)
    assert abs(seen.spread[0] ** 2 / at.joint[1] - (0.8 / 0.7) ** 2) < 1e-9
