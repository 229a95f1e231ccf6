"""Dropout in front of the encoder: ρ against the error on what goes in and on what was held out (notes §17)."""

from collections.abc import Sequence
from dataclasses import replace

import streamlit as st

from mfapp import autoencoder, controls, frame, jobs, quiz, runs
from mfcore import nn, trials
from mfcore.ratings import Ratings
from mfcore.trials import Noise
from mfview.figures import autoencoder_runs as figures
from mfview.figures.autoencoder_runs import Look

T, HIDDEN, LAM = 20, 20, 10.0


def view() -> None:
    """The view: one run for every ρ, as they arrive."""
    ds = controls.data()
    cfg = autoencoder.config(HIDDEN, noise=False)
    T_, seed = autoencoder.epochs(T, 40), controls.seed()
    train, test = runs.split(ds, ds.key, seed)
    st.markdown(
        f"{len(autoencoder.RHOS)} networks, {T_} epochs each, that differ in one thing: at every step a share ρ of the "
        "ratings is hidden from the encoder, drawn anew, and what is left is divided by 1 − ρ so that the sum keeps "
        "its size. The loss still asks for all of them. Afterwards everything goes in again."
    )
    jobs.shared(
        "dropout",
        (ds.key, replace(cfg, rho=0.0), T_, seed),
        lambda: trials.by_noise(train, test, cfg, autoencoder.RHOS, T_, seed),
        len(autoencoder.RHOS),
        lambda n: f"ρ = {autoencoder.RHOS[n]:g}",
        lambda found: _outcome(found, train, test),
    )
    quiz.ask("12-scale")
    with st.expander("The equations and the code"):
        frame.show_card(nn.dropout)


def _outcome(found: Sequence[Noise], train: Ratings, test: Ratings) -> None:
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
        x="ρ, share of the input hidden while learning",
        y="RMSE in stars",
        xaxis=dict(range=(-0.03, autoencoder.RHOS[-1] + 0.03)),
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
        "Noise closes the gap mostly from the left: train rises. λ does the same by another way, so where λ already "
        "holds the network back there is little left for noise to win; lower λ and look again. Predicting μ throughout "
        f"would miss by {trials.at_the_mean(train, test):.3f}."
    )
