"""What a posterior of draws is worth: noise found, no overfitting, doubt that shrinks, intervals that hold."""

import numpy as np
import pytest

from mfcore import Ratings, als, bpmf, calibration, data, fit, metrics
from mfcore.data.planted import planted


def posterior(R: Ratings, test: Ratings, k: int, burn: int = 40, draws: int = 120, seed: int = 0) -> bpmf.State:
    cfg = bpmf.Config(k=k)
    return fit(bpmf, R, cfg, draws, seed, bpmf.watch(fit(bpmf, R, cfg, burn, seed), test.i, test.j))


def test_on_planted_ratings_it_finds_the_noise_and_does_not_overfit():
    made = planted(density=0.3, noise=0.4, seed=1)
    train, test = made.ratings.split(test=0.15, seed=0)
    error = {}
    for k in (5, 20):
        s = posterior(train, test, k)
        error[k] = metrics.rmse(s.seen.mean, test.r)
        assert s.alpha**-0.5 == pytest.approx(made.sigma, rel=0.06 if k == 5 else 0.12)
    free = fit(als, train, als.Config(k=20, lam=0.01, joint=True), T=20)
    assert error[5] < 1.2 * made.sigma
    assert error[20] < 1.05 * error[5]  # four times the dimensions that there are, at next to no cost
    assert metrics.rmse(als.predict(free, test.i, test.j), test.r) > 1.5 * error[20]


def test_the_posterior_shrinks_with_data():
    doubt = []
    for density in (0.05, 0.15, 0.5):
        made = planted(density=density, seed=2)
        i, j = np.divmod(np.random.default_rng(0).integers(0, made.ratings.N * made.ratings.M, 300), made.ratings.M)
        s = posterior(made.ratings, Ratings.from_arrays(i, j, i * 0.0, duplicates="last"), 5, 20, 60)
        doubt.append(float(np.median(s.seen.doubt)))
    assert doubt[0] > 1.3 * doubt[1] > 1.3**2 * doubt[2]


def test_intervals_on_planted_ratings_cover_what_they_say():
    inside = np.zeros(3)
    for seed in range(3):
        train, test = planted(density=0.3, seed=seed).ratings.split(test=0.15, seed=seed)
        seen = posterior(train, test, 5, seed=seed).seen
        for t, share in enumerate((0.5, 0.8, 0.95)):
            low, high = seen.interval(share)
            inside[t] += np.mean((low <= test.r) & (test.r <= high)) / 3
    n = 3 * test.n
    expected = np.array([0.5, 0.8, 0.95])
    assert (abs(inside - expected) < 4 * np.sqrt(expected * (1 - expected) / n)).all()


def test_on_movielens_the_mean_of_few_draws_is_near_what_many_reach_and_intervals_hold(real_data):
    """The first of the official splits; `python -m benchmarks bayes` has all five, with more draws."""
    train, test = next(iter(data.official_splits(real_data / "ml-100k.zip")))
    seen = posterior(train, test, 10, burn=15, draws=60).seen
    assert metrics.rmse(np.clip(seen.mean, 1, 5), test.r) < 0.915
    assert 0.77 < calibration.covered(seen, test.r, 0.8) < 0.83
