"""Figures of chapter 4: every number drawn is the library's, every figure says what it shows, loads stay small."""

import numpy as np
import plotly.graph_objects as go
import pytest

from mfcore import als, data, explained, fit, trace
from mfcore.explained import KINDS, Share
from mfview import labels
from mfview.figures import bias_fits, biases
from mfview.style import DARK, LIGHT, alt_of, signed

SHARES = {"+ b": Share(0.2, 0.15), "+ c": Share(0.5, 0.4), "+ wᵀu": Share(0.8, 0.3)}
PARTS = np.array([[0.02, 0.0], [0.001, 0.3]])


@pytest.fixture(scope="module")
def fitted():
    R, films = data.load("planted")
    train, test = R.split(seed=0)
    s = fit(als, train, als.Config(k=3, lam=1.0), 4)
    return train, test, s, [films.label(j) for j in range(R.M)]


def crowd(fitted, palette=LIGHT, chosen=3) -> go.Figure:
    train, _, s, titles = fitted
    return biases.films(s.c, explained.spread(s, train), np.arange(0, train.M, 2), titles, chosen, palette)


def runs(fitted):
    train, test, _, _ = fitted
    both = {"in turn": als.Config(k=2, lam=1.0), "together": als.Config(k=2, lam=1.0, joint=True)}
    return {name: [p for p, _ in trace(als, train, test, cfg, 3)] for name, cfg in both.items()}


def every_figure(fitted, palette) -> list[go.Figure]:
    x, y = explained.scatter(3.5, 0)
    lines = [explained.line(x, y, intercept=intercept) for intercept in (False, True)]
    curves = dict(zip(KINDS, ([1.2, 1.3], [1.0, 0.9], [0.9]), strict=True))
    none = dict.fromkeys(KINDS, ())
    cloud = np.array([-0.1, 0.2]), np.array([0.3])
    return [
        biases.line(x, y, *lines, palette),
        biases.stairs(SHARES, palette),
        crowd(fitted, palette),
        biases.one_film(cloud, cloud, "F", palette),
        bias_fits.errors([1, 2], curves, 1.06, (0.8, 1.4), "train", "k", palette),
        bias_fits.errors([1, 2], none, 1.06, (0.8, 1.4), "held out", "sweep", palette),
        bias_fits.blocks(runs(fitted), True, palette),
        bias_fits.missed(PARTS, palette),
    ]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_figure_has_a_title_axes_and_a_text_alternative(fitted, palette) -> None:
    for fig in every_figure(fitted, palette):
        assert fig.layout.title.text
        assert len(alt_of(fig)) > 60
        titled = [axis.title.text for axis in (*fig.select_xaxes(), *fig.select_yaxes()) if axis.title.text]
        assert titled, fig.layout.title.text
        assert fig.layout.font.color == palette.ink
        assert len(fig.to_json()) < 60_000


def test_the_lines_pass_through_what_they_are_said_to() -> None:
    x, y = explained.scatter(2.0, 3)
    through, free = (explained.line(x, y, intercept=intercept) for intercept in (False, True))
    _, first, second = biases.line(x, y, through, free).data
    for trace_, line in ((first, through), (second, free)):
        np.testing.assert_allclose(trace_.y, line.m * np.array(trace_.x) + line.b, rtol=1e-4)


def test_each_stair_stands_on_the_one_before_and_the_rest_reaches_1() -> None:
    bars = biases.stairs(SHARES).data
    for n, stairs in enumerate(bars):
        tops = np.array([share[n] for share in SHARES.values()])
        np.testing.assert_allclose(stairs.base, [0, *tops], atol=1e-6)
        np.testing.assert_allclose(np.array(stairs.base) + np.array(stairs.y), [*tops, 1], rtol=1e-5)
        assert list(stairs.text) == [*map(signed, np.diff(tops, prepend=0)), labels.decimal(1 - tops[-1])]
    assert bars[1].text[2].startswith("−")


def test_a_model_far_worse_than_the_mean_does_not_flatten_the_stairs() -> None:
    low, high = biases.stairs({**SHARES, "+ wᵀu": Share(0.9, -25_000.0)}).layout.yaxis.range
    assert -1 < low < 0 < high


