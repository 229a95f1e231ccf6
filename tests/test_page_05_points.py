"""Chapter 5's first view: ridge regression on points that move, by the library's numbers, and what waits."""

import pytest

from mfapp import regularization_points
from mfcore import metrics, regression
from mfview import labels
from tests.pages import alts, press, text
from tests.test_page_05 import POINTS, page


def test_the_points_show_their_errors_and_both_routes_to_w() -> None:
    at = page(POINTS, degree="4", n="9", noise="0.6", seed="3", lam="0.05")
    train, test = regression.generate(9, 0.6, 3), regression.generate(regularization_points.HELD_OUT, 0.6, 10_003)
    curve = regression.fit(train, 4, 0.05)
    for part in (train, test):
        assert f"**{metrics.rmse(regression.predict(curve, part.x), part.y):.3f}**" in text(at)
    for w in curve.w:
        assert f"{labels.decimal(w, 5)} | {labels.decimal(w, 5)} |" in text(at)
    assert f"{float(curve.w @ curve.w):.3g}" in alts(at)
    path = regression.path(train, test, 4, regularization_points.LAMS)
    assert 0 < path.best < len(path.lams) - 1
    lowest = f"**{path.test[path.best]:.3f}** at λ = {path.lams[path.best]:g}"
    assert f"Lowest in the test: {lowest}." in text(at)
    free = regression.free_numbers(regression.powers(train.x, 4), 0.05)
    assert f"Of 5 weights the points still decide **{free:.1f}**." in text(at)
    assert "solves 5 equations in as many unknowns" in text(at)


def test_both_errors_wait_for_a_prediction_and_for_nobody_who_moves_a_point() -> None:
    at = page(POINTS)
    assert "Error against λ" not in alts(at)
    press(at, "Show the answer without a guess")
    assert "Error against λ" in alts(at)
    assert "Error against λ" in alts(page(POINTS, moved="7: 6.5"))
    assert "Error against λ" in alts(page(POINTS, noise="0.6"))


def test_a_point_is_moved_by_its_slider_and_the_link_says_so() -> None:
    at = page(POINTS, n="9", seed="3")
    made = regression.generate(9, 0.4, 3)
    at.number_input(key="point").set_value(4).run()
    assert at.slider(key="_y").value == pytest.approx(made.y[3], abs=0.01)
    at.slider(key="_y").set_value(6.5).run()
    assert at.session_state["moved"] == "4: 6.5"
    at.number_input(key="point").set_value(1).run()
    at.slider(key="_y").set_value(-1.0).run()
    assert at.session_state["moved"] == "1: -1, 4: 6.5"
    moved = regression.moved(made, {0: -1.0, 3: 6.5})
    curve = regression.fit(moved, 10, regularization_points.LAM)
    assert f"**{metrics.rmse(regression.predict(curve, moved.x), moved.y):.3f}** in training" in text(at)
    press(at, "Put all points back")
    assert at.session_state["moved"] == ""
    curve = regression.fit(made, 10, regularization_points.LAM)
    assert f"**{metrics.rmse(regression.predict(curve, made.x), made.y):.3f}** in training" in text(at)


@pytest.mark.parametrize(
    ("written", "read"),
    [
        ("", {}),
        ("3: 4.5", {3: 4.5}),
        ("3:4.5,7:1", {3: 4.5, 7: 1.0}),
        (" 2 : −1.25 , ", {2: -1.25}),
        ("3", None),
        ("0:1", None),
        ("3:99", None),
        ("3:nan", None),
        ("a:1", None),
        ("1:1;2:2", None),
    ],
)
def test_moved_points_are_read_as_people_write_them(written, read) -> None:
    assert regularization_points.parsed(written) == read
    if read:
        assert regularization_points.parsed(regularization_points.written(read)) == read


def test_a_link_with_points_that_cannot_be_is_told_so() -> None:
    at = page(POINTS, moved="3:99", n="2", noise="9", degree="0", lam="7", point="x")
    said = " ".join(w.value for w in at.warning)
    for asked in ("moved=3:99", "n=2", "noise=9", "degree=0", "lam=7", "point=x"):
        assert f"`{asked}`" in said


def test_a_moved_point_beyond_the_last_is_left_alone() -> None:
    at = page(POINTS, n="5", moved="9: 3")
    made = regression.generate(5, 0.4, 0)
    curve = regression.fit(made, 10, regularization_points.LAM)
    assert f"**{metrics.rmse(regression.predict(curve, made.x), made.y):.3f}** in training" in text(at)


@pytest.mark.parametrize("lam", ["0.0", "0.2"])
def test_the_derivation_of_w_holds(lam) -> None:
    at = page(POINTS, degree="5", lam=lam.removesuffix(".0"))
    at.session_state["_derive_ridge"] = True
    at.run()
    assert not at.exception
    assert "All 10 lines hold" in text(at)
