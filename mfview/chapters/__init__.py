"""The table of contents. Navigation, the README's map and the tests are made from it."""

from mfview.chapters import factors, networks, probability, use
from mfview.chapters.entry import Chapter, Scenario

__all__ = ["CHAPTERS", "Chapter", "Scenario", "by_slug"]

CHAPTERS = factors.CHAPTERS + probability.CHAPTERS + networks.CHAPTERS + use.CHAPTERS


def by_slug(slug: str) -> Chapter:
    """The chapter of that slug. Raises LookupError if there is none."""
    for chapter in CHAPTERS:
        if chapter.slug == slug:
            return chapter
    raise LookupError(f"no chapter is called {slug!r}")
