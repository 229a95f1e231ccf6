"""Likelihoods in pictures: the Gaussian of one rating, σ from all of them, and densities over two parameters (§11)."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore import pmf
from mfcore.ratings import Floats
from mfcore.surface import Path, Point
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

SYMBOLS = {"MLE": "x", "MAP": "star"}
DROPS = 6  # how many standard deviations down from the top the colours reach


def one_rating(mean: float, sigma: float, rated: float | None, palette: Palette = LIGHT, *, whose: str) -> go.Figure:
    """N(r̂, σ²) over the stars, and the height at which the rating meets it, where there is one. In stars."""
    low, high = min(0.0, mean - 3 * sigma), max(6.0, mean + 3 * sigma)
    r = np.linspace(low, high, 241)
    fig = go.Figure(
        go.Scatter(
            x=rounded(r),
            y=rounded(pmf.density(r, mean, sigma)),
            mode="lines",
            fill="tozeroy",
            name="N(r̂, σ²)",
            line=dict(color=palette.neutral, width=2.5),
            hovertemplate="a rating near %{x:.1f} has density %{y:.3f}<extra></extra>",
        )
    )
    said = "No rating is known."
    if rated is not None:
        height = float(pmf.density(np.array(rated), mean, sigma))
        said = f"The rating, {rated:g}, meets it at {height:.3f}."
        fig.add_scatter(
            x=[rated, rated],
            y=rounded([0.0, height]),
            mode="lines+markers",
            name=f"the rating, {rated:g}",
            line=dict(color=palette.test, width=3),
            marker=dict(symbol=["line-ew", "circle"], size=[1, 12], color=palette.test),
            hovertemplate=f"rated {rated:g}: density {height:.4f}<extra></extra>",
        )
    fig.add_vline(mean, line=dict(color=palette.ink, width=1.5, dash="dash"))
    fig.add_annotation(
        x=mean, y=1, yref="paper", text=f"r̂ = {mean:.2f}", showarrow=False, xanchor="left", xshift=4, yanchor="top",
        font=dict(color=palette.ink),
    )  # fmt: skip
    return framed(
        fig,
        title=labels.plain(whose),
        x="rating, in stars",
        y="density, per star",
        alt=f"The normal density with mean {mean:.2f} and standard deviation {sigma:.2f} stars. {said}",
        palette=palette,
        height=360,
        layout=legend_under_title(
            xaxis=dict(range=(low, high), dtick=1),
            yaxis=dict(range=(0, 1.18 * float(pmf.density(np.array(mean), mean, sigma)))),
        ),
    )


class Curve(NamedTuple):
    """Mean log-likelihood of a rating against σ, and where it is highest. values: (n,)."""

    values: Floats
    top: float
    height: float


def over_sigma(sigmas: Floats, train: Curve, test: Curve, at: float, palette: Palette = LIGHT) -> go.Figure:
    """The log-likelihood per rating of train and test for every σ, each with its top. sigmas: (n,), in stars."""
    fig = go.Figure()
    for name, curve, colour, dash in (("train", train, palette.train, "solid"), ("test", test, palette.test, "dot")):
        fig.add_scatter(
            x=rounded(sigmas),
            y=rounded(curve.values),
            mode="lines",
            name=name,
            line=dict(color=colour, width=2.5, dash=dash),
            hovertemplate=f"σ = %{{x:.2f}}, {name}: %{{y:.3f}}<extra></extra>",
        )
        fig.add_scatter(
            x=[curve.top],
            y=rounded([curve.height]),
            mode="markers",
            name=f"peak at {curve.top:.3f}",
            marker=dict(symbol="star", size=15, color=colour, line=dict(color=palette.ink, width=1)),
            hovertemplate=f"{name} is likeliest at σ = {curve.top:.4f}, its RMSE<extra></extra>",
        )
    fig.add_vline(at, line=dict(color=palette.highlight, width=2))
    fig.add_annotation(
        x=at, y=0, yref="paper", text=f"σ = {at:g}", showarrow=False, xanchor="left", xshift=4, yanchor="bottom",
        font=dict(color=palette.ink),
    )  # fmt: skip
    low = min(float(np.min(curve.values)) for curve in (train, test))
    high = max(train.height, test.height)
    least = min(float(np.max(curve.values)) for curve in (train, test))  # what is seen of the lower one
    return framed(
        fig,
        title="Which σ makes the ratings likeliest?",
        x="σ, in stars",
        y="log-likelihood per rating",
        alt=f"The mean log-likelihood of a rating against σ: for train it peaks at σ = {train.top:.3f}, its RMSE, for "
        f"test at σ = {test.top:.3f}.",
        palette=palette,
        height=360,
        layout=legend_under_title(yaxis=dict(range=[max(low, least - 2.0), high + 0.12])),
    )


class Trail(NamedTuple):
    """A way up as it is drawn."""

    path: Path
    colour: str
    dash: str = "solid"
    width: float = 2.5
    size: float = 5
    named: bool = True


def contours(
    x: Floats,
    y: Floats,
    height: Floats,
    names: tuple[str, str],
    palette: Palette = LIGHT,
    *,
    title: str,
    trails: Mapping[str, Trail] | None = None,
    marks: Mapping[str, Point | Sequence[Point]] | None = None,
    ridge: tuple[str, Sequence[Sequence[Point]]] | None = None,
    pixels: int = 360,
) -> go.Figure:
    """A log density over two parameters as lines of equal height, ways up over it, and points with their names.

    height: (m, n) log density on the grid of y (m,) and x (n,).  names: of the axes.  marks: a point, or several that
    are as high.  ridge: what curves on which all points are as high are called, and their points.
    A line is drawn where the density is e^(−d²/2) of its top, d = 1, 2, …: of a Gaussian, d standard deviations away.
    """
    top = float(height.max())
    flat = float(np.ptp(height)) < 1e-9
    down = np.sqrt(np.maximum(2 * (top - height), 0.0))
    fig = go.Figure(
        go.Contour(
            x=rounded(x),
            y=rounded(y),
            z=np.minimum(down, DROPS + 1).astype(np.float32),
            contours=dict(start=0, end=DROPS, size=1, showlabels=False),
            autocontour=False,
            colorscale=[[share, colour] for share, colour in _washed(palette)],
            zmin=0,
            zmax=DROPS,
            line=dict(color=palette.quiet, width=1),
            showscale=False,
            customdata=height.astype(np.float32),
            hovertemplate=f"{names[0]} = %{{x:.2f}}, {names[1]} = %{{y:.2f}}: log density %{{customdata:.2f}}"
            "<extra></extra>",
        )
    )
    for name, trail in (trails or {}).items():
        way = np.array(trail.path.points)
        fig.add_scatter(
            x=rounded(way[:, 0]),
            y=rounded(way[:, 1]),
            mode="lines+markers",
            name=name,
            showlegend=trail.named,
            line=dict(color=trail.colour, width=trail.width, dash=trail.dash),
            marker=dict(size=trail.size, color=trail.colour),
            hovertemplate=f"{name}, point %{{pointNumber}}: %{{x:.3f}}, %{{y:.3f}}<extra></extra>",
        )
    if ridge:
        gap = [Point(np.nan, np.nan)]
        along = [point for curve in ridge[1] for point in [*curve, *gap]]
        fig.add_scatter(
            x=rounded([point.x for point in along]), y=rounded([point.y for point in along]), mode="lines",
            name=ridge[0], line=dict(color=palette.highlight, width=4), hoverinfo="skip", connectgaps=False,
        )  # fmt: skip
    tops = {name: [at] if isinstance(at, Point) else list(at) for name, at in (marks or {}).items()}
    for name, points in tops.items():
        fig.add_scatter(
            x=[point.x for point in points],
            y=[point.y for point in points],
            mode="markers",
            name=name,
            marker=dict(
                symbol=SYMBOLS.get(name, "star"), size=14, color=palette.highlight,
                line=dict(color=palette.ink, width=1.5),
            ),
            hovertemplate=f"{name}: %{{x:.3f}}, %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    if flat:
        fig.add_annotation(
            text="the same everywhere", x=0.5, y=0.5, xref="paper", yref="paper", showarrow=False,
            font=dict(size=14, color=palette.ink),
        )  # fmt: skip
    told = [f"{name} at {' and '.join(map(_shown, points))}" for name, points in tops.items()]
    told += [f"every point of {ridge[0]} is as high"] if ridge else []
    told += [
        f"{name} from {_shown(trail.path.points[0])} to {_shown(trail.path.points[-1])}"
        for name, trail in (trails or {}).items()
    ]
    return framed(
        fig,
        title=title,
        x=names[0],
        y=names[1],
        alt=f"{title}: lines of equal density over {names[0]} and {names[1]}"
        + (", the same everywhere. " if flat else ". ")
        + "; ".join(told),
        palette=palette,
        height=pixels,
        layout=legend_under_title(
            showlegend=bool(trails or marks or ridge),
            xaxis=dict(range=(float(x[0]), float(x[-1])), showgrid=False),
            yaxis=dict(range=(float(y[0]), float(y[-1])), showgrid=False),
        ),
    )


def _washed(palette: Palette) -> Sequence[tuple[float, str]]:
    """From the colour of what stands out, at the top, to that of paper, where nothing is left."""
    top, paper = palette.sequential[-1][1], palette.paper
    mix = [_mixed(top, paper, share) for share in np.linspace(0.25, 1.0, DROPS + 1)]
    return [(n / DROPS, colour) for n, colour in enumerate(mix)]


def _mixed(one: str, other: str, share: float) -> str:
    a, b = ([int(colour[n : n + 2], 16) for n in (1, 3, 5)] for colour in (one, other))
    return "#" + "".join(f"{round((1 - share) * p + share * q):02x}" for p, q in zip(a, b, strict=True))


def _shown(point: Point) -> str:
    return f"({point.x:.2f}, {point.y:.2f})"
