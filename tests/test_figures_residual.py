"""Pictures of two branches: every number drawn is one that was found, and parts add up to the whole."""

import numpy as np
import pytest

from mfcore.branches import Look
from mfview.figures import residual as figures
from mfview.figures.residual import Share
from mfview.style import DARK, LIGHT, alt_of

LOOKS = [
    Look(t, 10.0 - t, train, valid, test, 0.9, 0.1 * t, t < 3, None)
    for t, (train, valid, test) in enumerate([(0.8, 0.95, 0.9), (0.6, 0.7, 0.72), (0.5, 0.65, 0.66), (0.4, 0.7, 0.71)])
]
SHARES = [Share("μ", 3.5), Share("b", -0.4), Share("c", 0.3), Share("wᵀu", 0.2), Share("network", -0.1)]
RNG = np.random.default_rng(0)
CELLS = RNG.normal(3, 1, (6, 8))


def every(palette):
    return (
        figures.stopping(LOOKS, 0.9, 0.3, palette),
        figures.stopping(LOOKS, 0.9, None, palette),
        figures.cells(CELLS, "Truth", palette, span=(1.0, 5.0)),
        figures.cells(CELLS - 3, "Network", palette),
        figures.against(CELLS[0], CELLS[1] - 3, CELLS[2], palette),
        figures.stacked(SHARES, 4.0, palette),
        figures.slipped(LOOKS, LOOKS[:2], palette),
    )


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_figure_has_a_title_axes_and_a_text_alternative(palette):
    for fig in every(palette):
        assert fig.layout.title.text
        assert len(alt_of(fig)) > 60
        assert fig.layout.xaxis.title.text
        assert fig.layout.font.color == palette.ink
        assert len(fig.to_json()) < 60_000


def test_stopping_draws_all_parts_and_a_star_at_the_epoch_that_is_kept():
    fig = figures.stopping(LOOKS, 0.9, 0.3)
    drawn = {trace.name: trace for trace in fig.data}
    for name in ("train", "test"):
        np.testing.assert_allclose(drawn[name].y, [getattr(look, name) for look in LOOKS], rtol=1e-5)
    np.testing.assert_allclose(drawn["validation"].y, [look.valid for look in LOOKS], rtol=1e-5)
    np.testing.assert_allclose(drawn["MF alone, test"].y, 0.9, rtol=1e-5)
    np.testing.assert_allclose(drawn["noise σ"].y, 0.3, rtol=1e-5)
    assert (drawn["kept"].x[0], drawn["kept"].y[0]) == (2, pytest.approx(0.65))
    assert "epoch 2" in fig.layout.title.text
    assert "0.660" in alt_of(fig)
    assert len(figures.stopping(LOOKS, 0.9, None).data) == len(fig.data) - 1
    luck = figures.stopping([look._replace(kept=look.t == 0) for look in LOOKS], 0.9, 0.3)
    assert next(trace for trace in luck.data if trace.name == "kept").x[0] == 0
    assert "epoch 0" in luck.layout.title.text


def test_stars_share_one_scale_and_signed_shares_have_0_in_the_middle():
    stars, signed = figures.cells(CELLS, "Truth", span=(1.0, 5.0)), figures.cells(CELLS - 3, "Network")
    assert (stars.data[0].zmin, stars.data[0].zmax) == (1.0, 5.0)
    assert signed.data[0].zmin == -signed.data[0].zmax == -np.abs(CELLS - 3).max()
    np.testing.assert_allclose(np.asarray(stars.data[0].z)[0], CELLS[-1], atol=1e-3)  # drawn from below


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_a_share_of_next_to_nothing_looks_like_nothing(palette):
    for z in (np.zeros((4, 5)), np.full((4, 5), -0.01)):
        drawn = figures.cells(z, "Network", palette).data[0]
        assert drawn.zmax == -drawn.zmin == figures.LEAST
        assert drawn.colorbar.ticktext == ("−0.50", "−0.25", "0", "+0.25", "+0.50")
    assert figures.cells(np.full((4, 5), 0.8), "Network", palette).data[0].zmax == 0.8


@pytest.mark.parametrize("floor", [0.3, None])
@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_the_three_parts_and_the_lines_across_can_be_told_apart(palette, floor):
    fig = figures.stopping(LOOKS, 0.9, floor, palette)
    drawn = {trace.name: trace for trace in fig.data}
    looks = [(drawn[name].line.color, drawn[name].line.dash, drawn[name].marker.symbol) for name in figures.PARTS]
    assert len({colour for colour, *_ in looks}) == len({symbol for *_, symbol in looks}) == 3
    assert drawn["train"].line.color == palette.train
    assert drawn["test"].line.color == palette.test
    assert drawn["train"].visible == (True if floor else "legendonly")
    assert fig.layout.xaxis.dtick == 1


def test_a_rating_s_line_says_which_part_it_is_in():
    colours = [figures.stacked(SHARES, 4.0, DARK, part=part).layout.shapes[0].line.color for part in figures.PARTS]
    assert colours[0] == DARK.train
    assert colours[2] == DARK.test
    assert len({*colours}) == 3
    bars = figures.stacked(SHARES, 4.0, DARK).data[0].marker.color
    assert not {DARK.train, DARK.test} & {*bars}


def test_shares_are_drawn_against_each_other_and_thinned_evenly():
    n = 2 * figures.MOST_POINTS + 1
    mf, network, r = RNG.normal(3, 1, n), RNG.normal(0, 1, n), np.ones(n)
    points = figures.against(mf, network, r).data[0]
    assert len(points.x) <= figures.MOST_POINTS
    np.testing.assert_allclose(points.x, mf[::3], rtol=1e-4)
    np.testing.assert_allclose(points.y, network[::3], rtol=1e-4)


@pytest.mark.parametrize("rating", [4.0, None])
def test_each_bar_begins_where_the_one_before_it_ends(rating):
    fig = figures.stacked(SHARES, rating)
    bars = fig.data[0]
    base, length = np.array(bars.base), np.array(bars.x)
    ends = np.cumsum([share.stars for share in SHARES])
    np.testing.assert_allclose((base + length)[:-1], ends, rtol=1e-5)
    np.testing.assert_allclose(base[1:-1], ends[:-1], rtol=1e-5)
    assert (base + length)[-1] == pytest.approx(ends[-1])
    assert base[0] == base[-1] == 0
    assert bars.text[1] == "−0.40"
    assert len(fig.layout.shapes) == (rating is not None)
    assert f"{ends[-1]:.2f}" in alt_of(fig)


def test_both_targets_are_drawn_as_far_as_they_went():
    right, written = figures.slipped(LOOKS, LOOKS[:2]).data
    np.testing.assert_allclose(right.y, [look.test for look in LOOKS], rtol=1e-5)
    assert list(written.x) == [0, 1]


def test_one_target_is_drawn_alone_where_the_other_is_not_known():
    fig = figures.slipped(LOOKS, ())
    assert list(fig.data[0].y) == pytest.approx([look.test for look in LOOKS])
    assert not len(fig.data[1].x)
    assert "r̂ − MF" not in alt_of(fig)
