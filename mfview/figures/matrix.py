"""The ratings matrix as a picture: from afar, cell by cell, its values and its long tails (notes §1)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from mfcore.overview import Tiles
from mfcore.ratings import Floats, Ints
from mfview import labels, style
from mfview.figures.layout import ink_on, legend_under_title

STARS = (0.5, 5.0)
_SHARES = (0.00001, 0.0001, 0.001, 0.01, 0.1, 1.0)


def tiles(seen: Tiles, N: int, M: int, order: str, palette: style.Palette) -> go.Figure:
    """All N×M cells, a square for many of them, its colour the rated share of them on a log scale.

    order: how users and films are sorted, in words, for the axes.
    """
    rated = np.where(seen.share > 0, seen.share, np.nan)
    shades = np.log10(rated).astype(np.float32)
    # The faintest square with a rating in it must still stand out from those that have none.
    low = min(-3.0, float(np.nanmin(shades)) - 0.3)
    ticks = [s for s in _SHARES if np.log10(s) >= low]
    fig = go.Figure(
        go.Heatmap(
            z=shades,
            x0=seen.films / 2,
            dx=seen.films,
            y0=seen.users / 2,
            dy=seen.users,
            customdata=(100 * seen.share).astype(np.float32),
            zmin=low,
            zmax=0,
            colorscale=_sparse(palette),
            colorbar=_below("share of cells rated", np.log10(ticks), [f"{100 * s:g} %" for s in ticks]),
            hovertemplate="near user %{y:,.0f} and film %{x:,.0f} in this order:<br>"
            f"%{{customdata:.2f}} % of {seen.users * seen.films:,} cells rated<extra></extra>",
        )
    )
    empty = float(np.mean(seen.share == 0))
    style.framed(
        fig,
        title=f"All {N:,} × {M:,} cells",
        x=f"films, {order}",
        y=f"users, {order}",
        alt=f"The whole matrix of {N:,} users and {M:,} films, {order}. One square stands for "
        f"{labels.counted(seen.users, 'user')} and {labels.counted(seen.films, 'film')}; {empty:.0%} of the squares "
        f"hold no rating at all, the fullest is {float(seen.share.max()):.0%} rated.",
        palette=palette,
        height=440,
    )
    fig.update_layout(plot_bgcolor=palette.missing)
    fig.update_xaxes(showgrid=False, zeroline=False, range=[0, M], title_standoff=6)
    fig.update_yaxes(showgrid=False, zeroline=False, range=[N, 0])
    return fig


def cells(
    ratings: Floats,
    users: Sequence[str],
    films: Sequence[str],
    where: str,
    palette: style.Palette,
    named: bool = False,
    stars: tuple[float, float] = STARS,
) -> go.Figure:
    """Single cells: a colour where there is a rating, a hole where there is none; titles appear on hover.

    ratings: (len(users), len(films)), NaN in the holes.  named: write users, titles and numbers into the picture.
    stars: the lowest and the highest rating there is, for the ends of the colours.
    """
    low, high = stars
    ticks = [1, 2, 3, 4, 5] if stars == STARS else np.linspace(low, high, 5).round(1).tolist()
    rated = int(np.isfinite(ratings).sum())
    heat = go.Heatmap(
        z=ratings.astype(np.float32),
        xgap=2,
        ygap=2,
        zmin=low,
        zmax=high,
        colorscale=palette.sequential,
        showscale=not named,
        colorbar=_below("rating in stars", ticks, [f"{tick:g}" for tick in ticks]),
        hovertext=[
            [f"{labels.plain(u)} · {labels.plain(f)}<br>{_stars(r)}" for f, r in zip(films, row, strict=True)]
            for u, row in zip(users, ratings, strict=True)
        ],
        hoverinfo="text",
    )
    fig = go.Figure(heat)
    if named:
        row, column = np.nonzero(np.isfinite(ratings))
        fig.add_scatter(
            x=column,
            y=row,
            mode="text",
            text=[f"{r:g}" for r in ratings[row, column]],
            textfont=dict(
                size=15,
                color=[ink_on(palette.sequential, (r - low) / (high - low)) for r in ratings[row, column].tolist()],
            ),
            hoverinfo="skip",
        )
    style.framed(
        fig,
        title=f"{len(users)} users × {len(films)} films, cell by cell",
        x="films" if named else f"films, {where}",
        y="users" if named else f"users, {where}",
        alt=f"{len(users)} users and {len(films)} films, {where}, each cell on its own: {rated} of the "
        f"{ratings.size} cells hold a rating, the other {ratings.size - rated} are holes.",
        palette=palette,
        height=440,
    )
    fig.update_layout(plot_bgcolor=palette.missing)
    fig.update_xaxes(showgrid=False, zeroline=False, showticklabels=named, ticks="", title_standoff=6)
    fig.update_yaxes(showgrid=False, zeroline=False, showticklabels=named, ticks="", title_standoff=6)
    fig.update_xaxes(range=[-0.5, len(films) - 0.5])
    fig.update_yaxes(range=[len(users) - 0.5, -0.5])
    if named:
        fig.update_xaxes(tickvals=list(range(len(films))), ticktext=[labels.plain(f) for f in films], tickangle=-40)
        fig.update_yaxes(tickvals=list(range(len(users))), ticktext=[labels.plain(u) for u in users])
    return fig


def histogram(values: Floats, counts: Ints, mu: float, palette: style.Palette) -> go.Figure:
    """How often each rating was given, with the mean."""
    top = float(values[int(np.argmax(counts))])
    fig = go.Figure(
        go.Bar(
            x=values,
            y=counts,
            marker_color=palette.neutral,
            hovertemplate="%{x:g} stars: %{y:,} ratings<extra></extra>",
        )
    )
    fig.add_vline(mu, line=dict(color=palette.highlight, width=3, dash="dash"))
    fig.add_annotation(
        x=mu, y=1, yref="paper", yanchor="bottom", text=f"mean μ = {mu:.2f}", showarrow=False, font_color=palette.ink
    )
    style.framed(
        fig,
        title="How many stars people give",
        x="rating (stars)",
        y="ratings (count)",
        alt=f"Bars of how often each rating was given. The most frequent is {top:g} stars with {int(counts.max()):,} "
        f"ratings; the mean is {mu:.2f} stars.",
        palette=palette,
    )
    return fig.update_layout(**legend_under_title())


def tails(
    users: tuple[Ints, Ints],
    films: tuple[Ints, Ints],
    half: tuple[int, int],
    palette: style.Palette,
) -> go.Figure:
    """Ratings per user and per film by rank, both axes logarithmic.

    users, films: (ranks, counts), as of `overview.ranked`.  half: how many users, and how many films, hold half
    of all ratings.
    """
    fig = go.Figure()
    drawn = (
        ("users", users, half[0], palette.neutral, "solid", "circle"),
        ("films", films, half[1], palette.highlight, "dash", "diamond"),
    )
    for name, (ranks, counts), at, colour, dash, symbol in drawn:
        fig.add_scatter(
            x=ranks,
            y=counts,
            mode="lines",
            name=name,
            line=dict(color=colour, width=3, dash=dash),
            hovertemplate=f"{name}, rank %{{x:,}}: %{{y:,}} ratings<extra></extra>",
        )
        level = float(np.interp(at, ranks, counts))
        fig.add_scatter(
            x=[at],
            y=[level],
            mode="markers",
            marker=dict(color=colour, size=12, symbol=symbol, line=dict(color=palette.ink, width=1.5)),
            showlegend=False,
            hovertemplate=f"the first {at:,} {name} hold half of all ratings<extra></extra>",
        )
        fig.add_annotation(
            x=np.log10(at),
            y=np.log10(level),
            text=f"half: {at:,} {name}",
            showarrow=False,
            xanchor="left",
            xshift=8,
            yshift=12,
            font=dict(size=12),
        )
    style.framed(
        fig,
        title="Ratings of each user and of each film",
        x="rank (1 = most ratings, log scale)",
        y="ratings (count, log scale)",
        alt=f"Ratings by rank on two logarithmic axes, falling for users and for films. {half[0]:,} of "
        f"{int(users[0][-1]):,} users and {half[1]:,} of {int(films[0][-1]):,} films hold half of all ratings; the "
        f"last film has {int(films[1][-1]):,}.",
        palette=palette,
    )
    last = np.log10(float(max(users[0][-1], films[0][-1])))
    # Within a decade the powers of ten alone would leave an axis without a number.
    short, flat = last < 1.5, max(users[1][0], films[1][0]) < 30
    fig.update_xaxes(type="log", dtick="D2" if short else 1, range=[-0.05, last + 0.35])
    fig.update_yaxes(type="log", dtick="D1" if flat else 1)
    return fig.update_layout(**legend_under_title())


def _below(title: str, values: Sequence[float] | Floats, texts: Sequence[str]) -> dict[str, object]:
    """A colour bar under the picture, clear of the axis title."""
    return dict(
        title=dict(text=title, side="top", font=dict(size=12)),
        orientation="h",
        thickness=10,
        len=0.6,
        x=0,
        xanchor="left",
        y=-0.24,
        yanchor="top",
        tickvals=list(values),
        ticktext=list(texts),
        outlinewidth=0,
    )


def _sparse(p: style.Palette) -> list[tuple[float, str]]:
    """From a tint a little off a hole's grey to full ink: a nearly empty square looks nearly empty."""
    faint, some = sample_colorscale([[0, p.missing], [1, p.neutral]], [0.3, 0.6])
    return [(0, faint), (0.4, some), (0.75, p.neutral), (1, p.ink)]


def _stars(r: float) -> str:
    return "not rated" if np.isnan(r) else f"{r:g} stars"
