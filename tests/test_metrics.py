"""Errors of predictions: against loops, in float64 whatever comes in, and NaN where there is nothing to compare."""

import numpy as np
import pytest

from mfcore import metrics


@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_each_is_its_loop(dtype: str) -> None:
    rng = np.random.default_rng(0)
    predicted, r = rng.normal(3, 1, 50).astype(dtype), (rng.integers(1, 11, 50) / 2).astype(dtype)
    errors = [float(a) - float(b) for a, b in zip(r, predicted, strict=True)]
    assert metrics.mse(predicted, r) == pytest.approx(sum(e * e for e in errors) / 50, rel=1e-12)
    assert metrics.rmse(predicted, r) == pytest.approx((sum(e * e for e in errors) / 50) ** 0.5, rel=1e-12)
    assert metrics.mae(predicted, r) == pytest.approx(sum(abs(e) for e in errors) / 50, rel=1e-12)


def test_errors_scale_with_the_ratings_and_mae_is_never_above_rmse() -> None:
    predicted, r = np.array([1.0, 2.0, 6.0]), np.array([2.0, 2.0, 3.0])
    assert metrics.rmse(10 * predicted, 10 * r) == pytest.approx(10 * metrics.rmse(predicted, r))
    assert metrics.mae(10 * predicted, 10 * r) == pytest.approx(10 * metrics.mae(predicted, r))
    assert metrics.mae(predicted, r) < metrics.rmse(predicted, r)


def test_many_small_errors_are_not_lost() -> None:
    r = np.zeros(200_000, np.float32)
    predicted = np.full(200_000, 0.1, np.float32)
    predicted[0] = 1e4
    tenth = float(np.float32(0.1))
    assert metrics.mse(predicted, r) == pytest.approx((1e8 + 199_999 * tenth**2) / 200_000, rel=1e-12)
    assert metrics.mae(predicted, r) == pytest.approx((1e4 + 199_999 * tenth) / 200_000, rel=1e-12)


def test_nothing_has_no_error() -> None:
    nothing = np.array([])
    assert all(np.isnan(error(nothing, nothing)) for error in (metrics.mse, metrics.rmse, metrics.mae))
