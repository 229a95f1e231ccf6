"""What stands on every worker while it fits: its shards of ratings, and this sweep's W and b of their users."""

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, NamedTuple, TypeVar, cast

import numpy as np

from mfcore import als, kernels
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
    """What the client hears of a range of items: u_j and c_j, their penalty, and the bytes that came from elsewhere."""

    solved: Solved
    penalty: float
    moved: int


class LostSiteError(OSError):
    """A worker that holds a part of the fit is gone."""


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

    ratings: by the number of their shard; sums are added in its order, so that no bit depends on who holds which.
    counts: (M,) |Ω_j| over all shards.
    """

    def __init__(self, shards: list[int], ratings: list[Ratings], counts: Ints) -> None:
        self.ratings, self.counts = dict(zip(shards, ratings, strict=True)), counts
        self.prepared: dict[int, Prepared] = {}  # of this sweep's W and b
        self.begun: dict[tuple[int, int], asyncio.Future[dict[int, Floats]]] = {}
        self.worker, self.pool = distributed.get_worker(), ThreadPoolExecutor(1)
        self.threads = self.worker.state.nthreads

    async def warm(self, cfg: als.Config, n: int) -> bool:
        """Whether the compiled form is there and `cfg` takes it for n ratings; if so it is compiled here and now."""
        return await self._alone(_warm, cfg, n)

    async def users(self, given: Given, soon: list[slice]) -> list[Told]:
        """The first half of a sweep. The sums of `soon`, in this order, are begun before anybody asks for them."""
        told = await self._alone(self._users, given)
        self.begun = {_key(items): asyncio.ensure_future(self._alone(self._sums, items)) for items in soon}
        return told

    async def sums(self, items: slice) -> dict[int, Floats]:
        """What each shard here adds to the sums of these items; asked for once."""
        begun = _key(items) in self.begun
        return await (self.begun.pop(_key(items)) if begun else self._alone(self._sums, items))

    async def items(self, items: slice, sites: list[tuple[str, str]]) -> Answer:
        """u_j and c_j from the sums at all sites, given as address and key: this one's are among them."""
        found = await asyncio.gather(*(self._sums_from(address, key, items) for address, key in sites))
        return await self._alone(self._items, items, found)

    async def _sums_from(self, address: str, key: str, items: slice) -> dict[int, Floats]:
        here: object = self.worker.state.actors.get(key)
        if address == self.worker.address and here is self:
            return await Site.sums(self, items)
        # What Actor itself does, without the client it would open to the scheduler for it.
        to = self.worker.rpc(address)
        try:
            told = await to.actor_execute(function="sums", actor=key, args=[distributed.protocol.to_serialize(items)])
        except KeyError as e:
            raise LostSiteError(f"{address} holds no part of this fit any more") from e
        if told["status"] != "OK":
            raise told["exception"]
        return cast(dict[int, Floats], told["result"])

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

    def _sums(self, items: slice) -> dict[int, Floats]:
        with _threads(self.threads):
            return {shard: sums.partial(own, items) for shard, own in self.prepared.items()}

    def _items(self, items: slice, found: list[dict[int, Floats]]) -> Answer:
        parts, cfg = dict(sorted(part for site in found for part in site.items())), self.given.cfg
        first, *others = parts.values()
        for S in others:
            first = first + S
        with _threads(self.threads):
            solved = sums.solve(first, self.given.c[items], self.counts[items], cfg)
        penalty = cfg.lam * als.charges(solved.U, solved.c, self.counts[items], cfg)
        return Answer(solved, penalty, sum(S.nbytes for shard, S in parts.items() if shard not in self.ratings))


def _key(items: slice) -> tuple[int, int]:
    return items.start, items.stop


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
