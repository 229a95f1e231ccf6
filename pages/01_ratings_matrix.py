"""Chapter 01: the ratings matrix, its holes and its long tails, and what it costs to keep (notes §1, 18)."""

from functools import partial

from mfapp import controls, frame, ratings_matrix, views

chapter = frame.start("ratings_matrix")
ds = controls.data()

ratings_matrix.picture(ds)
ratings_matrix.prepare()
views.show(
    {
        "Long tails": views.View(partial(ratings_matrix.long_tails, ds)),
        "Memory": views.View(partial(ratings_matrix.memory, ds)),
        "Two thin tables": views.View(partial(ratings_matrix.thin_tables, ds)),
        "A stored 0": views.View(ratings_matrix.stored_zero),
    }
)
frame.end(chapter)
