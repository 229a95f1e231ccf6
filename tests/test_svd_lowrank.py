"""Sparse plus low rank and its triplets: against the matrix written out, two other solvers, and what defines them."""

import tracemalloc
from collections.abc import Callable

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.sparse import csr_array, random_array

from mfcore import Ratings, als, data, fit, impute, lowrank, svd
from mfcore.lowrank import SparsePlusLowRank, Triplets


def mixed(N: int, M: int, k: int, seed: int, density: float = 0.1) -> SparsePlusLowRank:
    rng = np.random.default_rng(seed)
    S = random_array((N, M), density=density, rng=rng, data_sampler=lambda size: rng.standard_normal(size))
    return SparsePlusLowRank(csr_array(S), rng.standard_normal((N, k)), rng.standard_normal((M, k)))


def literal(X: SparsePlusLowRank) -> np.ndarray:
    S, (N, M) = X.S.toarray(), X.shape
    return np.array([[S[i, j] + sum(X.W[i] * X.U[j]) for j in range(M)] for i in range(N)])


def same(a: Triplets, b: Triplets, tol: float = 1e-7) -> None:
    for x, y in zip(a, b, strict=True):
        np.testing.assert_allclose(x, y, atol=tol)


@settings(deadline=None, max_examples=25)
@given(st.integers(1, 9), st.integers(1, 9), st.integers(0, 3), st.integers(0, 99))
def test_the_operator_is_the_dense_matrix(N: int, M: int, k: int, seed: int) -> None:
    X = mixed(N, M, k, seed, density=0.5)
    dense, B = literal(X), np.random.default_rng(seed).standard_normal((M, 4))
    np.testing.assert_allclose(X.dense(), dense, atol=1e-12)
    np.testing.assert_allclose(X @ B, dense @ B, atol=1e-12)
    np.testing.assert_allclose(X @ B[:, 0], dense @ B[:, 0], atol=1e-12)
    np.testing.assert_allclose(X.T @ (X @ B), dense.T @ dense @ B, atol=1e-10)
    assert X.T.shape == dense.T.shape
    assert X.squared_norm == pytest.approx((dense**2).sum(), rel=1e-10, abs=1e-10)


@pytest.mark.parametrize(("N", "M"), [(30, 12), (12, 30), (700, 260), (260, 700)])
def test_triplets_are_what_they_are_called(N: int, M: int) -> None:
    """Orthonormal, descending, X v = s l and Xᵀ l = s v; small by LAPACK and large by ARPACK."""
    X, k = mixed(N, M, 3, seed=1), 8
    left, s, right = found = lowrank.top(X, k)
    for vectors in (left, right):
        np.testing.assert_allclose(vectors.T @ vectors, np.eye(k), atol=1e-10)
    assert (np.diff(s) <= 0).all()
    assert s[-1] >= 0
    np.testing.assert_allclose(X @ right, left * s, atol=1e-8 * s[0])
    np.testing.assert_allclose(X.T @ left, right * s, atol=1e-8 * s[0])
    same(found, lowrank.decomposed(X.dense()).first(k))
    assert all(v[np.argmax(abs(v))] > 0 for v in right.T)


def test_the_signs_hang_on_the_matrix_alone() -> None:
    """Negating vectors in pairs is the same SVD, and so is another order of the rows; the answer is one."""
    X = mixed(300, 250, 2, seed=5)
    rows = np.random.default_rng(0).permutation(300)
    shuffled = SparsePlusLowRank(X.S[rows], X.W[rows], X.U)
    a, b = lowrank.top(X, 5), lowrank.top(shuffled, 5)
    same(Triplets(a.left[rows], a.s, a.right), b)
    assert all((p == q).all() for p, q in zip(a, lowrank.top(X, 5), strict=True))


def test_equally_large_entries_leave_no_doubt() -> None:
    """Where rounding would decide which of two opposite entries is the largest, the first one is."""
    for tilt in (1e-12, 0.0, -1e-12):
        X = np.outer([3.0, 1.0], [1.0, -1.0 + tilt])
        assert lowrank.decomposed(X).right[0, 0] > 0


@pytest.mark.parametrize("k", [-1, 13])
def test_there_are_no_more_triplets_than_the_shorter_side(k: int) -> None:
    with pytest.raises(ValueError, match="12 singular triplets"):
        lowrank.top(mixed(30, 12, 1, seed=0), k)


