"""What a sweep costs: counted, measured within bounds on a clock of the test's own, and fitted rightly."""

import tracemalloc
from collections.abc import Iterator

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as some

from mfcore import Ratings, als, kernels, ladder, scaling
from mfcore.ladder import Rung
from mfcore.scaling import Bound, Point, Skipped
from mfcore.storage import Size
from tests import oracles

RUNGS = [r for r in ladder.RUNGS if r.key != "compiled" or kernels.available()]
KEYS = [r.key for r in RUNGS]
PLAIN = als.Config(k=3, lam=0.8, biases=False)


class Counted(float):
    """A number that counts the products it is the left side of."""

    made = 0

    def __mul__(self, other: float) -> float:
        Counted.made += 1
        return float(self) * float(other)


def test_operations_are_those_the_loop_makes() -> None:
    """The loop itself run on numbers that count; what elimination adds is k³/3 a row to leading order."""
    R, rng = oracles.random_ratings(12, 9, 0.4, 5)
    s = oracles.random_state(R, PLAIN.k, rng, biases=False)
    r, Psi, Omega = ladder.books(R)
    W, U = ([[Counted(x) for x in row] for row in X.tolist()] for X in (s.W, s.U))
    Counted.made = 0
    for i, items in enumerate(Psi):
        ladder.solved([(U[j], Counted(r[i, j])) for j in items], PLAIN)
    for j, users in enumerate(Omega):
        ladder.solved([(W[i], Counted(r[i, j])) for i in users], PLAIN)
    size = Size(R.N, R.M, R.n, PLAIN.k)
    assert Counted.made == scaling.operations(size) - (R.N + R.M) * PLAIN.k**3 / 3
    assert scaling.operations(Size(0, 1, 0, 30)) == 9000


def test_grown_tables_have_the_ratings_asked_for_at_one_density() -> None:
    for n in (1, 2, 57, 1_000, 9_999):
        assert scaling.grown(n).n == n
    a, b = scaling.grown(1_000), scaling.grown(9_000)
    assert a.density == pytest.approx(b.density, rel=0.02)
    assert a.digest == scaling.grown(1_000).digest != scaling.grown(1_000, seed=1).digest
    for n in (0, -5):
        with pytest.raises(ValueError, match="density"):
            scaling.grown(n)


def test_bytes_at_full_size_are_those_of_the_real_thing() -> None:
    """Ratings in float32, and W and U in float32, built and weighed; the dict in proportion."""
    R = scaling.grown(2_000)
    R = Ratings.from_codes(R.i, R.j, R.r.astype(np.float32), R.user_ids, R.item_ids)
    size = Size(R.N, R.M, R.n, 4)
    books = Point("number", Size(1, 1, 500, 4), 1.0, 40_000, None)
    kept = {s.name: s for s in scaling.stores(size, books)}
    assert kept["twice"].bytes == ladder.bytes_kept(R)
    s = als.init(R, als.Config(k=4, dtype="float32"), np.random.default_rng(0))
    assert kept["thin"].bytes == s.W.nbytes + s.U.nbytes
    assert (kept["books"].bytes, kept["books"].how) == (160_000, "scaled")
    assert kept["dense"].bytes == 2 * kept["dense32"].bytes == R.by_user.toarray().astype(np.float64).nbytes


