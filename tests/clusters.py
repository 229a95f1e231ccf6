"""What the tests of the cluster share: ratings as a table, equality of States, and what is left on the scheduler."""

import gc
import time
from pathlib import Path

import distributed
import numpy as np
import pandas as pd
import pytest

from mfcore import Ratings, als

PLAIN: dict[str, bool] = {"biases": False}
IN_TURN: dict[str, bool] = {}
JOINT: dict[str, bool] = {"joint": True}


def frame_of(R: Ratings, seed: int = 0) -> pd.DataFrame:
    """The ratings as a table in random order, with ids of its own kind on either side."""
    order = np.random.default_rng(seed).permutation(R.n)
    users, films = R.user_ids[R.i] * 7 + 3, np.array([f"film {j}" for j in R.item_ids])[R.j]
    return pd.DataFrame({"userId": users, "movieId": films, "rating": R.r}).iloc[order].reset_index(drop=True)


def parquet_of(R: Ratings, folder: Path, files: int = 4) -> str:
    """R's triples in so many files, every user in each of them."""
    folder.mkdir()
    for p in range(files):
        s = slice(p, None, files)
        table = pd.DataFrame({"userId": R.user_ids[R.i[s]], "movieId": R.item_ids[R.j[s]], "rating": R.r[s]})
        table.to_parquet(folder / f"{p}.parquet")
    return str(folder)


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
