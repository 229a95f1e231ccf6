"""The copy trap: one network, fed and scored in four ways; more capacity, and what is said of it (notes §19)."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import streamlit as st

from mfapp import controls, frame, jobs, quiz, runs, state
from mfcore import data, metrics, trap
from mfcore.ratings import Ratings
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
    """A split and the numbers of hidden units to try on it. mean: RMSE of predicting μ."""

    train: Ratings
    test: Ratings
    widths: tuple[int, ...]
    mean: float


def view() -> None:
    """The view: what is fed and scored on a slide, then the curves, then one network in numbers."""
    ds = controls.data(DATA)
    seed = controls.seed()
    _slide()
    if quiz.ask("13-identity"):
        st.markdown("So copying is enough to score well.")
    st.header("More room to copy", anchor=False)
    known = _known(ds, ds.key, seed)
    at_start = seed == 0 and ds is runs.dataset(DATA)
    if controls.choose(CAPACITY, (UNITS, NOISE), UNITS) == UNITS:
        _units(ds, known, seed, at_start)
    else:
        _noise(ds, known, seed, at_start)
    with st.expander("The error and the two networks, as they run"):
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


def _units(ds: runs.Dataset, known: Known, seed: int, at_start: bool) -> None:
    widths = known.widths
    near = min(widths, key=lambda h: abs(h - FIRST))
    h = controls.one_of(HIDDEN, near, widths, sidebar=False, allowed=f"hidden is one of {_few(widths)}")
    told = quiz.told("13-capacity", at_start and h == near)
    jobs.shared(
        "trap",
        (ds.key, seed),
        lambda: _wider(known),
        len(widths),
        lambda n: labels.counted(widths[n], "hidden unit"),
        lambda found: _width(known, found, h, told),
    )


def _wider(known: Known) -> Iterator[trap.Network]:
    """A network of every width, after the directions that all of them share."""
    yield from trap.wider(known.train, known.test, trap.directions(known.train), known.widths)


def _width(known: Known, networks: Sequence[trap.Network], h: int, told: bool) -> None:
    """The curves as far as they go, what they say once they are whole, and the network with h units."""
    if not networks:
        return
    widths, found = known.widths, trap.stacked(networks)
    at, low = widths.index(h), int(np.argmin(found.test))
    frame.show(
        figures.curves(
            widths, found, at, known.mean, title="A linear autoencoder, wider and wider",
            axis="hidden units (log scale)", log=True, palette=frame.palette(),
            first=len(networks) if told else low + 1,
        ),
        "trap",
    )  # fmt: skip
    if len(networks) == len(widths):
        beyond = _beyond(widths, found) if told else "How they go on is shown after your prediction."
        st.markdown(f"{_lowest(widths, found)} {beyond}")
    if at < len(networks):
        _table(known, networks[at], f"h = {h:,}")


def _lowest(widths: Sequence[int], found: trap.Errors) -> str:
    """Where the test error is lowest, and what that may mean."""
    low = int(np.argmin(found.test))
    where = f"The test error is lowest at h = **{widths[low]:,}**"
    if widths[low] == widths[-1]:
        return f"{where}, all there are: no narrower network does better than a copy, which predicts μ."
    if low == 0:
        return f"{where}, and no wider network does better."
    return f"{where}: enough to learn what people share, too few to copy."


def _beyond(widths: Sequence[int], found: trap.Errors) -> str:
    """What becomes of both errors from the best width on."""
    low = int(np.argmin(found.test))
    if low == len(widths) - 1:
        return (
            f"The framework's loss falls to **{found.framework[-1]:.3f}**, with a test error of "
            f"**{found.test[-1]:.3f}**: that of predicting μ everywhere."
        )
    return (
        f"From there to {widths[-1]:,}, as many as there are columns, the framework's loss goes on falling from "
        f"{found.framework[low]:.3f} to **{found.framework[-1]:.3f}**, and the test error rises from "
        f"**{found.test[low]:.3f}** to **{found.test[-1]:.3f}**, the error of predicting μ everywhere. If you pick the "
        "width by the framework's loss, you pick the network that has learnt to copy."
    )


def _noise(ds: runs.Dataset, known: Known, seed: int, at_start: bool) -> None:
    rho = controls.one_of(RHO, RHOS[0], RHOS, sidebar=False)
    told = quiz.told("13-noise", at_start and rho == RHOS[0])
    jobs.shared(
        "trap_noise",
        (ds.key, seed),
        lambda: trap.noisier(known.train, known.test, RHOS),
        len(RHOS),
        lambda n: f"ρ = {RHOS[n]:g}",
        lambda found: _noised(known, found, rho, told),
    )


def _noised(known: Known, networks: Sequence[trap.Network], rho: float, told: bool) -> None:
    """The curves as far as they go, what they say once they are whole, and the network with this ρ."""
    if not networks:
        return
    found, at = trap.stacked(networks), RHOS.index(rho)
    frame.show(
        figures.curves(
            RHOS, found, at, known.mean, title="Full width, noise on its input",
            axis="ρ, share of the input dropped", log=False, palette=frame.palette(),
            first=len(networks) if told else 1,
        ),
        "noise",
    )  # fmt: skip
    st.markdown(
        f"Without noise a network of full width copies: {found.framework[0]:.3f} and {found.test[0]:.3f}. With part of "
        "the input gone while it trains, it must find each rating in the *others*."
    )
    if not told:
        st.markdown("What that does to both errors is shown after your prediction.")
    elif len(networks) == len(RHOS):
        st.markdown(_with_noise(found))
    if at < len(networks):
        _table(known, networks[at], f"ρ = {rho:g}")


def _with_noise(found: trap.Errors) -> str:
    """What more and more noise does to both errors."""
    low, opposed = int(np.argmin(found.test)), trap.opposed(found)
    better = (
        f"the test error gets better, down to **{found.test[low]:.3f}** at ρ = {RHOS[low]:g}"
        if low
        else f"the test error is never better than the copy's **{found.test[0]:.3f}**"
    )
    return (
        f"The framework's loss gets worse, from {found.framework[0]:.3f} to {found.framework[-1]:.3f}; {better}. At "
        f"{opposed} of {len(RHOS) - 1} steps to more noise the two move in opposite directions."
    )


def _table(known: Known, network: trap.Network, said: str) -> None:
    train, test, found = known.train, known.test, network.errors
    r = float(test.r[trap.farthest(test, train.mu)])
    st.markdown(
        f"One network, {said}, in four ways:\n\n"
        "| fed in | scored | RMSE |\n|---|---|---|\n"
        f"| test | test: the framework's | {found.framework:.4f} |\n"
        f"| test | all cells, holes as μ | {found.unmasked:.4f} |\n"
        f"| train and test: a leak | test | {found.leak:.4f} |\n"
        f"| **train** | **test: √J_test** | **{found.test:.4f}** |\n"
        f"| nothing: μ | test | {known.mean:.4f} |\n\n"
        f"A single test rating, **{r:g}** stars: fed in, it comes out as {network.own:.2f}; not fed in, it is "
        f"predicted as **{network.honest:.2f}**."
    )
    frame.note(
        f"{train.N:,} rows of {train.M:,} ratings at most: a row is a user or an item, whichever makes rows shorter. "
        "The unmasked error flatters most: nearly every cell is a hole, and holes are easy to reproduce."
    )


def _few(widths: tuple[int, ...]) -> str:
    return f"{widths[0]}, {widths[1]}, {widths[2]}, … {widths[-1]}" if len(widths) > 4 else ", ".join(map(str, widths))


@st.cache_resource(show_spinner=False, max_entries=8)
def _known(_ds: runs.Dataset, key: str, seed: int) -> Known:
    train, test = trap.narrow(_ds.R).split(test=0.1, seed=seed)
    widths = tuple(np.unique(np.geomspace(1, train.M, 40).round().astype(int)).tolist())
    return Known(train, test, widths, metrics.rmse(np.full(test.n, train.mu), test.r))
