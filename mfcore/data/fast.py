"""Three columns of a table as arrays: compiled where they are plain, by pyarrow where that is installed, by pandas."""

import io
from functools import cache
from types import ModuleType
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mfcore import kernels
from mfcore.data.sources import Buffer
from mfcore.errors import DataError
from mfcore.ids import Floats, Ints, as_values, map_ids, one_column, refuse

MISSING = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"]


class Table(NamedTuple):
    """r[t] is what user_ids[i[t]] gave item_ids[j[t]]; float32 where that loses nothing."""

    user_ids: NDArray[Any]
    i: Ints
    item_ids: NDArray[Any]
    j: Ints
    r: Floats


@cache
def arrow() -> ModuleType | None:
    """The reader by pyarrow; None where that is not installed, as in the browser. Loaded when first asked for."""
    try:
        from mfcore.data import arrow
    except ModuleNotFoundError:
        return None
    return arrow


def read_plain(data: Buffer, separator: str, header: bool, width: int, at: tuple[int, int, int]) -> Table | None:
    """The columns `at` (user, item, rating) of `width` of a large table, many times faster than `read_text`.

    None if the table is small, numba is not installed, or a line is anything but integers, a decimal and plain text.
    """
    compiled = kernels.text_form(len(data))
    start = data.find(b"\n") + 1 if header else 0
    if compiled is None or data.find(b"\r", 0, start) not in (-1, start - 2):  # a return by itself ends a line too
        return None
    columns = compiled.read(data, start, separator, width, at)
    if columns is None:
        return None
    users, items, ratings = columns
    return Table(*map_ids(users, "user id", overwrite=True), *map_ids(items, "item id", overwrite=True), ratings)


def read_text(
    data: Buffer, separator: str, header: bool, width: int, at: tuple[int, int, int], whole: tuple[bool, bool]
) -> Table | None:
    """The columns `at` (user, item, rating) of `width`; `whole`: whether user and item ids are integers or text.

    None if a value is missing, is not of its kind, or a line has another number of fields.
    """
    by_arrow = arrow()
    read = by_arrow.read_text if by_arrow else _by_pandas
    columns = read(data, separator, header, width, at, whole)
    if columns is None:
        return None
    users, items, ratings = columns
    del columns
    return Table(*_mapped(users, "user id"), *_mapped(items, "item id"), narrowed(ratings.to_numpy()))


def parquet_names(data: Buffer) -> list[str]:
    """The names of a parquet file's columns. Raises DataError if it is damaged or pyarrow is not installed."""
    return [str(n) for n in _by_arrow().open_parquet(data).schema_arrow.names]


def read_parquet(data: Buffer, at: tuple[int, int, int], limit: int) -> Table:
    """The columns `at` (user, item, rating) of a parquet file; raises DataError, naming the first rows, as Ratings do.

    limit: the most bytes that the three columns may take once decoded, because runs of equal values pack to nothing.
    """
    file = _by_arrow().open_parquet(data)
    rows = file.metadata.num_rows
    if rows * 3 * 8 > limit:
        raise DataError(f"the parquet file unpacks to {rows:,} rows, more than the {limit // 24:,} that are accepted")
    users, items, ratings = _by_arrow().parquet_columns(file, [file.schema_arrow.names[t] for t in at])
    values = as_values(one_column(ratings, "rating"))
    refuse(np.isnan(values), "the rating is missing", lambda t: f"{values[t]}")
    return Table(*_mapped(users, "user id"), *_mapped(items, "item id"), narrowed(values))


def _by_arrow() -> ModuleType:
    by_arrow = arrow()
    if by_arrow is None:
        raise DataError("reading parquet needs pyarrow, which is not installed here: save the table as csv")
    return by_arrow


def _by_pandas(
    data: Buffer, separator: str, header: bool, width: int, at: tuple[int, int, int], whole: tuple[bool, bool]
) -> list[Any] | None:
    import pandas as pd  # a fifth of a second that only the browser has to wait for

    kinds = dict(zip(at, ("int64" if w else "object" for w in whole), strict=False))

    def read(encoding: str) -> Any:
        return pd.read_csv(
            io.BytesIO(data[:]),
            sep=separator,
            header=None,
            names=range(width + 1),
            index_col=False,
            skiprows=int(header),
            low_memory=False,
            dtype=kinds,
            keep_default_na=False,
            na_values=MISSING,
            encoding=encoding,
            on_bad_lines="error",
        )

    try:
        table = read("utf-8")
    except UnicodeDecodeError:
        table = read("latin-1")
    except ValueError:
        return None
    # A column of True and False is not one of numbers, though pandas would make it one.
    if table[at[2]].dtype.kind not in "iuf":
        return None
    # pandas passes over a field too many without a word, so there is a column for it that must stay empty.
    if table[list(at)].isna().to_numpy().any() or table[width].notna().any():
        return None
    return [table[at[0]], table[at[1]], table[at[2]].astype(np.float64)]


def _mapped(column: Any, what: str) -> tuple[NDArray[Any], Ints]:
    by_arrow = arrow()
    mapped: tuple[NDArray[Any], Ints] = (
        by_arrow.numbered(column, what) if by_arrow else map_ids(column.to_numpy(), what)
    )
    return mapped


def narrowed(r: Floats) -> Floats:
    """float32 if every value survives it, which half stars do; else as given."""
    small = r.astype(np.float32)
    return small if np.array_equal(small, r, equal_nan=True) else r
