"""Two parameters: the likelihood as a landscape, the ways up, and the prior bending it (notes §11)."""

from collections.abc import Mapping, Sequence

import numpy as np
import streamlit as st

from mfapp import controls, frame, pmf, quiz, runs, state
from mfcore import pmf as model
from mfcore import surface
from mfcore.ascent import gradient, step
from mfcore.data import planted
from mfcore.ratings import Floats
from mfcore.surface import Heights, Path, Plane, Point
from mfview import labels
from mfview.figures import likelihood
from mfview.figures.likelihood import Trail

SIGMA, PRIOR, T = 0.7, 3.0, 20
USER = 5  # Fatou: three ratings, so that the prior has something to say
RATED = 4.0
GRID = 39
TASTES, PRODUCT = "a user's two tastes", "one rating, w and u"
STARTS = {TASTES: Point(0.2, 3.6), PRODUCT: Point(0.4, 3.2)}
REACHES = {TASTES: (-3.6, 4.4), PRODUCT: (-4.2, 4.2)}  # of both axes
PLANES = (TASTES, PRODUCT)
NEAR = 0.02  # two tops that are nearer to 0 are one
Ridge = tuple[str, list[list[Point]]] | None
PLANE = state.Param("plane", "The two parameters")
RATE = state.Param("rate", "η · step length", "How far one step goes along the slope. Steps that are too long diverge.")
RATES = ("0.001", "0.003", "0.01", "0.03", "0.1")
ALL, HALF, EACH = "all ratings", "half of them", "one rating"
BATCH = state.Param("batch", "A step looks at", "Fewer ratings per step: more steps per sweep, each a guess.")


def view() -> None:
    """The view: the likelihood with the ways up, then likelihood, prior and posterior side by side."""
    ds = runs.dataset("tiny")
    with st.container(horizontal=True):
        which = controls.choose(PLANE, PLANES, TASTES)
        rate = float(controls.choose(RATE, RATES, "0.03"))
        batch = controls.choose(BATCH, (ALL, HALF, EACH), ALL) if which == TASTES else ALL
    sigma, lam = pmf.sigma(SIGMA), pmf.prior(PRIOR)
    T_, seed = controls.sweeps(T, 100), controls.seed()
    i = controls.user(ds.R, USER) if which == TASTES else 0
    free, bent = _plane(which, i, sigma, 0.0), _plane(which, i, sigma, lam)
    batches = {ALL: 1, HALF: 2, EACH: free.R.n}[batch]
    _first(which, i, free, rate, T_, batches, seed)
    st.header("The prior bends it", anchor=False)
    if which == PRODUCT:
        quiz.ask("07-split")
    _bent(which, i, bent, rate, T_, batches, seed)
    with st.expander("The equations and the code"):
        for function in (model.log_likelihood, model.log_prior, gradient, model.update_W):
            frame.show_card(function)


def _plane(which: str, i: int, sigma: float, lam: float) -> Plane:
    if which == PRODUCT:
        return surface.product(RATED, sigma, lam)
    made = planted.tiny()
    return surface.taste(made.ratings, i, made.truth.U, sigma, lam)


def _first(which: str, i: int, plane: Plane, rate: float, T: int, batches: int, seed: int) -> None:
    R = runs.dataset("tiny").R
    st.markdown(
        "Suppose every film's content were known: how much it makes you laugh, and how much it frightens. What is left "
        f"of the model is {R.user_ids[i]}'s taste, two numbers, and {labels.counted(plane.R.n, 'rating')} that tell us "
        "about them. **The likelihood is a hill; least squares is its peak.**"
        if which == TASTES
        else f"One user, one film, one rating of {RATED:g}, and k = 1: there are just two numbers, w and u, and the "
        f"rating tells only their product. **Every point of the curve wu = {RATED:g} is likeliest**; the ridge runs "
        "along it, twice."
    )
    x, y, h = _heights(which, i, plane.s.sigma, 0.0)
    start = STARTS[which]
    steps, jump = (
        surface.climb(plane, start, rate, T, batches, seed),
        surface.jumps(plane, start, T),
    )
    p = frame.palette()
    fig = likelihood.contours(
        x, y, h.likelihood, _names(which), p, title="The likelihood, and two ways up",
        trails={
            "gradient" if batches == 1 else "mini-batches": Trail(steps, p.ink),
            "closed form": Trail(jump, p.test, "dot"),
        },
        marks={"MLE": jump.points[-1]} if plane.hold else {},
        ridge=None if plane.hold else _likeliest(),
        pixels=470,
    )  # fmt: skip
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.show(fig, "surface")
    with right:
        _say(steps, jump, plane, rate)
        frame.show_card(step)


