"""Three columns of a table as arrays, by pyarrow where it is installed and by pandas where it is not."""

import io
from typing import Any, NamedTuple

import numpy as np
from numpy.typing import NDArray

from mfcore.data.sources import Buffer
from mfcore.errors import DataError
from mfcore.ids import Floats, Ints, as_values, map_ids, one_column, refuse

try:
    import pyarrow as pa
    from pyarrow import csv, parquet
except ModuleNotFoundError:  # as in the browser
    pa = None

MISSING = ["", "NA", "N/A", "NaN", "nan", "NULL", "null", "None"]


class Table(NamedTuple):
    """r[t] is what user_ids[i[t]] gave item_ids[j[t]]; float32 where that loses nothing."""

    user_ids: NDArray[Any]
    i: Ints
    item_ids: NDArray[Any]
    j: Ints
    r: Floats


def read_text(
    data: Buffer, separator: str, header: bool, width: int, at: tuple[int, int, int], whole: tuple[bool, bool]
) -> Table | None:
    """The columns `at` (user, item, rating) of `width`; `whole`: whether user and item ids are integers or text.

    None if a value is missing, is not of its kind, or a line has another number of fields.
    """
    read = _by_pandas if pa is None else _by_arrow
    columns = read(data, separator, header, width, at, whole)
    if columns is None:
        return None
    users, items, ratings = columns
    del columns
    return Table(*_mapped(users, "user id"), *_mapped(items, "item id"), narrowed(_numpy(ratings)))


def parquet_names(data: Buffer) -> list[str]:
    """The names of a parquet file's columns. Raises DataError if it is damaged or pyarrow is not installed."""
    return [str(n) for n in _parquet(data).schema_arrow.names]


def read_parquet(data: Buffer, at: tuple[int, int, int], limit: int) -> Table:
    """The columns `at` (user, item, rating) of a parquet file; raises DataError, naming the first rows, as Ratings do.

    limit: the most bytes that the three columns may take once decoded, because runs of equal values pack to nothing.
    """
    file = _parquet(data)
    rows = file.metadata.num_rows
    if rows * 3 * 8 > limit:
        raise DataError(f"the parquet file unpacks to {rows:,} rows, more than the {limit // 24:,} that are accepted")
    try:
        table = file.read(columns=[file.schema_arrow.names[t] for t in at])
        users, items, ratings = (table.column(file.schema_arrow.names[t]) for t in at)
    except (pa.ArrowException, OSError) as e:
        raise DataError(f"the parquet file is damaged ({e}): write it again") from e
    values = as_values(one_column(ratings, "rating"))
    refuse(np.isnan(values), "the rating is missing", lambda t: f"{values[t]}")
    return Table(*_mapped(users, "user id"), *_mapped(items, "item id"), narrowed(values))


def _parquet(data: Buffer) -> Any:
    if pa is None:
        raise DataError("reading parquet needs pyarrow, which is not installed here: save the table as csv")
    try:
        return parquet.ParquetFile(pa.BufferReader(pa.py_buffer(data)))
    except (pa.ArrowException, OSError) as e:
        raise DataError(f"the parquet file is damaged ({e}): write it again") from e


def _by_arrow(
    data: Buffer, separator: str, header: bool, width: int, at: tuple[int, int, int], whole: tuple[bool, bool]
) -> list[Any] | None:
    names = [str(t) for t in range(width)]
    text = pa.dictionary(pa.int32(), pa.string())
    kinds = [pa.int64() if w else text for w in whole] + [pa.float64()]
    chosen = [names[t] for t in at]
    try:
        table = csv.read_csv(
            pa.BufferReader(pa.py_buffer(data)),
            csv.ReadOptions(column_names=names, skip_rows=int(header), block_size=4 << 20),
            csv.ParseOptions(delimiter=separator),
            csv.ConvertOptions(
                include_columns=chosen,
                column_types=dict(zip(chosen, kinds, strict=True)),
                null_values=MISSING,
                strings_can_be_null=True,
            ),
        )
    except pa.ArrowInvalid as e:
        if "UTF8" in str(e):
            return _by_arrow(data[:].decode("latin-1").encode(), separator, header, width, at, whole)
        return None
    return None if any(column.null_count for column in table.columns) else table.columns


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
    """The distinct ids in ascending order and their numbers; text is numbered word by word, not row by row."""
    if pa is None:
        return map_ids(column.to_numpy(), what)
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type) or column.null_count:
        return map_ids(one_column(column, what), what)
    merged = column.combine_chunks()
    ids, rank = map_ids(merged.dictionary.to_numpy(zero_copy_only=False), what)
    return ids, rank[merged.indices.to_numpy()]


def _numpy(column: Any) -> Floats:
    values: Floats = column.to_numpy()
    return values


def narrowed(r: Floats) -> Floats:
    """float32 if every value survives it, which half stars do; else as given."""
    small = r.astype(np.float32)
    return small if np.array_equal(small, r, equal_nan=True) else r
