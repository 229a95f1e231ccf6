"""What stands on every worker while it fits: its shards of ratings, and this sweep's W and b of their users."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from mfcore import als, kernels
from mfcore.cluster import halving
from mfcore.cluster.desk import LostSiteError
from mfcore.cluster.lazy import distributed
from mfcore.kernels import sums
from mfcore.kernels.sums import Prepared, Solved
from mfcore.ratings import Floats, Ints, Ratings

T = TypeVar("T")


class Given(NamedTuple):
    """All that a half sweep over users needs beside the ratings: U (M, k), c (M,), μ; where biases go in turn, b of
    each shard."""

    U: Floats
    c: Floats
    mu: float
    b: dict[int, Floats] | None
    cfg: als.Config


class Rows(NamedTuple):
    """A shard's W and b, and how many of its rows had no unique solution."""

    W: Floats
    b: Floats
    short: int


class Told(NamedTuple):
    """What the client hears of a shard's Rows; b only where the next sweep needs it."""

    shard: int
    n: int
    penalty: float
    short: int
    b: Floats | None


class Answer(NamedTuple):
    """What the client hears of a shard's range of items: u_j and c_j, their penalty, and the bytes that came for it."""

    first: int
    solved: Solved
    penalty: float
    moved: int


def rows(R: Ratings, given: Given, shard: int, threads: int | None = None) -> Rows:
    """`als.update_W` and, where biases go in turn, `als.update_b` on the users of a shard: U and c are all it takes."""
    U, c, mu, b, cfg = given
    known = np.zeros(R.N, U.dtype) if b is None else b[shard]
    with _threads(threads or distributed.get_worker().state.nthreads):
        W, own, short = kernels.solve_counted(R, U, known, c, mu, cfg)
        if cfg.biases and not cfg.joint:
            own = kernels.solve_biases(R, W, U, c, mu, cfg)
    return Rows(W, own, short)


