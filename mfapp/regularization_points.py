"""Ridge regression on points that can be moved: the curve, its weights and its errors as λ grows (notes §7, 8)."""

import re
from collections.abc import Mapping
from typing import NamedTuple

import numpy as np
import streamlit as st

from mfapp import controls, derivation, frame, quiz, state
from mfcore import regression, ridge
from mfcore.regression import Path, Points
from mfview import derivations, labels
from mfview.derivations import ridge as lines
from mfview.figures import lam_axis
from mfview.figures import regression as figures

LAM, MOST = 0.2, 12
TOP, N, SIGMA = 10, 12, "0.4"  # what the page opens with
LAMS = (0.0, *(float(f"{m}e{power}") for power in range(-6, 3) for m in (1, 2, 5)), 1000.0)
NOISES = ("0", "0.2", "0.4", "0.6", "0.8", "1.2")
LOW, HIGH = -2.0, 8.0  # where a point may be moved to
HELD_OUT = 100

DEGREE = state.Param("degree", "Highest power of x", "1 is the line y = mx + b.")
COUNT = state.Param("n", "Points to learn from")
NOISE = state.Param("noise", "Noise", "How far the points lie from the curve they are made from (standard deviation).")
POINT = state.Param("point", "Point", "Its number, counted from the left; or click it in the picture.")
MOVED = state.Param("moved", "Moved points", "Number and new y, as in 3: 4.5, 7: 1. It is part of the link.")
_Y, _PICTURE, _SHOWN = "_y", "points", "_derive_ridge"


class Chosen(NamedTuple):
    """The points as they are now, the held-out ones, and what is fitted to them."""

    train: Points
    test: Points
    degree: int
    lam: float
    path: Path

    @property
    def at_defaults(self) -> bool:
        """Whether neither a point nor a control was moved."""
        made = regression.generate(N, float(SIGMA), 0)
        return (self.degree, self.lam) == (TOP, LAM) and np.array_equal(self.train.y, made.y)


def view() -> None:
    """The view: the points first, then both errors and all weights against λ, two routes to w, and its derivation."""
    lam = controls.lam(LAM, LAMS)
    degree, n = controls.whole(DEGREE, 1, MOST, TOP), controls.whole(COUNT, 3, 60, N)
    state.heed_choice(NOISE, NOISES, SIGMA)
    noise = st.sidebar.select_slider(NOISE.label, NOISES, SIGMA, key=NOISE.key, help=NOISE.help, bind="query-params")
    seed = controls.seed()
    made = regression.generate(n, float(noise), seed)
    test = regression.generate(HELD_OUT, float(noise), seed + 10_000)
    st.markdown(
        "Give a line more powers of x and it can bend to every point. Ridge regression adds a charge of λ for every "
        "squared weight: move λ in the sidebar and watch the curve calm down. **Click a point and move it.**"
    )
    picture, beside = st.columns([5, 2], gap="medium")
    with beside:
        train, chosen = _moving(made)
        says = st.container()
    path = regression.path(train, test, degree, LAMS)
    it = Chosen(train, test, degree, lam, path)
    curve, free = (regression.fit(train, degree, x) for x in (lam, 0.0))
    with picture:
        frame.show(figures.fitted(train, test, curve, free, lam, chosen, frame.palette()), _PICTURE, on_select=_clicked)
    with says:
        _numbers(it)
    _against_lam(it)
    _two_routes(it)
    _derivation(it)


def _moving(made: Points) -> tuple[Points, int]:
    """The controls that move points; the points as moved, and the chosen one, counted from 0."""
    n = len(made.x)
    state.heed(MOVED, lambda asked: parsed(asked) is not None, "moved is a list like 3:4.5,7:1", "no point moved")
    if st.session_state.get(POINT.key, 1) > n:
        st.session_state[POINT.key] = n
    places, below = st.container(), st.container()
    edits = parsed(below.text_input(MOVED.label, key=MOVED.key, help=MOVED.help, bind="query-params"))
    if edits is None:
        below.warning(f"Write points as in `3: 4.5, 7: 1`, with y from {LOW:g} to {HIGH:g}.", icon=":material/edit:")
    moved = regression.moved(made, {t - 1: y for t, y in (edits or {}).items() if t <= n})
    with places:
        point = controls.whole(POINT, 1, n, 1, sidebar=False, typed=True)
        st.session_state[_Y] = min(max(round(float(moved.y[point - 1]), 2), LOW), HIGH)
        st.slider("Its y", LOW, HIGH, step=0.05, key=_Y, on_change=_move)
    if edits:
        below.button("Put all points back", icon=":material/undo:", on_click=_put_back)
    return moved, point - 1


