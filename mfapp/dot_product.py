"""Chapter 02's room: two vectors by hand, a prediction taken apart, and neighbours by dot product and by cosine."""

from typing import Literal, NamedTuple

import numpy as np
import pandas as pd
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfcore import als, interpret
from mfcore.ratings import Floats, Ints
from mfview import labels, style
from mfview.figures import sums, vectors

TURN = state.Param("turn", "Turn all axes at random (E10)", "Multiplies W and U by one random rotation Q.")
# A pair at which every kind of term is at work, and whose rating was held out with seed 0.
START = (73, "The Matrix (1999)")
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
    st.sidebar.markdown(":small[The trained model of *A real user and film* and *Neighbours*:]")
    ds = controls.data()
    cfg = als.Config(k=controls.k(), lam=controls.lam())
    i, j = _start(ds)
    return Chosen(ds, cfg, controls.seed(), controls.user(ds.R, i), controls.item(ds, j))


def _start(ds: runs.Dataset) -> tuple[int | None, int | None]:
    users, film = np.flatnonzero(ds.R.user_ids == START[0]), START[1]
    return (int(users[0]), ds.labels.index(film)) if len(users) and film in ds.labels else (None, None)


def prepare() -> None:
    """Heed a link for all of the page's views, whichever is open."""
    for param, default in zip((*TASTE, *CONTENT), (*interpret.MATCH.w, *interpret.MATCH.u), strict=True):
        state.heed(param, _within, f"{param.key} is a number from −2 to 2", f"{default:g}")
    state.heed(TURN, ("true", "false").__contains__, "turn is true or false", "false")


def by_hand() -> None:
    """w and u by sliders: the products, their sum, the signs, the angle."""
    st.markdown(
        "Five numbers say what a person likes (+) or dislikes (−), five more say what a film has (+) or lacks (−). "
        r"Multiply them pair by pair and add: $\hat r_{ij} = w_i^\top u_j$. That is the whole prediction."
    )
    shown, taste, content = st.columns([5, 3, 3], gap="medium")
    with taste:
        st.markdown("**Taste w** · likes +, dislikes −")
        w = _sliders(TASTE, interpret.MATCH.w)
    with content:
        st.markdown("**Content u** · has +, lacks −")
        u = _sliders(CONTENT, interpret.MATCH.u)
    with shown:
        terms = [
            sums.Term(name, f"{_plain(x)} × {_plain(y)}", float(p))
            for name, x, y, p in zip(interpret.AXES, w, u, interpret.contributions(w, u), strict=True)
        ]
        frame.show(
            sums.adding_up(terms, "wᵀu", frame.palette(), title="Five products, one sum", unit="running sum of w·u"),
            "products",
        )
    _second_example(w, u)
    _two_views_of_it(w, u)


def _second_example(w: Floats, u: Floats) -> None:
    """Predict, then reveal: the notes' other film, which the picture shows when the question is settled."""
    settled = quiz.ask("02-second-example")
    with st.container(horizontal=True):
        if settled:
            st.button("Show it in the picture", on_click=_set, args=(interpret.CLASH,), icon=":material/visibility:")
        if (tuple(w), tuple(u)) != interpret.MATCH:
            st.button("Back to the first film", on_click=_set, args=(interpret.MATCH,), icon=":material/undo:")


def _two_views_of_it(w: Floats, u: Floats) -> None:
    signs, angle = st.columns(2, gap="medium")
    with signs:
        frame.show(vectors.signs(interpret.AXES, w, u, frame.palette()), "signs")
    with angle:
        frame.show(vectors.angle(w, u, frame.palette()), "angle")
    if w.any() and u.any():
        _lengths_and_angle(w, u)
    else:
        st.info(
            "A vector of zeros has length 0 and no direction: the product is 0, and there is no angle.",
            icon=":material/adjust:",
        )
    with st.expander("The equations and the code"):
        frame.show_card(interpret.contributions)
        frame.show_card(interpret.cosine)


def _lengths_and_angle(w: Floats, u: Floats) -> None:
    """The product as ‖w‖‖u‖cos θ, and what that says of the notes' similarity (E12). Neither vector is zero."""
    st.markdown(
        rf"$w^\top u = \|w\|\,\|u\|\cos\theta$ = {interpret.norm(w):.2f} · {interpret.norm(u):.2f} · "
        f"({labels.decimal(float(interpret.cosine(w, u)), 3)}) = "
        f"**{labels.decimal(float(interpret.contributions(w, u).sum()))}**"
    )
    twice = f"{labels.decimal(float(interpret.contributions(w, 2 * u).sum()))}"
    same = f"{labels.decimal(float(interpret.cosine(w, 2 * u)), 3)}"
    st.info(
        r"**A slip in the notes (E12).** They write $w^\top u \propto \mathrm{sim}(i, j)$. It equals "
        r"$\|w\|\,\|u\|\cos\theta$, so it also grows with the lengths: a u twice as long gives "
        rf"{twice}, at the same angle and the same $\cos\theta$ of {same}. Only the cosine is a similarity.",
        icon=":material/edit_note:",
    )


