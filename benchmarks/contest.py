"""Every model of the project on five folds of MovieLens small, as `python -m mfview.contest` measured them."""

from mfcore import contest, data
from mfview import contest as shipped


def table() -> str:
    """Markdown: an entrant a row, lowest test RMSE first. Raises LookupError if what is shipped is of other ratings."""
    R, plan = data.load(shipped.DATA)[0], shipped.PLAN
    fits = shipped.find(R.digest, plan)
    if fits is None:
        raise LookupError("what is shipped does not belong to these ratings: run python -m mfview.contest")
    head = (
        f"MovieLens small, {R.n:,} ratings, {plan.folds} folds, k = {plan.k}; {shipped.measured_on()}, one thread, "
        "beside other work."
    )
    return "\n".join(
        [
            head,
            "",
            "| model | test RMSE | spread over folds | processor time, s | numbers learnt |",
            "|---|---|---|---|---|",
            *(
                f"| {row.name} | {row.test:.4f} | {row.spread:.4f} | {row.seconds:.2g} | {row.parameters:,} |"
                for row in sorted(contest.rows(fits), key=lambda row: row.test)
            ),
        ]
    )
