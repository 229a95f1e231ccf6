"""E10: the films on two axes, before and after all axes are turned; what varimax gains, and what genres say."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfcore import als, interpret, rotation
from mfcore.ratings import Floats, Ints
from mfview.figures import rotation as figures

K, LAM, T = 5, 3.0, 15
LEAST = 50  # ratings a film needs to be shown, where there are enough such films
HOW = state.Param("turned", "Turn all axes", "One rotation Q for W and for U.")
WAYS = ("by hand", "by varimax", "at random")
USUAL = "by varimax"
ANGLE = state.Param("angle", "θ in degrees", "The plane of axes 1 and 2 turns; the other axes stay.")
GENRE = state.Param("genre", "Genre to mark")
BIASES = state.Param("fit", "Fitted", "Without biases the factors have to carry the mean and every film's level too.")
WITH, WITHOUT = "with biases", "without"
START = 45
RANDOM = 20


class Shown(NamedTuple):
    """The films in view: their numbers, names and genres."""

    j: Ints
    titles: Sequence[str]
    genres: Sequence[Sequence[str]]


def view() -> None:
    """The view: two maps of the films, the same predictions, and two tables of correlations."""
    ds = controls.data()
    k, lam, seed = controls.k(K, 12), controls.lam(LAM), controls.seed()
    shown = _shown(ds)
    genres = rotation.common_genres(shown.genres)
    if k == 1:
        _heed(genres)
        st.info("One axis has nothing to turn into but its own negative. Raise k.", icon=":material/adjust:")
        return
    st.markdown(
        "Factors are determined only up to an invertible k × k matrix; with λ's term in J, up to a rotation Q. "
        "**Turn W and U by the same Q: every film moves on the map, and no prediction changes.**"
    )
    biases = controls.choose(BIASES, (WITH, WITHOUT), WITH) == WITH
    way, word, angle = _asked(genres)
    s = runs.trajectory(ds, als.Config(k=k, lam=lam, biases=biases), T, seed).states[-1]
    s = interpret.turned(s, rotation.by_share(s.U[shown.j]))
    Q = _turn(way, s.U[shown.j], angle, seed)
    other = interpret.turned(s, Q)
    _maps(s, other, Q, shown, word)
    _same(ds, s, other, seed)
    _shares(s, other, shown, way, biases)
    if genres:
        _genres(s, other, shown, genres, way)
    quiz.ask("06-axes")
    with st.expander("The equations and the code"):
        frame.show_card(rotation.changed)
        frame.show_card(interpret.turned)
        frame.show_card(rotation.share)
        frame.show_card(rotation.simplicity)
        frame.show_card(rotation.varimax)


def _heed(genres: Sequence[str]) -> None:
    """Mind what the link says of the view's own controls where none of them is shown."""
    state.heed_number(ANGLE, -90, 90, START)
    state.heed_choice(HOW, WAYS, USUAL)
    state.heed_choice(BIASES, (WITH, WITHOUT), WITH)
    if genres:
        state.heed_choice(GENRE, genres, genres[0])


def _asked(genres: Sequence[str]) -> tuple[str, str, float]:
    left, right = st.columns([3, 2])
    state.heed_number(ANGLE, -90, 90, START)  # also where its slider is not shown
    with left:
        way = controls.choose(HOW, WAYS, USUAL)
    with right:
        word = controls.choose(GENRE, genres, genres[0], "list") if genres else ""
    if way != "by hand":
        return way, word, 0.0
    return way, word, controls.whole(ANGLE, -90, 90, START, sidebar=False)


def _turn(way: str, U: Floats, angle: float, seed: int) -> Floats:
    k = U.shape[1]
    if way == "by varimax":
        Q = rotation.varimax(U)
        return Q @ rotation.by_share(U @ Q)
    return rotation.turn(k, 0, 1, angle) if way == "by hand" else interpret.rotation(k, seed)


