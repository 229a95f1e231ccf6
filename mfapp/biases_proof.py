"""The derivations of b_i, c_j, w_i, u_j and of a vector with its bias, checked on the numbers of the data in view."""

import streamlit as st

from mfapp import controls, derivation, frame, quiz, runs, state
from mfcore import als
from mfview import chapters, derivations
from mfview.derivations import biases

K, LAM, T = 2, 1.0, 1
UNKNOWNS: dict[str, biases.Block] = {
    "bᵢ": "b", "cⱼ": "c", "wᵢ": "W", "uⱼ": "U", "wᵢ and bᵢ together": "Wb", "uⱼ and cⱼ together": "Uc",
}  # fmt: skip
UNKNOWN = state.Param("solve", "Solve for")
CARDS = {
    "b": als.update_b,
    "c": als.update_c,
    "W": als.update_W,
    "U": als.update_U,
    "Wb": als.update_W,
    "Uc": als.update_U,
}


def view() -> None:
    """The view: which unknown, of whom, after how many sweeps, and every line with its check."""
    ds = controls.data()
    cfg = als.Config(k=controls.k(K), lam=controls.lam(LAM))
    t, seed = controls.sweeps(T), controls.seed()
    st.header("From J to one unknown", anchor=False)
    word = controls.choose(UNKNOWN, list(UNKNOWNS), next(iter(UNKNOWNS)), "list")
    block = UNKNOWNS[word]
    film = block in ("c", "U", "Uc")
    row = controls.item(ds) if film else controls.user(ds.R)
    s = runs.trajectory(ds, cfg, t, seed).states[-1]
    train, _ = runs.split(ds, ds.key, seed)
    st.markdown(
        f"Each line follows from the ones above it. Each is checked on the numbers after {t} "
        f"sweep{'s' if t > 1 else ''} over the training ratings, for the {'film' if film else 'user'} chosen in the "
        "sidebar; the two sides are computed by different routes."
    )
    derivation.show(derivations.check(biases.of(block, cfg), biases.at(block, s, train, cfg, row)))
    for chapter in chapters.CHAPTERS:
        if chapter.slug == "regularization" and len(block) == 1 and block in "bc" and cfg.lam > 0:
            st.page_link(chapter.page, label=f"Slip E2 as an experiment: {chapter.title}", icon=":material/science:")
    with st.expander("The equation and the code"):
        frame.show_card(CARDS[block], "with a bias in the system: `als.Config(joint=True)`" if len(block) == 2 else "")
    quiz.ask("04-by-hand")
