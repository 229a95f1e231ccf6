"""Gibbs sampling: every conditional against the joint density, and draws against their moments."""

from itertools import islice

import numpy as np
import pytest
from scipy import stats

from mfcore import DataError, Ratings, als, bpmf, data, fit, kernels, steps
from mfcore.kernels.draws import draw_rows
from tests import oracles

FORMS = ["numpy", "numba"]


def problem(
    k: int, seed: int = 0, dtype: str = "float64"
) -> tuple[Ratings, bpmf.Config, bpmf.State, np.random.Generator]:
    """A small table with a user and an item nobody rated, and a State with nothing at 0 or at its start."""
    rng = np.random.default_rng(seed)
    i, j = np.nonzero(rng.random((14, 9)) < 0.5)
    R = Ratings.from_codes(i, j, rng.integers(1, 11, len(i)) / 2, np.arange(15), np.arange(10))
    cfg = bpmf.Config(k=k, dtype=dtype)
    s = bpmf.init(R, cfg, rng)
    for _ in range(2):
        s = bpmf.sweep(s, R, cfg, rng)
    return R, cfg, s, rng


def conditional_of_row(R: Ratings, s: bpmf.State, i: int) -> tuple[np.ndarray, np.ndarray]:
    """Mean and covariance of [w_i, b_i]: the joint Gaussian of it and its ratings, conditioned on the ratings."""
    j, r = R.of_user(i)
    Z = np.column_stack([s.U[j], np.ones(len(j))])
    S = np.linalg.inv(s.prior_W.Lam)
    of_r = Z @ S @ Z.T + np.eye(len(j)) / s.alpha
    gain = np.linalg.solve(of_r, Z @ S).T
    return s.prior_W.m + gain @ (r - Z @ s.prior_W.m - s.c[j] - s.mu), S - gain @ Z @ S


def conditional_of_prior(X: np.ndarray) -> tuple[np.ndarray, np.ndarray, float, float]:
    """m*, W*, ν*, β* of the Normal–Wishart given rows X, with the scatter about 0 and not about the mean."""
    N, d = X.shape
    beta, nu = bpmf.BETA0 + N, d + N
    m = X.sum(axis=0) / beta
    return m, np.linalg.inv(np.eye(d) + X.T @ X - beta * np.outer(m, m)), nu, beta


def rows(s: bpmf.State) -> np.ndarray:
    return np.column_stack([s.W, s.b])


def log_conditional(block: str, s: bpmf.State, R: Ratings) -> float:
    """The density of a block given all others, from scipy.stats."""
    if block == "W":
        parts = (conditional_of_row(R, s, i) for i in range(R.N))
        return sum(stats.multivariate_normal.logpdf(x, *part) for x, part in zip(rows(s), parts, strict=True))
    if block == "prior_W":
        m, W, nu, beta = conditional_of_prior(rows(s))
        of_m = stats.multivariate_normal.logpdf(s.prior_W.m, m, np.linalg.inv(beta * s.prior_W.Lam))
        return of_m + stats.wishart.logpdf(s.prior_W.Lam, nu, W)
    rate = 1 + sum((r - oracles.predicted(s, i, j)) ** 2 for (i, j), r in oracles.observed(R).items()) / 2
    return float(stats.gamma.logpdf(s.alpha, 1 + R.n / 2, scale=1 / rate))


UPDATES = {"W": bpmf.update_W, "prior_W": bpmf.update_prior_W, "alpha": bpmf.update_alpha}


@pytest.mark.parametrize("block", UPDATES)
@pytest.mark.parametrize("k", [1, 3])
def test_each_conditional_is_the_joint_density_up_to_a_constant(block, k):
    R, cfg, s, rng = problem(k)
    moved = UPDATES[block](s, R, cfg, rng)
    joint = bpmf.objective(s, R, cfg) - bpmf.objective(moved, R, cfg)
    alone = log_conditional(block, moved, R) - log_conditional(block, s, R)
    assert alone != 0
    assert joint == pytest.approx(alone, rel=1e-9, abs=1e-9)


def test_the_joint_density_has_its_constants():
    """The density of ratings, rows, priors and α, one scipy.stats density at a time."""
    R, cfg, s, _ = problem(2)
    total = stats.gamma.logpdf(s.alpha, 1)
    for (i, j), r in oracles.observed(R).items():
        total += stats.norm.logpdf(r, oracles.predicted(s, i, j), s.alpha**-0.5)
    for side in (s, s.T):
        d, prior = cfg.k + 1, side.prior_W
        total += stats.multivariate_normal.logpdf(rows(side), prior.m, np.linalg.inv(prior.Lam)).sum()
        total += stats.multivariate_normal.logpdf(prior.m, np.zeros(d), np.linalg.inv(bpmf.BETA0 * prior.Lam))
        total += stats.wishart.logpdf(prior.Lam, d, np.eye(d))
    assert -bpmf.objective(s, R, cfg) == pytest.approx(total, rel=1e-10)
    fixed = bpmf.Config(k=2, alpha=s.alpha)
    assert bpmf.objective(s, R, fixed) == pytest.approx(-total + stats.gamma.logpdf(s.alpha, 1), rel=1e-10)


