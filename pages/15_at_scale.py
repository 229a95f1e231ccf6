"""Chapter 15: one sweep, from the notes' loop to a cluster, timed here, and 3.38 billion cells (notes §1, 18)."""

from mfapp import at_scale, at_scale_code, at_scale_full, at_scale_same, frame, views

chapter = frame.start("at_scale")
views.show(
    {
        at_scale.NAME: views.View(at_scale.view, {"k": at_scale.K}),
        "3.38 billion cells": views.View(at_scale_full.view),
        "The same result": views.View(at_scale_same.view, {"k": at_scale_same.K}),
        "Code": views.View(at_scale_code.view),
    }
)
frame.end(chapter)
