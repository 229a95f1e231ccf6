"""What solving one row does: to its own predictions, and to J."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfview.figures.layout import legend_under_title
from mfview.style import LIGHT, Palette, framed


def row_fit(
    names: Sequence[str], actual: Floats, before: Floats, after: Floats, whose: str, palette: Palette = LIGHT
) -> go.Figure:
    """One row's ratings against its predictions before and after it was solved. All (n,), in stars."""
    y = list(names)
    gaps_x = [x for a, r in zip(after, actual, strict=True) for x in (a, r, None)]
    gaps_y = [x for name in y for x in (name, name, None)]
    fig = go.Figure(
        go.Scatter(
            x=gaps_x,
            y=gaps_y,
            mode="lines",
            line=dict(color=palette.neutral, width=2),
            hoverinfo="skip",
            showlegend=False,
        )
    )
    dots = dict(y=y, mode="markers")
    fig.add_scatter(
        x=before,
        name="r̂ before",
        hovertemplate="%{y}: r̂ was %{x:.3f}<extra></extra>",
        marker=dict(symbol="circle-open", size=11, color=palette.neutral, line_width=2),
        **dots,
    )
    fig.add_scatter(
        x=after,
        name="r̂ after",
        hovertemplate="%{y}: r̂ is %{x:.3f}<extra></extra>",
        marker=dict(size=11, color=palette.highlight),
        **dots,
    )
    fig.add_scatter(
        x=actual,
        name="rating",
        hovertemplate="%{y}: rated %{x:g}<extra></extra>",
        marker=dict(symbol="line-ns", size=18, line=dict(width=3, color=palette.ink)),
        **dots,
    )
    return framed(
        fig,
        title=f"{whose}: predictions before and after",
        x="stars",
        alt=f"For each of {len(y)} ratings of {whose}: the rating, the prediction before this step and after it. "
        f"The squared errors go from {np.sum((actual - before) ** 2):.2f} to {np.sum((actual - after) ** 2):.2f}.",
        palette=palette,
        height=130 + 32 * len(y),
        layout=legend_under_title(
            yaxis=dict(autorange="reversed", fixedrange=True), xaxis=dict(zeroline=False, fixedrange=True)
        ),
    )


def objective(J: Sequence[float], at: int, sweep: int, palette: Palette = LIGHT) -> go.Figure:
    """J after every step, on a log scale, and where we are. sweep: steps in a sweep."""
    # An exact fit leaves only rounding, which a log scale would blow up.
    shown = np.maximum(np.asarray(J), 1e-6 * max(J)).astype(np.float32)
    fig = go.Figure()
    fig.add_scatter(
        x=np.arange(len(J)),
        y=shown,
        mode="lines",
        line=dict(color=palette.train, width=2),
        customdata=np.asarray(J),
        hovertemplate="step %{x}: J = %{customdata:.4g}<extra></extra>",
    )
    here = dict(size=13, color=palette.highlight, line=dict(width=2, color=palette.ink))
    fig.add_scatter(x=[at], y=[shown[at]], mode="markers", marker=here, hoverinfo="skip")
    return framed(
        fig,
        title="J after every step",
        x=f"step ({sweep} to a sweep)",
        y="J in stars² (log scale)",
        alt=f"The objective over {len(J) - 1} steps on a log scale. It never rises: {J[0]:.3g} at the start, "
        f"{J[at]:.3g} at step {at}, {J[-1]:.3g} at the end.",
        palette=palette,
        height=230,
        layout=dict(
            showlegend=False,
            margin=dict(l=64, r=8, t=48, b=52),  # given, so that a step need not find them
            xaxis=dict(fixedrange=True, automargin=False),
            yaxis=dict(type="log", dtick=1, fixedrange=True, automargin=False),
        ),
    )
