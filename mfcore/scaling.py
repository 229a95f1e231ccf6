"""How the cost of a sweep grows (notes §1, 2): operations counted, time and memory measured, a line through both."""

import time
import tracemalloc
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple

import numpy as np

from mfcore import als, kernels, ladder, storage
from mfcore.data.planted import planted
from mfcore.ladder import Rung
from mfcore.notation import equation
from mfcore.ratings import Ratings
from mfcore.storage import Size, Store

Clock = Callable[[], float]

USERS, ITEMS = 5.0, 3.5  # times √n: one cell in 17.5 is known, whatever n, as in MovieLens 100K and 1M
REPEATS, ENOUGH = 15, 0.4  # sweeps timed at most, and seconds after which no more are


@equation(r"2\,n\,(k^2 + k) + (N + M)\,\tfrac{k^3}{3}", notes="6")
def operations(size: Size) -> float:
    """2n(k² + k) + (N + M)k³/3 multiplications in a sweep (notes §6).

    Every rating adds u_j u_jᵀ to an A (k²) and r_ij u_j to a v (k), once for its
    user and once for its film; every one of the N + M systems is solved by
    elimination, k³/3 to leading order.
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


def stores(size: Size, books: Point) -> tuple[Store, ...]:
    """The bytes of a matrix that is not built, kept densely, as the notes do, and as this project does (notes §1, 18).

    books: a Point of the rung "number", from whose dict and lists the bytes per rating are scaled. "twice" is what
    Ratings holds: both sparse matrices with 32-bit ratings and indices. "thin" is W and U.
    """
    coo, csr = (next(s for s in storage.expected(size) if s.name == name) for name in ("coo", "csr"))
    twice = 16 * size.n + 4 * (size.N + size.M + 2)
    return (
        Store("dense", 8 * storage.cells(size), "counted"),
        Store("dense32", 4 * storage.cells(size), "counted"),
        Store("books", round(books.kept / books.size.n * size.n), "scaled"),
        coo,
        csr,
        Store("twice", twice, "counted"),
        Store("thin", 4 * storage.parameters(size), "counted"),
    )


@dataclass(frozen=True, slots=True)
class Skipped:
    """One rung at one size that was left out. expected: the seconds it should take; None: time was up."""

    rung: str
    n: int
    expected: float | None


@dataclass(frozen=True, slots=True)
class Bound:
    """What measuring may cost.

    sweep: seconds expected of one sweep.  total: seconds worked, waiting not counted.
    traced: seconds of a sweep that is run once more to trace its memory, which slows a Python loop 15 times.
    """

    sweep: float = 2.0
    total: float = 60.0
    traced: float = 0.2


def measure(rung: Rung, R: Ratings, cfg: als.Config, bound: Bound, clock: Clock = time.perf_counter) -> Point:
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
    beside = traced(lambda: rung.sweep(s, kept, cfg)) if min(took) <= bound.traced else None
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
            seen[rung.key] = point = measure(rung, R, cfg, bound, clock)
            worked += clock() - begun
            yield point


def after(last: Point | None, n: int) -> float:
    """Seconds that a sweep over n ratings should take, in proportion to the last one measured; 0 before the first."""
    return 0.0 if last is None else last.seconds * n / last.size.n


@dataclass(frozen=True, slots=True)
class Line:
    """y = e^level · x^slope, a straight line on log axes. error: the slope's standard error, 0 for two points."""

    slope: float
    level: float
    error: float


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
    error = float(e @ e / (len(a) - 2) / width) ** 0.5 if len(a) > 2 else 0.0
    return Line(slope, level, error)


class Prices(NamedTuple):
    """Seconds for every rating and for every row, of W and of U."""

    rating: float
    row: float

    def of(self, size: Size) -> float:
        """Seconds of a sweep over a matrix of that size."""
        return self.rating * size.n + self.row * (size.N + size.M)


@equation(r"\text{seconds} \approx p_{\text{rating}}\, n + p_{\text{row}}\,(N + M), \qquad p \ge 0", notes="1")
def prices(points: Sequence[Point]) -> Prices:
    """seconds ≈ p_rating·n + p_row·(N + M) with p ≥ 0, by least squares of the relative errors.

    points: one rung's, of one k, two at least whose n and N + M are not in proportion.
    """
    Z = np.array([[p.size.n, p.size.N + p.size.M] for p in points]) / [[p.seconds] for p in points]
    both, alone = np.linalg.lstsq(Z, np.ones(len(Z)))[0], Z.sum(0) / (Z**2).sum(0)
    allowed = [p for p in (both, alone * [1, 0], alone * [0, 1]) if p.min() >= 0]
    rating, row = min(allowed, key=lambda p: float(((Z @ p - 1) ** 2).sum()))
    return Prices(float(rating), float(row))


def foreseen(points: Sequence[Point], size: Size) -> tuple[float, float, float]:
    """Seconds at another size by `prices`: the least, the expected, the most if any one of the points is left out.

    points: one rung's, of one k, three at least.
    """
    others = [prices([*points[:t], *points[t + 1 :]]).of(size) for t in range(len(points))]
    expected = prices(points).of(size)
    return min(*others, expected), expected, max(*others, expected)
