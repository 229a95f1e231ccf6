"""Every k with every λ: train and test error as two tables of colours (notes §8, 9)."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mfapp import controls, frame, quiz, studies
from mfcore import study
from mfcore.study import Mean, Plan
from mfview import labels, precomputed
from mfview.figures import study as figures

T = precomputed.GRID.T


def view() -> None:
    """The view: both tables, filled as the fits arrive."""
    ds = controls.data()
    weighted = controls.choose(studies.CHARGE, studies.CHARGES, studies.PER_ROW) == studies.PER_RATING
    plan = precomputed.charging(precomputed.GRID, weighted)
    plan = replace(plan, T=controls.sweeps(T, 30), seed=controls.seed())
    st.markdown(
        "More factors fit more; a larger λ holds them back. Training error only ever asks for more factors and less λ. "
        "Held-out ratings want both in balance."
    )
    studies.follow("grid", ds, plan, lambda rows: _tables(rows, plan), start=f"Fit {plan.size} models")
    quiz.ask("05-fits")


def _tables(rows: Sequence[Mean], plan: Plan) -> None:
    left, right = st.columns(2)
    with left:
        frame.show(figures.grid(rows, plan, "test", frame.palette()), "grid_test")
    with right:
        frame.show(figures.grid(rows, plan, "train", frame.palette()), "grid_train")
    if len(rows) < len(plan.ks) * len(plan.lams):
        return
    found, closest = study.best(rows), min(rows, key=lambda row: row.train)
    crawls = (
        f" (A minimum at λ = 0 would be lower still, but {labels.counted(plan.T, 'sweep')} do not reach it: "
        "alternating crawls where rows are hardly determined.)"
        if closest.lam > 0
        else ""
    )
    by_k = [study.best([row for row in rows if row.k == k]) for k in plan.ks]
    st.markdown(
        f"Test is lowest, **{found.test:.4f}**, at k = {found.k} and λ = {found.lam:g}; train at k = {closest.k} and "
        f"λ = {closest.lam:g}, where test is at {closest.test:,.4g}. With the right λ for each k the test error goes "
        f"from {by_k[0].test:.4f} at k = {by_k[0].k} to {by_k[-1].test:.4f} at k = {by_k[-1].k}: "
        f"once λ is right, a k that is too large costs time and little else.{crawls}"
    )
    frame.note(
        f"{plan.size} fits of {labels.counted(plan.T, 'sweep')} on one split; frames mark the lowest error. "
        "Colours end where errors leave the range worth comparing; the numbers are written out."
    )
