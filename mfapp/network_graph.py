"""One rating through the network: forward, back, and step by step until its error is gone (notes §13, 14)."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mfapp import controls, frame, network, player, quiz, runs
from mfcore import Ratings, als, embedding, nn, run
from mfcore.descent import held
from mfcore.errors import DivergedError
from mfview import labels
from mfview.figures import network as figures
from mfview.figures import network_descent
from mfview.figures.network import Rating
from mfview.style import signed

K, LAM, RATE = 2, 0.0, 0.1
STEPS = 20
RATES = (0.003, 0.01, 0.03, 0.1, 0.2, 0.3, 0.5, 1.0)


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """The tables before the first step and after each; `astray` is the step that led out of all bounds, or 0."""

    cfg: embedding.Config
    states: tuple[embedding.State, ...]
    astray: int


def history(R: Ratings, cfg: embedding.Config, of: Rating, seed: int) -> History:
    """STEPS steps on one rating alone, from the random start; none where there is no rating."""
    states = [next(run.steps(embedding, R, cfg, seed))]
    for n in range(STEPS if of.x is not None else 0):
        assert of.x is not None
        after = embedding.step(states[-1], of.x, cfg)
        try:
            held(after.params, n + 1)
        except DivergedError as error:
            return History(cfg, tuple(states), error.t)
        states.append(after)
    return History(cfg, tuple(states), 0)


def view() -> None:
    """The view: the graph with its numbers, a step, and what the step changed."""
    ds = controls.data("tiny")
    k, lam = controls.k(K, 4), controls.lam(LAM)
    rate = network.rate(RATE, RATES)
    seed = controls.seed()
    cfg = embedding.Config(k=k, lam=lam, rule=nn.Rule("sgd", rate), batch=1, init_scale=1.0)
    of = network.pair(ds, cfg)
    st.markdown(
        "Two ids go in. Each picks one row of two tables: a vector, and a bias in a table of width 1. The vectors are "
        "multiplied, the biases are added, and that is the network. Its target is the rating less μ. **Nothing here is "
        "new but the way it learns: one rating, one error, one small step.**"
    )
    h = history(ds.R, cfg, of, seed)
    if h.astray:
        st.error(
            f"Learning rate too large at step {h.astray}: the numbers diverged. The last good tables are kept.",
            icon=":material/trending_up:",
        )
    if of.x is None:
        st.info(
            f"{labels.markdown(of.user)} has not rated {labels.markdown(of.film)}: the forward pass works for any "
            "pair, but without a rating there is no error, and nothing to send back. Choose another film in the "
            "sidebar.",
            icon=":material/visibility_off:",
        )
        _picture(ds, h, of, 0)
    elif len(h.states) > 1:
        player.show({"Step": player.stops(len(h.states) - 1, 1)}, lambda at: _draw(ds, h, of, at))
    else:
        _draw(ds, h, of, 0)
    quiz.ask("10-one-step")
    st.header("The code that ran", anchor=False)
    left, right = st.columns(2, gap="medium")
    with left:
        frame.show_card(nn.lookup)
        frame.show_card(nn.dot)
    with right:
        frame.show_card(nn.dot_back)
        frame.show_card(nn.sgd)


def _picture(ds: runs.Dataset, h: History, of: Rating, at: int) -> None:
    scale = float(max(np.abs(x).max(initial=0.0) for x in (h.states[0].W, h.states[0].U)))
    frame.show(figures.graph(h.states[at], ds.R, h.cfg, of, scale, frame.palette()), "graph")
    frame.note(
        "Framed: the rows that the ids pick. Forward runs downwards; amber is the way back: below w, u, b and c is the "
        "derivative of the loss with respect to each of their numbers. It is 0 for all other rows."
    )


def _draw(ds: runs.Dataset, h: History, of: Rating, at: int) -> None:
    picture, numbers = st.columns([5, 4], gap="medium")
    with picture:
        _picture(ds, h, of, at)
    with numbers:
        errors = [embedding.gradient_of_one(s, ds.R, h.cfg, of.i, of.j).e for s in h.states]
        _said(errors, at)
        frame.show(network_descent.shrinking(errors, at, frame.palette()), "shrinking")
        _changes(ds, h, of, at)


def _said(errors: list[float], at: int) -> None:
    if at == 0:
        st.metric("Error e before any step, in stars", signed(errors[0], 3))
        st.markdown("**The start.** The tables hold random numbers. Press Step: every amber number moves its cell.")
        return
    st.metric(
        f"Error e after {labels.counted(at, 'step')}, in stars",
        signed(errors[at], 3),
        f"{abs(errors[at]) - abs(errors[at - 1]):+.3f} in size",
        delta_color="inverse",
    )
    ratio = errors[at] / errors[at - 1] if errors[at - 1] else 0.0
    kept = f"This step left {labels.decimal(ratio)} of the error"
    if abs(ratio) > 1:
        st.markdown(f"{kept}: it stepped over the target and landed further away than it started.")
    elif ratio < 0:
        st.markdown(f"{kept}: it stepped over the target, and landed nearer on the other side.")
    else:
        st.markdown(f"{kept}. Other ratings of this user and this film would pull elsewhere; here they are left out.")


def _changes(ds: runs.Dataset, h: History, of: Rating, at: int) -> None:
    """Each number of the rating before the step, its slope, and after."""
    n = max(at, 1)
    if n >= len(h.states):
        return
    before, after = h.states[n - 1], h.states[n]
    g = embedding.gradient_of_one(before, ds.R, h.cfg, of.i, of.j)
    rows = [f"| step {n} | before | slope | after |", "|---|---|---|---|"]
    for name, old, slope, new in _numbers(of, before, g, after):
        rows.append(f"| ${name}$ | {labels.decimal(old, 3)} | {labels.decimal(slope, 3)} | {labels.decimal(new, 3)} |")
    ends = [float(als.predict(s, of.i, of.j)) for s in (before, after)]
    rows.append(rf"| $\hat r$ | {labels.decimal(ends[0], 3)} | | **{labels.decimal(ends[1], 3)}** |")
    st.markdown("\n".join(rows))
    assert of.x is not None
    eta = f"η = {h.cfg.rule.rate:g}"
    frame.note(f"after = before − η · slope, with {eta}. The rating is {float(of.x.r[0]):g}.")


def _numbers(
    of: Rating, before: embedding.State, g: embedding.OfOne, after: embedding.State
) -> list[tuple[str, float, float, float]]:
    k = before.W.shape[1]
    found = [(f"w_{{{f + 1}}}", before.W[of.i, f], g.w[f], after.W[of.i, f]) for f in range(k)]
    found += [(f"u_{{{f + 1}}}", before.U[of.j, f], g.u[f], after.U[of.j, f]) for f in range(k)]
    found += [("b", before.b[of.i], g.b, after.b[of.i]), ("c", before.c[of.j], g.c, after.c[of.j])]
    return [(name, float(old), float(slope), float(new)) for name, old, slope, new in found]
