"""Whatever people have for ids and values: each keeps its place, and what is neither is named by its row."""

import datetime
from typing import Any

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest

from mfcore import DataError, Ratings

NAN, INF = float("nan"), float("inf")


@pytest.mark.parametrize(
    "ids",
    [
        [3, 1, 2],
        np.array([-128, 127, 0], np.int8),
        np.array([0, 2**64 - 1, 2**63], np.uint64),
        [2**63, 5, 2**63 + 1],
        [2**63, -1, 2**63 + 1],
        [2**70, -1, 2**70 + 1],
        np.array([5, -(2**62), 2**62]),
        np.array([300, 100, 200], ">i4"),
        ["b", "a", "ä"],
        np.array(["b", "a", "long enough"]),
        [1.5, -2.0, 0.0],
        [True, False],
        [("a", 1), ("a", 0), ("b", -1)],
        [frozenset({1}), "x", 4],
        [1, "1", 2],
        [datetime.date(2024, 1, 2), datetime.date(2023, 5, 6), datetime.date(2022, 1, 1)],
        np.array(["2024-01-02", "2023-01-02"], "M8[D]"),
        pd.Series(["b", "a", "c"], index=[7, 7, 7]),
        pd.Series(["b", "a", "c"]).astype("category"),
        pd.Series([4, 2, 3], dtype="Int64"),
        pa.array(["b", "a", "c"]),
        pa.chunked_array([[3, 1], [2]]),
    ],
    ids=lambda ids: f"{type(ids).__name__}-{getattr(ids, 'dtype', '') or getattr(ids, 'type', '') or ids}",
)
def test_any_hashable_id_keeps_its_place(ids: Any) -> None:
    n = len(ids)
    wanted = ids.to_pylist() if hasattr(ids, "to_pylist") else list(ids)
    values = [float(t) for t in range(n)]
    R = Ratings.from_arrays(ids, ["only"] * n, values)
    assert dict(zip(R.user_ids, R.T.of_user(0)[1], strict=True)) == dict(zip(wanted, values, strict=True))
    backwards = Ratings.from_arrays(wanted[::-1], ["only"] * n, values[::-1])
    assert list(backwards.user_ids) == list(R.user_ids)
    assert Ratings.from_arrays(["only"] * n, ids, values).N == 1


def test_ids_ascend_within_one_type() -> None:
    R = Ratings.from_arrays([10, "b", 9, "a"], ["x"] * 4, [1.0] * 4)
    assert R.user_ids.tolist() == [9, 10, "a", "b"]


@pytest.mark.parametrize(
    ("values", "dtype"),
    [
        (np.array([1, 2.5], np.float32), np.float32),
        (np.array([1, 2.5], np.float16), np.float64),
        (np.array([1, 3], np.uint8), np.float64),
        (["1", " 2.5 "], np.float64),
        ([1, 2.5], np.float64),
        ([True, False], np.float64),
        (pd.Series([1, 2.5], dtype="Float64"), np.float64),
        (pa.array([1, 2]), np.float64),
        (np.array(["1", "0"], object), np.float64),
    ],
)
def test_values_are_numbers_or_spell_them(values: Any, dtype: Any) -> None:
    R = Ratings.from_arrays([1, 2], [1, 2], values)
    assert R.r.dtype == dtype
    assert R.r.tolist() == [float(x) if not hasattr(x, "as_py") else x.as_py() for x in values]


