"""Colours with fixed roles, once for light and once for dark, and the frame every figure shares.

Train is always one colour and test another; signed values run from purple (−) over a neutral middle to green (+);
what is missing is grey. All pairs stay apart for the common forms of colour blindness.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

import plotly.graph_objects as go

Colorscale = tuple[tuple[float, str], ...]


def _even(*colours: str) -> Colorscale:
    return tuple((t / (len(colours) - 1), colour) for t, colour in enumerate(colours))


@dataclass(frozen=True, slots=True)
class Palette:
    """One theme's colours by role."""

    ink: str
    quiet: str
    grid: str
    paper: str
    missing: str
    highlight: str
    train: str
    test: str
    positive: str
    negative: str
    neutral: str
    diverging: Colorscale
    sequential: Colorscale


_CIVIDIS = _even(
    "#00224e", "#123570", "#3b496c", "#575d6d", "#707173", "#8a8678", "#a59c74", "#c3b369", "#e1cc55", "#fee838"
)

# Cividis with a blue that stands out from what is missing on dark paper.
_CIVIDIS_ON_DARK = _even(
    "#2E62A8", "#4B6CA0", "#64779A", "#7A8294", "#8E8E8B", "#A39B81", "#B9A975", "#CFB966", "#E6CB52", "#FEE838"
)

LIGHT = Palette(
    ink="#1B1F24",
    quiet="#5B6470",
    grid="#E3E6EA",
    paper="#FFFFFF",
    missing="#E9EBEE",
    highlight="#E69F00",
    train="#0072B2",
    test="#C4500A",
    positive="#1B7837",
    negative="#762A83",
    neutral="#64748B",
    diverging=_even("#762A83", "#B899CC", "#E7D4E8", "#F7F7F7", "#D9F0D3", "#8CCB88", "#1B7837"),
    sequential=_CIVIDIS,
)

DARK = Palette(
    ink="#E8EAED",
    quiet="#A3ACB8",
    grid="#333A44",
    paper="#14171C",
    missing="#2A3039",
    highlight="#F0B73A",
    train="#56B4E9",
    test="#FF8F4D",
    positive="#6CC483",
    negative="#C297D0",
    neutral="#94A3B8",
    diverging=_even("#9560AB", "#74458A", "#4A2F57", "#23282F", "#22472D", "#2C6F40", "#35894D"),
    sequential=_CIVIDIS_ON_DARK,
)


def framed(
    fig: go.Figure,
    *,
    title: str,
    x: str = "",
    y: str = "",
    alt: str,
    palette: Palette = LIGHT,
    height: int = 360,
    layout: Mapping[str, Any] | None = None,
) -> go.Figure:
    """Give `fig` its title, axis titles (with units) and text alternative, in the project's look.

    alt: one or two sentences that state what the figure shows; kept in layout.meta["alt"].
    Axes titled here are the first pair; further subplots title their own.
    layout: what this figure sets beyond the look, or against it.
    """
    # Plotly puts its default template back by itself; handing it over anew would cost more than all the rest.
    own = {name: value for name, value in fig.layout.to_plotly_json().items() if name != "template"}
    axis = dict(gridcolor=palette.grid, zerolinecolor=palette.grid, linecolor=palette.grid, automargin=True)
    axes = {name for name in own if name.startswith(("xaxis", "yaxis"))} | {"xaxis", "yaxis"}
    look: dict[str, Any] = dict(
        title=dict(text=title, x=0, xanchor="left", font=dict(size=16, color=palette.ink)),
        height=height,
        margin=dict(l=8, r=8, t=56, b=8),
        paper_bgcolor="rgba(0,0,0,0)",
        plot_bgcolor="rgba(0,0,0,0)",
        font=dict(color=palette.ink, size=13),
        legend=dict(orientation="h", yanchor="bottom", y=1.0, x=1, xanchor="right", title=dict(text="")),
        hoverlabel=dict(bgcolor=palette.paper, font=dict(color=palette.ink)),
        meta={"alt": alt},
        # What is left fits beside a title on a phone; dragging zooms and a double click goes back.
        modebar=dict(remove=["zoom", "pan", "select", "lasso", "zoomin", "zoomout", "autoscale", "resetscale"]),
        **dict.fromkeys(axes, axis),
    )
    titles = {name: dict(title=dict(text=text)) for name, text in (("xaxis", x), ("yaxis", y)) if text}
    # One assignment: every update of a Plotly layout costs milliseconds, and a step has few of them.
    fig.layout = _merged(_merged(_merged(own, look), titles), layout or {})
    return fig


def _merged(below: Mapping[str, Any], above: Mapping[str, Any]) -> dict[str, Any]:
    """`below` with the entries of `above` laid over it, nested dictionaries entry by entry."""
    out = dict(below)
    for key, value in above.items():
        nested = isinstance(value, Mapping) and isinstance(out.get(key), Mapping)
        out[key] = _merged(out[key], value) if nested else value
    return out


def alt_of(fig: go.Figure) -> str:
    """The text alternative that `framed` gave a figure. Raises LookupError if it has none."""
    meta: Any = fig.layout.meta
    if not meta or not meta.get("alt"):
        raise LookupError("the figure has no text alternative; draw it through style.framed")
    return str(meta["alt"])


def signed(value: float, digits: int = 2) -> str:
    """A number with its sign written out, + or −, so that it reads without colour."""
    rounded = round(float(value), digits)
    return f"{'−' if rounded < 0 else '+'}{abs(rounded):.{digits}f}"
