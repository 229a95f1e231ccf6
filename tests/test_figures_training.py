"""Figures of chapter 3: every number drawn is the library's, every figure says what it shows, loads stay small."""

import numpy as np
import plotly.graph_objects as go
import pytest

from mfcore import als, data, interpret, run, undetermined
from mfview.figures import fitted, microscope, row, too_few, training
from mfview.figures.layout import ink_on, minus, rounded
from mfview.style import DARK, LIGHT, alt_of, signed

PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])


@pytest.fixture(scope="module")
def tiny():
    R, films = data.load("tiny")
    cfg = als.Config(k=2, lam=0.0, biases=False)
    start = next(run.steps(als, R, cfg, 0))
    return R, [films.label(j) for j in range(R.M)], cfg, list(als.row_steps(start, R, cfg))


@pytest.fixture(scope="module")
def fit():
    R, films = data.load("planted")
    train, test = R.split(seed=0)
    cfg = als.Config(k=3, lam=1.0, biases=False)
    points, states = zip(*run.trace(als, train, test, cfg, 4), strict=True)
    return train, test, [films.label(j) for j in range(R.M)], points, states


def tables(tiny, n, palette=LIGHT) -> go.Figure:
    R, films, _, steps = tiny
    step, i, j = steps[n], *np.indices((R.N, R.M))
    gathered = R.Psi(step.at) if step.block == "W" else R.Omega(step.at)
    lit = microscope.Lit(step.block, step.at, gathered)
    s = step.after
    return microscope.tables(R, s.W, s.U, als.predict(s, i, j), films, 3.0, lit, palette)


def every_figure(tiny, fit, palette) -> list[go.Figure]:
    R, films, _, steps = tiny
    _, test, titles, points, states = fit
    s, t = steps[0].after, states[-1]
    short = als.row(
        next(run.steps(als, R, als.Config(k=4, lam=0.0, biases=False), 0)), R, als.Config(k=4, lam=0.0, biases=False), 5
    )
    a = np.linspace(-1, 1, 5)
    family = undetermined.family(short, a)
    w, u = t.W[0], t.U[0]
    psi, r = R.of_user(0)
    return [
        tables(tiny, 0, palette),
        row.row_fit([films[j] for j in psi], r, r + 1, r, "Ana", palette),
        row.objective([100.0, 10.0, 1.0, 0.0], 2, 14, palette),
        training.losses(points, True, palette),
        training.objective(points, False, palette),
        training.factors(
            [(0, states[0].W[:4], states[0].U[:5]), (1, t.W[:4], t.U[:5])], list("abcd"), list("vwxyz"), palette
        ),
        fitted.pair(w, u, interpret.contributions(w, u), palette, user="1", film="F"),
        fitted.settling(np.array([1.0, 2.0]), 3.0, palette, user="1", film="F"),
        fitted.agreement(als.predict(t, test.i, test.j), test.r.round(), palette),
        fitted.ends(*interpret.extremes(t.U, 0, 3), t.U[:, 0], titles, 0, palette),
        too_few.family(a, family @ s.U[:, [0, 1, 0, 1]].T, films, [True] * 3 + [False] * 5, "Ana", palette),
        too_few.lengths(a, interpret.norm(family), palette),
        too_few.against_k([1, 2], {"0": [1.0, 2.0], "5": [1.0, 1.0]}, "Error", "stars", palette.test, palette),
    ]


@PALETTES
def test_every_figure_has_a_title_axes_and_a_text_alternative(tiny, fit, palette) -> None:
    for fig in every_figure(tiny, fit, palette):
        assert fig.layout.title.text
        assert len(alt_of(fig)) > 60
        titled = [axis.title.text for axis in (*fig.select_xaxes(), *fig.select_yaxes()) if axis.title.text]
        assert titled, fig.layout.title.text
        assert fig.layout.font.color == palette.ink
        assert len(fig.to_json()) < 60_000


@pytest.mark.parametrize("n", [0, 7], ids=["a user's row", "a film's row"])
def test_the_tables_print_the_numbers_of_the_state(tiny, n) -> None:
    R, _, _, steps = tiny
    s, fig = steps[n].after, tables(tiny, n)
    W, Ut, r, holes, ratings, predictions = fig.data
    np.testing.assert_allclose(W.z, s.W, rtol=1e-6)
    np.testing.assert_allclose(Ut.z, s.U.T, rtol=1e-6)
    assert [list(row) for row in W.text] == [[signed(x) for x in row] for row in s.W]
    assert len(ratings.text) == R.n
    np.testing.assert_array_equal(np.asarray(r.z)[R.i, R.j], R.r)
    assert np.isfinite(r.z).sum() == R.n
    assert np.isfinite(holes.z).sum() == R.N * R.M - R.n
    at = {(round(y - 0.24), x): text for x, y, text in zip(predictions.x, predictions.y, predictions.text, strict=True)}
    assert at == {(i, j): minus(f"{s.W[i] @ s.U[j]:.1f}") for i in range(R.N) for j in range(R.M)}


