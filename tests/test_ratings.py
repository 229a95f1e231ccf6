"""The ratings matrix against a dict of pairs, and everything that must not change it."""

from collections import defaultdict
from collections.abc import Callable, Hashable, Iterable
from typing import Any

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import DataError, Ratings

Triple = tuple[Hashable, Hashable, float]

IDS = st.one_of(
    st.integers(-5, 5),
    st.sampled_from(["", "a", "b", "Zoë", "10", "9"]),
    st.tuples(st.integers(0, 1), st.sampled_from("xy")),
)
VALUES = st.sampled_from([-1.0, 0.0, 0.5, 3.0, 3.25, 5.0])


def of(triples: Iterable[Triple], **options: Any) -> Ratings:
    users, items, values = zip(*triples, strict=True)
    return Ratings.from_arrays(users, items, values, **options)


def pairs(R: Ratings) -> dict[tuple[Hashable, Hashable], float]:
    """What R says was rated, by id."""
    return {(R.user_ids[i], R.item_ids[j]): r for i, j, r in zip(R.i, R.j, R.r, strict=True)}


def some(n: int = 400, N: int = 30, M: int = 25, seed: int = 3) -> Ratings:
    rng = np.random.default_rng(seed)
    cells = rng.permutation(N * M)[:n]
    return Ratings.from_arrays(cells // M, cells % M, rng.integers(0, 11, n) / 2)


@settings(max_examples=150, deadline=None)
@given(st.dictionaries(st.tuples(IDS, IDS), VALUES, min_size=1, max_size=40))
def test_equals_a_dict_of_pairs(rated: dict[tuple[Hashable, Hashable], float]) -> None:
    R = of((u, v, r) for (u, v), r in rated.items())
    psi, omega = defaultdict(set), defaultdict(set)
    for u, v in rated:
        psi[u].add(v)
        omega[v].add(u)
    assert pairs(R) == rated
    assert (R.N, R.M, R.n) == (len(psi), len(omega), len(rated))
    assert R.density == pytest.approx(len(rated) / (len(psi) * len(omega)))
    assert R.mu == pytest.approx(sum(rated.values()) / len(rated))
    for i, u in enumerate(R.user_ids):
        assert {R.item_ids[j] for j in R.Psi(i)} == psi[u]
        assert (np.diff(R.Psi(i)) > 0).all()
        assert [rated[u, R.item_ids[j]] for j in R.of_user(i)[0]] == R.of_user(i)[1].tolist()
    for j, v in enumerate(R.item_ids):
        assert {R.user_ids[i] for i in R.Omega(j)} == omega[v]
        assert [rated[R.user_ids[i], v] for i in R.of_item(j)[0]] == R.of_item(j)[1].tolist()
    assert R.users_counts.tolist() == [len(psi[u]) for u in R.user_ids]
    assert R.items_counts.tolist() == [len(omega[v]) for v in R.item_ids]


@settings(max_examples=60, deadline=None)
@given(st.dictionaries(st.tuples(IDS, IDS), VALUES, min_size=1, max_size=30), st.randoms(use_true_random=False))
def test_the_order_of_rows_does_not_matter(rated: dict[Any, float], random: Any) -> None:
    rows = [(u, v, r) for (u, v), r in rated.items()]
    one = of(rows)
    random.shuffle(rows)
    assert of(rows).digest == one.digest


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 3), st.integers(0, 3), VALUES), min_size=1, max_size=30))
def test_duplicates_three_ways_against_a_loop(rows: list[Triple]) -> None:
    given_: dict[Any, list[float]] = {}
    for u, v, r in rows:
        given_.setdefault((u, v), []).append(r)
    assert pairs(of(rows, duplicates="last")) == {pair: rs[-1] for pair, rs in given_.items()}
    mean = pairs(of(rows, duplicates="mean"))
    assert mean == pytest.approx({pair: sum(rs) / len(rs) for pair, rs in given_.items()})
    repeated = sum(len(rs) - 1 for rs in given_.values())
    if repeated:
        with pytest.raises(DataError, match=rf"more than once, in rows .*; {repeated} repeated ratings"):
            of(rows)
    else:
        assert pairs(of(rows)) == {pair: rs[0] for pair, rs in given_.items()}


