"""On a cluster of two processes: the same numbers as on one machine, out of any source, and nothing left behind."""

import _thread
import gc
import subprocess
import sys
import threading
import time
import warnings
from collections.abc import Iterator
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from mfcore import DataError, LeastNormWarning, Ratings, als, fit, run
from tests import oracles
from tests.conftest import ROOT

dd = pytest.importorskip("dask.dataframe")
distributed = pytest.importorskip("distributed")
cluster = pytest.importorskip("mfcore.cluster")

PLAIN, IN_TURN, JOINT = {"biases": False}, {}, {"joint": True}
TERMS = [PLAIN, IN_TURN, JOINT, {"joint": True, "weighted": True}, {"weighted": True}]


@pytest.fixture(scope="module")
def client() -> Iterator[distributed.Client]:
    with (
        distributed.LocalCluster(n_workers=2, threads_per_worker=1, dashboard_address=":0") as local,
        distributed.Client(local) as client,
    ):
        yield client


@pytest.fixture(scope="module")
def R() -> Ratings:
    return oracles.random_ratings(80, 30, 0.3, seed=3)[0]


def frame_of(R: Ratings, seed: int = 0) -> pd.DataFrame:
    """The ratings as a table in random order, with ids of its own kind on either side."""
    order = np.random.default_rng(seed).permutation(R.n)
    users, films = R.user_ids[R.i] * 7 + 3, np.array([f"film {j}" for j in R.item_ids])[R.j]
    return pd.DataFrame({"userId": users, "movieId": films, "rating": R.r}).iloc[order].reset_index(drop=True)


def names_of_tasks(dask_scheduler: distributed.Scheduler) -> list[str]:
    return [str(key) for key in dask_scheduler.tasks]


def left(client: distributed.Client) -> list[str]:
    """The tasks that the scheduler knows, once it had time to forget and Python to collect."""
    names: list[str] = []
    for _ in range(100):
        gc.collect()
        names = client.run_on_scheduler(names_of_tasks)
        if not names:
            break
        time.sleep(0.05)
    return names


def assert_same(found: als.State, alone: als.State, rtol: float = 1e-9) -> None:
    for part in ("W", "U", "b", "c"):
        a, b = getattr(found, part), getattr(alone, part)
        assert a.dtype == b.dtype, part
        np.testing.assert_allclose(a, b, rtol=rtol, atol=rtol * (1e-3 + np.abs(b).max()), err_msg=part)
    assert found.mu == pytest.approx(alone.mu, rel=1e-12)
    assert found.t == alone.t


@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize("terms", TERMS)
def test_a_fit_is_the_fit_of_one_machine(client, R, terms, kernel, dtype) -> None:
    cfg = als.Config(k=4, lam=0.5, kernel=kernel, dtype=dtype, **terms)
    fitted = cluster.fit(client, R, cfg, T=6, seed=11)
    assert_same(fitted.local(), fit(als, R, cfg, T=6, seed=11), 1e-9 if dtype == "float64" else 2e-3)
    np.testing.assert_array_equal(fitted.user_ids.compute(), R.user_ids)
    np.testing.assert_array_equal(fitted.item_ids, R.item_ids)


@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_every_sweep_comes_with_the_J_and_the_rmse_of_one_machine(client, R, terms, dtype) -> None:
    cfg = als.Config(k=3, lam=0.5, dtype=dtype, **terms)
    alone = run.steps(als, R, cfg, seed=2)
    next(alone)
    before = np.inf
    with closing(cluster.steps(client, R, cfg, seed=2)) as sweeps:
        for t, (sweep, s) in enumerate(zip(islice(sweeps, 5), alone, strict=False), 1):
            rel = 1e-10 if dtype == "float64" else 1e-4
            assert sweep.t == s.t == t
            assert pytest.approx(als.objective(s, R, cfg), rel=rel) == sweep.J
            assert sweep.train**2 == pytest.approx(als.squared_error(s, R, cfg) / R.n, rel=rel)
            assert 0 < sweep.J < before * (1 + 1e-6)
            assert sweep.seconds > 0
            assert_same(sweep.fitted().local(), s, 1e-9 if dtype == "float64" else 2e-3)
            before = sweep.J


