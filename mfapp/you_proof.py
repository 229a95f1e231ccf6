"""The derivations behind fold-in, shares and doubt, checked on your own ratings."""

import streamlit as st

from mfapp import controls, derivation, frame, quiz, state, you
from mfcore import DataError, fold_in
from mfview import derivations, labels
from mfview.derivations import fold_in as lines

PART = state.Param("part", "Derive")


def view() -> None:
    """The view: which part, and every line with its check on your ratings and the film in the sidebar."""
    ask = you.asked()
    j = controls.item(ask.ds, int(ask.best()[0]))
    part = controls.choose(PART, lines.PARTS, lines.VECTOR)
    if not len(ask.f.items):
        st.info("Nothing is rated, so every sum is empty. Rate a film above.", icon=":material/star:")
        return
    try:
        sigma = fold_in.noise(ask.s, ask.ds.R, ask.cfg)
    except DataError:
        sigma = 1.0  # lines hold at any σ
    n = int(ask.places[0])
    st.markdown(
        f"Checked on your {labels.counted(len(ask.f.items), 'rating')} and on *{ask.name(j)}*, the two sides by "
        f"different routes. σ = {sigma:.2f}; the rating taken away is that of *{ask.name(int(ask.f.items[n]))}*."
    )
    derivation.show(derivations.check(lines.of(part), lines.at(ask.f, ask.ds.R, j, n, sigma)))
    quiz.ask("14-linear")
    with st.expander("The equation and the code"):
        frame.show_card(
            fold_in.fold if part == lines.VECTOR else fold_in.shares if part == lines.SHARES else fold_in.falls
        )
