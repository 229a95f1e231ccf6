"""AutoRec's table: ratios of invented epochs, a runner that runs, a choice that never sees a test rating."""

import argparse
import zipfile
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from benchmarks import autorec as bench
from benchmarks import generate, peers, real
from benchmarks.accuracy import clipped_rmse
from benchmarks.peers import Failed, Fit
from mfcore import autorec, data, fit

SIZE = generate.Size(60, 40, 1_000)


@pytest.fixture
def given(tmp_path, monkeypatch) -> argparse.Namespace:
    monkeypatch.setattr(real, "ensure", lambda folder, size: (generate.ensure(tmp_path, SIZE), "generated"))
    return argparse.Namespace(data=tmp_path, size="20m", rounds=3, threads=1, timeout=120.0, envs=tmp_path)


def test_the_ratio_is_of_the_median_epochs(given, monkeypatch) -> None:
    seconds = {"ours": iter([1, 2, 9]), "torch": iter([20, 10, 40])}
    names = {runner: name for name, runner in bench.RUNNERS.items()}

    def run(runner, *args, **kwargs) -> Fit:
        return Fit([0.0, float(next(seconds[names[runner]]))], 40.0, 0.1, {}, "")

    monkeypatch.setattr(peers, "fit", run)
    rows = [line for line in bench.times(given) if line.startswith(("| mfcore", "| PyTorch"))]
    assert [[float(cell) for cell in row.split("|")[2:5]] for row in rows] == [[2, 0.1, 0.1], [20, 1, 0.1]]


def test_of_a_long_epoch_a_stated_number_of_batches_is_timed(given, monkeypatch) -> None:
    asked = []

    def run(runner, *args, **kwargs) -> Failed:
        asked.append(kwargs["batches"])
        return Failed("not here")

    monkeypatch.setattr(peers, "fit", run)
    monkeypatch.setattr(bench, "BATCH", 2)
    said = "\n".join(bench.times(given))
    assert set(asked) == {bench.SAMPLE}
    assert f"{bench.SAMPLE} of its batches, times {20 / bench.SAMPLE:g}." in said
    assert said.count("not here") == 2


def test_our_runner_reports_its_epochs(given) -> None:
    folder = generate.ensure(given.data, SIZE)
    arguments = {"data": str(folder), "k": 2, "batch": 16, "rate": 0.001, "batches": 0, "sweeps": 2}
    found = partial(peers.fit, envs=given.envs, threads=1, timeout=120.0, **arguments)(bench.RUNNERS["ours"])
    assert isinstance(found, Fit)
    assert len(found.ends) == 3
    assert found.ends == sorted(found.ends)
    assert bench.epoch(found) == pytest.approx(np.median(np.diff(found.ends)))


def test_settings_and_epochs_are_those_best_on_held_out_training_ratings(monkeypatch) -> None:
    monkeypatch.setattr(bench, "EPOCHS", 6)
    train = data.load("planted")[0]
    among = [autorec.Config(5, lam=lam, by="items", dtype="float32") for lam in (1.0, 1e4)]
    chosen = bench.choose(train, among)
    inside, held_out = train.split(0.1, seed=0)
    scores = {
        (cfg.lam, T): clipped_rmse(fit(autorec, inside, cfg, T), inside, held_out) for cfg in among for T in range(7)
    }
    assert scores[chosen.cfg.lam, chosen.T] == chosen.rmse == min(scores.values())


def test_accuracy_has_a_row_a_split_and_their_mean(monkeypatch) -> None:
    few = [replace(bench.candidates()[0], hidden=4)]
    monkeypatch.setattr(bench, "candidates", lambda: few)
    monkeypatch.setattr(bench, "EPOCHS", 3)
    monkeypatch.setattr(data, "official_splits", lambda path: data.load("planted")[0].folds(3))
    rows = [line for line in bench.accuracy(real.MOVIELENS) if line.startswith(("| u", "| mean"))]
    scores = [float(row.split("|")[-2].strip(" *")) for row in rows]
    assert len(rows) == 4
    assert scores[3] == pytest.approx(np.mean(scores[:3]), abs=1e-4)


def test_the_published_number_is_measured_where_its_ratings_are(tmp_path, monkeypatch) -> None:
    there = tmp_path / "ml-1m.zip"
    assert "nothing is claimed" in " ".join(bench.published(there))
    R = data.load("planted")[0]
    lines = [f"{u + 1}::{v + 1}::{r:g}::0" for u, v, r in zip(R.i, R.j, R.r, strict=True)]
    with zipfile.ZipFile(there, "w") as z:
        z.writestr("ml-1m/ratings.dat", "\n".join(lines))
    few = [replace(bench.candidates([4])[0], lam=lam) for lam in (1.0, 1e4)]
    monkeypatch.setattr(bench, "candidates", lambda widths: few)
    monkeypatch.setattr(bench, "EPOCHS", 3)
    said = list(bench.published(there))
    scores = [float(row.split("|")[2].strip(" *")) for row in said if row.startswith(("| 0", "| 1", "| 2", "| mean"))]
    train, test = R.split(0.1, 0)
    chosen = bench.choose(train, few)
    assert scores[0] == pytest.approx(clipped_rmse(fit(autorec, train, chosen.cfg, chosen.T), train, test), abs=1e-4)
    assert scores[3] == pytest.approx(np.mean(scores[:3]), abs=1e-4)
    assert f"{R.n:,} ratings" in said[0]
