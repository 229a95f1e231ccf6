"""The cluster as a rung of the ladder: its sweeps timed and traced at growing sizes, its State held to another's."""

import tracemalloc
from collections.abc import Callable, Generator, Sequence
from contextlib import closing
from itertools import islice
from typing import Any

from mfcore import als, ladder
from mfcore.cluster.fleet import Patience
from mfcore.cluster.run import fit, steps
from mfcore.ratings import Ratings
from mfcore.scaling import Point
from mfcore.storage import Size

NAME, SWEEPS = "cluster", 5
PATIENCE = Patience(attempts=1, seconds=5)  # a sweep that lost a worker is not worth timing


def climb(
    client: Any, sizes: Sequence[int], cfg: als.Config, make: Callable[[int], Ratings]
) -> Generator[Point, None, None]:
    """A Point a size: the shortest of SWEEPS sweeps after the first; `beside` is summed over the workers.

    client: of a cluster that is running.  sizes: numbers of ratings.  make: the ratings of a size.
    """
    for n in sizes:
        R = make(n)
        with closing(steps(client, R, cfg, patience=PATIENCE)) as sweeps:
            seconds = min(sweep.seconds for sweep in islice(sweeps, 1, 1 + SWEEPS))
            client.run(tracemalloc.start)
            next(sweeps)
            beside = sum(client.run(_most_held).values())
        yield Point(NAME, Size(R.N, R.M, R.n, cfg.k), seconds, ladder.bytes_kept(R), beside)


def apart(client: Any, R: Ratings, cfgs: Sequence[als.Config], reference: als.State) -> Generator[float, None, None]:
    """`ladder.apart` of one sweep of each Config here, from `als.init`'s State at seed 0, from `reference`."""
    for cfg in cfgs:
        yield ladder.apart(fit(client, R, cfg, T=1, seed=0, patience=PATIENCE).local(), reference)


def _most_held() -> int:
    """Bytes allocated at one time at most since the worker was told to trace."""
    most = tracemalloc.get_traced_memory()[1]
    tracemalloc.stop()
    return most