def real(chosen: Chosen) -> None:
    """One prediction of a trained model, taken apart."""
    ds, i, j = chosen.ds, chosen.i, chosen.j
    says = st.container()
    shown, angle = st.columns([5, 4], gap="medium")
    with angle:
        st.markdown(
            "Nobody named these factors (§4): the fit chose them. And a single axis means nothing yet, because W and U "
            "can be rotated together without changing any prediction (E10)."
        )
        turn = st.toggle(TURN.label, key=TURN.key, help=TURN.help, bind="query-params")
    s = interpret.turned(chosen.trained, interpret.rotation(chosen.cfg.k, chosen.seed)) if turn else chosen.trained
    with angle:
        frame.show(vectors.angle(s.W[i], s.U[j], frame.palette()), "real_angle")
    parts = interpret.parts(s, i, j)
    user, film = f"user {ds.R.user_ids[i]}", ds.labels[j]
    actual, part = _actual(chosen)
    says.markdown(
        f"The model predicts **{parts.total:.2f}** stars from {labels.markdown(user)} for **{labels.markdown(film)}**. "
        + (f"The rating is **{actual:g}**, {part}." if actual is not None else "That pair has no rating: it is a hole.")
    )
    terms = [
        sums.Term("b", "the user's bias", parts.b),
        sums.Term("c", "the film's bias", parts.c),
        *(
            sums.Term(f"factor {f}", f"{_plain(x)} × {_plain(y)}", float(p))
            for f, (x, y, p) in enumerate(zip(s.W[i], s.U[j], parts.terms, strict=True), 1)
        ),
    ]
    with shown:
        fig = sums.adding_up(
            terms,
            "r̂",
            frame.palette(),
            title="From the mean to the prediction",
            unit="stars",
            start=sums.Start("μ", "mean rating", parts.mu),
            actual=actual,
        )
        frame.show(fig, "parts")
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
        f"Which films are nearest to **{labels.markdown(ds.labels[j])}** ({counts[j]:,} ratings to learn from, "
        f"‖u‖ = {lengths[j]:.2f})? Two questions that sound alike have two different answers."
    )
    found: dict[str, Ints] = {}
    kinds: tuple[tuple[Literal["dot", "cosine"], str, str], ...] = (
        ("dot", "By dot product", "uᵀu′"),
        ("cosine", "By cosine", "cos\u00a0θ"),
    )
    for column, (by, title, head) in zip(st.columns(2, gap="medium"), kinds, strict=True):
        films, scores = interpret.neighbours(s.U, j, by, n=8)
        found[by] = films
        with column:
            st.subheader(title, anchor=False)
            _table(ds, films, scores, head, counts, lengths)
            st.markdown(f"Median number of ratings: **{interpret.median(counts, films):g}**")
    marked = vectors.Marked(j, found["dot"], found["cosine"])
    frame.show(vectors.norms(counts, lengths, ds.labels, marked, frame.palette()), "norms")
    rated = counts > 0
    rho = interpret.rank_correlation(counts[rated], lengths[rated])
    long, short = (interpret.median(lengths, found[by]) for by in ("dot", "cosine"))
    won = (
        f"A dot product rewards length: its neighbours have a median length of **{long:.2f}**, those by cosine "
        f"**{short:.2f}**. They win by norm and not by angle (E12). "
        if long > 1.05 * short and long >= 0.01
        else f"Length decides little here: the neighbours by dot product have a median length of **{long:.2f}**, those "
        f"by cosine **{short:.2f}**. "
    )
    st.markdown(
        f"{won}λ decides which vectors are long. A large λ keeps the vectors of rarely rated films short, and "
        "popular films win; a small one lets a film with a handful of ratings outgrow them. "
        f"Here the rank correlation of length and ratings is **{style.signed(rho)}**."
    )


def _table(ds: runs.Dataset, films: Ints, scores: Floats, head: str, counts: Ints, lengths: Floats) -> None:
    rows = pd.DataFrame(
        {
            "Film": [labels.markdown(ds.labels[q]) for q in films],
            head: [labels.decimal(x) for x in scores],
            "Ratings": [f"{x:,}" for x in counts[films]],
            "‖u‖": [labels.decimal(x) for x in lengths[films]],
        }
    )
    st.table(rows, border="horizontal", hide_index=True)


def _sliders(params: tuple[state.Param, ...], defaults: tuple[float, ...]) -> Floats:
    values = []
    for param, default in zip(params, defaults, strict=True):
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
    return labels.decimal(x, 1 if abs(x) >= 0.1 or x == 0 else 2)
