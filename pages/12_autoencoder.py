"""Chapter 12: a network that gives its input back; with noise it fills holes, with a mask it learns from ratings."""

import streamlit as st

from mfapp import (
    autoencoder,
    autoencoder_dropout,
    autoencoder_mask,
    autoencoder_pictures,
    autoencoder_ratings,
    frame,
    views,
)

chapter = frame.start("autoencoder")
st.latex(
    r"\begin{aligned} w_i &= f\Big(\sum_{j\in\Psi_i} (r_{ij} - \mu)\, A_j + a\Big) \\"
    r" \hat r_{ij} &= w_i^\top u_j + c_j + \mu \end{aligned}\,"
)
base, mask, dropout = autoencoder, autoencoder_mask, autoencoder_dropout
views.show(
    {
        "Ratings in, ratings out": views.View(
            autoencoder_ratings.view, {"hidden": base.HIDDEN, "lam": base.LAM, "epochs": base.T}
        ),
        "Pictures": views.View(autoencoder_pictures.view),
        "The mask": views.View(mask.view, {"hidden": mask.HIDDEN, "lam": mask.LAM, "epochs": mask.T}),
        "Dropout": views.View(dropout.view, {"hidden": dropout.HIDDEN, "lam": dropout.LAM, "epochs": dropout.T}),
    }
)
frame.end(chapter)
