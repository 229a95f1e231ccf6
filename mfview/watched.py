"""Runs of the residual model that come with the package, so that pages and lessons open on them at once.

    python -m mfview.watched

trains them again (a minute) and writes watched.npz beside this file.
"""

from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from mfcore import Ratings, branches, data, descent, nn, residual
from mfcore.branches import Look, Plan
from mfcore.data.worlds import Rule, World, world

FILE = Path(__file__).with_suffix(".npz")
DATA = "ml-small"
_TABLES = ("W", "U", "b", "c", "P", "Q")


def of_world(k: int = 1, lam: float = 1.0, staged: bool = True, seed: int = 0) -> Plan:
    """What is trained on a planted world."""
    cfg = residual.Config(k, lam, staged=staged, rule=nn.Rule("adam", 0.005), batch=128, dtype="float32")
    return Plan(cfg, T=40, patience=15, seed=seed)


def of_films(k: int = 5, lam: float = 15.0, staged: bool = True, seed: int = 0) -> Plan:
    """What is trained on ratings that people gave."""
    rule = nn.Rule("adam", 0.002 if staged else 0.005)
    cfg = residual.Config(k, lam, lam_net=0.01, staged=staged, rule=rule, batch=512, dtype="float32")
    return Plan(cfg, T=20, patience=5, seed=seed)


class Job(NamedTuple):
    """A run that is shipped: on which data, and what is trained."""

    name: str
    plan: Plan


def shipped() -> tuple[Job, ...]:
    """Both worlds in stages and together, the slip, and real films in stages."""
    worlds = [Job(rule, of_world(staged=staged)) for rule in ("limit", "product") for staged in (True, False)]
    return *worlds, Job("limit", replace(of_world(), slip=True)), Job(DATA, of_films())


@cache
def made(rule: Rule, seed: int) -> World:
    """A planted world of its default size."""
    return world(rule, seed=seed)


def ratings(name: str) -> Ratings:
    """Of a data set or a world of seed 0."""
    return data.load(name)[0] if name == DATA else made(name, 0).ratings


def find(digest: str, plan: Plan) -> tuple[Look, ...] | None:
    """The looks of a plan on the ratings of that digest; None where they are not shipped."""
    return _shipped().get((digest, plan))


@cache
def _shipped() -> dict[tuple[str, Plan], tuple[Look, ...]]:
    with np.load(FILE) as held:
        return {
            (str(held[f"{n}_digest"]), job.plan): _unpacked(f"{n}_", held, job.plan) for n, job in enumerate(shipped())
        }


def build(say: Callable[[str], None] = print) -> dict[str, Any]:
    """Everything that is shipped, as arrays for one npz file."""
    held: dict[str, Any] = {}
    for n, job in enumerate(shipped()):
        say(f"{job.name}: {job.plan}")
        R = ratings(job.name)
        held |= _packed(f"{n}_", tuple(branches.watch(R, job.plan))) | {f"{n}_digest": R.digest}
    return held


def _packed(name: str, looks: Sequence[Look]) -> dict[str, Any]:
    """The numbers of every epoch, and the State of the one that is kept."""
    _, s = branches.best(looks)
    tables = {f"{name}{table}": getattr(s, table) for table in _TABLES}
    layers = {f"{name}{letter}{n}": x for letter, of in (("A", s.A), ("a", s.a)) for n, x in enumerate(of)}
    return {f"{name}numbers": np.array([look[:-1] for look in looks]), f"{name}mu": s.mu, **tables, **layers}


def _unpacked(name: str, held: Any, plan: Plan) -> tuple[Look, ...]:
    rows = held[f"{name}numbers"].tolist()
    looks = [Look._make([int(row[0]), *row[1:7], bool(row[7]), None]) for row in rows]
    depth = range(len(plan.cfg.hidden) + 1)
    W, U, b, c, P, Q = (held[f"{name}{table}"] for table in _TABLES)
    A, a = (tuple(held[f"{name}{letter}{n}"] for n in depth) for letter in "Aa")
    at = descent.best(looks).t
    mu = float(held[f"{name}mu"])
    state = residual.State(at, W, U, b, c, mu, nn.at_rest({}), P, Q, A, a, plan.cfg.activation)
    looks[at] = looks[at]._replace(state=state)
    return tuple(looks)


if __name__ == "__main__":
    np.savez_compressed(FILE, **build())