def test_rows_left_open_get_the_least_norm_solution_and_a_warning(client) -> None:
    R, _ = oracles.random_ratings(25, 20, 0.25, seed=8)
    cfg = als.Config(k=4, lam=0.0, biases=False)
    with pytest.warns(LeastNormWarning) as alone:
        s = fit(als, R, cfg, T=1, seed=1)
    with pytest.warns(LeastNormWarning) as said:
        fitted = cluster.fit(client, R, cfg, T=1, seed=1)
    users, items = (str(w.message).split()[0] for w in alone)
    assert str(said[0].message).startswith(f"{users} users and {items} items have no unique solution at λ = 0;")
    assert_same(fitted.local(), s, 1e-6)


@pytest.mark.parametrize("partitions", [1, 2, 5, 40])
def test_a_dask_dataframe_whose_users_are_scattered(client, R, partitions) -> None:
    cfg = als.Config(k=4, lam=0.5, joint=True)
    table = frame_of(R)
    fitted = cluster.fit(client, dd.from_pandas(table, npartitions=partitions, sort=False), cfg, T=4, seed=5)
    one = Ratings.from_arrays(table.userId, table.movieId, table.rating)
    s, alone = fitted.local(), fit(als, one, cfg, T=4, seed=5)
    users = fitted.user_ids.compute()
    at = np.searchsorted(one.user_ids, users)
    assert sorted(users) == one.user_ids.tolist()
    assert fitted.item_ids.tolist() == one.item_ids.tolist()
    assert_same(
        als.State(4, s.W, s.U, s.b, s.c, s.mu), als.State(4, alone.W[at], alone.U, alone.b[at], alone.c, alone.mu)
    )


@pytest.mark.parametrize("sort", [True, False])
def test_parquet_is_read_on_the_workers_and_taken_apart_only_if_users_are_scattered(client, R, sort, tmp_path) -> None:
    cfg = als.Config(k=3, lam=0.5)
    table = frame_of(R)
    pieces = np.array_split(np.arange(len(table)), 6)
    if sort:
        table = table.sort_values("userId", kind="stable", ignore_index=True)
        pieces = np.split(np.arange(len(table)), np.searchsorted(table.userId, [100, 200, 201, 300, 520]))
    for p, rows in enumerate(pieces):
        table.iloc[rows].to_parquet(tmp_path / f"{p}.parquet")
    with closing(cluster.steps(client, str(tmp_path), cfg, seed=5)) as sweeps:
        fitted = list(islice(sweeps, 3))[-1].fitted()
        names = client.run_on_scheduler(names_of_tasks)
    assert any("dealt" in name for name in names) == (not sort)
    s = fitted.local()
    users = fitted.user_ids.compute()
    if sort:
        assert (np.diff(users) > 0).all()
    alone = fit(als, Ratings.from_arrays(table.userId, table.movieId, table.rating), cfg, T=3, seed=5)
    assert_same(als.State(3, s.W[np.argsort(users)], s.U, s.b[np.argsort(users)], s.c, s.mu), alone)


def test_W_is_written_by_the_workers(client, R, tmp_path) -> None:
    cfg = als.Config(k=3, joint=True)
    fitted = cluster.fit(client, R, cfg, T=2)
    fitted.to_parquet(str(tmp_path))
    written = pd.read_parquet(tmp_path).sort_values("user")
    s = fit(als, R, cfg, T=2)
    np.testing.assert_array_equal(written["user"], R.user_ids)
    np.testing.assert_allclose(written[["w0", "w1", "w2"]], s.W, rtol=1e-9)
    np.testing.assert_allclose(written["b"], s.b, rtol=1e-9)
    assert len(list(tmp_path.glob("*.parquet"))) == 2


