"""Real ratings: what a network adds to MF, how large its share is, and one prediction part by part."""

from collections.abc import Sequence

import streamlit as st

from mfapp import controls, frame, quiz, residual, runs
from mfapp.residual import Outcome
from mfcore import residual as model
from mfcore.branches import Look, Plan
from mfview import labels, watched
from mfview.figures import residual as figures
from mfview.figures.residual import Share

K, LAM = 5, 15.0
LAMS = (1.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 100.0)


def view() -> None:
    """The view: the curve, the shares of held-out ratings, and one pair."""
    ds = controls.data()
    plan = residual.asked(watched.of_films, K, LAM, 20, LAMS)
    i, j = controls.user(ds.R), controls.item(ds)
    at_start = plan == watched.of_films() and ds is runs.dataset(watched.DATA)
    told = quiz.told("11-real-share", at_start)
    residual.follow("films", ds, plan, lambda looks: _picture(ds, plan, looks, i, j, told))


def _picture(ds: runs.Dataset, plan: Plan, looks: Sequence[Look], i: int, j: int, told: bool) -> None:
    """Errors and shares; the shares alone while the question about the errors is open."""
    it = residual.outcome(ds, plan, looks)
    _, _, test = residual.parts(ds, ds.key, plan.seed)
    mf, network = model.parts(it.state, test.i, test.j)
    shares = figures.against(mf, network, test.r, frame.palette())
    if told:
        left, right = st.columns(2, gap="medium")
        with left:
            frame.show(figures.stopping(looks, it.test.mf, None, frame.palette()), "films_stopping")
        with right:
            frame.show(shares, "against")
        spread = (
            f" Over the held-out ratings its share varies by {it.kept.spread:.2f} stars (standard deviation), MF's by "
            f"{float(mf.std()):.2f}."
        )
        st.markdown(residual.said(it) + (spread if it.kept.t else ""))
        frame.note(
            f"The training error is left out of the picture: at {it.kept.train:.3f} it is so far below the rest that "
            "they would look like one line. Press *train* in the legend to see it."
        )
    else:
        frame.show(shares, "against")
        frame.note("Whether the network's share makes the sum any better is shown after your prediction.")
    _pair(ds, it, plan, i, j)


def _pair(ds: runs.Dataset, it: Outcome, plan: Plan, i: int, j: int) -> None:
    st.header("One prediction", anchor=False)
    s = it.state
    mf, network = (float(part) for part in model.parts(s, i, j))
    shares = [
        Share("μ", s.mu),
        Share("b, user", float(s.b[i])),
        Share("c, film", float(s.c[j])),
        Share("wᵀu", mf - s.mu - float(s.b[i]) - float(s.c[j])),
        Share("network", network),
    ]
    rated, part, where = _given(ds, plan, i, j)
    frame.show(figures.stacked(shares, rated, frame.palette(), part=part), "stacked")
    st.markdown(
        f"User {labels.markdown(ds.R.user_ids[i])} and {labels.markdown(ds.labels[j])}: MF says **{mf:.2f}**, the "
        f"network adds **{labels.decimal(network)}**. {where}"
    )


def _given(ds: runs.Dataset, plan: Plan, i: int, j: int) -> tuple[float | None, figures.Part, str]:
    """The pair's rating, if there is one, and which part it is in, also in words."""
    said = ("was learnt from", "decided when to stop", "was held out for the test")
    for ratings, part, role in zip(residual.parts(ds, ds.key, plan.seed), figures.PARTS, said, strict=True):
        items, r = ratings.of_user(i)
        if j in items:
            rating = float(r[items == j][0])
            return rating, part, f"The rating is {rating:g}; it {role}."
    return None, "test", "This user has not rated this film."
