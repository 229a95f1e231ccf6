"""The training loop on a cluster: `steps` sweep after sweep, `fit` the last of them, as `mfcore.run` has them."""

import time
import warnings
from collections.abc import Callable, Generator, Iterable
from contextlib import closing
from dataclasses import replace
from functools import partial
from itertools import chain, islice, pairwise
from operator import attrgetter
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mfcore import als
from mfcore.cluster.fitted import Fitted, left_there
from mfcore.cluster.fleet import PATIENT, Fleet, Patience, Standing
from mfcore.cluster.lazy import distributed
from mfcore.cluster.shards import Shards, load
from mfcore.cluster.site import Answer, Given, Told
from mfcore.data.tables import Columns
from mfcore.errors import LeastNormWarning
from mfcore.kernels import sums
from mfcore.ratings import Duplicates, Floats, Ratings

DRAWN = 1 << 20  # random numbers at a time
SUMS_BYTES = 1 << 30  # of sums that a worker makes at a time


class Sweep(NamedTuple):
    """One sweep: t from 1 on, J and the training RMSE after it, and its seconds on the client's clock.

    moved: bytes of sums that went from worker to worker.  given: bytes of U, c (and b, in turn) that go to one.
    fitted: a function that gives the State after it as a Fitted, as long as the iterator is open.
    """

    t: int
    J: float
    train: float
    seconds: float
    moved: int
    given: int
    fitted: Callable[[], Fitted]


def fit(
    client: Any,
    source: Any,
    cfg: als.Config,
    T: int,
    seed: int = 0,
    *,
    columns: Columns | None = None,
    duplicates: Duplicates = "error",
    patience: Patience = PATIENT,
) -> Fitted:
    """`run.fit(als, R, cfg, T, seed)` on a cluster: the same State to rounding, W and b left on the workers.

    See `steps`. Raises ValueError if T < 1.
    """
    if T < 1:
        raise ValueError(f"T counts sweeps, of which a cluster makes at least one, not {T}")
    with closing(steps(client, source, cfg, seed, columns=columns, duplicates=duplicates, patience=patience)) as sweeps:
        return next(islice(sweeps, T - 1, None)).fitted()


def steps(
    client: Any,
    source: Any,
    cfg: als.Config,
    seed: int = 0,
    *,
    columns: Columns | None = None,
    duplicates: Duplicates = "error",
    count: int | None = None,
    patience: Patience = PATIENT,
) -> Generator[Sweep, None, None]:
    """The sweeps t = 1, 2, 3, … of alternating least squares on the cluster of `client`, without end.

    client: a `distributed.Client` of a cluster that is running.
    source: a Dask DataFrame; or a path to Parquet files that every worker can read; or Ratings from here.
    columns: the names of the user, item and rating columns where they are not recognized.
    duplicates: as in `Ratings.from_arrays`.  count: of shards, if not one a worker; each must fit a worker's memory.
    patience: with workers that are lost; its one attempt is for workers that nobody starts again.

    A worker that is lost is made up for: its ratings are read again by another, and the sweep is begun again, since
    all that a sweep needs of those before is U and c (and b, where biases go in turn), which the client keeps.
    Closing the iterator, or an interrupt, lets go of everything on the workers.

    Raises DataError as `Ratings.from_arrays` does, TypeError on another client or source.
    Warns LeastNormWarning where λ = 0 leaves rows undetermined (E11).
    """
    if not isinstance(client, distributed.Client) or client.asynchronous:
        raise TypeError(f"client is a (synchronous) distributed.Client, not {type(client).__name__}")
    read = partial(load, client, source, columns=columns, duplicates=duplicates, seconds=patience.seconds)
    fleet = Fleet(client, read, count, patience)
    try:
        cfg = replace(cfg, kernel=fleet.persistently(partial(_kernel, cfg=cfg)))
        s = fleet.persistently(partial(_start, cfg=cfg, seed=seed))
        b: dict[int, Floats] | None = None
        while True:
            began = time.perf_counter()
            given = Given(s.U, s.c, s.mu, b, cfg)
            told, answers = fleet.persistently(partial(_sweep, given=given))
            U, c = (np.concatenate([getattr(x.solved, part) for x in answers]) for part in ("U", "c"))
            _warn(told, answers, cfg.lam)
            s, b = replace(s, t=s.t + 1, U=U, c=c), _biases(told)
            missed = sum(x.solved.squared_error for x in answers)
            yield Sweep(
                s.t,
                missed + sum(x.penalty for x in told) + sum(x.penalty for x in answers),
                float(np.sqrt(missed / sum(x.n for x in told))),
                time.perf_counter() - began,
                sum(x.moved for x in answers),
                U.nbytes + c.nbytes + sum(x.nbytes for x in (b or {}).values()) // len(fleet.sites),
                partial(fleet.persistently, partial(left_there, client, given, s)),
            )
    finally:
        fleet.release()


