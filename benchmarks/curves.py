"""Test RMSE against time: is one library's curve ever under another's?"""

from bisect import bisect_right
from collections.abc import Sequence
from typing import NamedTuple


class Point(NamedTuple):
    """After a sweep: seconds since the fit began with arrays of ids, and the test RMSE."""

    seconds: float
    rmse: float


Curve = list[Point]
# Five random starts of one and the same model end this far apart on a million ratings, so less is no difference.
ALIKE = 2e-4


def lowest(curve: Sequence[Point], seconds: float) -> float:
    """The least RMSE that `curve` had shown by then: a staircase down. Infinite before its first sweep."""
    shown = bisect_right([point.seconds for point in curve], seconds)
    return min((point.rmse for point in curve[:shown]), default=float("inf"))


def below(theirs: Sequence[Point], ours: Sequence[Point]) -> Point | None:
    """Where `theirs` is the furthest below `ours` from our first sweep on: when, and by how much; None if nowhere.

    Both are staircases down, so that a new depth can only begin where `theirs` steps or where ours begins.
    """
    first = ours[0].seconds
    moments = [first, *(point.seconds for point in theirs if point.seconds > first)]
    depths = [Point(t, lowest(ours, t) - lowest(theirs, t)) for t in moments]
    deepest = max(depths, key=lambda point: point.rmse)
    return deepest if deepest.rmse > ALIKE else None
