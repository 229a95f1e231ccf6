"""Ridge regression in pictures: points and the curve through them, and its weights as λ grows (notes §7, 8)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from mfcore import regression
from mfcore.regression import Curve, Path, Points
from mfview import labels
from mfview.figures import lam_axis
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

_FINE = np.linspace(-1, 1, 201)
_TICKS = (0, 1, 3, 10, 30, 100, 1000, 10_000, 100_000)


def fitted(
    train: Points, test: Points, curve: Curve, free: Curve, lam: float, chosen: int | None, palette: Palette = LIGHT
) -> go.Figure:
    """The points and the curve fitted to them at λ, with the one at λ = 0 (`free`) and the truth for comparison.

    chosen: the number of a point to be framed. The training points are the first trace, so that a click tells which.
    """
    everything = np.concatenate([train.y, test.y])
    room = 0.15 * float(np.ptp(everything) or 1.0)
    low, high = float(everything.min()) - room, float(everything.max()) + room
    fig = go.Figure(
        go.Scatter(
            x=rounded(train.x),
            y=rounded(train.y),
            name="train",
            mode="markers",
            marker=dict(color=palette.train, size=12, line=dict(color=palette.paper, width=1.5)),
            selected=dict(marker=dict(opacity=1)),
            unselected=dict(marker=dict(opacity=1)),
            customdata=np.arange(1, len(train.x) + 1),
            hovertemplate="point %{customdata}: x = %{x:.2f}, y = %{y:.2f}<extra></extra>",
        )
    )
    fig.add_scatter(
        x=rounded(test.x),
        y=rounded(test.y),
        name="test",
        mode="markers",
        marker=dict(color=palette.test, size=5, symbol="x", opacity=0.55),
        unselected=dict(marker=dict(opacity=0.55)),
        hovertemplate="held out: x = %{x:.2f}, y = %{y:.2f}<extra></extra>",
    )
    drawn = (
        ("truth", regression.truth(_FINE), dict(color=palette.quiet, width=2, dash="dot")),
        ("λ = 0", regression.predict(free, _FINE), dict(color=palette.neutral, width=2, dash="dash")),
        (f"λ = {lam:g}", regression.predict(curve, _FINE), dict(color=palette.ink, width=3.5)),
    )
    for name, y, line in drawn:
        within = np.clip(y, low - 20 * room, high + 20 * room)
        fig.add_scatter(x=_FINE, y=rounded(within), name=name, mode="lines", line=line, hoverinfo="skip")
    if chosen is not None:
        fig.add_scatter(
            x=[train.x[chosen]],
            y=[train.y[chosen]],
            mode="markers",
            marker=dict(symbol="circle-open", size=20, color=palette.highlight, line=dict(width=3)),
            hoverinfo="skip",
            showlegend=False,
        )
    degree = len(curve.w) - 1
    shape = "A line" if degree == 1 else f"Powers of x up to {degree}"
    return framed(
        fig,
        title=f"{shape}, λ = {lam:g}",
        x="x",
        y="y",
        alt=f"{len(train.x)} training points, {len(test.x)} held-out points, the curve they were made from, and "
        f"{shape.lower()} fitted at λ = {lam:g} beside the same fit at λ = 0. The squared length of the weights is "
        f"{float(curve.w @ curve.w):.3g}, at λ = 0 it is {float(free.w @ free.w):.3g}.",
        palette=palette,
        height=430,
        layout=legend_under_title(
            xaxis=dict(range=[-1.06, 1.06], zeroline=False), yaxis=dict(range=[low, high], zeroline=False)
        ),
    )


def weights(path: Path, at: float, palette: Palette = LIGHT) -> go.Figure:
    """Every weight against λ, on a scale that is linear near 0 and logarithmic beyond."""
    x, k = lam_axis.places(path.lams, path.lams), path.w.shape[1]
    colours = sample_colorscale([list(stop) for stop in palette.sequential], np.linspace(0, 0.85, k).tolist())
    fig = go.Figure()
    for f in range(k):
        fig.add_scatter(
            x=x,
            y=rounded(np.arcsinh(path.w[:, f])),
            name=f"x{lam_axis.raised(f)}" if f else "1",
            mode="lines",
            line=dict(color=colours[f], width=2.5),
            customdata=[f"λ = {lam:g}: w{f} = {labels.decimal(w, 3)}" for lam, w in _pairs(path, f)],
            hovertemplate="%{customdata}<extra></extra>",
        )
    lam_axis.mark(fig, at, path.lams, palette)
    fig.add_annotation(
        xref="paper", yref="paper", x=0, y=1, xanchor="left", yanchor="bottom", showarrow=False, font_size=12,
        text=f"from dark, the weight of 1, to bright, that of x{lam_axis.raised(k - 1)}",
    )  # fmt: skip
    most = float(np.abs(path.w).max())
    values = [v for v in _TICKS if v <= most]
    values = values[:: -(-len(values) // 5)]
    ticks = [*(-v for v in values[:0:-1]), *values]
    return framed(
        fig,
        title="Every weight shrinks towards 0",
        x=lam_axis.TITLE,
        y="w (even near 0, log beyond)",
        alt=f"The {k} weights against λ. The largest is {most:.3g} in size at λ = {path.lams[0]:g} and "
        f"{float(np.abs(path.w[-1]).max()):.2g} at λ = {path.lams[-1]:g}.",
        palette=palette,
        height=380,
        layout=legend_under_title(
            showlegend=False,
            xaxis=lam_axis.axis(path.lams),
            yaxis=dict(tickvals=np.arcsinh(ticks).tolist(), ticktext=[f"{v:,}".replace("-", "−") for v in ticks]),
        ),
    )


def errors(path: Path, at: float, palette: Palette = LIGHT) -> go.Figure:
    """Train and test error against λ, the lowest test error marked."""
    return lam_axis.errors(
        path.lams, path.train, path.test, palette, title="Training and test error", unit=" of y", over=path.lams,
        at=at,
    )  # fmt: skip


def _pairs(path: Path, f: int) -> Sequence[tuple[float, float]]:
    return list(zip(path.lams.tolist(), path.w[:, f].tolist(), strict=True))
