"""How the cost of a sweep grows (notes §1, 2): operations counted, time and memory measured, a line through both."""

import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from scipy.special import stdtrit

from mfcore import als, kernels, ladder
from mfcore.data.planted import planted
from mfcore.ladder import Rung
from mfcore.notation import equation
from mfcore.ratings import Ratings
from mfcore.storage import Size

Clock = Callable[[], float]

USERS, ITEMS = 5.0, 3.5  # times √n: one cell in 17.5 is known, whatever n, as in MovieLens 100K and 1M
REPEATS, ENOUGH = 7, 0.3  # sweeps timed at most, and seconds after which no more are
TRACEABLE = 0.2  # seconds a sweep may take to be run again under tracemalloc, which slows a Python loop 15 times


@equation(r"2\,n\,(k^2 + k) + (N + M)\,\tfrac{k^3}{3}", notes="6")
def operations(size: Size) -> float:
    """2n(k² + k) + (N + M)k³/3 multiplications in a sweep (notes §6).

    Every rating adds u_j u_jᵀ to an A (k²) and r_ij u_j to a v (k), once for its user and once for its film; every
    one of the N + M systems is solved by elimination, k³/3 to leading order.
    """
    return 2 * size.n * (size.k**2 + size.k) + (size.N + size.M) * size.k**3 / 3


def grown(n: int, seed: int = 0) -> Ratings:
    """n generated ratings with long tails, of 5√n users and 3.5√n films: the table grows, its density stays.

    Raises ValueError unless n ≥ 1.
    """
    N, M = (max(1, round(times * max(n, 0) ** 0.5)) for times in (USERS, ITEMS))
    return planted(N, M, density=n / (N * M), seed=seed).ratings


@dataclass(frozen=True, slots=True)
class Point:
    """One rung at one size.

    seconds: the shortest of a few sweeps.  kept: bytes of the ratings as the rung keeps them.
    beside: the most bytes that Python and numpy held besides during a sweep; None where it was not traced.
    """

    rung: str
    size: Size
    seconds: float
    kept: int
    beside: int | None


@dataclass(frozen=True, slots=True)
class Skipped:
    """One rung at one size that was left out. expected: the seconds it should take; None: time was up."""

    rung: str
    n: int
    expected: float | None


@dataclass(frozen=True, slots=True)
class Bound:
    """What measuring may cost. sweep: seconds expected of one sweep; total: seconds worked, waiting not counted."""

    sweep: float = 2.0
    total: float = 60.0


def measure(rung: Rung, R: Ratings, cfg: als.Config, clock: Clock = time.perf_counter) -> Point:
    """Time and memory of one sweep of a rung from the start that seed 0 gives.

    Memory is traced in a run of its own, since tracing takes time: what numpy and Python allocate, not the small
    blocks that compiled code takes for itself.
    """
    s, kept = als.init(R, cfg, np.random.default_rng(0)), rung.keep(R)

    def once() -> float:
        begun = clock()
        rung.sweep(s, kept, cfg)
        return clock() - begun

    took = [once()]
    while len(took) < REPEATS and sum(took) < ENOUGH:
        took.append(once())
    beside = traced(lambda: rung.sweep(s, kept, cfg)) if min(took) <= TRACEABLE else None
    return Point(rung.key, Size(R.N, R.M, R.n, cfg.k), min(took), ladder.bytes_kept(kept), beside)


def traced(work: Callable[[], Any]) -> int:
    """The most bytes allocated at one time while `work` runs, beyond what there was before."""
    tracemalloc.start()
    try:
        before, _ = tracemalloc.get_traced_memory()
        work()
        return tracemalloc.get_traced_memory()[1] - before
    finally:
        tracemalloc.stop()


def climb(
    rungs: Sequence[Rung],
    sizes: Sequence[int],
    cfg: als.Config,
    bound: Bound,
    make: Callable[[int], Ratings] = grown,
    clock: Clock = time.perf_counter,
) -> Iterator[Point | Skipped]:
    """Every rung at every size, the small sizes first: a Point, or Skipped where the bound forbids it.

    sizes: numbers of ratings, ascending.  make: the ratings of a size.
    """
    kernels.warm()
    seen: dict[str, Point] = {}
    worked = 0.0
    for n in sizes:
        R: Ratings | None = None
        for rung in rungs:
            expected = after(seen.get(rung.key), n)
            if expected > bound.sweep or worked > bound.total:
                yield Skipped(rung.key, n, expected if expected > bound.sweep else None)
                continue
            begun = clock()
            R = R or make(n)
            seen[rung.key] = point = measure(rung, R, cfg, clock)
            worked += clock() - begun
            yield point


def after(last: Point | None, n: int) -> float:
    """Seconds that a sweep over n ratings should take, in proportion to the last one measured; 0 before the first."""
    return 0.0 if last is None else last.seconds * n / last.size.n


@dataclass(frozen=True, slots=True)
class Line:
    """y = e^level · x^slope, a straight line on log axes.

    error: the slope's standard error.  spread: the standard deviation of ln y around the line.
    count, mean, width: how many points, the mean of ln x, and Σ(ln x − mean)².
    error and spread are 0 for two points, through which a line always goes.
    """

    slope: float
    level: float
    error: float
    spread: float
    count: int
    mean: float
    width: float

    def at(self, x: float) -> tuple[float, float, float]:
        """y at x: lower end, middle and upper end of the 95 % prediction interval; NaN ends for two points."""
        far = np.log(x) - self.mean
        middle = self.level + self.slope * np.log(x)
        if self.count < 3:
            return np.nan, float(np.exp(middle)), np.nan
        wide = float(stdtrit(self.count - 2, 0.975)) * self.spread * (1 + 1 / self.count + far**2 / self.width) ** 0.5
        low, high = np.exp([middle - wide, middle + wide])
        return float(low), float(np.exp(middle)), float(high)


def line(x: Sequence[float], y: Sequence[float]) -> Line:
    """The least-squares line through (ln x, ln y): y ∝ x^slope.

    x, y: positive, equally long.  Raises ValueError on fewer than two different x.
    """
    if len(set(x)) < 2:
        raise ValueError("a slope needs points at two different places")
    a, b = np.log(x), np.log(y)
    far = a - a.mean()
    width = float(far @ far)
    slope = float(far @ b) / width
    level = float(b.mean() - slope * a.mean())
    e = b - level - slope * a
    spread = float(e @ e / (len(a) - 2)) ** 0.5 if len(a) > 2 else 0.0
    return Line(slope, level, spread / width**0.5, spread, len(a), float(a.mean()), width)
