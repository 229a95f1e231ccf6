"""The rungs of the ladder as they are shown: names, colours, symbols, the slope of each, and times in words."""

from collections.abc import Sequence

from plotly.colors import sample_colorscale

from mfcore import scaling
from mfcore.scaling import Line, Point
from mfview import style

NAMES = {
    "number": "one number at a time",
    "row": "one row at a time",
    "product": "all rows in one product",
    "compiled": "compiled",
    "cluster": "two processes",
}
SYMBOLS = {"number": "circle", "row": "square", "product": "diamond", "compiled": "triangle-up", "cluster": "star"}
LAST = 4  # points that a slope is read off: at small sizes the cost of a call, not of a rating, is seen


def colour(rung: str, palette: style.Palette) -> str:
    """A rung's place on the sequential scale: the rungs are in an order, and so are their colours."""
    low, high = (0.0, 0.72) if palette is style.LIGHT else (0.1, 1.0)
    share = low + (high - low) * list(NAMES).index(rung) / (len(NAMES) - 1)
    return str(sample_colorscale([list(stop) for stop in palette.sequential], [share])[0])


def by_rung(points: Sequence[Point]) -> dict[str, list[Point]]:
    """The points of every rung that has any, by size."""
    found = {rung: sorted((p for p in points if p.rung == rung), key=lambda p: p.size.n) for rung in NAMES}
    return {rung: own for rung, own in found.items() if own}


def growth(own: Sequence[Point]) -> Line | None:
    """The line through a rung's last points; None of fewer than two sizes."""
    last = own[-LAST:]
    return scaling.line([p.size.n for p in last], [p.seconds for p in last]) if len(last) > 1 else None


CLOCK = (
    (1e-6, "1 µs"), (1e-3, "1 ms"), (1.0, "1 s"), (60.0, "1 min"), (3600.0, "1 h"), (86400.0, "1 day"),
    (31_557_600.0, "1 year"),
)  # fmt: skip


def duration(seconds: float) -> str:
    """Seconds as people say them, two digits: 0.31 ms, 12 s, 4.2 minutes, 3 days."""
    for unit, word in ((31_557_600.0, "years"), (86400.0, "days"), (3600.0, "hours"), (60.0, "minutes"), (1.0, "s")):
        if seconds >= unit:
            return f"{_two_digits(seconds / unit)} {word}"
    for unit, word in ((1e-3, "ms"), (1e-6, "µs")):
        if seconds >= unit:
            return f"{_two_digits(seconds / unit)} {word}"
    return f"{seconds:.0e} s"


def _two_digits(x: float) -> str:
    return f"{x:.2g}" if x < 99.5 else f"{x:,.0f}"
