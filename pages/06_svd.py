"""Chapter 6: SVD of a picture, of ratings, of what is full of holes; why it is best; why its axes may turn."""

import streamlit as st

from mfapp import frame, svd_axes, svd_best, svd_holes, svd_picture, svd_proof, svd_ratings, views

chapter = frame.start("svd")
st.latex(
    r"\begin{aligned} X &= U S V^\top = \sum_{f} s_f\, u_f v_f^\top \\"
    r"& s_1 \ge s_2 \ge \dots \ge 0 \end{aligned}\,"
)
views.show(
    {
        "A picture": views.View(svd_picture.view, {"k": svd_picture.K}),
        "Ratings": views.View(svd_ratings.view, {"k": svd_ratings.K}),
        "Holes (E9)": views.View(svd_holes.view, {"k": svd_holes.K, "lam": svd_holes.LAM, "sweeps": svd_holes.T}),
        "Best at rank k": views.View(svd_best.view),
        "Axes turn (E10)": views.View(svd_axes.view, {"k": svd_axes.K, "lam": svd_axes.LAM}),
        "Derivation (E8)": views.View(svd_proof.view, {"k": svd_proof.K}),
    }
)
frame.end(chapter)