def _maps(s: als.State, other: als.State, Q: Floats, shown: Shown, word: str) -> None:
    marked = np.array([word in own for own in shown.genres], bool)
    before, after = s.U[shown.j], other.U[shown.j]
    box = figures.box_around(before[:, :2], after[:, :2])
    left, right = st.columns(2)
    for column, U, title, old in ((left, before, "As they came", None), (right, after, "Turned", Q)):
        with column:
            fig = figures.items(
                U, (0, 1), shown.titles, marked, word or "marked", frame.palette(), title=title, old=old, box=box
            )
            frame.show(fig, title)


def _same(ds: runs.Dataset, s: als.State, other: als.State, seed: int) -> None:
    _, test = runs.split(ds, ds.key, seed)
    moved = float(np.abs(s.U - other.U).max())
    apart = float(np.abs(als.predict(s, test.i, test.j) - als.predict(other, test.i, test.j)).max())
    left, right = st.columns(2)
    left.metric("Largest change of an entry of U", f"{moved:.2f}")
    right.metric(f"Largest change among {test.n:,} predictions", f"{apart:.0e} stars" if apart else "0 stars")


def _shares(s: als.State, other: als.State, shown: Shown, way: str, biases: bool) -> None:
    st.header("On how many films does an axis load?", anchor=False)
    before, after = (100 * rotation.share(t.U[shown.j]) for t in (s, other))
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.show(figures.shares(before, np.sort(after), f"turned {way}", frame.palette()), "shares")
    was, now = float(before.mean()), float(after.mean())
    change = "fewer" if now < was - 0.5 else "more" if now > was + 0.5 else "as many"
    means = (
        "Biases carry the mean and each film's level, so that the factors describe taste alone."
        if biases
        else "Without biases the factors must carry the mean as well: the axis that loads on most films loads on "
        f"{before.max():.0f}% of them as they came, on {after.max():.0f}% turned."
    )
    with right:
        st.markdown(
            f"On average an axis loads on **{was:.0f}%** of the {len(shown.j):,} films as the axes came, on "
            f"**{now:.0f}%** turned {way}: on {change}. Entries drawn from a Gaussian would make it 33%. {means} "
            "Varimax looks for axes that load on few films, and gets as far as the ratings let it."
        )


def _genres(s: als.State, other: als.State, shown: Shown, genres: list[str], how: str) -> None:
    st.header("Evidence, not names", anchor=False)
    before, after = (rotation.genre_correlations(t.U[shown.j], shown.genres, genres) for t in (s, other))
    left, right = st.columns(2)
    for column, C, title in ((left, before, "Axes as they came"), (right, after, f"Turned {how}")):
        with column:
            frame.show(figures.correlations(C, genres, frame.palette(), title=title), title)
    by_chance = [
        _strength(rotation.genre_correlations(s.U[shown.j] @ interpret.rotation(s.U.shape[1], q), shown.genres, genres))
        for q in range(RANDOM)
    ]
    was, now, chance = _strength(before), _strength(after), float(np.mean(by_chance))
    st.markdown(
        f"Each axis's strongest correlation with a genre, averaged over the axes: **{was:.2f}** as they came, "
        f"**{now:.2f}** turned, and {chance:.2f} on average over {RANDOM} random rotations "
        f"(up to {max(by_chance):.2f}). "
        + (
            "These axes agree with genres far better than chance would: here is evidence for a name. "
            if now > max(by_chance) + 0.05
            else "Axes turned at random do about as well: **nothing here says that a factor is a genre.** "
        )
        + "Varimax knows nothing of genres; it only asks that each axis load on few films."
    )


def _strength(C: Floats) -> float:
    return float(np.abs(C).max(axis=1).mean())


def _shown(ds: runs.Dataset) -> Shown:
    counts = ds.R.items_counts
    least = LEAST if np.count_nonzero(counts >= LEAST) > 60 else 1
    j = np.flatnonzero(counts >= least)
    return Shown(j, [ds.labels[q] for q in j], [ds.films.genres[q] for q in j])
