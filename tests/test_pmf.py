"""Probabilistic MF: densities against scipy's, blocks at flat points, MAP against ridge, and what leaves what alone."""

import warnings
from dataclasses import fields, replace
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from scipy.stats import multivariate_normal, norm

from mfcore import als, fit, interpret, pmf, steps
from mfcore.data import planted
from mfcore.errors import LeastNormWarning
from tests import oracles

CASES = st.tuples(st.integers(1, 9), st.integers(1, 9), st.integers(1, 4), st.booleans(), st.integers(0, 10**6))


def problem(N=7, M=5, k=2, biases=False, seed=0, lams=(3.0, 0.7), **cfg):
    """Ratings, a State away from any optimum, and a Config with σ and λ to be learnt unless told otherwise."""
    R, rng = oracles.random_ratings(N, M, 0.6, seed)
    s = oracles.random_state(R, k, rng, biases=biases)
    state = pmf.State(s.t, s.W, s.U, s.b, s.c, s.mu, float(rng.uniform(0.3, 2.0)), *lams)
    return R, state, pmf.Config(k=k, biases=biases, **{"lam_prior": None, **cfg})


@settings(deadline=None, max_examples=40)
@given(CASES)
def test_the_densities_are_scipys_with_all_their_constants(case) -> None:
    N, M, k, biases, seed = case
    R, s, cfg = problem(N, M, k, biases, seed)
    rated = sum(norm.logpdf(r, oracles.predicted(s, i, j), s.sigma) for (i, j), r in oracles.observed(R).items())
    assert pmf.log_likelihood(s, R, cfg) == pytest.approx(rated, rel=1e-9, abs=1e-9)
    rows = 0.0
    for X, bias, lam in ((s.W, s.b, s.lam_W), (s.U, s.c, s.lam_U)):
        X = np.column_stack([X, bias]) if biases else X
        d = X.shape[1]
        rows += sum(multivariate_normal.logpdf(x, np.zeros(d), np.eye(d) / lam) for x in X)
    assert pmf.log_prior(s, R, cfg) == pytest.approx(rows, rel=1e-9)
    assert pmf.log_posterior(s, R, cfg) == pytest.approx(rated + rows, rel=1e-9)
    assert pmf.objective(s, R, cfg) == -pmf.log_posterior(s, R, cfg)


def test_the_exponents_of_the_priors_are_nk_and_mk() -> None:
    """E4: doubling λ_W adds Nk/2 log 2 beside what the vectors are charged, λ_U Mk/2 log 2."""
    R, s, cfg = problem(N=7, M=5, k=3)
    for name, X in (("lam_W", s.W), ("lam_U", s.U)):
        lam = getattr(s, name)
        more = pmf.log_prior(replace(s, **{name: 2 * lam}), R, cfg) - pmf.log_prior(s, R, cfg)
        assert more == pytest.approx(X.size / 2 * np.log(2) - lam / 2 * np.sum(X**2))


@settings(deadline=None, max_examples=25)
@given(CASES, st.sampled_from([0.0, 0.02, 1.0, 30.0]))
def test_map_is_ridge_with_lambda_times_sigma_squared(case, lam) -> None:
    """E5: the same updates to the last bit, and objectives the same constant apart wherever they are evaluated."""
    N, M, k, biases, seed = case
    R, s, _ = problem(N, M, k, biases, seed, lams=(lam, lam))
    cfg = pmf.Config(k=k, sigma=s.sigma, lam_prior=lam, biases=biases)
    ridge = als.Config(k=k, lam=lam * s.sigma**2, biases=biases, joint=biases)
    plain = als.State(*(getattr(s, f.name) for f in fields(als.State)))
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeastNormWarning)
        for name in ("update_W", "update_U"):
            mine, theirs = (getattr(module, name)(x, R, c) for module, x, c in ((pmf, s, cfg), (als, plain, ridge)))
            for part in ("W", "U", "b", "c"):
                np.testing.assert_array_equal(getattr(mine, part), getattr(theirs, part))
    rng = np.random.default_rng(seed)
    constant = pmf.apart(s, R, cfg)
    for size in (0.0, 0.1, 1.0, 10.0):
        other = oracles.random_state(R, k, rng, biases=biases)
        here = replace(s, W=size * other.W, U=size * other.U, b=size * other.b, c=size * other.c)
        J = als.objective(here, R, ridge)
        gap = 2 * s.sigma**2 * pmf.objective(here, R, cfg) - J
        assert gap == pytest.approx(constant, rel=1e-9, abs=1e-9 * max(J, 1))
        assert pmf.apart(here, R, cfg) == constant


