"""Sums over shards of users: whatever the split, their total is solved to what one machine finds."""

from dataclasses import replace

import numpy as np
import pytest

from mfcore import Ratings, als
from mfcore.kernels import sums
from tests import oracles

FORMS = ["numpy", "numba"]
TERMS = [
    {"biases": False},
    {"biases": True},
    {"joint": True},
    {"joint": True, "weighted": True},
    {"weighted": True},
]


def problem(N: int, M: int, k: int, terms: dict[str, bool], dtype: str = "float64"):
    R, rng = oracles.random_ratings(N, M, 0.3, seed=5)
    return R, oracles.random_state(R, k, rng, biases=terms.get("biases", True), dtype=dtype)


def shards(R: Ratings, cuts: list[int]) -> list[tuple[slice, Ratings]]:
    rows = [slice(a, b) for a, b in zip([0, *cuts], [*cuts, R.N], strict=True)]
    return [(s, Ratings._of(R.by_user[s], R.user_ids[s], R.item_ids)) for s in rows]


def prepared(R: Ratings, s: als.State, cfg: als.Config, at: slice = slice(None)) -> sums.Prepared:
    return sums.prepared(R, s.W[at], s.b[at], s.mu, cfg)


def total(R: Ratings, s: als.State, cfg: als.Config, cuts: list[int], items: slice) -> np.ndarray:
    return sum(sums.partial(prepared(own, s, cfg, at), items) for at, own in shards(R, cuts))


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("k", [1, 4, 11, 30])
def test_solved_sums_are_the_update_of_the_items_and_give_its_squared_error(k, terms, kernel) -> None:
    R, s = problem(60, 25, k, terms)
    cfg = als.Config(k=k, lam=0.4, kernel=kernel, **terms)
    expected = als.update_U(s, R, cfg)
    if cfg.biases and not cfg.joint:
        expected = als.update_c(expected, R, cfg)
    for items in (slice(0, 9), slice(9, R.M)):
        S = total(R, s, cfg, [7, 30], items)
        assert S.shape[1] == sums.width(k, cfg)
        got = sums.solve(S, s.c[items], R.items_counts[items], cfg)
        np.testing.assert_allclose(got.U, expected.U[items], rtol=1e-9, atol=1e-10)
        np.testing.assert_allclose(got.c, expected.c[items], rtol=1e-9, atol=1e-10)
    whole = sums.solve(total(R, s, cfg, [20], slice(0, R.M)), s.c, R.items_counts, cfg)
    assert whole.squared_error == pytest.approx(oracles.J(oracles.observed(R), expected, 0.0), rel=1e-10)
    assert whole.short == 0


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_items_that_ratings_leave_open_get_the_least_norm_solution(dtype, joint, kernel) -> None:
    R, rng = oracles.random_ratings(12, 30, 0.25, seed=1)
    s = oracles.random_state(R, 5, rng, biases=True, dtype=dtype)
    cfg = als.Config(k=5, lam=0.0, joint=joint, kernel=kernel, dtype=dtype)
    rows = [als.row(s.T, R.T, cfg, j) for j in range(R.M)]
    open_rows = [not row.unique and n > 0 for row, n in zip(rows, R.items_counts, strict=True)]
    assert any(open_rows)
    got = sums.solve(total(R, s, cfg, [5], slice(0, R.M)), s.c, R.items_counts, cfg)
    assert got.short == sum(open_rows)
    found = np.column_stack([got.U, got.c]) if joint else got.U
    tolerance = 1e-7 if dtype == "float64" else 2e-2
    np.testing.assert_allclose(found, [row.x for row in rows], rtol=tolerance, atol=tolerance)
    assert found.dtype == dtype


@pytest.mark.parametrize("kernel", FORMS)
def test_a_repeated_direction_is_left_at_rest(kernel) -> None:
    """Many ratings by users who are all alike: A has rank 1, which only its eigenvalues tell."""
    R, rng = oracles.random_ratings(40, 6, 0.9, seed=2)
    s = oracles.random_state(R, 3, rng, biases=False)
    s.W[:] = s.W[0] * rng.choice([1.0, -2.0], R.N)[:, None]
    cfg = als.Config(k=3, lam=0.0, biases=False, kernel=kernel)
    got = sums.solve(total(R, s, cfg, [11], slice(0, R.M)), s.c, R.items_counts, cfg)
    np.testing.assert_allclose(got.U, [als.row(s.T, R.T, cfg, j).x for j in range(R.M)], rtol=1e-8, atol=1e-10)
    assert got.short == R.M


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("lam", [1e-15, 1e12])
def test_an_item_that_nobody_rated_stays_at_zero(lam, kernel) -> None:
    R, s = problem(30, 8, 3, {})
    R = R._where(R.j != 2)
    cfg = als.Config(k=3, lam=lam, joint=True, kernel=kernel)
    got = sums.solve(total(R, s, cfg, [10], slice(0, R.M)), s.c, R.items_counts, cfg)
    assert not got.U[2].any()
    assert got.c[2] == 0
    assert got.short == 0
    expected = als.update_U(s, R, cfg)
    np.testing.assert_allclose(got.U, expected.U, rtol=1e-6, atol=1e-7 * np.abs(expected.U).max())


def test_a_perfect_fit_has_no_error_rather_than_a_negative_one() -> None:
    R, s = problem(30, 8, 3, {})
    perfect = replace(R, by_user=R.by_user.copy(), by_item=R.by_item.copy())
    for side in (perfect.by_user, perfect.by_item):
        side.data[:] = 3.5
    cfg = als.Config(k=3, lam=1e-9, joint=True, kernel="numpy")
    S = sums.partial(sums.prepared(perfect, s.W, np.zeros(R.N), 3.5, cfg), slice(0, R.M))
    got = sums.solve(S, np.zeros(R.M), R.items_counts, cfg)
    assert 0 <= got.squared_error < 1e-12
    np.testing.assert_allclose(got.U, 0, atol=1e-12)


@pytest.mark.parametrize("terms", TERMS)
def test_both_forms_make_the_same_sums(terms) -> None:
    R, s = problem(50, 20, 6, terms, "float32")
    forms = [
        sums.partial(prepared(R, s, als.Config(k=6, lam=1.0, kernel=kernel, dtype="float32", **terms)), slice(3, 17))
        for kernel in FORMS
    ]
    np.testing.assert_allclose(*forms, rtol=1e-4, atol=1e-4)


def test_chunks_change_no_bit(monkeypatch) -> None:
    R, s = problem(50, 20, 4, {})
    cfg = als.Config(k=4, lam=0.2, kernel="numpy")

    def all_of_it() -> sums.Solved:
        return sums.solve(sums.partial(prepared(R, s, cfg), slice(0, R.M)), s.c, R.items_counts, cfg)

    whole = all_of_it()
    monkeypatch.setattr(sums.chunks, "CHUNK_BYTES", 300)
    monkeypatch.setattr(sums.chunks, "CHUNK_RATINGS", 13)
    for a, b in zip(whole, all_of_it(), strict=True):
        np.testing.assert_array_equal(a, b)
