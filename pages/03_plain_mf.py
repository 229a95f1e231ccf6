"""Chapter 3: alternating least squares, a row at a time, then on real films, then where it breaks."""

import streamlit as st

from mfapp import frame, microscope, player, state

VIEWS = {"Microscope": microscope.view}

chapter = frame.start("plain_mf")
st.latex(r"J = \sum_{(i,j)\in\Omega} \big(r_{ij} - w_i^\top u_j\big)^2")
state.heed_choice(state.VIEW, list(VIEWS), "Microscope")
tabs = st.tabs(list(VIEWS), key=state.VIEW.key, on_change=player.pause, bind="query-params")
for tab, view in zip(tabs, VIEWS.values(), strict=True):
    if tab.open:
        with tab:
            view()
frame.end(chapter)