def test_traffic_and_bookkeeping_do_not_grow_with_ratings_or_sweeps(client) -> None:
    N, M, cfg = 300, 40, als.Config(k=5, joint=True)
    seen = []
    for density in (0.1, 0.4):
        R, _ = oracles.random_ratings(N, M, density, seed=0)
        with closing(cluster.steps(client, R, cfg)) as sweeps:
            known = []
            for sweep in islice(sweeps, 4):
                known.append(len(client.run_on_scheduler(names_of_tasks)))
                seen.append((sweep.moved, sweep.given))
        assert len(set(known)) == 1
    assert len(set(seen)) == 1
    moved, given = seen[0]
    assert moved == M * (7 * 8 // 2) * 8, "each of two workers sends the other half of its 28 sums an item"
    assert given == M * 6 * 8


def test_closing_leaves_nothing_and_the_fitted_stands_by_itself(client, R) -> None:
    cfg = als.Config(k=3)
    sweeps = cluster.steps(client, R, cfg, seed=4)
    next(sweeps)
    assert client.run_on_scheduler(names_of_tasks)
    sweeps.close()
    assert left(client) == []
    fitted = cluster.fit(client, R, cfg, T=2, seed=4)
    assert_same(fitted.local(), fit(als, R, cfg, T=2, seed=4))
    del fitted
    assert left(client) == []


def test_an_interrupt_in_mid_sweep_leaves_nothing_and_the_cluster_goes_on(client, R) -> None:
    big, _ = oracles.random_ratings(3000, 400, 0.2, seed=0)
    cfg = als.Config(k=40, kernel="numpy")
    sweeps = cluster.steps(client, big, cfg)
    seconds = next(sweeps).seconds
    threading.Timer(seconds / 3, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        list(islice(sweeps, 100))
    assert left(client) == []
    assert_same(cluster.fit(client, R, als.Config(k=3), T=2).local(), fit(als, R, als.Config(k=3), T=2))


EDGES = {
    "one user": ([1] * 5, [1, 2, 3, 4, 5], [1, 2, 3, 4, 5]),
    "one film": ([1, 2, 3, 4, 5], [1] * 5, [1, 2, 3, 4, 5]),
    "one rating": ([1], [1], [4]),
    "constant": ([1, 1, 2, 2, 3], [1, 2, 1, 3, 2], [3.5] * 5),
    "mixed ids": ([1, "1", (2, 3), "1", 1], ["a", "a", "b", "b", 7], [1, 2, 3, 4, 5]),
}


@pytest.mark.parametrize("lam", [0.5, 1e12])
@pytest.mark.parametrize("terms", [PLAIN, IN_TURN, JOINT])
@pytest.mark.parametrize("edge", EDGES)
def test_edges_with_more_factors_than_films_and_more_shards_than_users(client, edge, terms, lam) -> None:
    R = Ratings.from_arrays(*EDGES[edge])
    cfg = als.Config(k=7, lam=lam, **terms)
    with closing(cluster.steps(client, R, cfg, seed=1, count=4)) as sweeps:
        found = next(islice(sweeps, 2, None))
        alone = fit(als, R, cfg, T=3, seed=1)
        assert_same(found.fitted().local(), alone)
        assert pytest.approx(als.objective(alone, R, cfg), rel=1e-8, abs=1e-12) == found.J


def test_mixed_ids_and_empty_partitions_of_a_dataframe(client) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(__import__("dask").config.config, "dataframe", {"convert-string": False})
        users, items, values = EDGES["mixed ids"]
        tables = [pd.DataFrame({"user": users[:0], "item": items[:0], "rating": values[:0]}).astype({"rating": float})]
        for rows in (slice(0, 2), slice(2, 2), slice(2, 5)):
            column = {"user": users[rows], "item": items[rows], "rating": np.array(values[rows], float)}
            tables.append(
                pd.DataFrame(
                    {name: pd.Series(x, dtype=object if name != "rating" else float) for name, x in column.items()}
                )
            )
        source = dd.concat([dd.from_pandas(table, npartitions=1, sort=False) for table in tables[1:]])
        cfg = als.Config(k=2)
        fitted = cluster.fit(client, source, cfg, T=2)
        R = Ratings.from_arrays(users, items, values)
        assert set(fitted.user_ids.compute().tolist()) == set(R.user_ids.tolist())
        assert fitted.item_ids.tolist() == R.item_ids.tolist()
        np.testing.assert_allclose(fitted.state.U, fit(als, R, cfg, T=2).U, rtol=1e-9, atol=1e-12)


def test_users_and_films_that_were_held_out_keep_their_rows(client) -> None:
    R, _ = oracles.random_ratings(30, 20, 0.08, seed=2)
    train, _ = R.split(0.4, seed=0)
    assert (train.users_counts == 0).any()
    assert (train.items_counts == 0).any()
    cfg = als.Config(k=3, joint=True, weighted=True)
    assert_same(cluster.fit(client, train, cfg, T=3).local(), fit(als, train, cfg, T=3))


BAD = {
    "more than once": [(1, 1, 3.0), (2, 1, 4.0), (1, 1, 5.0)],
    "not a finite number in row 1 ": [(1, 1, 3.0), (2, 1, np.nan), (1, 2, 5.0)],
    "user id is missing in row 0 ": [(np.nan, 1, 3.0), (2, 1, 1.0)],
    "table is empty": [],
}


@pytest.mark.parametrize("message", BAD)
def test_bad_ratings_are_refused_with_the_reason_and_nothing_stays(client, message) -> None:
    table = pd.DataFrame(BAD[message], columns=["user", "item", "rating"], dtype=float)
    with pytest.raises(DataError, match=message):
        cluster.fit(client, dd.from_pandas(table, npartitions=1, sort=False), als.Config(k=2), T=1)
    assert left(client) == []


def test_repeated_ratings_are_settled_as_asked(client) -> None:
    users, items, values = [1, 2, 1, 2, 3], [1, 1, 1, 2, 2], [1.0, 2.0, 5.0, 3.0, 4.0]
    source = dd.from_pandas(pd.DataFrame({"user": users, "item": items, "rating": values}), npartitions=2, sort=False)
    for how in ("last", "mean"):
        fitted = cluster.fit(client, source, als.Config(k=2), T=2, duplicates=how)
        R = Ratings.from_arrays(users, items, values, duplicates=how)
        np.testing.assert_allclose(fitted.state.U, fit(als, R, als.Config(k=2), T=2).U, rtol=1e-9)


def test_columns_are_recognized_or_named(client, R) -> None:
    table = frame_of(R).rename(columns={"userId": "who", "movieId": "what", "rating": "how"})
    source = dd.from_pandas(table, npartitions=3, sort=False)
    with pytest.raises(DataError, match="the Dask DataFrame has 3 columns"):
        cluster.fit(client, source, als.Config(k=2), T=1)
    fitted = cluster.fit(client, source, als.Config(k=2), T=1, columns=("who", "what", "how"))
    assert fitted.state.U.shape == (R.M, 2)


def test_what_is_not_a_client_or_a_source_is_refused(client, R) -> None:
    with pytest.raises(TypeError, match="client is a"):
        cluster.fit(None, R, als.Config(), T=1)
    with pytest.raises(TypeError, match="not DataFrame"):
        cluster.fit(client, frame_of(R), als.Config(), T=1)
    with pytest.raises(ValueError, match="T counts sweeps"):
        cluster.fit(client, R, als.Config(), T=0)
    with pytest.raises(FileNotFoundError):
        cluster.fit(client, str(Path("no") / "such.parquet"), als.Config(), T=1)


def test_without_dask_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['dask'] = None; import mfcore.cluster"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert 'ImportError: mfcore.cluster needs Dask: pip install "dask[' in done.stderr


def test_no_warning_where_all_is_well(client, R) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cluster.fit(client, R, als.Config(k=2), T=1)
