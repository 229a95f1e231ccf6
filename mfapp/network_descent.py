"""Mini-batch descents against ALS on the same J: by epochs, by seconds, on held-out ratings (notes §14)."""

from collections.abc import Iterator, Mapping, Sequence
from typing import NamedTuple

import streamlit as st

from mfapp import controls, frame, jobs, network, quiz, runs, state
from mfcore import Ratings, nn
from mfview import descents, labels
from mfview.descents import Curve, Plan, Seen
from mfview.figures import network_descent as figures

DEFAULT = descents.SIDE_BY_SIDE[-1]
K, LAM, T = DEFAULT.k, DEFAULT.lam, DEFAULT.T
LAMS = (0.0, 1.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0)
RATES = (0.001, 0.002, 0.003, 0.005, 0.01, 0.02, 0.03, 0.05, 0.1, 0.2, 0.3, 0.5, 1.0, 2.0, 3.0, 5.0, 8.0, 16.0, 32.0)
BY = state.Param("by", "Along", "An epoch uses every rating once; a sweep of ALS solves for every row once.")
BYS: dict[str, figures.By] = {"epochs": "epochs", "seconds": "seconds"}
USUAL: dict[network.Name, float] = {
    plan.rule.name: plan.rule.rate for plan in descents.SIDE_BY_SIDE if plan.rule is not None
}
DEFAULTS = {"k": K, "lam": LAM, "epochs": T, "rate": USUAL["adam"], "optimizer": "Adam", "batch": str(DEFAULT.batch)}
NEAR = 1.01  # times where ALS ends


class Step(NamedTuple):
    """An epoch of the run of that name."""

    name: str
    seen: Seen


def view() -> None:
    """The view: both pictures with what is known or chosen, and what they say."""
    ds = controls.data()
    with st.container(horizontal=True):
        name = network.optimizer("Adam")
        batch = network.batch(DEFAULT.batch)
        by = BYS[controls.choose(BY, list(BYS), "epochs")]
    k, lam = controls.k(K, 20), controls.lam(LAM, LAMS)
    rate = network.usual_rate("descent", name, USUAL, RATES)
    T_, seed = network.epochs(T, 60), controls.seed()
    chosen = Plan(nn.Rule(name, rate), batch, k, lam, T_, seed)
    solved = Plan(None, DEFAULT.batch, k, lam, T_, seed)
    st.markdown(
        "ALS solves for all rows in turn. Descent takes a few ratings, works out which way is down, and takes a small "
        "step. **Both lower the same J, so they can be compared number for number.**"
    )
    _compare(ds, chosen, solved, by)
    network.rule_card(name)


def _compare(ds: runs.Dataset, chosen: Plan, solved: Plan, by: figures.By) -> None:
    """The pictures, at once where both ship; else as both run here, one after the other."""
    known = {plan.name: curve.seen for plan in _beside(solved) if (curve := descents.find(ds.key, plan))}
    shipped = descents.find(ds.key, chosen)
    if not quiz.told("10-who-is-first", at_start=shipped is not None and (chosen, by) == (DEFAULT, "epochs")):
        frame.note("The curve of ALS comes after your prediction.")
        del known["ALS"]
        _pictures(known, chosen, by)
        return
    if "ALS" in known and shipped is not None:
        _pictures(known | {chosen.name: shipped.seen}, chosen, by)
        return
    plans = [solved, chosen]  # ALS again where it is known: seconds of another machine would not compare
    thin = {name: seen for name, seen in known.items() if name not in ("ALS", chosen.name)}
    T_ = chosen.T
    train, test = runs.split(ds, ds.key, chosen.seed)

    def draw(found: Sequence[Step]) -> None:
        fresh: dict[str, list[Seen]] = {}
        for step in found:
            fresh.setdefault(step.name, []).append(step.seen)
        _pictures(fresh, chosen, by, thin)

    jobs.shared(
        "descent",
        (ds.key, chosen),
        lambda: _work(train, test, plans),
        len(plans) * (T_ + 1),
        lambda n: f"{plans[n // (T_ + 1)].name}, {'sweep' if n <= T_ else 'epoch'} {n % (T_ + 1)}",
        draw,
    )


def _beside(solved: Plan) -> list[Plan]:
    """What is drawn where it ships: ALS and the usual descents."""
    return [
        Plan(usual.rule, usual.batch, solved.k, solved.lam, solved.T, solved.seed) for usual in descents.SIDE_BY_SIDE
    ]


def _work(train: Ratings, test: Ratings, plans: Sequence[Plan]) -> Iterator[Step]:
    for plan in plans:
        for seen in descents.follow(train, test, plan):
            yield Step(plan.name, seen)


def _pictures(
    found: Mapping[str, Sequence[Seen]], chosen: Plan, by: figures.By, thin: Mapping[str, Sequence[Seen]] | None = None
) -> None:
    """thin: what another machine ran; its epochs are drawn beside those of `found`, its seconds are not."""
    if not any(len(seen) > 1 for seen in found.values()):
        return
    drawn = {**thin, **found} if thin and by == "epochs" else found
    left, right = st.columns(2)
    with left:
        frame.show(figures.curves(drawn, chosen.name, "J", by, frame.palette()), "descent_J")
    with right:
        frame.show(figures.curves(drawn, chosen.name, "test", by, frame.palette()), "descent_test")
    _table(found)
    _said(found, chosen)
    if thin and by == "seconds":
        frame.note(f"Only what ran here is drawn against seconds; {', '.join(thin)} were timed on another machine.")


def _table(found: Mapping[str, Sequence[Seen]]) -> None:
    rows = ["| | J, end | test RMSE, best | an epoch |", "|---|---|---|---|"]
    for name, seen in found.items():
        if len(seen) > 1:
            best = min(seen, key=lambda one: one.test)
            takes = (seen[-1].seconds - seen[0].seconds) / (len(seen) - 1)
            rows.append(f"| {name} | {seen[-1].J:,.0f} | {best.test:.4f} | {1000 * takes:,.0f} ms |")
    st.markdown("\n".join(rows))


def _said(found: Mapping[str, Sequence[Seen]], chosen: Plan) -> None:
    mine, solved = found.get(chosen.name, ()), found.get("ALS", ())
    if len(mine) < 2 or len(solved) < 2:
        return
    goal = NEAR * solved[-1].J
    first, here = (descents.arrived(Curve(tuple(seen[1:])), goal) for seen in (solved, mine))
    assert chosen.rule is not None
    assert first is not None  # ALS itself ends there
    reached = (
        f"{chosen.name} needs {labels.counted(here.t, 'epoch')} and {_times(here.seconds / first.seconds)} times the "
        "time."
        if here
        else f"{chosen.name} has not got that far after {labels.counted(mine[-1].t, 'epoch')}."
    )
    st.markdown(
        f"ALS is within 1% of its final J = {solved[-1].J:,.0f} after **{labels.counted(first.t, 'sweep')}**. "
        f"{reached} A step of descent is cheap and knows only its slope; ALS solves a system of k + 1 equations for "
        "every row and jumps to the bottom of it."
    )
    frame.note(
        f"{chosen.name} at η = {chosen.rule.rate:g}, batches of {chosen.batch:,}; one split, test ratings never "
        "trained on. Thin: the usual settings of the other descents, where they are known for these data. The random "
        "start is not drawn. Seconds are those of the machine that ran it, so read their ratio: they count training "
        "alone. The error of an epoch picked by its test error is a little too good."
    )


def _times(ratio: float) -> str:
    """Two digits, however far from 1."""
    return f"{ratio:,.0f}" if ratio >= 10 else f"{ratio:.2g}"
