"""The table of descents: steps chosen on held-out ratings, ratios of invented fits, a runner that runs."""

import argparse
from functools import partial

import pytest

from benchmarks import choose, generate, peers, real, sgd
from benchmarks.peers import Failed, Fit
from mfcore import data

SIZE = generate.Size(60, 40, 1_000)


@pytest.fixture
def given(tmp_path, monkeypatch) -> argparse.Namespace:
    monkeypatch.setattr(real, "ensure", lambda folder, size: (generate.ensure(tmp_path, SIZE), "generated"))
    return argparse.Namespace(
        data=tmp_path, size="20m", rounds=3, k=3, lam=None, threads=1, timeout=120.0, envs=tmp_path, sweeps=10
    )


def invented(runner, *args, data, sweeps, rate, decay, **kwargs) -> Fit:
    """Best at a rate of .04. cornac: 2 s an epoch after 5; ours .5 after 3, each shown."""
    ours = not runner.packages
    start, each = (3.0, 0.5) if ours else (5.0, 2.0)
    ends = [start + each * (t + 1) for t in range(sweeps)]
    error = 0.7 + abs(rate - 0.04) + ours * 0.001
    return Fit(ends if ours else [], ends[-1], 0.5, {sweeps: error}, "9.9" if runner.packages else "")


def test_steps_are_chosen_held_out_and_ratios_are_of_epochs_and_of_whole_fits(given, monkeypatch) -> None:
    seen = []

    def fit(runner, *args, **asked) -> Fit:
        seen.append((asked["data"].endswith("-validation"), asked["rate"]))
        return invented(runner, *args, **asked)

    monkeypatch.setattr(peers, "fit", fit)
    *_, default, chosen, ours = ([cell.strip() for cell in line.split("|")[2:-1]] for line in sgd.beside(given))
    assert default == ["0.01", "0", "2", "1.00", "25.0", "1.00", "0.50", "0.7300"]
    assert chosen == ["0.04", "0", "2", "1.00", "25.0", "1.00", "0.50", "0.7000"]
    assert ours == ["0.04", "0.3", "0.5", "0.25", "8.0", "0.32", "0.50", "0.7010"]
    assert {rate for held_out, rate in seen if not held_out} == {0.01, 0.04}
    assert choose.ensure(generate.ensure(given.data, SIZE)).name.endswith("-validation")


def test_a_library_that_fails_is_a_row_with_its_reason_and_steps_that_diverge_are_not_chosen(
    given, monkeypatch
) -> None:
    def fit(runner, *args, **asked) -> Fit | Failed:
        if runner.packages and asked["rate"] == 0.01:
            return Failed("no compiler")
        fit = invented(runner, *args, **asked)
        return fit._replace(rmse={10: float("nan")}) if asked["rate"] == 0.04 else fit

    monkeypatch.setattr(peers, "fit", fit)
    *_, default, chosen, ours = sgd.beside(given)
    assert "no compiler" in default
    assert "| 0.02 |" in chosen
    assert "| 0.05 |" in ours


def test_our_runner_reports_its_epochs_and_learns(given) -> None:
    folder = generate.ensure(given.data, SIZE)
    run = partial(peers.fit, envs=given.envs, threads=1, timeout=120.0, data=str(folder), k=2, lam=0.05)
    found = run(sgd.OURS._replace(form="numpy"), sweeps=5, rate=0.02, decay=0.1, look=True)
    assert isinstance(found, Fit)
    assert len(found.ends) == 5
    assert found.ends == sorted(found.ends)
    assert found.rmse[5] < found.rmse[1]


def test_on_movielens_small_every_optimizer_has_a_row(monkeypatch) -> None:
    planted = data.load("planted")
    monkeypatch.setattr(data, "load", lambda name: planted)
    about, _, _, _, *rows = sgd.small(1)
    assert "k = 5" in about
    assert [row.split("|")[1].strip() for row in rows] == ["sgd", "momentum", "adam"]
    assert all(float(cell) >= 0 for row in rows for cell in row.split("|")[2:-1])
