"""The ratings matrix R (notes §1, 18): what was observed, once by user and once by item.

The sparsity structure is the mask. A pair that is stored was rated, whatever its value: a rating of 0
counts, and so does one that equals the mean.
"""

import hashlib
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, Literal, Self

import numpy as np
from numpy.typing import ArrayLike, NDArray
from scipy.sparse import csr_array

from mfcore.compressed import Duplicates, Entries, Numbered, ends_of, settle_duplicates, sorted_once, transposed
from mfcore.errors import DataError
from mfcore.ids import Floats, Ints, as_values, map_ids, one_column, refuse

__all__ = ["Duplicates", "Floats", "Ints", "Ratings"]


@dataclass(frozen=True, slots=True, eq=False, weakref_slot=True)
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

        Ids may be anything hashable. They are mapped to 0..N−1 here and nowhere else, in ascending order where they
        can be sorted (see `ids.map_ids`). Values keep float32; other numbers, and text that spells one, become float64.
        duplicates: what to do where one user rated one item twice: refuse, keep the last, or take the mean.

        Raises DataError, naming the first offending rows, on unequal lengths, an empty table, a missing id,
        a value that is not a finite number, or (duplicates="error") a repeated pair.
        """
        u, v, r = one_column(users, "user id"), one_column(items, "item id"), one_column(values, "rating")
        _same_length(u, v, r)
        # Numbered where that is needed and let go of there: beside the finished ratings they would set the peak.
        return cls._built(lambda: (map_ids(u, "user id"), map_ids(v, "item id")), r, duplicates, overwrite=False)

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
        overwrite: bool = False,
    ) -> Self:
        """Ratings from ids that are row numbers already: r[t] is what user_ids[i[t]] gave item_ids[j[t]].

        i, j: (n,) integers below N and M.  r: (n,) floats.  overwrite: whether these may be, which spares memory.
        Raises DataError as `from_arrays` does.
        """
        _same_length(i, j, r)
        return cls._built(lambda: ((user_ids, i), (item_ids, j)), r, duplicates, overwrite)

    @classmethod
    def _built(
        cls,
        numbered: Callable[[], tuple[Numbered, Numbered]],
        r: NDArray[Any],
        how: Duplicates,
        overwrite: bool,
    ) -> Self:
        if len(r) == 0:
            raise DataError("there are no ratings: the table is empty")
        r = as_values(r)
        with np.errstate(over="ignore", invalid="ignore"):
            total = r.sum()
        if not np.isfinite(total):  # as it is if any rating is not
            refuse(~np.isfinite(r), "the rating is not a finite number", lambda t: f"{r[t]}")
        once = sorted_once(*numbered(), r, overwrite)
        twice = once.entries if once.by_user else transposed(once.entries)
        by_user = settle_duplicates(twice, numbered, how, once.ascend)
        return cls._of(by_user, once.user_ids, once.item_ids, once.spare if by_user is twice else None)

    @classmethod
    def _of(
        cls, by_user: csr_array, user_ids: NDArray[Any], item_ids: NDArray[Any], spare: Entries | None = None
    ) -> Self:
        mu = float(by_user.data.mean(dtype=np.float64)) if by_user.nnz else 0.0
        return cls(by_user, transposed(by_user, spare), user_ids, item_ids, mu)

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
        """Ψ_i: the items that user i rated, ascending. Raises IndexError unless 0 ≤ i < N."""
        a = self.by_user
        if not 0 <= i < self.N:
            raise IndexError(f"row {i} is not one of 0 to {self.N - 1}")
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

    def parts(self, folds: int = 1, seed: int = 0) -> Iterator[tuple["Ratings", "Ratings"]]:
        """The pairs (train, test) of so many folds; of one alone that of `split`, a tenth held out.

        Raises ValueError where `folds` does, DataError where `split` does.
        """
        return iter([self.split(seed=seed)]) if folds == 1 else self.folds(folds, seed)

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
        kept = csr_array((a.data[keep], a.indices[keep], ends_of(keep, a.indptr)), shape=a.shape)
        return Ratings._of(kept, self.user_ids, self.item_ids)


def _same_length(u: NDArray[Any], v: NDArray[Any], r: NDArray[Any]) -> None:
    if not len(u) == len(v) == len(r):
        raise DataError(f"users, items and values differ in length: {len(u)}, {len(v)} and {len(r)}")
