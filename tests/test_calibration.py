"""Intervals of draws, and whether they keep their word."""

from itertools import pairwise

import numpy as np
import pytest

from mfcore import calibration
from mfcore.predictive import Predictive


def seen(draws: np.ndarray, alphas: np.ndarray) -> Predictive:
    """Draws (t, n) added one by one."""
    pairs = np.arange(draws.shape[1])
    p = Predictive.of(pairs, pairs)
    for drawn, alpha in zip(draws, alphas, strict=True):
        p = p.add(drawn, alpha)
    return p


def test_running_moments_are_those_of_all_draws_at_once():
    rng = np.random.default_rng(0)
    draws, alphas = 1e6 + rng.normal(size=(50, 7)), rng.gamma(5, size=50)
    p = seen(draws, alphas)
    assert p.draws == 50
    np.testing.assert_allclose(p.mean, draws.mean(axis=0), rtol=1e-14)
    np.testing.assert_allclose(p.doubt, draws.std(axis=0), rtol=1e-8)
    np.testing.assert_allclose(p.spread**2, draws.var(axis=0) + (1 / alphas).mean(), rtol=1e-8)


def test_a_draw_in_float32_adds_to_sums_in_float64():
    p = seen(np.float32([[0.1, 0.2], [0.3, 0.5]]), np.ones(2))
    assert p.mean.dtype == p.squares.dtype == np.float64


def test_adding_leaves_what_was_there_and_before_the_first_draw_there_is_nothing():
    p = Predictive.of(np.arange(3), np.arange(3))
    p.add(np.ones(3), 2.0)
    assert (p.draws, p.mean.tolist(), p.doubt.tolist()) == (0, [0, 0, 0], [0, 0, 0])


@pytest.mark.parametrize("share", [0.5, 0.8, 0.95])
def test_an_interval_holds_its_share_of_the_gaussian_mixture_it_stands_for(share):
    """Ratings drawn as the model draws them: r̂ by the posterior, and noise on it."""
    rng = np.random.default_rng(1)
    means, doubts, sigma = rng.normal(3, 1, 400), rng.gamma(2, 0.2, 400), 0.7
    p = seen(means + doubts * rng.standard_normal((4000, 400)), np.full(4000, sigma**-2))
    low, high = p.interval(share)
    r = means + doubts * rng.standard_normal((500, 400)) + sigma * rng.standard_normal((500, 400))
    inside = (low <= r) & (r <= high)
    assert inside.mean() == pytest.approx(share, abs=0.006)
    np.testing.assert_allclose(low + high, 2 * p.mean)
    wide = p.doubt > np.median(p.doubt)
    assert inside[:, wide].mean() == pytest.approx(inside[:, ~wide].mean(), abs=0.01)


def test_covered_is_a_count_and_both_ends_belong():
    p = seen(np.zeros((1, 4)), np.ones(1))
    low, high = p.interval(0.8)
    assert calibration.covered(p, np.array([low[0], high[0], 0.0, 9.0]), 0.8) == 0.75
    curve = calibration.curve(p, np.array([0.1, -0.7, 1.2, 9.0]), [0.1, 0.5, 0.6, 0.9])
    assert curve.tolist() == [0.25, 0.25, 0.5, 0.75]


def test_groups_are_of_all_pairs_from_few_ratings_to_many():
    rng = np.random.default_rng(2)
    counts = rng.integers(1, 60, 500)
    p = seen(rng.standard_normal((300, 500)) / np.sqrt(counts), np.ones(300))
    groups = calibration.by_count(p, counts, 6)
    assert sum(g.n for g in groups) == 500
    assert groups[0].least == counts.min()
    assert groups[-1].most == counts.max()
    assert all(a.most < b.least and a.doubt > b.doubt for a, b in pairwise(groups))
    for g in groups:
        own = (counts >= g.least) & (counts <= g.most)
        assert g.n == own.sum()
        assert g.doubt == pytest.approx(np.sqrt(np.mean(p.doubt[own] ** 2)))
        assert g.spread == pytest.approx(np.sqrt(g.doubt**2 + 1))


def test_equal_counts_are_one_group():
    p = seen(np.zeros((2, 9)), np.ones(2))
    assert [g.n for g in calibration.by_count(p, np.full(9, 4), 5)] == [9]
    assert [g.n for g in calibration.by_count(p, np.array([1, 2, 2, 2, 2, 2, 2, 2, 9]), 3)] == [8, 1]
