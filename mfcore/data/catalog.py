"""What is known of the items beside their ratings: title, year, genres, aligned to the item numbers j."""

import re
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, NamedTuple, Self

import numpy as np
from numpy.typing import NDArray

from mfcore.ratings import Ints

_YEAR = re.compile(r"\s*\((\d{4})(?:[-–]\s?\d{0,4})?\)\s*$")
_ARTICLES = "The|A|An|Le|La|Les|L'|Un|Une|El|Los|Las|Il|Lo|Gli|Der|Die|Das|Ein|Eine|Den|Det|En|De|Het|O|Os|As"
_TRAILING_ARTICLE = re.compile(rf"^(?P<rest>.+), (?P<article>{_ARTICLES})$", re.IGNORECASE)
_OTHER_TITLE = re.compile(r"\(([^()]*)\)")


class Film(NamedTuple):
    """One entry: year 0 where it is not known."""

    title: str
    year: int = 0
    genres: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, eq=False)
class Catalog:
    """The M items, in the order of the columns of R.

    titles: (M,) strings.  years: (M,) integers, 0 where unknown.  genres: M tuples of names, each possibly empty.
    credit: where the data come from and on what terms they may be used.
    """

    titles: NDArray[Any]
    years: Ints
    genres: tuple[tuple[str, ...], ...]
    credit: str

    @classmethod
    def of(cls, item_ids: Sequence[Any] | NDArray[Any], films: Mapping[Any, Film], credit: str) -> Self:
        """The entries of `films` for these ids. Without one: "film <id>", or the id itself where it is text."""
        ids = item_ids.tolist() if isinstance(item_ids, np.ndarray) else list(item_ids)
        titles, years = np.empty(len(ids), object), np.zeros(len(ids), np.int64)
        titles[:] = [x if isinstance(x, str) else f"film {x}" for x in ids]
        genres: list[tuple[str, ...]] = [()] * len(ids)
        for j, film in enumerate(map(films.get, ids) if films else ()):
            if film:
                titles[j], years[j], genres[j] = film
        return cls(titles, years, tuple(genres), credit)

    def label(self, j: int) -> str:
        """Title and year of item j, as in "The Long Orchard (1999)"; the title alone where the year is unknown."""
        return f"{self.titles[j]} ({self.years[j]})" if self.years[j] else str(self.titles[j])

    def find(self, text: str) -> Ints:
        """The items whose label contains `text`, whatever the case and accents; those that begin with it first."""
        wanted = _plain(text.strip())
        labels = [_plain(self.label(j)) for j in range(len(self.titles))]
        hits = [j for j, label in enumerate(labels) if wanted in label]
        return np.array(sorted(hits, key=lambda j: (not labels[j].startswith(wanted), j)), np.int64)


def split_title(text: str) -> tuple[str, int]:
    """Title and year of a MovieLens title: "Orchard, The (1999)" is ("The Orchard", 1999); the year may be missing."""
    text = " ".join(text.split())
    year = _YEAR.search(text)
    bare = text[: year.start()] if year else text
    bare = _article_first(bare)
    main, *others = re.split(r"\s+(?=\()", bare, maxsplit=1)
    title = " ".join(
        [_article_first(main), *(_OTHER_TITLE.sub(lambda m: f"({_article_first(m[1])})", o) for o in others)]
    )
    return title or text, int(year[1]) if year else 0


def _article_first(title: str) -> str:
    found = _TRAILING_ARTICLE.match(title)
    if not found:
        return title
    article, rest = found["article"], found["rest"]
    return f"{article}{rest}" if article.endswith("'") else f"{article} {rest}"


def _plain(text: str) -> str:
    decomposed = unicodedata.normalize("NFKD", text)
    return "".join(ch for ch in decomposed if not unicodedata.combining(ch)).casefold()