def assert_moments(drawn: np.ndarray, mean: np.ndarray, cov: np.ndarray) -> None:
    """Means and covariances of Gaussian draws (n, d), each within six Monte-Carlo standard errors."""
    n, variances = len(drawn), np.diag(cov)
    assert (abs(drawn.mean(axis=0) - mean) < 6 * np.sqrt(variances / n)).all()
    errors = np.sqrt((np.outer(variances, variances) + cov**2) / n)
    assert (abs(np.cov(drawn.T) - cov) < 6 * errors).all()


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("n", [0, 2, 6])
def test_rows_are_drawn_with_the_mean_and_the_covariance_of_the_conditioned_joint(n, dtype, kernel):
    """40,000 users who gave the same n ratings: each is a draw of the same row."""
    N, M, k = 40_000, 7, 3
    rng = np.random.default_rng(n)
    R = Ratings.from_codes(
        np.r_[np.repeat(np.arange(N), n), N], np.r_[np.tile(np.arange(n), N), M - 1],
        np.r_[np.tile(rng.integers(1, 6, n), N), 3.0], np.arange(N + 1), np.arange(M),
    )  # fmt: skip
    cfg = bpmf.Config(k=k, dtype=dtype, kernel=kernel)
    B = rng.normal(size=(k + 1, k + 1))
    prior = bpmf.Prior(rng.normal(size=k + 1), B @ B.T + np.eye(k + 1))
    s = bpmf.init(R, cfg, rng)
    s = bpmf.replace(s, prior_W=prior, alpha=2.5, c=rng.normal(size=M).astype(dtype))
    drawn = bpmf.update_W(s, R, cfg, rng)
    assert drawn.W.dtype == drawn.b.dtype == dtype
    assert_moments(rows(drawn)[:N].astype(float), *conditional_of_row(R, s, 0))


def test_priors_are_drawn_with_the_moments_of_their_normal_wishart():
    R, cfg, s, rng = problem(2)
    m, W, nu, beta = conditional_of_prior(rows(s))
    draws = [bpmf.update_prior_W(s, R, cfg, rng).prior_W for _ in range(6000)]
    Lams, ms = np.array([p.Lam for p in draws]), np.array([p.m for p in draws])
    errors = np.sqrt(nu * (W**2 + np.outer(np.diag(W), np.diag(W))) / len(draws))  # of a Wishart's entries
    assert (abs(Lams.mean(axis=0) - nu * W) < 6 * errors).all()
    spread = np.sqrt(nu * (W**2 + np.outer(np.diag(W), np.diag(W))))
    np.testing.assert_allclose(Lams.std(axis=0), spread, rtol=0.1)
    cov = np.linalg.inv(W) / (beta * (nu - len(m) - 1))  # of a multivariate t, a little wider tailed than a Gaussian
    assert_moments(ms, m, cov)


def test_the_wishart_factor_needs_no_symmetric_scale_to_show_a_transposition():
    """E Λ = ν·scale and E Λ⁻¹ = scale⁻¹/(ν − d − 1), with a scale that is far from diagonal."""
    inverse_scale, nu = np.array([[4.0, -3, 0], [-3, 5, 1], [0, 1, 0.5]]), 9
    rng = np.random.default_rng(0)
    F = [bpmf.wishart_factor(inverse_scale, nu, rng) for _ in range(6000)]
    np.testing.assert_allclose(np.mean([f @ f.T for f in F], axis=0), nu * np.linalg.inv(inverse_scale), rtol=0.05)
    inverses = np.mean([np.linalg.inv(f @ f.T) for f in F], axis=0)
    np.testing.assert_allclose(inverses, inverse_scale / (nu - 4), rtol=0.1, atol=0.02)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("k", [1, 3, 7, 8, 12, 17, 30])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_draw_is_the_solution_of_its_row_plus_its_noise(k, dtype, kernel):
    R, cfg, s, rng = problem(k, seed=k)
    Q = 0.7 * s.prior_W.Lam
    h, E = rng.normal(size=k + 1), rng.normal(size=(R.N, k + 1))
    X, missed = draw_rows(R, s.U.astype(dtype), s.c.astype(dtype), s.mu, Q, h, E, kernel)
    tolerance = 1e-9 if dtype == "float64" else 2e-3
    for i in range(R.N):
        j, r = R.of_user(i)
        A, v = Q.copy(), h.copy()
        for t in range(len(j)):
            z = np.array([*s.U[j[t]], 1.0])
            A, v = A + np.outer(z, z), v + (r[t] - s.c[j[t]] - s.mu) * z
        expected = np.linalg.solve(A, v) + np.linalg.solve(np.linalg.cholesky(A).T, E[i])
        np.testing.assert_allclose(X[i], expected, rtol=tolerance, atol=tolerance)
    drawn = bpmf.replace(s, W=X[:, :k].astype(float), b=X[:, k].astype(float))
    assert missed == pytest.approx(bpmf.squared_error(drawn, R, cfg), rel=tolerance)


