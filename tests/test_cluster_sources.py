"""On a cluster of two processes: ratings from every source, of every size, and those that are refused."""

from contextlib import closing
from itertools import islice

import numpy as np
import pandas as pd
import pytest

pytest.importorskip("distributed")
import dask
from dask import dataframe as dd

from mfcore import DataError, Ratings, als, cluster, fit
from tests import oracles
from tests.clusters import IN_TURN, JOINT, PLAIN, assert_same, frame_of, left, names_of_tasks


@pytest.fixture(scope="module")
def R() -> Ratings:
    return oracles.random_ratings(80, 30, 0.3, seed=3)[0]


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
    with dask.config.set({"dataframe.convert-string": False}):
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
