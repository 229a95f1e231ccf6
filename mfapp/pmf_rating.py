"""One rating's Gaussian, and the σ that makes all ratings together likeliest (notes §11)."""

import numpy as np
import streamlit as st

from mfapp import controls, frame, pmf, quiz, runs
from mfcore import metrics
from mfcore import pmf as model
from mfcore.ratings import Floats, Ratings
from mfview import labels
from mfview.figures import likelihood
from mfview.figures.likelihood import Curve

SIGMA, PRIOR = 0.8, 15.0
SPAN = np.linspace(0.3, 2.2, 96)


def view() -> None:
    """The view: the density of one rating, its logarithm in numbers, then σ."""
    ds = controls.data()
    k, sigma, lam = controls.k(pmf.K), pmf.sigma(SIGMA), pmf.prior(PRIOR)
    seed = controls.seed()
    i, j = controls.user(ds.R), controls.item(ds)
    s = pmf.fitted(ds, k, sigma, lam, seed)
    mean = float(model.predict(s, i, j))
    rated = _rating(ds.R, i, j)
    st.markdown(
        "Least squares says that a miss costs its square, but not why. Here is a reason: **a rating is drawn "
        "from a Gaussian** around its prediction. Then the likelier the ratings, the smaller the sum of squared misses."
    )
    left, right = st.columns([3, 2], gap="medium")
    with left:
        whose = f"User {ds.R.user_ids[i]} and {labels.short(ds.labels[j], 30)}"
        frame.show(likelihood.one_rating(mean, sigma, rated, frame.palette(), whose=whose), "one_rating")
    with right:
        _in_numbers(mean, sigma, rated)
    frame.note(f"r̂ = wᵀu + b + c + μ, fitted with k = {k} and λ = {lam:g} on nine tenths of the ratings.")
    st.header("And σ?", anchor=False)
    if quiz.ask("07-sigma"):
        _sigma(ds, s, seed)
    with st.expander("The equations and the code"):
        for function in (model.density, model.log_likelihood, model.update_sigma):
            frame.show_card(function)


def _rating(R: Ratings, i: int, j: int) -> float | None:
    items, r = R.of_user(i)
    at = np.flatnonzero(items == j)
    return float(r[at[0]]) if len(at) else None


def _in_numbers(mean: float, sigma: float, rated: float | None) -> None:
    if rated is None:
        st.markdown(
            "This user has not rated this film. The curve is the model's prediction: a rating within one star of r̂ = "
            f"{mean:.2f} has probability {_within(sigma):.0%}. Choose a film that was rated to see what it contributes."
        )
        return
    miss, density = rated - mean, float(model.density(np.array(rated), mean, sigma))
    st.latex(
        rf"\begin{{aligned}} \log p(r_{{ij}}) &= -\log\big(\sqrt{{2\pi}}\,\sigma\big)"
        rf" - \frac{{(r_{{ij}} - \hat r_{{ij}})^2}}{{2\sigma^2}} \\"
        rf" &= {-np.log(np.sqrt(2 * np.pi) * sigma):.3f} - \frac{{({miss:.3f})^2}}{{{2 * sigma**2:.3f}}}"
        rf" = {np.log(density):.3f} \end{{aligned}}{frame.TRAIL}"
    )
    st.markdown(
        f"The miss is {labels.decimal(miss)} stars, the density there {density:.3f}. The first term is the same for "
        "every rating; only the second depends on the prediction. Add them up over all ratings and you have the "
        "log-likelihood. Make σ small and watch what one large miss then costs."
    )


def _within(sigma: float) -> float:
    """The probability of a miss of less than one star."""
    r = np.linspace(-1, 1, 401)
    return float(np.trapezoid(model.density(r, 0.0, sigma), r))


def _sigma(ds: runs.Dataset, s: model.State, seed: int) -> None:
    train, test = runs.split(ds, ds.key, seed)
    span = SPAN * (1.0 if train.r.max() <= 10 else float(train.r.std()) or 1.0)
    rmse = (metrics.rmse(model.predict(s, part.i, part.j), part.r) for part in (train, test))
    seen, unseen = (_curve(max(missed, model.least_sigma(train)), span) for missed in rmse)
    frame.show(likelihood.over_sigma(span, seen, unseen, s.sigma, frame.palette()), "over_sigma")
    st.markdown(
        f"**The likeliest σ is the RMSE**: {seen.top:.3f} on training ratings, {unseen.top:.3f} on test ratings. σ "
        "read off the ratings that the vectors were fitted to is too small by what they learnt by heart, so this model "
        "would promise more than it can keep. Ratings outside the scale get some probability too: a Gaussian is an "
        "approximation."
    )


def _curve(rmse: float, span: Floats) -> Curve:
    """The mean log-likelihood of a rating with these misses for every σ: highest at their RMSE."""
    values = -np.log(np.sqrt(2 * np.pi) * span) - rmse**2 / (2 * span**2)
    return Curve(values, rmse, float(-np.log(np.sqrt(2 * np.pi) * rmse) - 0.5))
