"""Work of many units: progress, a Cancel button, what was found so far kept, and one unit at a time on the server.

A job is a generator that does one unit of work for every result it yields. It lives in the visitor's session between
reruns, so that a press anywhere on the page interrupts it after the unit in hand and loses nothing.
"""

import threading
import time
from collections.abc import Callable, Hashable, Iterator, Sequence
from typing import Any, TypeVar, cast

import streamlit as st

from mfapp import state
from mfapp.job import Job

T = TypeVar("T")

WAIT = 0.5  # seconds between two looks at whether the server is free
BATCH = 0.8  # seconds of work between two pictures
TICK = 0.1  # seconds until the next batch
_HELD = "_held"


def run(
    name: str,
    key: Hashable,
    work: Callable[[], Iterator[T]],
    total: int,
    say: Callable[[int], str],
    draw: Callable[[Sequence[T]], None],
    *,
    start: str = "",
    resume: Callable[[int], Iterator[T]] | None = None,
) -> Job[T]:
    """Draw what `work` has found, and let it go on until it is finished, cancelled, or its key changes.

    name: of the job on its page.  key: of its results (data set, settings).  total: how many results `work` yields.
    say: what unit t, counted from 0, is, shown beside the bar.  draw: the picture of the results so far, at first of
    none; it is called again as they arrive.  start: the words on the button that starts it; "" starts it by itself.
    resume: as in `Job`; what is left is cancelled then.
    """
    job = held(name, key, work, total, start, resume)
    running = job.status == "running"

    def live() -> None:
        controls, picture = st.container(), st.container()
        with controls:
            offer(job, name, work, start)
            if job.status == "running":
                _advance(job, say)
        with picture:
            draw(tuple(job.found))
        if (job.status == "running") != running:
            state.rerun()  # the clock belongs to the fragment, so starting and stopping it needs the whole page once

    st.fragment(live, run_every=TICK if running else None)()
    return job


def held(
    name: str,
    key: Hashable,
    work: Callable[[], Iterator[T]],
    total: int,
    start: str = "",
    resume: Callable[[int], Iterator[T]] | None = None,
) -> Job[T]:
    """The visitor's job of that name: as it was left if it has that key, else a new one. See `run`."""
    jobs = st.session_state.setdefault("_jobs", {})
    job = cast(Job[T] | None, jobs.get(name))
    if job is None or job.key != key:
        if job is not None:
            job.cancel()
        job = jobs[name] = Job(key, work(), total, resume, status="waiting" if start else "running")
    if resume:
        st.session_state.setdefault(_HELD, {})[job] = True
    return job


def forget(which: Callable[[str], bool]) -> None:
    """Let go of the visitor's jobs of such names and of what they found."""
    kept = st.session_state.setdefault("_jobs", {})
    for name in [name for name in kept if which(name)]:
        del kept[name]


def offer(job: Job[T], name: str, work: Callable[[], Iterator[T]], start: str = "", after: str = "") -> None:
    """The one button that makes sense now. after: how far the job has come, where its units are none to count in."""
    after = after or f"{len(job.found)} of {job.total}"

    def press(words: str, which: str, icon: str = "play_arrow") -> None:
        st.button(words, key=f"_{name}_{which}", icon=f":material/{icon}:", on_click=job.go_on, args=(work,))

    if job.status == "waiting":
        press(start, "start")
    elif job.status == "running":
        st.button("Cancel", key=f"_{name}_cancel", icon=":material/stop:", on_click=job.cancel)
    elif job.failed:
        st.error(f"Stopped after {after}: {job.failed}", icon=":material/error:")
        press("Try again", "again", "replay")
    elif job.status == "cancelled":
        st.markdown(f"Cancelled after {after}; what was found is kept.")
        press("Go on", "on")


def shared(
    name: str,
    key: Hashable,
    work: Callable[[], Iterator[T]],
    total: int,
    say: Callable[[int], str],
    draw: Callable[[Sequence[T]], None],
    *,
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


def whole(
    name: str, key: Hashable, work: Callable[[], Iterator[T]], total: int, say: Callable[[int], str]
) -> tuple[T, ...] | None:
    """What `shared` work found, for a view that can show nothing before all of it: until then its progress and None."""
    known: list[T] = []
    shared(name, key, work, total, say, known.extend)
    return tuple(known) if len(known) == total else None


@st.cache_resource(show_spinner=False, max_entries=32)
def _shelf(name: str, key: Hashable) -> list[Any]:
    """What a finished job of that name and key found; empty before."""
    return []


def results(name: str, key: Hashable) -> tuple[Any, ...]:
    """What the visitor's job of that name and key has found so far, for other views of its page."""
    job = st.session_state.get("_jobs", {}).get(name)
    return tuple(job.found) if job is not None and job.key == key else ()


def begin() -> None:
    """A page is about to be drawn: no job was drawn on it yet."""
    st.session_state[_HELD] = dict.fromkeys(st.session_state.get(_HELD, ()), False)


def leave() -> None:
    """Cancel the jobs that hold processes and were not drawn since `begin`: their view or their page was left."""
    held = st.session_state[_HELD]
    for job in [job for job, drawn in held.items() if not drawn]:
        job.cancel()
        del held[job]


def _advance(job: Job[Any], say: Callable[[int], str]) -> None:
    """Units for BATCH seconds, one at least. Streamlit ends this run at any `st` call, on any press."""
    bar = st.progress(0.0)
    until = time.monotonic() + BATCH
    while job.status == "running":
        done = len(job.found)
        text = f"{done + 1} of {job.total} · {say(done)}"
        bar.progress(done / job.total, text=text)
        while not _server().acquire(timeout=WAIT):
            bar.progress(done / job.total, text=f"{text} · waiting for another visitor's job")
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
