"""A picture as a matrix: k triplets of it, the k-th by itself, and what is kept (notes §5, 10)."""

import plotly.graph_objects as go
import streamlit as st

from mfapp import controls, frame, quiz
from mfcore import lowrank, rivals
from mfcore.data import picture
from mfcore.ratings import Floats
from mfview.figures import picture as pictures
from mfview.figures import spectrum

K, MOST = 8, picture.HEIGHT


def view() -> None:
    """The view: original, rank k, the last triplet; then the spectrum and its energy."""
    k = controls.k(K, MOST)
    P = picture.lighthouse()
    N, M = P.shape
    whole = lowrank.decomposed(P)
    shares = lowrank.energy(whole.s, float((P**2).sum()))
    W, U = lowrank.folded(whole.first(k))
    last = W[:, -1:] @ U[:, -1:].T
    near = rivals.distance("SVD", k, P, W @ U.T)
    st.markdown(
        f"This picture is a matrix of {N} × {M} grey values. SVD writes it as a sum of columns times rows, the most "
        f"important first. **{k} of them keep {shares[k - 1]:.2%} of its energy** and take "
        f"**{k * (N + M):,} numbers in place of {N * M:,}**. Move k."
    )
    for column, (fig, key) in zip(st.columns(3), _three(P, W @ U.T, last, k), strict=True):
        with column:
            frame.show(fig, key)
    st.markdown(
        f"What is missing: $\\|X - X_k\\|_F$ = **{near.frobenius:.3g}** of {float((P**2).sum()) ** 0.5:.3g}. "
        + (
            "Nothing at all, up to rounding: at k = min(N, M) the matrix is rewritten, not approximated (§5)."
            if k == MOST
            else "Sky and waves change along one direction and come early. The round sun and the slanted beam take "
            "many columns times rows: low rank is good at what is upright or level, and at nothing else."
        )
    )
    left, right = st.columns(2)
    with left:
        frame.show(spectrum.values(whole.s, k, frame.palette(), unit="grey values"), "spectrum")
    with right:
        frame.show(spectrum.energy(shares, k, frame.palette()), "energy")
    quiz.ask("06-numbers")
    with st.expander("The equations and the code"):
        frame.show_card(lowrank.decomposed)
        frame.show_card(lowrank.folded)
        frame.show_card(lowrank.energy)


def _three(P: Floats, near: Floats, last: Floats, k: int) -> list[tuple[go.Figure, str]]:
    p = frame.palette()
    words = "a lighthouse on a cliff over the sea, a low sun beside it"
    return [
        (pictures.grey(P, p, title="X, the picture", alt=f"The picture: {words}."), "original"),
        (pictures.grey(near, p, title=f"X at rank {k}", alt=f"The same at rank {k}: {words}, blurred."), "near"),
        (
            pictures.signed(
                last, p, title=f"Triplet {k} alone", alt=f"Triplet {k}, a column times a row: green +, purple −."
            ),
            "last",
        ),
    ]
