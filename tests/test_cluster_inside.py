"""On a cluster inside this process, where it can be counted: what is built and remembered, and what is tried again."""

from collections.abc import Callable, Iterator
from concurrent.futures import CancelledError
from contextlib import closing
from functools import partial
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("distributed")
import distributed
from dask import dataframe as dd
from dask.utils import key_split
from distributed.diagnostics.plugin import SchedulerPlugin

from mfcore import Ratings, als, cluster
from mfcore.cluster import fitted as cluster_fitted
from mfcore.cluster import run as cluster_run
from mfcore.cluster import site as cluster_site
from mfcore.cluster.desk import LostSiteError
from mfcore.cluster.fleet import PATIENT, Fleet
from mfcore.cluster.site import Given, Site
from mfcore.kernels import numba_sums, numpy_systems, sums
from tests import oracles
from tests.clusters import JOINT, parquet_of

WORKERS = 2


@pytest.fixture(scope="module")
def client() -> Iterator[Any]:
    """Of a cluster of threads."""
    options = dict(n_workers=WORKERS, threads_per_worker=1, processes=False, dashboard_address=":0")
    with distributed.LocalCluster(**options) as workers, distributed.Client(workers) as client:
        yield client


@pytest.fixture(scope="module")
def R() -> Ratings:
    return oracles.random_ratings(80, 30, 0.3, seed=3)[0]


def counted(monkeypatch: pytest.MonkeyPatch, owner: Any, name: str) -> list[Any]:
    """The first arguments of all calls from now on."""
    seen: list[Any] = []
    really = getattr(owner, name)

    def call(*given: Any, **options: Any) -> Any:
        seen.append(given[0])
        return really(*given, **options)

    monkeypatch.setattr(owner, name, call)
    return seen


@pytest.mark.parametrize(("kernel", "k", "owner", "name"), [
    ("numpy", 4, numpy_systems, "packed"),
    ("numpy", 30, numpy_systems, "_with_places"),
    ("numba", 4, numba_sums, "whole_lines"),
])  # fmt: skip
def test_what_every_range_of_items_reads_is_built_once_a_shard(client, R, kernel, k, owner, name, monkeypatch) -> None:
    cfg = als.Config(k=k, lam=0.5, kernel=kernel, **JOINT)
    shards = 4
    monkeypatch.setattr(cluster_run, "SUMS_BYTES", R.M * sums.width(k, cfg) * 8)  # a wave a shard of the two on a site
    with closing(cluster.steps(client, R, cfg, count=shards)) as sweeps:
        next(sweeps)
        built, asked = counted(monkeypatch, owner, name), counted(monkeypatch, Site, "_sums")
        next(sweeps)
    tables = [rows for given in built if (rows := given if isinstance(given, int) else len(given)) != R.M]
    waves, halves = shards // WORKERS, 2
    assert len(asked) == shards * waves * halves, "every shard is asked for every range"
    assert len(tables) == shards, "and makes its tables once, beside those of U"
    assert sum(tables) == R.N


