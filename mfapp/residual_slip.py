"""Slip E6 with numbers: the residual of the rating, and the residual as written, which is the network's own output."""

from collections.abc import Sequence
from dataclasses import replace
from itertools import chain

import numpy as np
import streamlit as st

from mfapp import controls, frame, jobs, quiz, residual, residual_worlds, runs
from mfcore import branches, embedding, metrics
from mfcore import residual as model
from mfcore.branches import Look, Plan
from mfview import labels, watched
from mfview.figures import residual as figures

K, LAM, SHOWN = 1, 1.0, 8


def view() -> None:
    """The view: both targets on a few ratings, their gradients, and two runs."""
    k, lam, seed = controls.k(K, 6), controls.lam(LAM), controls.seed()
    plan = watched.of_world(k, lam, True, seed)
    ds = residual_worlds.dataset("limit", seed)
    st.markdown(
        "The network should learn what MF leaves over. The notes write that as r̂ − MF(x): the prediction, minus what "
        "MF says."
    )
    plans = (plan, replace(plan, slip=True))
    exact, written = (watched.find(ds.key, one) for one in plans)
    at_start = plan == watched.of_world() and exact is not None
    if not quiz.told("11-slip", at_start) and exact:
        frame.show(figures.slipped(exact, (), frame.palette()), "slipped")
        frame.note("On the residual of the rating, r − MF. What happens with r̂ − MF is shown after your prediction.")
        return
    left, right = st.columns(2, gap="medium")
    with left:
        st.markdown("**What is left of the rating**")
        frame.show_card(model.rest)
    with right:
        st.markdown("**As the notes write it (E6)**")
        frame.show_card(model.rest_as_written)
    if exact and written:
        _outcome(ds, plan, [*exact, *written])
        return
    jobs.shared(
        "slip",
        (ds.key, plan),
        lambda: chain.from_iterable(branches.watch(ds.R, one) for one in plans),
        sum(one.T + 1 for one in plans),
        lambda n: "an epoch on either target",
        lambda found: _outcome(ds, plan, found),
    )


def _outcome(ds: runs.Dataset, plan: Plan, looks: Sequence[Look]) -> None:
    """Both runs, one after the other: the second begins where t is 0 again."""
    starts = [n for n, look in enumerate(looks) if look.t == 0]
    if len(starts) == 2:
        right, written = looks[: starts[1]], looks[starts[1] :]
        _numbers(ds, plan, right)
        _runs(right, written)


def _numbers(ds: runs.Dataset, plan: Plan, looks: Sequence[Look]) -> None:
    kept, s = branches.best(looks)
    train, _, _ = residual.parts(ds, ds.key, plan.seed)
    x = embedding.everything(train, plan.cfg.mf())
    few = x.at(np.linspace(0, train.n - 1, SHOWN).astype(int))
    mf, network = model.parts(s, few.i, few.j)
    right, written = model.rest(s, few), model.rest_as_written(s, few)
    rows = [
        f"| {r:.2f} | {m:.2f} | {labels.decimal(n)} | {labels.decimal(a)} | {labels.decimal(b)} |"
        for r, m, n, a, b in zip(few.r, mf, network, right, written, strict=True)
    ]
    st.markdown(
        f"Ratings of the world with a limit, after epoch {kept.t}. The last two columns are the two targets. One is "
        "what MF leaves over; the other repeats what the network already says.\n\n"
        + "\n".join(["| r | MF | ANN | r − MF | r̂ − MF |", "|---|---|---|---|---|", *rows])
    )
    whole = [metrics.rmse(model.parts(s, x.i, x.j).network, y(s, x)) for y in (model.rest, model.rest_as_written)]
    st.markdown(
        f"Over all {train.n:,} training ratings the network misses the first by **{whole[0]:.4f}** stars. It misses "
        f"the second by **{whole[1]:.6f}**: a perfect fit, whatever it says. Misses of 0 have a gradient of 0, and so "
        "a network that starts out saying 0 says 0 for ever. Only ν, the charge for its weights, still moves it."
    )


def _runs(right: Sequence[Look], written: Sequence[Look]) -> None:
    frame.show(figures.slipped(right, written, frame.palette()), "slipped")
    st.markdown(
        f"With the residual of the rating the test error falls from {right[0].test:.3f} to "
        f"**{branches.best(right)[0].test:.3f}** stars. As written it stays at **{written[-1].test:.3f}**, MF's own, "
        f"and the network's share at {written[-1].spread:.3f}."
    )
