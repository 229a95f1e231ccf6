"""Too few ratings (E11): the user with the fewest ratings on the tiny table, then what it does to real films."""

import numpy as np
import streamlit as st

from mfapp import controls, frame, quiz, runs
from mfcore import als, interpret, run, undetermined
from mfcore.ratings import Floats
from mfcore.ridge import Row
from mfview import cards, labels
from mfview.figures import too_few as figures

K = 4
KS = (1, 2, 3, 4, 6, 8, 12, 16)
LAMS = (0.0, 5.0)
SWEEPS = 10


def view() -> None:
    """The view: one row with its solutions, then the whole of MovieLens small."""
    k, seed = controls.k(K, 6), controls.seed()
    ds = runs.dataset("tiny")
    i = int(np.argmin(ds.R.users_counts))
    cfg = als.Config(k=k, lam=0.0, biases=False)
    start = next(run.steps(als, ds.R, cfg, seed))
    row = als.row(start, ds.R, cfg, i)
    user, n = str(ds.R.user_ids[i]), len(ds.R.Psi(i))
    st.header(f"{user} has rated {n} films. k is {k}.", anchor=False)
    if k != K or quiz.ask("03-rank"):  # the question is about this table at k = K
        _system(row, n)
    if row.unique:
        st.info(
            f"{n} ratings settle {labels.counted(k, 'number')}: A has full rank and w is unique. Raise k above {n}.",
            icon=":material/check_circle:",
        )
    else:
        _solutions(ds, start, row, i)
    _real(seed)


def _system(row: Row, n: int) -> None:
    k = len(row.x)
    st.markdown(
        f"With λ = 0, A is a sum of {n} matrices u uᵀ, each of rank 1, so its rank is at most {n}. Here it is "
        f"**{row.rank}** of k = {k}; eigenvalues that are 0 leave directions in which w can go anywhere."
    )
    spectrum = undetermined.eigenvalues(row.A)
    clean = np.where(spectrum > 1e-12 * spectrum[0], spectrum, 0.0)  # rounding is shown as the 0 that it stands for
    digits = 2 if k <= 4 else 1
    left, right = st.columns(2)
    left.latex(f"A = {cards.matrix(row.A.round(digits) + 0.0, digits)}{frame.TRAIL}")  # + 0.0: no −0.00
    right.latex(rf"\text{{eigenvalues of }}A:\; {cards.matrix(clean, 3)}{frame.TRAIL}")


def _solutions(ds: runs.Dataset, start: als.State, row: Row, i: int) -> None:
    user = str(ds.R.user_ids[i])
    a = np.linspace(-3, 3, 61)
    solutions = undetermined.family(row, a)
    free = len(row.x) - row.rank
    more = f" (one of {free} free directions)" if free > 1 else ""
    st.markdown(
        f"Take the solution and walk along a direction d with A d = 0{more}: w(a) = w + a·d. "
        f"{user}'s ratings are hit exactly all the way and J does not move, yet the predictions of films that were "
        "not rated move all the way too. **The code takes the shortest w**, at a = 0: the one that claims least. That "
        "is a choice, not something the ratings said."
    )
    rated = np.isin(np.arange(ds.R.M), ds.R.Psi(i)).tolist()
    left, right = st.columns([3, 2], gap="medium")
    with left:
        frame.show(
            figures.family(a, solutions @ start.U.T, ds.labels, rated, user, frame.palette()),
            "family",
        )
    with right:
        frame.show(figures.lengths(a, interpret.norm(solutions), frame.palette()), "lengths")


def _real(seed: int) -> None:
    st.header("The same on real films", anchor=False)
    R = runs.dataset("ml-small").R
    train, _ = runs.split(runs.dataset("ml-small"), R.digest, seed)
    short, square = undetermined.short_rows(train, 5), undetermined.square_rows(train, 5)
    st.markdown(
        f"In the training part of MovieLens small, **{short.items:,} of {R.M:,} films have 1 to 4 ratings**. At k = 5 "
        "and λ = 0 their systems are singular; the shortest solution is taken and does little harm. The harm is done "
        f"by the **{square.items:,} films with exactly 5**: five equations, five unknowns, every rating hit exactly, "
        "however long u has to be. Where the five w lie close together the length is enormous, and every "
        "prediction that uses u is thrown off. A little λ keeps u short: the first practical reason for "
        "regularization (§9)."
    )
    errors, longest = _against_k(seed)
    left, right = st.columns(2)
    with left:
        fig = figures.against_k(
            KS, errors, "Test error against k", "test RMSE in stars", frame.palette().test, frame.palette()
        )
        frame.show(fig, "errors")
    with right:
        fig = figures.against_k(
            KS, longest, "The longest film vector", "largest ‖u‖", frame.palette().ink, frame.palette()
        )
        frame.show(fig, "longest")
    frame.note(f"MovieLens small, {SWEEPS} sweeps of plain MF without biases for every k and λ.")


@st.cache_resource(show_spinner="Fitting MovieLens small for every k, with and without λ …", max_entries=16)
def _against_k(seed: int) -> tuple[dict[str, list[float]], dict[str, list[float]]]:
    """Test RMSE and the largest ‖u_j‖ for every k in KS, by λ."""
    ds = runs.dataset("ml-small")
    errors: dict[str, list[float]] = {}
    longest: dict[str, list[float]] = {}
    for lam in LAMS:
        fits = [runs.trajectory(ds, als.Config(k=k, lam=lam, biases=False), SWEEPS, seed) for k in KS]
        errors[f"{lam:g}"] = [fit.points[-1].test for fit in fits]
        longest[f"{lam:g}"] = [_longest(fit.states[-1].U) for fit in fits]
    return errors, longest


def _longest(U: Floats) -> float:
    return float(interpret.norm(U).max())
