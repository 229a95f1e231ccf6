"""Every k with every λ: train and test error as two tables of colours (notes §8, 9)."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mfapp import controls, frame, quiz, runs, studies
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
        "More factors can fit more; a larger λ holds them back. Every pair of k and λ is a model, scored on the "
        "ratings it was fitted to and on those held out."
    )
    at_defaults = ds.key == runs.dataset(precomputed.DATA).key and plan == precomputed.GRID
    settled = quiz.told("05-grid", at_defaults)
    studies.follow("grid", ds, plan, lambda rows: _tables(rows, plan, settled), start=f"Fit {plan.size} models")


def _tables(rows: Sequence[Mean], plan: Plan, settled: bool) -> None:
    """The table of train; settled: beside that of test, which is asked for first, and what both say."""
    left, right = st.columns(2)
    with left:
        frame.show(figures.grid(rows, plan, "train", frame.palette()), "grid_train")
    with right:
        if settled:
            frame.show(figures.grid(rows, plan, "test", frame.palette()), "grid_test")
        else:
            st.info("Held-out ratings are shown here once you have answered.", icon=":material/visibility_off:")
    if settled and len(rows) == len(plan.ks) * len(plan.lams):
        st.markdown(_summed_up(rows, plan))
    frame.note(
        f"{plan.size} fits of {labels.counted(plan.T, 'sweep')} on one split; frames mark the lowest error. "
        "Colours stop where errors leave the range worth comparing; the numbers are written out."
    )


def _summed_up(rows: Sequence[Mean], plan: Plan) -> str:
    found, closest = study.best(rows), min(rows, key=lambda row: row.train)
    by_k = [study.best([row for row in rows if row.k == k]) for k in plan.ks]
    too_large = (
        "no k of this table is too large once λ is right, and a larger one may do better still"
        if found.k == plan.ks[-1]
        else f"in this table k = {found.k} is enough, and more factors do no better at the λ that suits them"
    )
    crawls = (
        f" (A minimum at λ = 0 would be lower still, but {labels.counted(plan.T, 'sweep')} do not reach it: "
        "alternating is very slow where rows are barely determined.)"
        if closest.lam > 0
        else ""
    )
    return (
        f"The training error is lowest, {closest.train:.4f}, at k = {closest.k} and λ = {closest.lam:g}, where the "
        f"test error is {closest.test:,.4g}; the test error is lowest, **{found.test:.4f}**, at k = {found.k} and λ = "
        f"{found.lam:g}. With the right λ for each k the test error goes from {by_k[0].test:.4f} at k = {by_k[0].k} to "
        f"{by_k[-1].test:.4f} at k = {by_k[-1].k}: {too_large}.{crawls}"
    )
