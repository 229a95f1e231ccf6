"""Maximum likelihood overfits as k grows, and a prior holds it (notes §11)."""

from collections.abc import Iterator, Sequence
from itertools import chain

import streamlit as st

from mfapp import controls, frame, jobs, quiz, runs
from mfcore import Ratings, growth
from mfcore import pmf as model
from mfcore.growth import Grown
from mfview import labels, precomputed
from mfview.figures import priors

LAM = 15.0
LAMS = precomputed.GRID.lams[1:]
WEAK = LAMS[0]


def view() -> None:
    """The view: train and test error against k, without a prior, with a weak one and with the one in the sidebar."""
    ds = controls.data()
    lam, seed = controls.lam(LAM, LAMS), controls.seed()
    st.markdown(
        "More factors can only make the ratings likelier: with one more, the old fit is still there, with a column of "
        "zeros. So **maximum likelihood always wants more of them**. What happens to ratings it has not seen?"
    )
    part, least = _dense(ds, ds.key)
    _whose(ds.R, part, least)
    told = quiz.told("07-more-factors", at_start=(ds is runs.dataset("ml-small") and (lam, seed) == (LAM, 0)))
    train, test = part.split(test=0.1, seed=seed)
    lams = tuple(dict.fromkeys((0.0, WEAK, lam)))

    def work() -> Iterator[Grown]:
        return chain.from_iterable(growth.grow(train, test, each, seed=seed) for each in lams)

    jobs.shared(
        "growth",
        ("growth", ds.key, lams, seed),
        work,
        len(lams) * len(growth.KS),
        lambda t: f"λ = {lams[t // len(growth.KS)]:g}, k = {growth.KS[t % len(growth.KS)]}",
        lambda found: _curves(found, lam, told),
    )
    with st.expander("The equations and the code"):
        frame.show_card(model.log_likelihood)
        frame.show_card(model.log_posterior)


@st.cache_resource(show_spinner=False, max_entries=16)
def _dense(_ds: runs.Dataset, key: str) -> tuple[Ratings, int]:
    return growth.dense(_ds.R)


def _whose(R: Ratings, part: Ratings, least: int) -> None:
    st.markdown(
        f"Of these data, the part in which every user and every film has **at least {least} ratings**: {part.N:,} "
        f"users, {part.M:,} films, {part.n:,} ratings. Where a film has fewer ratings than unknowns, a vector of any "
        "length fits them exactly (E11), and its errors would hide the point made here."
        if part is not R
        else "These data are too few to leave out users who rated little: a row with fewer ratings than unknowns is "
        "fitted exactly, by a vector of any length (E11)."
    )


def _curves(found: Sequence[Grown], lam: float, told: bool) -> None:
    names = {0.0: "MLE, no prior", WEAK: f"MAP, λ = {WEAK:g}", lam: f"MAP, λ = {lam:g}"}
    of = {at: [row for row in found if row.lam == at] for at in names}
    if any(len(rows) < len(growth.KS) for rows in of.values()):
        return
    titles = {"train": "Train: the lower, the likelier"} | ({"test": "Test: what is wanted"} if told else {})
    for column, (part, title) in zip(st.columns(2), titles.items(), strict=False):
        errors = {name: [getattr(row, part) for row in of[at]] for at, name in names.items()}
        with column:
            fig = priors.lines(growth.KS, errors, frame.palette(), title=title, over="k", y="RMSE in stars")
            frame.show(fig, f"overfit_{part}")
    if not told:
        frame.note("How the same fits do on ratings they have not seen is shown after your prediction.")
        return
    free, held = of[0.0], of[lam][-1]
    mle, best = free[-1], min(free, key=lambda row: row.test)
    verdict = (
        f"on ratings it has not seen it is best at k = {best.k}, with {best.test:.3f} stars, and misses by "
        f"**{mle.test:.3f}** at k = {mle.k}"
        if best.k < mle.k
        else f"on ratings it has not seen it is still getting better at k = {mle.k}, with **{mle.test:.3f}** stars"
    )
    st.markdown(
        f"Without a prior the training error falls from {free[0].train:.3f} to **{mle.train:.3f}** stars, the σ that "
        f"maximum likelihood reads off; {verdict}. With λ = {lam:g} the same k = {held.k} misses by "
        f"**{held.test:.3f}**, and σ is {held.train:.3f}."
    )
    frame.note(
        r"λ is $\lambda_{\text{ridge}} = \lambda_{\text{prior}}\,\sigma^2$; biases are solved along with the vectors. "
        "The likelihood is highest where the training error is lowest. Each k begins where the one before it ended, "
        f"with columns added, and has {labels.counted(growth.SWEEPS, 'sweep')}."
    )
