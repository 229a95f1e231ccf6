"""Chapter 04's room: what μ, b and c explain before any vector does, and what is predicted of whoever is new."""

from dataclasses import dataclass

import numpy as np
import pandas as pd
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfcore import Ratings, als, explained, metrics
from mfcore.explained import Share
from mfview import labels, style
from mfview.figures import biases as figures

K, LAM, T = 5, 10.0, 10
HEIGHT = 3.5
HEIGHTS = tuple(x / 2 for x in range(-4, 11))
FIRST = state.Param("first", "First in line", "What both could explain is credited to whichever comes first.")
USERS, FILMS = "users: b", "films: c"
INTERCEPT = state.Param("height", "True b", "The height of the points at x = 0, in stars.")
DRAW = state.Param("draw", "Points", "Another number draws different points.")


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What the sidebar asked for, trained with biases."""

    ds: runs.Dataset
    cfg: als.Config
    seed: int
    s: als.State

    @property
    def at_defaults(self) -> bool:
        """Whether no control was touched that the fit depends on."""
        own = als.Config(k=K, lam=LAM, joint=True)
        return (self.ds.key, self.cfg, self.seed) == (runs.dataset("ml-small").key, own, 0)

    @property
    def parts(self) -> tuple[Ratings, Ratings]:
        return runs.split(self.ds, self.ds.key, self.seed)


def fit() -> Fit:
    """Data, k, λ and seed from the sidebar, and the biased model trained on them."""
    ds = controls.data()
    cfg = als.Config(k=controls.k(K), lam=controls.lam(LAM), joint=True)
    seed = controls.seed()
    return Fit(ds, cfg, seed, runs.trajectory(ds, cfg, T, seed).states[-1])


def view() -> None:
    """The view: a line with an intercept, the stairs beside it, and what is said of somebody new."""
    line, stairs = st.columns([2, 3], gap="medium")
    with line:
        _line()
    with stairs:
        st.subheader("Films: the same idea twice", anchor=False)
        here, picture = fit(), st.container()
    # The vectors' stair is what the question asks for; whoever changes a control is past predicting.
    vectors = quiz.told("04-alone", here.at_defaults)
    with picture:
        _stairs(here, vectors)
    _somebody_new(here)
    with st.expander("The equations and the code"):
        frame.show_card(als.update_b, "update_c is the same with users and films exchanged")
        frame.show_card(explained.r_squared)


@st.fragment
def _line() -> None:
    st.subheader("y = mx + b", anchor=False)
    b, seed = _line_controls()
    x, y = explained.scatter(b, seed)
    through, free = (explained.line(x, y, intercept=intercept) for intercept in (False, True))
    frame.show(figures.line(x, y, through, free, frame.palette()), "line")
    st.markdown(
        f"A product alone is 0 where x is 0. Ratings are not: the points lie {labels.decimal(b, 1)} stars up. So the "
        f"slope has to make up for the height: m = **{labels.decimal(through.m)}**, and J is {through.J:.1f}. With one "
        f"more number, b, least squares finds m = **{labels.decimal(free.m)}** and J = {free.J:.1f}; the points were "
        f"made with a slope of {explained.SLOPE:g}."
    )


def _line_controls() -> tuple[float, int]:
    with st.container(horizontal=True, vertical_alignment="bottom"):
        b = controls.one_of(INTERCEPT, HEIGHT, HEIGHTS, sidebar=False, width=220)
        seed = controls.whole(DRAW, 0, 9999, 0, sidebar=False, typed=True, width=130)
    return b, seed


def _stairs(fit: Fit, vectors: bool) -> None:
    """What each term explains; vectors: with that of wᵀu, which is asked for first."""
    order = controls.choose(FIRST, (USERS, FILMS), USERS)
    ladder = shares(fit.ds, fit.ds.key, fit.cfg.lam, fit.seed)
    both, full = ladder["μ + b + c"], explained.share(fit.s, *fit.parts)
    if not np.isfinite([*both, *full]).all():
        st.info("All ratings in one part of the split are equal: μ alone predicts them all.", icon=":material/info:")
        return
    first, second = ("b", "c") if order == USERS else ("c", "b")
    steps = {f"+ {first}": ladder[f"μ + {first}"], f"+ {second}": both} | ({"+ wᵀu": full} if vectors else {})
    frame.show(figures.stairs(steps, frame.palette()), "stairs")
    st.markdown(
        f"μ = {fit.s.mu:.2f} explains 0 by definition: R² counts what is removed of the squared error around μ, the "
        f"variance. One number for every user and every film removes **{both.test:.1%}** of it on held-out ratings "
        f"(training {both.train:.1%}). " + (_with_vectors(fit, both, full) if vectors else "")
    )


def _with_vectors(fit: Fit, both: Share, full: Share) -> str:
    if full.test < both.test:
        so = "Here the vectors lose on held-out ratings what they gain on training ratings: raise λ or lower k."
    elif both.test > 0:
        part = both.test / full.test
        so = f"**{part:.0%}** of what the whole model explains of held-out ratings needs no vector at all."
    elif full.test > 0:
        so = "Biases alone predict held-out ratings no better than μ here: what is explained of them needs the vectors."
    else:
        so = "Held-out ratings are predicted no better than by μ here, with or without vectors."
    return f"With {fit.cfg.k} more numbers for each it is {full.test:.1%} (training {full.train:.1%}). {so}"


@st.cache_resource(show_spinner="Fitting biases alone …", max_entries=64)
def shares(_ds: runs.Dataset, key: str, lam: float, seed: int) -> dict[str, Share]:
    """R² of the models without vectors. key: the data set's."""
    train, test = runs.split(_ds, key, seed)
    ladder = explained.ladder(train, als.Config(k=1, lam=lam))
    return {name: explained.share(s, train, test) for name, s in ladder.items()}


