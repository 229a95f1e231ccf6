"""Chapter 4: what the mean and two biases explain before any vector does, and how they are solved for."""

import streamlit as st

from mfapp import biases, biases_films, biases_fits, biases_proof, frame, views

chapter = frame.start("biases")
st.latex(r"\hat r_{ij} = w_i^\top u_j + b_i + c_j + \mu" + frame.TRAIL)
SHARED = {"k": biases.K, "lam": biases.LAM}
views.show(
    {
        "What biases explain": views.View(biases.view, SHARED),
        "Everyone likes it": views.View(biases_films.view, SHARED),
        "With and without": views.View(biases_fits.compared, SHARED),
        "In turn or together": views.View(biases_fits.in_turn, SHARED),
        "Derivation": views.View(
            biases_proof.view, {"k": biases_proof.K, "lam": biases_proof.LAM, "sweeps": biases_proof.T}
        ),
    }
)
frame.end(chapter)
