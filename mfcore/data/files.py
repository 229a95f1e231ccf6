"""Ratings from files: MovieLens in all its layouts, csv, tsv, ::-separated, parquet; in a folder, zip or gzip."""

from mfcore.data import fast, movielens, tables
from mfcore.data.catalog import Catalog
from mfcore.data.sources import FILMS_BESIDE, Given, open_source
from mfcore.errors import DataError
from mfcore.ratings import Duplicates, Ratings

_LONGEST_ID = 1000


def read(
    file: Given,
    name: str | None = None,
    columns: tables.Columns | None = None,
    duplicates: Duplicates = "error",
    limit: int = 4 << 30,
) -> tuple[Ratings, Catalog]:
    """Ratings and films of a path (a file, a folder, a zip), of bytes, or of a file open in binary mode.

    name: what to call it in messages, where it has no name of its own.  columns: the names of the user, item and
    rating columns where they are not recognized; by position from "1" where there is no header.
    duplicates: as in `Ratings.from_arrays`.  limit: bytes a table may have once unpacked; an app that takes uploads
    sets it lower. A zip is read in memory, never extracted; a pickle is never read.
    Titles come from movies.csv, movies.dat or u.item beside the ratings, where there is one.

    Raises FileNotFoundError for a path that does not exist, DataError, naming lines where lines are at fault, for
    what cannot be read as ratings.
    """
    source = open_source(file, name, limit)
    data, name = source.ratings, source.name
    if data[:4] == b"PAR1":
        try:
            at = tables.find_columns(fast.parquet_names(data), name, columns)
            table = fast.read_parquet(data, at, limit)
        except DataError as e:
            raise DataError(f"{name}: {e}") from e
    else:
        table = tables.read_text(data, name, columns)
    for ids in (table.user_ids, table.item_ids):
        longest = max(ids, key=len) if len(ids) and isinstance(ids[0], str) else ""
        if len(longest) > _LONGEST_ID:
            raise DataError(f"{name}: the id {longest[:40]!r}… has {len(longest):,} characters; is it another column?")
    try:
        ratings = Ratings.from_codes(
            table.i, table.j, table.r, table.user_ids, table.item_ids, duplicates=duplicates, overwrite=True
        )
    except DataError as e:
        raise DataError(f"{name}: {e}") from e
    films = movielens.read_films(source.films, source.films_name) if source.films else {}
    known = name.lower().removesuffix(".gz") in FILMS_BESIDE and films
    return ratings, Catalog.of(ratings.item_ids, films, movielens.CREDIT if known else f"Read from {name}.")