def test_the_transpose_shares_everything_and_comes_back() -> None:
    R = some()
    assert pairs(R.T) == {(v, u): r for (u, v), r in pairs(R).items()}
    assert R.T.by_user is R.by_item
    assert R.T.T.by_user is R.by_user
    assert R.T.mu == R.mu
    dense = R.by_user.toarray()
    np.testing.assert_array_equal(R.by_item.toarray(), dense.T)
    assert (np.diff(R.by_item.indices) > 0)[np.diff(np.repeat(np.arange(R.M), R.items_counts)) == 0].all()


def test_a_rating_of_zero_is_a_rating() -> None:
    rows: list[Triple] = [(u, v, 0.0 if (u + v) % 3 else 4.0) for u in range(6) for v in range(6) if u != v]
    R = of(rows)
    assert R.n == R.T.n == len(rows)
    assert (R.r == 0).sum() == sum(r == 0 for *_, r in rows)
    parts = [*R.split(0.3, seed=1), *R.split(0.3, seed=1, by="user"), *(part for f in R.folds(3) for part in f)]
    for one, other in zip(parts[::2], parts[1::2], strict=True):
        assert pairs(one) | pairs(other) == pairs(R)
    assert pairs(of([(0, 0, 0.0), (0, 0, 0.0), (1, 1, 1.0)], duplicates="mean")) == {(0, 0): 0.0, (1, 1): 1.0}


