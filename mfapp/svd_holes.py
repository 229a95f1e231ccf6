"""E9: the same holes filled in many ways, on half a picture first and then on held-out ratings beside ALS."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfapp import controls, frame, jobs, quiz, runs
from mfcore import fills, fit, impute, metrics, rivals, svd
from mfcore.als import State
from mfcore.data import picture
from mfcore.ratings import Floats
from mfcore.rivals import Error, Plan
from mfview.figures import picture as pictures
from mfview.figures import spectrum
from mfview.style import Palette

K, LAM, T = 12, 10.0, 10
SEEN, SWEEPS = 0.5, 80


def view() -> None:
    """The view: the picture at once, then the curves as their fits arrive."""
    ds = controls.data()
    k, lam = controls.k(K, 30), controls.lam(LAM)
    T_, seed = controls.sweeps(T, 30), controls.seed()
    _picture(k, seed)
    st.header("On ratings that were held out", anchor=False)
    train, test = runs.split(ds, ds.key, seed)
    plan = Plan(lam=lam, T=T_, seed=seed)
    plan = plan._replace(ks=tuple(k for k in plan.ks if k <= min(train.N, train.M)))
    st.markdown(
        f"One split: {train.n:,} ratings to learn from, {test.n:,} held out. Five fills decomposed once; film and user "
        f"means filled again for {T_} sweeps, without and with shrinkage by λ = {lam:g}; and ALS with biases and the "
        "same λ, which ignores the holes."
    )
    jobs.run(
        "holes",
        (ds.key, plan),
        lambda: rivals.with_holes(train, test, plan),
        len(plan.names),
        lambda t: plan.names[t],
        lambda found: _curves([error for errors in found for error in errors]),
    )
    quiz.ask("06-zeros")
    with st.expander("The equations and the code"):
        frame.show_card(impute.refill)
        frame.show_card(impute.shrunk)
        frame.show_card(impute.objective)


def _picture(k: int, seed: int) -> None:
    P = picture.lighthouse()
    R = picture.observed(P, SEEN, seed)
    hidden = np.ones(P.shape, bool)
    hidden[R.i, R.j] = False
    st.markdown(
        f"**Half of the picture is gone: {int(hidden.sum()):,} cells, drawn at random.** SVD of “R” (§10) is not "
        f"defined until they hold something, and each filling gives a different answer (E9). All at rank k = {k}; "
        "holes in yellow; RMSE in grey values, on the hidden cells."
    )
    filled = _filled(k, seed)
    shown = [("Seen", np.where(hidden, np.nan, P), "Half of the cells; the others are holes, in yellow.")]
    for name, cells in filled.items():
        error = metrics.rmse(cells[hidden], P[hidden])
        shown.append((f"{name}: {error:.3f}", cells, f"{name}, rank {k}: RMSE {error:.3f} on the hidden cells."))
    shown.append(("The whole picture", P, "The picture that no method has seen in full: a lighthouse over the sea."))
    for row in (shown[:3], shown[3:]):
        for column, (title, cells, alt) in zip(st.columns(3), row, strict=True):
            with column:
                frame.show(pictures.grey(cells, frame.palette(), title=title, alt=alt), title.split(":")[0])
    st.markdown(
        "Zeros pull everything towards black, and a higher k copies the holes more faithfully. Filling again puts the "
        f"prediction into the holes and decomposes once more, {SWEEPS} times: what is minimised then,"
        r" $\tfrac12\sum_\Omega (r_{ij} - \hat r_{ij})^2$, counts no hole."
    )


@st.cache_data(show_spinner="Filling the picture …", max_entries=64)
def _filled(k: int, seed: int) -> dict[str, Floats]:
    """The picture from half of its cells, by name of the filling."""
    R = picture.observed(picture.lighthouse(), SEEN, seed)
    once = {"Zeros": fills.zeros, "Mean": fills.mean, "Row and column means": fills.both_means}
    states = {name: svd.fit_at_once(R, svd.Config(k=k, fill=fill)) for name, fill in once.items()}
    states["Filled again"] = fit(impute, R, impute.Config(k=k, lam=0.0, fill=fills.mean), SWEEPS)
    return {name: _cells(s) for name, s in states.items()}


def _cells(s: State) -> Floats:
    return svd.predict(s, *np.indices((len(s.W), len(s.U))))


def _curves(errors: Sequence[Error]) -> None:
    p = frame.palette()
    found: dict[str, list[tuple[int, float]]] = {}
    for error in errors:
        found.setdefault(error.name, []).append((error.k, error.test))
    fig = spectrum.curves(found, looks(p), p, title="Held-out error of every filling", y="test RMSE in stars")
    frame.show(fig, "fillings")
    if rivals.ALS in found:
        best = {name: min(error for _, error in curve) for name, curve in found.items()}
        winner = min(best, key=best.__getitem__)
        worst = max(best, key=best.__getitem__)
        hard = dict(found.get(rivals.HARD, ()))
        st.markdown(
            f"From the same ratings every filling predicts something different: at its best *{worst}* misses by "
            f"**{best[worst]:.3f}** stars and *{winner}* by **{best[winner]:.3f}**. Filled again without λ, k = "
            f"{max(hard)} is at {hard[max(hard)]:.3f}: it learns the noise it first predicted. With λ, what is "
            "minimised is ALS's own sum, as the lesson shows, except for the biases: here they are plain means, "
            "however few ratings there are; ALS learns them and shrinks them by λ."
        )


def looks(p: Palette) -> dict[str, spectrum.Look]:
    """Fills in grey, filled again in orange, ALS in the colour of test errors."""
    styles = (("dot", "x"), ("dot", "square"), ("dash", "triangle-up"), ("dash", "circle"), ("solid", "diamond-wide"))
    drawn = {
        name: spectrum.Look(p.neutral, dash, symbol)
        for name, (dash, symbol) in zip(rivals.SVD_NAMES.values(), styles, strict=True)
    }
    return drawn | {
        rivals.HARD: spectrum.Look(p.highlight, "dot", "square"),
        rivals.SOFT: spectrum.Look(p.highlight, "dash", "circle"),
        rivals.ALS: spectrum.Look(p.test, "solid", "star"),
    }
