"""Gaussians, σ and densities over two parameters: what is drawn is what was worked out, in words too."""

import numpy as np
import pytest

from mfcore import surface
from mfcore.data import planted
from mfcore.surface import Path, Point
from mfview import style
from mfview.figures import likelihood
from mfview.figures.likelihood import Curve, Trail


def test_one_rating_is_a_density_with_the_rating_on_it() -> None:
    fig = likelihood.one_rating(3.5, 0.8, 2.0, whose="Ana & <b>Heat</b>")
    curve, mark = fig.data
    assert np.trapezoid(curve.y, curve.x) == pytest.approx(1, abs=0.01)
    assert curve.x[int(np.argmax(curve.y))] == pytest.approx(3.5, abs=0.02)
    assert list(mark.x) == [2.0, 2.0]
    assert mark.y[1] == pytest.approx(np.exp(-(1.5**2) / (2 * 0.64)) / (np.sqrt(2 * np.pi) * 0.8), rel=1e-4)
    assert "&lt;b&gt;" in fig.layout.title.text
    assert "mean 3.50" in style.alt_of(fig)
    bare = likelihood.one_rating(3.5, 0.8, None, whose="x")
    assert len(bare.data) == 1
    assert "No rating is known" in style.alt_of(bare)


def test_a_wide_gaussian_stays_inside_the_picture() -> None:
    fig = likelihood.one_rating(5.5, 2.0, None, whose="x")
    assert fig.layout.xaxis.range[1] >= 5.5 + 3 * 2.0


def test_sigma_has_a_top_for_train_and_one_for_test() -> None:
    span = np.linspace(0.3, 2, 50)
    fig = likelihood.over_sigma(span, Curve(-span, 0.7, -1.0), Curve(-2 * span, 0.9, -1.3), at=0.8)
    train, top, test, other = fig.data
    assert (train.line.color, test.line.color) == (style.LIGHT.train, style.LIGHT.test)
    assert (list(top.x), list(other.x)) == ([0.7], [0.9])
    assert fig.layout.shapes[0].x0 == 0.8
    assert "0.700" in style.alt_of(fig)


def test_a_top_far_above_leaves_both_curves_in_the_picture() -> None:
    span = np.linspace(0.3, 2, 50)
    fig = likelihood.over_sigma(span, Curve(-span, 1e-6, 12.0), Curve(-2 * span, 0.9, -1.3), at=0.8)
    low, high = fig.layout.yaxis.range
    assert low < -0.6
    assert high > 12


def test_lines_of_equal_density_are_standard_deviations_of_a_gaussian() -> None:
    plane = surface.product(4.0, sigma=0.5, lam=1.0)
    x = np.linspace(-1, 3, 21)
    prior = surface.heights(plane, x, x).prior  # N(0, 1) in both
    path = Path((Point(0.0, 2.0), Point(1.0, 1.0)))
    fig = likelihood.contours(
        x, x, prior, ("w", "u"), title="Prior", trails={"up": Trail(path, "#123456")}, marks={"MAP": Point(1.0, 1.5)}
    )
    hill, way, mark = fig.data
    a, b = np.meshgrid(x, x)
    near = np.hypot(a, b) <= likelihood.DROPS
    np.testing.assert_allclose(np.asarray(hill.z)[near], np.hypot(a, b)[near], atol=1e-5)
    assert (hill.contours.start, hill.contours.size) == (0, 1)
    assert (list(way.x), list(way.y)) == ([0.0, 1.0], [2.0, 1.0])
    assert (list(mark.x), list(mark.y)) == ([1.0], [1.5])
    assert "MAP at (1.00, 1.50)" in style.alt_of(fig)
    assert "up from (0.00, 2.00) to (1.00, 1.00)" in style.alt_of(fig)


def test_a_flat_density_says_that_it_is() -> None:
    x = np.linspace(0, 1, 3)
    fig = likelihood.contours(x, x, np.zeros((3, 3)), ("w", "u"), title="Prior")
    assert "the same everywhere" in style.alt_of(fig)
    assert fig.layout.annotations[0].text == "the same everywhere"


@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK])
def test_colours_run_from_the_top_to_paper(palette) -> None:
    made = planted.tiny()
    plane = surface.taste(made.ratings, 0, made.truth.U, 0.5, 1.0)
    x = np.linspace(-1, 3, 5)
    fig = likelihood.contours(x, x, surface.heights(plane, x, x).posterior, ("a", "b"), palette, title="t")
    assert fig.data[0].colorscale[-1][1].lower() == palette.paper.lower()
