"""What nearness among trained vectors is worth (notes §13): held against genres, against chance, against another start.

`has` says which of the M items carries which of G names, such as genres: (M, G), of bool.
"""

from typing import NamedTuple

import numpy as np
from numpy.typing import NDArray

from mfcore import words
from mfcore.interpret import neighbours
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints

Bools = NDArray[np.bool_]


def nearest(U: Floats, n: int) -> Ints:
    """The n items nearest to each by cosine, nearest first: (M, n). U: (M, k), M > n."""
    return np.stack([neighbours(U, j, n=n)[0] for j in range(len(U))])


@equation(r"\frac1n \sum_{q \,\in\, \mathrm{near}(j)} [\, j \text{ and } q \text{ share a genre} \,]", notes="13")
def agreement(near: Ints, has: Bools) -> Floats:
    """The share of each item's neighbours that carry one of its own names: (M,). near: (M, n)."""
    share: Floats = np.einsum("jg,jng->jn", has.astype(int), has[near].astype(int)).astype(bool).mean(axis=1)
    return share


def agreement_by_chance(has: Bools) -> Floats:
    """The same share for each item among all others, which is what neighbours drawn by lot would have: (M,), M > 1."""
    shared = has.astype(int) @ has.T.astype(int) > 0
    np.fill_diagonal(shared, False)
    share: Floats = shared.sum(axis=1) / (len(has) - 1)
    return share


@equation(r"\frac1n \,\big|\mathrm{near}(j) \cap \mathrm{near}'(j)\big|", notes="13")
def overlap(near: Ints, other: Ints) -> Floats:
    """The share of each item's neighbours that are its neighbours again in another fit: (M,). near, other: (M, n).

    By chance it is n/(M − 1).
    """
    again: Floats = (near[:, :, None] == other[:, None, :]).any(axis=2).mean(axis=1)
    return again


def analogies(has: Bools, m: int, rng: np.random.Generator) -> Ints:
    """At most m triples (a, b, c): b and c differ, a carries what b does and one name y more, which c lacks: (·, 3).

    a − b is then y alone, and a − b + c should carry what c does and y. b and c carry a name each. No triple twice.
    """
    size = has.sum(axis=1)
    more = (has.astype(int) @ has.T.astype(int) == size) & (size[:, None] == size + 1) & (size > 0)  # a over b
    found: set[tuple[int, int, int]] = set()
    pairs = np.argwhere(more)
    for a, b in pairs[rng.integers(len(pairs), size=2 * m)].tolist() if len(pairs) else ():
        y = int(np.flatnonzero(has[a] & ~has[b])[0])
        fit = np.flatnonzero(~has[:, y] & (size > 0) & (has != has[b]).any(axis=1))
        if len(fit) and len(found) < m:
            found.add((a, b, int(fit[rng.integers(len(fit))])))
    return np.array(sorted(found), np.int64).reshape(-1, 3)


class Score(NamedTuple):
    """Shares of analogies whose first answer carries the expected names, by how the answer was found.

    arithmetic: nearest to u_a − u_b + u_c.  near_c, near_a: nearest to c, or to a, alone.  chance: drawn by lot.
    """

    arithmetic: float
    near_c: float
    near_a: float
    chance: float


def scored(U: Floats, has: Bools, triples: Ints) -> Score:
    """How often the answer carries y and one of c's own names, a, b and c left out. U: (M, k); triples: (m, 3), m > 0.

    The answers near c and near a alone say whether the arithmetic did anything.
    """
    rows = []
    for a, b, c in triples.tolist():
        good = right(has, a, b, c)
        answers = [words.analogy(U, *three, n=4)[0] for three in ((a, b, c), (c, c, c), (a, a, a))]
        firsts = [next(q for q in found if q not in (a, b, c)) for found in answers]
        rest = np.delete(good, [a, b, c])
        rows.append([*good[firsts], rest.mean()])
    return Score(*np.mean(rows, axis=0).tolist())


@equation(
    r"q \text{ is right if } g(q) \supseteq g(a) \setminus g(b) \text{ and } g(q) \cap g(c) \ne \emptyset", notes="13"
)
def right(has: Bools, a: int, b: int, c: int) -> Bools:
    """The items that would do as a − b + c: they carry what a has beyond b, and one of c's names at least. (M,).

    g(q): the names that item q carries.
    """
    beyond = has[a] & ~has[b]
    return np.logical_and(has[:, beyond].all(axis=1), has[:, has[c]].any(axis=1))
