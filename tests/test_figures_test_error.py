"""The pictures of chapter 13: every number drawn is one that was computed, and what leaves the picture is said."""

import numpy as np
import pytest

from mfcore import contest, data, leaks, trap
from mfcore.contest import Fit
from mfcore.entrants import BASELINES
from mfview.figures import contest as tables
from mfview.figures import test_error as figures
from mfview.style import DARK, LIGHT, alt_of

TINY = data.load("tiny")[0]
TRAIN, TEST = TINY.split(test=0.2, seed=0)
USERS = [str(u) for u in TINY.user_ids]
RNG = np.random.default_rng(0)
FOUND = trap.Errors(*RNG.random((4, 5)))
WIDTHS = [1, 2, 4, 8, 16]
LEAKS = (leaks.Leak("μ", 1.1, 1.09), leaks.Leak("item means", 1.0, 0.8))


def fits(folds=3):
    made = [Fit(name, f, False, "", (2.0 - 0.1 * n + 0.01 * f,), 0, 0.1, 3) for f in range(folds)
            for n, name in enumerate(BASELINES)]  # fmt: skip
    for f in range(folds):
        made.append(Fit("ALS", f, False, "λ = 3", (3.0, 1.6, 1.3 + 0.02 * f, 1.4), 2, 1.5, 100))
        made.append(Fit("ALS without λ", f, False, "k = 1", (5.0, 40.0, 50.0 + f), 2, 0.5, 90))
    return made


ROWS = contest.rows(fits())


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_figure_has_a_title_axes_and_a_text_alternative(palette):
    for fig in (
        figures.cells(TRAIN, TEST, "Train in", USERS, palette),
        figures.curves(WIDTHS, FOUND, 2, 1.1, title="Wider", axis="hidden units", log=True, palette=palette),
        figures.leaks(LEAKS, palette),
        tables.dots(ROWS, palette),
        tables.learning(ROWS, "ALS", palette),
    ):
        assert fig.layout.title.text
        assert len(alt_of(fig)) > 60
        assert fig.layout.xaxis.title.text
        assert fig.layout.font.color == palette.ink
        assert len(fig.to_json()) < 60_000


def drawn(fig):
    return {t.name: set(zip(np.asarray(t.y).tolist(), np.asarray(t.x).tolist(), strict=True)) for t in fig.data}


@pytest.mark.parametrize(("fed", "leaked"), [(TRAIN, 0), (TEST, TEST.n), (TINY, TEST.n)])
def test_cells_say_what_is_fed_and_what_is_scored(fed, leaked):
    fig = figures.cells(fed, TEST, "A way", USERS)
    at = drawn(fig)
    into = set(zip(fed.i.tolist(), fed.j.tolist(), strict=True))
    out = set(zip(TEST.i.tolist(), TEST.j.tolist(), strict=True))
    assert at["fed in"] == into - out
    assert at["scored"] == out - into
    assert at["fed in and scored"] == into & out
    assert len(into & out) == leaked
    assert len(at["hole"]) == TINY.N * TINY.M - len(into | out)
    given = {(int(i), int(j)): r for i, j, r in zip(TINY.i, TINY.j, TINY.r, strict=True)}
    numbers = fig.data[-1]
    for x, y, text in zip(numbers.x, numbers.y, numbers.text, strict=True):
        assert text == f"{given[int(y), int(x)]:g}"
    assert f"{leaked} are both" in alt_of(fig)


@pytest.mark.parametrize("log", [True, False])
def test_curves_that_are_cut_leave_room_for_what_is_to_come(log):
    whole = figures.curves(WIDTHS, FOUND, 3, 1.1, title="Wider", axis="hidden units", log=log)
    for first in (1, 2):
        fig = figures.curves(WIDTHS, FOUND, 3, 1.1, title="Wider", axis="hidden units", log=log, first=first)
        for trace, ys in zip(fig.data[:3], (FOUND.test, FOUND.framework, FOUND.leak), strict=True):
            np.testing.assert_allclose(trace.y, ys[:first], rtol=1e-4)
        assert [trace.name for trace in fig.data[3:]] == ["lowest test error"] * (first > 1)
        assert fig.layout.xaxis.range == whole.layout.xaxis.range
        assert fig.layout.yaxis.range == whole.layout.yaxis.range
        assert f"{FOUND.test[first - 1]:.3f}" in alt_of(fig)
        assert f"{FOUND.test[-1]:.3f}" not in alt_of(fig)
    low, high = whole.layout.xaxis.range
    assert low < (0 if log else 1)
    assert high > (np.log10(16) if log else 16)


