"""Soft- and hard-impute: the dense step as oracle, J that never rises, the optimality condition, ALS as second road."""

from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest

from mfcore import Ratings, als, data, fills, fit, impute, steps, svd
from mfcore.lowrank import SparsePlusLowRank, top
from tests import oracles


def dense_step(Z: np.ndarray, A: np.ndarray, seen: np.ndarray, cfg: impute.Config) -> np.ndarray:
    """S_λ(P_Ω(A) + P_Ω⊥(Z)), written out."""
    left, s, right = np.linalg.svd(np.where(seen, A, Z), full_matrices=False)
    s = np.maximum(s - cfg.lam, 0)
    s[cfg.k :] = 0
    return left * s @ right


def dense_J(Z: np.ndarray, A: np.ndarray, seen: np.ndarray, lam: float) -> float:
    return 0.5 * float(((A - Z)[seen] ** 2).sum()) + lam * float(np.linalg.svd(Z, compute_uv=False).sum())


@pytest.fixture(scope="module")
def small() -> tuple[Ratings, np.ndarray, np.ndarray]:
    R, _ = oracles.random_ratings(16, 11, 0.5, seed=4)
    seen = np.zeros((16, 11), bool)
    seen[R.i, R.j] = True
    A = np.zeros((16, 11))
    A[R.i, R.j] = R.r
    return R, A, seen


@pytest.mark.parametrize("k", [6, 11])
@pytest.mark.parametrize("lam", [0.0, 0.5, 3.0])
def test_a_step_is_the_dense_one(small, k, lam) -> None:
    """With 2k ≥ M the space that a step searches is all there is, so that it is exact from anywhere."""
    R, A, seen = small
    cfg = impute.Config(k=k, lam=lam, fill=fills.zeros)
    Z = np.zeros_like(A)
    for s in islice(steps(impute, R, cfg), 8):
        np.testing.assert_allclose(s.W @ s.U.T, Z, atol=1e-9)
        assert impute.objective(s, R, cfg) == pytest.approx(dense_J(Z, A, seen, lam), rel=1e-9)
        Z = dense_step(Z, A, seen, cfg)


@pytest.mark.parametrize("fill", [fills.zeros, fills.both_means], ids=lambda f: f.__name__)
@pytest.mark.parametrize("lam", [0.0, 1.0, 8.0])
def test_J_never_rises(fill, lam) -> None:
    train, _ = data.load("planted")[0].split(0.1, seed=0)
    cfg = impute.Config(k=4, lam=lam, fill=fill)
    J = [impute.objective(s, train, cfg) for s in islice(steps(impute, train, cfg), 60)]
    assert all(after <= before * (1 + 1e-12) for before, after in pairwise(J))
    assert J[-1] < J[0]


def test_J_never_rises_from_anywhere() -> None:
    """However bad the vectors it starts from: the space that is searched holds the present State."""
    R, rng = oracles.random_ratings(60, 40, 0.3, seed=2)
    cfg = impute.Config(k=3, lam=1.0, fill=fills.mean)
    for _ in range(20):
        U = np.linalg.qr(rng.standard_normal((R.M, 3)))[0]
        left = np.linalg.qr(rng.standard_normal((R.N, 3)))[0]
        s = als.State(0, left * np.array([9.0, 4.0, 0.5]), U, *fills.mean(R))
        J = [impute.objective(x, R, cfg) for x in islice(steps(impute, R, cfg, start=s), 4)]
        assert all(after <= before * (1 + 1e-12) for before, after in pairwise(J))


@pytest.mark.parametrize("fill", [fills.zeros, fills.item_means], ids=lambda f: f.__name__)
def test_the_fixed_point_is_the_minimum(fill) -> None:
    """0 ∈ ∂J: E = P_Ω(A − Z) has E v_f = λ l_f and Eᵀ l_f = λ v_f for what Z is made of, and ‖E‖₂ ≤ λ beyond."""
    R, rng = oracles.random_ratings(40, 30, 0.6, seed=1)
    cfg = impute.Config(k=16, lam=6.0, fill=fill)
    s = fit(impute, R, cfg, T=400)
    r = impute.rank(s)
    assert 0 < r < cfg.k  # the cap on k does not bind, so that J is convex where it stands
    E, left, right = impute.residuals(s, R), s.W[:, :r] / svd.singular_values(s)[:r], s.U[:, :r]
    np.testing.assert_allclose(E @ right, cfg.lam * left, atol=1e-6)
    np.testing.assert_allclose(E.T @ left, cfg.lam * right, atol=1e-6)
    assert top(SparsePlusLowRank.of(E), 1).s[0] <= cfg.lam * (1 + 1e-7)
    np.testing.assert_allclose(impute.refill(s, R, cfg).W, s.W, atol=1e-6)
    J = impute.objective(s, R, cfg)
    for size in (1e-4, 1e-2, 1.0):
        Z = s.W @ s.U.T + size * rng.standard_normal((R.N, R.M))
        e = R.r - fills_at(s, R) - Z[R.i, R.j]
        assert 0.5 * e @ e + cfg.lam * np.linalg.svd(Z, compute_uv=False).sum() >= J


