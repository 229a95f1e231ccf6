"""The mean of many draws against one best point: as draws gather, and as k grows past what there is to find."""

from collections.abc import Iterator, Sequence
from dataclasses import replace

import streamlit as st

from mfapp import bayesian, frame, jobs, quiz
from mfapp.bayesian import Asked
from mfcore import bpmf, chain, metrics
from mfcore.als import predict
from mfcore.chain import Draw, Plan, Rival
from mfview import posterior
from mfview.figures import calibrated


def view() -> None:
    """The view: test RMSE against the number of draws, then against k."""
    ask = bayesian.asked(pair=False)
    bayesian.follow(ask, lambda plan, draws: _gather(ask, plan, draws))
    st.header("And with more dimensions than there are?", anchor=False)
    quiz.ask("08-overfit")
    _dimensions(ask)


def _gather(ask: Asked, plan: Plan, draws: Sequence[Draw]) -> None:
    if not draws:
        return
    test = ask.parts[1]
    point = metrics.rmse(predict(ask.point, test.i, test.j), test.r)
    last = draws[-1]
    if last.t > plan.burn:
        st.markdown(
            f"Each draw alone is a bad predictor: **{last.alone:.3f}** stars, for it carries all of the doubt. The "
            f"mean of {last.t - plan.burn} draws misses by **{last.together:.4f}**, MAP at λ = {ask.lam:g} by "
            f"**{point:.4f}**. What draws disagree on cancels; what they share stays. And nobody chose a λ for them: "
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

    def work() -> Iterator[Rival]:
        return (chain.rival(train, test, replace(ask.plan, cfg=bpmf.Config(k=k)), lams) for k in ks)

    key = (ask.ds.key, "rivals", seed)
    jobs.shared("rivals", key, work, len(ks), lambda t: f"k = {ks[t]}", _rivals, start=f"Fit {len(ks)} values of k")


def _rivals(found: Sequence[Rival]) -> None:
    if not found:
        return
    lams = posterior.LAMS
    frame.show(calibrated.against_k(found, lams, frame.palette()), "against_k")
    first, last = found[0], found[-1]
    worst, best = last.points[0], min(last.points)
    st.markdown(
        f"From k = {first.k} to k = {last.k} MAP at λ = {lams[0]:g} goes from {first.points[0]:.3f} to {worst:.3f}: it "
        f"believes in every dimension. The mean of the draws goes from {first.bayes:.3f} to **{last.bayes:.3f}**; "
        f"MAP with the best of these λ for k = {last.k} reaches {best:.3f}. Dimensions that the ratings cannot "
        "tell are drawn in all directions, and average to nothing."
    )
