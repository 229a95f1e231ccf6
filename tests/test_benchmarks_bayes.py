"""The table of Gibbs sampling: ratios of invented fits, runners that run, accuracy on splits of our own."""

import argparse
from functools import partial

import numpy as np
import pytest

from benchmarks import bayes, generate, peers, real
from benchmarks.peers import Failed, Fit
from mfcore import bpmf, data

SIZE = generate.Size(60, 40, 1_000)


@pytest.fixture
def given(tmp_path, monkeypatch) -> argparse.Namespace:
    monkeypatch.setattr(real, "ensure", lambda folder, size: (generate.ensure(tmp_path, SIZE), "generated"))
    return argparse.Namespace(
        data=tmp_path, size="20m", rounds=3, k=3, threads=1, timeout=120.0, envs=tmp_path, sweeps=3
    )


def test_the_ratios_are_of_the_median_sweeps(given, monkeypatch) -> None:
    seconds = {"ALS": iter([1, 2, 9]), "Gibbs": iter([3, 3, 3]), "smurff": iter([30, 10, 20])}
    names = {runner: name for name, runner in bayes.RUNNERS.items()}

    def fit(runner, *args, **kwargs) -> Fit:
        each = next(seconds[names[runner]])
        return Fit([5.0, 5.0 + each, 5.0 + 2 * each], 40.0, 0.1, {}, "")

    monkeypatch.setattr(peers, "fit", fit)
    rows = [line for line in bayes.times(given) if line.startswith(("| mfcore", "| SMURFF"))]
    cells = [[float(cell) for cell in row.split("|")[2:5]] for row in rows]
    assert cells == [[2, 1, 0.1], [3, 1.5, 0.15], [20, 10, 1]]


def test_a_library_that_fails_is_a_row_with_its_reason(given, monkeypatch) -> None:
    monkeypatch.setattr(peers, "fit", lambda runner, *a, **k: Failed("no compiler") if runner.packages else FIT)
    *_, last = bayes.times(given)
    assert "no compiler" in last


FIT = Fit([1.0, 2.0, 3.0], 3.0, 0.1, {}, "")


def test_our_runner_reports_its_sweeps(given) -> None:
    folder = generate.ensure(given.data, SIZE)
    run = partial(peers.fit, envs=given.envs, threads=1, timeout=120.0, data=str(folder), k=2, lam=0.1, sweeps=3)
    found = run(bayes.RUNNERS["Gibbs"]._replace(form="numpy"))
    assert isinstance(found, Fit)
    assert len(found.ends) == 3
    assert found.ends == sorted(found.ends)


def test_accuracy_has_a_row_a_split_and_their_mean(monkeypatch) -> None:
    monkeypatch.setattr(bayes, "SETTINGS", bpmf.Config(k=2))
    monkeypatch.setattr(bayes, "DRAWS", 5)
    monkeypatch.setattr(data, "official_splits", lambda path: data.load("planted")[0].folds(3))
    rows = [line for line in bayes.accuracy(real.MOVIELENS) if line.startswith(("| u", "| mean"))]
    numbers = np.array([[float(cell.strip(" %")) for cell in row.split("|")[2:-1]] for row in rows])
    assert len(rows) == 4
    np.testing.assert_allclose(numbers[3], numbers[:3].mean(axis=0), atol=0.11)
    assert (np.diff(numbers[:, 2:]) > 0).all()
