"""Chapter 02: a rating as a dot product of taste and content, by hand and in a trained model (notes §2, 3, 4; E12)."""

from mfapp import dot_product as room
from mfapp import frame

chapter = frame.start("dot_product")
chosen = room.choose()

by_hand, real, near = room.views()
if by_hand.open:
    with by_hand:
        room.by_hand()
if real.open:
    with real:
        room.real(chosen)
if near.open:
    with near:
        room.near(chosen)

frame.end(chapter)