def test_without_noise_a_row_is_that_of_als_with_the_ridge_that_the_prior_is_worth():
    """E5: λ of the ridge is the prior's precision times σ²."""
    R, _, s, _ = problem(3)
    alpha, precision = 2.0, 5.0
    X, _ = draw_rows(R, s.U, s.c, s.mu, precision / alpha * np.eye(4), np.zeros(4), np.zeros((R.N, 4)), "numpy")
    plain = als.State(0, s.W, s.U, s.b, s.c, s.mu)
    ridge = als.update_W(plain, R, als.Config(k=3, lam=precision / alpha, joint=True))
    np.testing.assert_allclose(X, np.column_stack([ridge.W, ridge.b]), rtol=1e-9, atol=1e-12)


def test_both_kernels_make_the_same_chain():
    R = data.load("planted", seed=3)[0]
    a, b = (fit(bpmf, R, bpmf.Config(k=4, kernel=kernel), T=5, seed=2) for kernel in FORMS)
    for x, y in ((a.W, b.W), (a.U, b.U), (a.b, b.b), (a.c, b.c), (a.prior_W.Lam, b.prior_W.Lam)):
        np.testing.assert_allclose(x, y, rtol=1e-6, atol=1e-8)
    assert a.alpha == pytest.approx(b.alpha, rel=1e-8)


@pytest.mark.parametrize("kernel", FORMS)
def test_the_error_that_comes_along_is_that_of_a_second_look(kernel):
    R = data.load("planted")[0]
    for dtype, rel in (("float64", 1e-10), ("float32", 1e-5)):
        cfg = bpmf.Config(k=4, kernel=kernel, dtype=dtype)
        s = fit(bpmf, R, cfg, T=3)
        assert s.squared_error == pytest.approx(bpmf.squared_error(s, R, cfg), rel=rel)


def test_a_seed_is_a_chain_and_any_state_of_it_resumes_bit_for_bit():
    R, cfg, *_ = problem(3)
    watched = bpmf.watch(fit(bpmf, R, cfg, T=2, seed=7), R.i[:5], R.j[:5])
    whole = fit(bpmf, R, cfg, T=6, seed=7, start=watched)
    half = fit(bpmf, R, cfg, T=3, seed=7, start=watched)
    again = fit(bpmf, R, cfg, T=3, seed=7, start=half)
    for x, y in ((whole.W, again.W), (whole.c, again.c), (whole.seen.mean, again.seen.mean)):
        np.testing.assert_array_equal(x, y)
    assert (whole.alpha, whole.t, whole.seen.draws) == (again.alpha, 8, 6)
    other = fit(bpmf, R, cfg, T=2, seed=8)
    assert not np.array_equal(other.W, watched.W)


def test_watching_changes_no_draw():
    R, cfg, *_ = problem(3)
    s = fit(bpmf, R, cfg, T=2)
    watched = fit(bpmf, R, cfg, T=3, start=bpmf.watch(s, R.i, R.j))
    np.testing.assert_array_equal(watched.U, fit(bpmf, R, cfg, T=3, start=s).U)


@pytest.mark.parametrize("every", [1, 3])
def test_what_is_seen_are_the_draws_themselves_thinned_or_not(every):
    """Each draw after its own sweep, and none from before: against the States of the same chain."""
    R, cfg, *_ = problem(3)
    s = fit(bpmf, R, cfg, T=4)
    first = bpmf.watch(fit(bpmf, R, cfg, T=5), R.i[:3], R.j[:3])
    burnt = fit(bpmf, R, cfg, T=2, start=first)  # what was seen by then is forgotten by the next watch
    watched = fit(bpmf, R, cfg, T=12, start=bpmf.watch(burnt, R.i[:6], R.j[:6], every))
    states = list(islice(steps(bpmf, R, cfg, start=s), 1, 16))
    kept = [x for x in states if x.t > 7 and x.t % every == 0]
    assert [x.t for x in kept] == ([9, 12, 15, 18] if every == 3 else list(range(8, 20)))
    r = np.array([bpmf.predict(x, R.i[:6], R.j[:6]) for x in kept])
    assert watched.seen.draws == len(kept)
    np.testing.assert_allclose(watched.seen.mean, r.mean(axis=0), rtol=1e-12)
    np.testing.assert_allclose(watched.seen.doubt, r.std(axis=0), rtol=1e-9)
    assert watched.seen.noise == pytest.approx(np.mean([1 / x.alpha for x in kept]), rel=1e-12)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("size", [3, 40])
