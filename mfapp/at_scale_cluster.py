"""The fifth rung: two worker processes on this machine, started when asked for and ended as soon as they are done."""

from collections.abc import Callable, Generator, Iterator, Sequence
from contextlib import closing, contextmanager
from importlib import import_module
from importlib.util import find_spec
from typing import Any

import streamlit as st

from mfapp import frame, jobs
from mfcore import Ratings, als
from mfcore.kernels import sums
from mfcore.scaling import Point
from mfcore.storage import NOTES
from mfview import labels
from mfview.rungs import CLUSTER, duration

NAME = CLUSTER
WORKERS = 2
START = f"Start {WORKERS} worker processes and"
MISSING = 'This needs Dask, which is not installed here: `pip install "dask[array,dataframe,distributed]"`.'
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
        f"k = {NOTES.k}, each of {WORKERS} workers sends the other {labels.size(told * (1 - 1 / WORKERS))} in a sweep, "
        f"in float32, and with however many workers there are never more than {labels.size(told)}. On one machine "
        "there is nothing to gain: two processes share the cores that two threads have, and pay for talking. "
        "Here you see what they pay."
    )
    if not installed():
        frame.note(MISSING)
        return

    def on_a_cluster(done: int = 0) -> Iterator[Point]:
        return climb(k, lam, sizes[done:], grown)

    job = jobs.run(
        NAME,
        k,
        on_a_cluster,
        len(sizes),
        lambda t: f"{sizes[t]:,} ratings" + ("" if t else ", after starting the workers"),
        _said,
        start=f"{START} measure",
    )
    end_if_cancelled(job, on_a_cluster)


def end_if_cancelled(job: jobs.Job[Any], work: Callable[[int], Iterator[Any]]) -> None:
    """A cancelled job's workers end at once; `work`(done) starts others should it go on."""
    if job.status == "cancelled":
        with job.lock:  # a unit may still be in hand
            job.end()
            job.source = work(len(job.found))


def _said(points: Sequence[Point]) -> None:
    if points:
        frame.note(
            "; ".join(f"{p.size.n:,} ratings {duration(p.seconds)}" for p in points) + ": in the pictures above."
        )


def climb(k: int, lam: float, sizes: Sequence[int], grown: Any) -> Generator[Point, None, None]:
    """The rung at each size, on workers that end with the generator."""
    with _workers() as client:
        yield from _timed().climb(client, sizes, als.Config(k=k, lam=lam, biases=False), grown)


def apart(R: Ratings, cfgs: Sequence[als.Config], reference: als.State) -> Generator[float, None, None]:
    """How far one sweep of each Config there ends from `reference`."""
    with _workers() as client:
        yield from _timed().apart(client, R, cfgs, reference)


def _timed() -> Any:
    return import_module("mfcore.cluster.timed")


@contextmanager
def _workers() -> Iterator[Any]:
    """A client of WORKERS processes, which end with it. Raises ValueError if they cannot be started or are lost."""
    distributed, started = import_module("distributed"), import_module("distributed.deploy.subprocess")
    # Processes of their own: what multiprocessing starts would run the app's script again.
    options: dict[str, Any] = dict(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None)
    options["worker_class"] = "distributed.Worker"  # which nobody starts again when it ends
    options["scheduler_kwargs"] = {"idle_timeout": IDLE}
    try:
        with (
            started.SubprocessCluster(**options) as workers,
            # A default client is one of its run of the page, and cannot be put back by another.
            closing(distributed.Client(workers, set_as_default=False)) as client,
        ):
            yield client
    except (OSError, RuntimeError) as error:
        raise ValueError(f"the workers did not answer: {error}") from error
