"""A sum as a picture: signed bars, each beginning where the one above ends (notes §2, 3, 7)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfview import labels, style


class Term(NamedTuple):
    """One thing that is added: what it is called, how it came about in a few characters, and its value."""

    name: str
    detail: str
    value: float


class Start(NamedTuple):
    """Where a sum begins, if not at 0: what that is called, how it came about, and its value."""

    name: str
    detail: str
    value: float


def adding_up(
    terms: Sequence[Term],
    total: str,
    palette: style.Palette,
    *,
    title: str,
    unit: str,
    start: Start | None = None,
    actual: float | None = None,
) -> go.Figure:
    """Signed bars that start where the one above ends, and their sum. Solid adds, hatched takes away.

    total: what the sum is called.  unit: the axis, with its unit.  start: a first row that is a place and no bar.
    actual: the rating to hold the sum against, in a last row of the same kind.
    """
    origin = start.value if start else 0.0
    first = 1 if start else 0
    values = np.array([t.value for t in terms])
    ends = origin + np.cumsum(values)
    end = float(ends[-1])
    rows = first + np.arange(len(terms) + 1)
    negative = values < 0
    colours = [palette.negative if n else palette.positive for n in negative]
    fig = go.Figure()
    steps = np.concatenate([[origin], ends]) if start else ends
    fig.add_scatter(
        x=np.repeat(steps, 2),
        y=np.stack([np.arange(len(steps)), np.arange(len(steps)) + 1], axis=1).ravel(),
        mode="lines",
        line=dict(color=palette.quiet, width=1, dash="dot"),
        hoverinfo="skip",
        showlegend=False,
    )
    fig.add_bar(
        x=[*values, end - origin],
        base=[*(ends - values), origin],
        y=rows,
        orientation="h",
        width=0.62,
        text=[_signed(v) for v in values] + [f"<b>{labels.decimal(end)}</b>"],
        textposition="outside",
        textfont=dict(color=palette.ink, size=13),
        cliponaxis=False,
        marker=dict(
            color=[*colours, palette.highlight],
            line=dict(color=[*colours, palette.ink], width=1.5),
            pattern=dict(shape=["/" if n else "" for n in negative] + [""], solidity=0.35, fgcolor=palette.paper),
        ),
        hovertext=[
            f"{labels.plain(t.name)}: {_signed(t.value)}<br>running sum {labels.decimal(e)}"
            for t, e in zip(terms, ends, strict=True)
        ]
        + [f"{labels.plain(total)} = {labels.decimal(end)}"],
        hoverinfo="text",
        showlegend=False,
    )
    places = [(0, start.name, origin)] if start else []
    if actual is not None:
        places.append((first + len(rows), "the actual rating", actual))
    if places:
        fig.add_scatter(
            x=[x for _, _, x in places],
            y=[row for row, _, _ in places],
            mode="markers+text",
            marker=dict(symbol="diamond", size=13, color=palette.neutral, line=dict(color=palette.ink, width=1.5)),
            text=[f"\u00a0{labels.decimal(x)}" for _, _, x in places],
            textposition="middle right",
            textfont=dict(color=palette.ink),
            hovertext=[f"{labels.plain(name)}: {labels.decimal(x)}" for _, name, x in places],
            hoverinfo="text",
            showlegend=False,
        )
    count = first + len(rows) + (actual is not None)
    begun = f"Beginning at {start.name} {labels.decimal(origin)}, a" if start else "A"
    held = "" if actual is None else f" The actual rating is {actual:g}."
    style.framed(
        fig,
        title=title,
        x=unit,
        alt=f"{begun}dded up one after another: "
        + ", ".join(f"{t.name} {_signed(t.value)}" for t in terms)
        + f". {total} is {labels.decimal(end)}.{held}",
        palette=palette,
        height=120 + 42 * count,
    )
    reach = [origin, *ends] + ([] if actual is None else [actual])
    low, high = min(reach), max(reach)
    span = max(high - low, 0.5)
    goes_left = any(e <= origin for e in ends) or bool(negative.any())
    fig.update_xaxes(range=[low - (0.34 if goes_left else 0.05) * span, high + 0.28 * span], zeroline=False)
    fig.add_vline(origin, line=dict(color=palette.quiet, width=2), layer="below")
    fig.update_yaxes(
        range=[count - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
        tickvals=np.arange(count),
        ticktext=([_two_lines(start.name, start.detail)] if start else [])
        + [_two_lines(t.name, t.detail) for t in terms]
        + [f"<b>{labels.plain(total)}</b>"]
        + ([] if actual is None else [_two_lines("r", "actual rating")]),
    )
    return fig


def _two_lines(name: str, detail: str) -> str:
    quiet = f"<br><span style='font-size:11px'>{labels.plain(detail)}</span>" if detail else ""
    return f"{labels.plain(name)}{quiet}"


def _signed(x: float) -> str:
    return style.signed(x) if round(float(x), 2) else "0.00"
