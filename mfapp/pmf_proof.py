"""MAP = ridge, in numbers: two objectives a constant apart wherever they are evaluated, and every line checked (E5)."""

from dataclasses import replace

import numpy as np
import streamlit as st

from mfapp import controls, derivation, frame, pmf, quiz, runs
from mfcore import als, fit
from mfcore import pmf as model
from mfview import derivations
from mfview.derivations import pmf as lines
from mfview.figures.layout import minus

K, SIGMA, PRIOR, T = 2, 0.5, 2.0, 3
ABOVE_0 = pmf.PRIORS[1:]


def view() -> None:
    """The view: both objectives at several places, both updates, then the derivation."""
    ds = runs.dataset("tiny")
    k, sigma, lam = controls.k(K, 6), pmf.sigma(SIGMA), pmf.prior(PRIOR, ABOVE_0)
    T_, seed = controls.sweeps(T, 30), controls.seed()
    i = controls.user(ds.R)
    cfg = model.Config(k=k, sigma=sigma, lam_prior=lam)
    if quiz.ask("07-translate"):
        st.latex(r"\lambda_{\text{ridge}} = \lambda_{\text{prior}}\,\sigma^2")
        st.markdown(f"With the σ and λ of the sidebar: {lam:g} · {sigma:g}² = **{lam * sigma**2:.6g}**.")
    _places(ds, cfg, T_, seed)
    s = fit(model, ds.R, cfg, T_, seed)
    st.header("Why, line by line", anchor=False)
    st.markdown(f"W and U after {T_} sweeps over the tiny table; lines about one row take user {ds.R.user_ids[i]}.")
    derivation.show(derivations.check(lines.LINES, lines.at(s, ds.R, cfg, i)))
    quiz.ask("07-exponent")
    with st.expander("The code of both"):
        frame.show_card(model.apart)
        frame.show_card(model.update_W)
        frame.show_card(als.update_W)


def _places(ds: runs.Dataset, cfg: model.Config, T: int, seed: int) -> None:
    """A table: −2σ² log p and J at the start, after sweeps, and at places nobody would choose."""
    R, s = ds.R, fit(model, ds.R, cfg, 0, seed)
    ridge = cfg.ridge(s.lam_W * s.sigma**2)
    rng = np.random.default_rng(seed)
    found = fit(model, R, cfg, T, seed)
    places = {
        "all zeros": replace(s, W=0 * s.W, U=0 * s.U),
        "the random start": s,
        "anywhere": replace(s, W=3 * rng.standard_normal(s.W.shape), U=3 * rng.standard_normal(s.U.shape)),
        f"after {T} sweeps of MAP": found,
        f"after {T} sweeps of ridge (`als`)": _by_ridge(ds, cfg, ridge, T, seed),
    }
    rows = [r"| at | $-2\sigma^2 \log p$ | $J$ | difference |", "|---|---|---|---|"]
    for name, place in places.items():
        turned, J = -2 * place.sigma**2 * model.log_posterior(place, R, cfg), als.objective(place, R, ridge)
        rows.append(f"| {name} | {minus(f'{turned:,.1f} | {J:,.1f} | **{turned - J:,.6f}')}** |")
    st.markdown("\n".join(rows))
    other = places[f"after {T} sweeps of ridge (`als`)"]
    apart = max(float(np.abs(found.W - other.W).max()), float(np.abs(found.U - other.U).max()))
    constant = minus(f"{model.apart(s, R, cfg):,.9f}")
    st.markdown(
        f"Five places, one difference: **{constant}**, worked out from n, N, M, k, σ and λ alone. "
        "Objectives a constant apart rise and fall together and have the same lowest point: after the same sweeps the "
        f"two programs' tables differ by at most **{apart:.1g}**."
    )


def _by_ridge(ds: runs.Dataset, cfg: model.Config, ridge: als.Config, T: int, seed: int) -> model.State:
    s = fit(als, ds.R, ridge, T, seed)
    return model.around(s, cfg.sigma or 1.0, cfg.lam_prior or 0.0, cfg.lam_prior or 0.0)
