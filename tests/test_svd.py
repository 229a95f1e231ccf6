"""Truncated SVD of the filled matrix: dense oracles, Eckart and Young, what k = M and rotations leave alone."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import Ratings, als, data, fills, fit, interpret, metrics, steps, svd
from tests import oracles

RNG = np.random.default_rng(0)


def filled(R: Ratings, fill: fills.Filling) -> np.ndarray:
    """The filled matrix, cell by cell, by what the fills are called."""
    seen = oracles.observed(R)

    def mean(values: list[float], otherwise: float) -> float:
        return sum(values) / len(values) if values else otherwise

    mu = mean(list(seen.values()), 0.0)
    column = [mean([r for (_, j), r in seen.items() if j == q], mu) for q in range(R.M)]
    row = [mean([r for (i, _), r in seen.items() if i == q], mu) for q in range(R.N)]
    above = [mean([r - column[j] for (i, j), r in seen.items() if i == q], 0.0) for q in range(R.N)]
    hole = {
        fills.zeros: lambda i, j: 0.0,
        fills.mean: lambda i, j: mu,
        fills.user_means: lambda i, j: row[i],
        fills.item_means: lambda i, j: column[j],
        fills.both_means: lambda i, j: column[j] + above[i],
    }[fill]
    return np.array([[seen.get((i, j), hole(i, j)) for j in range(R.M)] for i in range(R.N)])


def cells(s: als.State) -> np.ndarray:
    return svd.predict(s, *np.mgrid[: len(s.W), : len(s.U)])


def fill_cells(R: Ratings, fill: fills.Filling) -> np.ndarray:
    F = fill(R)
    return np.add.outer(F.b, F.c) + F.mu


@pytest.fixture(scope="module")
def ratings() -> Ratings:
    return oracles.random_ratings(14, 9, 0.4, seed=3)[0]


@pytest.mark.parametrize("fill", fills.ALL, ids=lambda f: f.__name__)
@settings(deadline=None, max_examples=12)
@given(N=st.integers(1, 8), M=st.integers(1, 8), density=st.floats(0.05, 1.0), seed=st.integers(0, 99))
def test_a_fill_stands_in_every_hole_and_in_no_rating(fill, N, M, density, seed) -> None:
    R, _ = oracles.random_ratings(N, M, density, seed)
    A = fills.unexplained(R, fill(R)).toarray()
    np.testing.assert_allclose(fill_cells(R, fill) + A, filled(R, fill), atol=1e-12)
    holes = np.ones((N, M), bool)
    holes[R.i, R.j] = False
    assert (A[holes] == 0).all()


@pytest.mark.parametrize("fill", fills.ALL, ids=lambda f: f.__name__)
@pytest.mark.parametrize("k", [1, 3, 9])
def test_it_is_the_svd_of_the_filled_matrix_less_its_fill(ratings, fill, k) -> None:
    F, X = fill_cells(ratings, fill), filled(ratings, fill)
    left, values, right = np.linalg.svd(X - F, full_matrices=False)
    expected = F + left[:, :k] * values[:k] @ right[:k]
    cfg = svd.Config(k=k, fill=fill)
    for s in (fit(svd, ratings, cfg, T=k), svd.fit_at_once(ratings, cfg)):
        np.testing.assert_allclose(cells(s), expected, atol=1e-8)
        np.testing.assert_allclose(svd.singular_values(s), values[:k], atol=1e-8)
        U = s.U[:, : np.count_nonzero(values[:k] > 1e-8)]  # where nothing is left, a triplet has no direction
        np.testing.assert_allclose(U.T @ U, np.eye(U.shape[1]), atol=1e-8)
        assert svd.objective(s, ratings, cfg) == pytest.approx((values[k:] ** 2).sum(), rel=1e-9, abs=1e-9)


def test_step_k_adds_the_kth_triplet_and_touches_no_other() -> None:
    R = data.load("planted")[0]
    cfg = svd.Config(k=6, fill=fills.item_means)
    whole, walk = svd.fit_at_once(R, cfg), steps(svd, R, cfg)
    before = next(walk)
    assert before.W.shape == (R.N, 0)
    J = [svd.objective(before, R, cfg)]
    for t in range(1, 7):
        s = next(walk)
        assert s.W.shape == (R.N, t)
        assert (s.W[:, : t - 1] == before.W).all()
        np.testing.assert_allclose(s.W, svd.truncated(whole, t).W, atol=1e-6)
        np.testing.assert_allclose(s.U, svd.truncated(whole, t).U, atol=1e-6)
        J.append(svd.objective(s, R, cfg))
        assert J[-2] - J[-1] == pytest.approx(svd.singular_values(s)[-1] ** 2, rel=1e-8)
        before = s
    after = next(walk)  # k triplets were asked for, and there they end
    assert after.t == 7
    assert (after.W == before.W).all()


@pytest.mark.parametrize("fill", fills.ALL, ids=lambda f: f.__name__)
def test_with_k_as_large_as_M_nothing_is_lost(ratings, fill) -> None:
    for k in (ratings.M, ratings.M + 5):
        s = svd.fit_at_once(ratings, svd.Config(k=k, fill=fill))
        np.testing.assert_allclose(svd.predict(s, ratings.i, ratings.j), ratings.r, atol=1e-12)
        np.testing.assert_allclose(cells(s), filled(ratings, fill), atol=1e-12)


@pytest.mark.parametrize("norm", ["fro", 2])
@pytest.mark.parametrize("k", [1, 2, 4])
def test_eckart_and_young_in_both_norms(norm, k) -> None:
    """No rank-k matrix comes nearer than s_{k+1}, …: not random ones, not nudged ones, not those of ALS."""
    X = RNG.standard_normal((20, 12)) @ np.diag(0.8 ** np.arange(12)) @ RNG.standard_normal((12, 12))
    R = Ratings.from_codes(*map(np.ravel, np.mgrid[:20, :12]), X.ravel(), np.arange(20), np.arange(12))
    s = svd.fit_at_once(R, svd.Config(k=k, fill=fills.zeros))
    best = np.linalg.norm(X - cells(s), norm)
    rest = np.linalg.svd(X, compute_uv=False)[k:]
    assert best == pytest.approx(rest[0] if norm == 2 else np.sqrt((rest**2).sum()), rel=1e-9)
    others = []
    for _ in range(200):
        basis = RNG.standard_normal((12, k))
        others.append(X @ basis @ np.linalg.pinv(basis))  # the best there is on random columns
        nudge = 10.0 ** RNG.uniform(-4, 0)
        W, U = (Y + nudge * RNG.standard_normal(Y.shape) for Y in (s.W, s.U))
        others.append(W @ U.T)
    a = fit(als, R, als.Config(k=k, lam=0, biases=False), T=3)
    others.append(a.W @ a.U.T)
    assert all(np.linalg.norm(X - Y, norm) >= best * (1 - 1e-12) for Y in others)
    a = fit(als, R, als.Config(k=k, lam=0, biases=False), T=400)
    np.testing.assert_allclose(a.W @ a.U.T, cells(s), atol=1e-5)


def test_rotations_and_signs_change_no_prediction_and_folding_keeps_directions(ratings) -> None:
    cfg = svd.Config(k=4)
    s = svd.fit_at_once(ratings, cfg)
    other = interpret.turned(s, interpret.rotation(4, seed=1))
    np.testing.assert_allclose(cells(other), cells(s), atol=1e-12)
    assert svd.objective(other, ratings, cfg) == pytest.approx(svd.objective(s, ratings, cfg), rel=1e-9)
    left = s.W / svd.singular_values(s)
    for table in (left, s.U):
        np.testing.assert_allclose(table.T @ table, np.eye(4), atol=1e-10)


def test_the_transposed_problem_has_the_transposed_answer() -> None:
    R = oracles.random_ratings(260, 230, 0.1, seed=1)[0]
    cfg = svd.Config(k=5, fill=fills.mean)
    np.testing.assert_allclose(cells(svd.fit_at_once(R.T, cfg)), cells(svd.fit_at_once(R, cfg)).T, atol=1e-8)


def test_fills_disagree_on_the_same_holes_and_their_order_is_no_accident() -> None:
    """E9: every fill answers something else; zeros are the worst answer, and the means of both sides the best."""
    train, test = data.load("ml-small")[0].split(0.1, seed=0)
    fits = [svd.fit_at_once(train, svd.Config(k=5, fill=fill)) for fill in fills.ALL]
    predicted = [svd.predict(s, test.i, test.j) for s in fits]
    for p in range(len(fits)):
        for q in range(p):
            assert np.abs(predicted[p] - predicted[q]).mean() > 0.05
    error = [metrics.rmse(r, test.r) for r in predicted]
    assert np.argmax(error) == fills.ALL.index(fills.zeros)
    assert np.argmin(error) == fills.ALL.index(fills.both_means)
    a = fit(als, train, als.Config(k=5), T=15)
    assert metrics.rmse(als.predict(a, test.i, test.j), test.r) < min(error)


def test_constant_ratings_are_all_fill() -> None:
    i, j = np.nonzero(np.random.default_rng(0).random((230, 210)) < 0.1)
    R = Ratings.from_codes(i, j, np.full(len(i), 3.5), np.arange(230), np.arange(210))
    s = fit(svd, R, svd.Config(k=2, fill=fills.mean), T=3)
    np.testing.assert_allclose(svd.predict(s, i, j), 3.5, atol=1e-12)
    assert (svd.singular_values(s) == 0).all()
    assert (s.W == 0).all()


@pytest.mark.parametrize("k", [0, -1, 2.5, "3"])
def test_k_counts_triplets(k) -> None:
    with pytest.raises(ValueError, match="whole number from 1"):
        svd.Config(k=k)
