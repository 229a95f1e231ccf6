"""Studies of λ and k on the page: shipped, or kept for all visitors, or fitted now with progress and Cancel."""

from collections.abc import Callable, Sequence

from mfapp import frame, jobs, runs, state
from mfcore import study
from mfcore.study import Fit, Mean, Plan
from mfview import precomputed

FOLDS = state.Param(
    "folds", "Held out", "One split holds out a tenth once. With K folds each of K parts is held out in turn."
)
CHARGE = state.Param(
    "charge", "λ is charged", "λ‖w‖² for every vector (§9), or λ|Ψ|‖w‖²: once for every rating it has."
)
PER_ROW, PER_RATING = "once a row", "once a rating"
CHARGES = (PER_ROW, PER_RATING)


def follow(name: str, ds: runs.Dataset, plan: Plan, draw: Callable[[Sequence[Mean]], None], start: str = "") -> None:
    """Draw a plan's fits on these data: all at once where they are known, else as they arrive.

    name, start: as in `jobs.run`.  draw: is given one row for each k and λ found so far, one at least.
    """
    known = precomputed.find(ds.key, plan)
    if known:
        draw(study.means(known))
        return

    def say(n: int) -> str:
        fold, k, lam = plan.at(n)
        return f"k = {k}, λ = {lam:g}" + (f", fold {fold + 1}" if plan.folds > 1 else "")

    def show(found: Sequence[Fit]) -> None:
        if found:
            draw(study.means(found))
        elif start:
            frame.note("Nobody has fitted these settings on this server yet.")

    jobs.shared(name, (ds.key, plan), lambda: study.run(ds.R, plan), plan.size, say, show, start=start)
