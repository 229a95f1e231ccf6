"""Eckart and Young: nothing of rank k is nearer than truncated SVD, where every cell counts (notes §5; E9)."""

import plotly.graph_objects as go
import streamlit as st

from mfapp import controls, frame, quiz
from mfcore import als, fills, fit, metrics, rivals, svd
from mfcore.data import planted
from mfcore.ratings import Floats
from mfcore.rivals import Distance
from mfview.figures import spectrum

N, M = 120, 60
KS = (1, 2, 3, 4, 5, 6, 8, 10)
SEEN, LAM, T = 0.3, 2.0, 15


def view() -> None:
    """The view: the contest on a full matrix, in both norms, and then on the same matrix with holes."""
    seed = controls.seed()
    if quiz.ask("06-best"):
        _without_holes(seed)
    _with_holes(seed)


def _without_holes(seed: int) -> None:
    found = _full(seed)
    st.markdown(
        "The matrix below, **every cell known**. For each k: truncated SVD, alternating least squares after 1 and "
        "after 20 sweeps, and the best that can be done with columns drawn at random. **None is ever below SVD**, in "
        "either norm; ALS, which minimises the same sum here, comes down to it."
    )
    norms = {"frobenius": "All errors together, ‖X − WUᵀ‖ (Frobenius)", "spectral": "The worst direction, ‖X − WUᵀ‖₂"}
    for column, (norm, title) in zip(st.columns(2), norms.items(), strict=True):
        with column:
            frame.show(_contest(found, norm, title), norm)
    frame.show_card(rivals.distance)


def _with_holes(seed: int) -> None:
    st.header("With holes", anchor=False)
    errors = _holes(seed)
    p = frame.palette()
    best = sorted((min(error for _, error in curve), name) for name, curve in errors.items())
    winner, runner_up = best[:2]
    st.markdown(
        f"A planted matrix of {N} × {M}, of which {SEEN:.0%} of the cells are known. Every method sees those and is "
        "asked for the others. SVD is still the best approximation to the matrix it was given; but that matrix is "
        f"mostly filler. **At its best {winner[1]} misses by {winner[0]:.3f} stars, {runner_up[1]} by "
        f"{runner_up[0]:.3f}.**"
    )
    drawn = {
        "SVD, μ in the holes": spectrum.Look(p.neutral, "dot", "square"),
        "SVD, means of both in the holes": spectrum.Look(p.ink, "solid", "circle"),
        "ALS, no fill": spectrum.Look(p.test, "solid", "star"),
    }
    fig = spectrum.curves(errors, drawn, p, title="Error on the cells not seen", y="RMSE in stars")
    frame.show(fig, "with_holes")
    frame.note(f"ALS with biases, λ = {LAM:g}, {T} sweeps. Zeros in the holes would be off the chart.")


def _contest(found: list[Distance], norm: str, title: str) -> go.Figure:
    p = frame.palette()
    curves: dict[str, list[tuple[int, float]]] = {}
    for d in found:
        curves.setdefault(d.name, []).append((d.k, getattr(d, norm)))
    styles = (
        (p.ink, "solid", "circle"),
        (p.train, "dot", "x"),
        (p.train, "dash", "diamond-open"),
        (p.neutral, "dot", "square"),
    )
    looks = {name: spectrum.Look(*style) for name, style in zip(curves, styles, strict=True)}
    return spectrum.curves(curves, looks, p, title=title, y="distance in stars", log=True)


def _matrix(seed: int) -> Floats:
    """Planted ratings of every film by everybody, with noise."""
    X: Floats = planted.planted(N, M, density=1.0, seed=seed).ratings.by_user.toarray()
    return X


@st.cache_data(show_spinner="Every method, every k …", max_entries=16)
def _full(seed: int) -> list[Distance]:
    return rivals.on_a_full_matrix(_matrix(seed), KS, seed=seed)


@st.cache_data(show_spinner="The same with holes …", max_entries=16)
def _holes(seed: int) -> dict[str, list[tuple[int, float]]]:
    """RMSE on the unseen cells, by method and k."""
    R = rivals.full(_matrix(seed))
    seen, unseen = R.split(1 - SEEN, seed)
    out: dict[str, list[tuple[int, float]]] = {}

    def note(name: str, k: int, s: als.State) -> None:
        out.setdefault(name, []).append((k, metrics.rmse(svd.predict(s, unseen.i, unseen.j), unseen.r)))

    for k in KS:
        note("SVD, μ in the holes", k, svd.fit_at_once(seen, svd.Config(k=k, fill=fills.mean)))
        note("SVD, means of both in the holes", k, svd.fit_at_once(seen, svd.Config(k=k)))
        note("ALS, no fill", k, fit(als, seen, als.Config(k=k, lam=LAM), T, seed))
    return out
