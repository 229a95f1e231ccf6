"""The fifth rung: two worker processes on this machine, started when asked for and ended as soon as they are done."""

from collections.abc import Generator, Iterator, Sequence
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
STARTING = 60  # seconds to wait for all of them at first
PATIENCE = 10  # and for the scheduler's answer at any time


def installed() -> bool:
    """Whether Dask, which only clusters need, is there."""
    return find_spec("dask") is not None and find_spec("distributed") is not None


def found(k: int) -> tuple[Point, ...]:
    """What this visitor has measured on two processes."""
    return jobs.results(NAME, k)


def offer(k: int, lam: float, sizes: Sequence[int], grown: Any) -> None:
    """The button that starts the workers, or what to install."""
    st.header("And beyond one machine?", anchor=False)
    told = 4 * NOTES.M * sums.width(NOTES.k, als.Config(k=NOTES.k, biases=False))
    st.markdown(
        "On a cluster every worker keeps the ratings of its users and finds their vectors. What it knows of the films, "
        "one k × k matrix and one vector each, is added up over all workers, and the new U is sent back to them. What "
        f"travels depends on the films and on k, never on the number of ratings: with {NOTES.M:,} films and k = "
        f"{NOTES.k}, each of {WORKERS} workers sends the other {labels.size(told * (1 - 1 / WORKERS))} in a sweep, in "
        f"float32, and however many workers there are, never more than {labels.size(told)}. On one machine there is "
        "nothing to gain: two processes share the cores that two threads have, and pay for communicating. Here you see "
        "how much."
    )
    if not installed():
        frame.note(MISSING)
        return

    def on_a_cluster(done: int = 0) -> Iterator[Point]:
        return climb(k, lam, sizes[done:], grown)

    jobs.run(
        NAME,
        k,
        on_a_cluster,
        len(sizes),
        lambda t: f"{sizes[t]:,} ratings" + ("" if t else ", after starting the workers"),
        _said,
        start=f"{START} measure",
        resume=on_a_cluster,
    )


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
    lost = import_module("mfcore.cluster.fleet").LOST
    distributed, started = import_module("distributed"), import_module("distributed.deploy.subprocess")
    # Processes of their own: what multiprocessing starts would run the app's script again.
    options: dict[str, Any] = dict(n_workers=WORKERS, threads_per_worker=1, dashboard_address=None)
    options["worker_class"] = "distributed.Worker"  # which nobody starts again when it ends
    options["scheduler_kwargs"] = {"idle_timeout": IDLE}
    try:
        with (
            import_module("dask").config.set({"distributed.comm.timeouts.connect": PATIENCE}),
            started.SubprocessCluster(**options) as workers,
            _ended(workers),
            # A default client is one of its run of the page, and cannot be put back by another.
            closing(distributed.Client(workers, timeout=PATIENCE, set_as_default=False)) as client,
        ):
            client.wait_for_workers(WORKERS, timeout=STARTING)
            yield client
    except lost as error:  # Dask's own words speak of sockets and keys
        raise ValueError("the workers did not answer: one has ended, or did not start") from error
    except (OSError, RuntimeError) as error:
        raise ValueError(f"the workers did not answer: {str(error) or type(error).__name__}") from error


@contextmanager
def _ended(workers: Any) -> Iterator[None]:
    """End all processes without asking them: a scheduler that has ended by itself would be waited for in vain."""
    try:
        yield
    finally:
        workers.sync(workers.scheduler.close)
        workers.shutdown_scheduler = False
        try:
            workers.close()
        except KeyError:  # Dask may trip over a worker that was killed, once all processes have ended
            workers.status = import_module("distributed").Status.closed
