"""R̂ and effective sample sizes: against arviz, against what is known of autoregressions, and by what they must find."""

import numpy as np
import pytest
from arviz_stats.base import array_stats

from mfcore import bpmf, diagnostics, steps
from mfcore.ratings import Ratings


def autoregression(phi: float, chains: int, draws: int, seed: int = 0) -> np.ndarray:
    """x_t = φ x_{t−1} + ε, begun in its own law."""
    noise = np.random.default_rng(seed).normal(size=(chains, draws))
    x = np.empty_like(noise)
    x[:, 0] = noise[:, 0] / np.sqrt(1 - phi**2)
    for t in range(1, draws):
        x[:, t] = phi * x[:, t - 1] + noise[:, t]
    return x


CASES = {
    "independent": autoregression(0.0, 4, 500),
    "slow": autoregression(0.9, 4, 1001),
    "alternating": autoregression(-0.5, 3, 400),
    "one chain": autoregression(0.5, 1, 300),
    "apart": autoregression(0.3, 4, 200) + np.arange(4)[:, None],
    "ties": np.round(autoregression(0.5, 2, 200)),
    "heavy tails": np.random.default_rng(2).standard_cauchy((4, 300)),
    "other widths": autoregression(0.0, 4, 300) * np.array([1, 1, 1, 4])[:, None],
}


@pytest.mark.parametrize("case", CASES)
def test_as_arviz(case):
    x = CASES[case]
    if len(x) > 1:  # arviz asks for two chains, where the halves of one would do
        assert diagnostics.rhat(x) == pytest.approx(array_stats.rhat(x, chain_axis=0, draw_axis=1), rel=1e-6)
    theirs = array_stats.ess(x, chain_axis=0, draw_axis=1, method="mean")
    assert diagnostics.ess(x) == pytest.approx(theirs, rel=0.05)  # they add half a pair beyond the end


@pytest.mark.parametrize("phi", [-0.4, 0.0, 0.5, 0.9])
def test_the_draws_of_an_autoregression_are_worth_what_theory_says(phi):
    x = autoregression(phi, 8, 20_000)
    assert diagnostics.ess(x) == pytest.approx(x.size * (1 - phi) / (1 + phi), rel=0.1)
    assert diagnostics.rhat(x) < 1.01


@pytest.mark.parametrize("phi", [0.0, 0.7])
def test_the_mean_misses_by_its_monte_carlo_error(phi):
    """Of 400 chains of 2,000 draws each: their means scatter by what each of them says of itself."""
    x = autoregression(phi, 400, 2000)
    said = np.sqrt(np.mean([diagnostics.mc_error(chain[None]) ** 2 for chain in x]))
    assert x.mean(axis=1).std() == pytest.approx(said, rel=0.12)


def test_autocovariance_is_its_literal_sum():
    x = np.random.default_rng(0).normal(size=7)
    d = x - x.mean()
    literal = [sum(d[s] * d[s + t] for s in range(len(x) - t)) / len(x) for t in range(len(x))]
    np.testing.assert_allclose(diagnostics.autocovariance(x), literal, atol=1e-14)


def test_a_drift_and_another_width_are_both_found():
    x = autoregression(0.0, 4, 500)
    assert diagnostics.rhat(x) < 1.01
    assert diagnostics.rhat(x + np.linspace(0, 2, 500)) > 1.1
    assert diagnostics.rhat(CASES["other widths"]) > 1.05


def test_moving_and_scaling_changes_nothing_and_constants_have_no_answer():
    x = CASES["slow"]
    assert diagnostics.ess(3 - 2 * x) == pytest.approx(diagnostics.ess(x), rel=1e-9)
    assert diagnostics.rhat(np.exp(x)) == pytest.approx(array_stats.rhat(np.exp(x), chain_axis=0, draw_axis=1))
    assert np.isnan(diagnostics.ess(np.ones((2, 10))))
    assert np.isnan(diagnostics.rhat(np.ones((2, 10))))
    with pytest.raises(ValueError, match=r"\(2, 3\)"):
        diagnostics.ess(np.ones((2, 3)))


