"""What the views of chapter 12 share: the controls of AutoRec, and a run of it epoch by epoch."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import NamedTuple

import streamlit as st

from mfapp import controls, runs, state
from mfcore import autorec, descent, nn
from mfview import noised

HIDDEN, LAM, T = 20, 10.0, 20
WIDTHS = (1, 2, 5, 10, 20, 50, 100)
USERS, FILMS = "a user", "a film"
HIDDEN_UNITS = state.Param("hidden", "Hidden size", "How many numbers the code of a row has: the k of this model.")
RHO = state.Param("rho", "ρ · dropout", "The share of input ratings that is hidden from the network while it learns.")
EPOCHS = state.Param("epochs", "Epochs", "How many passes: each uses every row once.")
BY = state.Param("by", "A row is", "A user's ratings, coded and decoded, or a film's.")
F = state.Param("f", "Activation f", "The nonlinearity of the code. With identity the whole network is linear.")


def config(hidden: int = HIDDEN, lam: float = LAM, by: str = USERS, noise: bool = True) -> autorec.Config:
    """The settings of the sidebar, and of the two choices above the picture. noise: whether ρ is among them."""
    width = controls.one_of(HIDDEN_UNITS, hidden, WIDTHS)
    lam = controls.lam(lam)
    rho = controls.one_of(RHO, 0.0, noised.RHOS) if noise else 0.0
    with st.container(horizontal=True):
        by = controls.choose(BY, (USERS, FILMS), by)
        f: nn.Activated = controls.choose(F, list(nn.ACTIVATIONS), "sigmoid")  # type: ignore[assignment]
    return autorec.Config(
        hidden=width, activation=f, lam=lam, rho=rho, by="users" if by == USERS else "items", dtype="float32"
    )


def epochs(default: int = T, most: int = 60) -> int:
    """How long to learn."""
    return controls.whole(EPOCHS, 1, most, default)


@dataclass(slots=True)
class Latest:
    """The State that a run has come to. One for the whole run: those of all its epochs would fill the memory."""

    state: autorec.State | None = None


class Epoch(NamedTuple):
    """After epoch t: RMSE in stars on train and test, seconds of learning so far, and where the newest State is."""

    t: int
    train: float
    test: float
    seconds: float
    latest: Latest


def learn(ds: runs.Dataset, cfg: autorec.Config, T: int, seed: int) -> Iterator[Epoch]:
    """AutoRec on nine tenths of the ratings, scored on the rest, epoch by epoch."""
    train, test = runs.split(ds, ds.key, seed)
    latest = Latest()
    for epoch in descent.epochs(autorec, train, test, cfg, T, seed):
        latest.state = epoch.state
        yield Epoch(epoch.t, epoch.train, epoch.valid, epoch.seconds, latest)
