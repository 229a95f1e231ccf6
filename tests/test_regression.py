"""Ridge regression: stationary, equal to plain least squares on the augmented system, and shrinking as λ grows."""

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import regression, ridge
from mfcore.regression import Points

LAMS = (0.0, 1e-6, 1e-3, 0.1, 1.0, 30.0, 1e6)
problems = dict(
    n=some.integers(1, 30), degree=some.integers(0, 12), lam=some.sampled_from(LAMS[1:]), seed=some.integers(0, 999)
)


def test_plain_least_squares_on_the_taller_system_gives_the_same_weights() -> None:
    points = regression.generate(9, 0.4, 1)
    y = points.y - points.y.mean()
    for degree, lam in ((4, 0.0), (4, 0.3), (12, 1e-3), (12, 0.0), (12, 1e3)):  # 13 weights for 9 points
        X = regression.powers(points.x, degree)
        w = regression.by_lstsq(X, y, lam)
        np.testing.assert_allclose(w, regression.weights(X, y, lam), rtol=1e-6, atol=1e-7 * abs(w).max())
        np.testing.assert_allclose(X.T @ (X @ w - y) + lam * w, 0, atol=1e-9)


def loss(X, y, lam, w):
    """Σ (y − xᵀw)² + λ‖w‖², point by point."""
    return sum((t - sum(a * b for a, b in zip(x, w, strict=True))) ** 2 for x, t in zip(X, y, strict=True)) + lam * sum(
        a * a for a in w
    )


@settings(deadline=None, max_examples=60, derandomize=True)
@given(**problems)
def test_no_other_weights_have_a_lower_loss(n, degree, lam, seed):
    points = regression.generate(n, 0.4, seed)
    X = regression.powers(points.x, degree)
    w = regression.weights(X, points.y, lam)
    h = 0.125  # a central difference of a quadratic is exact for every step
    slopes = [(loss(X, points.y, lam, w + d) - loss(X, points.y, lam, w - d)) / (2 * h) for d in h * np.eye(degree + 1)]
    np.testing.assert_allclose(slopes, 0, atol=1e-7 * max(1.0, float(points.y @ points.y)) * max(1.0, lam))


@settings(deadline=None, max_examples=60, derandomize=True)
@given(**problems)
def test_ridge_is_plain_least_squares_on_the_augmented_system(n, degree, lam, seed):
    points = regression.generate(n, 0.4, seed)
    X = regression.powers(points.x, degree)
    stacked, padded = ridge.augmented(X, points.y, lam)
    assert stacked.shape == (n + degree + 1, degree + 1)
    expected = np.linalg.lstsq(stacked, padded, rcond=None)[0]
    found = regression.weights(X, points.y, lam)
    size = np.linalg.norm(expected)
    np.testing.assert_allclose(found, expected, atol=1e-8 * max(1.0, 1 / lam) * max(1.0, size))


def test_a_line_is_numpy_s_line():
    points = regression.generate(20, 0.5, 1)
    slope, offset = np.polyfit(points.x, points.y, 1)
    curve = regression.fit(points, 1, 0.0)
    assert curve.w[1] == pytest.approx(slope)
    assert curve.mean + curve.w[0] == pytest.approx(offset)


def test_predictions_are_the_sum_of_powers():
    curve = regression.Curve(np.array([0.5, -1.0, 2.0]), 3.0)
    x = np.array([-1.0, 0.0, 0.7])
    np.testing.assert_allclose(regression.predict(curve, x), [3 + 0.5 - t + 2 * t * t for t in x])


def test_as_lambda_grows_weights_shrink_and_the_training_error_rises():
    train, test = regression.generate(15, 0.4, 3), regression.generate(200, 0.4, 4)
    path = regression.path(train, test, 9, LAMS)
    assert (np.diff(np.linalg.norm(path.w, axis=1)) < 0).all()
    assert (np.diff(path.train) > 0).all()
    assert (np.diff(path.free) < 0).all()
    assert path.free[0] == pytest.approx(10)
    assert np.abs(path.w[-1]).max() < 1e-4
    assert path.train[-1] == pytest.approx(np.std(train.y), rel=1e-4)


def test_the_path_is_its_fits_scored_by_hand():
    train, test = regression.generate(12, 0.3, 5), regression.generate(40, 0.3, 6)
    path = regression.path(train, test, 4, LAMS)
    for n, lam in enumerate(LAMS):
        curve = regression.fit(train, 4, lam)
        np.testing.assert_array_equal(path.w[n], curve.w)
        for part, errors in ((train, path.train), (test, path.test)):
            squares = [(y - regression.predict(curve, np.array([x]))[0]) ** 2 for x, y in zip(*part, strict=True)]
            assert errors[n] == pytest.approx((sum(squares) / len(squares)) ** 0.5)
    assert path.test[path.best] == min(path.test)


@pytest.mark.parametrize("lam", LAMS)
def test_free_numbers_are_the_trace_of_the_matrix_that_smooths_y(lam):
    X = regression.powers(regression.generate(20, 0.3, 7).x, 3)
    smoother = X @ np.linalg.solve(X.T @ X + lam * np.eye(4), X.T)
    assert regression.free_numbers(X, lam) == pytest.approx(np.trace(smoother))


def test_fewer_points_than_weights_leave_as_many_free_numbers_as_points():
    X = regression.powers(regression.generate(3, 0.3, 8).x, 6)
    assert regression.free_numbers(X, 0.0) == pytest.approx(3)


def test_generated_points_lie_around_the_truth_and_come_again_with_their_seed():
    exact = regression.generate(50, 0.0, 9)
    np.testing.assert_array_equal(exact.y, regression.truth(exact.x))
    assert (np.diff(exact.x) > 0).all()
    noisy = regression.generate(4000, 0.5, 10)
    assert np.std(noisy.y - regression.truth(noisy.x)) == pytest.approx(0.5, rel=0.05)
    np.testing.assert_array_equal(regression.generate(9, 0.5, 11).y, regression.generate(9, 0.5, 11).y)


def test_moving_points_changes_those_and_no_others():
    points = Points(np.arange(4.0), np.array([1.0, 2.0, 3.0, 4.0]))
    np.testing.assert_array_equal(regression.moved(points, {2: 9.0, 0: -1.0}).y, [-1, 2, 9, 4])
    np.testing.assert_array_equal(regression.moved(points, {}).y, points.y)
    np.testing.assert_array_equal(points.y, [1, 2, 3, 4])


@pytest.mark.parametrize(("n", "noise"), [(0, 0.1), (3, -1.0), (3, float("nan")), (3, float("inf"))])
def test_points_that_cannot_be_are_refused(n, noise):
    with pytest.raises(ValueError, match="n ≥ 1"):
        regression.generate(n, noise, 0)
