"""The sites of a fit: one on every worker that holds ratings, put up again where a worker was lost."""

from collections import defaultdict
from collections.abc import Callable
from concurrent.futures import CancelledError
from typing import Any, NamedTuple, TypeVar

from mfcore.cluster.desk import ALONE, LostSiteError, wait, workers
from mfcore.cluster.lazy import distributed
from mfcore.cluster.shards import Shards
from mfcore.cluster.site import Site

T = TypeVar("T")
LOST = (CancelledError, TimeoutError, distributed.KilledWorker, distributed.comm.CommClosedError, LostSiteError)
# How Dask begins to say it in a RuntimeError or an OSError, which the work itself may raise for other reasons.
GONE = (
    "Worker holding Actor was lost",
    "Unable to contact Actor's worker",
    "Timed out trying to connect to",
    "ConnectionPool is closed",
)


class Patience(NamedTuple):
    """How many times work is begun at most if workers are lost, and the seconds one is waited for if there is none."""

    attempts: int = 4
    seconds: float = ALONE


PATIENT = Patience()


class Standing(NamedTuple):
    """A Site that has been put up, and the numbers of its shards."""

    actor: Any
    shards: list[int]


class Fleet:
    """Shards of ratings and the sites that work on them; both come and go with the workers.

    read: loads the shards, as many as it is told.  count: how many; None: one a worker there is at first.
    """

    def __init__(
        self, client: Any, read: Callable[[int], Shards], count: int | None, patience: Patience = PATIENT
    ) -> None:
        self.client, self.read, self.count, self.patience = client, read, count, patience
        self.shards: Shards | None = None
        self.held: list[Any] = []
        self.sites: list[Standing] = []

    def persistently(self, work: Callable[[Shards, list[Standing]], T]) -> T:
        """work(shards, sites), begun again where a worker was lost on the way."""
        for left in reversed(range(self.patience.attempts)):
            try:
                with self.client.as_current():  # waiting and actors ask for it, and it need not be anybody's default
                    return work(*self._standing())
            except (*LOST, OSError, RuntimeError) as error:
                if not _is_loss(error):
                    raise
                self._withdraw()
                if not left:
                    raise
        raise AssertionError("the last attempt returns or raises")

    def release(self) -> None:
        """Nothing of this fit stays on the workers but what a Fitted holds."""
        self._withdraw()
        self._drop_shards()

    def _standing(self) -> tuple[Shards, list[Standing]]:
        if self.shards is None:
            self.client.wait_for_workers(1, timeout=self.patience.seconds)
            self.count = self.count or len(workers(self.client))
            self.shards = self.read(self.count)  # the same shards every time, whoever is there
        if not self.sites:
            self._put_up(self.shards)
        return self.shards, self.sites

    def _put_up(self, shards: Shards) -> None:
        wait(self.client, shards.futures, self.patience.seconds)
        places = self.client.who_has(shards.held)
        own = defaultdict(list)
        for number, future in enumerate(shards.held):
            own[min(places.get(future.key) or [shards.homes[number]])].append(number)
        for home, numbers in own.items():
            held = [shards.held[q] for q in numbers]
            at = {"workers": [home], "allow_other_workers": True}
            self.held.append(self.client.submit(Site, numbers, held, shards.counts, actor=True, pure=False, **at))
        wait(self.client, self.held, self.patience.seconds)
        actors = self.client.gather(self.held)
        self.sites = [Standing(*one) for one in zip(actors, own.values(), strict=True)]
        by_shard = {q: (site.actor._address, site.actor.key) for site in self.sites for q in site.shards}
        homes = [by_shard[q] for q in range(len(by_shard))]
        for heard in [site.actor.meet(homes) for site in self.sites]:
            heard.result()

    def _withdraw(self) -> None:
        if self.held:
            self.client.cancel(self.held)  # not only let go of: the sites here hold futures of their own
        self.held, self.sites = [], []
        if self.shards and any(f.status in ("cancelled", "lost", "error") for f in self.shards.futures):
            self._drop_shards()

    def _drop_shards(self) -> None:
        for future in self.shards.futures if self.shards else []:
            future.release()
        self.shards = None


def _is_loss(error: Exception) -> bool:
    """Whether a worker is gone, and not something wrong with the ratings or the work."""
    return isinstance(error, LOST) or str(error).startswith(GONE)
