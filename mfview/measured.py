"""The ladder as it was measured once, so that chapter 15 opens on a picture; the reader's own machine comes next.

    python -m mfview.measured

measures it again (a few minutes on an idle machine) and writes measured.json beside this file.
"""

import json
import os
import platform
from collections.abc import Callable, Iterable
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

from mfcore import als, ladder, scaling
from mfcore.scaling import Bound, Point
from mfcore.storage import Size

FILE = Path(__file__).with_suffix(".json")
KS = (5, 10, 20)
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
BOUND = Bound(sweep=6.0, total=600.0, traced=0.6)
ROUNDS = 3  # the shortest of them counts: another program on the machine disturbs some, seldom all


@dataclass(frozen=True, slots=True)
class Measured:
    """Points, and the machine they were measured on, in words."""

    machine: str
    points: tuple[Point, ...]

    def of(self, k: int) -> tuple[Point, ...]:
        """The points of one k; none where it was not measured."""
        return tuple(p for p in self.points if p.size.k == k)


@cache
def shipped() -> Measured:
    """What measured.json holds."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return Measured(held["machine"], tuple(map(_point, held["points"])))


def _point(held: dict[str, Any]) -> Point:
    return Point(**{**held, "size": Size(**held["size"])})


def best(points: Iterable[Point]) -> tuple[Point, ...]:
    """Of several measurements of one rung at one size, the shortest."""
    found: dict[Any, Point] = {}
    for p in sorted(points, key=lambda p: -p.seconds):
        found[p.rung, p.size] = p
    return tuple(sorted(found.values(), key=lambda p: (p.size.k, p.size.n, p.seconds)))


def build(say: Callable[[str], None]) -> str:
    """All rungs at all sizes and k on this machine, as JSON. say: told of each k and round."""
    make, found = cache(scaling.grown), []
    for t in range(ROUNDS):
        for k in KS:
            say(f"round {t + 1} of {ROUNDS}, k = {k}")
            climbed = scaling.climb(ladder.RUNGS, SIZES, als.Config(k=k, lam=5.0, biases=False), BOUND, make)
            found += [p for p in climbed if isinstance(p, Point)]
    rows = ",\n".join(json.dumps(asdict(p)) for p in best(found))
    return f'{{"machine": {json.dumps(machine())}, "points": [\n{rows}\n]}}\n'


def machine() -> str:
    """Cores, processor and versions, in words."""
    versions = f"Python {platform.python_version()}, numpy {np.__version__}"
    return f"{os.cpu_count()} virtual cores, {processor()}; {versions}"


def processor() -> str:
    """What the processor is called; its architecture where it has no name."""
    info = Path("/proc/cpuinfo")
    lines = info.read_text().splitlines() if info.is_file() else []
    names = [line.split(":", 1)[1].strip() for line in lines if line.startswith("model name")]
    return names[0] if names else platform.machine()


if __name__ == "__main__":
    FILE.write_text(build(print), encoding="utf-8")
