"""The gradient of one rating by hand, by the layers and by finite differences; then line by line (notes §14)."""

from collections.abc import Callable

import numpy as np
import streamlit as st

from mfapp import controls, derivation, frame, network, quiz, runs
from mfcore import embedding, fit, nn
from mfview import derivations, labels
from mfview.derivations import network as lines

K, LAM = 2, 0.5
EPOCHS, BATCH, RATE = 3, 5, 0.05  # of a short descent, so that no number in view is 0
LETTERS = {"W": "w", "U": "u", "b": "b", "c": "c"}


def view() -> None:
    """The view: three columns of numbers that agree, their code, and why."""
    ds = runs.dataset("tiny")
    k, lam, seed = controls.k(K, 6), controls.lam(LAM, (0.0, 0.1, 0.3, 0.5, 1.0, 3.0, 5.0, 10.0)), controls.seed()
    cfg = embedding.Config(k=k, lam=lam, rule=nn.Rule("sgd", RATE), batch=BATCH, init_scale=1.0)
    of = network.pair(ds, cfg)
    if of.x is None:
        seen = ds.R.Psi(of.i)
        j = int(seen[ds.R.items_counts[seen].argmax()])
        st.info(
            f"{of.user} has not rated {of.film}, so there is no gradient. You see {of.user} and {ds.labels[j]}.",
            icon=":material/visibility_off:",
        )
        of = network.of(ds.R, cfg, of.i, j, of.user, ds.labels[j])
    at = lines.at(fit(embedding, ds.R, cfg, EPOCHS, seed), ds.R, cfg, of.i, of.j)
    st.latex(
        r"\begin{aligned} \frac{\partial \ell}{\partial w_i} &= -2e\,u_j + \tfrac{2\lambda}{|\Psi_i|}\, w_i \\"
        r" \frac{\partial \ell}{\partial u_j} &= -2e\,w_i + \tfrac{2\lambda}{|\Omega_j|}\, u_j \end{aligned}\,"
    )
    _by_hand(at, of.user, of.film)
    quiz.ask("10-by-hand")
    _columns(at)
    st.header("Why, line by line", anchor=False)
    st.markdown(
        f"From the look-up to the step, each line checked on {of.user}'s rating of {of.film}, after "
        f"{EPOCHS} epochs over the tiny table."
    )
    derivation.show(derivations.check(lines.LINES, at))


def _by_hand(at: lines.At, user: str, film: str) -> None:
    """The sums written out with the numbers in view."""
    s, g, x = at.s, at.hand, at.x
    seen, watched = len(at.R.Psi(at.i)), len(at.R.Omega(at.j))
    r_hat = float(x.r[0]) - g.e
    e, back = labels.decimal(g.e, 3), labels.decimal(-2 * g.e, 3)
    st.header("One rating, by hand", anchor=False)
    st.markdown(
        f"{user} gave {film} **{float(x.r[0]):g}**, the network says {labels.decimal(r_hat, 3)}: $e = {e}$ and $-2e = "
        f"{back}$. {user} has {seen} ratings, {film} has {watched}, so this one pays $\\lambda/{seen}$ of the one's "
        f"charge and $\\lambda/{watched}$ of the other's. For the first number of each:"
    )
    two_i, two_j = (labels.decimal(2 * float(lam[0]), 3) for lam in (x.lam_i, x.lam_j))
    w, u = float(s.W[at.i, 0]), float(s.U[at.j, 0])
    b, c = float(s.b[at.i]), float(s.c[at.j])
    sums = (
        ("w_1", u, two_i, w, float(g.w[0])),
        ("u_1", w, two_j, u, float(g.u[0])),
        ("b", None, two_i, b, g.b),
        ("c", None, two_j, c, g.c),
    )
    written = [
        rf"\frac{{\partial \ell}}{{\partial {name}}} &= {back}"
        + ("" if other is None else rf" \cdot {_in_brackets(other)}")
        + rf" + {two} \cdot {_in_brackets(own)} = {labels.decimal(slope, 3)}"
        for name, other, two, own, slope in sums
    ]
    st.latex(r"\begin{aligned} " + r" \\ ".join(written) + r" \end{aligned}" + frame.TRAIL)


def _in_brackets(x: float) -> str:
    text = labels.decimal(x, 3)
    return f"({text})" if text.startswith("−") else text


def _columns(at: lines.At) -> None:
    st.header("Three ways, one gradient", anchor=False)
    ways = [lines.by_hand(at), lines.by_layers(at), lines.by_differences(at)]
    rows = ["| | by hand | by layers | by differences |", "|---|---|---|---|"]
    for name in ways[0]:
        for f, numbers in enumerate(zip(*(np.ravel(way[name]) for way in ways), strict=True)):
            letter = LETTERS[name] + (f"_{{{f + 1}}}" if name in ("W", "U") else "")
            shown = " | ".join(labels.decimal(x, 6) for x in numbers)
            rows.append(f"| ${letter}$ | {shown} |")
    hand = np.concatenate([np.ravel(x) for x in ways[0].values()])
    size = float(np.abs(hand).max()) or 1.0
    apart = [float(np.abs(np.concatenate([np.ravel(x) for x in way.values()]) - hand).max()) / size for way in ways[1:]]
    st.markdown("\n".join(rows))
    by_layers, by_differences = (
        f"by at most **{x:.0e}** of the largest slope" if x else "**not at all**" for x in apart
    )
    st.markdown(
        f"The layers differ from the hand calculation {by_layers}, the finite differences {by_differences}: rounding. "
        "The differences use no chain rule: they move one number a little to either side and look at the loss."
    )
    code: dict[str, Callable[..., object]] = {
        "Code: by hand": embedding.gradient_of_one,
        "Code: by layers": embedding.gradient,
        "Code: by differences": nn.differences,
    }
    for title, function in code.items():
        with st.expander(title):
            frame.show_card(function)
