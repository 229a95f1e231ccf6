"""Whether intervals keep their word (notes §12): how many ratings lie inside, and how wide they are for whom.

Stars are counted on the scale they are given on: a rating is covered where its number lies between the interval's two
ends. The Gaussian knows nothing of whole stars; that its intervals cover what they say is found out here, not assumed.
"""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np

from mfcore.notation import equation
from mfcore.predictive import Predictive
from mfcore.ratings import Floats, Ints


@equation(
    r"\frac{1}{n}\sum_{(i,j)} \mathbf 1\Big[\,|r_{ij} - \bar r_{ij}| \le"
    r" z\sqrt{\mathrm{Var}(\hat r_{ij}) + \sigma^2}\,\Big]",
    notes="12",
)
def covered(seen: Predictive, r: Floats, share: float) -> float:
    """The part of the ratings r (n,) that lie inside their intervals of that share."""
    low, high = seen.interval(share)
    return float(np.mean((low <= r) & (r <= high)))


def curve(seen: Predictive, r: Floats, shares: Sequence[float]) -> Floats:
    """`covered` at each of the shares, 0 < share < 1: on the diagonal where intervals keep their word."""
    return np.array([covered(seen, r, share) for share in shares])


class Group(NamedTuple):
    """The pairs whose user (or item) has `least` to `most` training ratings: how many, and the mean of their widths.

    doubt: the part of the standard deviation that more ratings would take away.  spread: all of it. In stars.
    """

    least: int
    most: int
    n: int
    doubt: float
    spread: float


def by_count(seen: Predictive, counts: Ints, groups: int = 8) -> tuple[Group, ...]:
    """Doubt and spread of the pairs in `groups` groups of about equal size, from few training ratings to many.

    counts: (n,) the number of training ratings of each pair's user, or item. Equal counts are in one group.
    """
    edges = np.unique(np.quantile(counts, np.linspace(0, 1, groups + 1), method="inverted_cdf"))
    which = np.maximum(np.searchsorted(edges, counts) - 1, 0)
    return tuple(
        Group(
            int(counts[own].min()),
            int(counts[own].max()),
            int(own.sum()),
            float(np.sqrt(np.mean(seen.doubt[own] ** 2))),
            float(np.sqrt(np.mean(seen.spread[own] ** 2))),
        )
        for own in (which == g for g in np.unique(which))
    )
