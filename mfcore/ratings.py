"""The ratings matrix R (notes §1, 18): what was observed, once by user and once by item.

The sparsity structure is the mask. A pair that is stored was rated, whatever its value: a rating of 0
counts, and so does one that equals the mean.
"""

import hashlib
from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from mfcore.errors import DataError

Floats = NDArray[np.floating[Any]]
Ints = NDArray[np.integer[Any]]
Duplicates = Literal["error", "last", "mean"]


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """Observed ratings of N users and M items.

    by_user: N×M csr, the ratings of user i in row i, items ascending.
    by_item: M×N csr, the same ratings, row j those of item j.
    user_ids: (N,) the ids as they were given; row i belongs to user_ids[i].  item_ids: (M,) likewise.
    mu: the mean of these ratings, accumulated in float64.
    """

    by_user: csr_array
    by_item: csr_array
    user_ids: NDArray[Any]
    item_ids: NDArray[Any]
    mu: float

    @classmethod
    def from_arrays(
        cls, users: ArrayLike, items: ArrayLike, values: ArrayLike, *, duplicates: Duplicates = "error"
    ) -> Self:
        """Ratings from three equally long sequences of user ids, item ids and values.

        Ids may be anything hashable. They are mapped to 0..N-1 here and nowhere else: in ascending order where
        they can be sorted, else in order of first appearance. Values keep float32; all else becomes float64.
        duplicates: what to do where one user rated one item twice: refuse, keep the last, or take the mean.

        Raises DataError, naming the first offending rows, on unequal lengths, an empty table, a missing id,
        a value that is not a finite number, or (duplicates="error") a repeated pair.
        """
        r = _as_values(values)
        user_ids, i = _map_ids(users, "user")
        item_ids, j = _map_ids(items, "item")
        return cls.from_codes(i, j, r, user_ids, item_ids, duplicates=duplicates)

    @classmethod
    def from_codes(
        cls,
        i: Ints,
        j: Ints,
        r: Floats,
        user_ids: NDArray[Any],
        item_ids: NDArray[Any],
        *,
        duplicates: Duplicates = "error",
    ) -> Self:
        """Ratings from ids that are row numbers already: r[t] is what user_ids[i[t]] gave item_ids[j[t]].

        i, j: (n,) integers below N and M.  r: (n,) floats.  Raises DataError as `from_arrays` does.
        """
        if not len(i) == len(j) == len(r):
            raise DataError(f"users, items and values differ in length: {len(i)}, {len(j)} and {len(r)}")
        if len(r) == 0:
            raise DataError("there are no ratings: the table is empty")
        _refuse(~np.isfinite(r), "the rating is not a finite number", lambda t: f"{r[t]}")
        by_user = _csr(i, j, r, (len(user_ids), len(item_ids)))
        by_user = _settle_duplicates(by_user, i, j, r, user_ids, item_ids, duplicates)
        return cls._of(by_user, user_ids, item_ids)

    @classmethod
    def _of(cls, by_user: csr_array, user_ids: NDArray[Any], item_ids: NDArray[Any]) -> Self:
        mu = float(by_user.data.mean(dtype=np.float64)) if by_user.nnz else 0.0
        return cls(by_user, _transposed(by_user), user_ids, item_ids, mu)

    @property
    def N(self) -> int:
        """Number of users."""
        return int(self.by_user.shape[0])

    @property
    def M(self) -> int:
        """Number of items."""
        return int(self.by_user.shape[1])

    @property
    def n(self) -> int:
        """Number of ratings, |Ω|."""
        return int(self.by_user.nnz)

    @property
    def density(self) -> float:
        """The observed share of the N·M cells."""
        return self.n / (self.N * self.M)

    @property
    def i(self) -> Ints:
        """(n,) the user of every rating, in the order of `j` and `r`; made anew at each call."""
        return np.repeat(np.arange(self.N, dtype=self.by_user.indices.dtype), self.users_counts)

    @property
    def j(self) -> Ints:
        """(n,) the item of every rating."""
        return self.by_user.indices

    @property
    def r(self) -> Floats:
        """(n,) the ratings, user by user, items ascending."""
        return self.by_user.data

    @property
    def users_counts(self) -> Ints:
        """(N,) |Ψ_i|: how many items each user rated."""
        return np.diff(self.by_user.indptr)

    @property
    def items_counts(self) -> Ints:
        """(M,) |Ω_j|: how many users rated each item."""
        return np.diff(self.by_item.indptr)

    @property
    def T(self) -> "Ratings":
        """The same ratings with items as users: every update of U is the update of W on this. Shares all memory."""
        return Ratings(self.by_item, self.by_user, self.item_ids, self.user_ids, self.mu)

    def Psi(self, i: int) -> Ints:
        """Ψ_i: the items that user i rated, ascending."""
        a = self.by_user
        return a.indices[a.indptr[i] : a.indptr[i + 1]]

    def Omega(self, j: int) -> Ints:
        """Ω_j: the users that rated item j, ascending."""
        return self.T.Psi(j)

    def of_user(self, i: int) -> tuple[Ints, Floats]:
        """Ψ_i and the ratings r_ij beside it."""
        a = self.by_user
        return self.Psi(i), a.data[a.indptr[i] : a.indptr[i + 1]]

    def of_item(self, j: int) -> tuple[Ints, Floats]:
        """Ω_j and the ratings r_ij beside it."""
        return self.T.of_user(j)

    def split(
        self, test: float = 0.1, seed: int = 0, *, by: Literal["rating", "user"] = "rating"
    ) -> tuple["Ratings", "Ratings"]:
        """Train and test, with the same ids and the same N and M on both sides.

        test: the share held out, 0 < test < 1.  by="rating" draws from all ratings alike; by="user" takes that
        share of each user's own, rounded down, so that nobody who had a rating is left without one.
        The same seed gives the same split.

        Raises ValueError on another share or `by`, DataError if a side would be empty.
        """
        if not 0 < test < 1:
            raise ValueError(f"test is the share held out and lies between 0 and 1, not {test}")
        rng = np.random.default_rng(seed)
        if by == "rating":
            held_out = np.zeros(self.n, bool)
            held_out[rng.permutation(self.n)[: round(test * self.n)]] = True
        elif by == "user":
            place, counts = self._shuffled_places(rng)
            held_out = place < np.floor(test * counts)
        else:
            raise ValueError(f'by is "rating" or "user", not {by!r}')
        if not 0 < held_out.sum() < self.n:
            raise DataError(f"{self.n} ratings are too few to hold out {test:.0%} of them")
        return self._where(~held_out), self._where(held_out)

    def folds(self, K: int = 5, seed: int = 0) -> Iterator[tuple["Ratings", "Ratings"]]:
        """K pairs (train, test) whose test parts share no rating and together are all ratings.

        Raises ValueError unless 2 ≤ K ≤ n.
        """
        if not 2 <= K <= self.n:
            raise ValueError(f"K lies between 2 and the number of ratings {self.n}, not {K}")
        fold = np.random.default_rng(seed).permutation(self.n) % K
        return ((self._where(fold != f), self._where(fold == f)) for f in range(K))

    @property
    def digest(self) -> str:
        """A name for exactly these ratings and ids, for cache keys: equal content, equal name."""
        h = hashlib.blake2b(digest_size=16)
        for part in (self.by_user.indptr, self.by_user.indices, self.by_user.data):
            h.update(f"{part.dtype}{part.shape}".encode())
            h.update(np.ascontiguousarray(part).data)
        for ids in (self.user_ids, self.item_ids):
            h.update(repr((ids.dtype, ids.tolist())).encode())
        return h.hexdigest()

    def _shuffled_places(self, rng: np.random.Generator) -> tuple[Ints, Ints]:
        """For every rating: its place in a random order of its user's ratings, and how many those are."""
        i, counts = self.i, self.users_counts
        order = np.lexsort((rng.random(self.n), i))
        place = np.empty(self.n, np.int64)
        place[order] = np.arange(self.n) - np.repeat(self.by_user.indptr[:-1], counts)
        return place, np.repeat(counts, counts)

    def _where(self, keep: NDArray[np.bool_]) -> "Ratings":
        a = self.by_user
        indptr = np.concatenate(([0], np.cumsum(keep, dtype=np.int64)))[a.indptr].astype(a.indptr.dtype)
        kept = csr_array((a.data[keep], a.indices[keep], indptr), shape=a.shape)
        return Ratings._of(kept, self.user_ids, self.item_ids)


