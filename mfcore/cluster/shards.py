"""Ratings onto the workers, all of a user's in one place; what the client keeps of them does not grow with them."""

from collections import defaultdict
from itertools import chain, pairwise
from operator import getitem
from os import PathLike, fspath
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mfcore.cluster import parts
from mfcore.cluster.desk import Desk, workers
from mfcore.cluster.lazy import dask
from mfcore.data.tables import Columns, find_columns
from mfcore.errors import DataError
from mfcore.ratings import Duplicates, Ratings


class Shards(NamedTuple):
    """Ratings on the workers.

    held: futures of a Ratings each, no user in two of them.  homes: the worker each was put on, which may be gone.
    facts: what each holds.  item_ids: (M,).  counts: a future of (M,) |Ω_j| over all.
    """

    held: list[Any]
    homes: list[str]
    facts: list[parts.Facts]
    item_ids: NDArray[Any]
    counts: Any

    @property
    def futures(self) -> list[Any]:
        return [*self.held, self.counts]

    @property
    def N(self) -> int:
        return sum(f.N for f in self.facts)

    @property
    def n(self) -> int:
        return sum(f.n for f in self.facts)

    @property
    def mu(self) -> float:
        return sum(f.total for f in self.facts) / self.n


def load(
    client: Any, source: Any, count: int, columns: Columns | None, duplicates: Duplicates, seconds: float
) -> Shards:
    """`count` shards of a Ratings, a Dask DataFrame, or a path to Parquet files.

    seconds: without any worker after which this is given up.
    Raises DataError as `Ratings.from_arrays` does, TypeError on another source, TimeoutError or LostSiteError where
    workers are lost.
    """
    there = workers(client)
    homes = [there[q % len(there)] for q in range(count)]
    with Desk(client, seconds) as desk:
        if isinstance(source, Ratings):
            held, item_ids = _of_ratings(desk, source, homes), source.item_ids
        else:
            held, item_ids = _of_frame(desk, *_frame(source, columns), homes, duplicates)
        facts = desk.gather(desk.submit(None, parts.facts, R) for R in held)
        if not sum(f.n for f in facts):
            raise DataError("there are no ratings: the table is empty")
        counts = desk.tree(sum, [desk.submit(None, parts.items_counts, R) for R in held])
        filled = [q for q, f in enumerate(facts) if f.N]
        held = [held[q] for q in filled]
        desk.keep([*held, counts])
    return Shards(held, [homes[q] for q in filled], [facts[q] for q in filled], item_ids, counts)


def _of_ratings(desk: Desk, R: Ratings, homes: list[str]) -> list[Any]:
    """Runs of users with about equally many ratings."""
    a = R.by_user
    cuts = np.searchsorted(a.indptr, np.linspace(0, R.n, len(homes) + 1)[1:-1])
    held, start = [], 0
    for home, stop in zip(homes, [*cuts.tolist(), R.N], strict=True):
        piece = desk.scatter((a[start:stop], R.user_ids[start:stop], R.item_ids), workers=[home])
        held.append(desk.submit(home, parts.of_piece, piece))
        start = stop
    return held


def _frame(source: Any, columns: Columns | None) -> tuple[list[Any], tuple[Any, Any, Any]]:
    """The partitions of the three columns as Delayed, and the columns' names."""
    name = "the Dask DataFrame"
    if isinstance(source, str | PathLike):
        name = fspath(source)
        source = dask.dataframe.read_parquet(name)
    if not isinstance(source, dask.dataframe.DataFrame):
        raise TypeError(f"ratings are a Ratings, a Dask DataFrame or a path to Parquet, not {type(source).__name__}")
    there = list(source.columns)
    u, i, r = (there[at] for at in find_columns([str(c) for c in there], name, columns))
    return source[[u, i, r]].to_delayed(), (u, i, r)


def _of_frame(
    desk: Desk, partitions: list[Any], names: tuple[Any, Any, Any], homes: list[str], duplicates: Duplicates
) -> tuple[list[Any], NDArray[Any]]:
    """Futures of the shards, and all items' ids. Users in several partitions are brought together.

    Where the partitions' user ids lie in ranges that do not overlap nobody is in two of them: then whole partitions
    make up the shards, and no partition is taken apart.
    """
    read = dask.delayed(parts.read, pure=False)
    tables = desk.compute([read(p, number, names) for number, p in enumerate(partitions)])
    spans = [desk.submit(None, parts.span, table) for table in tables]
    apart = _apart(desk.gather(spans)) and len(tables) >= len(homes)
    desk.done_with(spans)
    if apart:
        runs = np.array_split(np.arange(len(tables)), len(homes))
        pieces = [[tables[p] for p in run] for run in runs]
    else:
        pieces = _dealt(desk, tables, len(homes))
    join = parts.joined if apart else parts.gathered
    joined = [desk.submit(home, join, own) for home, own in zip(homes, pieces, strict=True)]
    desk.done_with(chain(*pieces), joined)
    ids = desk.tree(parts.union, [desk.submit(None, getattr, table, "item_ids") for table in joined])
    held = [
        desk.submit(home, parts.ratings, table, ids, duplicates, q)
        for q, (home, table) in enumerate(zip(homes, joined, strict=True))
    ]
    desk.done_with(joined, held)
    return held, desk.gather([ids])[0]


def _dealt(desk: Desk, tables: list[Any], count: int) -> list[list[Any]]:
    """Futures of what `count` shards get of tables with any users.

    A worker deals out all tables that it has at once: so client and scheduler have something to remember for every
    table, and for every worker and shard, but not for every table and shard.
    """
    places = desk.client.who_has(tables)
    own = defaultdict(list)
    for number, table in enumerate(tables):
        own[min(places.get(table.key) or [None])].append(number)
    hands = [desk.submit(home, parts.dealt, at, [tables[p] for p in at], count) for home, at in own.items()]
    desk.done_with(tables, hands)
    pieces = [[desk.submit(None, getitem, hand, q) for hand in hands] for q in range(count)]
    desk.done_with(hands, chain(*pieces))
    return pieces


def _apart(spans: list[Any]) -> bool:
    """Whether no two of these ranges of ids overlap; not, where that cannot be told."""
    try:
        return all(a[1] < b[0] for a, b in pairwise(sorted(s for s in spans if s != (None, None))))
    except TypeError:  # a None, or ids of types that have no common order
        return False
