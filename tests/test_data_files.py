"""Every layout of ratings reads to the same thing; the real MovieLens files have the numbers they are known by."""

import gzip
import io
import zipfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from mfcore import Ratings, data
from mfcore.data import fast
from mfcore.data.planted import planted

ROWS = [(7, 31, 4.0), (7, 5, 0.0), (12, 31, 2.5), (300, 1200, 5.0), (12, 5, 3.0)]
CSV = "userId,movieId,rating,timestamp\n" + "".join(f"{u},{i},{r},99\n" for u, i, r in ROWS)
DAT = "".join(f"{u}::{i}::{r:g}::99\n" for u, i, r in ROWS)
U_DATA = "".join(f"{u}\t{i}\t{r:g}\t99\n" for u, i, r in ROWS)
MOVIES_CSV = """movieId,title,genres
5,"Orchard, The (1999)",Comedy|Drama
31,Café Lumière (2003),(no genres listed)
8,Unseen,Drama
"""
MOVIES_DAT = "5::Orchard, The (1999)::Comedy|Drama\n31::Café Lumière (2003)::(no genres listed)\n"
FLAGS = "|0|0|0|0|0|1|0|0|1|0|0|0|0|0|0|0|0|0|0"
U_ITEM = (
    f"5|Orchard, The (1999)|01-Jan-1999||http://x{FLAGS}\n31|Café Lumière (2003)|01-Jan-2003||http://x|1{'|0' * 18}\n"
)
LAYOUTS = {
    "ml-latest": {"ratings.csv": CSV, "movies.csv": MOVIES_CSV, "links.csv": "a,b\n1,2\n", "README.txt": "Read, me"},
    "ml-1m": {"ratings.dat": DAT, "movies.dat": MOVIES_DAT, "users.dat": "1::F::1\n"},
    "ml-100k": {"u.data": U_DATA, "u.item": U_ITEM, "u.user": "1|2\n", "ua.base": "1\t2\t3\t4\n"},
}


def expected() -> Ratings:
    return Ratings.from_arrays(*zip(*[(u, i, np.float32(r)) for u, i, r in ROWS], strict=True))


