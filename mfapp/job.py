"""A job: what long work has found so far, and the generator that finds the rest, one unit at a time."""

import threading
from collections.abc import Callable, Generator, Hashable, Iterator
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Generic, Literal, TypeVar

T = TypeVar("T")

REFUSALS = (ValueError, ArithmeticError, MemoryError)  # what a unit may raise for its input


@dataclass(slots=True, eq=False)
class Job(Generic[T]):
    """What was found so far, and the generator that finds the rest.

    key: what the results belong to; another key is another job.  failed: what stopped it, in words.
    resume: gives what goes on after so many results, where the generator holds more than memory, as worker processes
    are: such a job lets go of them as soon as it is cancelled.
    """

    key: Hashable
    source: Iterator[T]
    total: int
    resume: Callable[[int], Iterator[T]] | None = None
    found: list[T] = field(default_factory=list)
    status: Literal["waiting", "running", "cancelled", "done"] = "waiting"
    failed: str = ""
    # A press starts the page's next run while this one may still be in the midst of a unit.
    lock: threading.Lock = field(default_factory=threading.Lock)

    def advance(self) -> None:
        """One unit. Raises nothing that a unit may raise for its input: `failed` holds it instead."""
        with self.lock:
            if self.status == "running":
                self._unit()
        self._let_go()  # also of what was cancelled meanwhile

    def cancel(self) -> None:
        """Stop a job that is running; what it holds goes now, or after the unit in hand."""
        if self.status == "running":
            self.status = "cancelled"
        self._let_go()

    def go_on(self, work: Callable[[], Iterator[T]]) -> None:
        """Begin, go on, or try again after a failure: with what `resume` gives, or else from the start with `work`."""
        with self.lock:  # a unit may still be in hand
            if self.resume and self.status == "cancelled":
                self.source = self.resume(len(self.found))
            elif self.failed:
                self.found.clear()
                self.source = work()
            self.status, self.failed = "running", ""

    def _unit(self) -> None:
        try:
            self.found.append(next(self.source))
        except StopIteration:
            self.status = "done"
        except REFUSALS as error:
            self.status, self.failed = "cancelled", str(error) or type(error).__name__
        if len(self.found) == self.total:
            self.status = "done"

    def _let_go(self) -> None:
        """Close a generator that is not gone on with. Whoever is in the midst of a unit does so after it."""
        if not self.lock.acquire(blocking=False):
            return
        try:
            over = self.status == "done" or (self.status == "cancelled" and (self.failed or self.resume))
            if over and isinstance(self.source, Generator):
                with suppress(*REFUSALS):
                    self.source.close()
        finally:
            self.lock.release()
