"""Descents and ALS on one J, epoch by epoch; those of the default settings come with the package (notes §14).

    python -m mfview.descents

descends again (a few minutes) and writes descents.json beside this file. Its seconds are those of the machine that
ran it, an epoch of every descent and a sweep of ALS in turn.
"""

import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from functools import cache
from itertools import takewhile
from pathlib import Path
from typing import Any, NamedTuple

from mfcore import Ratings, als, data, descent, embedding, nn
from mfcore.errors import DivergedError

FILE = Path(__file__).with_suffix(".json")
DIGITS = 6  # significant, of every number
RATES = (0.0003, 0.001, 0.003, 0.01, 0.03, 0.1, 0.3, 1.0, 3.0, 10.0, 30.0)


class Seen(NamedTuple):
    """After epoch (or sweep) t: J, the RMSE on train and test in stars, seconds of training so far."""

    t: int
    J: float
    train: float
    test: float
    seconds: float


class Curve(NamedTuple):
    """What was seen of a descent, and the epoch in which it left all bounds, or 0."""

    seen: tuple[Seen, ...]
    astray: int = 0


@dataclass(frozen=True, slots=True)
class Plan:
    """A descent: its model, its optimizer, or None for ALS, its batches, how many epochs, and the seed."""

    rule: nn.Rule | None
    batch: int = 256
    k: int = 5
    lam: float = 15.0
    T: int = 30
    seed: int = 0

    @property
    def name(self) -> str:
        """What it is called in pictures."""
        names = {"sgd": "SGD", "momentum": "momentum", "adam": "Adam"}
        return "ALS" if self.rule is None else names[self.rule.name]

    @property
    def cfg(self) -> embedding.Config:
        """Its settings as a network; what ALS does not use is as it comes."""
        return embedding.Config(self.k, self.lam, rule=self.rule or nn.Rule(), batch=self.batch)


SIDE_BY_SIDE = (
    Plan(None),
    Plan(nn.Rule("sgd", 2.0)),
    Plan(nn.Rule("momentum", 0.3)),
    Plan(nn.Rule("adam", 0.005)),
)
SWEPT = Plan(nn.Rule("sgd", 1.0), batch=64, lam=5.0, T=20)  # on planted ratings, with each of RATES and each optimizer
SHIPPED: Mapping[str, tuple[Plan, ...]] = {
    "ml-small": SIDE_BY_SIDE,
    "planted": tuple(
        replace(SWEPT, rule=nn.Rule(name, rate)) for name in ("sgd", "momentum", "adam") for rate in RATES
    ),
}


def follow(train: Ratings, test: Ratings, plan: Plan) -> Iterator[Seen]:
    """Epochs 0 to T. Raises DivergedError, naming the epoch, where the learning rate was too large."""
    found: Iterator[descent.Epoch[Any]]
    if plan.rule is None:
        found = descent.epochs(als, train, test, plan.cfg.solved(), plan.T, plan.seed)
    else:
        found = descent.epochs(embedding, train, test, plan.cfg, plan.T, plan.seed)
    return (Seen(*epoch[:5]) for epoch in found)


def together(train: Ratings, test: Ratings, plans: Sequence[Plan]) -> tuple[Curve, ...]:
    """All epochs of each, or those before it left all bounds; an epoch of each in turn, so that seconds compare."""
    curves, going = [Curve(())] * len(plans), dict(enumerate(follow(train, test, plan) for plan in plans))
    while going:
        for n, found in list(going.items()):
            try:
                curves[n] = Curve((*curves[n].seen, next(found)))
                continue
            except StopIteration:
                pass
            except DivergedError as error:
                curves[n] = curves[n]._replace(astray=error.t)
            del going[n]
    return tuple(curves)


def whole(train: Ratings, test: Ratings, plan: Plan) -> Curve:
    """All epochs, or those before it left all bounds."""
    return together(train, test, [plan])[0]


def find(digest: str, plan: Plan) -> Curve | None:
    """The descent of a plan on the ratings of that digest, to `DIGITS` digits; None where it is not shipped.

    One of fewer epochs is the beginning of one that is.
    """
    for known, curve in _shipped().get(digest, {}).items():
        if plan.T <= known.T and plan == replace(known, T=plan.T):
            seen = tuple(takewhile(lambda one: one.t <= plan.T, curve.seen))
            return Curve(seen, curve.astray if curve.astray <= plan.T else 0)
    return None


def arrived(curve: Curve, J: float) -> Seen | None:
    """The first epoch with an objective of at most J."""
    return next((one for one in curve.seen if one.J <= J), None)


def lowest(curves: Mapping[float, Curve]) -> float:
    """Of runs by their rate, the rate that ends lowest inside all bounds. Raises ValueError if none does."""
    return min((rate for rate, curve in curves.items() if not curve.astray), key=lambda rate: curves[rate].seen[-1].J)


def near(curves: Mapping[float, Curve], times: float = 1.1) -> tuple[float, ...]:
    """Of runs by their rate, the rates that end at `times` the lowest J at most. Raises ValueError as `lowest` does."""
    ends = {rate: curve.seen[-1].J for rate, curve in curves.items() if not curve.astray}
    return tuple(rate for rate, end in ends.items() if end <= times * ends[lowest(curves)])


@cache
def _shipped() -> Mapping[str, Mapping[Plan, Curve]]:
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return {
        digest: {_plan(one["plan"]): Curve(tuple(Seen(*row) for row in one["seen"]), one["astray"]) for one in runs}
        for digest, runs in held.items()
    }


def _plan(held: Mapping[str, Any]) -> Plan:
    return Plan(**{**held, "rule": held["rule"] and nn.Rule(**held["rule"])})


def build(shipped: Mapping[str, Sequence[Plan]], say: Callable[[str], None]) -> str:
    """All descents as JSON, an epoch a line. say: told of each data set as it begins."""
    sets = []
    for name, plans in shipped.items():
        R, _ = data.load(name)
        train, test = R.split(test=0.1, seed=0)
        say(f"{name}: {len(plans)} runs")
        runs = []
        for plan, curve in zip(plans, together(train, test, plans), strict=True):
            rows = ",\n".join(json.dumps([one.t, *(_short(x) for x in one[1:])]) for one in curve.seen)
            runs.append(f'{{"plan": {json.dumps(asdict(plan))}, "astray": {curve.astray}, "seen": [\n{rows}\n]}}')
        sets.append(f'"{R.digest}": [\n' + ",\n".join(runs) + "\n]")
    return "{\n" + ",\n".join(sets) + "\n}\n"


def _short(x: float) -> float:
    return float(f"{x:.{DIGITS}g}")


if __name__ == "__main__":
    FILE.write_text(build(SHIPPED, print), encoding="utf-8")
