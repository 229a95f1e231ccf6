"""Work of many units: progress, a Cancel button, what was found so far kept, and one unit at a time on the server.

A job is a generator that does one unit of work for every result it yields. It lives in the visitor's session between
reruns, so that a press anywhere on the page interrupts it after the unit in hand and loses nothing.
"""

import threading
import time
from collections.abc import Callable, Generator, Hashable, Iterator, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, TypeVar, cast

import streamlit as st

from mfapp import state

T = TypeVar("T")

WAIT = 0.5  # seconds between two looks at whether the server is free
BATCH = 0.8  # seconds of work between two pictures
TICK = 0.1  # seconds until the next batch


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """What was found so far, and the generator that finds the rest.

    key: what the results belong to; another key is another job.  failed: what stopped it, in words.
    """

    key: Hashable
    source: Iterator[T]
    total: int
    found: list[T] = field(default_factory=list)
    status: Literal["waiting", "running", "cancelled", "done"] = "waiting"
    failed: str = ""
    # A press starts the page's next run while this one may still be in the midst of a unit.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self) -> None:
        """One unit. Raises nothing that a unit may raise for its input: `failed` holds it instead."""
        with self.lock:
            if self.status != "running":
                return
            try:
                self.found.append(next(self.source))
            except StopIteration:
                self.status = "done"
            except (ValueError, ArithmeticError, MemoryError) as error:
                self.status, self.failed = "cancelled", str(error) or type(error).__name__
            if len(self.found) == self.total:
                self.status = "done"
            if self.status != "running":
                self.end()

    def end(self) -> None:
        """Let go of what the generator holds, as worker processes are."""
        if isinstance(self.source, Generator):
            self.source.close()


def run(
    name: str,
    key: Hashable,
    work: Callable[[], Iterator[T]],
    total: int,
    say: Callable[[int], str],
    draw: Callable[[Sequence[T]], None],
    *,
    start: str = "",
) -> Job[T]:
    """Draw what `work` has found, and let it go on until it is finished, cancelled, or its key changes.

    name: of the job on its page.  key: of its results (data set, settings).  total: how many results `work` yields.
    say: what unit t, counted from 0, is, shown beside the bar.  draw: the picture of the results so far, at first of
    none; it is called again as they arrive.  start: the words on the button that starts it; "" starts it by itself.
    """
    job = _job(name, key, work, total, start)
    running = job.status == "running"

    def live() -> None:
        controls, picture = st.container(), st.container()
        with controls:
            _offer(job, name, start)
            if job.status == "running":
                _advance(job, say)
        with picture:
            draw(tuple(job.found))
        if (job.status == "running") != running:
            state.rerun()  # the clock belongs to the fragment, so starting and stopping it needs the whole page once

    st.fragment(live, run_every=TICK if running else None)()
    return job


def shared(
    name: str,
    key: Hashable,
    work: Callable[[], Iterator[T]],
    total: int,
    say: Callable[[int], str],
    draw: Callable[[Sequence[T]], None],
    start: str = "",
) -> None:
    """`run`, whose finished results all visitors share: who asks for the same key later sees them at once."""
    shelf = _shelf(name, key)
    if shelf:
        draw(tuple(shelf))
        return
    job = run(name, key, work, total, say, draw, start=start)
    if job.status == "done":
        shelf[:] = job.found


@st.cache_resource(show_spinner=False, max_entries=32)
def _shelf(name: str, key: Hashable) -> list[Any]:
    """What a finished job of that name and key found; empty before."""
    return []


def found(name: str, key: Hashable) -> tuple[Any, ...]:
    """What the visitor's job of that name and key has found so far, for other views of its page."""
    job = st.session_state.get("_jobs", {}).get(name)
    return tuple(job.found) if job is not None and job.key == key else ()


def _job(name: str, key: Hashable, work: Callable[[], Iterator[T]], total: int, start: str) -> Job[T]:
    jobs = st.session_state.setdefault("_jobs", {})
    job = cast(Job[T] | None, jobs.get(name))
    if job is None or job.key != key:
        if job is not None:
            job.status = "cancelled"
        job = jobs[name] = Job(key, work(), total, status="waiting" if start else "running")
    return job


def _offer(job: Job[Any], name: str, start: str) -> None:
    """The one button that makes sense now."""

    def become(status: Literal["running", "cancelled"]) -> None:
        job.status = status

    if job.status == "waiting":
        st.button(start, key=f"_{name}_start", icon=":material/play_arrow:", on_click=become, args=("running",))
    elif job.status == "running":
        st.button("Cancel", key=f"_{name}_cancel", icon=":material/stop:", on_click=become, args=("cancelled",))
    elif job.failed:
        st.error(f"Stopped after {len(job.found)} of {job.total}: {job.failed}", icon=":material/error:")
    elif job.status == "cancelled":
        st.markdown(f"Cancelled after {len(job.found)} of {job.total}; what was found is kept.")
        st.button("Go on", key=f"_{name}_on", icon=":material/play_arrow:", on_click=become, args=("running",))


def _advance(job: Job[Any], say: Callable[[int], str]) -> None:
    """Units for BATCH seconds, one at least. Streamlit ends this run at any `st` call, on any press."""
    bar = st.progress(0.0)
    until = time.monotonic() + BATCH
    while job.status == "running":
        done = len(job.found)
        text = f"{done + 1} of {job.total} · {say(done)}"
        bar.progress(done / job.total, text=text)
        while not _server().acquire(timeout=WAIT):
            bar.progress(done / job.total, text=f"{text} · waiting for another visitor's")
        try:
            job.advance()
        finally:
            _server().release()
        if time.monotonic() > until:
            break


@st.cache_resource(show_spinner=False)
def _server() -> threading.Semaphore:
    """One unit at a time for all visitors: a unit uses every core, and timings would mean nothing beside another."""
    return threading.Semaphore(1)
