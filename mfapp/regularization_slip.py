"""Slip E2 as an experiment: the exact and the written bias update side by side, each on both objectives (notes §9)."""

from collections.abc import Callable, Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import streamlit as st

from mfapp import controls, derivation, frame, quiz, runs, state
from mfcore import als, as_written, metrics, study
from mfcore.as_written import Losses
from mfcore.data.planted import planted
from mfcore.run import steps
from mfview import derivations
from mfview.derivations import Line
from mfview.derivations import as_written as written_lines
from mfview.derivations import biases as exact_lines
from mfview.figures import study as figures

K, LAM, T = 3, 0.5, 20
LAMS = (0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 10.0, 30.0)
ON = state.Param("on", "On")
DERIVATIONS = ("_derive_exact", "_derive_written")
SMALL, CHOSEN = "60 × 40, generated", "ratings of your choice"


class Run(NamedTuple):
    """One rule's States and their losses on both objectives, sweep by sweep, and the held-out RMSE at the end."""

    last: als.State
    losses: tuple[Losses, ...]
    test: float


def view() -> None:
    """The view: two rules, two objectives, and why."""
    small = controls.choose(ON, (SMALL, CHOSEN), SMALL) == SMALL
    ds = _generated(0) if small else controls.data()
    k, lam = controls.k(K, 10), controls.lam(LAM, LAMS)
    T_, seed = controls.sweeps(T, 50), controls.seed()
    if small:
        ds = _generated(seed)
    cfg = als.Config(k=k, lam=lam)
    _rules()
    exact, written = _runs(ds, ds.key, cfg, T_, seed)
    at_defaults = small and (k, lam, T_, seed) == (K, LAM, T, 0)
    if quiz.told("05-slip-wins", at_defaults):
        _outcome(exact, written)
    st.header("Why: whose bias is held back", anchor=False)
    train, _ = runs.split(ds, ds.key, seed)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.show(figures.shrinkage(train.users_counts, lam, frame.palette()), "shrinkage")
    with right:
        st.markdown(
            "Divide either update by the mean of what is left over. The exact rule trusts a mean more, the more "
            "ratings it rests on. The written rule takes the same share from everybody: it charges each bias λ once "
            "**for every rating**. That is an objective too, J′, and some libraries choose it; but it is not the J "
            "that the notes state."
        )
        frame.show_card(as_written.shrinkage)
    quiz.ask("05-bias")
    _derivations(ds, cfg, exact, written, seed)


def _rules() -> None:
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**Exact**, lowest on J of §9")
        frame.show_card(als.update_b)
    with right:
        st.markdown("**As the notes write it (E2)**")
        frame.show_card(as_written.update_b)


def _outcome(exact: Run, written: Run) -> None:
    left, right = st.columns(2)
    for column, which in ((left, "stated"), (right, "per_rating")):
        with column:
            fig = figures.descent(exact.losses, written.losses, which, frame.palette())  # type: ignore[arg-type]
            frame.show(fig, f"descent_{which}")
    rows = [
        f"| {name} | {run.losses[-1].stated:,.4f} | {run.losses[-1].per_rating:,.4f} "
        f"| {study.squared_norm(run.last.b):.3f} | {run.test:.4f} |"
        for name, run in (("exact rule", exact), ("written rule (E2)", written))
    ]
    head = ["| after the last sweep | J, as stated | J′, per rating | ‖b‖² | test RMSE |", "|---|---|---|---|---|"]
    st.markdown("\n".join([*head, *rows]))
    st.markdown(_told_apart(exact.losses[-1], written.losses[-1]))


def _told_apart(own: Losses, other: Losses) -> str:
    """Whether each rule is the better one on its own objective; own: the exact rule's."""
    if np.allclose(own, other, rtol=1e-9, atol=1e-9):
        return (
            "Both rules end at the same numbers here. They differ only where somebody has more than one rating, and "
            "their ratings leave something to a bias."
        )
    if own.stated < other.stated and other.per_rating < own.per_rating:
        return (
            f"On J the exact rule ends at **{own.stated:,.2f}** and the written one at {other.stated:,.2f}. On J′ it "
            f"is the other way round: {own.per_rating:,.2f} against **{other.per_rating:,.2f}**. Neither is wrong on "
            "its own objective; only one of them belongs to the objective that the notes state."
        )
    return (
        "Each rule lowers its own objective at every block, yet here the runs ended in different valleys: W and U are "
        "solved too, and J has more than one local minimum. Try another seed or a larger λ."
    )


def _derivations(ds: runs.Dataset, cfg: als.Config, exact: Run, written: Run, seed: int) -> None:
    """From either objective to its rule, each folded away until it is opened."""
    train, _ = runs.split(ds, ds.key, seed)
    derive: dict[str, Callable[[int], Sequence[Line]]] = {
        "From J, as stated, to the exact rule": lambda i: derivations.check(
            exact_lines.of("b", cfg), exact_lines.at("b", exact.last, train, cfg, i)
        ),
        "From J′, charged per rating, to the written rule": lambda i: derivations.check(
            written_lines.of(), written_lines.at(written.last, train, cfg, i)
        ),
    }
    folds = {
        title: st.expander(f"{title}, every line checked", key=key, on_change="rerun", icon=":material/rule:")
        for title, key in zip(derive, DERIVATIONS, strict=True)
    }
    if not any(fold.open for fold in folds.values()):
        return
    i = controls.user(ds.R)
    for title, fold in folds.items():
        if fold.open:
            with fold:
                st.markdown(f"User {ds.R.user_ids[i]} of the sidebar has {len(train.Psi(i))} training ratings.")
                derivation.show(derive[title](i))


@st.cache_resource(show_spinner=False, max_entries=16)
def _generated(seed: int) -> runs.Dataset:
    made = planted(N=60, M=40, k=3, density=0.4, noise=0.4, seed=seed)
    return runs.named(made.ratings, made.films)


@st.cache_resource(show_spinner="Running both rules …", max_entries=32)
def _runs(_ds: runs.Dataset, key: str, cfg: als.Config, T: int, seed: int) -> tuple[Run, Run]:
    train, test = runs.split(_ds, key, seed)
    found = []
    for model in (als, as_written):
        states = list(islice(steps(model, train, cfg, seed), T + 1))
        losses = tuple(as_written.losses(s, train, cfg) for s in states)
        error = metrics.rmse(model.predict(states[-1], test.i, test.j), test.r)
        found.append(Run(states[-1], losses, error))
    return found[0], found[1]
