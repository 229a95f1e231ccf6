"""Opening what a person hands over: a file, a folder, a zip, a gzip, bytes. Nothing is trusted or written to disk."""

import gzip
import io
import mmap
import zipfile
import zlib
from collections.abc import Callable, Iterable
from os import PathLike
from pathlib import Path, PurePosixPath
from typing import IO, BinaryIO, NamedTuple

from mfcore.errors import DataError


class _Mapped(mmap.mmap):
    """A file as memory that is also a file to zipfile, which asks for what mmap answers only from Python 3.13 on."""

    def seekable(self) -> bool:
        return True


Buffer = bytes | _Mapped
Given = str | PathLike[str] | bytes | BinaryIO

# Ratings as text shrink 4 to 10 times in a zip. A hundredfold is a bomb, once it is big enough to matter.
_MOST_RATIO, _HARMLESS, _MOST_MEMBERS = 100, 10 << 20, 2000
_LARGE = 1 << 20

FILMS_BESIDE = {"ratings.csv": "movies.csv", "ratings.dat": "movies.dat", "u.data": "u.item"}
_TABLES = (".csv", ".tsv", ".dat", ".data", ".parquet", ".txt")
_NOT_RATINGS = {*FILMS_BESIDE.values(), "links.csv", "tags.csv", "tags.dat", "genome-scores.csv", "genome-tags.csv"}


class Source(NamedTuple):
    """The table of ratings, by name and content, and the film table beside it where there is one."""

    name: str
    ratings: Buffer
    films_name: str
    films: Buffer | None


def open_source(given: Given, name: str | None, limit: int) -> Source:
    """The ratings in `given` and the films beside them, decompressed to at most `limit` bytes each.

    Raises FileNotFoundError for a path that does not exist, and DataError for all that cannot be ratings.
    """
    if isinstance(given, str | PathLike):
        path = Path(given).expanduser()
        if not path.exists():
            raise FileNotFoundError(f"there is no file or folder {str(path)!r}: check the spelling and the folder")
        if path.is_dir():
            files = sorted(f for f in (*path.glob("*"), *path.glob("*/*")) if f.is_file())
            return _from_members(
                path.resolve().name, {f.relative_to(path).as_posix(): _reader(f, limit) for f in files}
            )
        data: Buffer = _mapped(path)
        partner = path.with_name(FILMS_BESIDE.get(_bare(path.name), path.name))
        if not _is_zip(data):
            films = _unpacked(_mapped(partner), partner.name, limit) if partner != path and partner.is_file() else None
            return Source(path.name, _unpacked(data, path.name, limit), partner.name, films)
        name = name or path.name
    else:
        data, name = _all_of(given, limit), name or getattr(given, "name", None) or "the upload"
    if _is_zip(data):
        return _from_members(name, _zip_members(data, name, limit))
    return Source(name, _unpacked(data, name, limit), "", None)


def _from_members(where: str, members: dict[str, Callable[[], Buffer]]) -> Source:
    """The ratings among these: a MovieLens name if there is one, nearest to the top, else the only table."""
    seen = sorted((m for m in members if not _hidden(m)), key=lambda m: (m.count("/"), m))
    named = [m for known in FILMS_BESIDE for m in seen if _base(m) == known]
    tables = [m for m in seen if _base(m).endswith(_TABLES) and _base(m) not in _NOT_RATINGS]
    tables = [m for m in tables if not _base(m).startswith("readme")]
    if not named and len(tables) != 1:
        found = f"it holds {_some(seen)}" if seen else "it is empty"
        many = "more than one table, and none is called ratings.csv" if tables else "no table of ratings"
        raise DataError(
            f"{where}: {many}; {found}. Give the table itself, or a MovieLens folder or zip with "
            f"{', '.join(FILMS_BESIDE)} in it"
        )
    chosen = (named or tables)[0]
    films = FILMS_BESIDE.get(_base(chosen), "movies.csv")
    folder = PurePosixPath(chosen).parent
    beside = [m for m in seen if PurePosixPath(m).parent == folder and _base(m) == films]
    return Source(
        PurePosixPath(chosen).name,
        members[chosen](),
        films,
        members[beside[0]]() if beside and beside[0] != chosen else None,
    )


