"""Maximum likelihood overfits as k grows, and a prior holds it (notes §11)."""

from collections.abc import Sequence

import streamlit as st

from mfapp import controls, frame, quiz, runs, studies
from mfcore import pmf as model
from mfcore.study import Mean, Plan
from mfview import precomputed
from mfview.figures import priors

LAM = 15.0
LAMS = precomputed.GRID.lams[1:]
WEAK = LAMS[0]


def view() -> None:
    """The view: train and test error against k, without a prior, with a weak one and with the one in the sidebar."""
    ds = controls.data()
    lam, seed = controls.lam(LAM, LAMS), controls.seed()
    st.markdown(
        "More factors can only make the ratings likelier: with k one higher, the old fit is still there, with a column "
        "of zeros. So **maximum likelihood always wants more of them**. What happens to ratings it has not seen?"
    )
    if quiz.ask("07-more-factors"):
        plan = _plan(ds, lam, seed)
        studies.follow("overfit", ds, plan, lambda rows: _curves(rows, lam))
    with st.expander("The equations and the code"):
        frame.show_card(model.log_likelihood)
        frame.show_card(model.log_posterior)


def _plan(ds: runs.Dataset, lam: float, seed: int) -> Plan:
    """The shipped grid where it is of these ratings; else two or three fits for every k."""
    if seed == precomputed.GRID.seed and precomputed.find(ds.key, precomputed.GRID):
        return precomputed.GRID
    return Plan(precomputed.GRID.ks, tuple(sorted({0.0, WEAK, lam})), T=precomputed.GRID.T, seed=seed)


def _curves(rows: Sequence[Mean], lam: float) -> None:
    names = {0.0: "MLE, no prior", lam: f"MAP, λ = {lam:g}", WEAK: f"MAP, λ = {WEAK:g}"}
    of = {at: {row.k: row for row in rows if row.lam == at} for at in names}
    ks = sorted(set.intersection(*(set(some) for some in of.values())))
    if not ks:
        return
    titles = {"train": "Train: what is maximised", "test": "Test: what is wanted"}
    for column, (part, title) in zip(st.columns(2), titles.items(), strict=True):
        found = {name: [getattr(of[at][k], part) for k in ks] for at, name in names.items()}
        with column:
            fig = priors.lines(ks, found, frame.palette(), title=title, over="k", y="RMSE in stars", log=part == "test")
            frame.show(fig, f"overfit_{part}")
    mle, held = of[0.0][ks[-1]], of[lam][ks[-1]]
    lowest = min((of[0.0][k] for k in ks), key=lambda row: row.test)
    st.markdown(
        f"At k = {mle.k}, maximum likelihood reads **σ = {mle.train:.3f}** off its training ratings and misses others "
        f"by **{mle.test:,.4g}** stars; its best k is {lowest.k}, with {lowest.test:,.4g}. With λ = {lam:g} the same "
        f"k = {held.k} misses by **{held.test:.4f}**, and σ is {held.train:.3f}: still too sure, but held."
    )
    frame.note(
        "λ is λ_ridge = λ_prior σ²; biases are solved along with the vectors. Likelihood is highest where the error "
        f"on train is lowest. After {precomputed.GRID.T} sweeps a weak prior may still be ahead there: without one, "
        "alternating arrives late. A film with fewer ratings than unknowns is fitted exactly, by a vector of any "
        "length (E11): hence errors of many stars."
    )