def test_films_stand_at_their_bias_and_spread_and_a_click_names_them(fitted) -> None:
    train, _, s, titles = fitted
    spread = explained.spread(s, train)
    for cloud in crowd(fitted).data:
        drawn = np.asarray(cloud.customdata)
        np.testing.assert_allclose(cloud.x, s.c[drawn], rtol=1e-4)
        np.testing.assert_allclose(cloud.y, spread[drawn], rtol=1e-4)
        assert [text.split(":")[0] for text in cloud.hovertext] == [titles[j] for j in drawn]


@pytest.mark.parametrize("chosen", [0, 1, 7])
def test_films_of_both_kinds_and_the_chosen_one_are_named_outside_the_crowd_each_tied_to_its_dot(
    fitted, chosen
) -> None:
    train, _, s, titles = fitted
    spread = explained.spread(s, train)
    fig = crowd(fitted, chosen=chosen)
    assert list(fig.data[1].customdata) == [chosen]
    liked, divides = explained.extremes(s.c, spread, np.arange(0, train.M, 2), biases.NAMED)
    assert 0 < len(liked) <= biases.NAMED == len(divides)
    highest = max(spread[drawn].max() for cloud in fig.data for drawn in [np.asarray(cloud.customdata)])
    named = {chosen, *liked.tolist(), *divides.tolist()}
    by_name = {note.text: note for note in fig.layout.annotations}
    assert set(by_name) == {labels.short(titles[j], 24) for j in named}
    assert set(fig.data[2].customdata) == named - {chosen}
    for j in named:
        note = by_name[labels.short(titles[j], 24)]
        assert (note.x, note.y) == (s.c[j], spread[j])
        assert note.showarrow is not False
        assert note.ay > highest if spread[j] > abs(s.c[j]) else note.ay < 0
    heights = [note.ay for note in fig.layout.annotations]
    assert len(set(heights)) == len(heights)
    assert fig.layout.yaxis.range[0] < min(heights) < max(heights) < fig.layout.yaxis.range[1]
    assert min(fig.layout.yaxis.tickvals) == 0


def test_nothing_but_the_chosen_film_can_be_drawn(fitted) -> None:
    train, _, s, titles = fitted
    fig = biases.films(s.c, explained.spread(s, train), np.array([], int), titles, 2)
    assert [note.text for note in fig.layout.annotations] == [labels.short(titles[2], 24)]
    assert list(fig.data[1].customdata) == [2]


def test_vectors_that_are_next_to_nothing_are_drawn_as_such(fitted) -> None:
    train, _, s, titles = fitted
    fig = biases.films(s.c, np.full(train.M, 1e-9), np.arange(train.M), titles, 0)
    assert fig.layout.yaxis.range[1] >= biases.LEAST
    assert max(fig.layout.yaxis.tickvals) > 0


def test_runs_that_end_close_to_each_other_are_told_apart_above_the_lowest_j(fitted) -> None:
    points = runs(fitted)
    lowest = min(p.J for found in points.values() for p in found)
    fig = bias_fits.blocks(points, True)
    assert f"{lowest:,.0f}" in fig.layout.title.text
    for drawn, found in zip(fig.data, points.values(), strict=True):
        above = [p for p in found if lowest < p.J]
        np.testing.assert_allclose(drawn.y, [p.J - lowest for p in above], rtol=1e-4)
        assert [said.split("J = ")[1] for said in drawn.customdata] == [f"{p.J:,.5g}" for p in above]
    assert sum(len(drawn.y) for drawn in fig.data) == sum(map(len, points.values())) - 1


def test_every_block_of_both_runs_is_drawn_at_its_share_of_a_sweep(fitted) -> None:
    points = runs(fitted)
    for drawn, found in zip(bias_fits.blocks(points, False).data, points.values(), strict=True):
        np.testing.assert_allclose(drawn.y, [p.J for p in found], rtol=1e-4)
        assert drawn.x[0] == 0
        assert drawn.x[-1] == pytest.approx(3)


def test_curves_have_the_colour_of_their_part_and_kinds_a_dash_each() -> None:
    curves = dict.fromkeys(KINDS, (1.0, 0.9))
    for part, colour in (("train", LIGHT.train), ("held out", LIGHT.test)):
        *kinds, mean = bias_fits.errors([1, 2], curves, 1.06, (0.8, 1.4), part, "k").data
        assert {line.line.color for line in kinds} == {colour}
        assert len({(line.line.dash, line.marker.symbol) for line in kinds}) == 3
        np.testing.assert_allclose(mean.y, 1.06, rtol=1e-6)
