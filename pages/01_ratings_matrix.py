"""Chapter 01: the ratings matrix, its holes and its long tails, and what it costs to keep (notes §1, 18)."""

from mfapp import controls, frame
from mfapp import ratings_matrix as room

chapter = frame.start("ratings_matrix")
ds = controls.data()

room.picture(ds)

long_tails, memory, thin_tables, zero = room.views()
if long_tails.open:
    with long_tails:
        room.long_tails(ds)
if memory.open:
    with memory:
        room.memory(ds)
if thin_tables.open:
    with thin_tables:
        room.thin_tables(ds)
if zero.open:
    with zero:
        room.stored_zero()

frame.end(chapter)
