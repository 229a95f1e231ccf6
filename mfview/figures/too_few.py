"""Too few ratings (E11): all solutions of one row, and what k and λ do to a real fit."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed


def family(
    a: Floats, predicted: Floats, films: Sequence[str], rated: Sequence[bool], user: str, palette: Palette = LIGHT
) -> go.Figure:
    """Predictions along the solutions x + a·d. a: (n,).  predicted: (n, M) in stars.  rated: (M,)."""
    fig = go.Figure()
    places = _apart(predicted[-1], 0.05 * float(np.ptp(predicted)))
    for j in np.argsort(rated, kind="stable"):
        seen = bool(rated[j])
        name = labels.plain(films[j])
        fig.add_scatter(
            x=rounded(a),
            y=rounded(predicted[:, j]),
            mode="lines",
            name=f"rated by {user}" if seen else "not rated",
            legendgroup=str(seen),
            showlegend=bool(j == np.flatnonzero(np.asarray(rated) == seen)[0]),
            line=dict(
                color=palette.train if seen else palette.neutral,
                width=4 if seen else 1.5,
                dash=None if seen else "dash",
            ),
            hovertemplate=f"{name}<br>a = %{{x:.2f}}: r̂ = %{{y:.2f}}<extra></extra>",
        )
        fig.add_annotation(
            x=a[-1], y=places[j], text=name, showarrow=False, xanchor="left", xshift=4,
            font=dict(size=11, color=palette.ink),
        )  # fmt: skip
    note = dict(text="shortest w", font=dict(size=12, color=palette.ink))
    fig.add_vline(x=0, line=dict(color=palette.highlight, width=3), annotation=note, annotation_position="bottom right")
    flat = sum(rated)
    return framed(
        fig,
        title=f"{user}: one J, many predictions",
        x="a: how far along the free direction d",
        y="r̂ in stars",
        alt=f"Predictions for {len(films)} films as w moves along the free direction. The {flat} rated films keep "
        f"their prediction; those of the other {len(films) - flat} change by up to "
        f"{float(np.ptp(predicted, axis=0).max()):.1f} stars, while J stays the same.",
        palette=palette,
        height=430,
        layout=legend_under_title(xaxis=dict(range=(float(a[0]), float(a[-1]))), margin=dict(l=8, r=104, t=84, b=8)),
    )


def lengths(a: Floats, norms: Floats, palette: Palette = LIGHT) -> go.Figure:
    """‖w‖ along the same solutions. a, norms: (n,)."""
    fig = go.Figure(
        go.Scatter(
            x=rounded(a),
            y=rounded(norms),
            mode="lines",
            line=dict(color=palette.ink, width=2.5),
            hovertemplate="a = %{x:.2f}: ‖w‖ = %{y:.3f}<extra></extra>",
        )
    )
    fig.add_vline(x=0, line=dict(color=palette.highlight, width=3))
    return framed(
        fig,
        title="The length of w",
        x="a: how far along the free direction d",
        y="‖w‖",
        alt=f"The length of w along the same solutions: {float(norms.min()):.2f} at a = 0, where it is smallest, "
        f"and up to {float(norms.max()):.2f} at the ends.",
        palette=palette,
        height=430,
        layout=legend_under_title(),
    )


def against_k(
    ks: Sequence[int],
    values: Mapping[str, Sequence[float]],
    what: str,
    unit: str,
    colour: str,
    palette: Palette = LIGHT,
) -> go.Figure:
    """One number of a real fit against k, a line for each λ. values: {"0": …, "5": …}, each as long as ks."""
    looks: list[dict[str, Any]] = [
        dict(line=dict(color=colour, width=2.5, dash="dot"), marker=dict(symbol="x", size=9)),
        dict(line=dict(color=colour, width=2.5), marker=dict(symbol="circle", size=8)),
    ]
    fig = go.Figure()
    for look, (lam, ys) in zip(looks, values.items(), strict=True):
        fig.add_scatter(
            x=list(ks),
            y=rounded(ys),
            mode="lines+markers",
            name=f"λ = {lam}",
            hovertemplate=f"k = %{{x}}, λ = {lam}: %{{y:,.4g}}<extra></extra>",
            **look,
        )
    said = "; ".join(f"at λ = {lam} from {ys[0]:,.3g} to {ys[-1]:,.3g}" for lam, ys in values.items())
    return framed(
        fig,
        title=what,
        x="k",
        y=f"{unit} (log scale)",
        alt=f"{what} against k from {ks[0]} to {ks[-1]}: {said}.",
        palette=palette,
        height=380,
        layout=legend_under_title(yaxis=dict(type="log", dtick=1)),
    )


def _apart(values: Floats, gap: float) -> Floats:
    """`values` moved so that no two are closer than `gap`, their order and mean kept: places for labels."""
    order = np.argsort(values, kind="stable")
    places = values[order].astype(float)
    for n in range(1, len(places)):
        places[n] = max(places[n], places[n - 1] + gap)
    places += values.mean() - places.mean()
    out = np.empty_like(places)
    out[order] = places
    return out
