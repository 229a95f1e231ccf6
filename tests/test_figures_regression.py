"""Ridge regression's figures draw the numbers they are given, and say them."""

import numpy as np
import pytest

from mfcore import regression
from mfview.figures import lam_axis
from mfview.figures import regression as figures
from mfview.style import DARK, LIGHT, alt_of

LAMS = (0.0, 1e-3, 0.1, 1.0, 10.0)


@pytest.fixture(scope="module")
def points():
    return regression.generate(10, 0.4, 0), regression.generate(30, 0.4, 1)


@pytest.fixture(scope="module")
def path(points):
    return regression.path(*points, 6, LAMS)


def drawn(points, degree=6, lam=0.1, chosen=3, palette=LIGHT):
    train, test = points
    curves = [regression.fit(train, degree, x) for x in (lam, 0.0)]
    return figures.fitted(train, test, *curves, lam, chosen, palette)


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_figure_has_a_title_axes_and_a_text_alternative(points, path, palette):
    for fig in (
        drawn(points, palette=palette),
        figures.errors(path, 0.1, palette),
        figures.weights(path, 0.1, palette),
    ):
        assert fig.layout.title.text
        assert len(alt_of(fig)) > 60
        assert fig.layout.xaxis.title.text
        assert fig.layout.yaxis.title.text
        assert fig.layout.font.color == palette.ink
        assert len(fig.to_json()) < 60_000


def test_the_first_trace_is_the_points_a_click_may_choose(points):
    fig = drawn(points)
    np.testing.assert_allclose(fig.data[0].x, points[0].x, rtol=1e-4)
    np.testing.assert_allclose(fig.data[0].y, points[0].y, rtol=1e-4)
    ring = fig.data[-1]
    assert (ring.x[0], ring.y[0]) == (points[0].x[3], points[0].y[3])
    assert len(drawn(points, chosen=None).data) == len(fig.data) - 1


def test_the_curves_are_the_fits_and_the_truth(points):
    by_name = {trace.name: trace for trace in drawn(points).data}
    x = np.asarray(by_name["truth"].x)
    np.testing.assert_allclose(by_name["truth"].y, regression.truth(x), rtol=1e-4)
    np.testing.assert_allclose(
        by_name["λ = 0.1"].y, regression.predict(regression.fit(points[0], 6, 0.1), x), rtol=1e-4, atol=1e-4
    )


def test_a_line_is_called_a_line(points):
    assert drawn(points, degree=1).layout.title.text.startswith("A line")


def test_errors_are_the_path_s_with_a_star_at_the_lowest(path):
    train, test, star = figures.errors(path, 0.1).data
    near = path.test < 2
    np.testing.assert_allclose(np.asarray(train.y), path.train, rtol=1e-4)
    np.testing.assert_allclose(np.asarray(test.y)[near], path.test[near], rtol=1e-4)
    assert star.y[0] == pytest.approx(path.test.min(), rel=1e-4)
    assert star.x[0] == test.x[path.best]


def test_weights_are_drawn_on_a_scale_that_keeps_their_sign(path):
    fig = figures.weights(path, 0.1)
    assert len(fig.data) == 7
    for f, trace in enumerate(fig.data):
        np.testing.assert_allclose(np.sinh(np.asarray(trace.y, float)), path.w[:, f], rtol=1e-3, atol=1e-3)
    np.testing.assert_allclose(np.sinh(fig.layout.yaxis.tickvals), _numbers(fig.layout.yaxis.ticktext), atol=1e-9)


def _numbers(texts):
    return [float(text.replace("−", "-").replace(",", "")) for text in texts]


def test_the_axis_is_logarithmic_with_zero_at_its_left_end():
    at = lam_axis.places(LAMS, LAMS)
    assert (np.diff(at) > 0).all()
    np.testing.assert_allclose(at[1:], np.log10(LAMS[1:]))
    axis = lam_axis.axis(LAMS)
    assert axis["ticktext"][0] == "0"
    assert axis["tickvals"][0] == at[0]
    assert axis["range"][0] < at[0] < at[-1] < axis["range"][1]
    assert "0" not in lam_axis.axis(LAMS[1:])["ticktext"]


def test_an_error_out_of_sight_is_written_at_the_edge():
    fig = lam_axis.errors([0.0, 1.0, 10.0], [0.1, 0.5, 1.0], [500.0, 0.8, 1.0], LIGHT, title="", unit="", over=LAMS)
    assert [note.text for note in fig.layout.annotations] == ["▲ 500"]
    assert fig.layout.yaxis.range[1] < 2


def test_the_band_lies_around_the_test_error_and_leaves_out_what_is_out_of_sight():
    fig = lam_axis.errors(
        [0.0, 1.0, 10.0], [0.1, 0.5, 1.0], [500.0, 0.8, 1.0], LIGHT, title="", unit="", over=LAMS, spread=[90, 0.1, 0.2]
    )
    np.testing.assert_allclose(sorted(fig.data[0].y), [0.7, 0.8, 0.9, 1.2], rtol=1e-5)
