"""Settings are chosen by what they do on held-out training ratings; on real films they beat the baselines."""

from itertools import islice
from pathlib import Path

import numpy as np
import pytest

from benchmarks import accuracy
from benchmarks.picture import LOOKS, figure
from benchmarks.turns import RUNNERS
from mfcore import Ratings, als, data, metrics
from mfview import style
from tests.conftest import ROOT
from tests.oracles import observed, random_ratings


def test_biases_alone_are_their_equations_in_turn() -> None:
    R, _ = random_ratings(30, 20, 0.4, seed=3)
    lam, b, c = 2.0, np.zeros(R.N), np.zeros(R.M)
    cfg = als.Config(k=1, lam=lam, joint=True)
    for s in islice(accuracy.biases_alone(R, cfg), 1, 4):
        ratings = observed(R)
        for i in range(R.N):
            missed = [r - c[j] - R.mu for (a, j), r in ratings.items() if a == i]
            b[i] = sum(missed) / (len(missed) + lam)
        for j in range(R.M):
            missed = [r - b[i] - R.mu for (i, q), r in ratings.items() if q == j]
            c[j] = sum(missed) / (len(missed) + lam)
        assert s.b == pytest.approx(b)
        assert s.c == pytest.approx(c)
        assert not s.W.any()
        assert not s.U.any()


def test_the_choice_is_the_best_candidate_and_sweep_of_the_inner_split() -> None:
    R = data.load("planted", N=120, M=60, seed=1)[0]
    candidates = [als.Config(k=2, lam=lam, joint=True) for lam in (0.01, 3.0, 1e5)]
    inside, held_out = R.split(accuracy.INNER, seed=0)
    every = {
        (cfg, s.t): accuracy.clipped_rmse(s, inside, held_out)
        for cfg in candidates
        for s in islice(accuracy.sweeps(inside, cfg), accuracy.SWEEPS + 1)
    }
    chosen = accuracy.choose(R, candidates)
    assert chosen.rmse == min(every.values())
    assert every[chosen.cfg, chosen.T] == chosen.rmse
    assert chosen.cfg.lam == 3.0, "neither none nor one that leaves μ alone"


def test_predictions_are_held_within_the_scale_of_training() -> None:
    train = Ratings.from_arrays([0, 1], [0, 1], [1.0, 5.0])
    test = Ratings.from_arrays([0, 1], [1, 0], [5.0, 1.0])
    s = als.State(0, np.array([[9.0], [-9.0]]), np.array([[1.0], [1.0]]), np.zeros(2), np.zeros(2), 3.0)
    assert accuracy.clipped_rmse(s, train, test) == 0
    assert metrics.rmse(als.predict(s, test.i, test.j), test.r) == 7


def test_als_beats_the_baselines_on_all_official_splits(real_data: Path) -> None:
    """Settings from the training part of u1 alone; the other splits are fitted with the same."""
    splits = list(data.official_splits(real_data / "ml-100k.zip"))
    few = [als.Config(k=k, lam=lam, joint=True, dtype="float32") for k in (3, 5) for lam in (6, 10)]
    alone = [als.Config(k=1, lam=lam, joint=True, dtype="float32") for lam in (3, 6)]
    chosen, plain = accuracy.choose(splits[0][0], few), accuracy.choose(splits[0][0], alone, accuracy.biases_alone)
    for train, test in splits:
        model = accuracy.scored(train, test, chosen)
        biases = accuracy.scored(train, test, plain, accuracy.biases_alone)
        totals = np.bincount(train.j, train.r - train.mu, train.M)
        films = train.mu + totals / np.maximum(train.items_counts, 1)
        assert model + 0.02 < biases < metrics.rmse(films[test.j], test.r) - 0.05


def listed() -> list[tuple[accuracy.Choice, float]]:
    """What README.md lists for u1 to u5: the settings chosen, and the test RMSE they came to."""
    block = (ROOT / "README.md").read_text(encoding="utf-8").split("<!-- accuracy -->")[1].split("<!-- end -->")[0]
    head, _, *rows = [line.strip("| ").split(" | ") for line in block.splitlines() if line.startswith("|")]
    found = []
    for row in rows[:5]:
        said = dict(zip(head, row, strict=True))
        cfg = als.Config(
            k=int(said["k"]),
            lam=float(said["λ"]),
            joint=True,
            weighted=said["penalty"] == "per rating",
            dtype="float32",
        )
        choice = accuracy.Choice(cfg, int(said["sweeps"]), float(said["RMSE in training, held out"]))
        found.append((choice, float(said["test RMSE"])))
    return found


def test_the_mean_of_the_official_splits_is_within_what_was_promised_and_as_listed(real_data: Path) -> None:
    scores = []
    splits = data.official_splits(real_data / "ml-100k.zip")
    for (train, test), (choice, said) in zip(splits, listed(), strict=True):
        assert choice.cfg in accuracy.grid()
        scores.append(accuracy.scored(train, test, choice))
        assert scores[-1] == pytest.approx(said, abs=5e-4)
    assert np.mean(scores) <= 0.919


def test_the_picture_draws_every_curve_in_its_panel() -> None:
    curves = {name: [[t + 1.0, 0.9 - 0.01 * t - 0.001 * n] for t in range(5)] for n, name in enumerate(LOOKS)}
    few = {"numba": [[0.5, 0.85], [1.0, 0.8]]}
    fig = figure([{"k": 10, "curves": curves}, {"k": 50, "curves": few}])
    drawn = {(trace.name, trace.xaxis): list(zip(trace.x, trace.y, strict=True)) for trace in fig.data}
    expected = {(RUNNERS[name].title, "x"): [tuple(p) for p in curve] for name, curve in curves.items()}
    assert drawn == expected | {(RUNNERS["numba"].title, "x2"): [(0.5, 0.85), (1.0, 0.8)]}
    assert sum(trace.showlegend for trace in fig.data) == len(LOOKS), "each library once in the legend"
    assert fig.layout.xaxis.type == fig.layout.xaxis2.type == "log"
    assert fig.layout.yaxis.range[0] < 0.8 < fig.layout.yaxis.range[1]
    assert fig.layout.yaxis2.matches == "y"
    assert "RMSE" in style.alt_of(fig)
    assert set(LOOKS) == set(RUNNERS) - {"implicit"}, "another objective has no RMSE to draw"
