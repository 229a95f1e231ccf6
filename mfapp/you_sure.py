"""How sure is it? Intervals of your list, how they narrow as you rate, what to rate next, and what they leave out."""

from typing import NamedTuple

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs, you
from mfapp.bayesian_intervals import SHARE, TOLD
from mfapp.you import Asked
from mfcore import DataError, als, calibration, fold_in
from mfcore.ratings import Floats, Ints
from mfview import labels
from mfview.figures import posterior
from mfview.figures import you as figures

RARE, OFTEN = 20, 100
OFFERED, BEST = 200, 5  # well-known films that may be the next; of them, how many are shown


def view() -> None:
    """The view: intervals, their narrowing, the next film, and a test on other people."""
    ask = you.asked()
    words = {f"{each:.0%}": each for each in TOLD}
    share = words[controls.choose(SHARE, list(words), "80%")]
    try:
        sigma = fold_in.noise(ask.s, ask.ds.R, ask.cfg)
    except DataError as e:
        st.info(f"How sure cannot be told: {labels.markdown(e)}.", icon=":material/help:")
        return
    listed = ask.best()
    seen = fold_in.predictive(ask.f, listed, sigma)
    low, high = seen.interval(share)
    st.markdown(
        f"**{ask.name(int(listed[0]))}: r̂ = {labels.decimal(seen.mean[0])} ± {seen.doubt[0]:.2f} stars of doubt.** A "
        f"rating scatters by σ = {sigma:.2f} on top, whatever is known of you. Together: with probability {share:.0%} "
        f"you would give between {labels.decimal(low[0], 1)} and {labels.decimal(high[0], 1)}, if the model is right."
    )
    names = [ask.ds.labels[j] for j in listed]
    nothing = np.full(len(listed), np.nan)
    fig = posterior.intervals(names, seen.mean, seen.doubt, (low, high), nothing, share, frame.palette())
    frame.show(fig, "intervals")
    st.header("What makes it surer?", anchor=False)
    settled = quiz.told("14-next", ask.at_start)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        doubt = fold_in.narrowing(ask.f, ask.places, listed, sigma)
        frame.show(figures.narrowing(doubt, sigma, len(listed), frame.palette()), "narrowing")
        st.markdown(_narrowed(doubt, sigma))
    with right:
        if settled:
            _next(ask, listed, sigma)
    st.header("What the interval leaves out", anchor=False)
    st.markdown(_left_out(ask, sigma))
    quiz.ask("14-spread")
    with st.expander("The equations and the code"):
        frame.show_card(fold_in.predictive)
        frame.show_card(fold_in.falls)
        frame.show_card(fold_in.noise)
        frame.show_card(fold_in.freedom)


def _narrowed(doubt: Floats, sigma: float) -> str:
    n = len(doubt) - 1
    if not n:
        return (
            f"With nothing rated, doubt about the list is ±{doubt[0]:.2f} stars: the prior's, σ/√λ for each entry of x."
        )
    return (
        f"{labels.counted(n, 'rating').capitalize()} took doubt about the list from ±{doubt[0]:.2f} to "
        f"±{doubt[-1]:.2f} stars. It can only fall. The noise, ±{sigma:.2f}, stays."
    )


def _next(ask: Asked, listed: Ints, sigma: float) -> None:
    """The films that tell most, of those that somebody is likely to know."""
    often = np.argsort(-ask.ds.R.items_counts, kind="stable")
    on_it = [*you.shelf()]
    offered = [j for j in often[:OFFERED].tolist() if j not in on_it and ask.ds.R.items_counts[j]]
    if not offered:
        st.markdown("Every film that could be asked about is on your shelf.")
        return
    falls = fold_in.falls(ask.f, listed, offered, sigma)
    before = float(fold_in.predictive(ask.f, listed, sigma).squares.sum())
    order = np.argsort(-falls, kind="stable")[:BEST]
    st.markdown(
        f"**Rate one of these next.** Of {len(offered)} much rated films not on your shelf, they take most from the "
        "summed variance of the list, whatever you give them:"
    )
    full = len(on_it) >= you.MOST
    for q in order.tolist():
        j = int(offered[q])
        you.stars(
            ask.ds, j, f"_next_{j}", f"−{falls[q] / before:.1%} · {labels.short(ask.ds.labels[j], 26)}", disabled=full
        )
    worst = int(np.argmin(falls))
    frame.note(
        f"A rated film goes to your shelf, and the list is made anew. Least of all tells "
        f"{ask.name(int(offered[worst]))}: −{falls[worst] / before:.1%}."
    )


class Others(NamedTuple):
    """A test on other people: held-out ratings, the parts inside their intervals of TOLD, and at 80% by films.

    rare, known: (how many, part inside) of ratings of films with fewer than RARE and with OFTEN or more ratings.
    """

    n: int
    inside: Floats
    rare: tuple[int, float]
    known: tuple[int, float]


@st.cache_data(show_spinner="Asking other people …", max_entries=64)
def _others(_ds: runs.Dataset, _s: als.State, key: str, cfg: als.Config, seed: int) -> Others | None:
    train, test = runs.split(_ds, key, seed)
    try:
        seen = fold_in.of_others(_s, train, test, cfg, fold_in.noise(_s, train, cfg))
    except DataError:
        return None
    counts = train.items_counts[test.j]
    low, high = seen.interval(0.8)
    inside = (low <= test.r) & (test.r <= high)
    rare, known = (
        (int(part.sum()), float(inside[part].mean()) if part.any() else 0.0)
        for part in (counts < RARE, counts >= OFTEN)
    )
    return Others(test.n, calibration.curve(seen, test.r, TOLD), rare, known)


def others(ask: Asked) -> Others | None:
    """The test on other people; None where σ cannot be told."""
    s = runs.trajectory(ask.ds, ask.cfg, you.T, ask.seed).states[-1]
    return _others(ask.ds, s, ask.ds.key, ask.cfg, ask.seed)


def _left_out(ask: Asked, sigma: float) -> str:
    """What is taken as known, and a test that takes nothing for granted."""
    said = (
        "The model says how sure it is, as if three things were so:\n\n"
        "- **U, c and μ count as known.** They are estimates too, of films with few ratings poor ones. Chapter 8 draws "
        "them along with everything else.\n"
        f"- **The prior.** λ = {ask.cfg.lam:g} stands for people whose entries scatter about 0 by σ/√λ = "
        f"{sigma / ask.cfg.lam**0.5:.2f}. Nobody is exactly like that.\n"
        f"- **σ = {sigma:.2f}** is read off the training errors, allowing for the numbers that the fit used up. Where "
        "the model is wrong, its error is counted as noise."
    )
    found = others(ask)
    if found is None:
        return said
    kept = "; ".join(
        f"{share:.0%} intervals hold **{part:.1%}**" for share, part in zip(TOLD, found.inside, strict=True)
    )
    said += (
        "\n\nSo ask other people: one rating in ten was held out, the model trained on the rest, and each person "
        f"folded in from what was left of theirs. Of {labels.counted(found.n, 'held-out rating')}: {kept}."
    )
    if found.rare[0] and found.known[0]:
        said += (
            f" Of films with fewer than {RARE} training ratings 80% intervals hold {found.rare[1]:.1%}, of those with "
            f"{OFTEN} or more {found.known[1]:.1%}."
        )
    return said
