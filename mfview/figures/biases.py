"""What biases explain (notes §7): a line with an intercept, the stairs of R², films by bias and taste, one film."""

from collections.abc import Mapping, Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore import explained
from mfcore.explained import Line, Share
from mfcore.ratings import Floats, Ints
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed, signed

LOWEST = -0.6  # where the stairs end below: a model without λ can be thousands of times worse than μ
NAMED = 3  # films of either kind that are named in the picture of all
ROW = 0.07  # the height of a name, in parts of the largest spread
LEAST = 0.1  # stars that the scale of spreads reaches at least: what λ has left of vectors may be next to nothing
NAME = 0.48  # the width of the longest name on a phone, in parts of the picture's


def line(x: Floats, y: Floats, through: Line, free: Line, palette: Palette = LIGHT) -> go.Figure:
    """Points and both their lines of least squares: y = mx, and y = mx + b. x, y: (n,), y in stars."""
    ends = np.array([min(0.0, float(x.min())), float(x.max())])
    fig = go.Figure(
        go.Scatter(
            x=rounded(x),
            y=rounded(y),
            mode="markers",
            name="ratings",
            marker=dict(color=palette.neutral, size=8, opacity=0.75),
            hovertemplate="x = %{x:.2f}: %{y:.2f} stars<extra></extra>",
        )
    )
    for name, found, look in (
        ("y = mx", through, dict(color=palette.negative, dash="dash", width=2.5)),
        ("y = mx + b", free, dict(color=palette.positive, width=3)),
    ):
        fig.add_scatter(
            x=rounded(ends),
            y=rounded(found.m * ends + found.b),
            mode="lines",
            name=name,
            line=look,
            hovertemplate=f"{name}: m = {found.m:.2f}, b = {found.b:.2f}<extra></extra>",
        )
    return framed(
        fig,
        title="One user, films with one attribute",
        x="x: how much of it the film has",
        y="y: rating in stars",
        alt=f"{len(x)} ratings against one attribute of the films. The best line through the origin has slope "
        f"{through.m:.2f} and misses by J = {through.J:.1f}; with an intercept of {free.b:.2f} the slope is "
        f"{free.m:.2f} and J = {free.J:.1f}.",
        palette=palette,
        height=380,
        layout=legend_under_title(yaxis=dict(rangemode="tozero")),
    )


def stairs(steps: Mapping[str, Share], palette: Palette = LIGHT) -> go.Figure:
    """R² as term after term joins the model. steps: {term: R² of the model with it and all terms before}."""
    fig = go.Figure()
    last = list(steps.values())[-1]
    for n, (name, colour, hatch) in enumerate((("train", palette.train, ""), ("held out", palette.test, "/"))):
        tops = np.array([share[n] for share in steps.values()])
        gains = np.diff([0.0, *tops, 1.0])
        fig.add_bar(
            x=[*steps, "left over"],
            y=rounded(gains),
            base=rounded([0.0, *tops]).tolist(),
            name=name,
            marker=dict(
                color=[*[colour] * len(tops), palette.missing],
                line=dict(color=colour, width=1.5),
                pattern=dict(shape=[*[hatch] * len(tops), ""], solidity=0.25),
            ),
            text=[*map(signed, gains[:-1]), labels.decimal(gains[-1])],
            textposition="outside",
            textangle=0,
            textfont=dict(color=palette.ink),
            cliponaxis=False,
            customdata=rounded([*tops, 1.0]),
            hovertemplate=f"%{{x}}, {name}: %{{text}}, together %{{customdata:.3f}}<extra></extra>",
        )
    low = max(LOWEST, min(0.0, *(v for share in steps.values() for v in share)) - 0.08)
    said = "; ".join(f"with {name} {s.train:.2f} and {s.test:.2f}" for name, s in steps.items())
    return framed(
        fig,
        title="What each term explains",
        y="R², share of the error of μ",
        alt=f"Steps of R² on training and on held-out ratings as terms join μ: {said}. Left over are "
        f"{1 - last.train:.2f} and {1 - last.test:.2f}.",
        palette=palette,
        height=380,
        layout=legend_under_title(
            barmode="group", bargap=0.15, yaxis=dict(range=(low, 1.08), dtick=0.2), xaxis=dict(showgrid=False)
        ),
    )


