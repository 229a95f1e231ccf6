"""An autoencoder's errors as it learns, beside each other's, and how far apart its predictions lie."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats, Ints
from mfview.figures.layout import legend_under_title, rounded, whole
from mfview.labels import plain
from mfview.style import LIGHT, Palette, framed


def learning(train: Sequence[float], test: Sequence[float], T: int, mean: float, palette: Palette = LIGHT) -> go.Figure:
    """RMSE on train and test after epochs 0, 1, … of T, and what predicting μ throughout misses by."""
    fig = go.Figure()
    looks = (("train", train, palette.train, "solid"), ("test", test, palette.test, "dot"))
    for name, values, colour, dash in looks:
        fig.add_scatter(
            x=np.arange(len(values)),
            y=rounded(values),
            name=name,
            mode="lines+markers" if len(values) < 3 else "lines",
            line=dict(color=colour, width=2.5, dash=dash),
            hovertemplate=f"epoch %{{x}}: {name} RMSE %{{y:.4f}}<extra></extra>",
        )
    _level(fig, mean, T, "μ alone", palette)
    low, high = min(*train, *test, mean), max(*train, *test, mean)
    return framed(
        fig,
        title="Training and test error",
        x="epoch",
        y="RMSE in stars",
        alt=f"RMSE over {len(test) - 1} of {T} epochs: in training from {train[0]:.3f} to {train[-1]:.3f} stars, on "
        f"test ratings from {test[0]:.3f} to {test[-1]:.3f}. Predicting the mean misses by {mean:.3f}.",
        palette=palette,
        height=340,
        layout=legend_under_title(
            xaxis=dict(range=(0, T)) | whole(T), yaxis=dict(range=(0.95 * low, 1.03 * min(high, 1.8 * mean)))
        ),
    )


def _level(fig: go.Figure, y: float, T: float, name: str, palette: Palette, start: float = 0.0) -> None:
    fig.add_scatter(
        x=[start, T],
        y=[y, y],
        name=name,
        mode="lines",
        line=dict(color=palette.quiet, width=1.5, dash="dash"),
        hovertemplate=f"{name}: %{{y:.4f}}<extra></extra>",
    )


def _legend_below(**more: Any) -> dict[str, Any]:
    """Several long names: under the axis, where they push the plot up and never meet the title on a narrow screen."""
    return dict(legend=dict(orientation="h", x=0, xanchor="left", y=-0.32, yanchor="top")) | more


@dataclass(frozen=True, slots=True)
class Look:
    """How one of several lines is drawn."""

    colour: str
    dash: str
    symbol: str = "circle"


def curves(
    found: Mapping[str, Sequence[tuple[float, float]]],
    looks: Mapping[str, Look],
    palette: Palette = LIGHT,
    *,
    title: str,
    x: str,
    y: str,
    **layout: Any,
) -> go.Figure:
    """One line for every name, of (x, y) pairs; looks: at least of these names."""
    fig = go.Figure()
    for name, points in found.items():
        xs, ys = zip(*points, strict=True)
        look = looks[name]
        fig.add_scatter(
            x=xs,
            y=rounded(ys),
            name=name,
            mode="lines+markers",
            line=dict(color=look.colour, width=2.5, dash=look.dash),
            marker=dict(symbol=look.symbol, size=7),
            hovertemplate=f"{plain(name)}, %{{x:g}}: %{{y:.3f}}<extra></extra>",
        )
    said = "; ".join(f"{name} from {points[0][1]:.3f} to {points[-1][1]:.3f}" for name, points in found.items())
    return framed(
        fig,
        title=title,
        x=x,
        y=y,
        alt=f"{title}: {said}.",
        palette=palette,
        height=420,
        layout=_legend_below(**layout),
    )


def spread(
    counts: Mapping[str, Ints], edges: Floats, looks: Mapping[str, Look], mu: float, palette: Palette = LIGHT
) -> go.Figure:
    """How many held-out cells are predicted at how many stars, in steps; the mean rating as an upright line."""
    fig = go.Figure()
    for name, n in counts.items():
        fig.add_scatter(
            x=np.repeat(edges, 2)[1:-1],
            y=np.repeat(n, 2),
            name=name,
            mode="lines",
            line=dict(color=looks[name].colour, width=2.5, dash=looks[name].dash),
            hovertemplate=f"{plain(name)}, %{{x:.2f}} stars: %{{y:,}} cells<extra></extra>",
        )
    top = max(int(n.max()) for n in counts.values())
    fig.add_scatter(
        x=[mu, mu],
        y=[0, top],
        mode="lines",
        showlegend=False,
        line=dict(color=palette.quiet, width=1.5, dash="dash"),
        hovertemplate="μ = %{x:.3f}<extra></extra>",
    )
    fig.add_annotation(x=mu, y=top, text="μ", showarrow=False, xanchor="left", xshift=4, font=dict(color=palette.quiet))
    middle = (edges[:-1] + edges[1:]) / 2
    said = "; ".join(f"{name} lies around {float(middle @ n) / max(n.sum(), 1):.2f}" for name, n in counts.items())
    return framed(
        fig,
        title="Predictions for held-out cells",
        x="stars",
        y="cells",
        alt=f"Counts of predictions of held-out ratings by stars; the mean rating is {mu:.2f}. {said}.",
        palette=palette,
        height=420,
        layout=_legend_below(xaxis=dict(range=(float(edges[0]), float(edges[-1])))),
    )
