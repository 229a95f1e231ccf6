"""What plain MF leaves open (notes §6; E11): rows with fewer ratings than factors, and all solutions they have."""

from typing import NamedTuple

import numpy as np

from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings
from mfcore.ridge import Row


class Rows(NamedTuple):
    """How many users and items."""

    users: int
    items: int


def short_rows(R: Ratings, k: int) -> Rows:
    """Those with 1 to k − 1 ratings: A = Σ z zᵀ cannot have rank k, whatever the vectors z are."""
    users, items = (int(np.count_nonzero((n > 0) & (n < k))) for n in (R.users_counts, R.items_counts))
    return Rows(users, items)


def square_rows(R: Ratings, k: int) -> Rows:
    """Those with exactly k ratings: as many equations as unknowns, so the fit is exact at whatever length it takes."""
    users, items = (int(np.count_nonzero(n == k)) for n in (R.users_counts, R.items_counts))
    return Rows(users, items)


def eigenvalues(A: Floats) -> Floats:
    """The eigenvalues of a symmetric A, largest first; as many are 0 as directions are free."""
    found: Floats = np.linalg.eigvalsh(A)[::-1]
    return found


def free_directions(row: Row) -> Floats:
    """(k, k − rank) orthonormal columns d with A d = 0: what is added to x along them, no rating of the row notices."""
    _, vectors = np.linalg.eigh(row.A)
    free: Floats = vectors[:, : len(row.x) - row.rank]
    return free


@equation(r"x(a) = x + a\,d, \qquad A\,d = 0", notes="6")
def family(row: Row, a: Floats) -> Floats:
    """x + a·d for every a along the first free direction d; all minimise J, and x, at a = 0, is the shortest.

    a: (n,).  Returns (n, k).  Raises ValueError if the solution is unique.
    """
    if row.unique:
        raise ValueError("the solution is unique: no direction is free")
    d = free_directions(row)[:, 0]
    solutions: Floats = row.x + a[:, None] * d
    return solutions