def _as_values(values: ArrayLike) -> Floats:
    a = np.asarray(values)
    if a.dtype in (np.float32, np.float64):
        return a
    try:
        return a.astype(np.float64)
    except (TypeError, ValueError):
        _refuse(np.array([not _is_number(x) for x in a.tolist()]), "the rating is not a number", lambda t: repr(a[t]))
        raise


def _is_number(x: object) -> bool:
    try:
        float(x)  # type: ignore[arg-type]
    except (TypeError, ValueError):
        return False
    return True


def _map_ids(ids: ArrayLike, what: str) -> tuple[NDArray[Any], Ints]:
    """The distinct ids and, for every row, the number of its id among them."""
    a = ids if isinstance(ids, np.ndarray) else _as_ids(ids)
    if a.dtype.kind in "iu" and len(a):
        return _map_integers(a)
    if a.dtype.kind == "f":
        _refuse(~np.isfinite(a), f"the {what} id is missing", lambda t: f"{a[t]}")
    if a.dtype.kind != "O":
        unique, code = np.unique(a, return_inverse=True)
        return unique, code.astype(np.int32)
    missing = np.array([x is None or x != x for x in a], bool)
    _refuse(missing, f"the {what} id is missing", lambda t: repr(a[t]))
    number: dict[Any, int] = {}
    try:
        code = np.fromiter((number.setdefault(x, len(number)) for x in a), np.int32, len(a))
    except TypeError as e:
        raise DataError(f"a {what} id cannot be told apart from others: {e}") from e
    return _sorted_ids(list(number), code)