def parsed(text: str) -> dict[int, float] | None:
    """{number of the point: its new y} of a text such as "3: 4.5, 7: 1"; None if it is not one."""
    edits: dict[int, float] = {}
    for entry in filter(None, (part.strip() for part in text.split(","))):
        found = re.fullmatch(r"(\d{1,2})\s*:\s*([-−]?\d{1,2}(?:\.\d{1,4})?)", entry)
        if not found or not LOW <= (y := float(found[2].replace("−", "-"))) <= HIGH or int(found[1]) < 1:
            return None
        edits[int(found[1])] = y
    return edits


def written(edits: Mapping[int, float]) -> str:
    """The text that `parsed` reads."""
    return ", ".join(f"{point}: {y:g}" for point, y in sorted(edits.items()))


def _move() -> None:
    edits = parsed(st.session_state[MOVED.key]) or {}
    edits[int(st.session_state[POINT.key])] = round(float(st.session_state[_Y]), 2)
    st.session_state[MOVED.key] = written(edits)


def _put_back() -> None:
    st.session_state[MOVED.key] = ""


def _clicked() -> None:
    """Choose the training point that was clicked."""
    for point in st.session_state[_PICTURE].selection.points:
        if point["curve_number"] == 0:
            st.session_state[POINT.key] = point["point_index"] + 1


def _numbers(it: Chosen) -> None:
    at, path = LAMS.index(it.lam), it.path
    st.markdown(
        f"Of {it.degree + 1} weights the points still decide **{path.free[at]:.1f}**.  \n"
        f"RMSE **{path.train[at]:.3f}** in training, **{path.test[at]:.3f}** in the test.  \n"
        f"Lowest in the test: **{path.test[path.best]:.3f}** at λ = {LAMS[path.best]:g}."
    )


def _against_lam(it: Chosen) -> None:
    st.header("λ from 0 to large", anchor=False)
    settled = quiz.told("05-train-picks", it.at_defaults)
    left, right = st.columns(2)
    with left:
        if settled:
            frame.show(figures.errors(it.path, it.lam, frame.palette()), "path_errors")
        else:
            st.info("Both errors are drawn here once you have answered.", icon=":material/visibility_off:")
    with right:
        frame.show(figures.weights(it.path, it.lam, frame.palette()), "path_weights")
    frame.note(
        f"The test error is measured on {HELD_OUT} more points of the same curve and noise. Before any fit ȳ, the mean "
        "of the points to learn from, is subtracted from their y, as μ is from ratings; then all weights are charged "
        "alike, the constant's too, so a huge λ leaves ŷ = ȳ."
    )


def _two_routes(it: Chosen) -> None:
    st.header("Two routes to the same w", anchor=False)
    X = regression.powers(it.train.x, it.degree)
    y = it.train.y - it.train.y.mean()
    solved = regression.weights(X, y, it.lam)
    stacked = regression.by_lstsq(X, y, it.lam)
    apart = float(abs(solved - stacked).max() / max(abs(stacked).max(), 1e-12))
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown(
            f"The formula solves {it.degree + 1} equations in as many unknowns. Or write "
            r"$\sqrt\lambda\,I$ below X and zeros below y, and give the taller system to plain least squares, "
            f"`numpy.linalg.lstsq`: {it.degree + 1} more rows, each saying that a weight should be 0."
        )
        frame.show_card(regression.by_lstsq)
    with right:
        rows = [
            f"| x{lam_axis.raised(f)} | {labels.decimal(a, 5)} | {labels.decimal(b, 5)} |"
            for f, (a, b) in enumerate(zip(solved, stacked, strict=True))
        ]
        st.markdown("\n".join(["| weight of | formula | lstsq |", "|---|---|---|", *rows]))
        st.markdown(f"Largest difference, relative to the largest weight: **{apart:.0e}**.")
    with st.expander("The formula and its code", icon=":material/code:"):
        frame.show_card(regression.weights)
        frame.show_card(ridge.ridge_row, "the same function solves every user's and every film's row")


def _derivation(it: Chosen) -> None:
    folded = st.expander(
        "The derivation of w, every line checked on these points", key=_SHOWN, on_change="rerun", icon=":material/rule:"
    )
    if folded.open:
        with folded:
            derivation.show(derivations.check(lines.of(it.lam), lines.at(it.train, it.degree, it.lam)))
