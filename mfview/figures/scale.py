"""What a sweep costs (notes §1, 18): time and memory against ratings, counted work against time."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore import scaling
from mfcore.scaling import Point
from mfview import labels, style
from mfview.rungs import NAMES, SYMBOLS, by_rung, colour, duration, growth

RATES = (1e6, 1e7, 1e8, 1e9, 1e10)  # multiplications a second, drawn as guides


def times(points: Sequence[Point], palette: style.Palette, k: int, before: Sequence[Point] = ()) -> go.Figure:
    """Seconds of one sweep against ratings on log axes, each rung with its slope.

    before: points measured elsewhere, drawn thin.
    """
    fig = go.Figure()
    for own in by_rung(before).values():
        fig.add_trace(_path(own, [p.seconds for p in own], palette.neutral, width=1, opacity=0.5, hoverinfo="skip"))
    said = []
    for rung, own in by_rung(points).items():
        line = growth(own)
        slope = "" if line is None else f"slope {labels.decimal(line.slope)}"
        hover = [f"{NAMES[rung]}<br>{p.size.n:,} ratings: {duration(p.seconds)}" for p in own]
        name = f"{NAMES[rung]}, {slope}" if slope else NAMES[rung]
        fig.add_trace(
            _path(own, [p.seconds for p in own], colour(rung, palette), SYMBOLS[rung], name=name, hovertext=hover)
        )
        said.append(f"{NAMES[rung]} {duration(own[-1].seconds)} at {own[-1].size.n:,}" + (slope and f", {slope}"))
    _log_axes(fig, [*points, *before], [p.seconds for p in (*points, *before)], "s")
    return style.framed(
        fig,
        title=f"Time of one sweep, k = {k}",
        x="ratings (log scale)",
        y="seconds (log scale)",
        alt=f"Time of one sweep against the number of ratings, k = {k}, both on log scales: "
        + ("; ".join(said) or "nothing measured yet")
        + ".",
        palette=palette,
        height=470,
        layout=_legend_below(),
    )


def memory(points: Sequence[Point], palette: style.Palette, k: int) -> go.Figure:
    """Bytes of the ratings as each rung keeps them and of what a sweep needs besides, against ratings."""
    fig, said, drawn = go.Figure(), [], []
    for rung, own in by_rung([p for p in points if p.beside is not None]).items():
        held = [p.kept + (p.beside or 0) for p in own]
        hover = [
            f"{NAMES[rung]}<br>{p.size.n:,} ratings: {labels.size(p.kept)} kept, {labels.size(p.beside or 0)} besides"
            for p in own
        ]
        fig.add_trace(_path(own, held, colour(rung, palette), SYMBOLS[rung], name=NAMES[rung], hovertext=hover))
        said.append(f"{NAMES[rung]} {labels.size(held[-1])} at {own[-1].size.n:,}")
        drawn += held
    _log_axes(fig, points, drawn, "B")
    return style.framed(
        fig,
        title=f"Memory of one sweep, k = {k}",
        x="ratings (log scale)",
        y="bytes (log scale)",
        alt="Memory that a sweep holds, the ratings included, against their number, both on log scales: "
        + ("; ".join(said) or "nothing measured yet")
        + ".",
        palette=palette,
        height=470,
        layout=_legend_below(),
    )


def work(points: Sequence[Point], palette: style.Palette) -> go.Figure:
    """Seconds against counted multiplications; a rung that does so many a second lies on a diagonal."""
    fig, said = go.Figure(), []
    counts = [scaling.operations(p.size) for p in points]
    ends = np.array([min(counts) / 2, max(counts) * 2])
    low, high = min(p.seconds for p in points) / 2, max(p.seconds for p in points) * 2
    for rate in RATES:
        line = dict(color=palette.grid, width=1, dash="dot")
        fig.add_trace(go.Scatter(x=ends, y=ends / rate, mode="lines", line=line, hoverinfo="skip", showlegend=False))
        at = min(ends[1], high * rate)
        if at > ends[0] and at / rate > low:
            fig.add_annotation(
                x=np.log10(at), y=np.log10(at / rate), text=f"{labels.amount(rate)}/s", showarrow=False,
                xanchor="right", yanchor="bottom", font=dict(size=11, color=palette.quiet),
            )  # fmt: skip
    for rung, own in by_rung(points).items():
        x, y = [scaling.operations(p.size) for p in own], [p.seconds for p in own]
        hover = [
            f"{NAMES[rung]}<br>k = {p.size.k}, {p.size.n:,} ratings<br>{labels.amount(a)} multiplications in "
            f"{duration(p.seconds)}: {labels.amount(a / p.seconds)} a second"
            for p, a in zip(own, x, strict=True)
        ]
        marker = dict(color=colour(rung, palette), symbol=SYMBOLS[rung], size=9)
        fig.add_trace(
            go.Scatter(x=x, y=y, mode="markers", marker=marker, name=NAMES[rung], hovertext=hover, hoverinfo="text")
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
        height=470,
        layout=_legend_below(),
    )


def _path(
    own: Sequence[Point], y: Sequence[float], shade: str, symbol: str = "circle", width: float = 2, **more: object
) -> go.Scatter:
    look: dict[str, object] = dict(
        mode="lines+markers" if width > 1 else "lines",
        line=dict(color=shade, width=width),
        marker=dict(symbol=symbol, size=9, color=shade),
        hoverinfo="text",
        showlegend="name" in more,
    )
    return go.Scatter(x=[p.size.n for p in own], y=list(y), **(look | more))


def _log_axes(fig: go.Figure, points: Sequence[Point], y: Sequence[float], unit: str) -> None:
    n = [p.size.n for p in points] or [1000, 1_000_000]
    heights = list(y) or [1e-4, 1.0]
    fig.update_xaxes(type="log", range=np.log10([min(n) / 1.5, max(n) * 1.5]), dtick=1, exponentformat="SI")
    fig.update_yaxes(
        type="log", range=np.log10([min(heights) / 2, max(heights) * 2]), dtick=1, exponentformat="SI", ticksuffix=unit
    )


def _legend_below() -> dict[str, object]:
    """Five names are too many for a line above the plot."""
    return dict(
        legend=dict(orientation="h", x=0, xanchor="left", y=-0.2, yanchor="top"), margin=dict(l=8, r=8, t=48, b=8)
    )
