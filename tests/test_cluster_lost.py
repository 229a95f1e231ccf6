"""A worker is really killed, in mid-sweep and after the fit: what comes out is what would have come out."""

import os
import signal
import time
from collections.abc import Iterable, Iterator
from contextlib import closing
from itertools import count, islice
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mfcore import Ratings, als, fit
from tests import oracles

distributed = pytest.importorskip("distributed")
cluster = pytest.importorskip("mfcore.cluster")
run = pytest.importorskip("mfcore.cluster.run")
Fleet = pytest.importorskip("mfcore.cluster.fleet").Fleet
LostSiteError = pytest.importorskip("mfcore.cluster.desk").LostSiteError


@pytest.fixture
def client() -> Iterator[distributed.Client]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local,
        distributed.Client(local) as client,
    ):
        yield client


def kill(client: distributed.Client, many: int = 1) -> None:
    """And see it happen: the scheduler hears of it later."""
    killed = sorted(client.run(os.getpid).values())[:many]
    for pid in killed:
        os.kill(pid, signal.SIGKILL)
    while not set(killed).isdisjoint(client.run(os.getpid, on_error="ignore").values()):
        time.sleep(0.1)


@pytest.fixture(scope="module")
def R() -> Ratings:
    return oracles.random_ratings(2500, 300, 0.2, seed=0)[0]


@pytest.fixture(scope="module")
def parquet(R, tmp_path_factory) -> str:
    """Five files, every user in each of them."""
    folder = tmp_path_factory.mktemp("ratings")
    table = pd.DataFrame({"userId": R.i, "movieId": R.j, "rating": R.r})
    for p in range(5):
        table.iloc[p::5].to_parquet(folder / f"{p}.parquet")
    return str(folder)


@pytest.mark.parametrize(
    ("half", "source", "terms"),
    [(0, "parquet", {}), (1, "parquet", {"joint": True}), (1, "memory", {}), (0, "memory", {"joint": True})],
)
def test_a_worker_killed_in_mid_sweep_changes_nothing(client, R, parquet, half, source, terms, monkeypatch) -> None:
    put_up, halves, really = [], iter([]), run._asked
    monkeypatch.setattr(Fleet, "_put_up", lambda *given, really=Fleet._put_up: put_up.append(1) or really(*given))

    def asked(questions: Iterable[Any]) -> list[Any]:
        begun = list(questions)
        if next(halves, None) == half:
            os.kill(pids[0], signal.SIGKILL)
        return really(begun)

    monkeypatch.setattr(run, "_asked", asked)
    cfg = als.Config(k=30, lam=1.0, kernel="numpy", **terms)
    with closing(cluster.steps(client, parquet if source == "parquet" else R, cfg, seed=6)) as sweeps:
        list(islice(sweeps, 2))
        assert len(put_up) == 1
        pids, halves = sorted(client.run(os.getpid).values()), count()
        last = list(islice(sweeps, 3))[-1]
        fitted = last.fitted()
        order = np.argsort(fitted.user_ids.compute())
        s = fitted.local()
    assert pids[0] not in client.run(os.getpid).values()
    assert len(put_up) > 1, "it was missed in the sweep"
    alone = fit(als, R, cfg, T=5, seed=6)
    assert last.t == 5
    for part, rows in (("W", order), ("b", order), ("U", slice(None)), ("c", slice(None))):
        np.testing.assert_allclose(getattr(s, part)[rows], getattr(alone, part), rtol=1e-7, atol=1e-9)
    assert pytest.approx(als.objective(alone, R, cfg), rel=1e-10) == last.J
    unharmed = cluster.fit(client, parquet if source == "parquet" else R, cfg, T=5, seed=6)
    np.testing.assert_array_equal(s.U, unharmed.state.U, "no bit depends on who holds which shard")


@pytest.mark.parametrize(("killed", "terms"), [(1, {"joint": True}), (2, {})])
def test_W_is_made_again_when_the_workers_that_held_it_are_gone(client, parquet, killed, terms) -> None:
    cfg = als.Config(k=5, lam=1.0, **terms)
    fitted = cluster.fit(client, parquet, cfg, T=2, seed=6)
    first = fitted.local()
    users = fitted.user_ids.compute()
    kill(client, killed)
    again = fitted.local()
    np.testing.assert_array_equal(fitted.user_ids.compute(), users)
    np.testing.assert_array_equal(again.W, first.W)
    np.testing.assert_array_equal(again.b, first.b)


def test_W_of_ratings_that_came_from_here_is_lost_with_its_worker_and_that_is_said(client, R, tmp_path) -> None:
    fitted = cluster.fit(client, R, als.Config(k=2, lam=1.0), T=1)
    kill(client)
    for ask in (fitted.local, lambda: fitted.predict(np.arange(R.N), 0), lambda: fitted.to_parquet(str(tmp_path))):
        with pytest.raises(LostSiteError, match="fit again"):
            ask()