def fills_at(s: als.State, R: Ratings) -> np.ndarray:
    return s.b[R.i] + s.c[R.j] + s.mu


def test_it_arrives_where_als_does() -> None:
    """λ(‖W‖² + ‖U‖²) is least at 2λ‖W Uᵀ‖_*: twice this J is ALS's, with the same predictions."""
    R, _ = oracles.random_ratings(30, 24, 0.7, seed=8)
    lam, k = 5.0, 14
    cfg = impute.Config(k=k, lam=lam, fill=fills.zeros)
    s = fit(impute, R, cfg, T=300)
    by_als = als.Config(k=k, lam=lam, biases=False)
    a = fit(als, R, by_als, T=300)
    assert 2 * impute.objective(s, R, cfg) == pytest.approx(als.objective(a, R, by_als), rel=1e-7)
    np.testing.assert_allclose(s.W @ s.U.T, a.W @ a.U.T, atol=1e-3)


def test_the_first_step_of_hard_impute_is_the_svd_of_the_fill_and_the_next_ones_fit_better() -> None:
    train, _ = data.load("ml-small")[0].split(0.1, seed=0)
    cfg = impute.Config(k=5, lam=0.0, fill=fills.item_means)
    once = svd.fit_at_once(train, svd.Config(k=5, fill=fills.item_means))
    walk = list(islice(steps(impute, train, cfg), 4))
    np.testing.assert_allclose(walk[1].W @ walk[1].U[:50].T, once.W @ once.U[:50].T, atol=1e-6)
    assert impute.objective(walk[3], train, cfg) < 0.95 * impute.objective(walk[1], train, cfg)


def test_a_large_lambda_leaves_the_fill_and_the_way_there_is_monotone() -> None:
    R = data.load("planted")[0]
    ranks, lengths = [], []
    for lam in (0.5, 5.0, 20.0, 1e12):
        s = fit(impute, R, impute.Config(k=8, lam=lam), T=30)
        ranks.append(impute.rank(s))
        lengths.append(svd.singular_values(s).sum())
    assert ranks == sorted(ranks, reverse=True)
    assert lengths == sorted(lengths, reverse=True)
    assert ranks[-1] == 0
    np.testing.assert_allclose(impute.predict(s, R.i, R.j), fills_at(s, R))


def test_it_recovers_a_low_rank_matrix_from_half_of_its_cells() -> None:
    rng = np.random.default_rng(0)
    X = rng.standard_normal((40, 3)) @ rng.standard_normal((3, 30))
    i, j = np.nonzero(rng.random(X.shape) < 0.5)
    R = Ratings.from_codes(i, j, X[i, j], np.arange(40), np.arange(30))
    s = fit(impute, R, impute.Config(k=3, lam=0.0, fill=fills.zeros), T=400)
    np.testing.assert_allclose(s.W @ s.U.T, X, atol=1e-6)
    once = svd.fit_at_once(R, svd.Config(k=3, fill=fills.zeros))
    assert np.abs(once.W @ once.U.T - X).max() > 0.5


def test_equal_input_gives_equal_bits_and_steps_resume() -> None:
    R = data.load("planted")[0]
    cfg = impute.Config(k=5, lam=2.0)
    a, b = fit(impute, R, cfg, T=6, seed=0), fit(impute, R, cfg, T=6, seed=9)
    half = fit(impute, R, cfg, T=3)
    for other in (b, fit(impute, R, cfg, T=3, start=half)):
        assert (a.W == other.W).all()
        assert (a.U == other.U).all()
    assert a.t == 6


@pytest.mark.parametrize("shape", [(1, 1), (1, 5), (5, 1), (3, 4)])
def test_tiny_matrices_and_k_beyond_them(shape) -> None:
    R, _ = oracles.random_ratings(*shape, 1.0, seed=0)
    s = fit(impute, R, impute.Config(k=9, lam=0.0, fill=fills.zeros), T=2)
    np.testing.assert_allclose(impute.predict(s, R.i, R.j), R.r, atol=1e-10)


@pytest.mark.parametrize("bad", [dict(k=0), dict(lam=-1.0), dict(lam=np.inf), dict(k=1.5)])
def test_values_outside_are_refused(bad) -> None:
    with pytest.raises(ValueError, match=r"whole number from 1|finite number"):
        replace(impute.Config(), **bad)
