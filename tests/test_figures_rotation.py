"""Maps of films and tables of correlations: points where the vectors are, titles as text, numbers written out."""

import numpy as np
import pytest

from mfcore import rotation
from mfview import style
from mfview.figures import rotation as figures

HOSTILE = "<b>Bold</b>"
U = np.random.default_rng(0).standard_normal((30, 3))
MARKED = np.arange(30) % 3 == 0


def drawn(**more: object):
    return figures.items(U, (0, 2), [HOSTILE] * 30, MARKED, "a genre", title="Map", **more)


def test_every_film_is_where_its_vector_is_and_the_marked_stand_apart() -> None:
    fig = drawn()
    others, marked = fig.data
    np.testing.assert_allclose(np.c_[marked.x, marked.y], U[MARKED][:, [0, 2]], rtol=1e-6)
    np.testing.assert_allclose(np.c_[others.x, others.y], U[~MARKED][:, [0, 2]], rtol=1e-6)
    assert fig.layout.yaxis.scaleanchor == "x"
    for axis, f in ((fig.layout.xaxis, 0), (fig.layout.yaxis, 2)):
        assert axis.range[0] < U[:, f].min()
        assert axis.range[1] > U[:, f].max()
    assert np.ptp(fig.layout.xaxis.range) == pytest.approx(np.ptp(fig.layout.yaxis.range))
    assert HOSTILE not in fig.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
    alt = style.alt_of(fig)
    assert "30 films" in alt
    assert f"the {MARKED.sum()} that are a genre" in alt


def test_arrows_show_where_the_old_axes_went() -> None:
    Q = rotation.turn(3, 0, 2, 30.0)
    fig = drawn(old=Q, box=((-10, 10), (-10, 10)))
    tips = [np.array([a.x, a.y]) for a in fig.layout.annotations if a.showarrow]
    e = np.eye(3)  # a film that lay on an old axis
    for tip, axis in zip(tips, (0, 2), strict=True):
        there = (e[axis] @ Q)[[0, 2]]
        np.testing.assert_allclose(tip / np.linalg.norm(tip), there / np.linalg.norm(there), atol=1e-12)
    assert fig.layout.xaxis.range == (-10, 10)
    assert not [a for a in drawn().layout.annotations if a.showarrow]


def test_shares_are_bars_with_their_means() -> None:
    before, after = np.array([20.0, 40.0]), np.array([10.0, 30.0])
    fig = figures.shares(before, after, "turned")
    np.testing.assert_allclose([bar.y for bar in fig.data], [before, after])
    assert [line.y0 for line in fig.layout.shapes] == [30.0, 20.0]
    assert "10, 30 turned; the means are 30.0 and 20.0" in style.alt_of(fig)


def test_correlations_are_colours_and_numbers() -> None:
    C = np.array([[0.97, -0.42], [0.01, 0.3]])
    fig = figures.correlations(C, ["comedy", HOSTILE], title="Axes")
    heat, text = fig.data
    np.testing.assert_allclose(heat.z, C, rtol=1e-6)
    assert (heat.zmin, heat.zmax) == (-1, 1)
    assert text.text == ("1.0", "−.4", "·", ".3")
    assert HOSTILE not in fig.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
    assert "comedy with axis 1, +0.97" in style.alt_of(fig)


def test_the_box_holds_the_origin_and_every_cloud() -> None:
    clouds = U[:, :2] + 9, -3 * U[:, 1:]
    x, y = figures.box_around(*clouds)
    for low, high, entries in ((*x, [c[:, 0] for c in clouds]), (*y, [c[:, 1] for c in clouds])):
        assert low < min(0, *(e.min() for e in entries))
        assert high > max(0, *(e.max() for e in entries))
    assert figures.box_around(np.zeros((3, 2)))[0][0] < 0 < figures.box_around(np.zeros((3, 2)))[1][1]
