"""What biases explain (notes §7): a line with an intercept, the stairs of R², films by bias and taste, one film."""

from collections.abc import Mapping, Sequence
from typing import Literal

import numpy as np
import plotly.graph_objects as go

from mfcore.explained import Line, Share
from mfcore.ratings import Floats, Ints
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed, signed

LOWEST = -0.6  # where the stairs end below: a model without λ can be thousands of times worse than μ
CROWD = 7  # films named in the picture of all


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
        alt=f"Stairs of R² on train and on held-out ratings as terms join μ: {said}. Left over are "
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
    """Films by their bias and by how far their product differs from rater to rater. All (M,); enough: those drawn."""
    fig = go.Figure(
        go.Scatter(
            x=rounded(c[enough]),
            y=rounded(spread[enough]),
            mode="markers",
            marker=dict(color=palette.neutral, size=8, opacity=0.55),
            customdata=enough,
            hovertext=[_film(j, c, spread, titles) for j in enough.tolist()],
            hoverinfo="text",
            # A click chooses a film; the others must not fade.
            selected=dict(marker=dict(opacity=0.55)),
            unselected=dict(marker=dict(opacity=0.55)),
        )
    )
    fig.add_scatter(
        x=rounded(c[[chosen]]),
        y=rounded(spread[[chosen]]),
        mode="markers",
        marker=dict(symbol="star", color=palette.highlight, size=18, line=dict(color=palette.ink, width=1.5)),
        customdata=[chosen],
        hovertext=[_film(chosen, c, spread, titles)],
        hoverinfo="text",
    )
    for j in _named(c, spread, enough, chosen)[1:]:
        fig.add_annotation(
            x=float(c[j]),
            y=float(spread[j]),
            text=labels.plain(labels.short(titles[j], 30)),
            showarrow=False,
            yshift=12,
            xanchor=_inward(float(c[j]), c[enough]),
            bgcolor=palette.paper,
            opacity=0.85,
            font=dict(size=11, color=palette.ink),
        )
    return framed(
        fig,
        title="Liked by everyone, or a matter of taste",
        x="c, the film's bias in stars →",
        y="spread of wᵀu in stars →",
        alt=f"{len(enough)} films by bias and by the spread of their product among raters. Chosen: "
        f"{_film(chosen, c, spread, titles)}.",
        palette=palette,
        height=460,
        layout=legend_under_title(
            showlegend=False, xaxis=dict(range=_room(c[[*enough, chosen]])), yaxis=dict(rangemode="tozero")
        ),
    )


def _inward(x: float, among: Floats) -> Literal["left", "center", "right"]:
    """Where a name is held so that it grows away from the nearer edge."""
    low, high = np.quantile(among, [0.2, 0.8]) if len(among) else (x, x)
    return "left" if x < low else "right" if x > high else "center"


def _room(x: Floats) -> tuple[float, float]:
    """The range of x with room for half a name at both ends."""
    margin = 0.12 * float(np.ptp(x)) or 0.5
    return float(x.min()) - margin, float(x.max()) + margin


def _film(j: int, c: Floats, spread: Floats, titles: Sequence[str]) -> str:
    return f"{labels.plain(titles[j])}: bias {signed(c[j])}, spread {spread[j]:.2f} stars"


def _named(c: Floats, spread: Floats, enough: Ints, chosen: int) -> list[int]:
    """The chosen film, which has a star, and a few from the edges of the crowd whose names would not meet."""
    if len(enough) == 0:
        return [chosen]
    at = np.stack([c, spread], axis=1)
    size = np.ptp(at[enough], axis=0)
    size[size == 0] = 1.0
    places = (at - at[enough].mean(axis=0)) / size
    named = [chosen]
    for j in enough[np.argsort(-np.abs(places[enough]).max(axis=1), kind="stable")].tolist():
        if len(named) > CROWD:
            break
        gaps = np.abs(places[named] - places[j])
        if not ((gaps[:, 0] < 0.6) & (gaps[:, 1] < 0.08)).any():
            named.append(j)
    return named


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
