"""A client that remembers what it asked for, so that nothing stays behind on the way out, not even by an error."""

from collections.abc import Callable, Iterable
from types import TracebackType
from typing import Any, Self

from mfcore.cluster.lazy import dask, distributed

FAN = 8  # how many are joined at a time on the way to one
ALONE = 30  # seconds without any worker after which nobody is expected to come, as one that is being restarted would


class LostSiteError(OSError):
    """A worker that holds a part of the fit is gone."""


def workers(client: Any) -> list[str]:
    """The addresses of the workers that are there. Raises LostSiteError if none is."""
    there = sorted(client.nthreads())
    if not there:
        raise LostSiteError("the cluster has lost all of its workers")
    return there


def wait(client: Any, futures: Iterable[Any], seconds: float = ALONE) -> None:
    """Until all of these are there, or have failed. Raises TimeoutError if nobody is left to work on them."""
    waited_for = list(futures)
    while waited_for:
        try:
            distributed.wait(waited_for, timeout=seconds)
        except TimeoutError:
            if not client.nthreads():
                raise TimeoutError("the cluster has lost all of its workers") from None
        else:
            break


class Desk:
    """Within `with`: futures of functions on the workers. At its end all but the kept are let go of.

    seconds: as in `wait`, whenever something is waited for.
    """

    def __init__(self, client: Any, seconds: float = ALONE) -> None:
        self.client, self.seconds = client, seconds
        self.made: list[Any] = []
        self.kept: list[Any] = []

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        # Said aloud, because the traceback of an error keeps futures alive that nobody will ask for.
        for future in self.made:
            if error is not None or not any(future is one for one in self.kept):
                future.release()

    def submit(self, home: str | None, function: Callable[..., Any], *arguments: Any) -> Any:
        """A future of function(*arguments), at `home` if that worker is still there.

        Arguments that are here the scheduler keeps as long as the future is held, whatever worker is lost.
        """
        at = {} if home is None else {"workers": [home], "allow_other_workers": True}
        with dask.config.set({"distributed.admin.large-graph-warning-threshold": "1 GB"}):
            return self._made(self.client.submit(function, *arguments, pure=False, **at))

    def scatter(self, what: Any, **options: Any) -> Any:
        """A future of something that is here. Raises LostSiteError if it is for a worker that is gone."""
        try:
            return self._made(self.client.scatter([what], hash=False, **options)[0])
        except KeyError as error:  # the scheduler's, which looks the worker up by its address
            raise LostSiteError(f"{error.args[0]} was lost before it was given its part") from error

    def compute(self, delayed: Iterable[Any]) -> list[Any]:
        """Futures of Delayed."""
        return [self._made(future) for future in self.client.compute(list(delayed))]

    def gather(self, futures: Iterable[Any]) -> Any:
        """What these futures are of, here."""
        asked = list(futures)
        wait(self.client, asked, self.seconds)
        return self.client.gather(asked)

    def done_with(self, used: Iterable[Any], made: Iterable[Any] = ()) -> None:
        """Let go of what was `used` as soon as what is `made` of it is there."""
        wait(self.client, made, self.seconds)
        gone = {id(future): future for future in used}
        self.made = [future for future in self.made if id(future) not in gone]
        for future in gone.values():
            future.release()

    def tree(self, function: Callable[[list[Any]], Any], futures: list[Any]) -> Any:
        """A future of function([…]) over all of them, FAN at a time, so that no worker holds many at once."""
        while len(futures) > FAN:
            futures = [self.submit(None, function, futures[at : at + FAN]) for at in range(0, len(futures), FAN)]
        return self.submit(None, function, futures)

    def keep(self, futures: list[Any]) -> list[Any]:
        """These stay when all goes well."""
        self.kept += futures
        return futures

    def _made(self, future: Any) -> Any:
        self.made.append(future)
        return future
