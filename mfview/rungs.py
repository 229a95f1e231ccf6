"""The rungs of the ladder as they are shown: names, colours, symbols, the slope of each, and times in words."""

from collections.abc import Sequence

from mfcore import scaling
from mfcore.scaling import Line, Point
from mfview import style

CLUSTER = "cluster"  # at the sizes that are measured it pays for messages, of which nothing follows for larger ones
NAMES = {
    "number": "one number at a time",
    "row": "one row at a time",
    "product": "all rows in one product",
    "compiled": "compiled",
    CLUSTER: "two processes",
}
LAST = 4  # points that a slope is read off: at small sizes the cost of a call, not of a rating, is seen


def look(rung: str, palette: style.Palette) -> tuple[str, str, str]:
    """Colour, dash and symbol of a rung: Python in grey, numpy in ink, machine code in the colour that stands out."""
    return {
        "number": (palette.neutral, "solid", "circle"),
        "row": (palette.neutral, "dash", "square"),
        "product": (palette.ink, "solid", "diamond"),
        "compiled": (palette.highlight, "solid", "triangle-up"),
        CLUSTER: (palette.highlight, "dash", "star"),
    }[rung]


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
    unit, word = next(((u, w) for u, w in ((1e-3, "ms"), (1e-6, "µs")) if seconds >= u), (1e-9, "ns"))
    return f"{_two_digits(seconds / unit)} {word}"


def _two_digits(x: float) -> str:
    return f"{x:.2g}" if x < 99.5 else f"{x:,.0f}"
