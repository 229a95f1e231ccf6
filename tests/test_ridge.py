"""One row's system: it minimises what it says, and where the minimiser is not unique it is the shortest (E11)."""

import numpy as np
import pytest

from mfcore import ridge


def cost(x, Z, y, lam):
    return sum((t - z @ x) ** 2 for z, t in zip(Z, y, strict=True)) + lam * x @ x


@pytest.mark.parametrize(
    ("n", "k", "lam"), [(9, 3, 0.0), (9, 3, 2.0), (2, 5, 0.5), (1, 1, 0.0), (0, 3, 1.0), (2, 5, 0.0)]
)
def test_the_solution_has_no_slope_and_the_system_is_the_notes(n, k, lam):
    rng = np.random.default_rng(n + k)
    Z, y = rng.normal(size=(n, k)), rng.normal(size=n)
    row = ridge.ridge_row(Z, y, lam)
    np.testing.assert_allclose(row.A, sum((np.outer(z, z) for z in Z), lam * np.eye(k)), atol=1e-12)
    np.testing.assert_allclose(row.v, sum((t * z for z, t in zip(Z, y, strict=True)), np.zeros(k)), atol=1e-12)
    for e in np.eye(k):
        h = 1e-5 * e
        assert abs(cost(row.x + h, Z, y, lam) - cost(row.x - h, Z, y, lam)) / 2e-5 < 1e-7
    assert row.unique == (lam > 0 or n >= k)
    assert row.rank == (k if lam > 0 else min(n, k))


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("case", ["few", "repeated", "dependent", "zero", "none"])
def test_without_a_unique_solution_the_shortest_is_taken(case, dtype):
    rng = np.random.default_rng(1)
    Z = {
        "few": rng.normal(size=(3, 5)),
        "repeated": np.repeat(rng.normal(size=(2, 5)), 4, axis=0),
        "dependent": rng.normal(size=(9, 3)) @ rng.normal(size=(3, 5)),
        "zero": np.zeros((4, 5)),
        "none": np.zeros((0, 5)),
    }[case].astype(dtype)
    y = rng.normal(size=len(Z)).astype(dtype)
    row = ridge.ridge_row(Z, y, 0.0)
    tolerance = 1e-9 if dtype == "float64" else 1e-4
    shortest = np.linalg.pinv(Z.astype(float), rcond=1e-5) @ y
    np.testing.assert_allclose(row.x, shortest, rtol=tolerance, atol=tolerance)
    assert not row.unique
    assert row.rank == {"few": 3, "repeated": 2, "dependent": 3, "zero": 0, "none": 0}[case]
    assert row.x.dtype == dtype
    # Whatever else fits as well is longer: the way there lies where Z sees nothing.
    hidden = np.linalg.svd(Z.astype(float), full_matrices=True)[2][row.rank :]
    for direction in hidden:
        np.testing.assert_allclose(Z @ direction, 0, atol=1e-5)
        assert np.linalg.norm(row.x + 0.1 * direction) > np.linalg.norm(row.x)


def test_a_lambda_too_small_to_see_still_has_the_least_norm_limit():
    rng = np.random.default_rng(2)
    Z, y = rng.normal(size=(3, 5)), rng.normal(size=3)
    row = ridge.ridge_row(Z, y, 1e-18)
    np.testing.assert_allclose(row.x, np.linalg.pinv(Z) @ y, rtol=1e-7)
    assert row.unique


def test_definite_means_clear_of_rounding():
    assert ridge.is_definite(np.eye(3), 0.0, 3)
    assert not ridge.is_definite(np.diag([1.0, 1.0, 0.0]), 0.0, 9)
    assert not ridge.is_definite(np.diag([1.0, -1.0, 1.0]), 0.0, 9)
    floor = ridge.pivot_floor(3, np.dtype("float64"))
    assert ridge.is_definite(np.diag([1.0, 1.0, 2 * floor]), 0.0, 9)
    assert not ridge.is_definite(np.diag([1.0, 1.0, floor / 2]), 0.0, 9)
    assert ridge.pivot_floor(3, np.dtype("float32")) > 1e6 * floor


def test_a_small_pivot_makes_the_next_uncertain_unless_lambda_stands_below_both():
    floor = ridge.pivot_floor(3, np.dtype("float64"))
    A = np.diag([1.0, 1e-6, 1e-6]) + 2 * floor
    assert ridge.is_definite(A, 0.0, 9)
    A = np.diag([1.0, 1e-8, 1e-8])
    assert not ridge.is_definite(A, 0.0, 9)
    assert ridge.is_definite(A, 2 * floor, 9)


def test_fewer_ratings_than_unknowns_are_never_definite_without_lambda():
    assert not ridge.is_definite(np.eye(3), 0.0, 2)
    assert ridge.is_definite(np.eye(3), 0.5, 2)


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_no_dependent_system_passes_for_a_definite_one(dtype):
    rng = np.random.default_rng(3)
    for _ in range(2000):
        k = int(rng.integers(2, 9))
        rank = int(rng.integers(1, k))
        Z = rng.normal(size=(rank, k)).astype(dtype)[rng.integers(0, rank, 12)]
        x = ridge.ridge_row(Z, rng.normal(size=12).astype(dtype), 0.0).x
        assert np.linalg.norm(x) < 1e3 * (1 if dtype == "float64" else 10) * 12
