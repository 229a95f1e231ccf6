"""How long a cluster without workers is waited for, and how often: as the caller says."""

import os
import signal
import time
from functools import partial

import pandas as pd
import pytest

from mfcore import als, data

distributed = pytest.importorskip("distributed")
dd = pytest.importorskip("dask.dataframe")
cluster = pytest.importorskip("mfcore.cluster")
desk = pytest.importorskip("mfcore.cluster.desk")
fleet = pytest.importorskip("mfcore.cluster.fleet")
LostSiteError = desk.LostSiteError


@pytest.fixture
def nobody():
    """A client whose cluster has no worker, and the seconds that it was asked to wait for one."""
    options = {"n_workers": 0, "processes": False, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as local, distributed.Client(local) as client:
        waited, wait = [], client.wait_for_workers

        def waiting(n_workers: int, timeout: float) -> None:
            waited.append(timeout)
            wait(n_workers, timeout=min(timeout, 0.05))

        client.wait_for_workers = waiting
        yield client, waited


@pytest.mark.parametrize(
    ("given", "expected"),
    [
        ({}, [30] * 4),
        ({"patience": fleet.Patience(attempts=1, seconds=0.02)}, [0.02]),
        ({"patience": fleet.Patience(attempts=3, seconds=0.01)}, [0.01] * 3),
    ],
)
@pytest.mark.parametrize("ask", [partial(cluster.fit, T=1), lambda *given, **more: next(cluster.steps(*given, **more))])
def test_a_cluster_without_workers_is_asked_as_often_as_said(ask, given, expected, nobody) -> None:
    client, waited = nobody
    R, cfg = data.load("tiny")[0], als.Config(k=2)
    with pytest.raises(TimeoutError):
        ask(client, R, cfg, **given)
    assert waited == expected


@pytest.mark.parametrize("count", [None, 3])
def test_workers_that_end_as_soon_as_they_were_waited_for_are_lost_ones(count, nobody) -> None:
    client, _ = nobody
    client.wait_for_workers = lambda *given, **more: None
    asked = {"count": count, "patience": fleet.Patience(attempts=2, seconds=0.01)}
    with pytest.raises(LostSiteError, match="lost all of its workers"):
        next(cluster.steps(client, data.load("tiny")[0], als.Config(k=2), **asked))


def test_a_worker_that_ends_before_it_is_given_its_ratings_is_a_lost_one(nobody) -> None:
    client, _ = nobody
    with desk.Desk(client) as asked, pytest.raises(LostSiteError, match=r"tcp://127\.0\.0\.1:1 was lost"):
        asked.scatter([1], workers=["tcp://127.0.0.1:1"])


def read(part: int) -> pd.DataFrame:
    """A partition of ratings that the worker is gone before it has read."""
    os.kill(os.getpid(), signal.SIGKILL)
    return pd.DataFrame({"user": [part], "item": [part], "rating": [1.0]})


def test_ratings_whose_last_worker_is_lost_while_they_are_read_are_given_up() -> None:
    options = {"n_workers": 1, "threads_per_worker": 1, "dashboard_address": ":0"}
    with distributed.LocalCluster(**options) as local, distributed.Client(local) as client:
        for worker in local.workers.values():
            worker.auto_restart = False
        frame = dd.from_map(read, range(2), meta=pd.DataFrame({"user": [1], "item": [1], "rating": [1.0]}))
        began = time.monotonic()
        with pytest.raises(TimeoutError, match="lost all of its workers"):
            cluster.fit(client, frame, als.Config(k=2), T=1, patience=fleet.Patience(attempts=1, seconds=1))
        assert time.monotonic() - began < 60
