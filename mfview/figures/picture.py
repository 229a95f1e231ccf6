"""A matrix as a picture: grey values, signed values, and holes; or several side by side."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfview.style import LIGHT, Colorscale, Palette, framed

_GREYS: Colorscale = ((0.0, "#000000"), (1.0, "#FFFFFF"))
_APART, _HEAD = 0.08, 0.16  # between pictures, and above each for its title, in sides of one


def grey(P: Floats, palette: Palette = LIGHT, *, title: str, alt: str) -> go.Figure:
    """Grey values from 0, black, to 1, white; values beyond are cut off there; NaN is a hole. P: (rows, columns).

    Among greys a grey hole would pass for a pixel, so holes have the colour of what stands out.
    """
    fig = _drawn(P, _GREYS, 0.0, 1.0, palette, title, alt)
    return fig.update_layout(plot_bgcolor=palette.highlight) if np.isnan(P).any() else fig


def signed(P: Floats, palette: Palette = LIGHT, *, title: str, alt: str) -> go.Figure:
    """Values around 0: green above, purple below, full colour at the largest size. P: (rows, columns)."""
    top = float(np.nanmax(np.abs(P))) or 1.0
    return _drawn(P, palette.diverging, -top, top, palette, title, alt)


def _drawn(P: Floats, scale: Colorscale, low: float, high: float, palette: Palette, title: str, alt: str) -> go.Figure:
    fig = go.Figure(
        go.Heatmap(
            z=np.round(P, 3).astype(np.float32),
            zmin=low,
            zmax=high,
            colorscale=scale,
            showscale=False,
            hovertemplate="row %{y}, column %{x}: %{z:.3f}<extra></extra>",
        )
    )
    hidden = dict(visible=False, fixedrange=True, automargin=False)
    rows, columns = P.shape
    return framed(
        fig,
        title=title,
        alt=alt,
        palette=palette,
        height=290,
        layout=dict(
            margin=dict(l=0, r=0, t=40, b=0),
            plot_bgcolor=palette.missing,
            xaxis=dict(range=(-0.5, columns - 0.5), constrain="domain", **hidden),
            yaxis=dict(range=(rows - 0.5, -0.5), scaleanchor="x", constrain="domain", constraintoward="top", **hidden),
        ),
    )


class Panel(NamedTuple):
    """One of several pictures. P: (side, side) grey values from 0 to 1, or None where it is not shown yet."""

    title: str
    P: Floats | None


def panels(shown: Sequence[Panel], palette: Palette = LIGHT, *, alt: str) -> go.Figure:
    """Two square pictures in a row, as many rows as it takes, on one pair of axes so that titles stay with them."""
    fig = go.Figure()
    side = next(len(P) for _, P in shown if P is not None)
    across, down = (1 + _APART) * side, (1 + _HEAD) * side
    for n, (title, P) in enumerate(shown):
        left, top = n % 2 * across, n // 2 * down + _HEAD * side
        if P is None:
            fig.add_shape(x0=left, x1=left + side, y0=top, y1=top + side, fillcolor=palette.missing, line=dict(width=0))
            middle = dict(x=left + side / 2, y=top + side / 2)
            fig.add_annotation(text="?", showarrow=False, font=dict(size=44, color=palette.quiet), **middle)
        else:
            fig.add_heatmap(
                z=np.round(P, 3).astype(np.float32),
                x0=left + 0.5,
                y0=top + 0.5,
                dx=1,
                dy=1,
                zmin=0.0,
                zmax=1.0,
                colorscale=_GREYS,
                showscale=False,
                name=title,
                hovertemplate="%{z:.3f}<extra></extra>",
            )
        fig.add_annotation(
            x=left, y=top, text=title, showarrow=False, xanchor="left", yanchor="bottom", xshift=-1,
            font=dict(size=12, color=palette.ink),
        )  # fmt: skip
    hidden = dict(visible=False, fixedrange=True, automargin=False, constrain="domain")
    rows = -(-len(shown) // 2)
    return framed(
        fig,
        title="",
        alt=alt,
        palette=palette,
        height=200 * rows,
        layout=dict(
            margin=dict(l=0, r=0, t=0, b=0),
            xaxis=dict(range=(0, across + side), constraintoward="left", **hidden),
            yaxis=dict(range=(rows * down, 0), scaleanchor="x", constraintoward="top", **hidden),
        ),
    )
