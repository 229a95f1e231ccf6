"""Dropout in front of the encoder: ρ against the error on what goes in and on what was held out (notes §17)."""

from collections.abc import Sequence

import streamlit as st

from mfapp import autoencoder, controls, frame, jobs, quiz, runs
from mfcore import autorec, nn, trials
from mfcore.ratings import Ratings
from mfcore.trials import Noise
from mfview import noised
from mfview.figures import autoencoder_runs as figures
from mfview.figures.autoencoder_runs import Look

HIDDEN, LAM, T = noised.CFG.hidden, noised.CFG.lam, noised.T


def view() -> None:
    """The view: one run for every ρ, as they arrive."""
    ds = controls.data()
    cfg = autoencoder.config(HIDDEN, LAM, autoencoder.FILMS, noise=False)
    T_, seed = autoencoder.epochs(T, 40), controls.seed()
    train, test = runs.split(ds, ds.key, seed)
    st.markdown(
        f"{len(noised.RHOS)} networks, {T_} epochs each, that differ in one thing only: at every step a share ρ of the "
        "ratings is hidden from the encoder, chosen at random, and what is left is divided by 1 − ρ so that the sum "
        "keeps its size. The loss still counts all of them. After training everything goes in again."
    )
    shipped = noised.find(ds.key, cfg, T_, seed)
    if shipped:
        _outcome(shipped, train, test, cfg)
    else:
        _fit(ds, train, test, cfg, T_, seed)
    quiz.ask("12-scale")
    with st.expander("The equations and the code"):
        frame.show_card(nn.dropout)
        frame.show_card(nn.dropout_back)


def _fit(ds: runs.Dataset, train: Ratings, test: Ratings, cfg: autorec.Config, T: int, seed: int) -> None:
    jobs.shared(
        "dropout",
        (ds.key, cfg, T, seed),
        lambda: trials.by_noise(train, test, cfg, noised.RHOS, T, seed),
        len(noised.RHOS),
        lambda n: f"ρ = {noised.RHOS[n]:g}",
        lambda found: _outcome(found, train, test, cfg),
    )


def _outcome(found: Sequence[Noise], train: Ratings, test: Ratings, cfg: autorec.Config) -> None:
    if not found:
        return
    p = frame.palette()
    drawn = {
        "train": [(row.rho, row.train) for row in found],
        "test": [(row.rho, row.test) for row in found],
    }
    looks = {"train": Look(p.train, "solid"), "test": Look(p.test, "dot", "diamond")}
    fig = figures.curves(
        drawn,
        looks,
        p,
        title="Error after the last epoch",
        x="ρ, share hidden while it learns",
        y="RMSE in stars",
        xaxis=dict(range=(-0.03, noised.RHOS[-1] + 0.03)),
    )
    frame.show(fig, "dropout")
    best, none, most = min(found, key=lambda row: row.test), found[0], found[-1]
    st.markdown(
        f"Without noise: {none.train:.3f} on what goes in, {none.test:.3f} on what was held out, "
        f"{none.test - none.train:.3f} apart. At ρ = {most.rho:g}: {most.train:.3f} and {most.test:.3f}, "
        f"{most.test - most.train:.3f} apart. The lowest test error of these is **{best.test:.3f}, at ρ = "
        f"{best.rho:g}**."
    )
    frame.note(
        f"Half of the {'users' if cfg.by == 'users' else 'films'} have {autorec.counted(train, cfg).median:g} ratings "
        "or fewer. The shorter a row, the sooner it is learnt by heart, and noise prevents that; with long rows, or "
        "with a large λ, there is less to prevent and less to gain. Predicting μ throughout would miss by "
        f"{trials.at_the_mean(train, test):.3f}."
    )
