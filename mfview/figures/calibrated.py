"""What a posterior is worth in pictures: coverage, widths, and errors beside those of MAP (notes §12)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore.calibration import Group
from mfcore.chain import Draw, Rival
from mfcore.ratings import Floats
from mfview.figures.layout import legend_below, legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed


def coverage(shares: Sequence[float], bayes: Floats, point: Floats, palette: Palette = LIGHT) -> go.Figure:
    """How many ratings lie inside intervals of each share: of the posterior, and of MAP with its training error."""
    fig = go.Figure()
    fig.add_scatter(
        x=[0, 1], y=[0, 1], mode="lines", name="kept word", line=dict(color=palette.ink, dash="dash", width=1.5),
        hoverinfo="skip",
    )  # fmt: skip
    for name, ys, colour, symbol in (
        ("posterior", bayes, palette.test, "circle"),
        ("MAP ± its training error", point, palette.neutral, "square"),
    ):
        fig.add_scatter(
            x=shares, y=rounded(ys), mode="lines+markers", name=name, line=dict(color=colour, width=2.5),
            marker=dict(size=8, symbol=symbol),
            hovertemplate=f"{name}: %{{x:.0%}} intervals hold %{{y:.1%}}<extra></extra>",
        )  # fmt: skip
    told = "; ".join(
        f"{s:.0%} intervals hold {a:.1%} and {b:.1%}" for s, a, b in zip(shares, bayes, point, strict=True)
    )
    square = dict(range=(0, 1.02), tickformat=".0%", dtick=0.2)
    return framed(
        fig,
        title="Do intervals keep their word?",
        x="share they should hold",
        y="share of test ratings inside",
        alt=f"Of the posterior and of MAP with its training error: {told}.",
        palette=palette,
        height=400,
        layout=legend_below(xaxis=square | dict(title=dict(standoff=4)), yaxis=square),
    )


def widths(groups: Sequence[Group], whose: str, palette: Palette = LIGHT) -> go.Figure:
    """Doubt about r̂, and with noise the whole standard deviation, in groups by the number of training ratings."""
    names = [f"{g.least}–{g.most}" if g.most > g.least else f"{g.least}" for g in groups]
    fig = go.Figure()
    for name, values, colour, pattern in (
        ("doubt about r̂", [g.doubt for g in groups], palette.train, ""),
        ("with noise: a rating", [g.spread for g in groups], palette.test, "/"),
    ):
        fig.add_bar(
            x=names,
            y=rounded(values),
            name=name,
            marker=dict(color=colour, pattern=dict(shape=pattern)),
            customdata=[g.n for g in groups],
            hovertemplate=f"{whose} with %{{x}} ratings (%{{customdata:,}} pairs): {name} %{{y:.3f}}<extra></extra>",
        )
    return framed(
        fig,
        title=f"By the ratings of the {whose}",
        x=f"training ratings of the {whose}",
        y="standard deviation in stars",
        alt=f"Doubt about predictions goes from {groups[0].doubt:.2f} stars for {whose}s with {names[0]} ratings to "
        f"{groups[-1].doubt:.2f} for those with {names[-1]}; with noise from {groups[0].spread:.2f} to "
        f"{groups[-1].spread:.2f}.",
        palette=palette,
        height=360,
        layout=legend_under_title(barmode="group", xaxis=dict(type="category", tickangle=-35)),
    )


def gathering(draws: Sequence[Draw], burn: int, point: float, lam: float, palette: Palette = LIGHT) -> go.Figure:
    """Test RMSE of every draw alone, and of the mean of the draws so far, beside MAP's."""
    t = [draw.t for draw in draws]
    kept = [draw for draw in draws if draw.t > burn]
    fig = go.Figure()
    if burn:
        fig.add_vrect(x0=0, x1=min(burn, t[-1]) + 0.5, fillcolor=palette.missing, line_width=0, layer="below")
        fig.add_annotation(
            x=burn / 2,
            y=1,
            yref="paper",
            text="burn-in",
            showarrow=False,
            yanchor="top",
            textangle=-90,
            font=dict(size=12),
        )
    for name, x, ys, line in (
        ("one draw", t, [draw.alone for draw in draws], dict(color=palette.neutral, width=1.2)),
        (f"MAP, λ = {lam:g}", [t[0], t[-1]], [point, point], dict(color=palette.ink, width=2, dash="dash")),
        ("mean of the draws", [d.t for d in kept], [d.together for d in kept], dict(color=palette.test, width=3)),
    ):
        fig.add_scatter(
            x=x, y=rounded(ys), mode="lines", name=name, line=line, hovertemplate=f"{name}: %{{y:.4f}}<extra></extra>"
        )
    ends = f"{kept[0].together:.3f} after the first to {kept[-1].together:.3f}" if kept else "none yet"
    shown = [draw.alone for draw in draws[min(len(draws) - 1, burn // 2) :]] + [point, *(d.together for d in kept)]
    room = 0.06 * (max(shown) - min(shown) + 1e-3)
    return framed(
        fig,
        title="Draws add up",
        x="sweep",
        y="test RMSE in stars",
        alt=f"Test RMSE of the mean of {len(kept)} draws: {ends}. A draw by itself misses by about "
        f"{np.mean([d.alone for d in draws[-20:]]):.3f}, MAP by {point:.3f}.",
        palette=palette,
        height=400,
        layout=legend_below(
            xaxis=dict(title=dict(standoff=4)), yaxis=dict(range=(min(shown) - room, max(shown) + 2 * room))
        ),
    )


def against_k(rivals: Sequence[Rival], lams: Sequence[float], palette: Palette = LIGHT) -> go.Figure:
    """Test RMSE against k: of the posterior's mean, and of MAP at each λ."""
    ks = [one.k for one in rivals]
    fig = go.Figure()
    for n, lam in enumerate(lams):
        fig.add_scatter(
            x=ks, y=rounded([one.points[n] for one in rivals]), mode="lines+markers", name=f"MAP, λ = {lam:g}",
            line=dict(color=palette.neutral, width=2, dash=("dot", "dash", "solid")[n % 3]),
            marker=dict(symbol=("square", "diamond", "x")[n % 3], size=8),
            hovertemplate=f"k = %{{x}}, λ = {lam:g}: %{{y:.4f}}<extra></extra>",
        )  # fmt: skip
    fig.add_scatter(
        x=ks, y=rounded([one.bayes for one in rivals]), mode="lines+markers", name="mean of the draws",
        line=dict(color=palette.test, width=3), marker=dict(size=8), hovertemplate="k = %{x}: %{y:.4f}<extra></extra>",
    )  # fmt: skip
    told = "; ".join(
        f"MAP at λ = {lam:g} from {rivals[0].points[n]:.3f} to {rivals[-1].points[n]:.3f}" for n, lam in enumerate(lams)
    )
    return framed(
        fig,
        title="More dimensions than needed",
        x="k",
        y="test RMSE in stars",
        alt=f"From k = {ks[0]} to k = {ks[-1]} the mean of the draws goes from {rivals[0].bayes:.3f} to "
        f"{rivals[-1].bayes:.3f}; {told}.",
        palette=palette,
        height=420,
        layout=legend_below(xaxis=dict(title=dict(standoff=4))),
    )
