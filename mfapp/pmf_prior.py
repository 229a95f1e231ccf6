"""Too strong a prior and too weak a one, on ratings held out; what is fitted beside what was allowed (notes §11)."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import controls, frame, pmf, quiz, runs, studies
from mfcore import metrics, study
from mfcore import pmf as model
from mfcore.ratings import Floats
from mfcore.study import Mean, Plan
from mfview import precomputed
from mfview.figures import priors

SIGMA, PRIOR = 0.8, 15.0
LAM_PRIOR, LAM_RIDGE = r"$\lambda_{\text{prior}}$", r"$\lambda_{\text{ridge}}$"


def view() -> None:
    """The view: the U-curve over λ_prior, and the entries of W and U beside the prior."""
    ds = controls.data()
    k, sigma, lam = controls.k(pmf.K), pmf.sigma(SIGMA), pmf.prior(PRIOR)
    seed = controls.seed()
    st.markdown(
        "Before it has seen a rating, the prior says how long vectors are: entries of about 1/√λ. **Too weak, and the "
        "ratings of a user with five films decide everything; too strong, and nobody's ratings do.** In between it is "
        "worth more than many ratings."
    )
    quiz.ask("07-noisier")
    plan = Plan((k,), precomputed.CURVE.lams, T=precomputed.CURVE.T, seed=seed)
    studies.follow("prior", ds, plan, lambda rows: _curve(ds, rows, plan, sigma, lam, seed))


def _curve(ds: runs.Dataset, rows: Sequence[Mean], plan: Plan, sigma: float, lam: float, seed: int) -> None:
    s, p = pmf.fitted(ds, plan.ks[0], sigma, lam, seed), frame.palette()
    left, right = st.columns(2)
    with left:
        frame.show(priors.errors(rows, plan.lams, sigma, lam, p), "prior_errors")
    with right:
        frame.show(priors.entries({"W": s.W, "U": s.U}, lam, p), "prior_entries")
    train, test = runs.split(ds, ds.key, seed)
    seen, unseen = (metrics.rmse(model.predict(s, part.i, part.j), part.r) for part in (train, test))
    best = study.best(rows)
    allowed = f"{lam**-0.5:.3f}" if lam else "anything"
    st.markdown(
        f"| {LAM_PRIOR} | {lam:g} |\n|---|---|\n| {LAM_RIDGE} = {LAM_PRIOR} σ² | {lam * sigma**2:.4g} |\n"
        f"| allowed, 1/√λ | {allowed} |\n| used by W, by U | {_size(s.W):.3f}, {_size(s.U):.3f} |\n"
        f"| RMSE, train, test | {seen:.4f}, {unseen:.4f} |"
    )
    st.markdown(
        f"Held-out ratings are predicted best at {LAM_PRIOR} = **{best.lam / sigma**2:.3g}**, RMSE {best.test:.4f}. "
        f"These are chapter 5's fits, not new ones: by E5 each is a MAP estimate with {LAM_PRIOR} = {LAM_RIDGE}/σ². "
        "Move σ, and the same curve slides along the axis."
    )
    frame.note(
        f"k = {plan.ks[0]}, biases under the same prior, {plan.T} sweeps. Used: the root mean square of the entries. "
        "The product stays the same if W grows and U shrinks; the prior settles on ‖W‖ = ‖U‖, so the table with fewer "
        "rows has the longer entries."
    )
    with st.expander("The equation and the code"):
        frame.show_card(model.log_prior)


def _size(X: Floats) -> float:
    return float(np.sqrt(np.mean(X.astype(np.float64) ** 2)))
