"""One learning rate between a smaller and a larger one: too small, right, exploding (notes §14)."""

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from typing import NamedTuple

import streamlit as st

from mfapp import controls, frame, jobs, network, quiz, runs
from mfcore import Ratings, nn
from mfcore.errors import DivergedError
from mfview import descents, labels
from mfview.descents import RATES, SWEPT, Curve, Plan, Seen
from mfview.figures import network_descent as figures

USUAL: dict[network.Name, float] = {"sgd": 1.0, "momentum": 0.1, "adam": 0.01}
K, LAM, T = SWEPT.k, SWEPT.lam, SWEPT.T
DEFAULTS = {"k": K, "lam": LAM, "epochs": T, "rate": USUAL["sgd"], "optimizer": "SGD", "batch": str(SWEPT.batch)}
APART = 3  # places in RATES between two panels: a factor of thirty or so


def view() -> None:
    """The view: three descents side by side, then all rates at once."""
    ds = controls.data("planted")
    with st.container(horizontal=True):
        name = network.optimizer("SGD")
        batch = network.batch(SWEPT.batch)
    k, lam = controls.k(K, 20), controls.lam(LAM)
    rate = network.usual_rate("rates", name, USUAL, RATES)
    T_, seed = network.epochs(T, 40), controls.seed()
    plan = replace(SWEPT, rule=nn.Rule(name, rate), batch=batch, k=k, lam=lam, T=T_, seed=seed)
    st.markdown(
        "The gradient says which way is down, but not how far. **η decides.** Below: the rate of the sidebar, between "
        "one that is 30 times smaller and one that is 30 times larger."
    )
    plans = [replace(plan, rule=nn.Rule(name, one)) for one in RATES]
    known = {r: curve for r, one in zip(RATES, plans, strict=True) if (curve := descents.find(ds.key, one))}
    if len(known) == len(plans):
        _draw(known, plan)
    else:
        train, test = runs.split(ds, ds.key, seed)
        jobs.shared(
            "rates",
            (ds.key, replace(plan, rule=nn.Rule(name, RATES[0]))),
            lambda: _work(train, test, plans),
            len(plans) * (T_ + 1),  # at most: a rate that is lost has fewer
            lambda n: f"{len(plans)} rates, {labels.counted(T_, 'epoch')} each",
            lambda found: _draw(_curves(found), plan),
        )
    quiz.ask("10-too-large")
    network.rule_card(name)


class Found(NamedTuple):
    """What one epoch at a rate showed, or that it left all bounds in epoch `astray`."""

    rate: float
    seen: Seen | None
    astray: int = 0


def _work(train: Ratings, test: Ratings, plans: Sequence[Plan]) -> Iterator[Found]:
    """All epochs of all rates, one rate after the other."""
    for rate, plan in zip(RATES, plans, strict=True):
        try:
            for seen in descents.follow(train, test, plan):
                yield Found(rate, seen)
        except DivergedError as error:
            yield Found(rate, None, error.t)


def _curves(found: Sequence[Found]) -> dict[float, Curve]:
    """By rate what was found of it so far."""
    return {
        rate: Curve(tuple(one.seen for one in found if one.rate == rate and one.seen), astray)
        for rate, astray in {one.rate: one.astray for one in found}.items()
    }


def _draw(curves: Mapping[float, Curve], plan: Plan) -> None:
    kept = {rate: curve for rate, curve in curves.items() if not curve.astray}
    if not kept:
        return
    assert plan.rule is not None
    best, at = descents.lowest(kept), RATES.index(plan.rule.rate)
    limits = (kept[best].seen[-1].J, 1.6 * kept[best].seen[0].J)
    low = limits[0]
    beside = [n for n in (at - APART, at, at + APART) if 0 <= n < len(RATES) and RATES[n] in curves]
    ended = all(curve.astray or len(curve.seen) > plan.T for curve in curves.values()) and len(curves) == len(RATES)
    for column, n in zip(st.columns(max(len(beside), 1)), beside, strict=False):
        with column:
            curve = curves[RATES[n]]
            fig = figures.panel(curve, f"η = {RATES[n]:g}", limits, plan.T, frame.palette())
            frame.show(fig, f"panel_{n - at}")
            if ended:
                _verdict(curve, RATES[n], best, curves[best])
    st.header("All rates at once", anchor=False)
    frame.show(figures.ends(curves, plan.rule.rate, plan.T, frame.palette()), "rates")
    if not ended:
        return
    lost = [rate for rate, curve in curves.items() if curve.astray]
    st.markdown(
        f"Of these rates **η = {best:g}** ends lowest with {plan.name} and batches of {plan.batch}, at "
        f"J = {low:,.0f}. "
        f"{_listed(descents.near(kept))} within 10% of that. "
        + (f"It diverges at η = {', '.join(f'{rate:g}' for rate in lost)}. " if lost else "None of them explodes. ")
        + "A rate that is too small only takes longer; one that is too large never settles. So try rates a factor of "
        "three apart and take the largest that falls steadily."
    )
    frame.note(
        f"k = {plan.k}, λ = {plan.lam:g}, {labels.counted(plan.T, 'epoch')}, the same start and the same batches for "
        "every rate. J beyond the top of a panel is drawn at its edge."
    )


def _listed(rates: Sequence[float]) -> str:
    """The rates that end near the lowest, the lowest among them, with their verb."""
    return f"η = {', '.join(f'{rate:g}' for rate in rates)} {'end' if len(rates) > 1 else 'alone ends'}"


def _verdict(curve: Curve, rate: float, best: float, right: Curve) -> None:
    last = curve.seen[-1]
    if curve.astray:
        st.error(
            f"**Exploding.** {str(DivergedError(curve.astray)).capitalize()}: J = {last.J:,.0f}, "
            f"test RMSE {last.test:.3f}.",
            icon=":material/trending_up:",
        )
    elif last.J <= 1.02 * right.seen[-1].J:
        st.success(
            f"**About right.** J = {last.J:,.0f} after {labels.counted(last.t, 'epoch')}, test RMSE {last.test:.3f}.",
            icon=":material/check:",
        )
    elif rate < best:
        same = descents.arrived(right, last.J)
        waits = f"; η = {best:g} was there at epoch {same.t}" if same else ""
        st.info(f"**Too small.** J = {last.J:,.0f} and still falling{waits}.", icon=":material/hourglass:")
    else:
        lowest = min(one.J for one in curve.seen)
        st.info(
            f"**Too large.** J = {last.J:,.0f}, at best {lowest:,.0f}: steps overshoot, and amplify the noise of the "
            "batches.",
            icon=":material/show_chart:",
        )
