"""What the app keeps for all visitors: trained runs, the latest first, within a bound."""

import numpy as np
import pytest

from mfapp import runs
from mfapp.runs import Trajectory, _Kept
from mfcore import als, data, kernels


def run_of(numbers: int) -> Trajectory:
    return Trajectory((), (als.State(0, np.zeros((numbers, 1)), np.zeros((0, 1)), np.zeros(0), np.zeros(0), 0.0),))


def test_the_least_recently_used_runs_make_room() -> None:
    kept = _Kept(most_bytes=8 * 100)
    for name in "abc":
        kept.put(name, run_of(40))
        kept.get("a")
    assert kept.get("b") is None
    assert kept.get("a") is not None
    assert kept.get("c") is not None


def test_a_run_larger_than_the_room_is_kept_alone() -> None:
    kept = _Kept(most_bytes=8 * 100)
    kept.put("small", run_of(1))
    large = kept.put("large", run_of(1000))
    assert kept.get("large") is large
    assert large.nbytes == 8000
    assert kept.get("small") is None


def test_what_is_read_while_the_server_warms_up_is_not_read_again(monkeypatch: pytest.MonkeyPatch) -> None:
    read, load = [], data.load
    monkeypatch.setattr(data, "load", lambda name: read.append(name) or load(name))
    monkeypatch.setattr(kernels, "warm", lambda: None)
    monkeypatch.setattr(kernels, "available", lambda: False)
    for kept in (runs.warm, runs.dataset, runs._loaded):
        kept.clear()
    runs.warm().join()
    assert runs.dataset("ml-small").R.n == 100_004
    assert read == ["ml-small"]
