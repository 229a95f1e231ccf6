"""Figures of chapter 8: what is drawn is what was drawn, and every figure says what it shows."""

import numpy as np
import pytest

from mfcore import diagnostics
from mfcore.calibration import Group
from mfcore.chain import Draw, Rival
from mfview.figures import calibrated
from mfview.figures import posterior as figures
from mfview.style import DARK, LIGHT, alt_of

PALETTES = pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
RNG = np.random.default_rng(0)
R, SIGMA = RNG.normal(3.5, 0.3, 60), RNG.uniform(0.7, 0.8, 60)
NAMES, MEAN, DOUBT = ["A <b>", "B", "C"], np.array([3.0, 4.5, 2.0]), np.array([0.2, 0.6, 0.4])
ENDS, GIVEN = (MEAN - 1, MEAN + 1), np.array([5.0, np.nan, 2.5])
SHARES, BAYES, POINT = (0.5, 0.8), np.array([0.52, 0.81]), np.array([0.4, 0.7])
GROUPS = (Group(1, 4, 30, 0.6, 0.9), Group(5, 5, 40, 0.3, 0.7))
ROWS = np.zeros((1, 2))
DRAWS = [Draw(t, 1.5, 0.8, 1 - t / 100, 0.9 - t / 50 if t > 3 else np.nan, ROWS, ROWS, None) for t in range(1, 9)]
RIVALS = [Rival(1, 0.9, (1.0, 0.95)), Rival(8, 0.88, (1.4, 0.93))]


def every_figure(palette):
    return [
        figures.one_rating(R, SIGMA, 3.4, 4.0, palette, whose="User 1 and F"),
        figures.one_rating(R[:5], SIGMA[:5], 3.4, None, palette, whose="User 1 and F"),
        figures.by_count(np.arange(1, 31), RNG.uniform(size=30), 4, "F", palette),
        figures.intervals(NAMES, MEAN, DOUBT, ENDS, GIVEN, 0.8, palette),
        figures.chains(RNG.normal(size=(4, 30)), 5, "σ", "stars", 1.0, palette),
        calibrated.coverage(SHARES, BAYES, POINT, palette),
        calibrated.widths(GROUPS, "film", palette),
        calibrated.gathering(DRAWS, 3, 0.93, 10.0, palette),
        calibrated.gathering(DRAWS[:2], 3, 0.93, 10.0, palette),
        calibrated.against_k(RIVALS, (1.0, 5.0), palette),
    ]


@PALETTES
def test_every_figure_has_a_title_axes_and_a_text_alternative(palette) -> None:
    for fig in every_figure(palette):
        assert fig.layout.title.text
        assert len(alt_of(fig)) > 60
        assert "nan" not in alt_of(fig)
        assert fig.layout.xaxis.title.text
        assert fig.layout.font.color == palette.ink
        assert len(fig.to_json()) < 120_000


def test_draws_arrive_one_by_one_and_all_frames_have_one_scale() -> None:
    fig = figures.one_rating(R, SIGMA, 3.4, 4.0, whose="User 1 and F")
    assert [frame.name for frame in fig.frames] == [*map(str, range(1, 21)), "25", "30", "40", "50", "60"]
    assert [button.method for button in fig.layout.updatemenus[0].buttons] == ["animate"] * 2
    low, high = fig.layout.xaxis2.range
    for frame in fig.frames:
        n = int(frame.name)
        heap, ratings, path, band, mean, newest = frame.data
        wide = float(np.diff(heap.y)[0])
        assert sum(heap.x) == n
        assert np.dot(heap.x, heap.y) / n == pytest.approx(R[:n].mean(), abs=wide)
        np.testing.assert_allclose(path.y, R[:n], rtol=1e-4)
        np.testing.assert_allclose(mean.y, [R[:t].mean() for t in range(1, n + 1)], rtol=1e-4)
        assert (newest.x, newest.y) == ((n,), pytest.approx((R[n - 1],), rel=1e-4))
        assert low <= 0 < max(*heap.x, *ratings.x) < high
        assert frame.layout.xaxis.range[1] > n
        area = np.trapezoid(ratings.x, ratings.y) / len(R) / wide
        assert area == pytest.approx(1, abs=0.03)  # cut at 2.5 σ beyond the draws
        spread = R[:n].var() + np.mean(SIGMA[:n] ** 2)
        second = np.trapezoid(ratings.x * (ratings.y - R[:n].mean()) ** 2, ratings.y) / len(R) / wide
        assert second == pytest.approx(spread, rel=0.15)
        assert bool(len(band.x or ())) == (n >= 4)
        if n >= 4:
            assert np.ptp(np.asarray(band.y)[np.asarray(band.x) == n]) / 2 == pytest.approx(
                R[:n].std() / np.sqrt(diagnostics.ess(R[None, :n])), rel=1e-3
            )