@pytest.mark.parametrize(
    ("users", "items", "values", "message"),
    [
        ([1, 2], [1], [1.0, NAN], "differ in length: 2, 1 and 2"),
        ([1, None], [1, 2, 3], ["x"], "differ in length: 2, 3 and 1"),
        ([], [], [], "the table is empty"),
        (np.array([], np.int64), np.array([], object), np.array([]), "the table is empty"),
        ([1, 2, 3], [1, 2, 3], [1, NAN, INF], r"not a finite number in row 1, 2 .*the first is nan"),
        ([1, 2], [1, 2], [-INF, 1], r"not a finite number in row 0 "),
        ([1, 2], [1, 2], ["good", "4"], r"rating is not a number in row 0 .*'good'"),
        ([1, 2], [1, 2], [1.0, None], r"not a finite number in row 1 .*nan"),
        ([1, 2], [1, 2], [1.0, 10**400], r"rating is not a number in row 1 .*10{39}…"),
        ([1, 2], [1, 2], [1.0, pd.NA], r"rating is not a number in row 1 .*NA"),
        ([1, 2], [1, 2], [1.0, [2]], r"rating is not a number in row 1 "),
        ([1, 2], [1, 2], np.array([1j, 2]), "ratings are numbers, not complex128"),
        ([1, 2], [1, 2], np.array(["2024", "2025"], "M8[Y]"), "ratings are numbers, not datetime"),
        ([1, 2], [1, 2], np.ma.array([1.0, 2.0], mask=[0, 1]), "the rating is missing in row 1 .*masked"),
        ([1, 2], [1, 2], [[1.0], [2.0]], r"rating is not a number in row 0"),
        ([1, 2], [1, 2], np.ones((2, 1)), r"ratings are one column, not an array of shape \(2, 1\)"),
        ([1, None, "a", None], [1] * 4, [1.0] * 4, "user id is missing in row 1, 3 .*None"),
        (["a", NAN], [1, 1], [1.0] * 2, "user id is missing in row 1"),
        ([1.0, NAN], [1, 1], [1.0] * 2, "user id is missing in row 1 .*nan"),
        ([1, 1], np.array(["2024", "NaT"], "M8[D]"), [1.0] * 2, "item id is missing in row 1 .*NaT"),
        ([1, 1], [pd.NaT, datetime.date(2024, 1, 1)], [1.0] * 2, "item id is missing in row 0"),
        ([1, 1], pd.Series(["a", None]), [1.0] * 2, "item id is missing in row 1"),
        (pd.Series([1, None], dtype="Int64"), [1, 1], [1.0] * 2, "user id is missing in row 1"),
        (pa.array([1, None]), [1, 1], [1.0] * 2, "user id is missing in row 1"),
        (pa.array(["a", None]).dictionary_encode(), [1, 1], [1.0] * 2, "user id is missing in row 1"),
        (pa.chunked_array([["a", None]]).dictionary_encode(), [1, 1], [1.0] * 2, "user id is missing in row 1"),
        (pd.Series(["a", None], dtype="category"), [1, 1], [1.0] * 2, "user id is missing in row 1"),
        (np.ma.array([1, 2], mask=[1, 0]), [1, 1], [1.0] * 2, "user id is missing in row 0 .*masked"),
        (np.ones((2, 2)), [1, 1], [1.0] * 2, r"user ids are one column, not an array of shape \(2, 2\)"),
        ([[1], [2]], [1, 1], [1.0] * 2, "user id cannot be told apart.*unhashable"),
        ([None] * 9, [1] * 9, [1.0] * 9, "in row 0, 1, 2, 3, 4 and 4 more"),
        ([7, 8, 7], ["a", "b", "a"], [1, 2, 3], r"user 7 rated item 'a' more than once, in rows 0, 2"),
    ],
)
def test_what_cannot_be_ratings_is_refused_by_row(users: Any, items: Any, values: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        Ratings.from_arrays(users, items, values)


@pytest.mark.parametrize("dtype", ["int8", "uint8", ">i4", "int32", "object"])
def test_integers_are_the_same_ids_in_any_width(dtype: str) -> None:
    for ids in ([3, 100, 7], [0, 127, 64]):
        items, values = ["a", "b", "c"], [1.0, 2.0, 3.0]
        one = Ratings.from_arrays(ids, items, values)
        assert Ratings.from_arrays(np.array(ids, dtype), items, values).user_ids.tolist() == one.user_ids.tolist()
        if dtype != "object":
            assert Ratings.from_arrays(np.array(ids, dtype), items, values).digest == one.digest


def test_many_integers_number_as_unique_does() -> None:
    rng = np.random.default_rng(0)
    for low, high in ((-5, 5), (-(10**6), 10**6), (2**62, 2**62 + 9)):
        ids = rng.integers(low, high, 600_000)
        R = Ratings.from_arrays(ids, np.arange(len(ids)), np.ones(len(ids), np.float32))
        unique, counts = np.unique(ids, return_counts=True)
        np.testing.assert_array_equal(R.user_ids, unique)
        np.testing.assert_array_equal(R.users_counts, counts)
        np.testing.assert_array_equal(unique[R.i], ids[R.item_ids[R.j]])
