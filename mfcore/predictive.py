"""What draws from a posterior say of ratings not yet given (notes §12): running moments, and intervals from them."""

from dataclasses import dataclass
from statistics import NormalDist
from typing import Self

import numpy as np

from mfcore.ratings import Floats, Ints


@dataclass(frozen=True, slots=True, eq=False)
class Predictive:
    """Of pairs (i, j), (n,) each, after `draws` draws, in float64.

    mean: (n,) of r̂_ij.  squares: (n,) Σ (r̂_ij − mean)².  noise: the mean of σ² = 1/α.
    """

    i: Ints
    j: Ints
    draws: int
    mean: Floats
    squares: Floats
    noise: float

    @classmethod
    def of(cls, i: Ints, j: Ints) -> Self:
        """Before the first draw: 0 throughout."""
        return cls(i, j, 0, np.zeros(len(i)), np.zeros(len(i)), 0.0)

    def add(self, predicted: Floats, alpha: float) -> Self:
        """One draw more: its r̂_ij, (n,), and its α. Sums of deviations keep digits that sums of squares would lose.

        Source: Welford (1962), Note on a method for calculating corrected sums of squares and products.
        """
        draws = self.draws + 1
        off = predicted - self.mean
        mean = self.mean + off / draws
        squares, noise = self.squares + off * (predicted - mean), self.noise + (1 / alpha - self.noise) / draws
        return type(self)(self.i, self.j, draws, mean, squares, noise)

    @property
    def doubt(self) -> Floats:
        """(n,) the standard deviation of r̂_ij over the draws, in stars: what more ratings would take away."""
        return np.sqrt(self.squares / max(self.draws, 1))

    @property
    def spread(self) -> Floats:
        """(n,) the standard deviation of a rating, in stars: doubt about r̂_ij, and the noise that remains."""
        return np.sqrt(self.squares / max(self.draws, 1) + self.noise)

    def interval(self, share: float) -> tuple[Floats, Floats]:
        """(n,) low and high ends between which a rating lies with probability `share`, 0 < share < 1, in stars.

        r̄ ± z·√(Var r̂ + σ²): the Gaussian with the predictive's mean and variance. It is not cut at the ends of the
        scale of stars, which would not change which ratings lie inside.
        """
        z = NormalDist().inv_cdf((1 + share) / 2)
        return self.mean - z * self.spread, self.mean + z * self.spread
