"""Chapters 9 to 13: the same factors as embeddings and networks, and an honest test of them all."""

from mfview.chapters.entry import Chapter

CHAPTERS: tuple[Chapter, ...] = ()
