"""The rungs' results beside each other: the same start, one sweep, and how far apart W and U end."""

from typing import Literal

import numpy as np
import streamlit as st

from mfapp import at_scale, controls, frame, runs
from mfcore import als, ladder, scaling
from mfcore.ladder import Rung
from mfcore.storage import Size
from mfview import cards, labels
from mfview.figures import full_size
from mfview.rungs import NAMES

K, LAM = 5, 5.0
DTYPES: tuple[Literal["float64", "float32"], ...] = ("float64", "float32")
MOST = 5e7  # multiplications that are asked of the loop: some seconds


def view() -> None:
    """The view: largest differences on a log axis, and what they mean."""
    ds, k = controls.data("planted"), controls.k(K, 20)
    climbed = rungs(Size(ds.R.N, ds.R.M, ds.R.n, k))
    apart = differences(ds, ds.key, k, tuple(rung.key for rung in climbed))
    first, worst = climbed[0].key, max(apart["float64"].values())
    st.markdown(
        f"One sweep over the same {labels.counted(ds.R.n, 'rating')} from the same start, λ = {LAM:g}. In float64 no "
        f"number of W or U differs from those of *{NAMES[first]}* by more than ${cards.number(worst, 0)}$ of the "
        "largest: that is rounding. The rungs add the same numbers in another order, and floating-point sums depend on "
        "the order."
    )
    if first != "number":
        st.info(
            f"{ds.R.n:,} ratings at k = {k} would keep the loop busy for too long, so the second rung is what the "
            "others are held to. Choose smaller data, or a smaller k, to see the loop.",
            icon=":material/hourglass_top:",
        )
    frame.show(full_size.agreement(apart, first, frame.palette(), f"{ds.R.n:,} ratings, k = {k}"), "agreement")
    frame.note(
        "Dotted: the spacing of numbers near 1, 2⁻⁵² in float64 and 2⁻²³ in float32, in which vectors are stored in "
        "half the space. Ratings come in half stars and are noisy by far more than either."
    )


def rungs(size: Size) -> tuple[Rung, ...]:
    """The rungs that are compared: without the loop where it would take too long."""
    loop = scaling.operations(size) <= MOST
    return tuple(rung for rung in at_scale.available() if loop or rung.key != "number")


@st.cache_data(show_spinner="Sweeping on every rung …", max_entries=32)
def differences(_ds: runs.Dataset, key: str, k: int, keys: tuple[str, ...]) -> dict[str, dict[str, float]]:
    """{dtype: {rung: how far its W and U are from the first rung's in float64}}. key: the data set's."""
    found: dict[str, dict[str, float]] = {}
    climbed = [rung for rung in ladder.RUNGS if rung.key in keys]
    reference = None
    for dtype in DTYPES:
        cfg = als.Config(k=k, lam=LAM, biases=False, dtype=dtype)
        start = als.init(_ds.R, cfg, np.random.default_rng(0))
        own = {rung.key: rung.sweep(start, rung.keep(_ds.R), cfg) for rung in climbed}
        reference = reference or own[keys[0]]
        found[dtype] = {name: ladder.apart(s, reference) for name, s in own.items() if name != keys[0]}
    return found
