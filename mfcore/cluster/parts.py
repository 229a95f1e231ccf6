"""On the workers, before the first sweep: from parts of a table to Ratings that hold all of a user's, each once."""

from itertools import chain
from typing import Any, NamedTuple
from zlib import crc32

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mfcore.data.fast import Table, narrowed
from mfcore.errors import DataError
from mfcore.ids import Ints, as_values, map_ids, one_column, refuse
from mfcore.ratings import Duplicates, Ratings

Ids = NDArray[Any]
_SPREAD = np.uint64(0x9E3779B97F4A7C15)  # 2⁶⁴ over the golden ratio: neighbours land far apart


class Facts(NamedTuple):
    """What the client hears of a shard: users, ratings, the sum of the ratings, and the type of its user ids."""

    N: int
    n: int
    total: float
    ids: np.dtype[Any]


def read(part: Any, number: int, names: tuple[Any, Any, Any]) -> Table:
    """One pandas table as arrays. Raises DataError, naming the part and its first rows, as Ratings.from_arrays does."""
    try:
        users, items, values = (
            one_column(part[name], what) for name, what in zip(names, ("user id", "item id", "rating"), strict=True)
        )
        r = as_values(values)
        refuse(~np.isfinite(r), "the rating is not a finite number", lambda t: f"{r[t]}")
        return Table(*map_ids(users, "user id"), *map_ids(items, "item id"), narrowed(r))
    except DataError as e:
        raise DataError(f"part {number} of the ratings (counted from 0): {e}") from None


def span(table: Table) -> tuple[Any, Any] | None:
    """The first and the last user id where they have an order, else None; an empty table has two Nones."""
    ids = table.user_ids
    if not len(ids):
        return None, None
    ordered = ids.dtype.kind != "O" or all(type(x) is str for x in ids)
    return (ids[0], ids[-1]) if ordered else None


def dealt(numbers: list[int], tables: list[Table], count: int) -> list[dict[int, Table]]:
    """For each of `count` shards its piece of every table, by the table's number.

    Where a user's ratings go depends on nothing but the id.
    """
    pieces = zip(*(_dealt(table, count) for table in tables), strict=True)
    return [dict(zip(numbers, own, strict=True)) for own in pieces]


def gathered(pieces: list[dict[int, Table]]) -> Table:
    """All that was dealt to a shard, in the order of the tables' numbers."""
    several = {number: table for piece in pieces for number, table in piece.items()}
    return joined([several[number] for number in sorted(several)])


def _dealt(table: Table, count: int) -> list[Table]:
    to = _place(table.user_ids, count)[table.i]
    order = np.argsort(to, kind="stable")
    ends = np.cumsum(np.bincount(to, minlength=count))
    return [_rows(table, rows) for rows in np.split(order, ends[:-1])]


def joined(tables: list[Table]) -> Table:
    """The tables one below the other, in their order, with ids numbered anew."""
    user_ids, i = _renumbered([(t.user_ids, t.i) for t in tables], "user id")
    item_ids, j = _renumbered([(t.item_ids, t.j) for t in tables], "item id")
    return Table(user_ids, i, item_ids, j, np.concatenate([t.r for t in tables]))


def union(ids: list[Ids]) -> Ids:
    """The distinct ids of all, in `map_ids`' order."""
    return map_ids(_chained(ids, "item id"), "item id")[0]


def ratings(table: Table, item_ids: Ids, duplicates: Duplicates, number: int) -> Ratings:
    """A shard: N its users, M all items. Raises DataError on a repeated pair, as `duplicates` says."""
    if not len(table.r):
        return of_piece((csr_array((0, len(item_ids))), table.user_ids, item_ids))
    place = {x: t for t, x in enumerate(item_ids.tolist())}
    at = np.array([place[x] for x in table.item_ids.tolist()], np.int32)
    try:
        return Ratings.from_codes(table.i, at[table.j], table.r, table.user_ids, item_ids, duplicates=duplicates)
    except DataError as e:
        raise DataError(f"shard {number} of the ratings, whose rows are counted as they came together: {e}") from None


def of_piece(piece: tuple[csr_array, Ids, Ids]) -> Ratings:
    """A shard of rows of a Ratings, with their users and all its items."""
    return Ratings._of(*piece)


def facts(R: Ratings) -> Facts:
    return Facts(R.N, R.n, float(R.r.sum(dtype=np.float64)), R.user_ids.dtype)


def items_counts(R: Ratings) -> Ints:
    return R.items_counts.astype(np.int64)


def _place(ids: Ids, count: int) -> Ints:
    if ids.dtype.kind in "iu":
        key = ids.astype(np.int64).view(np.uint64)
    else:
        key = np.array([_key(x) for x in ids.tolist()], np.uint64)
    return ((key * _SPREAD >> np.uint64(32)) % np.uint64(count)).astype(np.int64)


def _key(x: Any) -> int:
    """Equal for equal ids in every process, which Python's hash of text is not; 1 and 1.0 are equal."""
    return int(x) & (2**64 - 1) if isinstance(x, int | float) and x == int(x) else crc32(repr(x).encode())


def _rows(table: Table, rows: Ints) -> Table:
    return Table(*_used(table.user_ids, table.i[rows]), *_used(table.item_ids, table.j[rows]), table.r[rows])


def _used(ids: Ids, code: Ints) -> tuple[Ids, Ints]:
    seen = np.zeros(len(ids), bool)
    seen[code] = True
    return ids[seen], (np.cumsum(seen, dtype=np.int32) - np.int32(1))[code]


def _renumbered(numbered: list[tuple[Ids, Ints]], what: str) -> tuple[Ids, Ints]:
    ids, code = map_ids(_chained([ids for ids, _ in numbered], what), what)
    starts = np.cumsum([0, *(len(ids) for ids, _ in numbered)])
    return ids, np.concatenate([code[start + own] for start, (_, own) in zip(starts, numbered, strict=False)])


def _chained(several: list[Ids], what: str) -> Ids:
    """One column of several; kinds that numpy would turn into each other, such as 1 into "1", are kept apart."""
    several = [ids for ids in several if len(ids)] or several[:1]
    if len({ids.dtype.kind for ids in several}) == 1:
        return np.concatenate(several)
    return one_column(list(chain.from_iterable(ids.tolist() for ids in several)), what)
