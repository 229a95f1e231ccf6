"""What the views of chapter 11 share: its controls, a run shipped, kept or made now, and what came of it in words."""

from collections.abc import Callable, Sequence
from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from mfapp import controls, jobs, runs, state
from mfcore import Ratings, als, branches, residual
from mfcore.branches import Look, Plan, Verdict
from mfview import labels, watched

TRAINED = state.Param(
    "trained", "Trained", "In stages: MF by ALS, then the network on what is left. Together: both by descent, at once."
)
BENT = state.Param("bent", "Activation", "The nonlinearity after each dense layer but the last.")
STAGES, TOGETHER = "in stages", "together"


def asked(plan: Callable[..., Plan], k: int, lam: float, most: int, lams: Sequence[float] = state.LAMBDAS) -> Plan:
    """The plan that the controls ask for. plan: of `watched`.  k, lam: where the controls stand at first."""
    k, lam, seed = controls.k(k, most), controls.lam(lam, lams), controls.seed()
    with st.container(horizontal=True):
        staged = controls.choose(TRAINED, (STAGES, TOGETHER), STAGES) == STAGES
        relu = controls.choose(BENT, ("tanh", "relu"), "tanh") == "relu"
    made = plan(k, lam, staged, seed)
    return replace(made, cfg=replace(made.cfg, activation="relu" if relu else "tanh"))


def follow(name: str, ds: runs.Dataset, plan: Plan, draw: Callable[[Sequence[Look]], None]) -> None:
    """Draw a run: at once where it is known, else as its epochs arrive, with progress and Cancel."""
    known = watched.find(ds.key, plan)
    if known:
        draw(known)
        return
    jobs.shared(
        name,
        (ds.key, plan),
        lambda: branches.watch(ds.R, plan),
        plan.T + 1,
        lambda t: f"epoch {t}" if t else "MF, and a network that says 0",
        lambda found: draw(found) if found else None,
    )


class Outcome(NamedTuple):
    """What a run came to: the epoch that is kept, its State, MF alone, and the verdicts on both parts held out.

    verdict: on validation, which decides whether anything was found.  test: what that is worth.
    """

    kept: Look
    state: residual.State
    alone: als.State
    verdict: Verdict
    test: Verdict


def outcome(ds: runs.Dataset, plan: Plan, looks: Sequence[Look]) -> Outcome:
    """Of the looks so far, one at least."""
    kept, s = branches.best(looks)
    first, (_, *held_out) = _alone(ds, ds.key, plan), parts(ds, ds.key, plan.seed)
    valid, test = (
        branches.verdict(als.predict(first, part.i, part.j), residual.predict(s, part.i, part.j), part.r)
        for part in held_out
    )
    return Outcome(kept, s, first, valid, test)


@st.cache_resource(show_spinner=False, max_entries=16)
def parts(_ds: runs.Dataset, key: str, seed: int) -> tuple[Ratings, Ratings, Ratings]:
    """Train, validation and test. key: the data set's."""
    return branches.three(_ds.R, seed)


@st.cache_resource(show_spinner=False, max_entries=32)
def _alone(_ds: runs.Dataset, key: str, plan: Plan) -> als.State:
    return branches.alone(parts(_ds, key, plan.seed)[0], plan)


def said(it: Outcome) -> str:
    """The verdict in words."""
    v, test = it.verdict, it.test
    if apart(it):
        return (
            f"On validation, which decides, no epoch is better than MF alone by {branches.LUCK:g} standard errors: "
            "**the network found nothing** that MF had missed, and is left out. "
            f"On test MF misses by **{test.mf:.4f}** stars."
        )
    on_test = f"On test MF alone misses by **{test.mf:.4f}** stars and MF + network by **{test.both:.4f}**"
    fell = f"the mean squared error falls by {labels.decimal(v.fall, 4)} ± {v.error:.4f}"
    if v.found:
        return (
            f"{on_test}: the network explains **{test.explained:.1%}** of what MF left over. On validation, which "
            f"decides, {fell}: more than luck would give."
        )
    less = f"not {branches.LUCK:g} standard errors" if v.fall > 0 else "no fall"
    return (
        f"{on_test}. On validation, which decides, {fell}, which is {less}: **the network found nothing** that MF had "
        "missed."
    )


def apart(it: Outcome) -> bool:
    """Whether the network is left out: what is kept predicts as MF alone does."""
    return it.kept.t == 0 and it.verdict.fall == 0
