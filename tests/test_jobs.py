"""Long work: it goes on from run to run, stops at a press, keeps what was found, and says what stopped it."""

import threading
import time
from collections.abc import Iterator

import pytest
from streamlit.testing.v1 import AppTest

from mfapp import jobs
from tests.pages import press, text


def page() -> None:
    import streamlit as st

    from mfapp import jobs

    def work():
        for t in range(8):
            if st.session_state.get("breaks") == t:
                raise ValueError("λ is too small here")
            yield 10 * t

    def draw(found):
        st.markdown(f"found {list(found)}")

    key, start = st.session_state.get("asked", 0), st.session_state.get("words", "Begin")
    jobs.run("count", key, work, 8, lambda t: f"unit {t}", draw, start=start)


def opened(**session: object) -> AppTest:
    at = AppTest.from_function(page)
    for name, value in session.items():
        at.session_state[name] = value
    at.run()
    assert not at.exception
    return at


@pytest.fixture
def one_unit_a_batch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)


def labels(at: AppTest) -> list[str]:
    return [b.label for b in at.button]


def test_nothing_is_done_before_the_button_is_pressed_and_all_of_it_after() -> None:
    at = opened()
    assert (labels(at), text(at)) == (["Begin"], "found []")
    press(at, "Begin")
    assert (labels(at), text(at)) == ([], f"found {[10 * t for t in range(8)]}")


def test_the_last_unit_ends_the_generator_and_what_it_holds() -> None:
    ended = []

    def work() -> Iterator[int]:
        try:
            yield from range(10)
        finally:
            ended.append(True)

    job = jobs.Job("key", work(), 2, status="running")
    job.advance()
    assert not ended
    job.advance()
    assert (job.status, job.found, ended) == ("done", [0, 1], [True])


def test_without_words_for_a_button_it_starts_by_itself() -> None:
    assert text(opened(words="")) == f"found {[10 * t for t in range(8)]}"


@pytest.mark.usefixtures("one_unit_a_batch")
def test_a_batch_is_drawn_at_a_time_and_cancel_keeps_what_was_found() -> None:
    at = press(opened(), "Begin")
    done = text(at)
    assert done in ("found [0]", "found [0, 10]")
    assert at.run().markdown[0].value != done
    before = text(at)
    press(at, "Cancel")
    assert "Cancelled after" in text(at)
    assert before in text(at)
    assert before in text(at.run())  # nothing goes on by itself
    press(at, "Go on")
    assert labels(at) == ["Cancel"]
    assert len(text(at)) > len(before)
    for _ in range(8):
        at.run()
    assert (labels(at), text(at)) == ([], f"found {[10 * t for t in range(8)]}")


@pytest.mark.usefixtures("one_unit_a_batch")
def test_another_key_is_another_job() -> None:
    at = press(opened(), "Begin")
    at.session_state["asked"] = 1
    at.run()
    assert (labels(at), text(at)) == (["Begin"], "found []")


def test_what_stops_a_unit_is_said_and_the_rest_is_kept() -> None:
    at = press(opened(breaks=3), "Begin")
    assert at.error[0].value == "Stopped after 3 of 8: λ is too small here"
    assert text(at) == "found [0, 10, 20]"


def test_two_runs_of_the_page_never_do_a_unit_twice() -> None:
    inside, most = 0, 0

    def work() -> Iterator[int]:
        nonlocal inside, most
        for t in range(40):
            inside += 1
            most = max(most, inside)
            time.sleep(0.001)
            inside -= 1
            yield t

    job: jobs.Job[int] = jobs.Job("key", work(), 40, status="running")

    def all_of_it() -> None:
        while job.status == "running":
            job.advance()

    threads = [threading.Thread(target=all_of_it) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(10)
    assert (job.found, most, job.status) == (list(range(40)), 1, "done")


def test_a_cancelled_job_does_no_more() -> None:
    job: jobs.Job[int] = jobs.Job("key", iter(range(3)), 3, status="running")
    job.advance()
    job.status = "cancelled"
    job.advance()
    assert job.found == [0]


@pytest.mark.usefixtures("one_unit_a_batch")
def test_one_visitor_s_unit_waits_for_another_s_and_says_so(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "WAIT", 0.02)
    begun, go, server = threading.Event(), threading.Event(), jobs._server()

    class Watched:
        """The server, which lets the other visitor's unit end once somebody has waited for it."""

        release = staticmethod(server.release)

        def acquire(self, timeout: float) -> bool:
            free = server.acquire(timeout=timeout)
            if not free:
                go.set()
            return free

    def long() -> Iterator[int]:
        begun.set()
        assert go.wait(30)
        yield 0

    monkeypatch.setattr(jobs, "_server", Watched)
    other: jobs.Job[int] = jobs.Job("another's", long(), 1, status="running")
    visitor = threading.Thread(target=jobs._advance, args=(other, str))
    visitor.start()
    assert begun.wait(30)
    at = opened(words="")
    go.set()
    visitor.join(30)
    assert other.found == [0]
    assert at.get("progress")[0].proto.text == "1 of 8 · unit 0 · waiting for another visitor's"
    assert text(at) == "found [0]"
    assert "waiting" not in at.run().get("progress")[0].proto.text, "nobody else is there any more"
