"""From three tables to two, and what truncation loses, line by line on a table that fits on a slide (E8)."""

import numpy as np
import streamlit as st

from mfapp import controls, derivation, frame, quiz
from mfcore import als, data, lowrank, rivals
from mfcore.data import planted
from mfcore.ratings import Floats, Ratings
from mfview import cards, derivations
from mfview.derivations import svd as lines
from mfview.figures import microscope

K = 2


def view() -> None:
    """The view: the tables U, S, V and W, V at rank k, then every line with its check."""
    R, titles = table()
    X: Floats = R.by_user.toarray()
    k = controls.k(K, min(X.shape))
    at = lines.at(X, k)
    left, s, _ = at.whole.first(k)
    W, U = lowrank.folded(at.whole.first(k))
    st.markdown(
        f"The tiny table with **every cell known**: {R.N} people, {R.M} films. At rank {k} the large numbers are X, "
        "the small ones what two thin tables give for the same cell. Raise k to 6 and they agree everywhere."
    )
    scale = float(max(np.abs(W).max(), np.abs(U).max()))
    frame.show(microscope.tables(R, W, U, W @ U.T, titles, scale, None, frame.palette()), "tables")
    st.latex(
        rf"\begin{{aligned}} W &= U S \\ S &= {cards.matrix(np.diag(s), 1)} \\"
        rf" U_{{1\cdot}} S &= {cards.matrix(left[:1] * s, 2)} \end{{aligned}}" + frame.TRAIL
        if k <= 4
        else rf"W = U S,\qquad (s_1, \dots, s_{k}) = {cards.matrix(s[None], 1)}{frame.TRAIL}"
    )
    derivation.show(derivations.check(lines.LINES, at))
    quiz.ask("06-index")


def table() -> tuple[Ratings, list[str]]:
    """The tiny table without holes, and its films."""
    made = planted.tiny()
    truth, R = made.truth, made.ratings
    X = np.round(als.predict(truth, *np.indices((R.N, R.M))) * 2) / 2
    full = rivals.full(X)
    full = Ratings.from_codes(full.i, full.j, full.r, R.user_ids, R.item_ids)
    return full, [data.load("tiny")[1].label(j) for j in range(R.M)]
