"""The copy trap: one network, fed and scored in four ways; more capacity, and what is said of it (notes §19)."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfcore import data, metrics, trap
from mfcore.ratings import Floats, Ratings
from mfview import labels
from mfview.figures import test_error as figures

CAPACITY = state.Param("capacity", "What lets it copy", "More hidden units, or no noise on the input (§17).")
UNITS, NOISE = "hidden units", "noise on the input"
HIDDEN = state.Param("hidden", "h · hidden units", "How many numbers the code between input and output has.")
RHO = state.Param("rho", "ρ · dropped input", "The share of the input that is replaced by 0 while training.")
RHOS = (0.0, 0.1, 0.2, 0.4, 0.6, 0.8, 0.9)
DATA = "planted"
FIRST = 5  # hidden units, or what comes nearest


@dataclass(frozen=True, slots=True, eq=False)
class Known:
    """A split, the directions of its training rows, and the errors at every width. mean: RMSE of predicting μ."""

    train: Ratings
    test: Ratings
    V: Floats
    widths: tuple[int, ...]
    found: trap.Errors
    mean: float


def view() -> None:
    """The view: what is fed and scored on a slide, then the curves, then one network in numbers."""
    ds = controls.data(DATA)
    seed = controls.seed()
    _slide()
    if quiz.ask("13-identity"):
        st.markdown("So to score well it is enough to copy.")
    st.header("More room to copy", anchor=False)
    known = _known(ds, ds.key, seed)
    at_start = seed == 0 and ds is runs.dataset(DATA)
    if controls.choose(CAPACITY, (UNITS, NOISE), UNITS) == UNITS:
        _units(known, at_start)
    else:
        _noise(ds, known, seed, at_start)
    with st.expander("The error, and the two networks, as they run"):
        for function in (trap.error, trap.hidden, trap.denoising):
            frame.show_card(function)


def _slide() -> None:
    """Three ways to feed and to score, on a table that shows all of its cells."""
    R, _ = data.load("tiny")
    train, test = R.split(test=0.2, seed=0)
    users = [str(u) for u in R.user_ids]
    st.markdown(
        "An autoencoder is trained with `fit(x, x)`: its input is its target. So a framework that is given held-out "
        "ratings as validation data **feeds them in and compares the output with them**. An honest test "
        "feeds the *training* ratings and scores only the *test* positions."
    )
    ways = (
        (test, "The framework: x_val in, x_val scored"),
        (trap.together(train, test), "A leak: all in, test scored"),
        (train, "J_test: train in, test scored"),
    )
    for column, (fed, title) in zip(st.columns(3), ways, strict=True):
        with column:
            frame.show(figures.cells(fed, test, title, users, frame.palette()), title.split(":")[0])


def _units(known: Known, at_start: bool) -> None:
    widths = known.widths
    near = min(widths, key=lambda h: abs(h - FIRST))
    state.heed_choice(HIDDEN, [str(h) for h in widths], str(near), f"hidden is one of {_few(widths)}")
    if st.session_state.get(HIDDEN.key) not in (None, *widths):
        st.session_state[HIDDEN.key] = near
    h = st.select_slider(HIDDEN.label, widths, near, key=HIDDEN.key, help=HIDDEN.help, bind="query-params")
    told = quiz.told("13-capacity", at_start and h == near)
    at, found = widths.index(h), known.found
    low = int(np.argmin(found.test))
    frame.show(
        figures.curves(
            widths, found, at, known.mean, title="A linear autoencoder, wider and wider",
            axis="hidden units (log scale)", log=True, palette=frame.palette(), first=None if told else low + 1,
        ),
        "trap",
    )  # fmt: skip
    st.markdown(
        f"Up to {labels.counted(widths[low], 'hidden unit')} both errors fall: the network learns what people share. "
        + (_beyond(known, low) if told else "How they go on comes after your prediction.")
    )
    _table(trap.hidden(known.V, h), known, trap.Errors(*(way[at] for way in found)), f"h = {h:,}")


def _beyond(known: Known, low: int) -> str:
    """What becomes of both errors from the best width on."""
    widths, found = known.widths, known.found
    return (
        f"From there to {widths[-1]:,}, as many as there are columns, the framework's loss goes on falling from "
        f"{found.framework[low]:.3f} to **{found.framework[-1]:.3f}**, and the test error rises from "
        f"**{found.test[low]:.3f}** to **{found.test[-1]:.3f}**, the error of predicting μ everywhere. Who picks the "
        "width by the framework's loss picks the network that has learnt to copy."
    )


def _noise(ds: runs.Dataset, known: Known, seed: int, at_start: bool) -> None:
    texts = [f"{rho:g}" for rho in RHOS]
    state.heed_choice(RHO, texts, texts[0])
    rho = st.select_slider(
        RHO.label, RHOS, RHOS[0], format_func=lambda x: f"{x:g}", key=RHO.key, help=RHO.help, bind="query-params"
    )
    told = quiz.told("13-noise", at_start and rho == RHOS[0])
    found, at = _noisy(known, ds.key, seed), RHOS.index(rho)
    frame.show(
        figures.curves(
            RHOS, found, at, known.mean, title="Full width, noise on its input",
            axis="ρ, share of the input dropped", log=False, palette=frame.palette(), first=None if told else 1,
        ),
        "noise",
    )  # fmt: skip
    low = int(np.argmin(found.test))
    st.markdown(
        f"Without noise a network of full width copies: {found.framework[0]:.3f} and {found.test[0]:.3f}. With part of "
        "the input gone while it trains, it must find each rating in the *others*. "
        + (
            f"The framework's loss gets worse, up to {found.framework[-1]:.3f}; the test error gets better, down to "
            f"**{found.test[low]:.3f}** at ρ = {RHOS[low]:g}. The two disagree at nearly every step."
            if told
            else "What that does to both errors comes after your prediction."
        )
    )
    _table(trap.denoising(known.train, rho), known, trap.Errors(*(way[at] for way in found)), f"ρ = {rho:g}")


def _table(B: Floats, known: Known, found: trap.Errors, said: str) -> None:
    train, test = known.train, known.test
    t = int(np.argmax(np.abs(test.r - train.mu)))
    i, j, r = test.i[t : t + 1], test.j[t : t + 1], float(test.r[t])
    own, honest = (train.mu + float(trap.outputs(B, trap.rows(fed, train.mu), i, j)[0]) for fed in (test, train))
    st.markdown(
        f"One network, {said}, in four ways:\n\n"
        "| fed in | scored | RMSE |\n|---|---|---|\n"
        f"| test | test: the framework's | {found.framework:.4f} |\n"
        f"| test | all cells, holes as μ | {found.unmasked:.4f} |\n"
        f"| train and test: a leak | test | {found.leak:.4f} |\n"
        f"| **train** | **test: √J_test** | **{found.test:.4f}** |\n"
        f"| nothing: μ | test | {known.mean:.4f} |\n\n"
        f"A single test rating, **{r:g}** stars: fed in, it comes out as {own:.2f}; not fed in, it is predicted as "
        f"**{honest:.2f}**."
    )
    frame.note(
        f"{train.N:,} rows of {train.M:,} ratings at most: by users or by items, whichever rows are shorter. Unmasked "
        "flatters most: nearly every cell is a hole, and a hole is easily given back."
    )


def _few(widths: tuple[int, ...]) -> str:
    return f"{widths[0]}, {widths[1]}, {widths[2]}, … {widths[-1]}" if len(widths) > 4 else ", ".join(map(str, widths))


@st.cache_resource(show_spinner="Training one network of every width …", max_entries=8)
def _known(_ds: runs.Dataset, key: str, seed: int) -> Known:
    train, test = trap.narrow(_ds.R).split(test=0.1, seed=seed)
    widths = tuple(np.unique(np.geomspace(1, train.M, 40).round().astype(int)).tolist())
    V = trap.directions(train)
    mean = metrics.rmse(np.full(test.n, train.mu), test.r)
    return Known(train, test, V, widths, trap.by_hidden(train, test, V, widths), mean)


@st.cache_resource(show_spinner=f"Training {len(RHOS)} networks with noise …", max_entries=8)
def _noisy(_known: Known, key: str, seed: int) -> trap.Errors:
    return trap.by_noise(_known.train, _known.test, RHOS)
