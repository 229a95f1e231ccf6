"""Why sums of words work: every line holds on any counts, and a wrong table is found out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import words
from mfview.derivations import check
from mfview.derivations import words as derivation


def counts(V: int, seed: int, most: int = 20) -> np.ndarray:
    n = np.random.default_rng(seed).integers(0, most, (V, V))
    n[0, 0] += 1
    return n + n.T


def holding(at: derivation.At) -> dict[str, bool]:
    return {line.step.name: line.sides.holds for line in check(derivation.LINES, at)}


@settings(deadline=None, max_examples=25)
@given(some.integers(1, 9), some.integers(0, 99), some.integers(1, 30), some.data())
def test_every_line_holds_on_any_counts(V, seed, most, data) -> None:
    k = data.draw(some.integers(1, V))
    four = tuple(data.draw(some.integers(0, V - 1)) for _ in range(4))
    found = holding(derivation.at(counts(V, seed, most), k, four))
    assert all(found.values()), found


def test_the_line_on_ratios_compares_something() -> None:
    n = np.ones((9, 9), int)
    n[:4, 4:6] = np.array([[40], [30], [50], [45]])
    n = n + n.T
    rich = derivation.at(n, 4, (0, 1, 2, 3))
    assert len(rich.common) > 0
    assert holding(rich)["It is about ratios"]
    assert not next(line.sides.note for line in check(derivation.LINES, rich) if line.step.name == "It is about ratios")
    missed = next(line.sides for line in check(derivation.LINES, rich) if line.step.name == "It is about ratios")
    assert np.abs(missed.left).max() > 0.01


@pytest.mark.parametrize(
    ("spoil", "line"),
    [
        (lambda at: replace(at, whole=words.Tables(-at.whole.W, at.whole.C)), "A factorization"),
        (lambda at: replace(at, whole=words.Tables(-at.whole.W, at.whole.C)), "With all columns"),
        (lambda at: replace(at, P=1.1 * at.P), "A question of the neighbour"),
    ],
)
def test_wrong_numbers_fail_where_they_should(spoil, line) -> None:
    at = derivation.at(counts(9, 1), 4, (0, 1, 2, 3))
    assert holding(at)[line]
    assert not holding(spoil(at))[line]
