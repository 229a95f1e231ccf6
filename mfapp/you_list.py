"""Your list: films you rate, what one small equation makes of them, and the list that follows."""

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, state, you
from mfapp.you import Asked
from mfcore import fold_in, interpret, rotation
from mfcore.ratings import Ints
from mfview import labels, style
from mfview.figures import you as figures

BY = state.Param("by", "The list by", "r̂ is what you would give. wᵀu is the part of it that is your taste alone.")
STARS, TASTE = "r̂, most stars", "wᵀu, most yours"
ENDS = 2  # films named at either end of an axis


def view() -> None:
    """The view: the list beside the shelf that leads to it, then the vector between films."""
    ask = you.asked(opened=True)
    left, right = st.columns(2, gap="medium")
    with left:
        listed = _listed(ask, controls.choose(BY, (STARS, TASTE), STARS))
        fig = figures.moved(
            [ask.ds.labels[j] for j in listed],
            ask.s.mu + ask.s.c[listed],
            fold_in.predict(ask.f, listed),
            ("everybody's: μ + c", "yours: r̂"),
            frame.palette(),
            title="Your list",
        )
        frame.show(fig, "list")
        st.markdown(_told(ask, listed))
    with right:
        you.panel(ask.ds)
    if len(ask.f.items):
        _vector(ask)
    quiz.ask("14-nothing-rated")
    quiz.ask("14-by-hand")
    with st.expander("The equation and the code"):
        frame.show_card(fold_in.fold)
        frame.show_card(fold_in.predict)
        frame.show_card(interpret.reach)


def _listed(ask: Asked, by: str) -> Ints:
    if by == STARS:
        return ask.best()
    order = np.argsort(-(ask.s.U[ask.unrated] @ ask.f.w), kind="stable")
    return ask.unrated[order[: you.LIST]]


def _told(ask: Asked, listed: Ints) -> str:
    """What was learnt, in words, from the numbers."""
    n, top = len(ask.f.items), int(listed[0])
    if not n:
        return (
            "You have rated nothing, so w = 0 and b = 0: your list is everybody's, the films with the highest c. "
            "**Rate one film and watch the diamonds leave the circles.**"
        )
    b = ask.f.b
    like = (
        "as much as others do" if round(b, 2) == 0 else f"{abs(b):.2f} stars {'more' if b > 0 else 'less'} than others"
    )
    return (
        f"**{labels.counted(n, 'rating').capitalize()} of yours, {ask.cfg.k + 1} numbers about you.** Your bias is "
        f"b = {style.signed(b)}: whatever the film, you give {like}. The rest is taste. The list begins with "
        f"**{ask.name(top)}**: {labels.decimal(float(ask.s.mu + ask.s.c[top]))} for everybody, "
        f"{style.signed(b)} for your bias, {style.signed(float(ask.s.U[top] @ ask.f.w))} for your taste, "
        f"so r̂ = {labels.decimal(float(fold_in.predict(ask.f, [top])[0]))}."
    )


def _vector(ask: Asked) -> None:
    st.header("Your vector", anchor=False)
    U = ask.s.U[ask.known]
    Q = rotation.varimax(U)
    turned = U @ Q
    ends = [interpret.extremes(turned, axis, ENDS) for axis in range(ask.cfg.k)]
    low, high = ([[ask.ds.labels[ask.known[q]] for q in pair[side]] for pair in ends] for side in (0, 1))
    frame.show(figures.vector(interpret.reach(ask.f.w @ Q, turned), low, high, frame.palette()), "vector")
    frame.note(
        "Nobody named these axes. Each is told by the well-known films at its two ends, and a bar to the right says "
        "that those on the right suit you. All axes were turned so that each is about few films (varimax, chapter 6); "
        "no prediction depends on that (E10)."
    )
