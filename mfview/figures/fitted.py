"""What a trained model says: of one pair, of all test ratings, and at the ends of an axis."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats, Ints
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed, signed


def pair(w: Floats, u: Floats, products: Floats, palette: Palette = LIGHT, *, user: str, film: str) -> go.Figure:
    """w_i, u_j and their products, factor by factor. All (k,)."""
    factor = np.arange(1, len(w) + 1)
    fig = go.Figure()
    signs = [palette.positive if p >= 0 else palette.negative for p in products]
    for name, values, colour in (
        ("w, the user's", w, palette.neutral),
        ("u, the film's", u, palette.missing),
        ("product w·u", products, signs),
    ):
        fig.add_bar(
            x=factor,
            y=rounded(values),
            name=name,
            marker=dict(color=colour, line=dict(color=palette.ink, width=1)),
            text=[signed(v, 1) for v in values] if len(w) <= 6 else None,
            textposition="outside",
            textangle=0,
            textfont=dict(size=11, color=palette.ink),
            cliponaxis=False,
            hovertemplate=f"factor %{{x}}, {name}: %{{y:+.3f}}<extra></extra>",
        )
    return framed(
        fig,
        title=labels.plain(f"User {user} and {labels.short(film, 30)}"),
        x="factor",
        y="value (products in stars)",
        alt=f"The {len(w)} entries of the vector of user {user} and of {film}, and their products, "
        f"which add up to {float(products.sum()):.2f}.",
        palette=palette,
        height=360,
        layout=legend_under_title(xaxis=dict(dtick=1)),
    )


def settling(predicted: Floats, actual: float | None, palette: Palette = LIGHT, *, user: str, film: str) -> go.Figure:
    """r̂ of one pair after every sweep, beside the rating where there is one. predicted: (T + 1,), in stars."""
    t = np.arange(len(predicted))
    fig = go.Figure(
        go.Scatter(
            x=t,
            y=rounded(predicted),
            mode="lines+markers",
            name="r̂",
            line=dict(color=palette.neutral, width=2.5),
            hovertemplate="sweep %{x}: r̂ = %{y:.3f}<extra></extra>",
        )
    )
    if actual is not None:
        fig.add_scatter(
            x=[t[0], t[-1]],
            y=[actual, actual],
            mode="lines",
            name="rating",
            line=dict(color=palette.ink, dash="dash"),
            hovertemplate="rated %{y:g}<extra></extra>",
        )
    given = "no rating is known" if actual is None else f"the rating is {actual:g}"
    return framed(
        fig,
        title="Their prediction as it settles",
        x="sweep",
        y="r̂ in stars",
        alt=f"The prediction for user {user} and {film} after every sweep, from {predicted[0]:.2f} to "
        f"{predicted[-1]:.2f} stars; {given}.",
        palette=palette,
        height=360,
        layout=legend_under_title(showlegend=True),
    )


def edges_of(r: Floats) -> tuple[float, float]:
    """Where the picture of predictions ends: 0 and 6, or a star beyond ratings that go further."""
    low, high = float(np.floor(r.min())), float(np.ceil(r.max()))
    return 0.0 if low >= 0 else low - 1, 6.0 if high <= 5 else high + 1


def agreement(predicted: Floats, r: Floats, palette: Palette = LIGHT) -> go.Figure:
    """Predicted against actual for test ratings: in each column the share of that rating's predictions. (n,), stars."""
    stars, column = np.unique(r, return_inverse=True)
    low, high = edges_of(r)
    middles = np.linspace(low, high, 25)
    half = (high - low) / 48
    edges = np.append(middles - half, high + half)
    clipped = np.clip(predicted, low, high)
    counts = np.stack([np.histogram(clipped[column == n], edges)[0] for n in range(len(stars))], axis=1)
    share = counts / counts.sum(axis=0)
    means = np.array([predicted[column == n].mean() for n in range(len(stars))])
    at = [f"{s:g}" for s in stars]
    fig = go.Figure(
        go.Heatmap(
            x=at,
            y=middles,
            z=np.where(counts > 0, share, np.nan).astype(np.float32).round(4),
            customdata=counts,
            colorscale=palette.sequential,
            colorbar=dict(title=dict(text="share of<br>column", side="top"), tickformat=".0%", thickness=12),
            hovertemplate="rated %{x}, predicted near %{y}: %{customdata}, %{z:.1%} of the column<extra></extra>",
        )
    )
    fig.add_scatter(
        x=at,
        y=stars,
        mode="lines",
        name="perfect",
        line=dict(color=palette.ink, dash="dash", width=2),
        hoverinfo="skip",
    )
    fig.add_scatter(
        x=at,
        y=rounded(np.clip(means, low, high)),
        mode="markers+lines",
        name="mean prediction",
        line=dict(color=palette.test, width=2.5),
        marker=dict(size=8),
        customdata=rounded(means),
        hovertemplate="rated %{x}: predicted %{customdata:.2f} on average<extra></extra>",
    )
    return framed(
        fig,
        title="Predicted against actual",
        x="actual rating in stars",
        y="predicted in stars",
        alt=f"For {len(r):,} test ratings the predictions of each actual rating. On average {at[0]} stars are "
        f"predicted as {means[0]:.2f} and {at[-1]} stars as {means[-1]:.2f}.",
        palette=palette,
        height=420,
        layout=legend_under_title(xaxis=dict(type="category", showgrid=False), yaxis=dict(range=(edges[0], edges[-1]))),
    )


def ends(low: Ints, high: Ints, values: Floats, films: Sequence[str], axis: int, palette: Palette = LIGHT) -> go.Figure:
    """The films lowest and highest on one axis. low, high: rows of `values` (M,) and `films`, outermost first."""
    rows = [*high, *low[::-1]]
    names = [labels.plain(labels.short(films[j], 28)) for j in rows]
    shown = values[rows]
    fig = go.Figure(
        go.Bar(
            x=rounded(shown),
            y=np.arange(len(rows)),
            orientation="h",
            marker=dict(color=[palette.positive if v >= 0 else palette.negative for v in shown]),
            text=[signed(v) for v in shown],
            textposition="outside",
            textfont=dict(color=palette.ink),
            cliponaxis=False,
            hovertext=[f"{labels.plain(films[j])}: {signed(values[j], 3)}" for j in rows],
            hoverinfo="text",
        )
    )
    fig.add_hline(y=len(high) - 0.5, line=dict(color=palette.quiet, dash="dot", width=1))
    room = 0.45 * float(np.ptp([0.0, *shown]) or 1.0)
    return framed(
        fig,
        title=f"The ends of axis {axis + 1}",
        x=f"entry {axis + 1} of u",
        alt=f"Highest on axis {axis + 1}: {', '.join(films[j] for j in high[:3])}. "
        f"Lowest: {', '.join(films[j] for j in low[:3])}.",
        palette=palette,
        height=110 + 26 * len(rows),
        layout=dict(
            xaxis=dict(range=(min(0.0, shown.min()) - room, max(0.0, shown.max()) + room)),
            yaxis=dict(tickvals=list(range(len(rows))), ticktext=names, autorange="reversed", showgrid=False),
        ),
    )
