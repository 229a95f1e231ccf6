"""Chapter 15's first view: one sweep five ways, as it was measured, and measured again where the reader is."""

from collections.abc import Iterator, Sequence

import streamlit as st

from mfapp import at_scale_cluster as cluster
from mfapp import controls, frame, jobs, quiz
from mfcore import Ratings, als, kernels, ladder, scaling
from mfcore.ladder import Rung
from mfcore.scaling import Bound, Point, Skipped
from mfview import labels, measured
from mfview.figures import scale
from mfview.rungs import LAST, NAMES, by_rung, duration, growth

NAME = "Five ways"
K, LAM = 10, 5.0
SIZES = (1_000, 3_000, 10_000, 30_000, 100_000, 300_000, 1_000_000)
BOUND = Bound(sweep=2.0, total=60.0)  # what one visitor may ask of a server that others use too

Found = Point | Skipped


def view() -> None:
    """The view: the pictures, a button that measures them anew, and the rungs side by side in numbers."""
    k = controls.k(K, 20)
    rungs = available()
    planned = [(rung.key, n) for n in SIZES for rung in rungs]
    besides = cluster.found(k)
    jobs.run(
        "ladder",
        k,
        lambda: _climb(k, rungs),
        len(planned),
        lambda t: f"{planned[t][1]:,} ratings, {NAMES[planned[t][0]]}",
        lambda found: _draw(k, found, besides),
        start="Measure it here",
    )
    frame.note(
        f"Measuring makes tables of {SIZES[0]:,} to {SIZES[-1]:,} ratings and times each rung on all of them. Others "
        "may be using this server: a rung is not run on larger tables once a sweep is expected to take more than "
        f"{BOUND.sweep:g} s, everything stops after {BOUND.total:g} s of work, and one visitor measures at a time."
    )
    if len(rungs) < len(ladder.RUNGS):
        frame.note("The compiled rung needs numba: `pip install numba`.")
    cluster.offer(k, LAM, SIZES[2:], grown)
    st.header("Where does the time go?", anchor=False)
    _operations(k)
    st.header("What would you expect?", anchor=False)
    quiz.ask("15-n-doubles")
    quiz.ask("15-k-doubles")


def available() -> tuple[Rung, ...]:
    """The rungs that can be climbed here: without numba nothing is compiled."""
    return tuple(rung for rung in ladder.RUNGS if rung.key != "compiled" or kernels.available())


def _climb(k: int, rungs: Sequence[Rung]) -> Iterator[Found]:
    return scaling.climb(rungs, SIZES, als.Config(k=k, lam=LAM, biases=False), BOUND, grown)


@st.cache_resource(show_spinner=False, max_entries=len(SIZES))
def grown(n: int) -> Ratings:
    """n generated ratings, made once for all visitors."""
    return scaling.grown(n)


def shown_before(k: int) -> tuple[Point, ...]:
    """What was measured before anybody asked: for this k, or for the page's own where this k was not."""
    return measured.shipped().of(k) or measured.shipped().of(K)


def _draw(k: int, found: Sequence[Found], besides: Sequence[Point]) -> None:
    mine = [p for p in found if isinstance(p, Point)]
    before = [p for p in shown_before(k) if not besides or (p.size.k == k and p.rung != cluster.NAME)]
    points = [*(mine or before), *besides]
    background = before if mine and before and before[0].size.k == k else ()
    at = points[0].size.k
    st.markdown(_answer(points))
    left, right = st.columns(2, gap="medium")
    with left:
        frame.show(scale.times(points, frame.palette(), at, background), "times")
    with right:
        frame.show(scale.memory(points, frame.palette(), at), "memory")
    if mine:
        frame.note(
            "Measured here and now: the shortest of a few sweeps. "
            + (f"Thin: {measured.shipped().machine}." if background else "")
        )
        _left_out([s for s in found if isinstance(s, Skipped)])
    else:
        frame.note(
            f"Measured on {measured.shipped().machine}."
            + (f" For k = {k} nothing was measured there: press the button." if at != k else "")
        )
    st.markdown(table(points))
    frame.note(
        f"Slopes are read off the last {LAST} sizes. The second rung takes one Python step per row, and these tables "
        "grow in both directions, so the number of rows grows like √n: its slope lies between ½ and 1."
    )


def _answer(points: Sequence[Point]) -> str:
    """The page's answer in one sentence: the slowest rung against the fastest, at the largest size both have."""
    rungs = by_rung(points)
    slow, fast = (rungs.get(key, []) for key in ("number", "compiled" if "compiled" in rungs else "product"))
    common = [(a, b) for a in slow for b in fast if a.size == b.size]
    if not common:
        return "One sweep solves N + M small systems. Each rung below does the same sweep."
    a, b = common[-1]
    return (
        f"The same sweep over {a.size.n:,} ratings, with the same result: **{duration(a.seconds)}** {NAMES[a.rung]}, "
        f"**{duration(b.seconds)}** {NAMES[b.rung]}. That is **{a.seconds / b.seconds:,.0f} times** faster. On log "
        "axes a slope of 1 is time in proportion to the ratings."
    )


def table(points: Sequence[Point]) -> str:
    """The rungs in numbers, as a Markdown table, at the largest size of the one that is listed first."""
    rungs = by_rung(points)
    first = next(iter(rungs.values()))[-1]
    lines = [f"| rung | sweep, {first.size.n:,} ratings | times faster | slope |", "|:--|--:|--:|--:|"]
    for rung, own in rungs.items():
        here = next((p for p in own if p.size.n == first.size.n), None)
        line = growth(own)
        cells = [
            NAMES[rung],
            duration(here.seconds) if here else "·",
            f"{labels.amount(first.seconds / here.seconds)}×" if here else "·",
            labels.decimal(line.slope) if line else "·",
        ]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _left_out(skipped: Sequence[Skipped]) -> None:
    """Which rungs stopped growing, and why."""
    first: dict[str, Skipped] = {}
    for s in skipped:
        first.setdefault(s.rung, s)
    said = [
        f"{NAMES[s.rung]} from {s.n:,} on, "
        + ("time was up" if s.expected is None else f"which should take {duration(s.expected)} a sweep")
        for s in first.values()
    ]
    if said:
        frame.note(f"Left out: {'; '.join(said)}.")


def _operations(k: int) -> None:
    st.markdown(
        "Count before you measure. A rating adds $u_j u_j^\\top$ to one matrix, $k^2$ products, and $r_{ij} u_j$ to "
        "one vector, $k$ more: once for its user, once for its film. Then each of the $N + M$ systems is solved, for "
        "about $k^3/3$:"
    )
    frame.show_card(scaling.operations)
    frame.show(scale.work(measured.shipped().points, frame.palette()), "work")
    frame.note(
        f"k = {', '.join(map(str, measured.KS))}, all sizes, {measured.shipped().machine}. One dotted line is one "
        "speed. A rung that ran along it would do every multiplication at the same cost; at the left end of each rung "
        "what you see is the cost of the calls themselves."
    )
