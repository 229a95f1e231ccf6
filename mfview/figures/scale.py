"""What a sweep costs (notes §1, 18): time and memory against ratings, counted work against time."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore import scaling
from mfcore.scaling import Point
from mfview import labels, style
from mfview.rungs import NAMES, by_rung, duration, growth, look

RATES = (1e6, 1e7, 1e8, 1e9, 1e10)  # multiplications a second, drawn as guides
HEIGHT = 430


def times(points: Sequence[Point], palette: style.Palette, k: int, before: Sequence[Point] = ()) -> go.Figure:
    """Seconds of one sweep against ratings on log axes, each rung with its slope.

    before: points measured elsewhere, drawn thin.
    """
    fig, said = go.Figure(), []
    for own in by_rung(before).values():
        line = dict(color=palette.neutral, width=1)
        fig.add_trace(_path(own, [p.seconds for p in own], mode="lines", line=line, opacity=0.6, hoverinfo="skip"))
    for rung, own in by_rung(points).items():
        grows = growth(own)
        slope = "" if grows is None else f", slope {labels.decimal(grows.slope)}"
        shade, dash, symbol = look(rung, palette)
        fig.add_trace(
            _path(
                own,
                [p.seconds for p in own],
                line=dict(color=shade, dash=dash, width=2),
                marker=dict(symbol=symbol, size=9, color=shade),
                name=NAMES[rung] + slope,
                hovertext=[f"{NAMES[rung]}<br>{p.size.n:,} ratings: {duration(p.seconds)}" for p in own],
            )
        )
        at = own[-1]
        said.append(f"{NAMES[rung]} {duration(at.seconds)} at {at.size.n:,}{slope}")
    _log_axes(fig, [*points, *before], [p.seconds for p in (*points, *before)], "s")
    return style.framed(
        fig,
        title=f"Time of one sweep, k = {k}",
        x="ratings (log scale)",
        y="seconds (log scale)",
        alt=f"Time of one sweep against the number of ratings, k = {k}, both on log scales: {'; '.join(said)}.",
        palette=palette,
        height=HEIGHT,
        layout=_legend_below(),
    )


def memory(points: Sequence[Point], palette: style.Palette, k: int) -> go.Figure:
    """Bytes against ratings: the ratings as the first rung and as the others keep them, and what a sweep adds."""
    fig, said, drawn = go.Figure(), [], []
    rungs = by_rung(points)
    for name, rung, dash in (("ratings in a dict", "number", "dot"), ("ratings, sparse, twice", "row", "dashdot")):
        own = rungs.get(rung, [])
        hover = [f"{name}<br>{p.size.n:,} ratings: {labels.size(p.kept)}" for p in own]
        line = dict(color=palette.quiet, width=1.5, dash=dash)
        fig.add_trace(_path(own, [p.kept for p in own], mode="lines", line=line, name=name, hovertext=hover))
        drawn += [p.kept for p in own]
        said += [f"{name} {labels.size(own[-1].kept)} at {own[-1].size.n:,}"] if own else []
    for rung, own in by_rung([p for p in points if p.beside is not None]).items():
        beside = [p.beside or 0 for p in own]
        shade, dash, symbol = look(rung, palette)
        fig.add_trace(
            _path(
                own,
                beside,
                line=dict(color=shade, dash=dash, width=2),
                marker=dict(symbol=symbol, size=8, color=shade),
                name=NAMES[rung],
                hovertext=[
                    f"{NAMES[rung]}<br>{p.size.n:,} ratings: {labels.size(b)} besides"
                    for p, b in zip(own, beside, strict=True)
                ],
            )
        )
        drawn += beside
        said.append(f"{NAMES[rung]} {labels.size(beside[-1])} besides at {own[-1].size.n:,}")
    _log_axes(fig, points, drawn, "B")
    return style.framed(
        fig,
        title="Memory: ratings, and besides",
        x="ratings (log scale)",
        y="bytes (log scale)",
        alt=f"Memory against the number of ratings, k = {k}, both on log scales: {'; '.join(said)}.",
        palette=palette,
        height=HEIGHT,
        layout=_legend_below(),
    )


def work(points: Sequence[Point], palette: style.Palette) -> go.Figure:
    """Seconds against counted multiplications; a rung that does so many a second lies on a diagonal."""
    fig, said = go.Figure(), []
    counts = [scaling.operations(p.size) for p in points]
    ends = np.array([min(counts) / 2, max(counts) * 2])
    low, high = min(p.seconds for p in points) / 2, max(p.seconds for p in points) * 4
    for rate in RATES:
        line = dict(color=palette.quiet, width=1, dash="dot")
        fig.add_trace(go.Scatter(x=ends, y=ends / rate, mode="lines", line=line, hoverinfo="skip", showlegend=False))
        at = min(ends[1], high * rate) / 1.1
        if at > ends[0] and at / rate > low:
            fig.add_annotation(
                x=np.log10(at),
                y=np.log10(at / rate),
                text=f"{labels.amount(rate)}/s",
                showarrow=False,
                xanchor="right",
                yanchor="bottom",
                font=dict(size=11, color=palette.quiet),
            )
    for rung, own in by_rung(points).items():
        x, y = [scaling.operations(p.size) for p in own], [p.seconds for p in own]
        shade, _, symbol = look(rung, palette)
        fig.add_trace(
            go.Scatter(
                x=x,
                y=y,
                mode="markers",
                marker=dict(color=shade, symbol=symbol, size=9, line=dict(color=palette.paper, width=1)),
                name=NAMES[rung],
                hovertext=[
                    f"{NAMES[rung]}<br>k = {p.size.k}, {p.size.n:,} ratings<br>{labels.amount(a)} multiplications in "
                    f"{duration(p.seconds)}: {labels.amount(a / p.seconds)} a second"
                    for p, a in zip(own, x, strict=True)
                ],
                hoverinfo="text",
            )
        )
        rates = [a / b for a, b in zip(x, y, strict=True)]
        said.append(f"{NAMES[rung]} {labels.amount(min(rates))} to {labels.amount(max(rates))}")
    fig.update_xaxes(type="log", range=np.log10(ends), exponentformat="power", dtick=1)
    fig.update_yaxes(type="log", range=np.log10([low, high]), exponentformat="SI", ticksuffix="s", dtick=1)
    return style.framed(
        fig,
        title="Counted work and measured time",
        x="multiplications counted (log scale)",
        y="seconds (log scale)",
        alt="Measured seconds of a sweep against the multiplications counted for it, for several k and sizes, on log "
        f"scales. Multiplications a second: {'; '.join(said)}.",
        palette=palette,
        height=HEIGHT + 40,
        layout=_legend_below(),
    )


def _path(own: Sequence[Point], y: Sequence[float], **look: object) -> go.Scatter:
    base = dict(mode="lines+markers", hoverinfo="text", showlegend="name" in look)
    return go.Scatter(x=[p.size.n for p in own], y=list(y), **(base | look))


def _log_axes(fig: go.Figure, points: Sequence[Point], y: Sequence[float], unit: str) -> None:
    n = [p.size.n for p in points]
    fig.update_xaxes(type="log", range=np.log10([min(n) / 1.5, max(n) * 1.5]), dtick=1, exponentformat="SI")
    fig.update_yaxes(
        type="log", range=np.log10([min(y) / 2.5, max(y) * 2.5]), dtick=1, exponentformat="SI", ticksuffix=unit
    )


def _legend_below() -> dict[str, object]:
    """Six names are too many for a line above the plot."""
    return dict(legend=dict(orientation="h", x=0, xanchor="left", y=-0.3, yanchor="top"), margin=dict(l=8, r=8, t=48))