def test_curves_are_the_errors_and_the_star_is_the_lowest():
    fig = figures.curves(WIDTHS, FOUND, 3, 1.1, title="Wider", axis="hidden units", log=True)
    honest, framework, leak, star = fig.data
    for trace, ys in ((honest, FOUND.test), (framework, FOUND.framework), (leak, FOUND.leak)):
        np.testing.assert_allclose(trace.y, ys, rtol=1e-4)
        assert list(trace.x) == WIDTHS
    low = int(np.argmin(FOUND.test))
    assert (star.x[0], star.y[0]) == (WIDTHS[low], pytest.approx(FOUND.test[low], rel=1e-4))
    lines = [(shape.x0, shape.x1) for shape in fig.layout.shapes if shape.x0 == shape.x1]
    assert lines == [(WIDTHS[3], WIDTHS[3])]
    assert any(shape.y0 == shape.y1 == 1.1 for shape in fig.layout.shapes)


def test_leaks_are_drawn_with_both_ends():
    _, leaked, clean = figures.leaks(LEAKS).data
    np.testing.assert_allclose(leaked.x, [leak.leaked for leak in LEAKS], rtol=1e-4)
    np.testing.assert_allclose(clean.x, [leak.clean for leak in LEAKS], rtol=1e-4)
    assert list(clean.y) == [leak.name for leak in LEAKS]
    assert "item means, 0.800 in place of 1.000" in alt_of(figures.leaks(LEAKS))


def test_dots_are_means_with_their_spread_best_first():
    fig = tables.dots(ROWS)
    by_trace = {trace.name: trace for trace in fig.data}
    own = {row.name: row for row in ROWS}
    for label in ("model", "baseline"):
        trace = by_trace[label]
        for name, x, off in zip(trace.y, trace.x, trace.error_x.array, strict=True):
            assert x == pytest.approx(own[name].test, rel=1e-4)
            assert off == pytest.approx(own[name].spread, rel=1e-4)
    assert list(by_trace["model"].y) == ["ALS"]
    assert len(by_trace["a fold"].x) == 3 * (len(BASELINES) + 1)
    assert list(fig.layout.yaxis.categoryarray)[::-1] == [row.name for row in sorted(ROWS, key=lambda row: row.test)]
    assert len(fig.layout.shapes) == len(BASELINES)
    assert fig.layout.title.text.endswith("mean of 3 folds")


def test_what_leaves_the_picture_is_written_at_its_edge():
    fig = tables.dots(ROWS)
    (edge,) = [trace for trace in fig.data if trace.mode == "text"]
    assert (list(edge.y), list(edge.text)) == (["ALS without λ"], ["51 ▶"])
    assert "ALS without λ" in alt_of(fig)


def test_one_split_has_no_folds_to_show():
    fig = tables.dots(contest.rows(fits(1)))
    assert "a fold" not in {trace.name for trace in fig.data}
    assert fig.layout.title.text.endswith("one split")


def test_the_chosen_curve_stands_out_and_its_end_is_marked():
    fig = tables.learning(ROWS, "ALS")
    curves = {trace.name: trace for trace in fig.data}
    row = next(row for row in ROWS if row.name == "ALS")
    np.testing.assert_allclose(curves["ALS"].y, row.curve[1:], rtol=1e-4)
    assert list(curves["ALS"].x) == [1, 2, 3]
    assert curves["ALS"].line.color == LIGHT.test
    assert curves["ALS without λ"].line.color == LIGHT.quiet
    ends = curves["a fold's end, chosen in training"]
    assert list(ends.x) == [2, 2, 2]
    np.testing.assert_allclose(ends.y, row.tests, rtol=1e-4)


def test_a_curve_that_is_not_there_yet_leaves_the_others():
    fig = tables.learning(contest.rows(fits()[:4]), "ALS")
    assert not fig.data
    assert fig.layout.title.text.endswith("ALS")


@pytest.mark.parametrize("folds", [1, 3])
def test_an_entrant_that_diverged_is_said_to_have(folds):
    everywhere, once = "ALS", ("ALS without λ", folds - 1)
    made = [
        fit._replace(rmse=(5.0, *[np.inf] * (len(fit.rmse) - 1))) if everywhere == fit.name or fit[:2] == once else fit
        for fit in fits(folds)
    ]
    rows = {row.name: row for row in contest.rows(made)}
    said = {name: "diverged" if folds == 1 else f"diverged on {n} of 3 folds" for name, n in
            (("ALS", folds), ("ALS without λ", 1))}  # fmt: skip
    for name, words in said.items():
        assert rows[name].test == rows[name].spread == np.inf
        assert tables.lost(rows[name]) == words
    assert tables.lost(rows[BASELINES[0]]) == ""
    fig = tables.dots(list(rows.values()))
    assert {f"{words} ▶" for words in said.values()} == {text for trace in fig.data for text in trace.text or ()}
    assert all(words in alt_of(fig) for words in said.values())
    assert "inf" not in alt_of(fig)
