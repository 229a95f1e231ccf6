"""A sweep at full size, and how far apart the rungs' results are (notes §1)."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from mfview import style
from mfview.figures.layout import legend_under_title, minus
from mfview.rungs import CLOCK, NAMES, duration


def at_full_size(
    found: Mapping[str, Sequence[tuple[float, float, float]]], amounts: Sequence[str], palette: style.Palette
) -> go.Figure:
    """Expected time of one sweep by rung, for a few numbers of ratings, with its interval.

    found: {rung: (low, middle, high) in seconds for each of `amounts`}.  amounts: what the ratings are, in words.
    """
    fig, said = go.Figure(), []
    rungs = list(found)
    looks = (("circle", palette.highlight, "top center"), ("square", palette.neutral, "bottom center"))
    for a, (amount, (symbol, shade, where)) in enumerate(zip(amounts, looks, strict=True)):
        ends = [found[rung][a] for rung in rungs]
        fig.add_trace(
            go.Scatter(
                x=[middle for _, middle, _ in ends],
                y=[NAMES[rung] for rung in rungs],
                error_x=dict(
                    type="data",
                    symmetric=False,
                    array=[high - middle for _, middle, high in ends],
                    arrayminus=[middle - low for low, middle, _ in ends],
                    color=shade,
                    thickness=1.5,
                ),
                mode="markers+text",
                marker=dict(symbol=symbol, size=11, color=shade, line=dict(color=palette.ink, width=1)),
                text=[duration(middle) for _, middle, _ in ends],
                textposition=where,
                name=amount,
                hovertext=[
                    f"{NAMES[rung]}, {amount}<br>{duration(middle)}, from {duration(low)} to {duration(high)}"
                    for rung, (low, middle, high) in zip(rungs, ends, strict=True)
                ],
                hoverinfo="text",
            )
        )
        said += [f"{NAMES[r]}, {amount}, {duration(e[1])}" for r, e in zip(rungs, ends, strict=True)]
    middles = [e[1] for own in found.values() for e in own]
    marks = [(s, text) for s, text in CLOCK if min(middles) / 30 < s < max(middles) * 30]
    fig.update_xaxes(
        type="log",
        range=np.log10([min(middles) / 20, max(middles) * 20]),
        tickvals=[s for s, _ in marks],
        ticktext=[text for _, text in marks],
    )
    fig.update_yaxes(range=[len(rungs) - 0.3, -0.7])
    return style.framed(
        fig,
        title="One sweep at full size",
        x="time (log scale)",
        alt=f"Expected time of one sweep: {'; '.join(said)}.",
        palette=palette,
        height=110 + 62 * len(rungs),
        layout=legend_under_title(),
    )


def agreement(apart: Mapping[str, Mapping[str, float]], against: str, palette: style.Palette, whose: str) -> go.Figure:
    """How far each rung's vectors lie from the first one's, by dtype.

    apart: {dtype: {rung: largest difference relative to the largest entry}}.  against: the rung compared with.
    """
    fig, said = go.Figure(), []
    looks = {"float64": ("circle", palette.highlight), "float32": ("square", palette.neutral)}
    for dtype, own in apart.items():
        eps = float(np.finfo(dtype).eps)
        symbol, shade = looks[dtype]
        texts = [short(value) for value in own.values()]
        fig.add_trace(
            go.Scatter(
                x=[max(value, eps / 20) for value in own.values()],
                y=[NAMES[rung] for rung in own],
                mode="markers+text",
                marker=dict(symbol=symbol, size=11, color=shade, line=dict(color=palette.ink, width=1)),
                text=texts,
                textposition="top center",
                name=dtype,
                hovertext=[f"{NAMES[rung]}, {dtype}: {text}" for rung, text in zip(own, texts, strict=True)],
                hoverinfo="text",
            )
        )
        fig.add_vline(x=eps, line=dict(color=shade, dash="dot", width=1.5))
        said += [f"{NAMES[rung]} in {dtype} {text}" for rung, text in zip(own, texts, strict=True)]
    rungs = list(dict.fromkeys(NAMES[rung] for own in apart.values() for rung in own))
    fig.update_xaxes(type="log", range=[-17.5, -3.5], dtick=3, exponentformat="power")
    fig.update_yaxes(categoryorder="array", categoryarray=rungs, range=[len(rungs) - 0.5, -0.7])
    return style.framed(
        fig,
        title=f"How far apart: {whose}",
        x="largest difference ÷ largest entry (log scale)",
        alt=f"Largest difference of W and U from those of {NAMES[against]}, relative to their largest entry, on a log "
        f"scale: {'; '.join(said)}. Dotted: the spacing of numbers near 1 in each dtype.",
        palette=palette,
        height=110 + 62 * len(rungs),
        layout=legend_under_title(),
    )


def short(x: float) -> str:
    """A tiny number in one digit: 5e−15."""
    mantissa, power = f"{x:.0e}".split("e")
    return f"{mantissa}e{minus(str(int(power)))}" if x else "0"
