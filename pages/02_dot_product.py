"""Chapter 02: a rating as a dot product of taste and content, by hand and in a trained model (notes §2, 3, 4; E12)."""

from functools import partial

from mfapp import dot_product, frame, views

chapter = frame.start("dot_product")
chosen = dot_product.choose()
dot_product.prepare()
views.show(
    {
        "By hand": views.View(dot_product.by_hand),
        "A real user and film": views.View(partial(dot_product.real, chosen)),
        "Neighbours": views.View(partial(dot_product.near, chosen)),
    }
)
frame.end(chapter)
