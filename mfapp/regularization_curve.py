"""λ's U-curve on held-out ratings, by one split or by folds, and the norms it shrinks (notes §9)."""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs, studies
from mfcore import als, study
from mfcore.study import Mean, Plan
from mfview import labels, precomputed
from mfview.figures import study as figures

K, LAM, T = precomputed.CURVE.ks[0], 15.0, precomputed.CURVE.T
FOLDS = {"one split" if n == 1 else f"{n} folds": n for n in precomputed.FOLDS}


def view() -> None:
    """The view: the curve and the norms, then one λ taken apart."""
    ds = controls.data()
    k = controls.k(K, 20)
    where = st.container()
    with where.container(horizontal=True):
        folds = FOLDS[controls.choose(studies.FOLDS, list(FOLDS), "one split")]
        weighted = controls.choose(studies.CHARGE, studies.CHARGES, studies.PER_ROW) == studies.PER_RATING
    lams = precomputed.charging(precomputed.CURVE, weighted).lams
    lam = controls.lam(LAM / 100 if weighted else LAM, lams)
    T_, seed = controls.sweeps(T, 30), controls.seed()
    plan = Plan((k,), lams, folds, weighted, T_, seed)
    studies.follow("curve", ds, plan, lambda rows: _curve(rows, plan, lam))
    quiz.ask("05-large-lambda")
    _frobenius(ds, replace(plan, folds=1), lam)


def _curve(rows: Sequence[Mean], plan: Plan, lam: float) -> None:
    st.markdown(_summed_up(rows))
    left, right = st.columns(2)
    with left:
        frame.show(figures.u_curve(rows, plan.lams, lam, frame.palette()), "u_curve")
    with right:
        frame.show(figures.norms(rows, plan.lams, lam, frame.palette()), "norms")
        st.markdown(_charged(rows))
    if rows[0].folds > 1:
        st.markdown(_within_one_spread(rows))
    frame.note(
        f"k = {plan.ks[0]}, {labels.counted(plan.T, 'sweep')}, biases solved along with the vectors. The lowest of "
        "many test errors is a little too good to be true: choose λ on one part of the held-out ratings and report the "
        "error on another."
    )


def _summed_up(rows: Sequence[Mean]) -> str:
    """The best λ, and both errors of the first; rows: by λ."""
    found, first = study.best(rows), rows[0]
    spread = f", spread {found.spread:.4f} over {found.folds} folds" if found.folds > 1 else ""
    return (
        f"Held-out ratings are predicted best at **λ = {found.lam:g}**: RMSE **{found.test:.4f}**{spread}. At λ = "
        f"{first.lam:g} the error on training ratings is {first.train:.3f} stars and on others {first.test:,.4g}"
        + (": what it learnt by heart does not carry over." if found.lam > first.lam else ".")
    )


def _within_one_spread(rows: Sequence[Mean]) -> str:
    """Which λ might have come first as well: those around the best without a gap, and others; rows: by λ."""
    found = study.best(rows)
    near = [row.test <= found.test + found.spread for row in rows]
    low = high = rows.index(found)
    while low and near[low - 1]:
        low -= 1
    while high + 1 < len(rows) and near[high + 1]:
        high += 1
    others = [f"{row.lam:g}" for n, row in enumerate(rows) if near[n] and not low <= n <= high]
    listed = " and ".join(filter(None, [", ".join(others[:-1]), *others[-1:]]))
    if low < high:
        said = f"Every λ from {rows[low].lam:g} to {rows[high].lam:g} lies within one spread of the lowest mean"
        said += f", and so {'do' if others[1:] else 'does'} λ = {listed}" if others else ""
    elif others:
        said = f"λ = {listed} {'lie' if others[1:] else 'lies'} within one spread of the lowest mean as well"
    else:
        return "No other λ lies within one spread of the lowest mean."
    return f"{said}: which of them comes first is the luck of the split."


def _charged(rows: Sequence[Mean]) -> str:
    """What the sum of the four does, and which of them are largest at a λ above the first."""
    first, last = rows[0], rows[-1]
    peaks = [max(rows, key=lambda row: row.lengths[n]) for n in range(len(figures.NAMES))]
    later = [
        f"{name} is largest at λ = {row.lam:g}" for name, row in zip(figures.NAMES, peaks, strict=True) if row != first
    ]
    sums = [labels.amount(x) if x >= 1e6 else f"{x:,.4g}" for x in (sum(first.lengths), sum(last.lengths))]
    return (
        f"λ is charged for their sum, which goes from {sums[0]} at λ = {first.lam:g} to {sums[1]} at λ = {last.lam:g}. "
        + (f"One of them may still grow while others give way: {', '.join(later)}." if later else "")
    )


def _frobenius(ds: runs.Dataset, plan: Plan, lam: float) -> None:
    st.header(r"$\|W\|_F^2$ is the sum of squared row norms", anchor=False)
    s = runs.trajectory(ds, plan.config(plan.ks[0], lam), plan.T, plan.seed).states[-1]
    train, _ = runs.split(ds, ds.key, plan.seed)
    squares = np.einsum("nk,nk->n", s.W, s.W, dtype=np.float64)
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.show(figures.row_norms(squares, train.users_counts, lam, frame.palette()), "row_norms")
    with right:
        _equalities(s, float(squares.sum()), train.N)
        frame.show_card(study.squared_norm)
    frame.note(
        "Fitted at the λ in the sidebar. "
        + (
            "λ grows with a user's ratings here, so busy and quiet users are held back alike."
            if plan.weighted
            else "The charge is the same for everybody, so it holds back users with few ratings the most."
        )
    )


def _equalities(s: als.State, rows: float, N: int) -> None:
    ways = {
        f"sum of {N:,} squared row norms": rows,
        f"sum of {s.W.size:,} squared entries": study.squared_norm(s.W),
        "`numpy.linalg.norm(W)` squared": float(np.linalg.norm(s.W.astype(np.float64)) ** 2),
        "sum of squared singular values": float((np.linalg.svd(s.W, compute_uv=False).astype(np.float64) ** 2).sum()),
    }
    st.markdown(
        "\n".join([r"| $\|W\|_F^2$ as | value |", "|---|---|", *(f"| {way} | {x:,.4f} |" for way, x in ways.items())])
    )
