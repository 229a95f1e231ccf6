"""The derivation of any row of the tiny table, checked on the numbers of the sweep in view."""

from typing import Literal

import streamlit as st

from mfapp import controls, derivation, microscope, quiz, runs, state
from mfview import derivations
from mfview.derivations import plain

K, LAM, T = 2, 0.0, 1


def view() -> None:
    """The view: which row, after how many sweeps, and every line with its check."""
    ds = runs.dataset("tiny")
    k, lam = controls.k(K, 6), controls.lam(LAM)
    t, seed = controls.sweeps(T, microscope.SWEEPS), controls.seed()
    h = microscope.history(k, lam, seed)
    users = [f"w{i + 1} {name}" for i, name in enumerate(ds.R.user_ids)]
    films = [f"u{j + 1} {label}" for j, label in enumerate(ds.labels)]
    rows = [*users, *films]
    st.header("From J to one row", anchor=False)
    st.markdown(
        f"Each line follows from the ones above it, and each is checked on real numbers: W and U after {t} "
        f"sweep{'s' if t > 1 else ''} over the tiny table, with both sides worked out by different routes."
    )
    word = controls.choose(state.ROW, rows, rows[0], "list")
    block: Literal["W", "U"] = "W" if word in users else "U"
    row = (users if word in users else films).index(word)
    s = h.states[t * (ds.R.N + ds.R.M)]
    at = plain.at(block, s, ds.R, h.cfg, row)
    derivation.show(derivations.check(plain.of(block, h.cfg), at))
    st.header("And with λ?", anchor=False)
    quiz.ask("03-lambda")
