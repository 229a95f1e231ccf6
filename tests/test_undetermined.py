"""Rows that the ratings leave open (E11): all of the family fits alike, the one that is taken is the shortest."""

import numpy as np
import pytest

from mfcore import Ratings, als, interpret, run, undetermined
from mfcore.data import load


def short(k: int, seed: int):
    R, _ = load("tiny")
    cfg = als.Config(k=k, lam=0.0, biases=False)
    s = next(run.steps(als, R, cfg, seed))
    i = int(np.argmin(R.users_counts))
    return R, cfg, s, i, als.row(s, R, cfg, i)


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("k", [4, 5, 6])
def test_the_whole_family_has_one_J_and_the_least_norm_in_its_middle(k, seed) -> None:
    R, _, s, i, row = short(k, seed)
    a = np.linspace(-3, 3, 13)
    solutions = undetermined.family(row, a)
    j, r = R.of_user(i)
    losses = ((r - solutions @ s.U[j].T) ** 2).sum(axis=1)
    np.testing.assert_allclose(losses, losses[6], atol=1e-9)
    norms = interpret.norm(solutions)
    assert np.argmin(norms) == 6
    np.testing.assert_allclose(norms**2, row.x @ row.x + a**2, rtol=1e-8)
    unseen = np.setdiff1d(np.arange(R.M), j)
    assert np.ptp(solutions @ s.U[unseen].T, axis=0).max() > 0.1


@pytest.mark.parametrize("k", [4, 5, 6])
def test_free_directions_are_orthonormal_and_A_does_not_see_them(k) -> None:
    *_, row = short(k, 1)
    d = undetermined.free_directions(row)
    assert d.shape == (k, k - row.rank)
    np.testing.assert_allclose(d.T @ d, np.eye(k - row.rank), atol=1e-12)
    np.testing.assert_allclose(row.A @ d, 0, atol=1e-12)
    assert (undetermined.eigenvalues(row.A) < 1e-10).sum() == d.shape[1]


def test_a_unique_row_has_no_family() -> None:
    *_, row = short(3, 0)
    assert row.unique
    assert undetermined.free_directions(row).shape == (3, 0)
    with pytest.raises(ValueError, match="unique"):
        undetermined.family(row, np.zeros(1))


def test_eigenvalues_come_largest_first_and_make_up_the_trace() -> None:
    *_, row = short(4, 2)
    found = undetermined.eigenvalues(row.A)
    assert np.all(np.diff(found) <= 0)
    assert found.sum() == pytest.approx(np.trace(row.A))


def test_rows_without_ratings_are_not_short() -> None:
    R = Ratings.from_codes(
        np.array([0, 0, 1]), np.array([0, 1, 0]), np.ones(3), np.array(["a", "b", "c"]), np.array(["x", "y", "z"])
    )
    assert undetermined.short_rows(R, 1) == (0, 0)
    assert undetermined.short_rows(R, 2) == (1, 1)
    assert undetermined.short_rows(R, 3) == (2, 2)
    for k in range(1, 4):
        by_loop = [sum(len(ratings) == k for ratings in side) for side in _sides_of(R)]
        assert undetermined.square_rows(R, k) == tuple(by_loop)


def _sides_of(R: Ratings) -> tuple[list[object], list[object]]:
    return [R.Psi(i) for i in range(R.N)], [R.Omega(j) for j in range(R.M)]
