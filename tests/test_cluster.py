"""On a cluster of two processes: the same numbers as on one machine, and nothing that grows or is left behind."""

import _thread
import subprocess
import sys
import threading
import tracemalloc
import warnings
from contextlib import closing
from itertools import islice
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("distributed")
from mfcore import LeastNormWarning, Ratings, als, cluster, fit, run
from mfcore.cluster import run as cluster_run
from tests import oracles
from tests.clusters import IN_TURN, JOINT, PLAIN, assert_same, frame_of, left, names_of_tasks, parquet_of
from tests.conftest import ROOT

TERMS = [PLAIN, IN_TURN, JOINT, {"joint": True, "weighted": True}, {"weighted": True}]


@pytest.fixture(scope="module")
def R() -> Ratings:
    return oracles.random_ratings(80, 30, 0.3, seed=3)[0]


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


def test_items_in_many_waves_are_the_same_items(client, R, monkeypatch) -> None:
    cfg = als.Config(k=4, lam=0.5)
    monkeypatch.setattr(cluster_run, "SUMS_BYTES", 1000)
    assert_same(cluster.fit(client, R, cfg, T=3).local(), fit(als, R, cfg, T=3))


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize(("count", "M"), [(1, 30), (3, 30), (5, 30), (5, 3), (4, 1)])
def test_however_many_shards_the_sums_go_up_their_tree_to_the_same_items(client, count, M, kernel) -> None:
    R, _ = oracles.random_ratings(40, M, 0.5, seed=5)
    cfg = als.Config(k=3, lam=0.5, kernel=kernel)
    with closing(cluster.steps(client, R, cfg, seed=1, count=count)) as sweeps:
        last = list(islice(sweeps, 3))[-1]
        assert_same(last.fitted().local(), fit(als, R, cfg, T=3, seed=1))


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


def test_pairs_are_predicted_where_their_users_are(client, R) -> None:
    cfg = als.Config(k=3, lam=0.5)
    fitted, s = cluster.fit(client, R, cfg, T=2), fit(als, R, cfg, T=2)
    i, j = np.arange(R.N)[::-1, None], np.array([0, R.M - 1, 4])
    np.testing.assert_allclose(fitted.predict(i, j), als.predict(s, i, j), rtol=1e-9)
    assert fitted.predict(R.N - 1, 0) == pytest.approx(als.predict(s, R.N - 1, 0), rel=1e-9)
    assert fitted.predict([], []).shape == (0,)
    for pair in ((R.N, 0), (0, R.M), (-1, 0), (0, -1)):
        with pytest.raises(IndexError, match=f"0 to {R.N - 1} for users and 0 to {R.M - 1} for items"):
            fitted.predict(*pair)


def test_the_files_are_read_by_the_workers_alone(client, R, tmp_path, monkeypatch) -> None:
    source = parquet_of(R, tmp_path / "ratings")

    def refuse(*given, **options):
        raise AssertionError("the client reads")

    pq = pytest.importorskip("pyarrow.parquet")
    monkeypatch.setattr(pq, "read_table", refuse)
    monkeypatch.setattr(pq.ParquetFile, "read", refuse)
    monkeypatch.setattr(pq.ParquetFile, "read_row_group", refuse)
    monkeypatch.setattr(pd, "read_parquet", refuse)
    fitted = cluster.fit(client, source, als.Config(k=3, lam=0.5), T=2, seed=1)
    order = np.argsort(fitted.user_ids.compute())
    np.testing.assert_allclose(fitted.local().W[order], fit(als, R, als.Config(k=3, lam=0.5), T=2, seed=1).W, rtol=1e-7)


def test_the_clients_memory_does_not_grow_with_the_ratings(client, tmp_path) -> None:
    """The most that Python and numpy hold here beside what was there, from the files to the second sweep."""
    peaks = []
    for density in (0.05, 0.2, 0.8):
        R, _ = oracles.random_ratings(2000, 150, density, seed=0)
        source = parquet_of(R, tmp_path / str(density))
        tracemalloc.start()
        with closing(cluster.steps(client, source, als.Config(k=4, joint=True))) as sweeps:
            assert len(list(islice(sweeps, 2))) == 2
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert R.n * 12 > 2e6, "the last table by itself is larger than what may be added"
    assert max(peaks[1:]) < peaks[0] + 5e5


def test_a_file_more_takes_little_of_the_clients_and_the_schedulers_memory(client, R, tmp_path) -> None:
    """What both remember of a file: how to read it again, and nothing for each shard that it goes to."""
    few, many, shards = 4, 28, 12
    peaks = []
    for files in (few, many):
        source = parquet_of(R, tmp_path / str(len(peaks)), files)
        tracemalloc.start()
        with closing(cluster.steps(client, source, als.Config(k=4, joint=True), count=shards)) as sweeps:
            next(sweeps)
        peaks.append(tracemalloc.get_traced_memory()[1])
        tracemalloc.stop()
    assert peaks[1] - peaks[0] < 6e4 * (many - few)


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


def test_an_interrupt_in_mid_sweep_leaves_nothing_and_the_cluster_goes_on(client, R, interruptible) -> None:
    big, _ = oracles.random_ratings(3000, 400, 0.2, seed=0)
    cfg = als.Config(k=40, kernel="numpy")
    sweeps = cluster.steps(client, big, cfg)
    seconds = next(sweeps).seconds
    threading.Timer(seconds / 3, _thread.interrupt_main).start()
    with pytest.raises(KeyboardInterrupt):
        list(islice(sweeps, 100))
    assert left(client) == []
    assert_same(cluster.fit(client, R, als.Config(k=3), T=2).local(), fit(als, R, als.Config(k=3), T=2))


def test_what_is_not_a_client_or_a_source_is_refused(client, R) -> None:
    with pytest.raises(TypeError, match="client is a"):
        cluster.fit(None, R, als.Config(), T=1)
    with pytest.raises(TypeError, match="not DataFrame"):
        cluster.fit(client, frame_of(R), als.Config(), T=1)
    with pytest.raises(ValueError, match="T counts sweeps"):
        cluster.fit(client, R, als.Config(), T=0)
    with pytest.raises(FileNotFoundError):
        cluster.fit(client, str(Path("no") / "such.parquet"), als.Config(), T=1)


def test_the_client_that_is_given_is_the_one_that_is_asked(client, R) -> None:
    """In a process of its own, which has no default client."""
    code = (
        "from distributed import Client; from mfcore import als, cluster, data\n"
        f"client = Client({client.scheduler.address!r}, set_as_default=False)\n"
        "R = data.load('tiny')[0]\n"
        "print(cluster.fit(client, R, als.Config(k=2), T=2).local().W.shape == (R.N, 2))"
    )
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert done.stdout.strip() == "True", done.stderr


def test_without_dask_it_says_what_to_install() -> None:
    code = "import sys; sys.modules['dask'] = None; import mfcore.cluster"
    done = subprocess.run([sys.executable, "-c", code], cwd=ROOT, capture_output=True, text=True)
    assert 'ImportError: mfcore.cluster needs Dask: pip install "dask[' in done.stderr


def test_no_warning_where_all_is_well(client, R) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        cluster.fit(client, R, als.Config(k=2), T=1)
