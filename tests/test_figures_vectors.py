"""The pictures of chapter 2: bars that end where the sum is, true lengths and angles, signs in their squares."""

import numpy as np
import plotly.graph_objects as go
import pytest

from mfcore import interpret
from mfview import style
from mfview.figures import sums, vectors

W, U = np.array(interpret.MATCH.w), np.array(interpret.MATCH.u)
V = np.array(interpret.CLASH.u)
HOSTILE = "<b>Bold</b>"


def described(fig: go.Figure) -> str:
    assert fig.layout.title.text
    assert fig.layout.xaxis.title.text
    assert len(fig.to_json()) < 200_000
    return style.alt_of(fig)


def terms(w: np.ndarray, u: np.ndarray) -> list[sums.Term]:
    products = interpret.contributions(w, u)
    return [sums.Term(name, "", float(p)) for name, p in zip(interpret.AXES, products, strict=True)]


def bars(fig: go.Figure) -> go.Bar:
    return next(trace for trace in fig.data if trace.type == "bar")


@pytest.mark.parametrize(("u", "total"), [(U, "4.70"), (V, "−3.80")])
@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK], ids=["light", "dark"])
def test_every_bar_begins_where_the_last_one_ended(u, total: str, palette) -> None:
    fig = sums.adding_up(terms(W, u), "wᵀu", palette, title="Sum", unit="w·u")
    bar = bars(fig)
    ends = np.array(bar.base) + np.array(bar.x)
    np.testing.assert_allclose(bar.base[1:-1], ends[:-2], atol=1e-12)
    assert bar.base[0] == bar.base[-1] == 0
    assert ends[-1] == pytest.approx(float(W @ u))
    assert bar.text[-1] == f"<b>{total}</b>"
    assert f"wᵀu is {total}" in described(fig)


def test_signs_read_without_colour() -> None:
    bar = bars(sums.adding_up(terms(W, V), "wᵀu", style.LIGHT, title="Sum", unit="w·u"))
    for value, text, pattern in zip(bar.x[:-1], bar.text, bar.marker.pattern.shape, strict=False):
        assert text == style.signed(value) if value else text == "0.00"
        assert (pattern == "/") == (value < 0)


def test_a_sum_that_begins_at_the_mean_ends_at_the_prediction() -> None:
    fig = sums.adding_up(
        [sums.Term(HOSTILE, HOSTILE, -0.25), sums.Term("c", "", 0.5)],
        "r̂",
        style.LIGHT,
        title="Sum",
        unit="stars",
        start=sums.Start("μ", "", 3.5),
        actual=4.0,
    )
    bar = bars(fig)
    assert list(bar.base) == [3.5, 3.25, 3.5]
    assert list(bar.x) == [-0.25, 0.5, 0.25]
    assert len(fig.layout.yaxis.ticktext) == 5
    assert [list(t.x) for t in fig.data if t.type == "scatter" and t.text] == [[3.5, 4.0]]
    assert HOSTILE not in fig.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
    alt = described(fig)
    assert "Beginning at μ 3.50" in alt
    assert "actual rating is 4" in alt


@pytest.mark.parametrize("u", [U, V, 2 * U, -W])
def test_the_arrows_have_true_lengths_and_angle(u) -> None:
    fig = vectors.angle(W, u, style.LIGHT)
    drawn = [np.array([trace.x[1], trace.y[1]]) for trace in fig.data if trace.mode == "lines+markers"]
    assert np.linalg.norm(drawn[0]) == pytest.approx(float(np.linalg.norm(W)))
    assert np.linalg.norm(drawn[1]) == pytest.approx(float(np.linalg.norm(u)))
    assert drawn[0] @ drawn[1] == pytest.approx(float(W @ u), abs=1e-6)
    assert fig.layout.yaxis.scaleanchor == "x"
    assert f"{interpret.angle(W, u):.0f} degrees" in described(fig)


@pytest.mark.parametrize(("w", "u"), [(0 * W, U), (W, 0 * U), (0 * W, 0 * U)])
def test_a_vector_of_zeros_has_no_angle(w, u) -> None:
    fig = vectors.angle(w, u, style.LIGHT)
    assert "nowhere" in fig.layout.title.text
    described(fig)


def test_each_factor_stands_in_the_square_of_its_signs() -> None:
    fig = vectors.signs(interpret.AXES, W, V, style.LIGHT)
    squares = {(a.x, a.y): a.text for a in fig.layout.annotations}
    assert "romance" in squares[0, 1]
    assert all(name in squares[1, 0] for name in ("action", "comedy", "animation"))
    assert not any("horror" in text for text in squares.values())
    assert "horror adds nothing" in described(fig)


def test_norms_draw_every_film_and_mark_the_neighbours() -> None:
    rng = np.random.default_rng(0)
    counts, lengths = rng.integers(0, 200, 5000), rng.random(5000)
    marked = vectors.Marked(3, np.array([1, 2]), np.array([4, 5]))
    titles = [HOSTILE] * 5000
    fig = vectors.norms(counts, lengths, titles, marked, style.DARK)
    assert int(np.sum(fig.data[0].customdata)) == int((counts > 0).sum())
    assert list(fig.data[1].x) == counts[[4, 5]].tolist()
    assert list(fig.data[2].x) == counts[[1, 2]].tolist()
    assert HOSTILE not in fig.to_json().replace("\\u003c", "<").replace("\\u003e", ">")
    assert f"{interpret.rank_correlation(counts[counts > 0], lengths[counts > 0]):.2f}" in described(fig)