def test_nothing_has_triplets_of_length_zero() -> None:
    nothing = SparsePlusLowRank.of(csr_array((300, 250)))
    left, s, right = lowrank.top(nothing, 4)
    assert (s == 0).all()
    np.testing.assert_allclose(left.T @ left, np.eye(4), atol=1e-12)
    np.testing.assert_allclose(right.T @ right, np.eye(4), atol=1e-12)
    assert (lowrank.energy(s, nothing.squared_norm) == 0).all()


@pytest.mark.parametrize("most", [1, 5], ids=["all alike", "of all kinds"])
@pytest.mark.parametrize("times", [1, 2])
@pytest.mark.parametrize(
    ("name", "fitted"),
    [
        ("svd", lambda R: svd.fit_at_once(R, svd.Config(k=10))),
        ("impute", lambda R: fit(impute, R, impute.Config(k=10, lam=5.0), T=2)),
    ],
)
def test_memory_grows_with_ratings_and_sides_and_not_with_cells(
    name: str, fitted: Callable[[Ratings], als.State], times: int, most: int
) -> None:
    """At no time more than a few times what ratings and vectors take: of MovieLens 1M's table, and of twice its sides.

    Ratings that are all alike leave nothing to decompose, which must not be written out either.
    """
    N, M, n, k = 6000 * times, 3700 * times, 60_000, 10
    rng = np.random.default_rng(0)
    where = rng.choice(N * M, n, replace=False)
    r = rng.integers(1, most + 1, n).astype(float)
    R = Ratings.from_codes(where // M, where % M, r, np.arange(N), np.arange(M))
    fitted(data.load("tiny")[0])  # what is loaded once is not counted
    tracemalloc.start()
    try:
        s = fitted(R)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert s.W.shape == (N, k)
    assert peak < 6 * (12 * n + 8 * k * (N + M)), f"{name}: {peak / 1e6:.1f} MB"
    assert ((s.W @ s.U[:5].T) == 0).all() == (most == 1)


@pytest.mark.parametrize("shape", [(300, 250), (12, 40), (40, 5)])
def test_refining_never_loses_and_arrives_at_the_top(shape: tuple[int, int]) -> None:
    X, k = mixed(*shape, 2, seed=7), 4
    V = np.linalg.qr(np.random.default_rng(0).standard_normal((shape[1], k)))[0]
    held = float(((X @ V) ** 2).sum())
    for _ in range(300):
        found = lowrank.refined(X, V)
        now = float((found.s**2).sum())
        assert now >= held * (1 - 1e-12)
        held, V = now, found.right
    same(found, lowrank.top(X, k), tol=1e-6)


def test_refining_finds_the_best_in_the_space_it_searches() -> None:
    """By a second route: the SVD of X restricted to span(V, XᵀX V), written out."""
    X, k = mixed(60, 50, 2, seed=9), 3
    V = np.linalg.qr(np.random.default_rng(1).standard_normal((50, k)))[0]
    D = X.dense()
    K = np.linalg.qr(np.hstack([V, D.T @ D @ V]))[0]
    best = lowrank.decomposed(D @ K @ K.T).first(k)
    same(lowrank.refined(X, V), best, tol=1e-8)


def test_folding_and_one_cell_with_the_right_indices() -> None:
    """E8: x̂_ij = Σ_k u_ik s_kk v_jk."""
    X = np.random.default_rng(0).standard_normal((7, 5))
    found = lowrank.decomposed(X).first(3)
    W, U = lowrank.folded(found)
    S = np.diag(found.s)
    for i in range(7):
        for j in range(5):
            cell = sum(found.left[i, k] * S[k, k] * found.right[j, k] for k in range(3))
            assert W[i] @ U[j] == pytest.approx(cell, abs=1e-12)


def test_energy_is_the_share_of_the_squared_cells() -> None:
    X = np.random.default_rng(0).standard_normal((7, 5))
    found = lowrank.decomposed(X)
    shares = lowrank.energy(found.s, float((X**2).sum()))
    for k in range(1, 6):
        W, U = lowrank.folded(found.first(k))
        assert shares[k - 1] == pytest.approx(((W @ U.T) ** 2).sum() / (X**2).sum())
    assert shares[-1] == pytest.approx(1.0)