def features(s: bpmf.State, r: np.ndarray) -> list[float]:
    """Bounded or of light tails, so that their means exist: the priors are wide, and some moments do not."""
    bounded = [
        np.arctan(X) for X in (s.W[0, 0], s.b[1], s.U[1, 0], s.c[0], s.prior_W.m[0], s.prior_U.m[1], r[0], r[-1])
    ]
    products = [np.arctan(s.W[0, 0] * s.U[0, 0]), np.arctan(s.W[0, 0] * s.b[0]), np.arctan(r[0] * r[1])]
    logs = [np.log(s.alpha), *(np.linalg.slogdet(side.prior_W.Lam)[1] for side in (s, s.T))]
    turns = [side.prior_W.Lam[0, 1] / np.sqrt(side.prior_W.Lam[0, 0] * side.prior_W.Lam[1, 1]) for side in (s, s.T)]
    return [*bounded, *products, *logs, *turns, *np.square(bounded), *np.square(logs)]


def test_geweke_drawing_the_ratings_anew_after_every_sweep_leaves_the_joint_law_as_it_is():
    """θ ~ prior and r ~ p(r | θ); then a sweep given r, and r anew given θ, twice: the pair must have the law it had.

    Begun in their law, chains need no burn-in and are independent; each is compared with its own beginning.
    Source: Geweke (2004), Getting it right: joint distribution tests of posterior simulators.
    """
    rng = np.random.default_rng(0)
    i, j = np.array([0, 0, 1, 1, 2]), np.array([0, 1, 0, 1, 1])
    cfg, N, M = bpmf.Config(k=1, kernel="numpy"), 3, 2

    def rated(s: bpmf.State) -> Ratings:
        r = bpmf.predict(s, i, j) + rng.standard_normal(len(i)) * s.alpha**-0.5
        return Ratings.from_codes(i, j, r, np.arange(N), np.arange(M))

    def from_prior() -> bpmf.State:
        sides = []
        for n in (N, M):
            F = bpmf.wishart_factor(np.eye(2), 2, rng)
            spread = np.linalg.inv(F).T  # spread·spreadᵀ = Λ⁻¹
            m = spread @ rng.standard_normal(2) / np.sqrt(bpmf.BETA0)
            sides.append((bpmf.Prior(m, F @ F.T), m + rng.standard_normal((n, 2)) @ spread.T))
        (users, X), (items, Y) = sides
        return bpmf.State(0, X[:, :1], Y[:, :1], X[:, 1], Y[:, 1], 0.0, rng.gamma(bpmf.A0), users, items, 0.0)

    changes = []
    for _ in range(1500):
        s = from_prior()
        R = rated(s)
        before = features(s, R.r)
        for _ in range(2):
            s = bpmf.sweep(s, R, cfg, rng)
            R = rated(s)
        changes.append(np.subtract(features(s, R.r), before))
    d = np.array(changes)
    z = d.mean(axis=0) / (d.std(axis=0) / np.sqrt(len(d)))
    assert abs(z).max() < 4, z
    assert abs(z).mean() < 1.5, z


def test_chains_of_the_sampler_agree_on_what_can_be_known():
    """Predictions and σ converge; a single factor does not have to: its axes may turn and change sign (E10)."""
    rng = np.random.default_rng(1)
    i, j = np.nonzero(rng.random((60, 40)) < 0.4)
    r = 3 + rng.normal(size=60)[i] * rng.normal(size=40)[j] + 0.3 * rng.normal(size=len(i))
    R = Ratings.from_codes(i, j, r, np.arange(60), np.arange(40))
    pair, sigma, sign = [], [], []
    for seed in range(4):
        states = [s for s, _ in zip(steps(bpmf, R, bpmf.Config(k=1), seed), range(260), strict=False)][60:]
        pair.append([float(bpmf.predict(s, 3, 5)) for s in states])
        sigma.append([s.alpha**-0.5 for s in states])
        sign.append([s.W[0, 0] for s in states])
    assert max(diagnostics.rhat(np.array(x)) for x in (pair, sigma)) < 1.05
    assert diagnostics.rhat(np.array(sign)) > 1.5
