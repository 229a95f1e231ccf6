"""Chapter 3: alternating least squares, a row at a time, then on real films, then where it breaks, and why it holds."""

import streamlit as st

from mfapp import frame, microscope, proof, too_few, training, views

chapter = frame.start("plain_mf")
st.latex(
    r"\begin{aligned} J = {} & \sum_{(i,j)\in\Omega} \big(r_{ij} - w_i^\top u_j\big)^2 \\"
    r" & {} + \lambda\,\big(\|W\|_F^2 + \|U\|_F^2\big) \end{aligned}\,"
)
views.show(
    {
        "Microscope": views.View(microscope.view, {"k": microscope.K, "lam": microscope.LAM}),
        "Real films": views.View(training.view, {"k": training.K, "lam": training.LAM, "sweeps": training.T}),
        "Too few ratings": views.View(too_few.view, {"k": too_few.K}),
        "Derivation": views.View(proof.view, {"k": proof.K, "lam": proof.LAM, "sweeps": proof.T}),
    }
)
frame.end(chapter)
