"""Two parameters: the densities over the plane, its tops, and the ways up to them."""

import numpy as np
import pytest
from scipy.stats import norm

from mfcore import pmf, surface
from mfcore.data import planted
from mfcore.surface import Point

MADE = planted.tiny()
R, U = MADE.ratings, MADE.truth.U


@pytest.mark.parametrize("i", range(6))
@pytest.mark.parametrize("lam", [0.0, 2.0])
def test_the_taste_plane_is_a_regression_on_known_films(i, lam) -> None:
    plane = surface.taste(R, i, U, sigma=0.5, lam=lam)
    j, r = R.of_user(i)
    x, y = np.array([-1.0, 0.5]), np.array([0.2, 1.0, 3.0])
    found = surface.heights(plane, x, y)
    for n, b in enumerate(y):
        for m, a in enumerate(x):
            assert found.likelihood[n, m] == pytest.approx(norm.logpdf(r, U[j] @ [a, b], 0.5).sum())
            assert found.posterior[n, m] == found.likelihood[n, m] + found.prior[n, m]
    if lam:  # but for the films' own prior, which is the same everywhere
        mine = norm.logpdf(x, scale=lam**-0.5) + norm.logpdf(y[0], scale=lam**-0.5)
        np.testing.assert_allclose(np.diff(found.prior[0]), np.diff(mine))


def test_one_jump_is_the_top_of_the_taste_plane() -> None:
    plane = surface.taste(R, 2, U, sigma=0.5, lam=2.0)
    j, r = R.of_user(2)
    top = np.linalg.solve(U[j].T @ U[j] + 2.0 * 0.25 * np.eye(2), U[j].T @ r)
    path = surface.jumps(plane, Point(-1.0, 3.0), T=1)
    np.testing.assert_allclose(path.points[-1], top)
    near = surface.heights(plane, top[0] + np.array([-0.01, 0, 0.01]), top[1] + np.array([-0.01, 0, 0.01]))
    assert np.unravel_index(near.posterior.argmax(), (3, 3)) == (1, 1)


@pytest.mark.parametrize(("lam", "top"), [(0.0, 4.0), (2.0, 3.0), (9.0, 0.0)])
def test_one_rating_is_split_evenly_and_less_by_lambda_sigma_squared(lam, top) -> None:
    """w = u at the top, and w·u = max(r − λσ², 0)."""
    plane = surface.product(4.0, sigma=0.5**0.5, lam=lam)
    w, u = surface.jumps(plane, Point(0.7, 1.9), T=150).points[-1]
    assert w * u == pytest.approx(top, abs=1e-3)
    if lam:
        assert w == pytest.approx(u, abs=1e-2)


@pytest.mark.parametrize("plane", [surface.taste(R, 0, U, 0.5, 1.0), surface.product(4.0, 0.5, 1.0)])
def test_small_steps_climb_to_where_the_jumps_end(plane) -> None:
    start = Point(0.4, 2.5)
    path = surface.climb(plane, start, rate=0.01, T=400)
    assert path.points[0] == start
    assert not path.astray
    values = [pmf.log_posterior(plane.at(*point), plane.R, plane.cfg) for point in path.points]
    assert np.all(np.diff(values) >= -1e-9)
    np.testing.assert_allclose(path.points[-1], surface.jumps(plane, start, T=150).points[-1], atol=1e-3)


def test_a_point_and_its_state_are_the_same_and_held_films_stay() -> None:
    for plane in (surface.taste(R, 1, U, 0.5, 1.0), surface.product(4.0, 0.5, 1.0)):
        assert plane.where(plane.at(1.5, -2.0)) == (1.5, -2.0)
    assert surface.taste(R, 1, U, 0.5, 1.0).at(0, 0).U is U


def test_batches_give_a_point_each_and_wander() -> None:
    plane = surface.taste(R, 0, U, 0.5, 1.0)
    one = surface.climb(plane, Point(0, 0), 0.01, T=4)
    six = surface.climb(plane, Point(0, 0), 0.01, T=4, batches=6, seed=1)
    assert len(one.points) == 5
    assert len(six.points) == 25
    assert six == surface.climb(plane, Point(0, 0), 0.01, T=4, batches=6, seed=1)
    assert six != surface.climb(plane, Point(0, 0), 0.01, T=4, batches=6, seed=2)


@pytest.mark.parametrize("rate", [0.3, 1e200])
def test_steps_too_long_end_the_path_before_they_lead_away(rate) -> None:
    for plane in (surface.taste(R, 0, U, 0.3, 1.0), surface.product(4.0, 0.3, 1.0)):
        path = surface.climb(plane, Point(0.5, 3.0), rate, T=300)
        assert path.astray
        assert np.isfinite(path.points).all()
        assert len(path.points) < 300