def test_traced_memory_is_what_was_held_at_one_time() -> None:
    assert scaling.traced(lambda: np.ones(10_000_000 // 8)) == pytest.approx(10_000_000, rel=0.01)
    one_after_the_other = scaling.traced(lambda: [np.ones(1_250_000).sum() for _ in range(5)])
    assert one_after_the_other == pytest.approx(10_000_000, rel=0.05)
    with pytest.raises(ZeroDivisionError):
        scaling.traced(lambda: 1 / 0)
    assert not tracemalloc.is_tracing()


class Watch:
    """A clock that moves only when something is done that takes time."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


def slow(watch: Watch, key: str, *seconds_per_rating: float) -> Rung:
    """A rung whose sweeps take these times in turn, the last for ever after; it changes nothing."""
    times = iter(seconds_per_rating)
    last = seconds_per_rating[-1]

    def sweep(s: als.State, R: Ratings, cfg: als.Config) -> als.State:
        watch.now += next(times, last) * R.n
        return s

    return Rung(key, lambda R: R, sweep)


def small(n: int) -> Ratings:
    return scaling.grown(n)


def test_the_shortest_of_the_repeats_counts_and_long_sweeps_are_not_repeated() -> None:
    watch = Watch()
    R = small(10)
    point = scaling.measure(slow(watch, "a", 3e-3, 1e-3, 2e-3), R, PLAIN, Bound(), watch)
    assert point.seconds == pytest.approx(0.01)
    assert (point.size, point.kept) == (Size(R.N, R.M, 10, 3), ladder.bytes_kept(R))
    assert point.beside is not None
    begun = watch.now
    assert scaling.measure(slow(watch, "a", 0.1), R, PLAIN, Bound(), watch).seconds == pytest.approx(1.0)
    assert watch.now - begun == pytest.approx(1.0)  # once, and not again for its memory


def test_a_sweep_that_takes_long_is_not_traced() -> None:
    watch = Watch()
    just, over = (slow(watch, "a", x) for x in (0.0199, 0.0201))
    assert scaling.measure(just, small(10), PLAIN, Bound(traced=0.2), watch).beside is not None
    assert scaling.measure(over, small(10), PLAIN, Bound(traced=0.2), watch).beside is None


def climb(watch: Watch, rungs: list[Rung], sizes: list[int], bound: Bound) -> Iterator[Point | Skipped]:
    return scaling.climb(rungs, sizes, PLAIN, bound, small, watch)


def test_a_rung_stops_growing_once_the_next_sweep_should_take_too_long() -> None:
    watch = Watch()
    rungs = [slow(watch, "slow", 0.1), slow(watch, "fast", 1e-6)]
    found = list(climb(watch, rungs, [5, 10, 21, 40], Bound(sweep=2.0, total=1e9)))
    assert [type(x) for x in found] == [Point, Point] * 2 + [Skipped, Point] * 2
    assert [(x.n, x.expected) for x in found if isinstance(x, Skipped)] == [
        (21, pytest.approx(2.1)),
        (40, pytest.approx(4.0)),
    ]
    assert [x.size.n for x in found if isinstance(x, Point) and x.rung == "fast"] == [5, 10, 21, 40]


def test_all_of_it_ends_when_its_time_is_worked_and_waiting_is_no_work() -> None:
    watch = Watch()
    bound = Bound(sweep=1e9, total=6.0)
    found = []
    for x in climb(watch, [slow(watch, "a", 0.1), slow(watch, "b", 0.1)], [10, 20, 30], bound):
        found.append(x)
        watch.now += 1000  # the visitor looks at the picture, or pressed Cancel and comes back
    # Sweeps of 1, 1, 2 and 2 s; 6 s are not more than the bound, so one more of 3 s is made.
    assert [type(x) for x in found] == [Point] * 5 + [Skipped]
    assert found[-1] == Skipped("b", 30, None)


def test_a_size_is_made_once_and_only_if_a_rung_needs_it() -> None:
    watch, made = Watch(), []

    def make(n: int) -> Ratings:
        made.append(n)
        return small(n)

    rungs = [slow(watch, "a", 1.0), slow(watch, "b", 1.0)]
    list(scaling.climb(rungs, [5, 10, 20], PLAIN, Bound(sweep=10.0, total=1e9), make, watch))
    assert made == [5, 10]


@given(slope=some.floats(-3, 3), level=some.floats(-20, 5), count=some.integers(2, 9))
def test_the_slope_of_a_power_law_is_its_power(slope: float, level: float, count: int) -> None:
    x = [10.0 * 3**t for t in range(count)]
    found = scaling.line(x, [np.exp(level) * n**slope for n in x])
    assert found.slope == pytest.approx(slope, abs=1e-9)
    assert found.level == pytest.approx(level, abs=1e-7)
    assert found.error < 1e-6


def test_the_slope_and_its_error_by_another_route() -> None:
    from scipy.stats import linregress

    rng = np.random.default_rng(2)
    x, y = np.exp(rng.normal(size=9)), np.exp(rng.normal(size=9))
    mine, theirs = scaling.line(x.tolist(), y.tolist()), linregress(np.log(x), np.log(y))
    assert (mine.slope, mine.level, mine.error) == pytest.approx((theirs.slope, theirs.intercept, theirs.stderr))
    # Seconds or minutes: the slope is the same.
    assert scaling.line(x.tolist(), (60 * y).tolist()).slope == pytest.approx(mine.slope)


def test_one_size_has_no_slope() -> None:
    with pytest.raises(ValueError, match="two different"):
        scaling.line([5.0, 5.0], [1.0, 2.0])


def points(*rows: tuple[int, int, int, float]) -> list[Point]:
    return [Point("row", Size(N, M, n, 10), seconds, 0, None) for N, M, n, seconds in rows]


def test_prices_are_found_again_and_carry_over_to_any_shape() -> None:
    sizes = [(50, 30, 1_000), (90, 60, 3_000), (160, 110, 10_000), (280, 190, 30_000)]
    seen = points(*((N, M, n, 2e-6 * n + 3e-4 * (N + M)) for N, M, n in sizes))
    found = scaling.prices(seen)
    assert found == pytest.approx((2e-6, 3e-4))
    full = Size(130_000, 26_000, 20_000_000, 10)
    assert scaling.foreseen(seen, full) == pytest.approx((2e-6 * 20e6 + 3e-4 * 156e3,) * 3)


@given(some.lists(some.floats(1e-4, 10.0), min_size=4, max_size=4))
def test_prices_are_the_best_that_are_not_negative(seconds: list[float]) -> None:
    from scipy.optimize import nnls

    sizes = [(50, 30, 1_000), (90, 60, 3_000), (160, 110, 10_000), (280, 190, 30_000)]
    seen = points(*((N, M, n, t) for (N, M, n), t in zip(sizes, seconds, strict=True)))
    Z = np.array([[n / t, (N + M) / t] for (N, M, n), t in zip(sizes, seconds, strict=True)])
    np.testing.assert_allclose(scaling.prices(seen), nnls(Z, np.ones(4))[0], rtol=1e-6, atol=1e-12)
    low, middle, high = scaling.foreseen(seen, Size(9, 9, 99, 10))
    assert 0 <= low <= middle <= high


@pytest.mark.parametrize("rung", RUNGS, ids=KEYS)
def test_a_real_climb_measures_what_it_says(rung: Rung) -> None:
    (point,) = scaling.climb([rung], [300], PLAIN, Bound())
    assert isinstance(point, Point)
    assert (point.rung, point.size.n, point.size.k) == (rung.key, 300, 3)
    assert point.seconds > 0
    W_and_U = 8 * 3 * (point.size.N + point.size.M)
    assert point.beside is not None
    assert point.beside >= W_and_U  # the State it returns is among what it holds
