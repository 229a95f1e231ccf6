"""The tree that the sums of all shards go up, by recursive halving, so that no worker at its root has to take them all.

In every round the shards of a group split its items, and themselves, into two halves. Each passes on its sums of the
half that it leaves, and adds what it is given to its sums of the half that it keeps. After ⌈log₂ shards⌉ rounds it is
a group by itself and has, alone, the sums over all shards of a range of items. It has sent no more numbers than its own
sums are. Who adds what depends only on how many shards and items there are. (R. Thakur, R. Rabenseifner and W. Gropp,
2005, Optimization of Collective Communication Operations in MPICH, IJHPCA 19(1).)
"""

from typing import NamedTuple


class Round(NamedTuple):
    """The items that a shard goes on with, those whose sums it passes on, and the shards whose sums it adds."""

    kept: slice
    passed: slice
    givers: range


def rounds(items: slice, shards: int, shard: int) -> list[Round]:
    """What one of the shards does about these items, round after round."""
    found = []
    low, high = 0, shards
    while high - low > 1:
        middle = (low + high) // 2
        cut = items.start + (items.stop - items.start) * (middle - low) // (high - low)
        halves = slice(items.start, cut), slice(cut, items.stop)
        if shard < middle:
            found.append(Round(halves[0], halves[1], range(middle + shard - low, high, middle - low)))
            high, items = middle, halves[0]
        else:
            found.append(Round(halves[1], halves[0], range(low, middle)[shard - middle : shard - middle + 1]))
            low, items = middle, halves[1]
    return found
