"""The compiled reading of large text tables: whatever it accepts, it reads as the readers for small ones do."""

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from mfcore import DataError, Ratings, data, kernels
from mfcore.kernels import numba_sort, numba_text

PLAIN = b"userId,movieId,rating,timestamp\n1,10,4.5,12\n1,20,3,1234567890\n-2,10,0.5,\n123456789,20,5.,x y\n"
FOUND = Ratings | str


@pytest.fixture(autouse=True)
def small_pieces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(numba_text, "PIECE", 24)


def read(text: bytes, compiled: bool) -> FOUND:
    """What becomes of the text; the message where it is refused."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(kernels, "BYTES_A_LINE", 0 if compiled else 10**9)
        try:
            return data.read(text, name="x.csv", duplicates="last")[0]
        except DataError as e:
            return str(e)


def same(one: FOUND, other: FOUND) -> bool:
    if isinstance(one, str) or isinstance(other, str):
        return one == other
    return one.digest == other.digest and one.r.dtype == other.r.dtype


@settings(max_examples=500, deadline=None)
@given(
    st.lists(
        st.sampled_from([b"0", b"1", b"27", b"-", b".", b"5", b",", b"\n", b"\r", b'"', b" ", b"e", b"\0"]), max_size=3
    ),
    st.integers(0, len(PLAIN)),
    st.integers(0, 6),
)
@example([], 0, 0)
@example([b"\r"], 26, 6)
@example([b"\0"], 60, 0)
def test_a_table_that_was_tampered_with_is_read_alike_or_refused_alike(inserted, at, removed):
    text = PLAIN[:at] + b"".join(inserted) + PLAIN[at + removed :]
    assert same(read(text, compiled=True), read(text, compiled=False))


ROWS = st.lists(
    st.tuples(
        st.integers(-(2**31) + 1, 2**31 - 1),
        st.integers(0, 10**9),
        st.decimals(-9999, 9999, places=3, allow_nan=False) | st.integers(-5, 5).map(lambda n: n / 2),
    ),
    min_size=1,
    max_size=40,
)


@settings(max_examples=150, deadline=None)
@given(ROWS, st.sampled_from([",", "\t", ";", "|"]), st.sampled_from(["\n", "\r\n"]), st.booleans(), st.booleans())
def test_plain_rows_come_back_exactly(rows, separator, line, header, last_ends):
    lines = [separator.join((str(u), str(v), str(r), "7")) for u, v, r in rows]
    if header:
        lines.insert(0, separator.join(("userId", "movieId", "rating", "timestamp")))
    text = (line.join(lines) + line * last_ends).encode()
    found = numba_text.read(text, text.find(b"\n") + 1 if header else 0, separator, 4, (0, 1, 2))
    assert found is not None
    i, j, r = found
    assert i.tolist() == [u for u, _, _ in rows]
    assert j.tolist() == [v for _, v, _ in rows]
    assert r.tolist() == [float(x) for _, _, x in rows]
    assert (r.dtype == np.float32) == all(float(np.float32(x)) == float(x) for _, _, x in rows)


@pytest.mark.parametrize(
    "line",
    [b"3000000000,1,5", b"1,1234567890123456,5", b"1,1,1234567890.1234567", b"1,1,1e3", b'1,"1",5', b"1,1", b"1,1,5,6",
     b"", b"x,1,5", b"1,,5", b"1,1,", b"1,1,.", b"1,1,nan", b" 1,1,5", b"1,1,5\r3", b"--1,1,5", b"1.0,1,5"],
)  # fmt: skip
def test_what_is_not_plain_is_left_to_others(line):
    rest = b"1,2,3\n" * 9
    for text in (line + b"\n" + rest, rest + line + b"\n" + rest):
        assert numba_text.read(text, 0, ",", 3, (0, 1, 2)) is None


def test_columns_stand_in_any_order_and_places_follow():
    text = b"5,x,2,1\n4,y,2,3\n"
    i, j, r = numba_text.read(text, 0, ",", 4, (3, 2, 0))
    assert (i.tolist(), j.tolist(), r.tolist()) == ([1, 3], [2, 2], [5, 4])


@pytest.mark.parametrize("in_order", [False, True])
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_blocks_and_threads_change_no_bit_of_the_ratings(dtype, in_order, monkeypatch):
    rng = np.random.default_rng(0)
    i, j = rng.integers(3, 90, 3000) * 5, rng.integers(-20, 30, 3000)
    if in_order:
        i.sort()
    r = rng.integers(1, 11, 3000).astype(dtype) / 2
    plain = Ratings.from_arrays(i, j, r, duplicates="mean")
    monkeypatch.setattr(kernels, "AUTO_FROM", 0)
    for threads in (1, 2, 5):
        monkeypatch.setattr(numba_sort, "get_num_threads", lambda threads=threads: threads)
        for block in (1, 100, 10**6):
            monkeypatch.setattr(numba_sort, "BLOCK", block)
            monkeypatch.setattr(numba_sort, "THREADED", 0)
            for how, wanted in (("mean", plain), ("last", Ratings.from_arrays(i, j, r, duplicates="last"))):
                R = Ratings.from_arrays(i, j, r, duplicates=how)
                assert R.digest == wanted.digest
                np.testing.assert_array_equal(R.by_item.indices, wanted.by_item.indices)
                np.testing.assert_array_equal(R.by_item.data, wanted.by_item.data)
                np.testing.assert_array_equal(R.by_item.indptr, wanted.by_item.indptr)


@pytest.mark.parametrize("dtype", [np.int32, np.int64])
@pytest.mark.parametrize("at", [0, 1, 498, 499, 500, 998, 999])  # the ends of two threads' runs
def test_the_extent_is_that_of_numpy_wherever_the_extremes_stand(dtype, at, monkeypatch):
    monkeypatch.setattr(numba_sort, "THREADED", 0)
    for threads in (1, 2, 3):
        monkeypatch.setattr(numba_sort, "get_num_threads", lambda threads=threads: threads)
        for extreme in (np.iinfo(dtype).min, -1, 1, np.iinfo(dtype).max):
            a = np.zeros(1000, dtype)
            a[at] = extreme
            assert numba_sort.extent(a) == (a.min(), a.max())
            assert numba_sort.extent(a[at : at + 1]) == (extreme, extreme)


@settings(max_examples=200, deadline=None)
@given(st.lists(st.integers(0, 30), min_size=1, max_size=200), st.integers(31, 40))
def test_rows_that_ascend_start_where_a_search_finds_them_also_the_empty_ones(rows, N):
    i = np.sort(np.array(rows, np.int32))
    found, _ = numba_sort.rows_sorted(i, np.arange(len(i), dtype=np.int32), np.ones(len(i)), (N, len(i)), keep=True)
    np.testing.assert_array_equal(found.indptr, np.searchsorted(i, np.arange(N + 1)))


@settings(max_examples=300, deadline=None)
@given(
    st.lists(st.lists(st.integers(0, 9), max_size=4).flatmap(lambda row: st.sampled_from([row, sorted({*row})]))),
    st.integers(1, 3),
)
def test_rows_ascend_where_each_of_them_does(rows, threads):
    keys = np.array([key for row in rows for key in row], np.int32)
    i = np.repeat(np.arange(len(rows), dtype=np.int32), [len(row) for row in rows])
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(numba_sort, "THREADED", 0)
        patch.setattr(numba_sort, "get_num_threads", lambda: threads)
        assert numba_sort._rows_ascend(i, keys) == all(row == sorted({*row}) for row in rows)


@pytest.mark.parametrize("ascending", [False, True])
def test_overwriting_spares_memory_and_gives_the_same_ratings(ascending, monkeypatch):
    monkeypatch.setattr(kernels, "AUTO_FROM", 0)
    cells = np.random.default_rng(1).permutation(600)[:300]
    i, j = (x.astype(np.int32) for x in np.divmod(np.sort(cells), 20))
    if not ascending:
        j = np.concatenate([j[i == row][::-1] for row in range(30)])
    r = np.arange(300, dtype="float32")
    given = [x.copy() for x in (i, j, r)]
    ids = np.arange(30), np.arange(20)
    kept = Ratings.from_codes(i, j, r, *ids)
    for x, before in zip((i, j, r), given, strict=True):
        np.testing.assert_array_equal(x, before)
    R = Ratings.from_codes(i, j, r, *ids, overwrite=True)
    assert R.digest == kept.digest
    assert R.T.digest == kept.T.digest
    assert np.shares_memory(R.by_user.data if ascending else R.by_item.data, r)
    assert not np.shares_memory(kept.by_user.data, r)
