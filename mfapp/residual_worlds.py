"""Two planted worlds: a limit, which products miss and the network finds, and a product, which leaves it nothing."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, residual, runs, state
from mfapp.residual import Outcome
from mfcore import branches, nn
from mfcore import residual as model
from mfcore.branches import Look, Plan
from mfcore.data import worlds
from mfcore.data.worlds import Rule, World
from mfview import labels, watched
from mfview.figures import residual as figures

K, LAM = 1, 1.0
WORLD = state.Param("world", "World", "How a user's hidden number a and a film's hidden number z combine.")
WORLDS: dict[str, Rule] = {"a limit": "limit", "a product": "product"}


def view() -> None:
    """The view: the rule, when to stop, and truth, MF's share and the network's over users and films in order."""
    rule = WORLDS[controls.choose(WORLD, list(WORLDS), "a limit")]
    plan = residual.asked(watched.of_world, K, LAM, 6)
    made = watched.made(rule, plan.seed)
    st.markdown(
        "Everyone has a limit a, every film a level of fright z, and whatever lies below the limit is liked. Two "
        f"biases and {'one product' if plan.cfg.k == 1 else f'{plan.cfg.k} products'} cannot draw such an edge."
        if rule == "limit"
        else "The same people, films and noise, but now a and z are multiplied: two biases and one product can say it."
    )
    asks = rule == "product" and plan.cfg.staged
    told = not asks or quiz.told("11-bilinear", at_start=plan == watched.of_world())
    ds = dataset(rule, plan.seed)
    residual.follow("world", ds, plan, lambda looks: _picture(ds, made, plan, looks, told))
    quiz.ask(("11-more-factors" if rule == "limit" else "11-first-step") if plan.cfg.staged else "11-shares")
    with st.expander("The rule, and the model: the equations and the code"):
        frame.show_card(worlds.RULES[rule])
        frame.show_card(model.parts)
        frame.show_card(model.gradient)
        frame.show_card(nn.dense_back)


@st.cache_resource(show_spinner=False, max_entries=16)
def dataset(rule: Rule, seed: int) -> runs.Dataset:
    """The ratings of a world."""
    made = watched.made(rule, seed)
    return runs.named(made.ratings, made.films)


def _picture(ds: runs.Dataset, made: World, plan: Plan, looks: Sequence[Look], told: bool) -> None:
    """Curves and shares; truth and MF alone while the question about the network is open."""
    it = residual.outcome(ds, plan, looks)
    if not told:
        _maps(made, it, plan, told)
        return
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.show(figures.stopping(looks, it.test.mf, made.sigma, frame.palette()), "stopping")
    with right:
        st.markdown(residual.said(it))
        st.markdown(_stopped(it, looks, plan))
        st.markdown(_above_noise(it, made))
    _maps(made, it, plan, told)


def _stopped(it: Outcome, looks: Sequence[Look], plan: Plan) -> str:
    after = looks[-1].t - it.kept.t
    said = f"Validation is lowest after **epoch {it.kept.t}**, and that State is kept."
    if not after:
        return f"{said} It might fall further: this was the last epoch."
    if residual.apart(it):
        said = f"**Epoch {it.kept.t}**, MF alone, is kept."
    stopped = ", and training stopped" if looks[-1].t < plan.T else ""
    return f"{said} The {labels.counted(after, 'epoch')} after it did no better{stopped}."


def _above_noise(it: Outcome, made: World) -> str:
    squares = made.sigma**2
    share = it.test.fall / (it.test.mf**2 - squares)
    if not it.verdict.found:
        return f"The noise, σ = {made.sigma:g}, is a floor, and MF alone stands {it.test.mf - made.sigma:.3f} above it."
    return (
        f"σ = {made.sigma:g} is noise that no model can explain. Of MF's squared error above it, the network removes "
        f"**{share:.0%}**."
    )


def _maps(made: World, it: Outcome, plan: Plan, told: bool) -> None:
    N, M = made.truth.shape
    i, j = np.meshgrid(np.arange(N), np.arange(M), indexing="ij")
    mf, network = model.parts(it.state, i, j)
    truth, first, second = (branches.ordered(z, made.a, made.z) for z in (made.truth, mf, network))
    span = (float(truth.min()), float(truth.max()))
    st.header("Who says what", anchor=False)
    places = st.columns(3)
    for place, z, title, own, key in zip(
        places, (truth, first, second), ("Truth, without noise", "MF's share", "The network's share"),
        (span, span, None), ("truth", "mf", "network"), strict=True,
    ):  # fmt: skip
        with place:
            if key != "network" or told:
                frame.show(figures.cells(z, title, frame.palette(), span=own), key)
            else:
                frame.note("What the network says, and whether it helps, comes after your prediction.")
    frame.note(
        "All cells, rated or not. Users and films stand in the order of their hidden numbers, which no model was told."
        + (
            ""
            if plan.cfg.staged
            else " MF's share is that of its branch; MF alone, above, was fitted without a network."
        )
    )
