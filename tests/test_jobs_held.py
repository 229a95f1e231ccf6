"""Work that holds more than memory: what it holds goes when it is cancelled or left, and it goes on with more of it."""

import threading
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from mfapp.job import Job
from tests.pages import press, text
from tests.test_jobs import labels, one_unit_a_batch

__all__ = ["one_unit_a_batch"]  # a fixture


def page() -> None:
    import streamlit as st

    from mfapp import jobs, state

    now = st.session_state  # what begins with own_ outlasts a page
    held = now.setdefault("own_held", [])

    def work(done=0):
        held.append(done)
        try:
            for t in range(done, 8):
                if now.get("own_breaks") == t:
                    raise ValueError("gone")
                yield 10 * t
        finally:
            held.remove(done)

    def draw(found):
        st.markdown(f"found {list(found)}")

    state.enter(now.get("own_page", "first"))
    jobs.begin()
    if now.get("own_view", True):
        jobs.run("held", now.get("own_key", 0), work, 8, str, draw, start="Begin", resume=work)
    if now.get("own_other", True):
        jobs.run("other", 0, lambda: iter(range(8)), 8, str, lambda found: None, start="Begin another")
    jobs.leave()


@pytest.fixture
def running(one_unit_a_batch: None) -> AppTest:
    """A page on which a unit or two are done and something is held."""
    at = AppTest.from_function(page).run()
    assert at.session_state["own_held"] == []
    press(at, "Begin")
    assert at.session_state["own_held"] == [0]
    return at


def count(at: AppTest) -> int:
    return len(at.session_state["_jobs"]["held"].found)


def test_cancelled_it_holds_nothing_and_goes_on_after_what_was_found(running) -> None:
    press(running, "Cancel")
    found = count(running)
    assert running.session_state["own_held"] == []
    assert 0 < found < 7
    press(running, "Go on")
    assert running.session_state["own_held"] == [found]
    while "Cancel" in labels(running):
        running.run()
    assert text(running) == f"found {[10 * t for t in range(8)]}"
    assert running.session_state["own_held"] == []


def test_a_view_that_is_left_holds_nothing_and_waits_for_a_press(running) -> None:
    running.session_state["own_view"] = False
    running.run()
    assert running.session_state["own_held"] == []
    running.session_state["own_view"] = True
    running.run()
    assert running.session_state["own_held"] == []
    assert "what was found is kept" in text(running)
    assert labels(running) == ["Go on", "Begin another"]


@pytest.mark.parametrize("change", [{"page": "second"}, {"page": "second", "view": False}, {"key": 1}])
def test_another_page_or_another_key_holds_nothing(running, change) -> None:
    for name, value in change.items():
        running.session_state[f"own_{name}"] = value
    running.run()
    assert not running.exception
    assert running.session_state["own_held"] == []


def test_what_stops_it_lets_go_and_it_is_tried_again_from_there(one_unit_a_batch) -> None:
    at = AppTest.from_function(page)
    at.session_state["own_breaks"] = 3
    press(at.run(), "Begin")
    while "Cancel" in labels(at):
        at.run()
    assert at.error[0].value == "Stopped after 3 of 8: gone"
    assert at.session_state["own_held"] == []
    at.session_state["own_breaks"] = None
    press(at, "Try again")
    assert at.session_state["own_held"] == [3]
    while "Cancel" in labels(at):
        at.run()
    assert (text(at), len(at.error)) == (f"found {[10 * t for t in range(8)]}", 0)


@pytest.mark.parametrize("holds", [True, False])
def test_a_press_in_the_midst_of_a_unit_ends_after_it_only_what_holds_something(holds) -> None:
    begun, go, ended = threading.Event(), threading.Event(), []

    def work(done: int = 0) -> Iterator[int]:
        try:
            for t in range(done, 3):
                if not t:
                    begun.set()
                    assert go.wait(30)
                yield t
        finally:
            ended.append(done)

    job: Job[int] = Job("key", work(), 3, work if holds else None, status="running")
    unit = threading.Thread(target=job.advance)
    unit.start()
    assert begun.wait(30)
    job.cancel()
    assert ended == []
    go.set()
    unit.join(30)
    assert (job.found, job.status, ended) == ([0], "cancelled", [0] if holds else [])
    job.go_on(work)
    while job.status == "running":
        job.advance()
    assert job.found == [0, 1, 2], "and what was cancelled goes on as if it had not been"


def test_what_fails_while_it_is_let_go_of_is_nobody_s_matter() -> None:
    def work(done: int = 0) -> Iterator[int]:
        try:
            yield from range(done, 3)
        finally:
            raise ValueError("the workers did not answer")

    job: Job[int] = Job("key", work(), 3, work, status="running")
    job.advance()
    job.cancel()
    assert (job.found, job.status, job.failed) == ([0], "cancelled", "")


def test_jobs_that_hold_nothing_are_not_ended_by_leaving(running) -> None:
    press(running, "Begin another")
    running.session_state["own_other"] = False
    running.run()
    running.session_state["own_other"] = True
    running.run()
    job = running.session_state["_jobs"]["other"]
    assert job.status in ("running", "done")
