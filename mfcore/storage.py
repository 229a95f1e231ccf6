"""What a ratings matrix costs in memory (notes §1, 2, 18): measured by building it, counted where only sizes matter."""

import sys
from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
from scipy.sparse import coo_array, csr_array, lil_array

from mfcore.notation import equation
from mfcore.ratings import Ratings

How = Literal["measured", "counted", "scaled"]
ENOUGH_TO_SCALE = 1000
MOST_CELLS = 50_000_000  # of a table that is built to be measured: 400 MB


@dataclass(frozen=True, slots=True)
class Size:
    """A ratings matrix by its numbers: N users, M items, n ratings, and k, the width of W and U."""

    N: int
    M: int
    n: int
    k: int = 10


NOTES = Size(N=130_000, M=26_000, n=20_000_000, k=10)


@dataclass(frozen=True, slots=True)
class Store:
    """One way to keep the ratings and the bytes it takes.

    how: "measured" on a structure that was built; "counted", the sizes of its arrays added up; "scaled", the
    measured bytes per rating times another number of ratings.
    """

    name: str
    bytes: int
    how: How


@equation(r"N \cdot M", notes="1")
def cells(size: Size) -> int:
    """N·M, the cells of the full table (notes §1)."""
    return size.N * size.M


@equation(r"Nk + Mk = (N + M)\,k", notes="2")
def parameters(size: Size) -> int:
    """Nk + Mk, the numbers in W and U (notes §2)."""
    return (size.N + size.M) * size.k


@equation(r"k^\ast = \frac{|\Omega|}{N + M}", notes="2")
def break_even(size: Size) -> float:
    """k* = n / (N + M): up to this k the two tables hold no more numbers than there are ratings (notes §2)."""
    return size.n / (size.N + size.M)


def measured(R: Ratings) -> tuple[Store, ...]:
    """R built five ways, with 64-bit ratings in each and 32-bit indices, and the bytes of what was built.

    Arrays count their nbytes. Python objects count sys.getsizeof, every distinct object once, so that small
    integers, which Python keeps only one of, are not counted again for every key. A table of more than MOST_CELLS
    is not built but counted, at 8 bytes a cell.
    """
    i, j, r = R.i.astype(np.int32), R.j.astype(np.int32), R.r.astype(np.float64)
    coo = coo_array((r, (i, j)), shape=(R.N, R.M))
    csr = coo.tocsr()
    table = csr.toarray() if R.N * R.M <= MOST_CELLS else None
    built: dict[str, Any] = {
        "dict": dict(zip(zip(i.tolist(), j.tolist(), strict=True), r.tolist(), strict=True)),
        "lil": lil_array(csr),
        "coo": coo,
        "csr": csr,
    }
    dense = Store("dense", 8 * R.N * R.M, "counted") if table is None else Store("dense", bytes_of(table), "measured")
    return dense, *(Store(name, bytes_of(a), "measured") for name, a in built.items())


def expected(size: Size, seen: tuple[Store, ...] = (), n: int = 0) -> tuple[Store, ...]:
    """The bytes of the same five for a matrix that is not built.

    dense, coo and csr are counted, with 64-bit ratings and 32-bit indices: 8·N·M, 16·n and 12·n + 4·(N + 1).
    dict and lil are scaled from `seen`, what was measured on n other ratings, and left out where n is below
    ENOUGH_TO_SCALE: few ratings say little of what each of many costs.
    """
    counted = {"dense": 8 * cells(size), "coo": 16 * size.n, "csr": 12 * size.n + 4 * (size.N + 1)}
    per_rating = {s.name: s.bytes / n for s in seen} if n >= ENOUGH_TO_SCALE else {}
    stores = []
    for name in ("dense", "dict", "lil", "coo", "csr"):
        if name in counted:
            stores.append(Store(name, counted[name], "counted"))
        elif name in per_rating:
            stores.append(Store(name, round(per_rating[name] * size.n), "scaled"))
    return tuple(stores)


def bytes_of(a: Any) -> int:
    """The bytes of an array, of a scipy sparse array, or of dicts, lists, tuples and numbers with all they hold."""
    if isinstance(a, csr_array):
        return int(a.data.nbytes + a.indices.nbytes + a.indptr.nbytes)
    if isinstance(a, coo_array):
        return int(a.data.nbytes + sum(axis.nbytes for axis in a.coords))
    if isinstance(a, lil_array):
        return _deep([a.rows, a.data]) - sys.getsizeof([None, None])
    if isinstance(a, np.ndarray) and a.dtype != object:
        return int(a.nbytes)
    return _deep(a)


def _deep(a: Any) -> int:
    seen: set[int] = set()
    waiting, total = [a], 0
    while waiting:
        x = waiting.pop()
        if id(x) in seen:
            continue
        seen.add(id(x))
        total += x.nbytes if isinstance(x, np.ndarray) else sys.getsizeof(x)
        if isinstance(x, dict):
            waiting.extend(x.keys())
            waiting.extend(x.values())
        elif isinstance(x, list | tuple):
            waiting.extend(x)
        elif isinstance(x, np.ndarray) and x.dtype == object:
            waiting.extend(x.tolist())
    return total
