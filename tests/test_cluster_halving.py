"""Recursive halving, played through without a cluster: who passes what on to whom, and what is left in the end."""

from itertools import pairwise
from math import ceil, log2

import numpy as np
import pytest

from mfcore.cluster.halving import rounds

SHARDS = [*range(1, 18), 64]


def played(shards: int, items: slice, S: np.ndarray) -> list[tuple[slice, np.ndarray]]:
    """What every shard is left with, its own sums S[q] of these items added up as it is told to."""
    plans = [rounds(items, shards, q) for q in range(shards)]
    held = [(items, S[q]) for q in range(shards)]
    for turn in range(max(map(len, plans))):
        before = [*held]

        def sums(q: int, part: slice, before: list[tuple[slice, np.ndarray]] = before) -> np.ndarray:
            at = before[q][0].start
            assert before[q][0].start <= part.start <= part.stop <= before[q][0].stop
            return before[q][1][part.start - at : part.stop - at]

        taken = []
        for q, plan in enumerate(plans):
            if turn < len(plan):
                kept, passed, givers = plan[turn]
                assert sorted([(kept.start, kept.stop), (passed.start, passed.stop)])[0][0] == before[q][0].start
                assert all(plans[giver][turn].passed == kept for giver in givers)
                held[q] = kept, sum((sums(giver, kept) for giver in givers), sums(q, kept))
                taken += givers
        assert sorted(taken) == [q for q, plan in enumerate(plans) if turn < len(plan)], "everybody is heard once"
    return held


@pytest.mark.parametrize("shards", SHARDS)
@pytest.mark.parametrize("M", [0, 1, 5, 100])
def test_every_item_ends_with_the_sums_of_all_shards_at_one_of_them(shards, M) -> None:
    S = np.random.default_rng(0).integers(0, 1000, (shards, M, 2))
    left = played(shards, slice(7, 7 + M), S)
    assert (left[0][0].start, left[-1][0].stop) == (7, 7 + M)
    assert all(a.stop == b.start for (a, _), (b, _) in pairwise(left)), "ranges follow each other as the shards do"
    np.testing.assert_array_equal(np.concatenate([sums for _, sums in left]), S.sum(0))


@pytest.mark.parametrize("shards", SHARDS)
def test_a_shard_sends_less_than_its_own_sums_in_few_rounds_and_solves_its_share(shards) -> None:
    M = 64 * 9 * 5 * 7
    for q in range(shards):
        plan = rounds(slice(0, M), shards, q)
        assert len(plan) <= ceil(log2(shards))
        left = plan[-1].kept if plan else slice(0, M)
        assert left.stop - left.start == pytest.approx(M / shards, abs=ceil(log2(shards)))
        sent = sum(passed.stop - passed.start for _, passed, _ in plan)
        assert sent == pytest.approx(M * (1 - 1 / shards), abs=ceil(log2(shards)))
        assert sum(len(givers) for *_, givers in plan) <= 2 * len(plan)