def zipped(files: dict[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", method) as z:
        for name, content in files.items():
            z.writestr(name, content)
    return out.getvalue()


def written(folder: Path, files: dict[str, bytes]) -> Path:
    folder.mkdir(parents=True, exist_ok=True)
    for name, content in files.items():
        (folder / name).write_bytes(content)
    return folder


@pytest.fixture(params=["with pyarrow", "without pyarrow"])
def both_readers(request: pytest.FixtureRequest, monkeypatch: pytest.MonkeyPatch) -> None:
    if request.param == "without pyarrow":
        monkeypatch.setattr(fast, "arrow", lambda: None)


@pytest.mark.usefixtures("both_readers")
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1"])
@pytest.mark.parametrize("layout", LAYOUTS)
def test_folder_zip_gzip_file_and_upload_are_one(layout: str, encoding: str, tmp_path: Path) -> None:
    files = {name: text.encode(encoding) for name, text in LAYOUTS[layout].items()}
    folder = written(tmp_path / layout, files)
    main = next(iter(files))
    (tmp_path / "flat.zip").write_bytes(zipped(files))
    (tmp_path / "top.zip").write_bytes(zipped({f"{layout}/{name}": content for name, content in files.items()}))
    (tmp_path / "stored.zip").write_bytes(zipped(files, zipfile.ZIP_STORED))
    gz = written(tmp_path / "gz", {**files, f"{main}.gz": gzip.compress(files[main])})
    (gz / main).unlink()
    with (tmp_path / "top.zip").open("rb") as upload:
        read = [
            *(data.load(p) for p in (folder, folder / main, tmp_path / "flat.zip", tmp_path / "top.zip")),
            *(
                data.load(p)
                for p in (str(tmp_path / "stored.zip"), gz, gz / f"{main}.gz", tmp_path / layout / "..")[:3]
            ),
            data.read(upload),
            data.read((tmp_path / "flat.zip").read_bytes(), name="my.zip"),
        ]
    for R, films in read:
        assert R.digest == expected().digest
        assert R.r.dtype == np.float32
        assert films.titles.tolist() == ["The Orchard", "Café Lumière", "film 1200"]
        assert films.years.tolist() == [1999, 2003, 0]
        assert films.genres == (("Comedy", "Drama"), (), ())
        assert "GroupLens" in films.credit


TABLES = {
    "header in any case and order": "Timestamp;STARS;Item_ID;User Id\n"
    + "".join(f"9;{r};{i};{u}\n" for u, i, r in ROWS),
    "quotes": '"uid","iid","score"\n' + "".join(f'"{u}","{i}","{r}"\n' for u, i, r in ROWS),
    "windows line ends and a blank line": CSV.replace("\n", "\r\n") + "\r\n",
    "old mac line ends": CSV.replace("\n", "\r"),
    "byte order mark": "\ufeff" + CSV,
    "byte order mark, no header": "\ufeff" + U_DATA,
    "spaces": CSV.replace(",", ", "),
    "no last line end": CSV.rstrip("\n"),
    "no header, tabs": U_DATA,
    "no header, three columns": "".join(f"{u}|{i}|{r}\n" for u, i, r in ROWS),
    "ids before names": "user,title,userId,movieId,rating\n" + "".join(f"x,y,{u},{i},{r}\n" for u, i, r in ROWS),
}


@pytest.mark.usefixtures("both_readers")
@pytest.mark.parametrize("kind", TABLES)
def test_a_table_is_recognized(kind: str) -> None:
    R, films = data.read(TABLES[kind].encode(), name="mine.csv")
    assert R.digest == expected().digest
    assert films.titles.tolist() == ["film 5", "film 31", "film 1200"]
    assert films.credit == "Read from mine.csv."


@pytest.mark.usefixtures("both_readers")
@pytest.mark.parametrize("encoding", ["utf-8", "latin-1", "utf-16"])
def test_ids_may_be_text_in_any_encoding(encoding: str) -> None:
    rows = [("Zoë", "Café, The", 4.5), ("Åsa", "10", 0.0), ("Zoë", "9", 1.0), ("7", "Café, The", 2.0)]
    text = "user,film,rating\n" + "".join(f'{u},"{i}",{r}\n' for u, i, r in rows)
    R, films = data.read(text.encode(encoding), name="mine.csv")
    assert R.digest == Ratings.from_arrays(*zip(*[(u, i, np.float32(r)) for u, i, r in rows], strict=True)).digest
    assert films.titles.tolist() == R.item_ids.tolist() == ["10", "9", "Café, The"]


@pytest.mark.usefixtures("both_readers")
def test_an_id_that_is_text_far_below_makes_its_column_text_and_no_other() -> None:
    rows = [(t, t % 7, 1.0) for t in range(3000)]
    text = "user,item,rating\n" + "".join(f"{u},{i},{r}\n" for u, i, r in rows) + "guest,3,2\n"
    R, _ = data.read(text.encode())
    assert R.user_ids.dtype == object
    assert "guest" in R.user_ids
    assert "2999" in R.user_ids
    assert R.item_ids.tolist() == list(range(7))


@pytest.mark.usefixtures("both_readers")
def test_columns_may_be_named() -> None:
    text = "a,b,c,d\n" + "".join(f"{r},{i},x,{u}\n" for u, i, r in ROWS)
    assert data.read(text.encode(), columns=("d", "B", "a"))[0].digest == expected().digest
    bare = text.partition("\n")[2]
    assert data.read(bare.encode(), columns=("4", "2", "1"))[0].digest == expected().digest


@pytest.mark.usefixtures("both_readers")
def test_values_keep_what_float32_cannot_hold() -> None:
    R, _ = data.read(b"user,item,rating\n1,1,0.1\n1,2,3\n")
    assert R.r.tolist() == [0.1, 3.0]
    assert R.r.dtype == np.float64


@pytest.mark.usefixtures("both_readers")
def test_duplicates_are_settled_as_asked() -> None:
    text = b"user,item,rating\n1,1,2\n1,1,4\n1,2,0\n"
    assert data.read(text, duplicates="last")[0].r.tolist() == [4, 0]
    assert data.read(text, duplicates="mean")[0].r.tolist() == [3, 0]


@pytest.mark.parametrize("kind", ["int64", "int32", "string", "dictionary", "date", "decimal ratings", "text ratings"])
def test_parquet_of_any_kind_of_column(kind: str, tmp_path: Path) -> None:
    pa, pq = pytest.importorskip("pyarrow"), pytest.importorskip("pyarrow.parquet")
    table = pd.DataFrame(ROWS, columns=["userId", "movieId", "rating"])
    users: Any = table["userId"].to_numpy()
    r: Any = pa.array(table["rating"].to_numpy())
    ids: Callable[[Any], Any] = {
        "int32": lambda a: a.astype(np.int32),
        "string": lambda a: a.astype(str).astype(object),
        "dictionary": lambda a: pa.array(a.astype(str).astype(object)).dictionary_encode(),
        "date": lambda a: a.astype("M8[s]"),
    }.get(kind, lambda a: a)
    if kind == "decimal ratings":
        r = r.cast(pa.decimal128(5, 2))
    if kind == "text ratings":
        r = r.cast(pa.string())
    pq.write_table(
        pa.table({"userId": ids(users), "movieId": table["movieId"], "rating": r}),
        tmp_path / "x.parquet",
        row_group_size=2,
    )
    R, films = data.load(tmp_path / "x.parquet")
    np.testing.assert_array_equal(np.sort(R.r), np.sort(expected().r))
    # A datetime64's hash depended on its unit before numpy 2.2.
    seconds = R.user_ids.astype("M8[s]") if kind == "date" else R.user_ids
    by_id = {u: R.of_user(i)[1].sum() for i, u in enumerate(seconds)}
    given = [np.datetime64(int(u), "s") for u in users] if kind == "date" else pa.array(ids(users)).to_pylist()
    assert by_id == {u: sum(r for v, (_, _, r) in zip(given, ROWS, strict=True) if v == u) for u in given}
    assert data.read(zipped({"x.parquet": (tmp_path / "x.parquet").read_bytes()}))[0].digest == R.digest
    assert films.titles.tolist() == ["film 5", "film 31", "film 1200"]


def test_a_written_world_reads_back_zeros_and_all(tmp_path: Path) -> None:
    p = planted(N=60, M=40, density=0.4, step=0.5, seed=3)
    R = Ratings.from_arrays(p.ratings.i + 1, p.ratings.j + 1, np.where(p.ratings.r < 3, 0.0, p.ratings.r).astype("f4"))
    table = pd.DataFrame({"userId": R.user_ids[R.i], "movieId": R.item_ids[R.j], "rating": R.r})
    table.sample(frac=1, random_state=1).to_csv(tmp_path / "ratings.csv", index=False)
    assert data.load(tmp_path / "ratings.csv")[0].digest == R.digest
    assert (R.r == 0).any()


def test_a_path_may_begin_with_the_home_folder(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))
    (tmp_path / "ratings.csv").write_text(CSV)
    assert data.load("~/ratings.csv")[0].digest == data.read("~/ratings.csv")[0].digest == expected().digest


def test_a_folder_with_one_table_needs_no_known_name(tmp_path: Path) -> None:
    files = {"stars.tsv": U_DATA.encode(), "movies.csv": MOVIES_CSV.encode(), "readme.txt": b"a,b", ".hidden.csv": b"x"}
    R, films = data.load(written(tmp_path / "mine", files))
    assert R.digest == data.read(zipped({"__MACOSX/._stars.tsv": b"\0", **files}))[0].digest == expected().digest
    assert films.label(0) == "The Orchard (1999)"


@pytest.mark.parametrize(
    ("name", "main", "numbers", "first"),
    [
        ("ml-100k", "u.data", (100_000, 943, 1_682), "Toy Story (1995)"),
        ("ml-latest-small", "ratings.csv", (100_836, 610, 9_724), "Toy Story (1995)"),
    ],
)
def test_the_real_movielens(
    name: str, main: str, numbers: tuple[int, ...], first: str, real_data: Path, tmp_path: Path
) -> None:
    archive = real_data / f"{name}.zip"
    with zipfile.ZipFile(archive) as z:
        z.extractall(tmp_path)
    read = [data.load(archive), data.load(tmp_path / name), data.load(tmp_path / name / main), data.load(tmp_path)]
    for R, films in read:
        assert (R.n, R.N, R.M) == numbers
        assert R.digest == read[0][0].digest
        assert films.label(0) == first
        assert films.titles.tolist() == read[0][1].titles.tolist()
        assert not any(title.startswith("film ") for title in films.titles)
        assert sum(map(len, films.genres)) > 1.5 * R.M
    values, counts = np.unique(read[0][0].r, return_counts=True)
    assert values[-1] == 5
    assert counts.sum() == numbers[0]
    header = 0 if name == "ml-latest-small" else None
    again = pd.read_csv(tmp_path / name / main, sep="," if header == 0 else "\t", header=header)
    assert read[0][0].mu == pytest.approx(again.iloc[:, 2].mean())


def test_movielens_small_is_installed() -> None:
    R, films = data.load("ml-small")
    assert (R.n, R.N, R.M) == (100_004, 671, 9_066)
    assert set(R.r) == set(np.arange(1, 11) / 2)
    (j,) = (j for j in films.find("the matrix") if films.label(j) == "The Matrix (1999)")
    assert {"Action", "Sci-Fi"} <= set(films.genres[j])
    assert R.items_counts[j] > 200
    assert films.years[j] == 1999
    assert [film for film, year in zip(films.titles, films.years, strict=True) if year == 0] == [
        f"film {R.item_ids[t]}" for t in np.flatnonzero(films.years == 0)
    ]
    assert 0 < np.count_nonzero(films.years == 0) < 10
    assert "GroupLens" in films.credit


def test_of_several_tables_the_one_nearest_to_the_top_is_read_with_the_films_of_its_own_folder() -> None:
    deeper = {"a/old/ratings.csv": CSV.replace(",31,", ",32,").encode(), "a/old/movies.csv": MOVIES_CSV.encode()}
    R, films = data.read(zipped({**deeper, "b/ratings.csv": CSV.encode()}))
    assert R.digest == expected().digest
    assert films.titles.tolist() == ["film 5", "film 31", "film 1200"]
    _, films = data.read(zipped({**deeper, "b/ratings.csv": CSV.encode(), "b/movies.csv": MOVIES_CSV.encode()}))
    assert films.label(0) == "The Orchard (1999)"