@pytest.mark.parametrize("n", [0, 7], ids=["a user's row", "a film's row"])
def test_frames_lie_around_the_solved_row_and_what_it_was_made_from(tiny, n) -> None:
    R, _, _, steps = tiny
    step, shapes = steps[n], tables(tiny, n).layout.shapes
    solved = [f for f in shapes if f.line.color == LIGHT.highlight]
    assert len(solved) == 1
    low = solved[0].y0 if step.block == "W" else solved[0].x0
    assert low == step.at - 0.5
    gathered = R.Psi(step.at) if step.block == "W" else R.Omega(step.at)
    cells = {(f.x0, f.y0) for f in shapes if f.xref == "x2" and f.yref == "y"}
    pairs = [(j, step.at) if step.block == "W" else (step.at, j) for j in gathered]
    assert cells == {(x - 0.5, y - 0.5) for x, y in pairs}
    assert len(shapes) == 1 + 2 * len(gathered)
    assert all(f.x1 - f.x0 == (1 if f.xref == "x2" else 2) for f in shapes)
    assert all(f.y1 - f.y0 == (1 if f.yref == "y" else 2) for f in shapes)


def test_nothing_is_lit_at_the_start(tiny) -> None:
    R, films, _, steps = tiny
    s, (i, j) = steps[0].before, np.indices((R.N, R.M))
    fig = microscope.tables(R, s.W, s.U, als.predict(s, i, j), films, 3.0, None)
    assert not fig.layout.shapes
    assert "Lit" not in alt_of(fig)


def test_losses_are_the_points_with_markers_at_the_ends_of_sweeps(fit) -> None:
    points = fit[3]
    train, test = training.losses(points, False).data
    np.testing.assert_allclose(train.y, [p.train for p in points], rtol=1e-4)
    np.testing.assert_allclose(test.y, [p.test for p in points], rtol=1e-4)
    assert list(train.x) == [n / 2 for n in range(len(points))]
    assert [size > 0 for size in train.marker.size] == [n % 2 == 0 for n in range(len(points))]
    assert train.line.color == LIGHT.train
    assert test.line.color == LIGHT.test


def test_a_log_scale_has_at_least_two_labels_in_view(fit) -> None:
    fig = training.losses(fit[3], True)
    low, high = (f(p.train for p in fit[3]) for f in (min, max))
    assert sum(low <= tick <= high for tick in fig.layout.yaxis.tickvals) >= 2


@pytest.mark.parametrize("train", [(3.7, 3.54), (3.7, 0.7), (2e3, 0.3), (3.0, 1e-16)], ids=str)
def test_a_log_scale_is_readable_whatever_it_spans(fit, train) -> None:
    points = [p._replace(train=y, test=3.6, J=1e5 * y) for p, y in zip(fit[3][::2], train, strict=False)]
    for fig in (training.losses(points, True), training.objective(points, True)):
        y = np.concatenate([line.y for line in fig.data])
        labelled = [x for x in fig.layout.yaxis.tickvals if y.min() <= x <= y.max()]
        assert 2 <= len(labelled) <= 8
        assert y.max() <= 1.1e6 * y.min()


@pytest.mark.parametrize(("low", "high"), [(1e-9, 1e3), (3e-14, 40.0), (2e-200, 5e200), (0.98, 1.01), (1.263, 1.345)])
def test_a_log_scale_never_runs_out_of_round_numbers(low, high) -> None:
    ticks = training.scale(True, "~g", np.array([low, high]))["tickvals"]
    assert 2 <= sum(low <= tick <= high for tick in ticks) <= 8
    assert all(tick > 0 for tick in ticks)


@pytest.mark.parametrize("value", [1.0, 0.733, 3e-9, 4.2e6])
def test_a_level_line_stands_between_a_handful_of_ticks(value) -> None:
    axis = training.scale(True, "~g", np.array([value, 1.0001 * value]))
    low, high = 10 ** np.array(axis["range"])
    assert low < value < high < 1.2 * low
    assert 2 <= sum(low <= tick <= high for tick in axis["tickvals"]) <= 8
    assert len(axis["tickvals"]) < 60


