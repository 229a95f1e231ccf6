"""Fits with biases beside fits without them, and biases solved in turn beside jointly (notes §7)."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore.explained import Kind
from mfcore.ratings import Floats
from mfcore.run import Point
from mfview.figures.layout import legend_under_title, rounded
from mfview.figures.training import scale
from mfview.style import LIGHT, Palette, framed

SEEN = 1e-6  # of J at the start: what is nearer to the lowest J is rounding, or that J itself
_LOOKS = (("dot", "x"), ("dash", "diamond"), ("solid", "circle"))


def errors(
    along: Sequence[int],
    curves: Mapping[Kind, Sequence[float]],
    mean: float,
    scale: tuple[float, float],
    part: str,
    what: str,
    palette: Palette = LIGHT,
) -> go.Figure:
    """RMSE of each kind of model. curves: {kind: RMSE in stars}, none longer than along.

    mean: RMSE of μ alone.  scale: where the axis begins and ends.  part: "train" or "held out".  what: "k" or "sweep".
    """
    colour = palette.train if part == "train" else palette.test
    fig = go.Figure()
    for (dash, symbol), (kind, ys) in zip(_LOOKS, curves.items(), strict=True):
        fig.add_scatter(
            x=list(along)[: len(ys)],
            y=rounded(ys),
            mode="lines+markers",
            name=kind,
            line=dict(color=colour, dash=dash, width=2.5),
            marker=dict(symbol=symbol, size=8),
            hovertemplate=f"{what} %{{x}}, {kind}: {part} RMSE %{{y:.4f}}<extra></extra>",
        )
    fig.add_scatter(
        x=[along[0], along[-1]],
        y=rounded([mean, mean]),
        mode="lines",
        name="μ alone",
        line=dict(color=palette.quiet, width=1.5),
        hovertemplate=f"μ alone: {part} RMSE %{{y:.4f}}<extra></extra>",
    )
    said = "; ".join(f"{kind} from {ys[0]:.3f} to {ys[-1]:.3f}" for kind, ys in curves.items() if ys)
    return framed(
        fig,
        title=f"Error on {part}" if part == "train" else "Error on held-out ratings",
        x=what,
        y="RMSE in stars",
        alt=f"RMSE on {part} ratings against {what}: {said or 'nothing fitted yet'}; μ alone has {mean:.3f}.",
        palette=palette,
        height=400,
        layout=legend_under_title(yaxis=dict(range=scale), xaxis=dict(tickvals=list(along)), showlegend=True),
    )


def blocks(runs: Mapping[str, Sequence[Point]], log: bool, palette: Palette = LIGHT) -> go.Figure:
    """J after every block of several runs from one start. runs: {name: its points}.

    log: how far J stands above the lowest of all, which has no place on that scale. Runs that end within a thousandth
    of each other would be one line on a scale of J itself.
    """
    fig = go.Figure()
    lowest = min(p.J for points in runs.values() for p in points)
    looks = ((palette.neutral, "dash", "circle-open"), (palette.ink, "solid", "circle"))
    drawn: list[float] = []
    for (colour, dash, symbol), (name, points) in zip(looks, runs.items(), strict=True):
        each = max(sum(p.t == 1 for p in points), 1)
        seen = [(n, p) for n, p in enumerate(points) if not log or p.J - lowest > SEEN * points[0].J]
        drawn += (heights := [p.J - lowest if log else p.J for _, p in seen])
        fig.add_scatter(
            x=rounded([n / each for n, _ in seen]),
            y=rounded(heights),
            mode="lines+markers",
            name=name,
            line=dict(color=colour, dash=dash, width=2),
            marker=dict(symbol=symbol, size=7),
            customdata=[
                f"{'start' if p.block == 'init' else f'sweep {p.t}, {p.block}'}, J = {p.J:,.5g}" for _, p in seen
            ],
            hovertemplate=f"{name}: %{{customdata}}<extra></extra>",
        )
    said = "; ".join(f"{name} from {p[0].J:,.0f} to {p[-1].J:,.0f}" for name, p in runs.items())
    return framed(
        fig,
        title=f"J above {lowest:,.0f}, the lowest reached" if log else "J after every block",
        x="sweep",
        y=f"J − {lowest:,.0f}, in stars² (log scale)" if log else "J in stars²",
        alt=f"The objective after every block: {said}. It never rises.",
        palette=palette,
        height=380,
        layout=legend_under_title(yaxis=scale(log, "~s", np.array(drawn or [1.0]))),
    )


def missed(parts: Floats, palette: Palette = LIGHT) -> go.Figure:
    """What part of the fall of J a half sweep in turn misses, from the same State. parts: (T, 2), users and films."""
    t = np.arange(len(parts))
    fig = go.Figure()
    for n, (name, colour, shape) in enumerate(
        (("users: w, then b", palette.neutral, ""), ("films: u, then c", palette.missing, "/"))
    ):
        fig.add_bar(
            x=t,
            y=rounded(parts[:, n]),
            name=name,
            marker=dict(
                color=colour,
                line=dict(color=palette.ink, width=1),
                pattern=dict(shape=shape, fgcolor=palette.ink, solidity=0.2),
            ),
            hovertemplate=f"after sweep %{{x}}, {name}: misses %{{y:.2%}} of the fall<extra></extra>",
        )
    return framed(
        fig,
        title="What solving in turn misses",
        x="from the State after … sweeps",
        y="part of the fall of J",
        alt=f"What part of the fall of J a half sweep in turn misses beside a joint one from the same State: between "
        f"{parts.min():.1%} and {parts.max():.1%}, never below 0.",
        palette=palette,
        height=380,
        layout=legend_under_title(xaxis=dict(dtick=1), yaxis=dict(tickformat=".1%", rangemode="tozero")),
    )