def test_the_precision_is_drawn_with_the_moments_of_its_gamma(size, kernel):
    """Shape a + n/2, rate a + Σ e²/2, for so few ratings that a counts: mean, variance, and Gamma's own law."""
    rng = np.random.default_rng(size)
    R = Ratings.from_codes(
        np.arange(size) % 3, np.arange(size) // 3, rng.normal(3, 1, size), np.arange(3), np.arange(14)
    )
    cfg = bpmf.Config(k=2, kernel=kernel)
    s = bpmf.update_W(bpmf.init(R, cfg, rng), R, cfg, rng)
    drawn = np.array([bpmf.update_alpha(s, R, cfg, rng).alpha for _ in range(20_000)])
    missed = sum((r - oracles.predicted(s, i, j)) ** 2 for (i, j), r in oracles.observed(R).items())
    law = stats.gamma(bpmf.A0 + size / 2, scale=1 / (bpmf.A0 + missed / 2))
    assert abs(drawn.mean() - law.mean()) < 6 * law.std() / np.sqrt(len(drawn))
    assert drawn.var() == pytest.approx(law.var(), rel=0.1)
    assert stats.kstest(drawn, law.cdf).pvalue > 1e-4


def test_items_are_the_users_of_the_transposed_matrix():
    R, cfg, s, _ = problem(2)
    a = bpmf.update_U(s, R, cfg, np.random.default_rng(5))
    b = bpmf.update_W(s.T, R.T, cfg, np.random.default_rng(5))
    np.testing.assert_array_equal(a.U, b.W)
    np.testing.assert_array_equal(a.c, b.b)
    assert a.squared_error == b.squared_error
    assert bpmf.objective(s, R, cfg) == pytest.approx(bpmf.objective(s.T, R.T, cfg), rel=1e-12)


def test_a_fixed_precision_stays():
    R, *_ = problem(2)
    assert {s.alpha for s, _ in zip(steps(bpmf, R, bpmf.Config(k=2, alpha=1.5)), range(4), strict=False)} == {1.5}


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize(
    ("i", "j", "r"), [([0], [0], [3.0]), ([0, 0, 1], [0, 1, 1], [4.0, 4.0, 4.0]), ([0] * 5, range(5), range(5))]
)
def test_extreme_tables_have_a_posterior_too(i, j, r, kernel):
    """One rating, constant ratings, one user; k larger than all of them."""
    R = Ratings.from_arrays(list(i), list(j), [float(x) for x in r])
    s = fit(bpmf, R, bpmf.Config(k=6, kernel=kernel), T=20)
    assert np.isfinite(bpmf.objective(s, R, bpmf.Config(k=6)))


@pytest.mark.parametrize("kernel", FORMS)
def test_numbers_out_of_range_are_an_error_and_not_a_nan(kernel):
    R = Ratings.from_arrays([0, 0, 1], [0, 1, 1], [1e30, -1e30, 2e30])
    with pytest.raises(DataError, match="float32"):
        fit(bpmf, R, bpmf.Config(k=2, dtype="float32", kernel=kernel), T=2)


@pytest.mark.parametrize(
    "wrong", [{"k": 0}, {"k": 2.5}, {"alpha": 0}, {"alpha": np.inf}, {"dtype": "f"}, {"kernel": "c"}]
)
def test_a_config_refuses_what_it_cannot_mean(wrong):
    with pytest.raises(ValueError, match=next(iter(wrong))):
        bpmf.Config(**wrong)
    R, _, s, _ = problem(2)
    with pytest.raises(ValueError, match="every is a whole number"):
        bpmf.watch(s, R.i, R.j, every=0)


def test_the_compiled_form_is_the_one_that_auto_takes_for_many_ratings(monkeypatch):
    R, _, s, rng = problem(2)
    monkeypatch.setattr(kernels, "AUTO_FROM", 10)
    E = rng.normal(size=(R.N, 3))
    a, b = (draw_rows(R, s.U, s.c, s.mu, np.eye(3), np.zeros(3), E, kernel)[0] for kernel in ("auto", "numba"))
    np.testing.assert_array_equal(a, b)
