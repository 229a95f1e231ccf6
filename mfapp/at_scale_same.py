"""The rungs' results beside each other: the same start, one sweep, and how far apart W and U end."""

from collections.abc import Iterator, Mapping, Sequence

import streamlit as st

from mfapp import at_scale, controls, frame, jobs, runs
from mfapp import at_scale_cluster as cluster
from mfcore import als, ladder, scaling, steps
from mfcore.ladder import Rung
from mfcore.storage import Size
from mfview import cards, labels, measured
from mfview.figures import full_size
from mfview.rungs import NAMES

K = measured.SAME_K
MOST = 5e7  # multiplications that are asked of the loop: some seconds


def view() -> None:
    """The view: largest differences on a log axis, those of a cluster too where it is asked, and what they mean."""
    ds, k = controls.data("planted"), controls.k(K, 20)
    climbed = rungs(Size(ds.R.N, ds.R.M, ds.R.n, k))
    reference, apart = differences(ds, ds.key, k, tuple(rung.key for rung in climbed))
    cfgs = [measured.plain(k, dtype) for dtype in measured.DTYPES]

    def on_a_cluster(done: int = 0) -> Iterator[float]:
        return cluster.apart(ds.R, cfgs[done:], reference)

    def draw(found: Sequence[float]) -> None:
        there: Mapping[str, float] = dict(zip(measured.DTYPES, found, strict=False)) or measured.apart(ds.R, k)
        _draw(ds, k, climbed, {t: own | ({cluster.NAME: there[t]} if t in there else {}) for t, own in apart.items()})
        if there and not found:
            frame.note(
                f"*{NAMES[cluster.NAME].capitalize()}* on {measured.shipped().machine}, the others here and now."
            )

    if cluster.installed():
        jobs.run(
            "same",
            (ds.key, k),
            on_a_cluster,
            len(measured.DTYPES),
            lambda t: f"{measured.DTYPES[t]} on {cluster.WORKERS} processes",
            draw,
            start=f"{cluster.START} sweep there too",
            resume=on_a_cluster,
        )
    else:
        draw(())
        frame.note(f"The same on a cluster: {cluster.MISSING[0].lower()}{cluster.MISSING[1:]}")


def _draw(ds: runs.Dataset, k: int, climbed: Sequence[Rung], apart: Mapping[str, Mapping[str, float]]) -> None:
    first, worst = climbed[0].key, max(apart["float64"].values())
    st.markdown(
        f"One sweep over the same {labels.counted(ds.R.n, 'rating')} from the same start, λ = {measured.LAM:g}. "
        f"In float64 no number of W or U differs from those of *{NAMES[first]}* by more than "
        f"${cards.number(worst, 0)}$ of the largest: that is rounding. The rungs add the same numbers in another "
        "order, and floating-point sums depend on the order."
    )
    if first != "number":
        st.info(
            f"{ds.R.n:,} ratings at k = {k} would keep the loop busy for too long, so the others are compared with the "
            "second rung. Choose smaller data, or a smaller k, to see the loop.",
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
def differences(
    _ds: runs.Dataset, key: str, k: int, keys: tuple[str, ...]
) -> tuple[als.State, dict[str, dict[str, float]]]:
    """The first rung's State in float64, and {dtype: {rung: how far its W and U are from those}}.

    key: the data set's.
    """
    first, *others = (rung for rung in ladder.RUNGS if rung.key in keys)

    def swept(rung: Rung, dtype: measured.DType) -> als.State:
        cfg = measured.plain(k, dtype)
        return rung.sweep(next(steps(als, _ds.R, cfg, seed=0)), rung.keep(_ds.R), cfg)

    reference = swept(first, "float64")
    return reference, {
        dtype: {rung.key: ladder.apart(swept(rung, dtype), reference) for rung in others} for dtype in measured.DTYPES
    }
