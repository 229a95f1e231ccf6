"""Where ratings come from: `load` gives any of them by name or path, with the films beside them."""

from os import PathLike
from pathlib import Path
from typing import Any

from mfcore.data import movielens, planted
from mfcore.data.catalog import Catalog
from mfcore.ratings import Ratings

__all__ = ["NAMES", "Catalog", "load"]

NAMES = ("ml-small", "planted", "tiny")


def load(source: str | PathLike[str], **options: Any) -> tuple[Ratings, Catalog]:
    """Ratings and films of a data set in NAMES. `options` are those of `planted.planted` for "planted".

    Raises FileNotFoundError if the name is not known.
    """
    if source == "ml-small":
        return movielens.ml_small(**options)
    if source == "planted":
        return planted.planted(**options)[:2]
    if source == "tiny":
        return planted.tiny(**options)[:2]
    raise FileNotFoundError(f"{str(Path(source))!r} is not a data set by name ({', '.join(NAMES)})")
