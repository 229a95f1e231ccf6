"""Shares of something that came out right: as lines against a setting, and as bars side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import plotly.graph_objects as go

from mfview.figures.layout import legend_under_title
from mfview.style import LIGHT, Palette, framed


class Curve(NamedTuple):
    """Shares (0 to 1) against something, and how the line looks: without a symbol it is a bound, not in the legend."""

    name: str
    shares: Sequence[float]
    colour: str
    dash: str = "solid"
    symbol: str = "circle"


def shares(
    x: Sequence[str] | Sequence[int],
    curves: Sequence[Curve],
    palette: Palette = LIGHT,
    *,
    title: str,
    along: str,
    y: str,
    at: str | int | None = None,
) -> go.Figure:
    """Shares as lines in percent. along: what x is.  at: the x that is in view elsewhere, marked."""
    fig = go.Figure()
    for curve in curves:
        fig.add_scatter(
            x=list(x),
            y=[100 * share for share in curve.shares],
            name=curve.name,
            mode="lines+markers" if curve.symbol else "lines",
            line=dict(color=curve.colour, width=2.5 if curve.symbol else 1.5, dash=curve.dash),
            showlegend=bool(curve.symbol),
            marker=dict(symbol=curve.symbol or "circle", size=8),
            hovertemplate=f"{curve.name}, {along} %{{x}}: %{{y:.0f}} %<extra></extra>",
        )
    if at is not None and at in x:
        n = list(x).index(at)
        fig.add_scatter(
            x=[at],
            y=[100 * curves[0].shares[n]],
            mode="markers",
            marker=dict(size=15, symbol="circle-open", color=palette.ink, line=dict(width=2)),
            hoverinfo="skip",
            showlegend=False,
        )
    said = ". ".join(
        f"{c.name}: {c.shares[0]:.0%} at {along} {x[0]}, {c.shares[-1]:.0%} at {along} {x[-1]}" for c in curves
    )
    return framed(
        fig,
        title=title,
        x=along,
        y=y,
        alt=f"{said}.",
        palette=palette,
        height=380,
        layout=legend_under_title(
            yaxis=dict(range=(-3, 103), fixedrange=True), xaxis=dict(fixedrange=True, tickvals=list(x))
        ),
    )


def bars(groups: Sequence[str], of: Sequence[Curve], palette: Palette = LIGHT, *, title: str, y: str) -> go.Figure:
    """Shares as bars in percent, side by side in each group."""
    fig = go.Figure()
    for one in of:
        fig.add_bar(
            x=list(groups),
            y=[100 * share for share in one.shares],
            name=one.name,
            marker=dict(color=one.colour, line=dict(width=0)),
            text=[f"{share:.0%}" for share in one.shares],
            textposition="outside",
            cliponaxis=False,
            hovertemplate=f"{one.name}, %{{x}}: %{{y:.1f}} %<extra></extra>",
        )
    said = ". ".join(
        f"{group}: " + ", ".join(f"{one.name} {one.shares[n]:.0%}" for one in of) for n, group in enumerate(groups)
    )
    return framed(
        fig,
        title=title,
        y=y,
        alt=f"{said}.",
        palette=palette,
        height=400,
        layout=legend_under_title(
            barmode="group",
            yaxis=dict(range=(0, 100), fixedrange=True),
            xaxis=dict(type="category", fixedrange=True),
            margin=dict(l=8, r=8, t=110, b=8),
        ),
    )
