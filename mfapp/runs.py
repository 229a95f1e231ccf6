"""Data and trained models, each computed once and shared by all visitors; anything slow shows its progress."""

import threading
import time
from collections import Counter, OrderedDict
from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from itertools import islice
from typing import Any, TypeVar

import pandas  # noqa: F401  Plotly asks a pandas that another thread has half imported for its classes: have it whole
import streamlit as st

from mfapp import jobs
from mfcore import Ratings, als, autorec, data, fit, kernels, steps, trace
from mfcore.data.catalog import Catalog
from mfcore.run import Point

F = TypeVar("F")
SOON = 0.5  # seconds after which a run shows its progress
TRAINING = "training"  # how the names of such jobs begin


@dataclass(frozen=True, slots=True, eq=False)
class Dataset:
    """Ratings, the films they are of, and the key under which everything computed from them is kept.

    labels: (M,) what the films are called in lists and links, no two alike.
    """

    key: str
    R: Ratings
    films: Catalog
    labels: tuple[str, ...]


@dataclass(frozen=True, slots=True, eq=False)
class Trajectory:
    """A training run: the loss after every block and the State after every sweep, states[t] for t = 0 … T."""

    points: tuple[Point, ...]
    states: tuple[als.State, ...]

    @property
    def nbytes(self) -> int:
        """Of the arrays of all states."""
        return sum(X.nbytes for s in self.states for X in (s.W, s.U, s.b, s.c))


@st.cache_resource(show_spinner="Reading the ratings …", max_entries=8)
def dataset(name: str) -> Dataset:
    """One of the data sets that `mfcore.data.load` knows by name."""
    return _loaded(name)


@st.cache_resource(show_spinner=False, max_entries=8)
def _loaded(name: str) -> Dataset:
    """`dataset` without a spinner, which a thread apart from every page could not show."""
    return named(*data.load(name))


def named(R: Ratings, films: Catalog) -> Dataset:
    """Ratings and films with a key from their content and a name for every film."""
    labels = [films.label(j) for j in range(R.M)]
    times = Counter(labels)
    unique = (f"{label} #{R.item_ids[j]}" if times[label] > 1 else label for j, label in enumerate(labels))
    return Dataset(R.digest, R, films, tuple(unique))


@st.cache_resource(show_spinner=False, max_entries=16)
def split(_ds: Dataset, key: str, seed: int) -> tuple[Ratings, Ratings]:
    """Nine tenths of the ratings to learn from, one tenth to test on. key: the data set's."""
    return _ds.R.split(test=0.1, seed=seed)


def trajectory(ds: Dataset, cfg: als.Config, T: int, seed: int) -> Trajectory:
    """T sweeps on the training part of `split(seed)`, kept for all visitors.

    A run that takes longer shows its progress and can be cancelled, which ends the page there, and gone on with.
    """

    def train() -> Trajectory:
        parts = split(ds, ds.key, seed)
        names = [block.__name__ for block in als.blocks(cfg)]
        found = _finished(key, lambda: trace(als, *parts, cfg, T, seed), 1 + T * len(names), lambda at: at[0].t, T)
        states = (s for point, s in found if point.block in ("init", names[-1]))
        return Trajectory(tuple(point for point, _ in found), tuple(states))

    key = (ds.key, cfg, T, seed)
    return _kept().get(key) or _kept().put(key, train())


def fitted(ds: Dataset, cfg: als.Config, T: int, seed: int) -> als.State:
    """The State after T sweeps on all ratings, kept for all visitors; progress and Cancel as in `trajectory`."""

    def train() -> Trajectory:
        found = _finished(key, lambda: islice(steps(als, ds.R, cfg, seed), T + 1), T + 1, lambda s: s.t, T)
        return Trajectory((), (found[-1],))

    key = (ds.key, cfg, T, seed, "on all ratings")
    return (_kept().get(key) or _kept().put(key, train())).states[-1]


def _finished(
    key: Hashable, work: Callable[[], Iterator[F]], total: int, swept: Callable[[F], int], T: int
) -> Sequence[F]:
    """All `total` results of `work`; the page ends here, above what needs them, while they are cancelled.

    swept: how many of the T sweeps were made when that result was there.
    """

    def at() -> str:
        return f"sweep {swept(job.found[-1]) if job.found else 0} of {T}"

    name = f"{TRAINING}{hash(key)}"  # a page may have several runs made, one after the other
    jobs.forget(lambda other: other.startswith(TRAINING) and other != name)  # left for other settings
    job = jobs.held(name, key, work, total)
    place, shown = st.empty(), False
    begun = time.monotonic()
    while job.status == "running":
        job.advance()
        if not shown and time.monotonic() - begun > SOON:
            with place.container():
                bar = st.progress(0.0)
                jobs.offer(job, name, work)
            shown = True
        if shown:
            bar.progress(len(job.found) / job.total, text=at().capitalize())
    place.empty()
    if job.status != "done":
        jobs.offer(job, name, work, after=at())
        st.stop()
    jobs.forget(name.__eq__)
    return job.found


class _Kept:
    """The most recently used trajectories, bounded in memory: the newest always, others while there is room."""

    def __init__(self, most_bytes: int) -> None:
        self._most_bytes = most_bytes
        self._lock = threading.Lock()
        self._runs: OrderedDict[Any, Trajectory] = OrderedDict()

    def get(self, key: Any) -> Trajectory | None:
        with self._lock:
            if key in self._runs:
                self._runs.move_to_end(key)
            return self._runs.get(key)

    def put(self, key: Any, run: Trajectory) -> Trajectory:
        with self._lock:
            self._runs[key] = run
            while len(self._runs) > 1 and sum(kept.nbytes for kept in self._runs.values()) > self._most_bytes:
                self._runs.popitem(last=False)
        return run


@st.cache_resource(show_spinner=False)
def _kept() -> _Kept:
    return _Kept(most_bytes=1 << 30)


@st.cache_resource(show_spinner=False)
def warm() -> threading.Thread:
    """Load the default data and the compiled kernels in the background, once for the server, before the first click."""

    def prepare() -> None:
        R = _loaded("ml-small").R
        kernels.warm()
        if kernels.available():
            fit(autorec, R, autorec.Config(hidden=1, dtype="float32"), 1)

    thread = threading.Thread(target=prepare, daemon=True, name="warm-up")
    thread.start()
    return thread
