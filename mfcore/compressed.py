"""From triples to compressed rows: sorted, their repeated pairs settled, turned from by user to by item."""

from collections.abc import Callable
from typing import Any, Literal, NamedTuple

import numpy as np
from numpy.typing import NDArray
from scipy.sparse import csr_array

from mfcore.errors import DataError
from mfcore.ids import Floats, Ints, extent, listed, refuse

Duplicates = Literal["error", "last", "mean"]
Numbered = tuple[NDArray[Any], Ints]  # the ids, and for every rating the number of its own among them
Entries = tuple[Ints, Floats]

_PIECE = 1 << 20  # entries looked at together


class Sorted(NamedTuple):
    """entries: N×M csr if by_user, else M×N.  spare: what may be written over once they have been transposed.

    ascend: whether the columns of every row are known to ascend, so that no pair comes twice.
    """

    entries: csr_array
    by_user: bool
    user_ids: NDArray[Any]
    item_ids: NDArray[Any]
    spare: Entries | None
    ascend: bool = False


def _refuse_beyond(code: Ints, size: int, what: str) -> None:
    low, high = extent(code)
    if low < 0 or high >= size:
        refuse((code < 0) | (code >= size), f"the {what} number is not one of 0 to {size - 1}", lambda t: f"{code[t]}")


def sorted_once(users: Numbered, items: Numbered, r: Floats, overwrite: bool) -> Sorted:
    """Triples by item, in the order they came in; or, where they come by user, by user with items ascending.

    Transposed, what is by item becomes by user with its items ascending. Pairs that come more than once stand beside
    each other in the order they came in.
    """
    (user_ids, i), (item_ids, j) = users, items
    _refuse_beyond(i, len(user_ids), "user")
    _refuse_beyond(j, len(item_ids), "item")
    n, shape = len(r), (len(user_ids), len(item_ids))
    index = np.dtype(np.int32 if max(n, *shape) < 2**31 else np.int64)
    rows, columns = i.astype(index, copy=False), j.astype(index, copy=False)
    if sort := _compiled_sort(n):
        if sort.in_order(rows):
            by_user, kept = sort.rows_sorted(rows, columns, r, shape, keep=overwrite)
            spare = (columns, r) if overwrite and not kept else None
            return Sorted(by_user, True, user_ids, item_ids, spare, ascend=kept)
        by_item = sort.by_column(rows, columns, r, shape)
        return Sorted(by_item, False, user_ids, item_ids, (by_item.indices, by_item.data))
    by_place = csr_array((r, columns, np.arange(n + 1, dtype=index)), shape=(n, shape[1])).tocsc()
    by_item = csr_array((by_place.data, rows.take(by_place.indices), by_place.indptr), shape=shape[::-1])
    return Sorted(by_item, False, user_ids, item_ids, None)


def transposed(a: csr_array, into: Entries | None = None) -> csr_array:
    """aᵀ as csr. into: as many column numbers and values that are no longer needed and may be written over."""
    sort = _compiled_sort(a.nnz)
    return sort.transposed(a, into) if sort else a.T.tocsr()


def _compiled_sort(n: int) -> Any:
    from mfcore import kernels  # which stands on this module

    return kernels.sort_form(n)


def settle_duplicates(
    a: csr_array, numbered: Callable[[], tuple[Numbered, Numbered]], how: Duplicates, ascend: bool = False
) -> csr_array:
    """`a` itself where no pair comes twice; else what `how` makes of it, or DataError naming the first pair's rows.

    ascend: as in `Sorted`.
    """
    if how not in ("error", "last", "mean"):
        raise ValueError(f'duplicates is "error", "last" or "mean", not {how!r}')
    repeats = _repeats(a) if not ascend else a.indices[:0]
    if not len(repeats):
        return a
    if how == "error":
        t = int(repeats[0])
        row, column = int(np.searchsorted(a.indptr, t, side="right")) - 1, a.indices[t]
        (user_ids, i), (item_ids, j) = numbered()
        same = np.flatnonzero((i == row) & (j == column))
        raise DataError(
            f"user {_shown(user_ids, row)} rated item {_shown(item_ids, column)} more than once, in rows "
            f"{listed(same)} (counted from 0); {len(repeats)} repeated ratings in all. "
            'Choose duplicates="last" or duplicates="mean" to keep one of each'
        )
    last = np.ones(a.nnz, bool)
    last[repeats - 1] = False
    if how == "last":
        data = a.data[last]
    else:
        group = np.zeros(a.nnz, np.int64)
        group[np.flatnonzero(last)[:-1] + 1] = 1
        np.cumsum(group, out=group)
        data = (np.bincount(group, a.data) / np.bincount(group)).astype(a.data.dtype)
    return csr_array((data, a.indices[last], ends_of(last, a.indptr)), shape=a.shape)


def _repeats(a: csr_array) -> Ints:
    """The places of the entries whose row and column are those of the entry before."""
    found = [np.empty(0, np.intp)]
    for start in range(1, a.nnz, _PIECE):
        piece = a.indices[start - 1 : start + _PIECE]
        found.append(start + np.flatnonzero(piece[1:] == piece[:-1]))
    at = np.concatenate(found)
    return at[a.indptr[np.searchsorted(a.indptr, at, side="right") - 1] < at]


def ends_of(keep: NDArray[np.bool_], indptr: Ints) -> Ints:
    """indptr of the rows that are left where only the entries of `keep` stay."""
    before = np.zeros(len(keep) + 1, indptr.dtype)
    np.cumsum(keep, out=before[1:])
    return before[indptr]


def _shown(ids: NDArray[Any], at: int) -> str:
    """The id as a person would write it: 7 and not np.int64(7)."""
    return repr(ids[at : at + 1].tolist()[0])
