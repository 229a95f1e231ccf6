"""Three columns of a table as arrays, by pyarrow: csv of any kind, and parquet. Only `fast` asks for it."""

from typing import Any

import numpy as np
import pyarrow as pa
from numpy.typing import NDArray
from pyarrow import csv, parquet

from mfcore.data.fast import MISSING
from mfcore.data.sources import Buffer
from mfcore.errors import DataError
from mfcore.ids import Ints, map_ids, one_column


def read_text(
    data: Buffer, separator: str, header: bool, width: int, at: tuple[int, int, int], whole: tuple[bool, bool]
) -> list[Any] | None:
    """The columns `at` (user, item, rating) of `width`; None where a value is missing or not of its kind."""
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
            return read_text(data[:].decode("latin-1").encode(), separator, header, width, at, whole)
        return None
    return None if any(column.null_count for column in table.columns) else table.columns


def open_parquet(data: Buffer) -> Any:
    """The file, not yet read. Raises DataError if it is damaged."""
    try:
        return parquet.ParquetFile(pa.BufferReader(pa.py_buffer(data)))
    except (pa.ArrowException, OSError) as e:
        raise DataError(f"the parquet file is damaged ({e}): write it again") from e


def parquet_columns(file: Any, names: list[str]) -> list[Any]:
    """These columns. Raises DataError if the file is damaged."""
    try:
        table = file.read(columns=names)
        return [table.column(name) for name in names]
    except (pa.ArrowException, OSError) as e:
        raise DataError(f"the parquet file is damaged ({e}): write it again") from e


def numbered(column: Any, what: str) -> tuple[NDArray[Any], Ints]:
    """`ids.map_ids` of a column; text is numbered word by word, not row by row."""
    kind = column.type
    if pa.types.is_string(kind) or pa.types.is_large_string(kind):
        column = column.dictionary_encode()
    if not pa.types.is_dictionary(column.type) or column.null_count:
        return map_ids(one_column(column, what), what)
    merged = column.combine_chunks()
    ids, rank = map_ids(merged.dictionary.to_numpy(zero_copy_only=False), what)
    return ids, rank[np.asarray(merged.indices)]
