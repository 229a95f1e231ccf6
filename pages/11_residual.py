"""Chapter 11: MF and a network side by side, in two planted worlds, on real films, and a slip in what is left over."""

import streamlit as st

from mfapp import frame, residual_films, residual_slip, residual_worlds, views

chapter = frame.start("residual")
st.latex(
    r"\hat r_{ij} = \underbrace{w_i^\top u_j + b_i + c_j + \mu}_{\text{MF}}"
    r" + \underbrace{\text{ANN}(p_i, q_j)}_{\text{the rest}}\,"
)
worlds, films, slip = residual_worlds, residual_films, residual_slip
views.show(
    {
        "Two worlds": views.View(worlds.view, {"k": worlds.K, "lam": worlds.LAM}),
        "Real films": views.View(films.view, {"k": films.K, "lam": films.LAM}),
        "A slip (E6)": views.View(slip.view, {"k": slip.K, "lam": slip.LAM}),
    }
)
frame.end(chapter)
