"""Every model on one split (notes §19): what each predicts of ratings it has never seen.

Settings, and how long to train, are chosen on a tenth of the training ratings; then an entrant is fitted to all of
them, and scored once. Its curve goes on past the end that was chosen, for those who look.
"""

import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from mfcore import metrics
from mfcore.entrants import ENTRANTS, Cells, Choice, Entrant, predict
from mfcore.errors import DivergedError
from mfcore.ratings import Ratings


@dataclass(frozen=True, slots=True)
class Plan:
    """What is compared: k of those that have one, on so many folds, or, with 1, on one held-out tenth.

    seed: of the parts and of every start.  names: of the entrants that take part.
    """

    k: int = 10
    folds: int = 5
    seed: int = 0
    names: tuple[str, ...] = tuple(entrant.name for entrant in ENTRANTS)

    @property
    def entrants(self) -> tuple[Entrant, ...]:
        """Those named, in the order of the table."""
        return tuple(entrant for entrant in ENTRANTS if entrant.name in self.names)

    @property
    def units(self) -> tuple[tuple[int, str, str], ...]:
        """The fold, entrant and settings of every fit, in the order of `run`; settings are "" where they are chosen."""
        return tuple(
            (fold, entrant.name, said)
            for fold in range(self.folds)
            for entrant in self.entrants
            for said in [*(choice.said for choice in entrant.choices(self.k)[: entrant.tries(self.k)]), ""]
        )


class Fit(NamedTuple):
    """One fit of an entrant.

    trial: whether it was made to choose settings, with a tenth of the training ratings held out.  said: its settings.
    rmse: (T + 1,) on what was held out, after 0, 1, … epochs, in stars.  at: the epoch that counts.
    seconds: of processor time to train until then, on all cores together.  parameters: numbers learnt by then.
    """

    name: str
    fold: int
    trial: bool
    said: str
    rmse: tuple[float, ...]
    at: int
    seconds: float
    parameters: int

    @property
    def test(self) -> float:
        """The error that counts."""
        return self.rmse[self.at]


def run(R: Ratings, plan: Plan) -> Iterator[Fit]:
    """The fits of a plan, one for every step of the iterator, in the order of `Plan.units`.

    Raises as `Ratings.parts` does.
    """
    for fold, (train, test) in enumerate(R.parts(plan.folds, plan.seed)):
        inner, valid = train.split(test=0.1, seed=plan.seed)
        for entrant in plan.entrants:
            choices, tried = entrant.choices(plan.k), list[Fit]()
            for choice in choices[: entrant.tries(plan.k)]:
                tried.append(one(entrant, choice, inner, valid, plan.seed, fold, trial=True))
                yield tried[-1]
            chosen = min(range(len(tried)), key=lambda n: tried[n].test) if tried else 0
            yield one(entrant, choices[chosen], train, test, plan.seed, fold, at=tried[chosen].at if tried else None)


def one(
    entrant: Entrant,
    choice: Choice,
    train: Ratings,
    test: Ratings,
    seed: int = 0,
    fold: int = 0,
    *,
    at: int | None = None,
    trial: bool = False,
) -> Fit:
    """One fit, scored after every epoch. at: the epoch that counts; None is the last, in a trial the best but 0.

    From the epoch on in which numbers grow without bound its error is infinite.
    """
    cells = Cells(test.i, test.j)
    states, found = choice.states(train, cells, seed), list[tuple[float, float, int]]()
    seconds = 0.0
    for t in range(entrant.T + 1):
        before = time.process_time()
        try:
            s = next(states)
        except DivergedError:  # it is out, and the others go on
            found += [(np.inf, seconds, found[-1][2])] * (entrant.T + 1 - t)
            break
        seconds += time.process_time() - before
        found.append((metrics.rmse(predict(s, cells), test.r), seconds, entrant.parameters(s)))
    if trial:
        at = min(range(min(entrant.T, 1), entrant.T + 1), key=lambda t: found[t][0])
    last = entrant.T if at is None else at
    rmse = tuple(error for error, _, _ in found)
    return Fit(entrant.name, fold, trial, choice.said, rmse, last, found[last][1], found[last][2])


class Row(NamedTuple):
    """The final fits of one entrant over the folds so far: means, and the spread of the test RMSE (0 of one fold).

    curve: the mean RMSE after each epoch.  at: each fold's end.  said: each fold's settings.
    Where it diverged on a fold, the mean and the spread are infinite.
    """

    name: str
    folds: int
    test: float
    spread: float
    tests: tuple[float, ...]
    curve: tuple[float, ...]
    at: tuple[int, ...]
    said: tuple[str, ...]
    seconds: float
    parameters: int

    @property
    def diverged(self) -> int:
        """On how many folds its numbers grew without bound."""
        return int(np.count_nonzero(~np.isfinite(self.tests)))


def rows(fits: Iterable[Fit]) -> tuple[Row, ...]:
    """The final fits, an entrant a row, in the order in which the first of each came."""
    groups: dict[str, list[Fit]] = {}
    for fit in fits:
        if not fit.trial:
            groups.setdefault(fit.name, []).append(fit)
    return tuple(_row(group) for group in groups.values())


def _row(group: Sequence[Fit]) -> Row:
    tests = np.array([fit.test for fit in group])
    spread = (float(tests.std(ddof=1)) if len(group) > 1 else 0.0) if np.isfinite(tests).all() else np.inf
    return Row(
        group[0].name,
        len(group),
        float(tests.mean()),
        spread,
        tuple(tests.tolist()),
        tuple(np.mean([fit.rmse for fit in group], axis=0).tolist()),
        tuple(fit.at for fit in group),
        tuple(fit.said for fit in group),
        float(np.median([fit.seconds for fit in group])),
        round(float(np.mean([fit.parameters for fit in group]))),
    )