def _somebody_new(fit: Fit) -> None:
    st.header("Somebody new", anchor=False)
    i, j = controls.user(fit.ds.R), controls.item(fit.ds)
    s, (train, test) = fit.s, fit.parts
    user, film = f"user {labels.markdown(fit.ds.R.user_ids[i])}", labels.markdown(fit.ds.labels[j])
    rows: list[tuple[str, str, int | None, int | None]] = [
        (f"{user}, {film}", "μ + b + c + wᵀu", i, j),
        (f"someone new, {film}", "μ + c", None, j),
        (f"{user}, a film nobody has rated", "μ + b", i, None),
        ("someone new, a film nobody has rated", "μ", None, None),
    ]
    st.markdown(
        "A user or film absent from training has no vector or bias: both are 0. Only the other side's bias remains, "
        f"around μ = {s.mu:.2f}."
    )
    table = pd.DataFrame(
        {
            "Whose": [who for who, *_ in rows],
            "Terms": [terms for _, terms, *_ in rows],
            "r̂": [labels.decimal(explained.known(s, a, b)) for *_, a, b in rows],
        }
    )
    st.table(table, border="horizontal", hide_index=True)
    st.markdown(
        f"Here b = {style.signed(float(s.b[i]))} and c = {style.signed(float(s.c[j]))} stars. {_unseen(s, train, test)}"
    )


def _unseen(s: als.State, train: Ratings, test: Ratings) -> str:
    """How well the held-out ratings of films without training ratings are predicted."""
    new = (train.items_counts == 0)[test.j]
    if not new.any():
        return "In this split every film held out has training ratings too."
    r = test.r[new]
    errors = [metrics.rmse(x, r) for x in (als.predict(s, test.i[new], test.j[new]), np.full(len(r), s.mu))]
    return (
        f"This is not a rare case: {labels.counted(int(new.sum()), 'held-out rating')} of this split "
        f"{'is' if len(r) == 1 else 'are'} of films without a single training rating. There μ + b misses by "
        f"{errors[0]:.3f} stars (RMSE), μ alone by {errors[1]:.3f}."
    )
