"""The table of decompositions: a row a fit, less memory than the cells would take, errors that are the fits' own."""

import pytest

from benchmarks import generate, svd
from benchmarks.measure import clipped_rmse, load
from mfcore import Ratings, fit, impute


def test_the_table_says_what_the_fits_do(tmp_path) -> None:
    folder = generate.ensure(tmp_path, generate.Size(900, 700, 12_000))
    said = svd.table(folder, k=3, sweeps=4, rounds=1)
    rows = {line.split("|")[1].strip(): line.split("|")[2:5] for line in said.splitlines() if line.startswith("| ")}
    del rows["fit"]
    train = Ratings.from_arrays(*load(str(folder)))
    i, j, r = load(str(folder), "test_")
    i, j = train.user_ids.searchsorted(i), train.item_ids.searchsorted(j)
    s = fit(impute, train, impute.Config(k=3, lam=svd.LAM), 4)
    assert float(rows["soft-impute, 4 sweeps"][2]) == pytest.approx(clipped_rmse(impute.predict(s, i, j), r), abs=1e-4)
    dense = train.N * train.M * 8 / 2**20
    assert f"would take {dense:.0f} MiB" in said
    assert all(float(seconds) >= 0 and float(memory) < dense for seconds, memory, _ in rows.values())
