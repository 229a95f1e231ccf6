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
from importlib import import_module
from pathlib import Path
from typing import Any, Literal

import numpy as np

from mfcore import Ratings, als, data, ladder, scaling, steps
from mfcore.scaling import Bound, Point
from mfcore.storage import Size

DType = Literal["float64", "float32"]
DTYPES: tuple[DType, ...] = ("float64", "float32")
FILE = Path(__file__).with_suffix(".json")
KS = (5, 10, 20)
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
LARGER = SIZES[2:]  # what is asked of a cluster
BOUND = Bound(sweep=6.0, total=600.0, traced=0.6)
LAM = 5.0
WORKERS = 2
SAME_K = 5  # at which the cluster's result is held to the first rung's
ROUNDS = 3  # the shortest of them counts: another program on the machine disturbs some, seldom all


@dataclass(frozen=True, slots=True)
class Measured:
    """Points, and the machine they were measured on, in words.

    digest, apart: of some ratings, how far the cluster's sweep ended from the first rung's in float64, by dtype.
    """

    machine: str
    points: tuple[Point, ...]
    digest: str
    apart: dict[str, float]

    def of(self, k: int) -> tuple[Point, ...]:
        """The points of one k; none where it was not measured."""
        return tuple(p for p in self.points if p.size.k == k)


@cache
def shipped() -> Measured:
    """What measured.json holds."""
    held = json.loads(FILE.read_text(encoding="utf-8"))
    return Measured(held["machine"], tuple(map(_point, held["points"])), held["digest"], held["apart"])


def apart(R: Ratings, k: int) -> dict[str, float]:
    """How far the cluster's sweep over R ended from the first rung's, by dtype; empty where it was not measured."""
    return shipped().apart if k == SAME_K and R.digest == shipped().digest else {}


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
    distributed = import_module("distributed")  # only here: what is shipped needs no Dask
    timed = import_module("mfcore.cluster.timed")

    make, found = cache(scaling.grown), []
    for t in range(ROUNDS):
        for k in KS:
            say(f"round {t + 1} of {ROUNDS}, k = {k}")
            climbed = scaling.climb(ladder.RUNGS, SIZES, als.Config(k=k, lam=LAM, biases=False), BOUND, make)
            found += [p for p in climbed if isinstance(p, Point)]
    R = data.load("planted")[0]
    options: dict[str, Any] = dict(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None)
    with distributed.LocalCluster(**options) as local, distributed.Client(local) as there:
        for k in ROUNDS * KS:
            say(f"{WORKERS} processes, k = {k}")
            found += timed.climb(there, LARGER, als.Config(k=k, lam=LAM, biases=False), make)
        far = dict(zip(DTYPES, timed.apart(there, R, [plain(SAME_K, t) for t in DTYPES], first(R)), strict=True))
    rows = ",\n".join(json.dumps(asdict(p)) for p in best(found))
    about = json.dumps({"machine": machine(), "digest": R.digest, "apart": far})
    return f'{about[:-1]}, "points": [\n{rows}\n]}}\n'


def plain(k: int, dtype: DType) -> als.Config:
    """Plain MF with λ, as the rungs sweep it."""
    return als.Config(k=k, lam=LAM, biases=False, dtype=dtype)


def first(R: Ratings) -> als.State:
    """One sweep on the first rung, in float64, from `als.init`'s State at seed 0."""
    rung, cfg = ladder.RUNGS[0], plain(SAME_K, "float64")
    return rung.sweep(next(steps(als, R, cfg, seed=0)), rung.keep(R), cfg)


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
