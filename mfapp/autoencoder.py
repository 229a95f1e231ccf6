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
EPOCHS = state.Param("epochs", "Epochs", "How often every row is used once.")
BY = state.Param("by", "A row is", "A user's ratings, coded and decoded, or a film's.")
F = state.Param("f", "Activation f", "What bends the code. With identity the whole network is linear.")


def config(hidden: int = HIDDEN, lam: float = LAM, by: str = USERS, noise: bool = True) -> autorec.Config:
    """The settings of the sidebar, and of the two choices above the picture. noise: whether ρ is among them."""
    width = listed(HIDDEN_UNITS, hidden, WIDTHS)
    lam = controls.lam(lam)
    rho = listed(RHO, 0.0, noised.RHOS) if noise else 0.0
    with st.container(horizontal=True):
        by = controls.choose(BY, (USERS, FILMS), by)
        f: nn.Activated = controls.choose(F, list(nn.ACTIVATIONS), "sigmoid")  # type: ignore[assignment]
    return autorec.Config(
        hidden=int(width), activation=f, lam=lam, rho=rho, by="users" if by == USERS else "items", dtype="float32"
    )


def epochs(default: int = T, most: int = 60) -> int:
    """How long to learn."""
    state.heed_number(EPOCHS, 1, most, default)
    return st.sidebar.slider(EPOCHS.label, 1, most, default, key=EPOCHS.key, help=EPOCHS.help, bind="query-params")


def listed(param: state.Param, default: float, values: tuple[float, ...], sidebar: bool = True) -> float:
    """One of a few numbers, in the sidebar or in the page's body."""
    state.heed_choice(param, [f"{x:g}" for x in values], f"{default:g}")
    if st.session_state.get(param.key) not in (None, *values):
        st.session_state[param.key] = default
    slider = st.sidebar.select_slider if sidebar else st.select_slider
    return slider(
        param.label,
        values,
        default,
        format_func=lambda x: f"{x:g}",
        key=param.key,
        help=param.help,
        bind="query-params",
    )


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
