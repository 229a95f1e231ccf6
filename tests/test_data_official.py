"""MovieLens 100K's own five splits: the very lines of its files, and the same ids on both sides."""

import csv
import io
import zipfile
from pathlib import Path

import numpy as np
import pytest

from mfcore import DataError, Ratings, data

Triples = dict[tuple[int, int], float]
PARTS = {  # in the folder's u<s>.base and u<s>.test: user, film, rating
    f"u{s}.{side}": "".join(f"{u}\t{v}\t{r}\t99\n" for u, v, r in rows)
    for s in range(1, 6)
    for side, rows in {"base": [(s, 7, 3), (9, 30, 1), (9, 7, 5)], "test": [(9, 100 + s, 2), (2, 7, 4)]}.items()
}


def lines(text: str) -> Triples:
    return {(int(u), int(v)): float(r) for u, v, r, _ in csv.reader(io.StringIO(text), delimiter="\t")}


def triples(R: Ratings) -> Triples:
    pairs = zip(R.user_ids[R.i].tolist(), R.item_ids[R.j].tolist(), strict=True)
    return dict(zip(pairs, R.r.tolist(), strict=True))


@pytest.fixture(params=["folder", "the folder above", "zip", "flat zip"])
def given(request: pytest.FixtureRequest, tmp_path: Path) -> Path:
    folder = tmp_path / "above" / "ml-100k"
    folder.mkdir(parents=True)
    for name, text in PARTS.items():
        (folder / name).write_text(text)
    if "zip" not in request.param:
        return folder if request.param == "folder" else folder.parent
    with zipfile.ZipFile(tmp_path / "given.zip", "w") as z:
        for name, text in PARTS.items():
            z.writestr(name if request.param == "flat zip" else f"ml-100k/{name}", text)
    return tmp_path / "given.zip"


def test_both_sides_are_the_files_lines_under_the_same_ids(given: Path) -> None:
    splits = list(data.official_splits(given))
    assert len(splits) == 5
    for s, (train, test) in enumerate(splits, 1):
        assert triples(train) == lines(PARTS[f"u{s}.base"])
        assert triples(test) == lines(PARTS[f"u{s}.test"])
        assert train.user_ids.tolist() == test.user_ids.tolist() == sorted({s, 9, 2})
        assert train.item_ids.tolist() == test.item_ids.tolist() == [7, 30, 100 + s]


def test_what_is_not_movielens_100k_is_said_to_be_not(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError, match="nowhere"):
        data.official_splits(tmp_path / "nowhere")
    (tmp_path / "u1.base").write_text(PARTS["u1.base"])
    with pytest.raises(DataError, match=r"not MovieLens 100K.*u1\.test"):
        data.official_splits(tmp_path)
    (tmp_path / "text.zip").write_text("no zip")
    with pytest.raises(DataError, match="not MovieLens 100K"):
        data.official_splits(tmp_path / "text.zip")
    with zipfile.ZipFile(tmp_path / "other.zip", "w") as z:
        z.writestr("ml-100k/u.data", PARTS["u1.base"])
    with pytest.raises(DataError, match=r"not MovieLens 100K.*u1\.base"):
        data.official_splits(tmp_path / "other.zip")


def test_the_five_test_parts_are_all_of_the_real_ratings(real_data: Path) -> None:
    archive = real_data / "ml-100k.zip"
    every, met = triples(data.load(archive)[0]), {}
    with zipfile.ZipFile(archive) as z:
        for s, (train, test) in enumerate(data.official_splits(archive), 1):
            assert triples(train) == lines(z.read(f"ml-100k/u{s}.base").decode())
            assert triples(test) == lines(z.read(f"ml-100k/u{s}.test").decode())
            assert (train.N, train.M) == (test.N, test.M) == (943, 1_682)
            assert np.array_equal(train.item_ids, test.item_ids)
            assert not met.keys() & triples(test).keys()
            met |= triples(test)
    assert met == every
