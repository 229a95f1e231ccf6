"""What stands in a hole before a decomposition sees it (notes §5, 7, 10; E9): zeros, the mean, means of rows, columns.

F_ij = b_i + c_j + μ. To write F into the holes of R and then subtract F everywhere leaves 0 in every hole, so what is
decomposed is as sparse as R, whatever the fill: X − F = P_Ω(R − F). F is kept beside it and added back.
"""

from collections.abc import Callable
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings


class Fill(NamedTuple):
    """F_ij = b_i + c_j + μ. b: (N,), c: (M,), in the units of the ratings."""

    b: Floats
    c: Floats
    mu: float

    def at(self, i: Ints, j: Ints) -> Floats:
        """F_ij at the cells of row numbers i, j, both (n,); returns (n,)."""
        F: Floats = self.b[i] + self.c[j] + self.mu
        return F


# A function, because each of them is an equation; it stands in a Config and says by its name what the holes hold.
Filling = Callable[[Ratings], Fill]


@equation(r"F_{ij} = 0", notes="10")
def zeros(R: Ratings) -> Fill:
    """F_ij = 0: a hole becomes the worst rating there is."""
    return Fill(np.zeros(R.N), np.zeros(R.M), 0.0)


@equation(r"F_{ij} = \mu", notes="7, 10")
def mean(R: Ratings) -> Fill:
    """F_ij = μ, the mean of all ratings."""
    return Fill(np.zeros(R.N), np.zeros(R.M), R.mu)


@equation(r"F_{ij} = \mu + b_i, \qquad b_i = \frac{1}{|\Psi_i|} \sum_{j\in\Psi_i} (r_{ij} - \mu)", notes="7, 10")
def user_means(R: Ratings) -> Fill:
    """F_ij = the mean rating of user i; μ for a user without ratings."""
    return Fill(_row_means(R, np.full(R.M, R.mu)), np.zeros(R.M), R.mu)


@equation(r"F_{ij} = \mu + c_j, \qquad c_j = \frac{1}{|\Omega_j|} \sum_{i\in\Omega_j} (r_{ij} - \mu)", notes="7, 10")
def item_means(R: Ratings) -> Fill:
    """F_ij = the mean rating of item j; μ for an item without ratings."""
    return Fill(np.zeros(R.N), _row_means(R.T, np.full(R.N, R.mu)), R.mu)


@equation(
    r"F_{ij} = \mu + c_j + b_i, \qquad b_i = \frac{1}{|\Psi_i|} \sum_{j\in\Psi_i} (r_{ij} - c_j - \mu)", notes="7"
)
def both_means(R: Ratings) -> Fill:
    """F_ij = the mean of item j, and how far user i's ratings lie from those means on average."""
    c = item_means(R).c
    return Fill(_row_means(R, c + R.mu), c, R.mu)


ALL: tuple[Filling, ...] = (zeros, mean, user_means, item_means, both_means)


@equation(r"A = P_\Omega(R - F)", notes="10")
def unexplained(R: Ratings, fill: Fill) -> csr_array:
    """A_ij = r_ij − b_i − c_j − μ where a rating is, 0 in the holes: the filled matrix less F. N×M csr, float64."""
    a = R.by_user
    return csr_array((a.data - fill.at(R.i, R.j), a.indices, a.indptr), shape=a.shape)


def _row_means(R: Ratings, base: Floats) -> Floats:
    """The mean of r_ij − base_j over every row's ratings; 0 for a row without. base: (M,); returns (N,)."""
    sums = np.bincount(R.i, R.r - base[R.j], minlength=R.N)
    return sums / np.maximum(R.users_counts, 1)
