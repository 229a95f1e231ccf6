"""Why this film? The share of each of your ratings in one prediction, and what changes when one is taken away."""

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, state, you
from mfapp.you import Asked
from mfcore import fold_in
from mfcore.ratings import Floats
from mfview import labels, style
from mfview.figures import sums
from mfview.figures import you as figures

SHOWN = 12  # shares with a bar of their own
WITHOUT = state.Param("without", "Take away", "Your vector is solved anew from the other ratings.")
NOTHING = "nothing"


def view() -> None:
    """The view: shares as bars that add up, then the list with and without one rating."""
    ask = you.asked()
    j = controls.item(ask.ds, int(ask.best()[0]))
    names = [ask.ds.labels[q] for q in ask.f.items[ask.places]]
    if not names:
        state.heed_choice(WITHOUT, [NOTHING], NOTHING)
        st.info("Nothing is rated, so nothing can be a reason. Rate a film above.", icon=":material/star:")
        return
    shares = fold_in.shares(ask.f, [j])[0]
    st.markdown(_told(ask, j, shares))
    fig = sums.adding_up(
        _terms(ask, shares),
        "r̂",
        frame.palette(),
        title=labels.plain(labels.short(ask.ds.labels[j], 38)),
        unit="stars",
        start=sums.Start("μ + c", "everybody's", float(ask.s.mu + ask.s.c[j])),
    )
    frame.show(fig, "shares")
    frame.note(
        "Below each title: what you gave the film, above (+) or below (−) what everybody gives it, μ + c. A film that "
        "you disliked can speak for another one, if the two lie on opposite sides."
    )
    st.header("And without one of them?", anchor=False)
    quiz.ask("14-removed")
    word = controls.choose(
        WITHOUT, [NOTHING, *names], NOTHING, "list", f"{WITHOUT.key} is {NOTHING} or the name of a film you rated"
    )
    if word != NOTHING:
        _removed(ask, j, int(ask.places[names.index(word)]), shares)
    quiz.ask("14-share")
    with st.expander("The equation and the code"):
        frame.show_card(fold_in.shares)


def _terms(ask: Asked, shares: Floats) -> list[sums.Term]:
    """The largest shares, each with what was rated; the others in one."""
    order = np.argsort(-np.abs(shares), kind="stable")
    terms = [
        sums.Term(
            labels.short(ask.ds.labels[ask.f.items[n]], 26),
            f"you {ask.f.r[n]:g}, that is {style.signed(float(ask.f.y[n]))}",
            float(shares[n]),
        )
        for n in order[:SHOWN].tolist()
    ]
    rest = order[SHOWN:]
    if len(rest):
        terms.append(sums.Term(f"{labels.counted(len(rest), 'other')}", "together", float(shares[rest].sum())))
    return terms


def _told(ask: Asked, j: int, shares: Floats) -> str:
    """Who speaks loudest for and against, in words."""
    total = float(fold_in.predict(ask.f, [j])[0])
    said = (
        f"**{ask.name(j)}: everybody's {labels.decimal(float(ask.s.mu + ask.s.c[j]))}, and with "
        f"{labels.counted(len(shares), 'share')} r̂ = {labels.decimal(total)} for you.** r̂ is linear in your ratings, "
        "so each has a share in it, and the shares add up exactly."
    )
    for n, word in ((int(shares.argmax()), "for"), (int(shares.argmin()), "against")):
        if round(float(shares[n]), 2) * (1 if word == "for" else -1) > 0:
            said += f" Most {word} it speaks *{ask.name(ask.f.items[n])}* ({style.signed(float(shares[n]))})."
    return said


def _removed(ask: Asked, j: int, n: int, shares: Floats) -> None:
    rest, film = fold_in.without(ask.f, n), int(ask.f.items[n])
    before, after = (float(fold_in.predict(x, [j])[0]) for x in (ask.f, rest))
    foreseen = float(fold_in.predict(rest, [film])[0])
    st.markdown(
        f"Without *{ask.name(film)}* r̂ of {ask.name(j)} is **{labels.decimal(after)}** in place of "
        f"{labels.decimal(before)}: a change of {style.signed(after - before)}. The rating's share was "
        f"{style.signed(float(shares[n]))}; the shares of the others change as well. From your other "
        f"ratings alone {labels.decimal(foreseen)} was to be expected for the film; you gave {ask.f.r[n]:g}. **Only "
        f"that surprise, {style.signed(float(ask.f.r[n]) - foreseen)}, is lost with it.**"
    )
    shown = np.array([*dict.fromkeys([j, *ask.best().tolist()])])
    fig = figures.moved(
        [ask.ds.labels[q] for q in shown],
        fold_in.predict(ask.f, shown),
        fold_in.predict(rest, shown),
        ("with it", "without"),
        frame.palette(),
        title=f"Without {labels.plain(labels.short(ask.ds.labels[film], 28))}",
    )
    frame.show(fig, "removed")
