"""A factorization and a network in pictures: when to stop, who says what, and where (notes §15)."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple, get_args

import numpy as np
import plotly.graph_objects as go

from mfcore import descent
from mfcore.branches import Look
from mfcore.ratings import Floats
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded, whole
from mfview.style import LIGHT, Palette, framed, signed

MOST_POINTS = 2000
LEAST = 0.5  # stars at full colour: shares far smaller are not to look like a strong pattern
Part = Literal["train", "validation", "test"]
PARTS: tuple[Part, ...] = get_args(Part)


def stopping(looks: Sequence[Look], alone: float, floor: float | None, palette: Palette = LIGHT) -> go.Figure:
    """RMSE after every epoch on all three parts; MF alone and, where it is known, the noise as lines across.

    Without a floor the training error, far below, waits behind a press on its name: the rest would be one line.
    """
    t = [look.t for look in looks]
    best = descent.best(looks)
    fig = go.Figure()
    for name, values, colour, dash, symbol in (
        ("train", [k.train for k in looks], palette.train, "solid", "square"),
        ("validation", [k.valid for k in looks], palette.neutral, "dot", "diamond"),
        ("test", [k.test for k in looks], palette.test, "solid", "circle"),
    ):
        fig.add_scatter(
            x=t, y=rounded(values), name=name, mode="lines+markers", marker=dict(size=6, symbol=symbol),
            line=dict(color=colour, dash=dash, width=2.5),
            visible="legendonly" if name == "train" and floor is None else True,
            hovertemplate=f"epoch %{{x}}, {name}: %{{y:.4f}}<extra></extra>",
        )  # fmt: skip
    across = [("MF alone, test", alone, palette.ink, "dash")]
    if floor is not None:
        across.append(("noise σ", floor, palette.quiet, "longdash"))
    for name, value, colour, dash in across:
        fig.add_scatter(
            x=[0, t[-1]], y=rounded([value, value]), name=name, mode="lines",
            line=dict(color=colour, dash=dash, width=2),
            hovertemplate=f"{name}: {value:.4f}<extra></extra>",
        )  # fmt: skip
    fig.add_scatter(
        x=[best.t], y=rounded([best.valid]), name="kept", mode="markers",
        marker=dict(symbol="star", size=14, color=palette.highlight, line=dict(color=palette.ink, width=1)),
        hovertemplate=f"kept: epoch {best.t}<extra></extra>",
    )  # fmt: skip
    told = f"; the noise is {floor:g}" if floor is not None else ""
    return framed(
        fig,
        title=f"Kept: epoch {best.t}",
        x="epoch",
        y="RMSE in stars",
        alt=f"RMSE after each of {len(t) - 1} epochs. On test it goes from {looks[0].test:.3f} to {best.test:.3f} at "
        f"epoch {best.t}, which is kept, and ends at {looks[-1].test:.3f}; MF alone is at {alone:.3f}"
        f"{told}.",
        palette=palette,
        height=400,
        layout=legend_under_title(
            margin=dict(l=8, r=8, t=104, b=8), xaxis=whole(t[-1]), yaxis=dict(range=_around(looks, alone, floor))
        ),
    )


def _around(looks: Sequence[Look], alone: float, floor: float | None) -> list[float]:
    """From a little below what is drawn to half above MF alone: a random start is far above, and says little."""
    seen = [alone, *(x for look in looks for x in (look.valid, look.test))]
    low = min(seen) if floor is None else min(*seen, floor, *(look.train for look in looks))
    high = min(max(seen), 1.5 * alone)
    return [low - 0.05 * (high - low), high + 0.05 * (high - low)]


def cells(z: Floats, title: str, palette: Palette = LIGHT, *, span: tuple[float, float] | None = None) -> go.Figure:
    """Blocks of cells, users by rising a upwards and films by rising z. span: of stars; without it signed values."""
    most = max(float(np.abs(z).max()), LEAST)
    low, high = span or (-most, most)
    bar = dict(thickness=10, len=0.9, outlinewidth=0, tickformat=".1f", nticks=5)
    if span is None:
        ticks = [-most, -most / 2, 0.0, most / 2, most]
        bar |= dict(tickvals=ticks, ticktext=[signed(x) if x else "0" for x in ticks])
    bare = dict(showticklabels=False, showgrid=False, zeroline=False, ticks="")
    fig = go.Figure(
        go.Heatmap(
            z=np.round(z[::-1], 3),
            zmin=low,
            zmax=high,
            colorscale=palette.sequential if span else palette.diverging,
            colorbar=bar,
            hovertemplate="%{z:.2f} stars<extra></extra>" if span else "%{z:+.2f} stars<extra></extra>",
        )
    )
    return framed(
        fig,
        title=title,
        x="films, z rising →",
        y="users, a rising →",
        alt=f"{title}: from {labels.decimal(float(z.min()))} to {labels.decimal(float(z.max()))} stars over users, "
        f"ordered by a, and films, ordered by z.",
        palette=palette,
        height=340,
        layout=dict(xaxis=bare, yaxis=bare),
    )


def against(mf: Floats, network: Floats, r: Floats, palette: Palette = LIGHT) -> go.Figure:
    """The network's share against MF's, for held-out ratings; no more than `MOST_POINTS` of them, evenly taken."""
    every = -(-len(r) // MOST_POINTS)
    said = [
        f"rated {x:g}: {m:.2f} {signed(n)}" for x, m, n in zip(r[::every], mf[::every], network[::every], strict=True)
    ]
    most = 1.05 * max(float(np.abs(network).max()), 0.05)
    fig = go.Figure(
        go.Scatter(
            x=rounded(mf[::every]),
            y=rounded(network[::every]),
            mode="markers",
            customdata=said,
            hovertemplate="%{customdata}<extra></extra>",
            marker=dict(size=4, color=palette.neutral, opacity=0.55),
            showlegend=False,
        )
    )
    return framed(
        fig,
        title="Who says how much",
        x="MF's share in stars",
        y="the network's share in stars",
        alt=f"{len(said):,} held-out ratings. MF's shares have a standard deviation of {float(mf.std()):.2f} stars, "
        f"the network's one of {float(network.std()):.2f}; the largest of them is {float(np.abs(network).max()):.2f}.",
        palette=palette,
        height=400,
        layout=legend_under_title(yaxis=dict(range=[-most, most], zeroline=True, zerolinecolor=palette.ink)),
    )


class Share(NamedTuple):
    """A part of a prediction: what it is called, and how many stars it adds."""

    name: str
    stars: float


def stacked(
    shares: Sequence[Share], rating: float | None, palette: Palette = LIGHT, *, part: Part = "test"
) -> go.Figure:
    """One prediction put together part by part, each bar from where the one before it ended. The first is the mean.

    part: the one that the rating is in, which gives its line the colour.
    """
    first, *others = shares
    values = np.array([share.stars for share in shares])
    ends = values.cumsum()
    total = float(ends[-1])
    colours = [palette.neutral, *(palette.positive if share.stars >= 0 else palette.negative for share in others)]
    low = min(float(ends.min()), 0.0)
    fig = go.Figure(
        go.Bar(
            y=[*(share.name for share in shares), "r̂"],
            x=rounded([first.stars - low, *values[1:], total - low]),
            base=rounded([low, *ends[:-1], low]).tolist(),
            orientation="h",
            marker=dict(color=[*colours, palette.neutral]),
            text=[f"{first.stars:.2f}", *(signed(x) for x in values[1:]), f"{total:.2f}"],
            textposition="outside",
            cliponaxis=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    marks: list[dict[str, Any]] = []
    if rating is not None:
        line = dict(color={"train": palette.train, "test": palette.test}.get(part, palette.highlight), width=3)
        marks.append(dict(type="line", x0=rating, x1=rating, yref="paper", y0=0, y1=1, line=line))
    told = f" The rating is {rating:g}." if rating is not None else ""
    return framed(
        fig,
        title="Part by part" + ("" if rating is None else f"; line: rated {rating:g} ({part})"),
        x="stars",
        alt=f"The prediction {total:.2f} is {first.name} {first.stars:.2f}"
        + "".join(f", {share.name} {signed(share.stars)}" for share in others)
        + f".{told}",
        palette=palette,
        height=340,
        layout=dict(
            shapes=marks,
            xaxis=dict(range=[low, 1.2 * float(max(ends.max(), rating or 0.0))]),
            yaxis=dict(autorange="reversed"),
        ),
    )


def slipped(right: Sequence[Look], written: Sequence[Look], palette: Palette = LIGHT) -> go.Figure:
    """Test RMSE after every epoch where the network's target is r − MF, and where it is r̂ − MF (E6), if it is known."""
    fig = go.Figure()
    told = (
        f"; with r̂ − MF from {written[0].test:.3f} to {written[-1].test:.3f} in {len(written) - 1} epochs"
        if written
        else ""
    )
    for name, looks, colour, dash in (
        ("target r − MF", right, palette.ink, "solid"),
        ("target r̂ − MF (E6)", written, palette.highlight, "dash"),
    ):
        fig.add_scatter(
            x=[look.t for look in looks], y=rounded([look.test for look in looks]), name=name, mode="lines+markers",
            line=dict(color=colour, dash=dash, width=2.5), marker=dict(size=5),
            hovertemplate=f"epoch %{{x}}, {name}: %{{y:.4f}}<extra></extra>",
            showlegend=bool(looks),
        )  # fmt: skip
    return framed(
        fig,
        title="Two targets, one network" if written else "What a network adds",
        x="epoch",
        y="test RMSE in stars",
        alt=f"With the target r − MF the test error goes from {right[0].test:.3f} to {right[-1].test:.3f} stars in "
        f"{len(right) - 1} epochs{told}.",
        palette=palette,
        height=360,
        layout=legend_under_title(xaxis=whole(max(look.t for look in (*right, *written)))),
    )
