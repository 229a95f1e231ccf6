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
rows: dict[str, int | float | str] = {"hidden": base.HIDDEN, "lam": base.LAM, "by": base.USERS}
films: dict[str, int | float | str] = {"hidden": dropout.HIDDEN, "lam": dropout.LAM, "by": base.FILMS}
views.show(
    {
        "Ratings in, ratings out": views.View(autoencoder_ratings.view, rows | {"epochs": base.T}),
        "Pictures": views.View(autoencoder_pictures.view),
        "The mask": views.View(mask.view, rows | {"epochs": mask.T}),
        "Dropout": views.View(dropout.view, films | {"epochs": dropout.T}),
    }
)
frame.end(chapter)
