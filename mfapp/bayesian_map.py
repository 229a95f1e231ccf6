"""The mean of many draws against one best point: as draws gather, and as k grows past what there is to find."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import numpy as np
import streamlit as st

from mfapp import bayesian, frame, jobs, quiz
from mfapp.bayesian import Asked
from mfcore import bpmf, chain, metrics
from mfcore.als import predict
from mfcore.chain import Draw, Plan, Rival
from mfview import labels, posterior
from mfview.figures import calibrated


def view() -> None:
    """The view: test RMSE against the number of draws, then against k."""
    ask = bayesian.asked(pair=False)
    bayesian.follow(ask, lambda plan, draws: _gather(ask, plan, draws))
    st.header("And with too many dimensions?", anchor=False)
    quiz.ask("08-overfit")
    _dimensions(ask)


def _gather(ask: Asked, plan: Plan, draws: Sequence[Draw]) -> None:
    if not draws:
        return
    test = ask.parts[1]
    point = metrics.rmse(predict(ask.point, test.i, test.j), test.r)
    last = draws[-1]
    if last.t > plan.burn:
        alone = float(np.mean([draw.alone for draw in draws[plan.burn :]]))
        why = ", because it carries all of the doubt" if alone > 1.01 * last.together else ""
        st.markdown(
            f"A draw alone misses by **{alone:.3f}** stars on average{why}. The mean of "
            f"{labels.counted(last.t - plan.burn, 'draw')} misses by **{last.together:.4f}**, MAP at λ = {ask.lam:g} "
            f"by **{point:.4f}**. What draws disagree on cancels; what they share stays. And nobody had to choose a λ: "
            "the precisions Λ and α are drawn like everything else."
        )
    frame.show(calibrated.gathering(draws, plan.burn, point, ask.lam, frame.palette()), "gathering")


def _dimensions(ask: Asked) -> None:
    ks, lams, seed = posterior.KS, posterior.LAMS, ask.plan.seed
    known = posterior.find_rivals(ask.ds.key, seed)
    if known:
        _rivals(known)
        return
    train, test = ask.parts
    each = chain.rival_size(ask.plan, lams)

    def work() -> Iterator[Rival | None]:
        plans = (replace(ask.plan, cfg=bpmf.Config(k=k)) for k in ks)
        return (step for plan in plans for step in chain.rival_steps(train, test, plan, lams))

    jobs.shared(
        "rivals",
        (ask.ds.key, "rivals", seed),
        work,
        len(ks) * each,
        lambda t: f"k = {ks[t // each]}",
        lambda found: _rivals([one for one in found if one is not None]),
        start=f"Fit {len(ks)} values of k",
    )


def _rivals(found: Sequence[Rival]) -> None:
    if not found:
        return
    lams = posterior.LAMS
    frame.show(calibrated.against_k(found, lams, frame.palette()), "against_k")
    first, last = found[0], found[-1]
    worst, best = last.points[0], min(last.points)
    st.markdown(
        f"From k = {first.k} to k = {last.k} MAP at λ = {lams[0]:g} goes from {first.points[0]:.3f} to {worst:.3f}: it "
        f"believes in every dimension. The mean of the draws goes from {first.bayes:.3f} to **{last.bayes:.3f}**; MAP "
        f"with the best of these λ for k = {last.k} reaches {best:.3f}. Dimensions that the ratings do not determine "
        "are drawn in all directions, and average to nothing."
    )