def _say(steps: Path, jump: Path, plane: Plane, rate: float) -> None:
    if steps.astray:
        st.warning(
            f"Steps of η = {rate:g} are too long for this hill: after {labels.counted(len(steps.points) - 1, 'step')} "
            f"they diverged. You see the last good points; the last is at {_place(steps.points[-1])}. Take a smaller "
            "η, or a larger σ, which makes the hill flatter.",
            icon=":material/trending_down:",
        )
        return
    reached, best = (model.log_posterior(plane.at(*path.points[-1]), plane.R, plane.cfg) for path in (steps, jump))
    st.markdown(
        f"After {labels.counted(len(steps.points) - 1, 'step')} of η = {rate:g}, gradient ascent is at "
        f"{_place(steps.points[-1])}, with log-likelihood **{labels.decimal(reached, 3)}**. The closed form is at "
        f"{_place(jump.points[-1])} with **{labels.decimal(best, 3)}**: "
        + ("one block is left, so one jump is enough." if plane.hold else "w, then u, each exactly, in turn.")
    )
    frame.note("Lines of equal density, one, two, three … standard deviations from the peak if the hill is a Gaussian.")


def _bent(which: str, i: int, plane: Plane, rate: float, T: int, batches: int, seed: int) -> None:
    lam, sigma = plane.s.lam_W, plane.s.sigma
    x, y, h = _heights(which, i, sigma, lam)
    _, _, alone = _heights(which, i, sigma, 0.0)
    free, start = _plane(which, i, sigma, 0.0), STARTS[which]
    mle, top = (surface.jumps(one, start, 200).points[-1] for one in (free, plane))
    steps = surface.climb(plane, start, rate, T, batches, seed)
    p = frame.palette()
    curve = None if plane.hold else _likeliest()
    tops: dict[str, Point | Sequence[Point]] = {"MLE": mle} if plane.hold else {}
    # Where both w and u change sign all is the same; without a prior the whole curve is as high.
    both = top if plane.hold or max(abs(top.x), abs(top.y)) < NEAR else (top, Point(-top.x, -top.y))
    best: dict[str, Point | Sequence[Point]] = tops if curve and not lam else {"MAP": both, **tops}
    panels: tuple[tuple[str, Floats, dict[str, Trail], Mapping[str, Point | Sequence[Point]], Ridge], ...] = (
        ("Likelihood", alone.likelihood, {}, tops, curve),
        (f"Prior, λ = {lam:g}", h.prior if lam else 0 * h.prior, {}, {}, None),
        ("Posterior", h.posterior, {"gradient": Trail(steps, p.ink, named=False)}, best, curve),
    )
    for column, (title, height, trails, marks, ridge) in zip(st.columns(3), panels, strict=True):
        with column:
            fig = likelihood.contours(
                x, y, height, _names(which), p, title=title, trails=trails, marks=marks, ridge=ridge, pixels=360
            )
            frame.show(fig, f"panel_{title.split(',')[0]}")
    _said(which, plane, mle, top)


def _likeliest() -> tuple[str, list[list[Point]]]:
    """The curve on which w and u multiply to the rating, both branches of it, as far as the picture reaches."""
    far = REACHES[PRODUCT][1]
    w = np.linspace(RATED / far, far, 60).tolist()
    return f"wu = {RATED:g}, all MLE", [[Point(sign * x, sign * RATED / x) for x in w] for sign in (1, -1)]


def _said(which: str, plane: Plane, mle: Point, top: Point) -> None:
    lam, sigma = plane.s.lam_W, plane.s.sigma
    if not lam:
        st.markdown("λ = 0: the prior is flat, posterior and likelihood are one, MAP is MLE.")
        return
    moved = float(np.hypot(top.x - mle.x, top.y - mle.y))
    st.markdown(
        f"Logarithms add: posterior = likelihood + prior, up to a constant. The peak moves from {_place(mle)} to "
        f"**{_place(top)}**, by {moved:.2f}. It is what ridge finds with λ = {lam:g} · {sigma:g}² = "
        f"{lam * sigma**2:.4g}. Raise σ and the ratings are believed less; raise λ and the prior is believed more: "
        "only their product decides."
        if which == TASTES
        else "Of all points of the curve the prior prefers the two nearest to 0, w = u with either sign. One of the "
        f"two equal peaks is at {_place(top)}, and wu = **{top.x * top.y:.3f}**: the rating {RATED:g} less λσ² = "
        f"{lam * sigma**2:.4g}, and 0 once that is more than {RATED:g}. So the model, not you, decides what one rating "
        "is worth."
    )


@st.cache_data(show_spinner=False, max_entries=128)
def _heights(which: str, i: int, sigma: float, lam: float) -> tuple[Floats, Floats, Heights]:
    """The grid and both densities on it."""
    x = y = np.linspace(*REACHES[which], GRID)
    return x, y, surface.heights(_plane(which, i, sigma, lam), x, y)


def _names(which: str) -> tuple[str, str]:
    return ("taste for laughs, w₁", "taste for chills, w₂") if which == TASTES else ("w", "u")


def _place(point: Point) -> str:
    return f"({labels.decimal(point.x)}, {labels.decimal(point.y)})"