def _as_ids(ids: ArrayLike) -> NDArray[Any]:
    """An array of ids that keeps each as it is: tuples stay tuples, and 1 and "1" stay two ids."""
    listed = list(ids)  # type: ignore[arg-type]
    kinds = {type(x) for x in listed}
    if len(kinds) == 1 and kinds <= {int, str, float, np.int32, np.int64}:
        return np.asarray(listed)
    a = np.empty(len(listed), object)
    for t, x in enumerate(listed):
        a[t] = x
    return a


def _sorted_ids(unique: list[Any], code: Ints) -> tuple[NDArray[Any], Ints]:
    ids = np.empty(len(unique), object)
    for t, x in enumerate(unique):
        ids[t] = x
    try:
        order = np.array(sorted(range(len(unique)), key=lambda t: unique[t]), np.intp)
    except TypeError:
        return ids, code
    rank = np.empty(len(order), np.int32)
    rank[order] = np.arange(len(order))
    return ids[order], rank[code]


def _map_integers(a: NDArray[Any]) -> tuple[NDArray[Any], Ints]:
    """`np.unique` by a table of the range of ids where that is small, which is many times faster than sorting."""
    low, high = int(a.min()), int(a.max())
    if high - low >= 4 * len(a) + 1024:
        unique, code = np.unique(a, return_inverse=True)
        return unique, code.astype(np.int32)
    seen = np.zeros(high - low + 1, bool)
    seen[a - low] = True
    number = np.cumsum(seen, dtype=np.int32) - np.int32(1)
    return np.flatnonzero(seen).astype(a.dtype) + a.dtype.type(low), number[a - low]


def _csr(i: Ints, j: Ints, r: Floats, shape: tuple[int, int]) -> csr_array:
    """Triples as csr with ascending, possibly repeated, columns; repeated pairs keep the order they came in."""
    order = np.lexsort((j, i))
    indptr = np.concatenate(([0], np.cumsum(np.bincount(i, minlength=shape[0]))))
    return csr_array((r[order], j[order].astype(np.int32), indptr), shape=shape)


def _transposed(a: csr_array) -> csr_array:
    return a.T.tocsr()


def _settle_duplicates(
    a: csr_array, i: Ints, j: Ints, r: Floats, user_ids: NDArray[Any], item_ids: NDArray[Any], how: Duplicates
) -> csr_array:
    if how not in ("error", "last", "mean"):
        raise ValueError(f'duplicates is "error", "last" or "mean", not {how!r}')
    rows = np.repeat(np.arange(a.shape[0]), np.diff(a.indptr))
    again = np.concatenate(([False], (np.diff(a.indices) == 0) & (np.diff(rows) == 0)))
    if not again.any():
        return a
    if how == "error":
        t = int(np.flatnonzero(again)[0])
        same = np.flatnonzero((i == rows[t]) & (j == a.indices[t]))
        raise DataError(
            f"user {user_ids[rows[t]]!r} rated item {item_ids[a.indices[t]]!r} more than once, in rows "
            f"{_listed(same)} (counted from 0); {int(again.sum())} repeated ratings in all. "
            'Choose duplicates="last" or duplicates="mean" to keep one of each'
        )
    group = np.cumsum(~again) - 1
    last = np.concatenate((~again[1:], [True]))
    if how == "last":
        data = a.data[last]
    else:
        data = (np.bincount(group, a.data) / np.bincount(group)).astype(a.data.dtype)
    indptr = np.concatenate(([0], np.cumsum(np.bincount(rows[last], minlength=a.shape[0]))))
    return csr_array((data, a.indices[last], indptr), shape=a.shape)


def _refuse(bad: NDArray[np.bool_], why: str, show: Any) -> None:
    if bad.any():
        rows = np.flatnonzero(bad)
        raise DataError(f"{why} in row {_listed(rows)} (counted from 0; the first is {show(int(rows[0]))})")


def _listed(rows: Ints, most: int = 5) -> str:
    more = f" and {len(rows) - most} more" if len(rows) > most else ""
    return ", ".join(str(int(t)) for t in rows[:most]) + more