class Site:
    """One worker's part in a fit; a Dask actor. Its work is done in one thread, one request after the other.

    ratings: by the number of their shard; sums are added by that number, so that no bit depends on who holds which.
    counts: (M,) |Ω_j| over all shards.
    """

    def __init__(self, shards: list[int], ratings: list[Ratings], counts: Ints) -> None:
        self.ratings, self.counts = dict(zip(shards, ratings, strict=True)), counts
        self.homes: list[tuple[str, str]] = []
        self.prepared: dict[int, Prepared] = {}  # of this sweep's W and b
        self.begun: dict[tuple[int, int, int], asyncio.Future[Floats]] = {}
        self.passing: dict[tuple[int, int], asyncio.Future[Floats]] = {}
        self.worker, self.pool = distributed.get_worker(), ThreadPoolExecutor(1)
        self.threads = self.worker.state.nthreads

    async def meet(self, homes: list[tuple[str, str]]) -> None:
        """By shard, the address and the key of the site that has it; heard before the first sweep."""
        self.homes = homes

    async def warm(self, cfg: als.Config, n: int) -> bool:
        """Whether the compiled form is there and `cfg` takes it for n ratings; if so it is compiled here and now."""
        return await self._alone(_warm, cfg, n)

    async def users(self, given: Given, wave: slice) -> list[Told]:
        """The first half of a sweep. The sums of the first `wave` of items are begun before anybody asks for them."""
        told = await self._alone(self._users, given)
        plans = {shard: halving.rounds(wave, len(self.homes), shard) for shard in self.ratings}
        for part in ("passed", "kept"):  # first what others wait for
            for shard, plan in plans.items():
                self._begin(shard, getattr(plan[0], part) if plan else wave)
        return told

    async def items(self, wave: slice) -> list[Answer]:
        """u_j and c_j of these items, an Answer for the range of each shard here; all sites are asked at once."""
        summed = await asyncio.gather(*(self._summed(shard, wave) for shard in self.ratings))
        return [await self._alone(self._items, *one) for one in summed]

    async def passed(self, shard: int, turn: int) -> Floats:
        """The sums that a shard here passes on in a round; asked for once."""
        try:
            return await self._passing(shard, turn)
        finally:
            del self.passing[shard, turn]

    async def _summed(self, shard: int, items: slice) -> tuple[slice, Floats, int]:
        """The range of these items that is left to a shard in the end, its sums over all shards, and their bytes."""
        plan, moved = halving.rounds(items, len(self.homes), shard), 0
        S: Floats | None = None
        try:
            for turn, (kept, passed, givers) in enumerate(plan):
                self._passing(shard, turn).set_result(await self._own(shard, S, items, passed))
                on_the_way = asyncio.gather(*(self._passed_by(giver, turn) for giver in givers))
                S, items = await self._own(shard, S, items, kept), kept
                for giver, more in zip(givers, await on_the_way, strict=True):
                    S = await self._alone(np.add, S, more)
                    moved += 0 if giver in self.ratings else more.nbytes
            return items, await self._own(shard, S, items, items), moved
        except Exception as error:
            for turn in range(len(plan)):
                waited_for = self._passing(shard, turn)
                if not waited_for.done():
                    waited_for.set_exception(error)
                    waited_for.exception()  # heard, in case that nobody else asks
            raise

    async def _own(self, shard: int, S: Floats | None, items: slice, part: slice) -> Floats:
        """A part of S, which are a shard's sums of `items`; before its first round it has none, and makes them."""
        if S is not None:
            return S[part.start - items.start : part.stop - items.start]
        self._begin(shard, part)
        return await self.begun.pop((shard, part.start, part.stop))

    def _begin(self, shard: int, items: slice) -> None:
        key = shard, items.start, items.stop
        if key not in self.begun:
            self.begun[key] = asyncio.ensure_future(self._alone(self._sums, shard, items))

    async def _passed_by(self, shard: int, turn: int) -> Floats:
        if shard in self.ratings:
            return await self.passed(shard, turn)
        address, key = self.homes[shard]
        # What Actor itself does, without the client it would open to the scheduler for it.
        to = self.worker.rpc(address)
        given = [distributed.protocol.to_serialize(x) for x in (shard, turn)]
        try:
            told = await to.actor_execute(function="passed", actor=key, args=given)
        except KeyError as e:
            raise LostSiteError(f"{address} holds no part of this fit any more") from e
        if told["status"] != "OK":
            raise told["exception"]
        return cast(Floats, told["result"])

    def _passing(self, shard: int, turn: int) -> "asyncio.Future[Floats]":
        """What a shard here will pass on in a round, whoever comes first: it or the one who asks for it."""
        return self.passing.setdefault((shard, turn), asyncio.get_running_loop().create_future())

    async def _alone(self, work: Callable[..., T], *arguments: Any) -> T:
        return await asyncio.get_running_loop().run_in_executor(self.pool, work, *arguments)

    def _users(self, given: Given) -> list[Told]:
        self.given, told = given, []
        self.prepared.clear()
        for shard, R in self.ratings.items():
            own = rows(R, given, shard, self.threads)
            self.prepared[shard] = sums.prepared(R, own.W, own.b, given.mu, given.cfg)
            penalty = given.cfg.lam * als.charges(own.W, own.b, R.users_counts, given.cfg)
            in_turn = given.cfg.biases and not given.cfg.joint
            told.append(Told(shard, R.n, penalty, own.short, own.b if in_turn else None))
        return told

    def _sums(self, shard: int, items: slice) -> Floats:
        with _threads(self.threads):
            return sums.partial(self.prepared[shard], items)

    def _items(self, items: slice, S: Floats, moved: int) -> Answer:
        cfg, counts = self.given.cfg, self.counts[items]
        with _threads(self.threads):
            solved = sums.solve(S, self.given.c[items], counts, cfg)
        return Answer(items.start, solved, cfg.lam * als.charges(solved.U, solved.c, counts, cfg), moved)


def _warm(cfg: als.Config, n: int) -> bool:
    compiled = kernels.compiled(cfg.kernel, n)
    if compiled:
        kernels.warm()
        pair, cfg = np.array([0, 1], np.int32), replace(cfg, k=1, kernel="numba")
        for data in (np.float32, np.float64):
            R = Ratings.from_codes(pair, pair, np.ones(2, data), pair, pair)
            W, b = np.ones((2, 1), cfg.dtype), np.zeros(2, cfg.dtype)
            sums.solve(sums.partial(sums.prepared(R, W, b, 1.0, cfg), slice(0, 2)), b, np.ones(2, np.int64), cfg)
    return compiled


@contextmanager
def _threads(count: int) -> Iterator[None]:
    """As many compiled threads as Dask gave this worker: the workers on one machine share its cores."""
    if not kernels.available():
        yield
        return
    from numba import config, get_num_threads, set_num_threads

    before = get_num_threads()
    set_num_threads(min(count, config.NUMBA_NUM_THREADS))  # type: ignore[attr-defined]
    try:
        yield
    finally:
        set_num_threads(before)
