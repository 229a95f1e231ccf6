"""The fifth rung: two worker processes on this machine, started when asked for and ended as soon as they are done."""

from collections.abc import Iterator, Sequence
from importlib import import_module
from importlib.util import find_spec
from itertools import islice
from typing import Any

import streamlit as st

from mfapp import frame, jobs
from mfcore import als, ladder
from mfcore.kernels import sums
from mfcore.scaling import Point
from mfcore.storage import NOTES, Size
from mfview import labels
from mfview.rungs import duration

NAME = "cluster"
WORKERS, SWEEPS = 2, 5
IDLE = "5 minutes"  # after which workers that nobody asks for anything end themselves


def installed() -> bool:
    """Whether Dask, which only clusters need, is there."""
    return find_spec("dask") is not None and find_spec("distributed") is not None


def found(k: int) -> tuple[Point, ...]:
    """What this visitor has measured on two processes."""
    return jobs.found(NAME, k)


def offer(k: int, lam: float, sizes: Sequence[int], grown: Any) -> None:
    """The button that starts the workers, or what to install."""
    st.header("And beyond one machine?", anchor=False)
    told = 4 * NOTES.M * sums.width(NOTES.k, als.Config(k=NOTES.k, biases=False))
    st.markdown(
        "On a cluster every worker keeps the ratings of its users and finds their vectors. What it knows of the "
        "films, one k × k matrix and one vector each, is added up over all workers, and the new U goes out again. "
        f"What travels depends on the films and on k, never on the number of ratings: with {NOTES.M:,} films and "
        f"k = {NOTES.k}, {labels.size(told)} from each worker in a sweep, in float32. On one machine there is nothing "
        "to gain: two processes share the cores that two threads have, and pay for talking. "
        "Here you see what they pay."
    )
    if not installed():
        frame.note('This needs Dask, which is not installed here: `pip install "dask[array,dataframe,distributed]"`.')
        return

    def climb(done: int = 0) -> Iterator[Point]:
        return _climb(k, lam, sizes[done:], grown)

    job = jobs.run(
        NAME,
        k,
        climb,
        len(sizes),
        lambda t: f"{sizes[t]:,} ratings" + ("" if t else ", after starting the workers"),
        _said,
        start=f"Start {WORKERS} worker processes and measure",
    )
    if job.status == "cancelled":
        with job.lock:  # a unit may still be in hand
            job.source.close()  # type: ignore[attr-defined]
            job.source = climb(len(job.found))


def _said(points: Sequence[Point]) -> None:
    if points:
        frame.note(
            "; ".join(f"{p.size.n:,} ratings {duration(p.seconds)}" for p in points) + ": in the pictures above."
        )


def _climb(k: int, lam: float, sizes: Sequence[int], grown: Any) -> Iterator[Point]:
    """The shortest of a few sweeps at each size; the workers end with the generator.

    Raises ValueError if the workers cannot be started or are lost.
    """
    distributed, started = import_module("distributed"), import_module("distributed.deploy.subprocess")
    cluster = import_module("mfcore.cluster")
    cfg = als.Config(k=k, lam=lam, biases=False)
    # Processes of their own: what multiprocessing starts would run the app's script again.
    options: dict[str, Any] = dict(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None)
    options["worker_class"] = "distributed.Worker"  # which nobody starts again when it ends
    options["scheduler_kwargs"] = {"idle_timeout": IDLE}
    try:
        with started.SubprocessCluster(**options) as workers, distributed.Client(workers) as client:
            for n in sizes:
                R = grown(n)
                sweeps = cluster.steps(client, R, cfg)
                seconds = min(sweep.seconds for sweep in islice(sweeps, 1, 1 + SWEEPS))
                sweeps.close()
                yield Point(NAME, Size(R.N, R.M, R.n, k), seconds, ladder.bytes_kept(R), None)
    except (OSError, RuntimeError) as error:
        raise ValueError(f"the workers did not answer: {error}") from error
