"""What the app keeps for all visitors: trained runs, the latest first, within a bound."""

from collections.abc import Iterator
from itertools import islice
from typing import Any

import numpy as np
import pytest
import streamlit as st
from streamlit.testing.v1 import AppTest

from mfapp import runs
from mfapp.runs import Trajectory, _Kept
from mfcore import als, data, fit, kernels, steps, trace
from tests.pages import press, text


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


def page() -> None:
    import streamlit as st

    from mfapp import runs
    from mfcore import als

    st.markdown("above")
    given = runs.dataset("tiny"), als.Config(k=2, lam=0.7), 6, st.session_state["seed"]
    if "all" in st.session_state:
        st.markdown(f"on all: {runs.fitted(*given).W.tolist()}")
        return
    run = runs.trajectory(*given)
    st.markdown(f"{len(run.states)} states, {[point.J for point in run.points]}")


def opened(seed: int) -> AppTest:
    at = AppTest.from_function(page)
    at.session_state["seed"] = seed
    at.run()
    assert not at.exception
    return at


def test_a_run_is_cancelled_where_it_is_and_gone_on_with_to_the_same_end(monkeypatch: pytest.MonkeyPatch) -> None:
    made = []

    def pressed(*given: Any) -> Iterator[Any]:
        """`trace`, with a press on Cancel in the midst of its third sweep."""
        for point, s in trace(*given):
            made.append(point)
            if (point.t, point.block) == (3, "update_b"):
                next(job for name, job in st.session_state["_jobs"].items() if name.startswith("training")).cancel()
            yield point, s

    monkeypatch.setattr(runs, "trace", pressed)
    at = opened(seed=301)
    assert "Cancelled after sweep 3 of 6; what was found is kept." in text(at)
    assert [b.label for b in at.button] == ["Go on"]
    assert "above" in text(at)
    assert "states" not in text(at)
    assert (made[-1].t, made[-1].block) == (3, "update_b")
    press(at, "Go on")
    ds = runs.dataset("tiny")
    found = list(trace(als, *ds.R.split(0.1, 301), als.Config(k=2, lam=0.7), 6, 301))
    assert f"7 states, {[point.J for point, _ in found]}" in text(at)
    assert len(made) == len(found), "nothing was computed twice"
    assert not at.button


def test_a_fit_to_all_ratings_is_cancelled_and_gone_on_with_as_well(monkeypatch: pytest.MonkeyPatch) -> None:
    def pressed(*given: Any) -> Iterator[Any]:
        for s in steps(*given):
            if s.t == 4:
                next(job for name, job in st.session_state["_jobs"].items() if name.startswith("training")).cancel()
            yield s

    monkeypatch.setattr(runs, "steps", pressed)
    at = AppTest.from_function(page)
    at.session_state["all"], at.session_state["seed"] = True, 306
    at.run()
    assert "Cancelled after sweep 4 of 6; what was found is kept." in text(at)
    assert "on all" not in text(at)
    press(at, "Go on")
    alone = fit(als, runs.dataset("tiny").R, als.Config(k=2, lam=0.7), 6, 306)
    assert f"on all: {alone.W.tolist()}" in text(at)


def test_a_run_that_takes_longer_shows_how_far_it_is_and_can_be_cancelled(monkeypatch: pytest.MonkeyPatch) -> None:
    seen = []

    def watched(*given: Any) -> Iterator[Any]:
        for point, s in islice(trace(*given), 9):
            seen.append(point)
            yield point, s
        raise ArithmeticError("too large")

    monkeypatch.setattr(runs, "trace", watched)
    shown = []
    bar, button = st.progress, st.button
    monkeypatch.setattr(st, "progress", lambda *given, **options: shown.append("bar") or bar(*given, **options))
    monkeypatch.setattr(st, "button", lambda words, **options: shown.append(words) or button(words, **options))
    for soon, expected in ((600, ["Try again"]), (-1, ["bar", "Cancel", "Try again"])):
        monkeypatch.setattr(runs, "SOON", soon)
        at = opened(seed=302)
        assert shown == expected
        assert at.error[0].value == "Stopped after sweep 2 of 6: too large"
        shown.clear()


def two() -> None:
    import streamlit as st

    from mfapp import runs
    from mfcore import als

    lengths = [
        len(runs.trajectory(runs.dataset("tiny"), als.Config(k=k), 3, st.session_state["seed"]).states) for k in (1, 2)
    ]
    st.markdown(f"{lengths}, {len(st.session_state['_jobs'])} jobs")


def test_a_page_has_several_long_runs_made_and_keeps_no_job_of_them(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(runs, "SOON", -1)
    at = AppTest.from_function(two)
    at.session_state["seed"] = 303
    at.run()
    assert not at.exception
    assert text(at) == "[4, 4], 0 jobs"
    at = opened(seed=304)
    at.session_state["_jobs"] = {"training of before": None, "count": None}
    at.session_state["seed"] = 305
    at.run()
    assert [*at.session_state["_jobs"]] == ["count"]
