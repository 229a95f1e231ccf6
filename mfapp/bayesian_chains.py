"""Have the chains arrived? Several from different starts, what they agree on, and what they never need to."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import bayesian, frame, jobs, quiz
from mfapp.bayesian import Asked
from mfcore import chain, diagnostics
from mfcore.chain import Draw
from mfview import labels, posterior
from mfview.figures import posterior as figures

LIMIT = 1.05  # R̂ from which a chain is said to drift


def view() -> None:
    """The view: trace plots, R̂ and effective sample sizes of three quantities."""
    ask = bayesian.asked()
    plans = posterior.several(ask.plan, ask.i, ask.j)
    st.markdown(
        f"{len(plans)} chains with different seeds. Once they have forgotten their starts they cannot be told apart: "
        "R̂ compares the spread of all together with that of each, and is then 1. Neighbouring draws are alike, so "
        "they are worth fewer independent ones: the effective sample size says how many. Grey is the burn-in; the "
        "scale is that of the draws after it."
    )
    known = posterior.find_chains(ask.ds.key, plans)
    if known:
        _traces(ask, known)
        return
    train, test = ask.parts
    jobs.shared(
        "chains",
        (ask.ds.key, plans),
        lambda: chain.in_turn(train, test, plans),
        sum(plan.size for plan in plans),
        lambda t: f"sweep {t // len(plans) + 1} of chain {t % len(plans) + 1}",
        lambda found: _traces(ask, chain.parted(found, len(plans))),
    )


def _traces(ask: Asked, chains: Sequence[Sequence[Draw]]) -> None:
    if not bayesian.after_burn_in(ask.plan, chains[0]):
        return
    plan, film = ask.plan, labels.short(ask.film, 22)
    followed = {
        f"r̂ of {film}": ("stars", np.array([chain.predicted(draws, 0, [0])[:, 0] for draws in chains])),
        "σ": ("stars", np.array([[draw.alpha**-0.5 for draw in draws] for draws in chains])),
        "First entry of w": ("w", np.array([[draw.users[0][0] for draw in draws] for draws in chains], np.float64)),
    }
    rows = ["| quantity | mean | R̂ | effective sample size |", "|---|---|---|---|"]
    columns = st.columns(len(followed))
    worths = []
    for n, (title, (unit, values)) in enumerate(followed.items()):
        counted = values[:, plan.burn :]
        r, worth = diagnostics.rhat(counted), diagnostics.ess(counted)
        worths.append((worth, counted.size))
        with columns[n]:
            fig = figures.chains(values, plan.burn, labels.plain(title), unit, r, frame.palette())
            frame.show(fig, f"trace_{n + 1}")
        cells = (title, labels.decimal(counted.mean(), 3), f"{r:.3f}", f"{worth:.0f} of {counted.size}")
        rows.append(f"| {' | '.join(map(labels.markdown, cells))} |")
    st.markdown("\n".join(rows))
    sigma = followed["σ"][1]
    drifts = ""
    if len(chains[0]) == plan.size and diagnostics.rhat(sigma[:, plan.burn :]) > LIMIT:
        drifts = (
            f" σ has not arrived after the {plan.burn} sweeps of burn-in: R̂ = "
            f"{diagnostics.rhat(sigma[:, plan.burn :]):.2f}. With the first {plan.size // 2} sweeps left out it is "
            f"{diagnostics.rhat(sigma[:, plan.size // 2 :]):.2f}."
        )
    if any(worth > size for worth, size in worths):
        frame.note(
            "An effective sample size above the number of draws: neighbouring draws differ by a little more than "
            "independent ones would, or seem to, as it is estimated from the draws."
        )
    st.markdown(
        f"The prediction and σ can be known, and chains that run long enough agree about them.{drifts} A single entry "
        "of w cannot: factors may change sign, trade places and turn without changing any prediction (E10), so each "
        "chain goes its own way. Never average W over draws; average predictions."
    )
    quiz.ask("08-average-w")
    with st.expander("The equations and the code"):
        frame.show_card(diagnostics.rhat)
        frame.show_card(diagnostics.ess)