@pytest.mark.parametrize("by", ["rating", "user"])
def test_a_split_is_complete_disjoint_and_repeatable(by: Any) -> None:
    R = some()
    train, test = R.split(0.2, seed=5, by=by)
    assert not pairs(train).keys() & pairs(test).keys()
    assert pairs(train) | pairs(test) == pairs(R)
    assert (train.N, train.M, test.N, test.M) == (R.N, R.M, R.N, R.M)
    assert train.user_ids is R.user_ids
    assert test.item_ids is R.item_ids
    assert train.mu == pytest.approx(np.mean(train.r))
    assert [part.digest for part in R.split(0.2, seed=5, by=by)] == [train.digest, test.digest]
    assert R.split(0.2, seed=6, by=by)[1].digest != test.digest
    if by == "rating":
        assert test.n == round(0.2 * R.n)
    else:
        np.testing.assert_array_equal(test.users_counts, R.users_counts // 5)
        assert (train.users_counts[R.users_counts > 0] > 0).all()


def test_a_split_holds_out_every_rating_equally_often() -> None:
    R, times = some(n=60), 400
    for by in ("rating", "user"):
        held = [R.split(0.5, seed=seed, by=by)[1] for seed in range(times)]
        often = (
            np.bincount(np.concatenate([h.i * R.M + h.j for h in held]), minlength=R.N * R.M)[R.i * R.M + R.j] / times
        )
        share = (R.users_counts // 2 / np.maximum(R.users_counts, 1))[R.i] if by == "user" else np.full(R.n, 0.5)
        assert np.abs(often - share).max() < 5 * np.sqrt(0.25 / times)


def test_folds_partition_the_ratings() -> None:
    R = some()
    folds = list(R.folds(7, seed=2))
    assert len(folds) == 7
    held = [pair for _, test in folds for pair in pairs(test)]
    assert sorted(held) == sorted(pairs(R))
    for train, test in folds:
        assert pairs(train) | pairs(test) == pairs(R)
        assert abs(test.n - R.n / 7) < 1
    assert [t.digest for _, t in R.folds(7, seed=2)] == [t.digest for _, t in folds]
    assert [t.digest for _, t in R.folds(7, seed=3)] != [t.digest for _, t in folds]


def test_parts_are_the_folds_or_one_tenth_held_out() -> None:
    R = some()
    for folds, expected in ((1, [R.split(test=0.1, seed=2)]), (4, R.folds(4, seed=2))):
        found = [[part.digest for part in pair] for pair in R.parts(folds, seed=2)]
        assert found == [[part.digest for part in pair] for pair in expected]
    with pytest.raises(ValueError, match="not 0"):
        R.parts(0)


def test_the_mean_is_summed_in_float64() -> None:
    n = 5000
    r = np.full(n, 0.1, np.float32)
    r[0] = 2e7  # at which float32 steps by 2
    R = Ratings.from_codes(np.arange(n), np.zeros(n, int), r, np.arange(n), np.array(["only"]))
    assert R.mu == pytest.approx((2e7 + (n - 1) * float(np.float32(0.1))) / n, rel=1e-12)
    assert R.T.mu == R.mu


def test_impossible_splits_are_refused() -> None:
    R = some(n=20)
    for share in (0, 1, -0.1, 1.5, float("nan")):
        with pytest.raises(ValueError, match="between 0 and 1"):
            R.split(share)
    with pytest.raises(ValueError, match='"rating" or "user"'):
        R.split(0.5, by="item")  # type: ignore[arg-type]
    with pytest.raises(DataError, match="too few"):
        of([(1, 1, 1.0), (2, 2, 2.0)]).split(0.1)
    for K in (1, 21):
        with pytest.raises(ValueError, match="between 2 and the number of ratings 20"):
            R.folds(K)


@pytest.mark.parametrize(
    ("i", "j", "message"), [([0, 2], [0, 1], "user number .* row 1"), ([0, 1], [-1, 0], "item number")]
)
def test_codes_beyond_the_ids_are_refused(i: list[int], j: list[int], message: str) -> None:
    ids = np.array(["a", "b"])
    with pytest.raises(DataError, match=message):
        Ratings.from_codes(np.array(i), np.array(j), np.array([1.0, 2.0]), ids, ids)


def test_codes_may_leave_users_and_items_without_ratings() -> None:
    ids = np.arange(4)
    R = Ratings.from_codes(np.array([0, 2]), np.array([3, 0]), np.array([0.0, 2.0]), ids, ids)
    assert (R.N, R.M, R.n) == (4, 4, 2)
    assert R.users_counts.tolist() == [1, 0, 1, 0]
    assert R.items_counts.tolist() == [1, 0, 0, 1]
    assert R.Psi(1).size == R.Omega(1).size == 0


def test_an_unknown_way_with_duplicates_is_refused() -> None:
    with pytest.raises(ValueError, match='"error", "last" or "mean", not \'first\''):
        of([(1, 1, 1.0)], duplicates="first")


@pytest.mark.parametrize(
    "change",
    [
        lambda u, v, r: (u, v, r + (r == r[0])),
        lambda u, v, r: (u, v, r + (r == r[-1])),
        lambda u, v, r: (u + 1, v, r),
        lambda u, v, r: (u, v.astype(str), r),
        lambda u, v, r: (u, v, r.astype(np.float32)),
        lambda u, v, r: (v, u, r),
    ],
)
def test_the_digest_names_the_content(change: Callable[..., Any]) -> None:
    u, v, r = np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([1.0, 2.0, 3.0])
    digest = Ratings.from_arrays(u, v, r).digest
    assert Ratings.from_arrays(list(u), list(v), list(r)).digest == digest
    assert Ratings.from_arrays(*change(u, v, r)).digest != digest


def test_a_row_that_is_not_there_is_refused_not_empty() -> None:
    R = Ratings.from_arrays([0, 1], [0, 1], [1.0, 2.0])
    for i in (-1, 2):
        with pytest.raises(IndexError, match=f"row {i} is not one of 0 to 1"):
            R.Psi(i)
        with pytest.raises(IndexError, match="0 to 1"):
            R.of_item(i)
