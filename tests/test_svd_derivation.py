"""Chapter 6's derivation holds on any full matrix, and a wrong library is found out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import lowrank
from mfview.derivations import check
from mfview.derivations import svd as derivation


@settings(deadline=None, max_examples=15)
@given(N=st.integers(1, 7), M=st.integers(1, 7), seed=st.integers(0, 99), data=st.data())
def test_every_line_holds_on_any_matrix(N, M, seed, data) -> None:
    k = data.draw(st.integers(1, min(N, M)))
    X = np.random.default_rng(seed).standard_normal((N, M)) * 10.0 ** (seed % 5 - 2)
    for line in check(derivation.LINES, derivation.at(X, k)):
        assert line.sides.holds, (line.step.name, line.sides)


def test_every_line_holds_where_rank_is_missing() -> None:
    for X in (np.zeros((3, 4)), np.ones((4, 3)), np.outer([1.0, 2, 3], [0.0, 1])):
        for k in (1, 2):
            assert all(line.sides.holds for line in check(derivation.LINES, derivation.at(X, k)))


def broken(**tables: np.ndarray) -> dict[str, bool]:
    at = derivation.at(np.random.default_rng(0).standard_normal((6, 5)), 2)
    wrong = replace(at, whole=at.whole._replace(**tables))
    return {line.step.name: line.sides.holds for line in check(derivation.LINES, wrong)}


def test_wrong_tables_fail_where_they_should() -> None:
    whole = lowrank.decomposed(np.random.default_rng(0).standard_normal((6, 5)))
    stretched = broken(s=1.01 * whole.s)
    assert not stretched["Decomposition"]
    assert not stretched["What is lost"]
    assert not stretched["k = M"]
    turned = broken(left=whole.left[:, ::-1])
    assert not turned["Decomposition"]
    assert not turned["Nothing is nearer"]
    assert not broken(right=2 * whole.right)["Orthonormal columns"]


def test_a_wrong_fold_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    at = derivation.at(np.random.default_rng(0).standard_normal((6, 5)), 2)
    monkeypatch.setattr(lowrank, "folded", lambda found: (found.left, found.right))
    lines = {line.step.name: line.sides.holds for line in check(derivation.LINES, at)}
    assert not lines["S folded into U"]
    assert lines["One cell"]
