"""The pictures of studies: every number drawn is one that was found, and partial results are drawn as such."""

import numpy as np
import pytest

from mfcore import as_written, study
from mfcore.as_written import Losses
from mfcore.study import Fit, Lengths, Plan
from mfview.figures import study as figures
from mfview.style import DARK, LIGHT, alt_of

PLAN = Plan(ks=(1, 4), lams=(0.0, 1.0, 10.0), folds=2)


def fits(n=PLAN.size):
    rng = np.random.default_rng(0)
    made = []
    for t in range(n):
        fold, k, lam = PLAN.at(t)
        made.append(Fit(k, lam, fold, rng.random() + 0.1, rng.random() + 1, Lengths(*rng.random(4).tolist())))
    return made


ROWS = study.means(fits())
CURVE = [row for row in ROWS if row.k == 4]
COUNTS = np.array([3, 10, 1, 0, 200])
RUNS = [Losses(100.0, 200.0), Losses(20.0, 40.0), Losses(10.0, 30.0)], [Losses(100.0, 200.0), Losses(25.0, 35.0)]


@pytest.mark.parametrize("palette", [LIGHT, DARK], ids=["light", "dark"])
def test_every_figure_has_a_title_axes_and_a_text_alternative(palette):
    for fig in (
        figures.u_curve(CURVE, PLAN.lams, 1.0, palette),
        figures.norms(CURVE, PLAN.lams, None, palette),
        figures.row_norms(np.arange(5.0), COUNTS, 1.0, palette),
        figures.grid(ROWS, PLAN, "test", palette),
        figures.descent(*RUNS, "stated", palette),
        figures.shrinkage(COUNTS, 2.0, palette),
    ):
        assert fig.layout.title.text
        assert len(alt_of(fig)) > 60
        assert fig.layout.xaxis.title.text
        assert fig.layout.yaxis.title.text
        assert fig.layout.font.color == palette.ink
        assert len(fig.to_json()) < 60_000


def test_the_curve_is_the_means_with_their_spread():
    band, train, test, star = figures.u_curve(CURVE, PLAN.lams, None).data
    np.testing.assert_allclose(train.y, [row.train for row in CURVE], rtol=1e-4)
    np.testing.assert_allclose(test.y, [row.test for row in CURVE], rtol=1e-4)
    assert star.y[0] == pytest.approx(study.best(CURVE).test, rel=1e-4)
    upper = np.asarray(band.y)[: len(CURVE)]
    np.testing.assert_allclose(upper, [row.test + row.spread for row in CURVE], rtol=1e-4)
    assert figures.u_curve(CURVE, PLAN.lams, None).layout.title.text == "Mean of 2 folds"


def test_one_split_has_no_band():
    rows = study.means(fits(6))
    assert len(figures.u_curve(rows, PLAN.lams, None).data) == 3


def test_norms_are_those_of_the_rows():
    for n, trace in enumerate(figures.norms(CURVE, PLAN.lams, None).data):
        np.testing.assert_allclose(trace.y, [max(row.lengths[n], 0.01) for row in CURVE], rtol=1e-4)


def test_row_norms_add_up_to_the_frobenius_norm_busiest_users_first():
    squares = np.array([0.5, 2.0, 1.0, 0.0, 4.0])
    running, whole = figures.row_norms(squares, COUNTS, 1.0).data
    np.testing.assert_allclose(running.y, [0, 4, 6, 6.5, 7.5, 7.5])
    np.testing.assert_allclose(whole.y, 7.5)


@pytest.mark.parametrize("part", ["train", "test"])
def test_the_grid_holds_every_mean_and_frames_the_lowest(part):
    fig = figures.grid(ROWS, PLAN, part)
    heat, numbers = fig.data
    expected = np.array([getattr(row, part) for row in ROWS]).reshape(2, 3)
    np.testing.assert_allclose(heat.z, expected, atol=1e-5)
    assert len(numbers.text) == 6
    n, m = np.unravel_index(np.argmin(expected), expected.shape)
    frame = fig.layout.shapes[0]
    assert (frame.x0, frame.x1, frame.y0, frame.y1) == (m - 0.5, m + 0.5, n - 0.5, n + 0.5)


def test_a_grid_half_done_leaves_holes():
    rows = study.means(fits(4))
    heat, numbers = figures.grid(rows, PLAN, "test").data
    assert np.isfinite(np.asarray(heat.z, float)).sum() == 4
    assert len(numbers.text) == 4
    assert "4 of 6" in alt_of(figures.grid(rows, PLAN, "test"))


@pytest.mark.parametrize(
    ("value", "text"), [(0.8839, ".884"), (0.9996, "1.00"), (1.0832, "1.08"), (168.3, "168"), (6131.0, "6k")]
)
def test_numbers_fit_their_cells(value, text):
    assert figures._brief(value) == text


@pytest.mark.parametrize("which", ["stated", "per_rating"])
def test_a_descent_shows_both_rules_on_one_objective(which):
    exact, written = figures.descent(*RUNS, which).data
    assert list(exact.y) == [getattr(loss, which) for loss in RUNS[0][1:]]
    assert list(written.y) == [getattr(loss, which) for loss in RUNS[1][1:]]


def test_shrinkage_marks_the_users_there_are():
    line, users, _, written = figures.shrinkage(COUNTS, 2.0).data
    assert list(users.x) == [1, 3, 10, 200]
    np.testing.assert_allclose(users.y, as_written.shrinkage(users.x, 2.0).exact, rtol=1e-4)
    np.testing.assert_allclose(written.y, 1 / 3, rtol=1e-4)
    assert line.y[-1] > 0.98
