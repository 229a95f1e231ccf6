"""σ and λ learnt with the vectors: where it goes well, where it does not, and why (notes §11; E4)."""

from collections.abc import Sequence
from itertools import islice
from typing import NamedTuple

import numpy as np
import streamlit as st

from mfapp import controls, frame, jobs, pmf, quiz, runs, state
from mfcore import Ratings, metrics, steps
from mfcore import pmf as model
from mfview import labels
from mfview.figures import priors

T = 15
SIGMA, ONE, TWO = "σ", "σ and λ", "σ and two λ"
WHAT = state.Param("learn", "Learnt with the vectors", "σ alone; σ and one λ for both tables; or a λ for each table.")
PRIOR = 15.0
GONE = 1e6  # a precision that leaves nothing of a vector


class Seen(NamedTuple):
    """After one sweep: σ, both precisions, the log posterior, and the RMSE on test ratings."""

    sigma: float
    lam_W: float
    lam_U: float
    height: float
    test: float


def view() -> None:
    """The view: σ and λ, the log posterior and the test error, sweep by sweep."""
    ds = controls.data()
    what = controls.choose(WHAT, (SIGMA, ONE, TWO), ONE)
    k, T_, seed = controls.k(pmf.K), controls.sweeps(T, 50), controls.seed()
    st.markdown(
        "σ and λ are parameters of the density like any others, so why choose them? Set their slopes to zero too, and "
        "each has a closed form: σ² is the mean squared miss, 1/λ the mean squared entry. Here the constants of the "
        "densities, which do not affect the best W and U, begin to matter (E4)."
    )
    if not quiz.ask("07-certain") and what != SIGMA:
        what = SIGMA
        frame.note("Until you have answered, λ stays where it is and σ alone is learnt.")
    lam = pmf.prior(PRIOR) if what == SIGMA else None
    cfg = model.Config(k=k, lam_prior=lam, tied=what != TWO, biases=True)
    train, test = runs.split(ds, ds.key, seed)
    jobs.shared(
        "learnt",
        ("learnt", ds.key, cfg, T_, seed),
        lambda: (
            Seen(s.sigma, s.lam_W, s.lam_U, model.log_posterior(s, train, cfg), _error(s, test))
            for s in islice(steps(model, train, cfg, seed), T_ + 1)
        ),
        T_ + 1,
        lambda t: f"sweep {t}",
        lambda found: _picture(found, what),
    )
    with st.expander("The equations and the code"):
        for function in (model.update_sigma, model.update_lam, model.update_lams):
            frame.show_card(function)


def _error(s: model.State, test: Ratings) -> float:
    return metrics.rmse(model.predict(s, test.i, test.j), test.r)


def _picture(found: Sequence[Seen], what: str) -> None:
    if len(found) < 2:
        return
    p, rows = frame.palette(), np.array(found)
    scales = {"σ": rows[:, 0]}
    if what == TWO:
        scales |= {"λ of W": rows[:, 1], "λ of U": rows[:, 2]}
    elif what == ONE:
        scales |= {"λ": rows[:, 1]}
    panels = (
        (scales, "What is learnt", "value", True),
        ({"log posterior": rows[:, 3]}, "Log posterior", "log density", False),
        ({"test RMSE": rows[:, 4]}, "Test RMSE", "stars", False),
    )
    for column, (values, title, y, log) in zip(st.columns(3), panels, strict=True):
        with column:
            fig = priors.lines(range(len(rows)), values, p, title=title, over="sweep", y=y, log=log)
            frame.show(fig, f"learnt_{title}")
    st.markdown(_told(found, what))
    frame.note(
        "k and the data as in the sidebar, biases under the same prior. Every sweep solves W, then U, then σ and λ."
    )


def _told(found: Sequence[Seen], what: str) -> str:
    last, best = found[-1], min(found, key=lambda seen: seen.test)
    at = f"After {labels.counted(len(found) - 1, 'sweep')} σ = **{last.sigma:.3f}**"
    if what == SIGMA:
        return (
            f"{at}: the training RMSE, while the test RMSE is {last.test:.3f}. σ alone does no harm, but it is too "
            "small by what the vectors learnt by heart, and ridge's λσ² shrinks with it."
        )
    if max(last.lam_W, last.lam_U) > GONE:
        gain = "get worse" if last.test > 1.001 * best.test else "are no better for it"
        return (
            f"{at} and λ has run off every scale; it is capped at {max(last.lam_W, last.lam_U):.0e}. **The log "
            f"posterior rises to {last.height:,.0f}, and the predictions {gain}**: test RMSE {last.test:.4f}, once "
            f"{best.test:.4f}. Short vectors make a large λ likely, a large λ makes vectors shorter, and a prior that "
            "is certain of 0 has infinite density there. The highest point of a density need not be where its "
            "probability is. Choose λ on held-out ratings, as in the view before, or draw it, as chapter 8 does."
        )
    moves = f" and λ = **{last.lam_W:.3g}**"
    if what == ONE and not _settled(found[-2], last):
        return (
            f"{at}{moves}, and both still move: a sweep before they were {found[-2].sigma:.3f} and "
            f"{found[-2].lam_W:.3g}. More sweeps show whether they settle. Test RMSE {last.test:.4f}."
        )
    ratio = (
        rf" $\lambda_W/\lambda_U$ = {last.lam_W / last.lam_U:.3g} goes on changing:"
        r" $(aW,\; U/a,\; \lambda_W/a^2,\; \lambda_U a^2)$ predicts the same for "
        "every a, and the densities' exponents Nk and Mk reward one direction. One λ for both tables ends that."
        if what == TWO
        else f"{moves} have settled, λσ² = {last.lam_W * last.sigma**2:.3g}: here the ratings say enough about the "
        "vectors."
    )
    return f"{at}{',' if what == TWO else ''}{ratio} Test RMSE {last.test:.4f}."


def _settled(before: Seen, last: Seen) -> bool:
    """Whether a sweep changed neither σ nor λ by a hundredth."""
    return bool(np.allclose(before[:3], last[:3], rtol=0.01, atol=0.0))
