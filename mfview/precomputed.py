"""Studies of the default data that come with the package, so that pages and lessons open on them at once.

    python -m mfview.precomputed

computes them again (a few minutes) and writes precomputed.json beside this file.
"""

import json
import warnings
from collections.abc import Callable, Iterable, Mapping
from dataclasses import asdict, replace
from functools import cache
from pathlib import Path
from typing import Any

from mfcore import LeastNormWarning, Ratings, data, study
from mfcore.study import Fit, Lengths, Plan

FILE = Path(__file__).with_suffix(".json")
DATA = "ml-small"
DIGITS = 5  # significant, of every number

LAMS = (0.0, 0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0)
FOLDS = (1, 3, 5, 10)
CURVE = Plan(ks=(5,), lams=LAMS)
GRID = Plan(ks=(1, 2, 3, 5, 8, 12, 20), lams=(0.0, 1.0, 3.0, 5.0, 7.0, 10.0, 15.0, 20.0, 30.0, 100.0))


def charging(plan: Plan, weighted: bool) -> Plan:
    """The plan with λ charged once a row, or once a rating at a hundredth of each λ."""
    if not weighted:
        return plan
    return replace(plan, weighted=True, lams=tuple(round(lam / 100, 6) for lam in plan.lams))


def plans() -> tuple[Plan, ...]:
    """What is shipped: the curve with every number of folds, and the grid, with both penalties."""
    one_way = (*(replace(CURVE, folds=folds) for folds in FOLDS), GRID)
    return tuple(charging(plan, weighted) for weighted in (False, True) for plan in one_way)


def find(digest: str, plan: Plan) -> tuple[Fit, ...] | None:
    """The fits of a plan on the ratings of that digest, to `DIGITS` digits; None where they are not shipped."""
    shipped_for, found = _shipped()
    return found.get(plan) if digest == shipped_for else None


@cache
def _shipped() -> tuple[str, Mapping[Plan, tuple[Fit, ...]]]:
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return held["digest"], {_plan(entry["plan"]): tuple(map(_fit, entry["fits"])) for entry in held["studies"]}


def _plan(held: Mapping[str, Any]) -> Plan:
    return Plan(**{**held, "ks": tuple(held["ks"]), "lams": tuple(held["lams"])})


def _fit(row: Iterable[float]) -> Fit:
    k, lam, fold, train, test, *lengths = row
    return Fit(int(k), lam, int(fold), train, test, Lengths(*lengths))


def build(R: Ratings, say: Callable[[str], None]) -> str:
    """All studies of `plans` on R as JSON, a fit a line. say: told of each plan as it begins."""
    studies = []
    for plan in plans():
        say(f"{plan.size} fits: {plan}")
        rows = [
            [fit.k, fit.lam, fit.fold, *(_short(x) for x in (fit.train, fit.test, *fit.lengths))]
            for fit in study.run(R, plan)
        ]
        studies.append(f'{{"plan": {json.dumps(asdict(plan))}, "fits": [\n{_lines(map(json.dumps, rows))}\n]}}')
    return f'{{"digest": "{R.digest}", "studies": [\n{_lines(studies)}\n]}}\n'


def _lines(entries: Iterable[str]) -> str:
    return ",\n".join(entries)


def _short(x: float) -> float:
    return float(f"{x:.{DIGITS}g}")


if __name__ == "__main__":
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeastNormWarning)  # λ = 0 is part of every study
        FILE.write_text(build(data.load(DATA)[0], print), encoding="utf-8")