def test_a_whole_fit_is_als_at_that_lambda() -> None:
    made = planted.planted(40, 30, seed=1)
    for biases in (False, True):
        cfg = pmf.Config(k=3, sigma=0.7, lam_prior=4.0, biases=biases)
        ridge = als.Config(k=3, lam=4.0 * 0.7**2, biases=biases, joint=biases)
        mine, theirs = fit(pmf, made.ratings, cfg, T=6, seed=2), fit(als, made.ratings, ridge, T=6, seed=2)
        for part in ("t", "W", "U", "b", "c", "mu"):
            np.testing.assert_array_equal(getattr(mine, part), getattr(theirs, part))
        assert (mine.sigma, mine.lam_W, mine.lam_U) == (0.7, 4.0, 4.0)


def slopes(s, R, cfg, name):
    """∂ log p by one array or number of the State, by central differences."""
    h, x = 1e-5, np.asarray(getattr(s, name), np.float64)
    found = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        move = np.zeros(x.shape)
        move[at] = h
        up, down = (x + move, x - move) if x.ndim else (float(x + h), float(x - h))
        found[at] = (
            pmf.log_posterior(replace(s, **{name: up}), R, cfg) - pmf.log_posterior(replace(s, **{name: down}), R, cfg)
        ) / (2 * h)
    return found


@pytest.mark.parametrize("biases", [False, True])
@pytest.mark.parametrize("seed", range(3))
def test_every_block_ends_where_the_log_posterior_is_flat(biases, seed) -> None:
    R, s, cfg = problem(biases=biases, seed=seed)
    after = pmf.update_W(s, R, cfg)
    for name in ("W", "b") if biases else ("W",):
        np.testing.assert_allclose(slopes(after, R, cfg, name), 0, atol=1e-5)
    after = pmf.update_U(s, R, cfg)
    for name in ("U", "c") if biases else ("U",):
        np.testing.assert_allclose(slopes(after, R, cfg, name), 0, atol=1e-5)
    after = pmf.update_sigma(s, R, cfg)
    assert slopes(after, R, cfg, "sigma") == pytest.approx(0, abs=1e-4)
    assert abs(slopes(s, R, cfg, "sigma")) > 0.1
    after = pmf.update_lams(s, R, cfg)
    for name in ("lam_W", "lam_U"):
        assert slopes(after, R, cfg, name) == pytest.approx(0, abs=1e-5)
    after = pmf.update_lam(s, R, cfg)
    assert after.lam_W == after.lam_U
    assert slopes(after, R, cfg, "lam_W") + slopes(after, R, cfg, "lam_U") == pytest.approx(0, abs=1e-5)


@pytest.mark.parametrize("terms", [{}, {"biases": True}, {"tied": False}, {"sigma": 0.8, "lam_prior": 2.0}])
def test_the_log_posterior_never_falls_block_by_block(terms) -> None:
    R, _ = oracles.random_ratings(30, 20, 0.5, seed=3)
    cfg = pmf.Config(k=2, **{"lam_prior": None, **terms})
    s = pmf.init(R, cfg, np.random.default_rng(0))
    for _ in range(8):
        for block in pmf.blocks(cfg):
            after = block(s, R, cfg)
            assert pmf.log_posterior(after, R, cfg) >= pmf.log_posterior(s, R, cfg) - 1e-8
            s = after


def test_the_highest_point_in_sigma_is_the_training_rmse() -> None:
    R, s, cfg = problem(seed=4)
    errors = [r - oracles.predicted(s, i, j) for (i, j), r in oracles.observed(R).items()]
    top = pmf.update_sigma(s, R, cfg)
    assert top.sigma == pytest.approx(np.sqrt(np.mean(np.square(errors))))
    for factor in (0.5, 0.9, 1.1, 2.0):
        other = replace(top, sigma=factor * top.sigma)
        assert pmf.log_likelihood(other, R, cfg) < pmf.log_likelihood(top, R, cfg)


def test_any_invertible_change_of_axes_leaves_the_likelihood_and_a_rotation_the_prior() -> None:
    R, s, cfg = problem(k=3, seed=5)
    rng = np.random.default_rng(0)
    Q = rng.standard_normal((3, 3)) + 2 * np.eye(3)
    skewed = replace(s, W=s.W @ Q, U=np.linalg.solve(Q, s.U.T).T)
    assert pmf.log_likelihood(skewed, R, cfg) == pytest.approx(pmf.log_likelihood(s, R, cfg))
    assert abs(pmf.log_prior(skewed, R, cfg) - pmf.log_prior(s, R, cfg)) > 1
    Q = interpret.rotation(3, 1)
    turned = replace(s, W=s.W @ Q, U=s.U @ Q)
    assert pmf.log_posterior(turned, R, cfg) == pytest.approx(pmf.log_posterior(s, R, cfg))


