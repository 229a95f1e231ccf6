"""A text table of ratings: what its columns are, the fast reading of three of them, and what is wrong with it."""

import csv
import io
import re
from collections.abc import Iterator, Sequence
from typing import NamedTuple

import numpy as np

from mfcore.data import fast
from mfcore.data.sources import Buffer
from mfcore.errors import DataError

Columns = tuple[str, str, str]

_NAMES = {
    "user": "userid user uid username customerid customer reviewerid reviewer readerid reader memberid member personid "
    "person accountid profileid",
    "item": "itemid item iid movieid movie filmid film bookid book isbn productid product asin songid song trackid "
    "track artistid artist gameid game jokeid title",
    "rating": "rating ratings score stars star ratingvalue overall value grade vote points",
}
_FIRST, _SAMPLE = 1 << 16, 200


class Head(NamedTuple):
    """The first look: separator, whether line 1 names the columns, those names (else "1", "2", …), 0-based places."""

    separator: str
    header: bool
    names: list[str]
    at: tuple[int, int, int]


def look(data: Buffer, name: str, columns: Columns | None) -> Head:
    """Separator, header and the places of user, item and rating, from line 1; `columns` overrides the guess by name.

    Raises DataError if line 1 is not that of a table, or the columns cannot be told.
    """
    line = re.split(r"[\r\n]", data[:_FIRST].decode("utf-8-sig", "replace"), maxsplit=1)[0]
    if len(line) >= _FIRST // 4:
        raise DataError(
            f"{name}: its first line has {len(line):,} characters or more, so this is not a table of ratings"
        )
    separator = "::" if "::" in line else max("\t,;|", key=line.count)
    if separator not in line:
        raise DataError(f"{name}: its first line {_short(line)} has no comma, tab, semicolon, | or :: between columns")
    fields = [f.strip() for f in _fields(line, separator)]
    header = not any(_is_number(f) for f in fields)
    names = fields if header else [str(t + 1) for t in range(len(fields))]
    return Head(separator, header, names, find_columns(names, name, columns, header))


def find_columns(names: Sequence[str], name: str, columns: Columns | None, header: bool = True) -> tuple[int, int, int]:
    """The places of user, item and rating among these column names.

    Raises DataError, with the names there are, if one is not there or cannot be recognized.
    """
    there = f"{name} has {len(names)} columns: {', '.join(_short(n) for n in names[:12])}{' …' * (len(names) > 12)}"
    if columns is not None:
        if len(columns) != 3 or len(set(columns)) != 3:
            raise DataError(f"columns names three different columns, of user, item and rating, not {columns!r}")
        lower = [n.lower() for n in names]
        missing = [c for c in columns if c not in names and c.lower() not in lower]
        if missing:
            raise DataError(f"no column is called {', '.join(map(repr, missing))}; {there}")
        u, i, r = (names.index(c) if c in names else lower.index(c.lower()) for c in columns)
        return u, i, r
    if not header:
        if len(names) in (3, 4):
            return 0, 1, 2
        raise DataError(
            f"{name} has {len(names)} columns and no header, so it cannot be told which are user, item and rating: "
            'say so by position, as in columns=("1", "2", "3")'
        )
    found = [_recognized(names, kind) for kind in _NAMES]
    unknown = [kind for kind, at in zip(_NAMES, found, strict=True) if at is None]
    if unknown:
        raise DataError(
            f"{there}. None of them is recognized as the {' or the '.join(unknown)} column: "
            'name them userId, itemId and rating, or give columns=("…", "…", "…") in this order'
        )
    u, i, r = (at for at in found if at is not None)
    return u, i, r


