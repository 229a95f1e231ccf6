"""The film everyone likes: films by bias and by taste, and one film's ratings split into both."""

import numpy as np
import streamlit as st

from mfapp import biases, controls, frame, quiz, state
from mfapp.biases import Fit
from mfcore import Ratings, als, explained, metrics
from mfcore.ratings import Floats, Ints
from mfview import labels, style
from mfview.figures import biases as figures

LEAST = 50  # ratings a film needs to be shown
FILM = "The Shawshank Redemption (1994)"


def view() -> None:
    """The view: all films in one picture, then the chosen one."""
    fit = biases.fit()
    titles = fit.ds.labels
    j = controls.item(fit.ds, titles.index(FILM) if FILM in titles else None)
    st.markdown(
        "A great film is liked by everyone, whatever its attributes: its c is high and its vector has little to add. "
        "Other films split their audience, and no single number can say how: only attributes can. Click a film, or "
        "choose one in the sidebar."
    )
    train, _ = fit.parts
    spread = explained.spread(fit.s, train)
    crowd, film = st.columns([3, 2], gap="medium")
    with crowd:
        _crowd(fit, spread, j)
    with film:
        _film(fit, j)
    _verdict(fit, spread, j)
    quiz.ask("04-great-film")
    with st.expander("The equations and the code"):
        frame.show_card(explained.spread)
        frame.show_card(als.predict)


def drawn(counts: Ints) -> tuple[Ints, int]:
    """The films with enough training ratings to be shown, and how many that takes: fewer where data are few."""
    least = LEAST if np.count_nonzero(counts >= LEAST) >= 20 else max(int(np.median(counts)), 1)
    return np.flatnonzero(counts >= least), least


def _crowd(fit: Fit, spread: Floats, j: int) -> None:
    enough, least = drawn(fit.parts[0].items_counts)
    fig = figures.films(fit.s.c, spread, enough, fit.ds.labels, j, frame.palette())
    frame.show(fig, "films", on_select=lambda: _take(fit))
    kinds = ("Below the crowd, liked by everyone", "Above it, a matter of taste")
    said = [
        f"{kind}: {'; '.join(_pair(fit, spread, j) for j in found.tolist())}."
        for kind, found in zip(kinds, explained.extremes(fit.s.c, spread, enough, figures.NAMED), strict=True)
        if len(found)
    ]
    frame.note(" ".join([f"{len(enough):,} films with at least {labels.counted(least, 'training rating')}.", *said]))


def _pair(fit: Fit, spread: Floats, j: int) -> str:
    """A film with its bias and its spread."""
    return f"*{labels.markdown(fit.ds.labels[j])}* (c = {style.signed(float(fit.s.c[j]))}, spread {spread[j]:.2f})"


def _take(fit: Fit) -> None:
    """A click on a film chooses it, as the sidebar does."""
    points = st.session_state["films"].selection.points
    if points:
        st.session_state[state.ITEM.key] = fit.ds.labels[int(np.ravel(points[0]["customdata"])[0])]


def _film(fit: Fit, j: int) -> None:
    taste, left = zip(*(_split(fit.s, R, j) for R in fit.parts), strict=True)
    frame.show(figures.one_film(taste, left, fit.ds.labels[j], frame.palette()), "film")


def _split(s: als.State, R: Ratings, j: int) -> tuple[Floats, Floats]:
    """w_iᵀu_j and r − μ − b_i − c_j of those who rated film j."""
    i, r = R.T.of_user(j)
    taste = explained.product(s, i, np.full(len(i), j))
    return taste, r - s.mu - s.b[i] - s.c[j]


def _verdict(fit: Fit, spread: Floats, j: int) -> None:
    s, train = fit.s, fit.parts[0]
    n = int(train.items_counts[j])
    if n == 0:
        st.info("All ratings of this film were held out: nothing was learnt about it.", icon=":material/info:")
        return
    taste, left = _split(s, train, j)
    misses = [metrics.rmse(x, left) for x in (np.zeros(n), taste)]
    i, r = train.T.of_user(j)
    st.markdown(
        f"**{labels.markdown(fit.ds.labels[j])}**, {labels.counted(n, 'training rating')} with a mean of "
        f"{float(np.mean(r)):.2f} stars. Its bias is **{style.signed(float(s.c[j]))}**, its raters' own "
        f"{style.signed(float(s.b[i].mean()))} on average, and the product differs by **{spread[j]:.2f}** stars from "
        f"rater to rater. With biases alone the error on these ratings is {misses[0]:.2f} stars (RMSE); with the "
        f"product it is {misses[1]:.2f}. A cloud that leans towards the dashed line means that taste was found; in an "
        "upright one there is none."
    )