def _start(shards: Shards, sites: list[Standing], cfg: als.Config, seed: int) -> als.State:
    """t = 0 as `als.init` draws it for all of these ratings, but for W, which the first sweep does not need."""
    rng = np.random.default_rng([seed, 0])
    for at in range(0, shards.N * cfg.k, DRAWN):
        rng.standard_normal(min(DRAWN, shards.N * cfg.k - at))  # W's, which are drawn before U's
    M = len(shards.item_ids)
    nobody = Ratings(csr_array((0, M)), csr_array((M, 0)), np.empty(0), shards.item_ids, shards.mu)
    return als.init(nobody, cfg, rng)


def _kernel(shards: Shards, sites: list[Standing], cfg: als.Config) -> Literal["numpy", "numba"]:
    """The form that `cfg` chooses for all ratings on one machine, if every worker has it; compiled there now."""
    return "numba" if all(_asked(site.actor.warm(cfg, shards.n) for site in sites)) else "numpy"


def _sweep(shards: Shards, sites: list[Standing], given: Given) -> tuple[list[Told], list[Answer]]:
    """What the sites say after one sweep: of the shards in their order, and of all items, a range after the other."""
    waves = _waves(given, max(len(site.shards) for site in sites))
    told = chain.from_iterable(_asked(site.actor.users(_own(given, site), waves[0]) for site in sites))
    answers = chain.from_iterable(
        answer for wave in waves for answer in _asked(site.actor.items(wave) for site in sites)
    )
    return sorted(told), sorted(answers, key=attrgetter("first"))


def _waves(given: Given, shards: int) -> list[slice]:
    """All items, as many at a time as have sums of no more than SUMS_BYTES on a site of so many shards."""
    M, k = given.U.shape
    size = M * sums.width(k, given.cfg) * sums.kind(given.cfg, given.U.dtype).itemsize * shards
    cuts = np.linspace(0, M, min(M, -(-size // SUMS_BYTES)) + 1).astype(int).tolist()
    return [slice(a, b) for a, b in pairwise(cuts)]


def _asked(questions: Iterable[Any]) -> list[Any]:
    """The sites' answers; all are asked before the first is heard."""
    return [answer.result() for answer in list(questions)]


def _own(given: Given, site: Standing) -> Given:
    """`given` with the b of the site's own users alone."""
    return given._replace(b=given.b and {shard: given.b[shard] for shard in site.shards})


def _biases(told: list[Told]) -> dict[int, Floats] | None:
    return {x.shard: x.b for x in told if x.b is not None} or None


def _warn(told: list[Told], answers: list[Answer], lam: float) -> None:
    users, items = sum(x.short for x in told), sum(x.solved.short for x in answers)
    if users or items:
        warnings.warn(
            f"{users} users and {items} items have no unique solution at λ = {lam:g}; "
            "the least-norm one was taken (E11)",
            LeastNormWarning,
            stacklevel=3,
        )