def read_text(data: Buffer, name: str, columns: Columns | None) -> fast.Table:
    """The ratings of a text table; ids are integers where all of a column are, else text.

    Raises DataError on what is not such a table, naming the first offending lines.
    """
    if data[:2] in (b"\xff\xfe", b"\xfe\xff"):
        data = _decoded(data, "utf-16", name).encode()
    _refuse_nul(data, name, _FIRST)
    head = look(data, name, columns)
    if head.separator == "::":
        data, head = data[:].replace(b"::", b"\t"), head._replace(separator="\t")
    try:
        sample = [row for _, row in _rows(data, head, _SAMPLE)]
    except csv.Error:
        raise DataError(explain(data, name, head)) from None
    if not sample:
        raise DataError(f"{name} has a header and no ratings: it needs at least one line below")
    users, items = (all(_is_integer(row[at]) for row in sample if len(row) > at) for at in head.at[:2])
    plain = all((users, items)) and fast.read_plain(data, head.separator, head.header, len(head.names), head.at)
    if plain:
        return plain
    _refuse_nul(data, name, len(data))
    # What looks like integers at the top may be text further down.
    for whole in dict.fromkeys([(users, items), (False, items), (users, False), (False, False)]):
        table = fast.read_text(data, head.separator, head.header, len(head.names), head.at, whole)
        if table is not None and np.isfinite(table.r).all():
            return table
    raise DataError(explain(data, name, head))


def _refuse_nul(data: Buffer, name: str, most: int) -> None:
    if data.find(b"\0", 0, most) >= 0:
        raise DataError(f"{name} contains NUL bytes, so it is not a text table: export it as csv in UTF-8")


def explain(data: Buffer, name: str, head: Head, most: int = 5) -> str:
    """Reads line by line, slowly, for the first lines that cannot be read, and says which and why."""
    wrong: list[str] = []
    try:
        for line, row in _rows(data, head):
            problem = _problem(row, head)
            if problem:
                wrong.append(f"line {line}: {problem}")
            if len(wrong) == most:
                break
    except csv.Error as e:
        wrong.append(f"after that, {e}" if wrong else str(e))
    return (
        f"{name} cannot be read. {'; '.join(wrong) or 'Its quotes or its encoding are broken'}. Correct or remove that"
    )


def _rows(data: Buffer, head: Head, most: int | None = None) -> Iterator[tuple[int, list[str]]]:
    """Line number, counted from 1, and fields of every row below the header; blank lines are passed over."""
    text = io.TextIOWrapper(io.BytesIO(data[: _FIRST * 4] if most else data[:]), "utf-8-sig", "replace", newline="")
    reader = csv.reader(text, delimiter=head.separator)
    given = 0
    for t, row in enumerate(reader):
        if not row or (t == 0 and head.header):
            continue
        yield reader.line_num, row
        given += 1
        if given == most:
            return


def _problem(row: list[str], head: Head) -> str:
    if len(row) != len(head.names):
        return f"{len(row)} fields, where line 1 has {len(head.names)}"
    user, item, rating = (row[at].strip() for at in head.at)
    if user in fast.MISSING or item in fast.MISSING:
        return f"the {'user' if user in fast.MISSING else 'item'} id is missing"
    if rating in fast.MISSING:
        return "the rating is missing"
    if not _is_number(rating):
        return f"the rating is {_short(rating)}, which is not a number"
    return "" if np.isfinite(float(rating)) else f"the rating is {rating}, which is not finite"


def _recognized(names: Sequence[str], kind: str) -> int | None:
    plain = [re.sub(r"[^a-z0-9]", "", n.lower()) for n in names]
    return next((plain.index(known) for known in _NAMES[kind].split() if known in plain), None)


def _decoded(data: Buffer, encoding: str, name: str) -> str:
    try:
        return data[:].decode(encoding)
    except UnicodeDecodeError as e:
        raise DataError(f"{name} begins as {encoding} text and is not: export it as csv in UTF-8") from e


def _fields(line: str, separator: str) -> list[str]:
    return line.split("::") if separator == "::" else next(csv.reader([line], delimiter=separator))


def _is_number(text: str) -> bool:
    try:
        float(text)
    except ValueError:
        return False
    return text.isascii() and "_" not in text  # float takes 1_0 and the digits of all scripts


def _is_integer(text: str) -> bool:
    return re.fullmatch(r"\s*-?\d{1,18}\s*", text, re.ASCII) is not None


def _short(text: str, most: int = 40) -> str:
    return repr(text if len(text) <= most else text[:most] + "…")
