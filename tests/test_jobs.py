"""Long work: it goes on from run to run, stops at a press, keeps what was found, and says what stopped it."""

import threading
import time
from collections.abc import Iterator
from dataclasses import dataclass

import pytest
from streamlit.testing.v1 import AppTest

from mfapp import jobs, pmf_learnt
from mfapp.job import Job
from mfcore import growth, rivals
from mfview import posterior, precomputed
from tests.pages import cancelled, drawn, finished, open_page, press, text


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

    job = Job("key", work(), 2, status="running")
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
    assert labels(at) == ["Try again"]


def test_what_stopped_is_tried_again_from_the_start() -> None:
    at = press(opened(breaks=3), "Begin")
    at.session_state["breaks"] = 5
    press(at, "Try again")
    assert at.error[0].value == "Stopped after 5 of 8: λ is too small here"
    assert text(at) == "found [0, 10, 20, 30, 40]"
    at.session_state["breaks"] = None
    press(at, "Try again")
    assert (labels(at), text(at), len(at.error)) == ([], f"found {[10 * t for t in range(8)]}", 0)


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

    job: Job[int] = Job("key", work(), 40, status="running")

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
    job: Job[int] = Job("key", iter(range(3)), 3, status="running")
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
    other: Job[int] = Job("another's", long(), 1, status="running")
    visitor = threading.Thread(target=jobs._advance, args=(other, str))
    visitor.start()
    assert begun.wait(30)
    at = opened(words="")
    go.set()
    visitor.join(30)
    assert other.found == [0]
    assert at.get("progress")[0].proto.text == "1 of 8 · unit 0 · waiting for another visitor's job"
    assert text(at) == "found [0]"
    assert "waiting" not in at.run().get("progress")[0].proto.text, "nobody else is there any more"


@dataclass
class Long:
    """A job of chapters 6 to 8: on which page and view, what starts it, its units, and a figure that is there after."""

    chapter: str
    view: str
    units: int
    figure: str
    start: str = ""


LONG = {
    "holes": Long("svd", "Holes (E9)", len(rivals.Plan(ks=(1, 2, 3, 5)).names), "Held-out error of every filling"),
    "prior": Long("pmf", "Strong or weak", len(precomputed.CURVE.lams), "Too weak, and too strong"),
    "growth": Long("pmf", "MLE and k", 3 * len(growth.KS), "Train"),
    "learnt": Long("pmf", "σ and λ learnt (E4)", pmf_learnt.T + 1, "Log posterior"),
    "chain": Long("bayesian_mf", "A rating", 170, "User"),
    "chains": Long("bayesian_mf", "Chains", posterior.CHAINS * 170, "First entry of w"),
    "rivals": Long(
        "bayesian_mf",
        "Against MAP",
        len(posterior.KS) * (170 + 15 * len(posterior.LAMS) + 1),
        "More dimensions",
        f"Fit {len(posterior.KS)} values of k",
    ),
}


@pytest.mark.parametrize("name", LONG)
def test_on_its_page_a_job_stops_at_a_press_and_goes_on_to_its_end(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    long = LONG[name]
    monkeypatch.setattr(jobs, "BATCH", 60.0 if long.start else -1.0)
    at = open_page(long.chapter, view=long.view, data="tiny", k="2", seed="77")
    if long.start:
        finished(at)
        monkeypatch.setattr(jobs, "BATCH", -1.0)
        press(at, long.start)
    done = cancelled(at)
    job = at.session_state["_jobs"][name]
    assert (len(job.found), job.total) == (done, long.units)
    kept = list(job.found)
    monkeypatch.setattr(jobs, "BATCH", 60.0)
    finished(press(at, "Go on"))
    assert job.status == "done"
    assert len(job.found) == long.units
    assert all(one is other for one, other in zip(kept, job.found, strict=False))
    assert drawn(at, long.figure)["data"]


def test_a_view_that_needs_all_of_it_gets_nothing_before_the_last_and_then_all(one_unit_a_batch: None) -> None:
    def patient() -> None:
        import streamlit as st

        from mfapp import jobs

        found = jobs.whole("all", "of these", lambda: iter(range(3)), 3, lambda t: f"unit {t}")
        st.markdown(f"all: {found}")

    at = AppTest.from_function(patient).run()
    for _ in range(2):
        assert "all: None" in text(at)
        at.run()
    at.run()
    assert "all: (0, 1, 2)" in text(at)
    assert not at.exception
