"""Every model on one split or on folds: errors and their spread, cost, and how they fell in training (notes §19)."""

from collections.abc import Sequence

import streamlit as st

from mfapp import controls, frame, jobs, quiz, state
from mfcore import contest
from mfcore.contest import Fit, Plan, Row
from mfcore.entrants import BASELINES, ENTRANTS
from mfview import chapters, labels
from mfview import contest as shipped
from mfview.figures import contest as figures

K = shipped.PLAN.k
FOLDS = state.Param("folds", "Held out", "One split holds out a tenth once. With K folds each of K parts is held out.")
WAYS = {"one split": 1, "3 folds": 3, "5 folds": 5}
CURVE = state.Param("curve", "Curve of", "Which model's learning curve is drawn in colour.")
MODELS = {entrant.name: entrant for entrant in ENTRANTS if entrant.T}
FIRST = "ALS"


def view() -> None:
    """The view: known at once for the defaults, else fitted now, model by model."""
    ds = controls.data()
    k, seed = controls.k(K), controls.seed()
    st.markdown(
        "Every model of the project, trained on the same ratings, asked for the same test positions. None ever sees "
        "the ratings there. Each chooses its λ and when to stop on a tenth of its *training* ratings, is fitted again "
        "to all of them, and is scored once."
    )
    with st.container(horizontal=True):
        folds = WAYS[controls.choose(FOLDS, list(WAYS), "5 folds")]
        curve = controls.choose(CURVE, list(MODELS), FIRST, "list")
    plan = Plan(k=k, folds=folds, seed=seed)
    known = shipped.find(ds.key, plan)
    told = quiz.told("13-winner", at_start=known is not None and curve == FIRST)
    if known:
        _draw(known, curve, told)
        frame.note(f"Measured beforehand: {labels.markdown(shipped.measured_on())}. Another k, seed or data set is "
                   "fitted when you ask for it.")  # fmt: skip
        return
    units = plan.units

    def say(n: int) -> str:
        fold, name, said = units[n]
        where = f", fold {fold + 1}" if plan.folds > 1 else ""
        return f"{name}, trying {said}{where}" if said else f"{name}{where}"

    jobs.shared(
        "contest",
        (ds.key, plan),
        lambda: contest.run(ds.R, plan),
        len(units),
        say,
        lambda found: _draw(found, curve, told),
        start=f"Fit {len(units)} models",
    )


def _draw(found: Sequence[Fit], curve: str, told: bool) -> None:
    """All models, or the baselines alone while the question is open."""
    rows = contest.rows(found)
    if not rows:
        frame.note("Nobody has fitted these on this server yet. It takes between a few seconds and a few minutes.")
        return
    if not told:
        floors = [row for row in rows if row.name in BASELINES]
        frame.show(figures.dots(floors, frame.palette()), "dots")
        st.markdown(
            f"{floors[-1].name}, which knows nobody's taste, misses by **{floors[-1].test:.4f}** stars: a model that "
            "does worse is useless. The models come after your prediction."
        )
        return
    frame.show(figures.dots(rows, frame.palette()), "dots")
    _told(rows)
    frame.show(figures.learning(rows, curve, frame.palette()), "learning")
    _chosen(rows, curve)
    _table(rows)


def _told(rows: Sequence[Row]) -> None:
    by_name = {row.name: row for row in rows}
    models = [row for row in rows if row.name not in BASELINES]
    if not set(BASELINES) <= by_name.keys() or not models:
        return
    floor, best = by_name[BASELINES[-1]], min(models, key=lambda row: row.test)
    above = [row.name for row in models if row.test > floor.test]
    behind = f" **Not below it:** {', '.join(above)}." if above else ""
    pairs = tuple(zip(best.tests, floor.tests, strict=False))
    luck = (
        f"A fold is harder or easier for all models alike, so compare fold by fold: {best.name} is lower than μ + b + "
        f"c on {sum(ours < theirs for ours, theirs in pairs)} of {len(pairs)}."
        if floor.folds > 1
        else "One split is one draw: use folds before you believe it."
    )
    st.markdown(
        f"μ + b + c, which knows nobody's taste, misses by **{floor.test:.4f}** stars. Lowest is **{best.name}** with "
        f"**{best.test:.4f}**: all the vectors and layers improve on it by {floor.test - best.test:.3f} stars.{behind} "
        f"{luck}"
    )


def _chosen(rows: Sequence[Row], curve: str) -> None:
    row = next((row for row in rows if row.name == curve), None)
    if row is None:
        return
    unit = MODELS[curve].epoch
    ends = "; ".join(f"{said}, {labels.counted(t, unit)}" for said, t in zip(row.said, row.at, strict=True))
    st.markdown(f"{row.name}, chosen in training{', by fold' if row.folds > 1 else ''}: {labels.markdown(ends)}.")


def _table(rows: Sequence[Row]) -> None:
    lines = [
        f"| {_name(row.name)} | {_error(row)} | {row.seconds:.2g} | {row.parameters:,} |"
        for row in sorted(rows, key=lambda row: row.test)
    ]
    st.markdown("| model | RMSE | time, s | numbers |\n|---|---|---|---|\n" + "\n".join(lines))
    frame.note(
        "RMSE in stars ± its spread over folds; seconds of processor time to train; numbers learnt. The numbers of "
        "Bayesian MF are those of one draw; those of AutoRec are its network's, however many users there are."
    )


def _error(row: Row) -> str:
    if row.diverged:
        return figures.lost(row)
    test, spread = (f"{x:.4f}" if x < 10 else f"{x:.1f}" for x in (row.test, row.spread))
    return f"{test} ±\N{NO-BREAK SPACE}{spread}" if row.folds > 1 else test


def _name(name: str) -> str:
    slug = next(entrant.chapter for entrant in ENTRANTS if entrant.name == name)
    known = slug in {chapter.slug for chapter in chapters.CHAPTERS}
    return f"[{name}](./{slug})" if known else name