def test_every_frame_holds_its_sweep_on_one_scale(fit) -> None:
    states = fit[4]
    frames = [(t, states[t].W[:4], states[t].U[:5]) for t in (0, 3, 6)]
    fig = training.factors(frames, list("abcd"), list("vwxyz"))
    for frame, (t, W, U) in zip(fig.frames, frames, strict=True):
        assert frame.name == str(t)
        np.testing.assert_allclose(frame.data[0].z, W.T, atol=6e-4)
        np.testing.assert_allclose(frame.data[1].z, U.T, atol=6e-4)
    assert [s.label for s in fig.layout.sliders[0].steps] == [f.name for f in fig.frames]
    assert {(h.zmin, h.zmax) for h in fig.data} == {(fig.data[0].zmin, -fig.data[0].zmin)}


def test_the_agreement_reaches_ratings_beyond_five_stars() -> None:
    r = np.array([-2.0, 60.0, 100.0])
    fig = fitted.agreement(r, r)
    heat = fig.data[0]
    for n, rating in enumerate(r):
        assert abs(heat.y[int(np.argmax(heat.customdata[:, n]))] - rating) <= (heat.y[1] - heat.y[0]) / 2
    assert fig.layout.yaxis.range[0] < -2
    assert fig.layout.yaxis.range[1] > 100


def test_each_column_of_the_agreement_adds_up_and_extremes_are_counted() -> None:
    r = np.array([1.0, 1.0, 1.0, 4.0, 4.0])
    fig = fitted.agreement(np.array([1.0, -50.0, 90.0, 4.0, 4.1]), r)
    share = np.nan_to_num(np.asarray(fig.data[0].z, float))
    np.testing.assert_allclose(share.sum(axis=0), 1.0, atol=1e-3)
    assert np.asarray(fig.data[0].customdata).sum() == len(r)
    assert share[0, 0] == share[-1, 0] == pytest.approx(1 / 3, abs=1e-3)


def test_the_ends_are_the_extremes_highest_first(fit) -> None:
    U, titles = fit[4][-1].U, fit[2]
    low, high = interpret.extremes(U, 1, 4)
    fig = fitted.ends(low, high, U[:, 1], titles, 1)
    np.testing.assert_allclose(fig.data[0].x, sorted(fig.data[0].x, reverse=True))
    assert fig.data[0].x[0] == pytest.approx(U[:, 1].max(), rel=1e-4)
    assert fig.data[0].x[-1] == pytest.approx(U[:, 1].min(), rel=1e-4)


def test_titles_cannot_format_a_figure() -> None:
    fig = fitted.ends(np.array([0]), np.array([1]), np.array([-1.0, 1.0]), ["<b>Bold</b>", "Plain"], 0)
    assert list(fig.layout.yaxis.ticktext) == ["Plain", "&lt;b&gt;Bold&lt;/b&gt;"]


def test_labels_keep_their_order_and_their_distance() -> None:
    values = np.array([3.0, 1.0, 1.0, 1.05])
    places = too_few._apart(values, 0.5)
    assert list(np.argsort(places, kind="stable")) == list(np.argsort(values, kind="stable"))
    assert np.diff(np.sort(places)).min() >= 0.5 - 1e-12


@PALETTES
@pytest.mark.parametrize("share", np.linspace(0, 1, 19))
def test_ink_stands_out_on_every_rating(palette, share) -> None:
    from plotly.colors import sample_colorscale, unlabel_rgb

    def luminance(rgb: tuple[float, ...]) -> float:
        linear = [c / 255 / 12.92 if c / 255 <= 0.03928 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
        return float(np.dot([0.2126, 0.7152, 0.0722], linear))

    ink = ink_on(palette.sequential, float(share)).lstrip("#")
    a = luminance(tuple(int(ink[n : n + 2], 16) for n in (0, 2, 4)))
    b = luminance(unlabel_rgb(sample_colorscale([list(s) for s in palette.sequential], [float(share)])[0]))
    assert (max(a, b) + 0.05) / (min(a, b) + 0.05) >= 4.5


def test_rounding_keeps_five_digits_of_every_size() -> None:
    np.testing.assert_allclose(rounded([1.234567e-7, 123456.7]), [1.2346e-7, 123460.0], rtol=1e-6)
