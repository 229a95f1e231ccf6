"""Look-ups, tables, parallelograms and shares: the numbers drawn are those given, and titles stay text."""

import numpy as np
import pytest

from mfcore import words
from mfview import style
from mfview.figures import arithmetic, embeddings, shares

HOSTILE = "<b>Bold</b>"
W = np.random.default_rng(0).standard_normal((8, 3))
NAMES = [HOSTILE, *(f"word {n}" for n in range(1, 8))]


def drawn(fig) -> str:
    return fig.to_json().replace("\\u003c", "<").replace("\\u003e", ">")


@pytest.mark.parametrize("palette", [style.LIGHT, style.DARK])
def test_every_row_meets_its_entry_and_the_sum_is_the_row(palette) -> None:
    fig = embeddings.lookup(W, 2, NAMES, palette)
    heat, hot, text = fig.data
    assert [t.replace("<b>", "").replace("</b>", "") for t in hot.text] == ["0 ×", "0 ×", "1 ×", *["0 ×"] * 5]
    np.testing.assert_allclose(heat.z[:8], np.where(np.arange(8)[:, None] == 2, W, 0), rtol=1e-6)
    np.testing.assert_allclose(heat.z[-1], W[2], rtol=1e-6)
    assert np.isnan(heat.z[8]).all()
    assert heat.zmax == -heat.zmin == np.abs(W).max()
    assert text.text[6:9] == text.text[-3:]
    assert sorted(shape.y0 for shape in fig.layout.shapes) == [1.5, 8.5]
    assert HOSTILE not in drawn(fig)
    assert "Row 2, word 2, is multiplied by 1" in style.alt_of(fig)


def test_a_table_of_zeros_has_a_scale() -> None:
    assert embeddings.lookup(np.zeros((2, 2)), 0, ["a", "b"]).data[0].zmax == 1
    assert embeddings.table(np.zeros((2, 2)), ["a", "b"], ["a", "b"], title="n", what="count").data[0].zmax == 1


@pytest.mark.parametrize("columns", [4, 20])
def test_a_table_shows_what_it_was_given_and_writes_it_where_it_fits(columns) -> None:
    X = np.arange(5 * columns).reshape(5, columns)
    rows = [f"row {n}" for n in range(5)]
    fig = embeddings.table(X, rows, [HOSTILE, *(f"c{n}" for n in range(1, columns))], title="Counts", what="count")
    np.testing.assert_array_equal(fig.data[0].z, X)
    assert fig.layout.yaxis.range == (4.5, -0.5)
    if columns == 4:
        assert fig.data[1].text[:3] == ("·", "1", "2")
        assert fig.data[1].y[-1] == "row 4"
    else:
        assert len(fig.data) == 1
    assert HOSTILE not in drawn(fig)
    alt = style.alt_of(fig)
    assert f"{X.max()}" in alt
    assert f"row 4 near c{columns - 1}" in alt


def corner(who: tuple[int, int, int, int], names=NAMES):
    seen = words.seen_from(W, *who[:3])
    return seen, arithmetic.parallelogram(seen, arithmetic.Corners(*who), names, range(8))


def test_the_two_arrows_are_one_difference() -> None:
    seen, fig = corner((1, 2, 3, 4))
    one, other = [t for t in fig.data if t.mode == "lines+markers"]
    steps = [np.array([t.x[1] - t.x[0], t.y[1] - t.y[0]]) for t in (one, other)]
    np.testing.assert_allclose(steps[0], steps[1], atol=1e-12)
    assert np.linalg.norm(steps[0]) == pytest.approx(np.linalg.norm(W[1] - W[2]))
    np.testing.assert_allclose([other.x[0], other.y[0]], seen.at[3], atol=1e-12)
    others, star = fig.data[0], fig.data[-1]
    assert len(others.x) == 4
    assert star.marker.symbol == ("circle", "circle", "circle", "star")
    for axis, f in ((fig.layout.xaxis, 0), (fig.layout.yaxis, 1)):
        assert axis.range[0] < seen.at[[0, 1, 2, 3, 4, 5, 6, 7], f].min()
        assert axis.range[1] > seen.at[[0, 1, 2, 3, 4, 5, 6, 7], f].max()
    assert fig.layout.yaxis.scaleanchor == "x"
    apart = np.linalg.norm(W[1] - W[2] + W[3] - W[4])
    assert f"whose tip is {apart:.2f} from word 4" in style.alt_of(fig)


@pytest.mark.parametrize("who", [(1, 1, 1, 0), (1, 2, 2, 1), (3, 3, 0, 5)])
def test_words_given_twice_are_drawn_once(who) -> None:
    _, fig = corner(who)
    assert len(fig.data[-1].x) == len(set(who))
    assert HOSTILE not in drawn(fig)


def test_the_first_answer_that_counts_stands_out() -> None:
    cosines = np.array([0.9, 0.8, 0.7])
    fig = arithmetic.ranked(["a", HOSTILE, "c"], cosines, [True, False, False], title="Nearest")
    bar = fig.data[0]
    np.testing.assert_allclose(bar.x, cosines, rtol=1e-6)
    p = style.LIGHT
    assert bar.marker.color == (p.missing, p.highlight, p.neutral)
    assert fig.layout.yaxis.ticktext[0] == "a (given)"
    assert HOSTILE not in drawn(fig)
    assert "a (given) 0.90" in style.alt_of(fig)


def test_shares_are_percent_and_bounds_stay_out_of_the_legend() -> None:
    bound = shares.Curve("by chance", [0.02, 0.02], "#111111", "dot", "")
    curves = [shares.Curve("right", [0.1, 0.5], "#000000"), bound]
    fig = shares.shares([2, 4], curves, title="Shares", along="k", y="%", at=4)
    np.testing.assert_allclose(fig.data[0].y, [10, 50])
    assert [t.showlegend for t in fig.data] == [True, False, False]
    assert (fig.data[2].x, fig.data[2].y) == ((4,), (50.0,))
    assert "right: 10% at k 2, 50% at k 4" in style.alt_of(fig)
    assert len(shares.shares([2, 4], curves, title="Shares", along="k", y="%", at=3).data) == 2
    fig = shares.bars(["real", "planted"], curves, title="Shares", y="%")
    assert fig.data[0].text == ("10%", "50%")
    assert "planted: right 50%, by chance 2%" in style.alt_of(fig)