def test_the_whole_is_shown_before_the_slider_is_touched() -> None:
    fig = figures.one_rating(R, SIGMA, 3.4, 4.0, whose="User 1 and F")
    for shown, last in zip(fig.data[:6], fig.frames[-1].data, strict=True):
        np.testing.assert_array_equal(shown.x, last.x)
    assert fig.layout.sliders[0].active == len(fig.frames) - 1
    levels = {trace.name: set(trace.y) for trace in fig.data[6:]}
    assert levels == {"MAP, one number": {3.4}, "rating": {4.0}}


def test_users_stand_at_their_ratings_and_their_doubt() -> None:
    counts, doubt = np.array([400, 3, 20]), np.array([0.1, 0.6, 0.3])
    points, here = figures.by_count(counts, doubt, 1, "A <b>").data
    np.testing.assert_allclose(points.x, counts)
    np.testing.assert_allclose(points.y, doubt, rtol=1e-5)
    assert (here.x[0], here.y[0]) == (3, np.float32(0.6))


def test_chains_are_seen_on_the_scale_of_what_counts() -> None:
    values = np.r_["1", np.full((2, 5), 9.0), RNG.normal(size=(2, 30))]
    low, high = figures.chains(values, 5, "σ", "stars", 1.0).layout.yaxis.range
    assert low < values[:, 5:].min() < values[:, 5:].max() < high < 5


def test_intervals_lie_in_the_order_of_their_means() -> None:
    fig = figures.intervals(NAMES, MEAN, DOUBT, ENDS, GIVEN, 0.8)
    whole, doubt, mean, given = fig.data
    order = [2, 0, 1]
    np.testing.assert_allclose(np.reshape(whole.x, (3, 3))[:, :2], np.column_stack(ENDS)[order], rtol=1e-5)
    np.testing.assert_allclose(
        np.reshape(doubt.x, (3, 3))[:, :2], np.column_stack([MEAN - DOUBT, MEAN + DOUBT])[order], rtol=1e-5
    )
    assert list(mean.x) == [2.0, 3.0, 4.5]
    assert (list(given.x), list(given.y)) == ([2.5, 5.0], [0, 1])
    assert list(fig.layout.yaxis.ticktext) == ["C", "A &lt;b&gt;", "B"]
    assert "1 of 2 held-out ratings" in alt_of(fig)
    assert "most in doubt for B" in alt_of(fig)


def test_coverage_and_widths_are_the_numbers_given() -> None:
    diagonal, bayes, point = calibrated.coverage(SHARES, BAYES, POINT).data
    assert list(diagonal.x) == list(diagonal.y)
    np.testing.assert_allclose(bayes.y, BAYES, rtol=1e-5)
    np.testing.assert_allclose(point.y, POINT, rtol=1e-5)
    doubt, spread = calibrated.widths(GROUPS, "film").data
    assert list(doubt.x) == ["1–4", "5"]
    np.testing.assert_allclose([*doubt.y, *spread.y], [0.6, 0.3, 0.9, 0.7], rtol=1e-5)


def test_the_mean_of_the_draws_begins_after_the_burn_in() -> None:
    alone, point, together = calibrated.gathering(DRAWS, 3, 0.93, 10.0).data
    assert list(alone.x) == list(range(1, 9))
    assert list(together.x) == [4, 5, 6, 7, 8]
    np.testing.assert_allclose(together.y, [d.together for d in DRAWS[3:]], rtol=1e-5)
    assert set(point.y) == {np.float32(0.93)}
    assert len(calibrated.gathering(DRAWS[:2], 3, 0.93, 10.0).data[2].x or ()) == 0


def test_every_rival_is_drawn() -> None:
    *points, bayes = calibrated.against_k(RIVALS, (1.0, 5.0)).data
    assert [trace.name for trace in points] == ["MAP, λ = 1", "MAP, λ = 5"]
    np.testing.assert_allclose([trace.y for trace in points], [[1.0, 1.4], [0.95, 0.93]], rtol=1e-5)
    np.testing.assert_allclose(bayes.y, [0.9, 0.88], rtol=1e-5)


def test_chains_are_told_apart_without_colour_too() -> None:
    values = RNG.normal(size=(4, 30))
    fig = figures.chains(values, 5, "σ", "stars", 1.02)
    assert len({(t.line.color, t.line.dash) for t in fig.data}) == 4
    np.testing.assert_allclose([t.y for t in fig.data], values, rtol=1e-4)
    assert "R̂ = 1.02" in fig.layout.title.text
