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
BENT = state.Param("bent", "Layers bent by", "What follows each dense layer but the last.")
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
    """What a run came to: the epoch that is kept, its State, MF alone, and the verdict on the test part."""

    kept: Look
    state: residual.State
    alone: als.State
    verdict: Verdict


def outcome(ds: runs.Dataset, plan: Plan, looks: Sequence[Look]) -> Outcome:
    """Of the looks so far, one at least."""
    kept, s = branches.best(looks)
    first, (_, _, test) = _alone(ds, ds.key, plan), parts(ds, ds.key, plan.seed)
    mf, both = als.predict(first, test.i, test.j), residual.predict(s, test.i, test.j)
    return Outcome(kept, s, first, branches.verdict(mf, both, test.r))


@st.cache_resource(show_spinner=False, max_entries=16)
def parts(_ds: runs.Dataset, key: str, seed: int) -> tuple[Ratings, Ratings, Ratings]:
    """Train, validation and test. key: the data set's."""
    return branches.three(_ds.R, seed)


@st.cache_resource(show_spinner=False, max_entries=32)
def _alone(_ds: runs.Dataset, key: str, plan: Plan) -> als.State:
    return branches.alone(parts(_ds, key, plan.seed)[0], plan)


def said(it: Outcome) -> str:
    """The verdict in words."""
    v = it.verdict
    numbers = (
        f"On test MF alone misses by **{v.mf:.4f}** stars and MF + network by **{v.both:.4f}**. The mean squared error "
        f"falls by {labels.decimal(v.fall, 4)} ± {v.error:.4f}"
    )
    if v.found:
        return f"{numbers}: more than luck would do. The network explains **{v.explained:.1%}** of what MF left over."
    if v.fall > 0:
        return f"{numbers}, which is not two standard errors: **nothing was found** that could not be luck."
    return f"{numbers}: it does not fall. **The network found nothing** that MF had missed."
