"""A newcomer in pictures (notes §3, 4, 12): their list, their vector between films, and how doubt narrows."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded, whole
from mfview.style import LIGHT, Palette, framed, signed

WIDE = 46  # characters of a title that fit across a phone


def moved(
    names: Sequence[str],
    before: Floats,
    after: Floats,
    called: tuple[str, str],
    palette: Palette = LIGHT,
    *,
    title: str,
) -> go.Figure:
    """A film a line: a prediction before and after something is known, and the way between. before, after: (m,).

    called: what the two are called. The first film stands on top.
    """
    y = np.arange(len(names))[::-1]
    between = np.column_stack([before, after, np.full(len(y), np.nan)]).ravel()
    fig = go.Figure(
        go.Scatter(
            x=rounded(between),
            y=np.repeat(y, 3),
            mode="lines",
            line=dict(color=palette.neutral, width=2),
            connectgaps=False,
            hoverinfo="skip",
            showlegend=False,
        )
    )
    looks = (
        dict(symbol="circle-open", color=palette.ink, size=10, line=dict(width=2)),
        dict(symbol="diamond", color=palette.highlight, size=13, line=dict(color=palette.ink, width=1.5)),
    )
    for name, values, look in zip(called, (before, after), looks, strict=True):
        fig.add_scatter(
            x=rounded(values),
            y=y,
            mode="markers",
            name=name,
            marker=look,
            hovertext=[
                f"{labels.plain(film)}: {labels.plain(name)} {labels.decimal(v)}"
                for film, v in zip(names, values, strict=True)
            ],
            hoverinfo="text",
        )
    said = "; ".join(
        f"{film} {labels.decimal(b)}, {labels.decimal(a)}" for film, b, a in zip(names, before, after, strict=True)
    )
    return framed(
        fig,
        title=title,
        x="stars",
        alt=f"{len(names)} films, {called[0]} and {called[1]}, in stars: {said}.",
        palette=palette,
        height=140 + 38 * len(names),
        layout=legend_under_title(
            yaxis=dict(showticklabels=False, showgrid=False, zeroline=False, range=(-0.6, len(names) - 0.2)),
            # A title has the whole width, above its line: beside it, on a phone, it would leave no room for the plot.
            annotations=[
                dict(
                    x=0,
                    xref="paper",
                    xanchor="left",
                    y=row + 0.42,
                    showarrow=False,
                    borderpad=0,
                    text=labels.plain(labels.short(name, WIDE)),
                    font=dict(size=12, color=palette.ink),
                )
                for row, name in zip(y.tolist(), names, strict=True)
            ],
        ),
    )


def vector(
    reach: Floats, low: Sequence[Sequence[str]], high: Sequence[Sequence[str]], palette: Palette = LIGHT
) -> go.Figure:
    """A newcomer's vector axis by axis, the strongest on top: a signed bar between the films at either end.

    reach: (k,) what one standard deviation of the films on an axis is worth to them, in stars.
    low, high: the films at the axis' two ends, the outermost first.
    """
    order = np.argsort(-np.abs(reach), kind="stable")
    y = np.arange(len(order))[::-1]
    values = reach[order]
    negative = values < 0
    colours = [palette.negative if n else palette.positive for n in negative]
    far = 1.25 * max(float(np.abs(values).max(initial=0.0)), 0.02)
    fig = go.Figure(
        go.Bar(
            x=rounded(values),
            y=y,
            orientation="h",
            width=0.4,
            text=[signed(v) for v in values],
            textposition="outside",
            textfont=dict(color=palette.ink),
            cliponaxis=False,
            marker=dict(
                color=colours,
                line=dict(color=colours, width=1.5),
                pattern=dict(shape=["/" if n else "" for n in negative], solidity=0.35, fgcolor=palette.paper),
            ),
            hovertext=[f"axis {f + 1}: {signed(reach[f])} stars for one standard deviation" for f in order],
            hoverinfo="text",
            showlegend=False,
        )
    )
    ends = [
        dict(
            x=x,
            y=row + 0.41,
            text="<br>".join(labels.plain(labels.short(film, 24)) for film in films),
            showarrow=False,
            xanchor=anchor,
            align=anchor,
            font=dict(size=11, color=palette.ink),
        )
        for row, f in zip(y.tolist(), order.tolist(), strict=True)
        for films, x, anchor in ((low[f], -far, "left"), (high[f], far, "right"))
    ]
    said = "; ".join(
        f"{signed(reach[f])} from {', '.join(low[f]) or 'no film'} towards {', '.join(high[f]) or 'no film'}"
        for f in order.tolist()
    )
    return framed(
        fig,
        title="Your vector, between films",
        x="stars for one standard deviation of the films",
        alt=f"Your vector on its {len(order)} axes, in stars for one standard deviation of the films: {said}.",
        palette=palette,
        height=110 + 84 * len(order),
        layout=dict(
            xaxis=dict(range=(-far, far), zeroline=True, zerolinecolor=palette.quiet, nticks=6),
            yaxis=dict(range=(-0.5, len(order) - 0.2), showgrid=False, showticklabels=False, zeroline=False),
            annotations=ends,  # all at once: added one by one, each has Plotly look at all before it
        ),
    )


def narrowing(doubt: Floats, sigma: float, films: int, palette: Palette = LIGHT) -> go.Figure:
    """Doubt about a list after none, one, … ratings, beside the noise that stays. doubt: (n + 1,), sigma: in stars.

    films: how many the list has.
    """
    n = np.arange(len(doubt))
    fig = go.Figure(
        go.Scatter(
            x=n,
            y=rounded(doubt),
            mode="lines+markers",
            name="doubt about r̂",
            line=dict(color=palette.train, width=2.5),
            marker=dict(size=8),
            hovertemplate="%{x} rated: ± %{y:.3f} stars<extra></extra>",
        )
    )
    fig.add_scatter(
        x=n[[0, -1]] + [-0.2, 0.2],
        y=rounded([sigma, sigma]),
        mode="lines",
        name="noise σ",
        line=dict(color=palette.test, width=2.5, dash="dash"),
        hovertemplate=f"noise: {sigma:.3f} stars<extra></extra>",
    )
    return framed(
        fig,
        title="Doubt as you rate",
        x="films rated, in the order of your shelf",
        y="stars, root mean square",
        alt=f"Doubt about the {labels.counted(films, 'film')} of the list goes from {doubt[0]:.3f} stars with nothing "
        f"rated to {doubt[-1]:.3f} with {len(doubt) - 1} rated; the noise of a rating, {sigma:.3f} stars, stays.",
        palette=palette,
        height=340,
        layout=legend_under_title(yaxis=dict(rangemode="tozero"), xaxis=whole(len(doubt) - 1)),
    )