def films(
    c: Floats, spread: Floats, enough: Ints, titles: Sequence[str], chosen: int, palette: Palette = LIGHT
) -> go.Figure:
    """Films by their bias and by how far their product differs from rater to rater. All (M,); enough: those drawn.

    Named, outside the crowd and tied to their dots: below it what everyone likes, above it what only attributes
    explain (`explained.extremes`), and the chosen film on its side.
    """
    liked, divides = (found.tolist() for found in explained.extremes(c, spread, enough, NAMED))
    said = "; ".join(
        f"{what}: {', '.join(_film(j, c, spread, titles) for j in found)}"
        for what, found in (("liked by everyone", liked), ("a matter of taste", divides))
        if found
    )
    named = [j for j in (*liked, *divides) if j != chosen]
    if chosen not in (*liked, *divides):
        (divides if spread[chosen] > abs(c[chosen]) else liked).append(chosen)
    fig = go.Figure()
    for drawn, look in (
        (enough.tolist(), dict(color=palette.neutral, size=8, opacity=0.45)),
        ([chosen], dict(symbol="star", color=palette.highlight, size=18, line=dict(color=palette.ink, width=1.5))),
        (named, dict(color=palette.ink, size=9)),
    ):
        fig.add_scatter(
            x=rounded(c[drawn]),
            y=rounded(spread[drawn]),
            mode="markers",
            marker=look,
            customdata=drawn,
            hovertext=[_film(j, c, spread, titles) for j in drawn],
            hoverinfo="text",
            # A click chooses a film; the others must not fade.
            selected=dict(marker=dict(opacity=look.get("opacity", 1))),
            unselected=dict(marker=dict(opacity=look.get("opacity", 1))),
        )
    everyone = [*enough.tolist(), chosen]
    low, high = _room(c[everyone])
    top = max(1.1 * float(spread[everyone].max()), LEAST)
    row = ROW * top
    for names, first, step in ((divides, top, row), (liked, -0.7 * row, -row)):
        _name(fig, names, c, spread, titles, (low, high), (first, step), palette)
    return framed(
        fig,
        title="Liked by everyone, or a matter of taste",
        x="c, the film's bias in stars →",
        y="spread of wᵀu in stars →",
        alt=f"{len(enough)} films by bias and by the spread of their product among raters. Chosen: "
        f"{_film(chosen, c, spread, titles)}. Named: {said or 'no other'}.",
        palette=palette,
        height=520,
        layout=legend_under_title(
            showlegend=False,
            margin=dict(l=8, r=8, t=44, b=8),
            xaxis=dict(range=(low, high)),
            yaxis=dict(
                range=(-row * (0.7 + len(liked)), top + row * len(divides)), tickvals=_ticks(top), zeroline=True
            ),
        ),
    )


def _name(
    fig: go.Figure,
    names: Sequence[int],
    c: Floats,
    spread: Floats,
    titles: Sequence[str],
    ends: tuple[float, float],
    rows: tuple[float, float],
    palette: Palette,
) -> None:
    """Write films' names one below the other, each with a line to its dot. rows: where the first stands, and the step.

    A name ends at its line where there is room to the left, else it begins there. The nearest row goes to the film
    whose line the names of the others would meet.
    """
    (low, high), (first, step) = ends, rows
    room = low + NAME * (high - low)
    nearest = sorted(names, key=lambda j: abs(float(c[j]) - room))
    # The farthest first: a name hides what passes behind it.
    for n, j in reversed(list(enumerate(nearest))):
        left = c[j] >= room - 0.05 * (high - low)
        fig.add_annotation(
            x=float(c[j]),
            y=float(spread[j]),
            ax=float(max(c[j], room)) if left else float(c[j]),
            ay=first + n * step,
            axref="x",
            ayref="y",
            text=labels.plain(labels.short(titles[j], 24)),
            xanchor="right" if left else "left",
            arrowhead=0,
            arrowwidth=1,
            arrowcolor=palette.quiet,
            standoff=5,
            bgcolor=palette.paper,
            borderpad=1,
            font=dict(size=11, color=palette.ink),
        )


def _ticks(top: float) -> list[float]:
    """A handful of round values from 0 to `top`: the rows of names have no scale."""
    step = next(m * 10.0**e for e in range(-2, 6) for m in (1, 2, 5) if top / (m * 10.0**e) <= 6)
    return np.arange(0, top, step).round(9).tolist()


def _room(x: Floats) -> tuple[float, float]:
    """The range of x with a little room at both ends."""
    margin = 0.06 * float(np.ptp(x)) or 0.5
    return float(x.min()) - margin, float(x.max()) + margin


def _film(j: int, c: Floats, spread: Floats, titles: Sequence[str]) -> str:
    return f"{labels.plain(titles[j])}: bias {signed(c[j])}, spread {spread[j]:.2f} stars"


def one_film(taste: Sequence[Floats], left: Sequence[Floats], film: str, palette: Palette = LIGHT) -> go.Figure:
    """w_iᵀu_j of every rater of a film against r − μ − b_i − c_j, what biases leave of the rating; train, held out."""
    ends = np.array([-1.0, 1.0]) * max(0.5, *(float(np.abs(x).max(initial=0.0)) for x in taste)) * 1.1
    fig = go.Figure()
    looks = (("train", palette.train, "circle"), ("held out", palette.test, "x"))
    for x, y, (name, colour, symbol) in zip(taste, left, looks, strict=True):
        fig.add_scatter(
            x=rounded(x),
            y=rounded(y),
            mode="markers",
            name=name,
            marker=dict(color=colour, symbol=symbol, size=8, opacity=0.6),
            hovertemplate="taste says %{x:+.2f}, biases leave %{y:+.2f}<extra></extra>",
        )
    fig.add_scatter(
        x=ends,
        y=ends,
        mode="lines",
        name="exact",
        line=dict(color=palette.ink, dash="dash", width=1.5),
        hoverinfo="skip",
    )
    spread = float(np.std(taste[0])) if len(taste[0]) else 0.0
    return framed(
        fig,
        title=labels.plain(labels.short(film, 38)),
        x="wᵀu: what taste adds, in stars",
        y="r − μ − b − c: what biases leave",
        alt=f"For {len(taste[0])} raters of {film} to learn from and {len(taste[1])} held out: what their taste adds, "
        f"which differs by {spread:.2f} stars, against what biases leave of their rating.",
        palette=palette,
        height=460,
        layout=legend_under_title(),
    )
