"""Real films: a whole training run, its losses, its vectors as they move, and what came of it."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs, state
from mfcore import Ratings, als, interpret
from mfview import labels
from mfview.figures import fitted
from mfview.figures import training as figures

K, LAM, T = 5, 5.0, 10
SHOWN = 30  # users and films in the pictures of W and U
FRAMES = 16
ENDS = 6  # films at each end of an axis
LEAST = 50  # ratings a film needs to be shown there


@dataclass(frozen=True, slots=True, eq=False)
class Fit:
    """What the sidebar asked for, trained."""

    ds: runs.Dataset
    cfg: als.Config
    seed: int
    run: runs.Trajectory
    i: int
    j: int

    @property
    def parts(self) -> tuple[Ratings, Ratings]:
        return runs.split(self.ds, self.ds.key, self.seed)


def view() -> None:
    """The view: the curves first, then W and U, a pair, all test ratings, and the axes."""
    ds = controls.data()
    k, lam = controls.k(K, 20), controls.lam(LAM)
    sweeps, seed = controls.sweeps(T), controls.seed()
    cfg = als.Config(k=k, lam=lam, biases=False)
    curves = st.container()
    i, j = controls.user(ds.R), controls.item(ds)
    with curves:
        fit = Fit(ds, cfg, seed, runs.trajectory(ds, cfg, sweeps, seed), i, j)
        _curves(fit)
    _factors(fit)
    _pair(fit)
    _outcome(fit)
    st.header("What must fall?", anchor=False)
    quiz.ask("03-what-falls")


def _curves(fit: Fit) -> None:
    last = fit.run.points[-1]
    train, test = fit.parts
    st.markdown(
        f"{fit.ds.R.N:,} users, {fit.ds.R.M:,} films: **{train.n:,} ratings to learn from, {test.n:,} held out.** "
        f"After {labels.counted(last.t, 'sweep')} predictions miss training ratings by {last.train:.3f} stars (RMSE) "
        f"and test ratings by {last.test:.3f}."
    )
    if fit.cfg.lam == 0:
        st.info(
            "λ = 0 is plain matrix factorization. If the test curve jumps while the training curve falls, the view "
            "*Too few ratings* says why.",
            icon=":material/lightbulb:",
        )
    log = st.toggle(state.LOG.label, True, key=state.LOG.key, help=state.LOG.help, bind="query-params")
    left, right = st.columns(2)
    with left:
        frame.show(figures.losses(fit.run.points, log, frame.palette()), "losses")
    with right:
        frame.show(figures.objective(fit.run.points, log, frame.palette()), "objective")


def _factors(fit: Fit) -> None:
    st.header("W and U as they train", anchor=False)
    R = fit.ds.R
    users, films = (np.argsort(-n, kind="stable")[:SHOWN] for n in (R.users_counts, R.items_counts))
    last = len(fit.run.states) - 1
    at = np.unique(np.round(np.linspace(0, last, min(last + 1, FRAMES))).astype(int)).tolist()
    frames = [(t, fit.run.states[t].W[users], fit.run.states[t].U[films]) for t in at]
    names = [labels.plain(labels.short(fit.ds.labels[j], 24)) for j in films]
    whose = f"the {len(users)} most active users" if len(users) < R.N else "all users"
    which = f"the {len(films)} most rated films" if len(films) < R.M else "all films"
    st.markdown(
        f"W of {whose} and U of {which}, on one scale. "
        "Drag the slider back to sweep 0, where both are noise, and watch the tastes emerge."
    )
    fig = figures.factors(frames, [str(R.user_ids[i]) for i in users], names, frame.palette())
    frame.show(fig, "factors")


def _pair(fit: Fit) -> None:
    st.header("One user, one film", anchor=False)
    ds, i, j = fit.ds, fit.i, fit.j
    user, film = str(ds.R.user_ids[i]), ds.labels[j]
    s = fit.run.states[-1]
    path = np.array([float(als.predict(state, i, j)) for state in fit.run.states])
    given = {True: "train", False: "test"}
    found = [(part, name) for part, name in zip(fit.parts, given.values(), strict=True) if j in part.Psi(i)]
    actual = float(found[0][0].of_user(i)[1][found[0][0].Psi(i) == j][0]) if found else None
    said = f"The rating is {actual:g}, in {found[0][1]}." if found else "This pair has no rating."
    st.markdown(f"The products add up to **r̂ = {path[-1]:.2f}** stars. {said} Choose another pair in the sidebar.")
    left, right = st.columns(2)
    with left:
        products = interpret.contributions(s.W[i], s.U[j])
        frame.show(fitted.pair(s.W[i], s.U[j], products, frame.palette(), user=user, film=film), "pair")
    with right:
        frame.show(fitted.settling(path, actual, frame.palette(), user=user, film=film), "settling")


def _outcome(fit: Fit) -> None:
    left, right = st.columns(2, gap="medium")
    s, test = fit.run.states[-1], fit.parts[1]
    with left:
        st.header("Held-out ratings", anchor=False)
        st.markdown(
            "A perfect model would put every column on the dashed line. The solid line shows the average prediction."
        )
        frame.show(fitted.agreement(als.predict(s, test.i, test.j), test.r, frame.palette()), "agreement")
        low, high = fitted.edges_of(test.r)
        frame.note(f"Predictions below {labels.decimal(low, 0)} or above {high:g} stars are counted at the edge.")
    with right:
        st.header("The ends of an axis", anchor=False)
        _ends(fit, s)


@st.fragment
def _ends(fit: Fit, s: als.State) -> None:
    axes = [str(f + 1) for f in range(fit.cfg.k)]
    axis = int(controls.choose(state.AXIS, axes, "1", "list")) - 1
    counts = fit.parts[0].items_counts
    least = LEAST if np.count_nonzero(counts >= LEAST) > 2 * ENDS else int(np.median(counts))
    enough = np.flatnonzero(counts >= least)
    low, high = interpret.extremes(s.U[enough], axis, min(ENDS, len(enough) // 2))
    fig = fitted.ends(enough[low], enough[high], s.U[:, axis], fit.ds.labels, axis, frame.palette())
    frame.show(fig, "ends")
    frame.note(
        f"Among the {len(enough):,} films with at least {least} training ratings. Look for what the films at one end "
        "share, but do not trust the axis: any invertible change of axes, (WQ)(UQ⁻ᵀ)ᵀ = WUᵀ, predicts the same, so "
        "one axis alone means nothing (E10). Another seed gives other axes."
    )