@pytest.mark.parametrize("biases", [False, True])
def test_users_and_items_change_places(biases) -> None:
    R, s, cfg = problem(biases=biases, seed=6)
    assert pmf.log_posterior(s.T, R.T, cfg) == pytest.approx(pmf.log_posterior(s, R, cfg))
    assert (s.T.lam_W, s.T.lam_U) == (s.lam_U, s.lam_W)
    np.testing.assert_array_equal(pmf.update_U(s, R, cfg).U, pmf.update_W(s.T, R.T, cfg).W)


@pytest.mark.parametrize(("N", "M"), [(7, 5), (4, 9), (6, 6)])
@pytest.mark.parametrize("a", [0.5, 3.0])
def test_longer_users_and_shorter_items_cost_the_difference_of_their_numbers(N, M, a) -> None:
    """(aW, U/a, λ_W/a², λ_U a²): the ratings cannot tell, the densities' constants can (E4)."""
    R, s, cfg = problem(N, M, k=2, seed=7)
    other = replace(s, W=a * s.W, U=s.U / a, lam_W=s.lam_W / a**2, lam_U=s.lam_U * a**2)
    assert pmf.log_likelihood(other, R, cfg) == pytest.approx(pmf.log_likelihood(s, R, cfg))
    gained = pmf.log_posterior(other, R, cfg) - pmf.log_posterior(s, R, cfg)
    assert gained == pytest.approx((M - N) * 2 * np.log(a), abs=1e-9)


def test_untied_precisions_drift_apart_and_tied_ones_settle() -> None:
    R = planted.planted(60, 30, density=0.4, seed=0).ratings
    tied, untied = (
        list(islice(steps(pmf, R, pmf.Config(k=2, lam_prior=None, tied=tied)), 81)) for tied in (True, False)
    )
    assert tied[-1].lam_W == tied[-1].lam_U == pytest.approx(tied[-21].lam_W, rel=0.01)
    ratios = [s.lam_W / s.lam_U for s in untied]
    assert ratios[-1] > 1.3 * ratios[40]  # more users than films: W shrinks, U grows
    late = untied[20:]
    assert all(b.lam_W / b.lam_U > a.lam_W / a.lam_U for a, b in pairwise(late))


def test_planted_noise_is_found_up_to_what_the_vectors_took() -> None:
    made = planted.planted(120, 80, k=2, density=0.6, noise=0.5, seed=0)
    s = fit(pmf, made.ratings, pmf.Config(k=2, lam_prior=None, biases=True), T=30)
    freedom = (120 + 80) * 3
    assert s.sigma == pytest.approx(0.5 * np.sqrt(1 - freedom / made.ratings.n), rel=0.03)


def test_without_a_prior_it_is_maximum_likelihood() -> None:
    R, s, _ = problem(seed=8)
    cfg = pmf.Config(k=2, lam_prior=0.0)
    s = replace(s, lam_W=0.0, lam_U=0.0)
    assert pmf.log_prior(s, R, cfg) == 0
    assert pmf.log_posterior(s, R, cfg) == pmf.log_likelihood(s, R, cfg)


def test_an_exact_fit_and_vectors_of_nothing_stay_finite() -> None:
    R, s, cfg = problem(N=2, M=2, k=2, seed=9)
    with pytest.warns(LeastNormWarning):
        exact = pmf.update_sigma(pmf.update_W(replace(s, lam_W=0.0), R, cfg), R, cfg)
    assert exact.sigma > 0
    assert np.isfinite(pmf.log_likelihood(exact, R, cfg))
    nothing = replace(s, W=0 * s.W, U=0 * s.U)
    for update in (pmf.update_lam, pmf.update_lams):
        assert np.isfinite(pmf.log_posterior(update(nothing, R, cfg), R, cfg))


def test_the_start_is_that_of_als_and_what_is_given_stays() -> None:
    R, _ = oracles.random_ratings(6, 5, 0.6, seed=1)
    learnt = pmf.init(R, pmf.Config(k=4, lam_prior=None), np.random.default_rng(0))
    np.testing.assert_array_equal(learnt.W, als.init(R, als.Config(k=4, biases=False), np.random.default_rng(0)).W)
    assert (learnt.lam_W, learnt.lam_U) == (4.0, 4.0)
    assert learnt.sigma == pytest.approx(float(np.std(R.r)))
    given_ = pmf.init(R, pmf.Config(k=4, sigma=0.9, lam_prior=2.0), np.random.default_rng(0))
    assert (given_.sigma, given_.lam_W, given_.lam_U) == (0.9, 2.0, 2.0)


@pytest.mark.parametrize(
    "wrong", [{"sigma": 0.0}, {"sigma": np.inf}, {"lam_prior": -1.0}, {"lam_prior": np.nan}, {"k": 0}]
)
def test_settings_outside_are_refused(wrong) -> None:
    with pytest.raises(ValueError, match=r"whole number|finite number"):
        pmf.Config(**wrong)
