"""The microscope: one sweep of plain MF after another on the tiny table, a row at a time, every number in view."""

from dataclasses import dataclass

import numpy as np
import streamlit as st

from mfapp import controls, frame, player, quiz, runs
from mfcore import als, run
from mfcore.ratings import Floats, Ints
from mfcore.ridge import ridge_row
from mfview import cards
from mfview.figures import microscope as figures
from mfview.figures import row

K, LAM = 2, 0.0
SWEEPS = 20


@dataclass(frozen=True, slots=True, eq=False)
class History:
    """Every row that was solved: steps[n] leads from states[n] to states[n + 1]; J[n] is the objective of states[n]."""

    cfg: als.Config
    steps: tuple[als.RowStep, ...]
    states: tuple[als.State, ...]
    J: tuple[float, ...]
    scale: float


@st.cache_resource(show_spinner=False, max_entries=64)
def history(k: int, lam: float, seed: int) -> History:
    """SWEEPS sweeps over the tiny table, row by row."""
    R = runs.dataset("tiny").R
    cfg = als.Config(k=k, lam=lam, biases=False)
    s = next(run.steps(als, R, cfg, seed))
    taken: list[als.RowStep] = []
    for _ in range(SWEEPS):
        taken.extend(als.row_steps(s, R, cfg))
        s = taken[-1].after
    states = (taken[0].before, *(step.after for step in taken))
    J = tuple(als.objective(s, R, cfg) for s in states)
    # Early steps overshoot; one step's extremes would leave all others pale.
    entries = np.concatenate([X.ravel() for s in states for X in (s.W, s.U)])
    scale = float(np.quantile(np.abs(entries), 0.98))
    return History(cfg, tuple(taken), states, J, scale)


def strides(N: int, M: int) -> player.Strides:
    """A row, a half sweep, a sweep, as positions in the history."""
    last = SWEEPS * (N + M)
    return {
        "Row": player.stops(last, 1),
        "Half sweep": player.stops(last, N, M),
        "Sweep": player.stops(last, N + M),
    }


def view() -> None:
    """The view: controls, player, and at each step the tables, the row's equation and J."""
    ds = runs.dataset("tiny")
    h = history(controls.k(K, 6), controls.lam(LAM), controls.seed())
    player.show(strides(ds.R.N, ds.R.M), lambda at: _draw(ds, h, at), default=1)
    st.header("The code that ran", anchor=False)
    st.markdown("Every row of W and of U is this same ridge regression; only what it gathers differs.")
    frame.show_card(ridge_row, "λ = 0 gives the notes' §6")
    st.header("One by hand", anchor=False)
    quiz.ask("03-one-dimension")


def _draw(ds: runs.Dataset, h: History, at: int) -> None:
    step = h.steps[at - 1] if at else None
    s = h.states[at]
    _say(ds, h, at)
    picture, numbers = st.columns([5, 4], gap="medium")
    with picture:
        i, j = np.indices((ds.R.N, ds.R.M))
        lit = None if step is None else figures.Lit(step.block, step.at, _gathered(ds, step))
        predicted = als.predict(s, i, j)
        fig = figures.tables(ds.R, s.W, s.U, predicted, ds.labels, h.scale, lit, frame.palette())
        frame.show(fig, "tables")
        frame.note(
            "In R, large: the rating, brighter for more stars; small: the prediction r̂ = wᵀu. Grey cells were never "
            "rated and get a prediction all the same. Thick frame: the vector just solved. Thin frames: what it was "
            "solved from."
        )
        frame.show(row.objective(h.J, at, ds.R.N + ds.R.M, frame.palette()), "J")
    with numbers:
        _numbers(ds, h, at)


def _say(ds: runs.Dataset, h: History, at: int) -> None:
    """In words: who was solved, and from what."""
    if at == 0:
        st.markdown("**The start.** W and U hold random numbers, so no prediction means anything yet. Press Step.")
        return
    step = h.steps[at - 1]
    sweep = (at - 1) // (ds.R.N + ds.R.M) + 1
    gathered = [_name(ds, step, n, other=True) for n in _gathered(ds, step)]
    number, name = step.at + 1, _name(ds, step, step.at)
    if step.block == "W":
        st.markdown(
            f"**Sweep {sweep}, user {number}: {name}** rated {_listed(gathered)}. "
            f"Their {len(gathered)} vectors u are held fixed while w for {name} is solved."
        )
    else:
        st.markdown(
            f"**Sweep {sweep}, film {number}: {name}** was rated by {_listed(gathered)}. "
            f"Their {len(gathered)} vectors w are held fixed while u for {name} is solved."
        )


