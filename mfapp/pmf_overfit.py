"""Maximum likelihood overfits as k grows, and a prior holds it (notes §11)."""

from collections.abc import Sequence

import streamlit as st

from mfapp import controls, frame, quiz, runs, studies
from mfcore import pmf as model
from mfcore.study import Mean, Plan
from mfview import precomputed
from mfview.figures import spectrum
from mfview.style import Palette

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
    """The shipped grid where it is of these ratings; else three fits for every k."""
    if seed == precomputed.GRID.seed and precomputed.find(ds.key, precomputed.GRID):
        return precomputed.GRID
    return Plan(precomputed.GRID.ks, tuple(sorted({0.0, WEAK, lam})), T=precomputed.GRID.T, seed=seed)


def _curves(rows: Sequence[Mean], lam: float) -> None:
    p = frame.palette()
    names = {0.0: "MLE, no prior", WEAK: f"MAP, λ = {WEAK:g}", lam: f"MAP, λ = {lam:g}"}
    for column, (part, title) in zip(
        st.columns(2), {"train": "Train: what is maximised", "test": "Test: what is wanted"}.items(), strict=True
    ):
        found = {name: [(row.k, getattr(row, part)) for row in rows if row.lam == at] for at, name in names.items()}
        found = {name: curve for name, curve in found.items() if curve}
        with column:
            fig = spectrum.curves(found, _looks(names, p), p, title=title, y="RMSE in stars", log=True)
            frame.show(fig, f"overfit_{part}")
    of = {at: [row for row in rows if row.lam == at] for at in names}
    if not all(of.values()):
        return
    mle, held = of[0.0][-1], of[lam][-1]
    lowest = min(of[0.0], key=lambda row: row.test)
    st.markdown(
        f"At k = {mle.k}, maximum likelihood reads **σ = {mle.train:.3f}** off its training ratings and misses others "
        f"by **{mle.test:,.4g}** stars; its best k is {lowest.k}, with {lowest.test:,.4g}. With λ = {lam:g} the same "
        f"k = {held.k} misses by **{held.test:.4f}**, and σ is {held.train:.3f}: still too sure, no longer absurd."
    )
    frame.note(
        "λ is λ_ridge = λ_prior σ². Biases are solved along with the vectors. Likelihood without a prior is highest "
        "where "
        "RMSE on train is lowest, at σ = that RMSE. A film with fewer ratings than unknowns is fitted exactly, by a "
        "vector "
        "of any length (E11): hence errors of many stars. The posterior of chapter 8 needs no k chosen at all."
    )


def _looks(names: dict[float, str], p: Palette) -> dict[str, spectrum.Look]:
    styles = (("dot", p.negative, "x"), ("dash", p.neutral, "square"), ("solid", p.highlight, "circle"))
    return {
        name: spectrum.Look(colour, dash, symbol)
        for name, (dash, colour, symbol) in zip(names.values(), styles, strict=False)
    }