@pytest.mark.parametrize("lam", [0.0, 0.5])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_a_site_makes_no_more_sums_at_a_time_than_it_may(R, lam, dtype, monkeypatch) -> None:
    cfg = als.Config(k=4, lam=lam, dtype=dtype, kernel="numpy")
    s = als.init(R, cfg, np.random.default_rng(0))
    shards = 3
    item = sums.partial(sums.prepared(R, s.W, s.b, s.mu, cfg), slice(0, 1)).nbytes * shards
    monkeypatch.setattr(cluster_run, "SUMS_BYTES", 8 * item)
    waves = cluster_run._waves(Given(s.U, s.c, s.mu, None, cfg), shards)
    assert max(wave.stop - wave.start for wave in waves) <= 8
    assert len(waves) == -(-R.M // 8)
    assert (waves[0].start, waves[-1].stop) == (0, R.M)
    assert all(a.stop == b.start for a, b in pairwise(waves))


class Remembered(SchedulerPlugin):
    """The most tasks that the scheduler knew at a time, and whose results were held when the last shard was done."""

    def __init__(self, scheduler: Any) -> None:
        self.scheduler, self.most = scheduler, 0
        self.held: set[str] = set()

    def transition(self, key: Any, start: str, finish: str, *given: Any, **options: Any) -> None:
        tasks = self.scheduler.tasks
        self.most = max(self.most, len(tasks))
        if key_split(key) == "ratings" and finish == "memory":
            self.held = {key_split(name) for name, task in tasks.items() if task.state == "memory"}


def test_a_file_is_a_few_tasks_however_many_shards_there_are(client, R, tmp_path) -> None:
    few, many, shards = 4, 40, 12
    scheduler = client.cluster.scheduler
    most, kept = [], []
    for files in (few, many):
        source, watch = parquet_of(R, tmp_path / str(files), files), Remembered(scheduler)
        scheduler.add_plugin(watch, name="remembered")
        with closing(cluster.steps(client, source, als.Config(k=2), count=shards)) as sweeps:
            next(sweeps)
            kept.append(len(scheduler.tasks))
        scheduler.remove_plugin("remembered")
        most.append(watch.most)
        assert watch.held >= {"gathered", "ratings"}
        assert not watch.held & {"read", "dealt", "getitem"}, "of every stage the next one is left"
    assert many - few <= most[1] - most[0] <= 3 * (many - few), "reading, numbering, and a look at its users"
    assert kept[1] - kept[0] <= 2 * (many - few)


def refused(*given: Any) -> pd.DataFrame:
    raise OSError(28, "No space left on device")


def test_ratings_that_cannot_be_read_are_tried_once(client, tmp_path, monkeypatch) -> None:
    loads = counted(monkeypatch, cluster_run, "load")
    meta = pd.DataFrame({"user": [1], "item": [1], "rating": [1.0]})
    with pytest.raises(FileNotFoundError):
        cluster.fit(client, str(tmp_path / "none.parquet"), als.Config(k=2), T=1)
    with pytest.raises(OSError, match="No space left"):
        cluster.fit(client, dd.from_map(refused, range(3), meta=meta), als.Config(k=2), T=1)
    assert len(loads) == 2


def test_what_goes_wrong_in_the_work_is_said_and_not_taken_for_a_lost_worker(client, R, monkeypatch) -> None:
    def fails(*given: Any) -> None:
        raise RuntimeError("wrong in the work")

    with closing(cluster.steps(client, R, als.Config(k=2))) as sweeps:
        last = next(sweeps)
        tries = counted(monkeypatch, Fleet, "_standing")
        for owner, ask in ((cluster_fitted, last.fitted), (cluster_site, partial(next, sweeps))):
            monkeypatch.setattr(owner, "rows", fails)
            with pytest.raises(RuntimeError, match="wrong in the work"):
                ask()
    assert len(tries) == 2


@pytest.mark.parametrize("fails", range(5))
def test_what_goes_wrong_with_the_sums_of_one_shard_is_heard_of_by_all_who_wait_for_them(
    client, R, fails, monkeypatch
) -> None:
    really = Site._sums

    def summed(site: Site, shard: int, items: slice) -> Any:
        if shard == fails:
            raise RuntimeError("wrong in the work")
        return really(site, shard, items)

    with closing(cluster.steps(client, R, als.Config(k=2), count=5)) as sweeps:
        next(sweeps)
        monkeypatch.setattr(Site, "_sums", summed)
        with pytest.raises(RuntimeError, match="wrong in the work"):
            next(sweeps)


LOSSES = [
    CancelledError(),
    TimeoutError("no workers"),
    distributed.comm.CommClosedError("in mid-sentence"),
    distributed.KilledWorker("rows", None, 3),
    LostSiteError("a worker was lost"),
    RuntimeError("Worker holding Actor was lost.  Status: lost"),
    OSError("Unable to contact Actor's worker"),
    OSError("Timed out trying to connect to tcp://127.0.0.1:1 after 30 s"),
]
OTHERS = [
    FileNotFoundError("ratings.parquet"),
    PermissionError("ratings.parquet"),
    OSError(28, "No space left on device"),
    RuntimeError("wrong in the work"),
    ValueError("wrong in the work"),
    MemoryError(),
]


@pytest.mark.parametrize(("errors", "tries"), [(LOSSES, PATIENT.attempts), (OTHERS, 1)])
def test_only_what_a_lost_worker_causes_is_tried_again(client, errors, tries, monkeypatch) -> None:
    monkeypatch.setattr(Fleet, "_standing", lambda fleet: (None, []))

    def working(error: Exception, until: int, tried: list[int]) -> Callable[..., str]:
        def work(shards: Any, sites: Any) -> str:
            tried.append(1)
            if len(tried) < until:
                raise error
            return "done"

        return work

    for error in errors:
        tried: list[int] = []
        with pytest.raises(type(error)):
            Fleet(client, lambda count: None, None).persistently(working(error, 100, tried))
        assert len(tried) == tries, error
    if tries > 1:
        tried = []
        assert Fleet(client, lambda count: None, None).persistently(working(errors[0], tries, tried)) == "done"