def _zip_members(data: Buffer, name: str, limit: int) -> dict[str, Callable[[], Buffer]]:
    try:
        with zipfile.ZipFile(_file(data)) as z:
            infos = [info for info in z.infolist() if not info.is_dir()]
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError) as e:
        raise DataError(f"{name}: the zip is damaged or was cut short ({e}): download or pack it again") from e
    if len(infos) > _MOST_MEMBERS:
        raise DataError(
            f"{name}: the zip holds {len(infos):,} files, more than the {_MOST_MEMBERS:,} that are looked at"
        )

    def reader(info: zipfile.ZipInfo) -> Callable[[], Buffer]:
        return lambda: _unpacked(_zip_member(data, info, name, limit), info.filename, limit)

    return {info.filename.replace("\\", "/"): reader(info) for info in infos}


def _zip_member(data: Buffer, info: zipfile.ZipInfo, name: str, limit: int) -> bytes:
    inside = f"{name}: {info.filename} in the zip"
    most = min(limit, max(_HARMLESS, _MOST_RATIO * info.compress_size))
    if info.file_size > most:
        raise DataError(_too_big(inside, info.file_size, most))
    if info.flag_bits & 1:
        raise DataError(f"{inside} is encrypted: unpack it first")
    try:
        with zipfile.ZipFile(_file(data)) as z, z.open(info) as member:
            return _bounded(member, most, inside)
    except (zipfile.BadZipFile, zlib.error, EOFError, OSError, NotImplementedError) as e:
        raise DataError(f"{inside} is damaged ({e}): download or pack it again") from e


def _unpacked(data: Buffer, name: str, limit: int) -> Buffer:
    """The content itself, one layer of gzip removed; refused if it is empty."""
    if data[:2] == b"\x1f\x8b":
        most = min(limit, max(_HARMLESS, _MOST_RATIO * len(data)))
        try:
            with gzip.open(_file(data)) as unzipped:
                data = _bounded(unzipped, most, name)
        except (gzip.BadGzipFile, zlib.error, EOFError) as e:
            raise DataError(f"{name}: the gzip is damaged or was cut short ({e}): download or pack it again") from e
    if not data[:1]:
        raise DataError(f"{name}: the file is empty")
    return data


def _bounded(stream: IO[bytes] | gzip.GzipFile, most: int, name: str) -> bytes:
    # A declared size may lie, so what counts is how much comes out.
    content = stream.read(most + 1)
    if len(content) > most:
        raise DataError(_too_big(name, len(content), most))
    return content


def _too_big(name: str, size: int, most: int) -> str:
    return f"{name} unpacks to {size:,} bytes or more, and {most:,} is the most that is accepted for it"


def _all_of(given: bytes | BinaryIO, limit: int) -> bytes:
    if isinstance(given, bytes):
        return given
    content = given.read(limit + 1)
    if not isinstance(content, bytes):
        raise TypeError("open the file in binary mode: its bytes are needed, not text")
    if len(content) > limit:
        raise DataError(f"the file is larger than {limit:,} bytes, the most that is accepted")
    return content


def _reader(path: Path, limit: int) -> Callable[[], Buffer]:
    return lambda: _unpacked(_mapped(path), path.name, limit)


def _mapped(path: Path) -> Buffer:
    with path.open("rb") as f:
        # A map cannot be empty, and is worth its while only for what is large.
        if f.seek(0, io.SEEK_END) < _LARGE:
            return path.read_bytes()
        return _Mapped(f.fileno(), 0, access=mmap.ACCESS_READ)


def _file(data: Buffer) -> BinaryIO:
    if isinstance(data, bytes):
        return io.BytesIO(data)
    data.seek(0)
    return data  # type: ignore[return-value]


def _is_zip(data: Buffer) -> bool:
    return data[:4] in (b"PK\x03\x04", b"PK\x05\x06")


def _bare(name: str) -> str:
    return name.lower().removesuffix(".gz")


def _base(member: str) -> str:
    return _bare(PurePosixPath(member).name)


def _hidden(member: str) -> bool:
    return any(part.startswith((".", "__MACOSX")) and part != ".." for part in PurePosixPath(member).parts)


def _some(names: Iterable[str], most: int = 8) -> str:
    listed = [name[-60:] for name in names]
    return ", ".join(listed[:most]) + (f" and {len(listed) - most} more" if len(listed) > most else "")
