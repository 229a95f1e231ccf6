"""A matrix as a picture: grey values, signed values, and holes."""

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfview.style import LIGHT, Colorscale, Palette, framed

_GREYS: Colorscale = ((0.0, "#000000"), (1.0, "#FFFFFF"))


def grey(P: Floats, palette: Palette = LIGHT, *, title: str, alt: str) -> go.Figure:
    """Grey values from 0, black, to 1, white; values beyond are cut off there; NaN is a hole. P: (rows, columns)."""
    return _drawn(P, _GREYS, 0.0, 1.0, palette, title, alt)


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
