"""Chapter 14: rate films and be folded in; your list, its reasons, how sure it is, and the lines behind it."""

import streamlit as st

from mfapp import frame, views, you, you_list, you_proof, you_sure, you_why

chapter = frame.start("you")
st.latex(
    r"\begin{bmatrix} w \\ b \end{bmatrix} = \Big(\sum_l z_l z_l^\top + \lambda I\Big)^{-1}"
    r"\sum_l (r_l - c_l - \mu)\, z_l" + frame.TRAIL
)
SHARED = {"k": you.K, "lam": you.LAM}
views.show(
    {
        "Your list": views.View(you_list.view, SHARED),
        "Why this film?": views.View(you_why.view, SHARED),
        "How sure is it?": views.View(you_sure.view, SHARED),
        "Derivation": views.View(you_proof.view, SHARED),
    }
)
frame.end(chapter)
