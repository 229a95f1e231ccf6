"""Chapter 02's room: two vectors by hand, a prediction taken apart, and neighbours by dot product and by cosine."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st
from streamlit.delta_generator import DeltaGenerator

from mfapp import controls, frame, runs, state
from mfcore import als, interpret
from mfcore.ratings import Floats, Ints
from mfview import labels, style
from mfview.figures import vectors

VIEWS = ("By hand", "A real user and film", "Neighbours")
SWEEPS = 15
TASTE = tuple(state.Param(f"w{f}", f"w{f} · {name}") for f, name in enumerate(interpret.AXES, 1))
CONTENT = tuple(state.Param(f"u{f}", f"u{f} · {name}") for f, name in enumerate(interpret.AXES, 1))


class Chosen(NamedTuple):
    """What the sidebar asks for: data, the model to train on them, user i and film j."""

    ds: runs.Dataset
    cfg: als.Config
    seed: int
    i: int
    j: int

    @property
    def trained(self) -> als.State:
        return runs.trajectory(self.ds, self.cfg, SWEEPS, self.seed).states[-1]


def choose() -> Chosen:
    """The sidebar."""
    st.sidebar.caption("For the trained model, in the second and third view.")
    ds = controls.data()
    cfg = als.Config(k=controls.k(), lam=controls.lam())
    return Chosen(ds, cfg, controls.seed(), controls.user(ds.R), controls.item(ds))


def views() -> list[DeltaGenerator]:
    """By hand first; the trained model when its views are opened."""
    state.heed_choice(state.VIEW, VIEWS, VIEWS[0])
    return list(st.tabs(VIEWS, key=state.VIEW.key, on_change="rerun", bind="query-params"))


def by_hand() -> None:
    """w and u by sliders: the products, their sum, the signs, the angle."""
    st.markdown(
        "Five numbers say what a person likes (+) or dislikes (−), five more what a film has (+) or lacks (−). "
        "Multiply them pair by pair and add: **r̂ = wᵀu**. That is the whole prediction."
    )
    with st.container(horizontal=True):
        st.button("The notes' first film", on_click=_set, args=(interpret.MATCH,))
        st.button("The notes' second film", on_click=_set, args=(interpret.CLASH,))
    shown, taste, content = st.columns([5, 3, 3], gap="medium")
    with taste:
        st.markdown("**Taste w** · likes +, dislikes −")
        w = _sliders(TASTE, interpret.MATCH.w)
    with content:
        st.markdown("**Content u** · has +, lacks −")
        u = _sliders(CONTENT, interpret.MATCH.u)
    with shown:
        terms = [
            vectors.Term(name, f"{_plain(x)} × {_plain(y)}", float(p))
            for name, x, y, p in zip(interpret.AXES, w, u, interpret.contributions(w, u), strict=True)
        ]
        frame.show(
            vectors.adding_up(terms, "wᵀu", frame.palette(), title="Five products, one sum", unit="running sum of w·u"),
            "products",
        )
    _two_views_of_it(w, u)


def _two_views_of_it(w: Floats, u: Floats) -> None:
    signs, angle = st.columns(2, gap="medium")
    with signs:
        frame.show(vectors.signs(interpret.AXES, w, u, frame.palette()), "signs")
    with angle:
        frame.show(vectors.angle(w, u, frame.palette()), "angle")
    st.latex(
        rf"w^\top u = \|w\|\,\|u\|\cos\theta = {interpret.norm(w):.2f} \cdot {interpret.norm(u):.2f} \cdot "
        rf"({interpret.cosine(w, u):.3f}) = {interpret.contributions(w, u).sum():.2f}"
    )
    st.info(
        "**A slip in the notes (E12).** They write wᵀu ∝ sim(i, j). It equals ‖w‖‖u‖cos θ, so it also grows with the "
        f"lengths: a u twice as long gives {interpret.contributions(w, 2 * u).sum():.2f}, at the same angle and the "
        f"same cos θ of {interpret.cosine(w, 2 * u):.3f}. Only the cosine is a similarity.",
        icon=":material/edit_note:",
    )


def real(chosen: Chosen) -> None:
    """One prediction of a trained model, taken apart."""
    ds, s, i, j = chosen.ds, chosen.trained, chosen.i, chosen.j
    parts = interpret.parts(s, i, j)
    user, film = f"user {ds.R.user_ids[i]}", ds.labels[j]
    actual, part = _actual(chosen)
    st.markdown(
        f"The model predicts **{parts.total:.2f}** stars from {labels.markdown(user)} for **{labels.markdown(film)}**. "
        + (f"The rating is **{actual:g}**, {part}." if actual is not None else "That pair has no rating: a hole.")
    )
    terms = [
        vectors.Term("μ", "mean of all ratings", parts.mu),
        vectors.Term("b", f"{labels.short(user, 16)}'s bias", parts.b),
        vectors.Term("c", "the film's bias", parts.c),
        *(
            vectors.Term(f"factor {f}", f"{_plain(x)} × {_plain(y)}", float(p))
            for f, (x, y, p) in enumerate(zip(s.W[i], s.U[j], parts.terms, strict=True), 1)
        ),
    ]
    shown, angle = st.columns([5, 4], gap="medium")
    with shown:
        frame.show(
            vectors.adding_up(
                terms, "r̂", frame.palette(), title="What adds up to the prediction", unit="stars", actual=actual
            ),
            "parts",
        )
    with angle:
        frame.show(vectors.angle(s.W[i], s.U[j], frame.palette()), "real_angle")
        st.markdown(
            "Nobody named these factors (§4): the fit chose them. Nor is an axis what it seems, for the whole set may "
            "be turned, W by Q and U with it, and every prediction stays (E10). Try another seed: the products "
            "change, their sum hardly."
        )
    with st.expander("The equation and the code"):
        frame.show_card(interpret.parts)


def _actual(chosen: Chosen) -> tuple[float | None, str]:
    train, test = runs.split(chosen.ds, chosen.ds.key, chosen.seed)
    for R, where in ((train, "and the model learnt from it"), (test, "held out: the model has never seen it")):
        rated, r = R.of_user(chosen.i)
        at = np.flatnonzero(rated == chosen.j)
        if len(at):
            return float(r[at[0]]), where
    return None, ""


def near(chosen: Chosen) -> None:
    """Neighbours of the chosen film by dot product and by cosine, and why they differ."""
    ds, s, j = chosen.ds, chosen.trained, chosen.j
    counts = runs.split(ds, ds.key, chosen.seed)[0].items_counts
    lengths = interpret.norm(s.U)
    st.markdown(
        f"Which films are nearest to **{labels.markdown(ds.labels[j])}**? Two questions that sound alike have two "
        "different answers."
    )
    found: dict[str, Ints] = {}
    kinds: tuple[tuple[Literal["dot", "cosine"], str, str], ...] = (
        ("dot", "By dot product", "u·u′"),
        ("cosine", "By cosine", "cos θ"),
    )
    for column, (by, title, head) in zip(st.columns(2, gap="medium"), kinds, strict=True):
        films, scores = interpret.neighbours(s.U, j, by, n=8)
        found[by] = films
        with column:
            st.subheader(title, anchor=False)
            _table(ds, films, scores, head, counts, lengths)
            st.markdown(f"Median number of ratings: **{interpret.popularity(counts, films):g}**")
    marked = vectors.Marked(j, found["dot"], found["cosine"])
    frame.show(vectors.norms(counts, lengths, ds.labels, marked, frame.palette()), "norms")
    rho = interpret.rank_correlation(counts, lengths)
    st.markdown(
        f"λ keeps the vector of a film with few ratings short; with more ratings it may grow: the rank correlation of "
        f"length and number of ratings is **{style.signed(rho)}**. A dot product rewards length, so popular films win "
        "by norm, not by angle (E12). The cosine asks for direction alone and digs out films hardly anyone has rated."
    )


def _table(ds: runs.Dataset, films: Ints, scores: Floats, head: str, counts: Ints, lengths: Floats) -> None:
    rows = pd.DataFrame(
        {
            "Film": [ds.labels[q] for q in films],
            head: scores,
            "Ratings": counts[films],
            "‖u‖": lengths[films],
        }
    )
    number = st.column_config.NumberColumn(format="%.2f", width="small")
    st.dataframe(
        rows,
        hide_index=True,
        column_config={
            "Film": st.column_config.TextColumn(width="medium"),
            head: number,
            "‖u‖": number,
            "Ratings": st.column_config.NumberColumn(width="small"),
        },
    )


def _sliders(params: tuple[state.Param, ...], defaults: tuple[float, ...]) -> Floats:
    values = []
    for param, default in zip(params, defaults, strict=True):
        state.heed(param, _within, f"{param.key} is a number from −2 to 2", f"{default:g}")
        values.append(
            st.slider(param.label, -2.0, 2.0, default, 0.1, format="%.1f", key=param.key, bind="query-params")
        )
    return np.array(values)


def _within(text: str) -> bool:
    try:
        return -2 <= float(text) <= 2
    except ValueError:
        return False


def _set(example: interpret.Example) -> None:
    for params, values in ((TASTE, example.w), (CONTENT, example.u)):
        for param, value in zip(params, values, strict=True):
            st.session_state[param.key] = value


def _plain(x: float) -> str:
    return f"{x:.1f}".replace("-", "−") if abs(x) >= 0.1 or x == 0 else f"{x:.2f}".replace("-", "−")
