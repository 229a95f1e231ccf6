"""Where ratings come from: `load` gives any of them by name or path, with the films beside them."""

from os import PathLike
from pathlib import Path
from typing import Any

from mfcore.data import movielens, planted
from mfcore.data.catalog import Catalog
from mfcore.data.files import read
from mfcore.data.movielens import official_splits
from mfcore.ratings import Ratings

__all__ = ["NAMES", "Catalog", "load", "official_splits", "read"]

NAMES = ("ml-small", "planted", "tiny")


def load(source: str | PathLike[str], **options: Any) -> tuple[Ratings, Catalog]:
    """Ratings and films of a data set in NAMES, or of a path. A name goes before a file that is called the same.

    options: those of `planted.planted` for "planted" (in half stars, as people give them, unless step says
    otherwise), of `files.read` for a path.
    Raises FileNotFoundError for what is neither, and what those two raise.
    """
    if source == "ml-small":
        return movielens.ml_small(**options)
    if source == "planted":
        return planted.planted(**{"step": 0.5, **options})[:2]
    if source == "tiny":
        return planted.tiny(**options)[:2]
    if not Path(source).expanduser().exists():
        raise FileNotFoundError(
            f"{str(source)!r} is neither a data set by name ({', '.join(NAMES)}) nor a file or folder that exists"
        )
    return read(source, **options)
