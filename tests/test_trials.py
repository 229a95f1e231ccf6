"""Runs beside each other: noise, the mask, and a rating of exactly μ."""

from dataclasses import replace

import numpy as np
import pytest

from mfcore import autorec, data, fit, metrics, trials
from mfcore.data.planted import planted

TRAIN, TEST = planted(N=60, M=40, density=0.4, seed=0).ratings.split(test=0.1, seed=0)
CFG = autorec.Config(hidden=8, lam=3.0, batch=16)


def test_a_run_with_noise_is_the_run_of_that_config() -> None:
    found = list(trials.by_noise(TRAIN, TEST, CFG, (0.0, 0.4), T=3, seed=2))
    assert [row.rho for row in found] == [0.0, 0.4]
    for row in found:
        s = fit(autorec, TRAIN, replace(CFG, rho=row.rho), T=3, seed=2)
        assert row.train == metrics.rmse(autorec.predict(s, TRAIN.i, TRAIN.j), TRAIN.r)
        assert row.test == metrics.rmse(autorec.predict(s, TEST.i, TEST.j), TEST.r)


def test_ways_of_counting_differ_and_the_mask_wins() -> None:
    found = list(trials.by_mask(TRAIN, TEST, CFG, T=12))
    assert [(row.t, row.way) for row in found[:4]] == [
        (0, trials.MASKED),
        (0, trials.UNMASKED),
        (0, trials.STARS),
        (1, trials.MASKED),
    ]
    last = {row.way: row for row in found if row.t == 12}
    assert last[trials.MASKED].test < last[trials.UNMASKED].test < last[trials.STARS].test
    assert last[trials.STARS].mean < last[trials.MASKED].mean - 0.5  # dragged towards 0 stars
    assert all(row.counts.sum() == TEST.n for row in found)
    assert trials.of_ratings(TEST).sum() == TEST.n


def test_without_a_mask_predictions_shrink_towards_mu() -> None:
    def spread(way: str) -> float:
        s = fit(autorec, TRAIN, trials.ways(CFG)[way], T=12)
        return float(autorec.predict(s, TEST.i, TEST.j).std())

    assert spread(trials.UNMASKED) < 0.7 * spread(trials.MASKED)


def test_a_rating_of_mu_goes_in_as_a_hole_does_and_counts_as_a_rating() -> None:
    R, _ = data.load("tiny")
    s = fit(autorec, R, CFG, T=5)
    i = 2
    j = next(j for j in range(R.M) if j not in R.Psi(i))
    found = trials.at_mean(s, R, CFG, i, j)
    assert found.fed == pytest.approx(0, abs=1e-15)
    assert found.J[1] - found.J[0] == pytest.approx(found.residual**2)
    assert found.slope[1] - found.slope[0] == pytest.approx(-2 * found.residual)
    with pytest.raises(ValueError, match="hole"):
        trials.at_mean(s, R, CFG, i, int(R.Psi(i)[0]))


def test_the_mean_is_what_it_is_compared_with() -> None:
    assert trials.at_the_mean(TRAIN, TEST) == pytest.approx(np.sqrt(((TEST.r - TRAIN.mu) ** 2).mean()))
