"""The notes' matrix at full size: what its cells would cost, what is really stored, and how long a sweep takes."""

from dataclasses import replace

import streamlit as st

from mfapp import at_scale, frame, jobs, quiz
from mfcore import scaling, storage
from mfcore.scaling import Point
from mfcore.storage import NOTES
from mfview import labels, measured
from mfview.figures import full_size
from mfview.figures import storage as pictures
from mfview.rungs import CLUSTER, LAST, NAMES, by_rung, duration

ENOUGH = 4  # sizes of every rung that the reader's own machine must have measured


def view() -> None:
    """The view: bytes first, then seconds."""
    st.header("What is really stored", anchor=False)
    kept = {s.name: s for s in _stores()}
    st.markdown(
        f"{NOTES.N:,} users × {NOTES.M:,} films make **{labels.amount(storage.cells(NOTES))} cells**. As a full table "
        f"of 8-byte numbers that is {labels.size(kept['dense'].bytes)}, of 4-byte numbers "
        f"{labels.size(kept['dense32'].bytes)}, and all but {NOTES.n / storage.cells(NOTES):.2%} of it is holes. What "
        f"is stored are the {labels.amount(NOTES.n)} ratings, twice, so that both a user's and a film's lie side by "
        f"side: **{labels.size(kept['twice'].bytes)}**. The answer, W and U at k = {NOTES.k}, is "
        f"{labels.size(kept['thin'].bytes)}."
    )
    frame.show(pictures.memory(tuple(kept.values()), "130,000 × 26,000", frame.palette()), "kept")
    frame.note(
        "Counted: numbers times their bytes, with 32-bit indices. Hatched: scaled from the measured bytes per rating "
        "of the first rung's dict and lists. No product of W and U is ever formed: one prediction is one dot product."
    )
    quiz.ask("15-both-double")
    st.header("One sweep over all of it", anchor=False)
    _times()
    quiz.ask("15-every-cell")


def _stores() -> tuple[storage.Store, ...]:
    return scaling.stores(NOTES, by_rung(measured.shipped().of(NOTES.k))["number"][-1])


def _times() -> None:
    mine = by_rung([p for p in jobs.results("ladder", NOTES.k) if isinstance(p, Point)])
    here = all(len(own) >= ENOUGH for own in mine.values()) and bool(mine)
    climbed = mine if here else by_rung(measured.shipped().of(NOTES.k))
    rungs = {rung: climbed[rung] for rung in climbed if rung != CLUSTER}
    sizes = NOTES, replace(NOTES, n=storage.cells(NOTES))
    found = {rung: [scaling.foreseen(own[-LAST:], size) for size in sizes] for rung, own in rungs.items()}
    amounts = [f"the {labels.amount(size.n)} {what}" for size, what in zip(sizes, ("ratings", "cells"), strict=True)]
    frame.show(full_size.at_full_size(found, amounts, frame.palette()), "full")
    paid = {rung: scaling.prices(own[-LAST:]) for rung, own in rungs.items()}
    said = [f"{NAMES[rung]} {duration(p.rating)} and {duration(p.row)}" for rung, p in paid.items()]
    frame.note(
        f"Predicted for k = {NOTES.k}, not measured. What a rating and a row cost is read off each rung's last {LAST} "
        f"sizes, measured {'here' if here else f'on {measured.shipped().machine}'}: {'; '.join(said)}. Error bars: the "
        "lowest and the highest estimate when any one of those sizes is left out; they do not account for a machine "
        "running out of memory or cache. "
        + ("" if here else f"Measure in the view *{at_scale.NAME}* at k = {NOTES.k}, and this picture is about yours.")
    )
    with st.expander("The equation and the code"):
        frame.show_card(scaling.prices)