def _numbers(ds: runs.Dataset, h: History, at: int) -> None:
    """The system of the row just solved, its solution, and what it did to J and to the row's predictions."""
    if at == 0:
        st.metric("J at the start, in stars²", f"{h.J[0]:.4g}")
        return
    st.metric("J after this step, in stars²", f"{h.J[at]:.4g}", f"{h.J[at] - h.J[at - 1]:.4g}", delta_color="inverse")
    step = h.steps[at - 1]
    before = (step.before.W if step.block == "W" else step.before.U)[step.at]
    for line in _system(step, before, h.cfg):
        st.latex(line + frame.TRAIL)
    if not step.row.unique:
        st.warning(
            f"A has rank {step.row.rank}, below k = {h.cfg.k}, and no inverse: many vectors fit equally well. "
            "This is the shortest of them. The view *Too few ratings* shows the others.",
            icon=":material/all_out:",
        )
    _fit(ds, step)


def _fit(ds: runs.Dataset, step: als.RowStep) -> None:
    """The row's ratings beside its predictions before and after."""
    others = _gathered(ds, step)
    pair = (step.at, others) if step.block == "W" else (others, step.at)
    r = ds.R.of_user(step.at)[1] if step.block == "W" else ds.R.of_item(step.at)[1]
    names = [_name(ds, step, n, other=True) for n in others]
    before, after = (als.predict(s, *pair) for s in (step.before, step.after))
    frame.show(row.row_fit(names, r, before, after, _name(ds, step, step.at), frame.palette()), "fit")


def _system(step: als.RowStep, before: Floats, cfg: als.Config) -> list[str]:
    """A, v and the row's vector, old → new, in LaTeX: the notes' sums with this row's number, and what they come to."""
    n = step.at + 1
    own, other, over, r = (
        (f"w_{{{n}}}", "u_j", rf"j\in\Psi_{{{n}}}", f"r_{{{n}j}}")
        if step.block == "W"
        else (f"u_{{{n}}}", "w_i", rf"i\in\Omega_{{{n}}}", f"r_{{i{n}}}")
    )
    ridge = f" + {cfg.lam:g} I" if cfg.lam else ""
    A, v, old, new = (_matrix(part, cfg.k) for part in (step.row.A, step.row.v, before, step.row.x))
    # A wide matrix goes on a line of its own, and smaller, so that no equation is wider than its column.
    size, equals = (r"\footnotesize", r"\\ &=") if cfg.k > 3 else ("", "=")
    return [
        rf"{size} \begin{{aligned}} A &= \sum_{{{over}}} {other} {other}^\top{ridge} {equals} {A} \end{{aligned}}",
        rf"{size} v = \sum_{{{over}}} {r}\, {other} = {v}",
        rf"{size} {own}:\; {old} \,\longrightarrow\, A^{{-1}}v = {new}",
    ]


def _matrix(X: Floats, k: int) -> str:
    """Numbers in LaTeX, short enough for k columns on a phone."""
    digits = 2 if k <= 4 else 1
    return cards.matrix(X.round(digits) + 0.0, digits)  # + 0.0: no −0.00


def _gathered(ds: runs.Dataset, step: als.RowStep) -> Ints:
    return ds.R.Psi(step.at) if step.block == "W" else ds.R.Omega(step.at)


def _name(ds: runs.Dataset, step: als.RowStep, n: int, other: bool = False) -> str:
    """A user's or a film's name: of the row that was solved, or (other) of one that it gathered."""
    return str(ds.R.user_ids[n]) if (step.block == "W") != other else ds.labels[n]


def _listed(names: list[str]) -> str:
    return f"{', '.join(names[:-1])} and {names[-1]}" if len(names) > 1 else names[0]
