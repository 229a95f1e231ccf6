"""What the views of chapter 10 share: the controls of a descent, and the pair of user and film in view."""

from collections.abc import Callable, Mapping, Sequence
from typing import Literal

import streamlit as st

from mfapp import controls, frame, runs, state
from mfcore import embedding, nn
from mfcore.ratings import Ratings
from mfview.derivations import network as derivation
from mfview.figures.network import Rating

Name = Literal["sgd", "momentum", "adam"]
OPTIMIZERS: dict[str, Name] = {"SGD": "sgd", "momentum": "momentum", "Adam": "adam"}
RULES: dict[Name, Callable[..., object]] = {"sgd": nn.sgd, "momentum": nn.momentum, "adam": nn.adam}
OPTIMIZER = state.Param(
    "optimizer",
    "Optimizer",
    "SGD steps against the batch's gradient. Momentum lets steps that agree add up. Adam gives every number its own "
    "rate.",
)
RATE = state.Param("rate", "η · learning rate", "How far a step goes for each unit of slope.")
BATCH = state.Param("batch", "B · batch", "How many ratings a step looks at. Their gradients are averaged.")
EPOCHS = state.Param("epochs", "Epochs", "How many passes: each uses every rating once.")
BATCHES = ("16", "64", "256", "1024", "4096")


def optimizer(default: str = "SGD") -> Name:
    """Which rule turns gradients into steps, in the page's body."""
    return OPTIMIZERS[controls.choose(OPTIMIZER, list(OPTIMIZERS), default)]


def batch(default: int) -> int:
    """How many ratings a step looks at, in the page's body."""
    return int(controls.choose(BATCH, BATCHES, str(default)))


def rule_card(name: Name) -> None:
    """The equation and the code of the optimizer that was chosen."""
    with st.expander("The step, as it runs"):
        frame.show_card(RULES[name])


def usual_rate(view: str, name: Name, usual: Mapping[Name, float], values: Sequence[float]) -> float:
    """The learning rate; when the optimizer changes, the new one begins at its own usual rate.

    view: whose optimizer it is.
    """
    tracked = f"_rate_of_{view}"
    if st.session_state.get(tracked, name) != name:
        st.session_state[RATE.key] = usual[name]
    st.session_state[tracked] = name
    return rate(usual[name], values)


def rate(default: float, values: Sequence[float]) -> float:
    """The learning rate, from a list that is even on a log scale."""
    texts = [f"{x:g}" for x in values]
    allowed = f"rate is one of {texts[0]} to {texts[-1]}: {', '.join(texts)}"
    return controls.one_of(RATE, default, values, allowed=allowed)


def epochs(default: int, most: int) -> int:
    """How long to descend."""
    return controls.whole(EPOCHS, 1, most, default)


def pair(ds: runs.Dataset, cfg: embedding.Config) -> Rating:
    """The user and the film of the sidebar; at first the busiest user and the most watched film that they rated."""
    i = controls.user(ds.R)
    seen = ds.R.Psi(i)
    first = int(seen[ds.R.items_counts[seen].argmax()]) if len(seen) else 0
    j = controls.item(ds, first)
    return of(ds.R, cfg, i, j, str(ds.R.user_ids[i]), ds.labels[j])


def of(R: Ratings, cfg: embedding.Config, i: int, j: int, user: str, film: str) -> Rating:
    """A pair for the picture, with its rating where there is one."""
    return Rating(i, j, user, film, derivation.alone(R, cfg, i, j) if j in R.Psi(i) else None)
