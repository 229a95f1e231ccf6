"""Singular values, what the first k of them keep, and errors against k."""

from collections.abc import Mapping, Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfview import labels
from mfview.figures import lam_axis
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

ROUNDING = 1e-10  # of the largest singular value
FAR = 1.6  # a curve that never comes below this times the lowest is named and not drawn


def values(s: Floats, k: int, palette: Palette = LIGHT, *, unit: str) -> go.Figure:
    """s_1 ≥ s_2 ≥ …, the first k of them kept. s: (n,), in `unit`."""
    f = np.arange(1, len(s) + 1)
    above = s > ROUNDING * s[0]  # what rounding left of a 0 has no place on a log scale
    fig = go.Figure()
    for name, kept, colour in (("kept", f <= k, palette.highlight), ("left out", f > k, palette.neutral)):
        part = kept & above
        fig.add_bar(
            x=f[part],
            y=rounded(s[part]),
            name=name,
            marker=dict(color=colour, line=dict(width=0)),
            customdata=rounded(s[part]),
            hovertemplate=f"s<sub>%{{x}}</sub> = %{{customdata:.4g}}, {name}<extra></extra>",
        )
    return framed(
        fig,
        title="The spectrum: singular values",
        x="f, from the largest on",
        y=f"{unit} (log scale)",
        alt=f"{len(s)} singular values from {s[0]:.3g} down to {s[-1]:.2g}; the first {min(k, len(s))} are kept"
        + ("." if above.all() else f", and {int((~above).sum())} are 0 up to rounding."),
        palette=palette,
        height=340,
        layout=legend_under_title(
            bargap=0.15 if len(s) <= 60 else 0.0,
            barmode="overlay",
            yaxis=_logarithmic(s[above] if above.any() else [1.0]),
            xaxis=dict(range=(0.4, len(s) + 0.6)),
        ),
    )


def energy(shares: Floats, k: int, palette: Palette = LIGHT) -> go.Figure:
    """The share of the squared size that the first 1, 2, … triplets hold, with k marked. shares: (n,), 0 to 1."""
    f = np.arange(1, len(shares) + 1)
    y, at = 100 * shares, min(k, len(shares))
    low = max(0.0, 100 - 1.15 * (100 - float(y[0]))) if y[0] > 50 else 0.0
    fig = go.Figure(
        go.Scatter(
            x=f,
            y=rounded(y),
            mode="lines",
            line=dict(color=palette.ink, width=2.5),
            hovertemplate="%{x} triplets hold %{y:.1f} %<extra></extra>",
        )
    )
    fig.add_scatter(
        x=[at],
        y=[float(y[at - 1])],
        mode="markers+text",
        marker=dict(color=palette.highlight, size=13, line=dict(color=palette.ink, width=1.5)),
        text=[f"k = {at}: {y[at - 1]:.1f} %"],
        textposition="bottom right" if at < 0.6 * len(shares) else "bottom left",
        textfont=dict(color=palette.ink),
        hoverinfo="skip",
    )
    return framed(
        fig,
        title="Energy kept",
        x="k, triplets kept",
        y="% of all squares",
        alt=f"The share of the squared cells that k triplets hold: {y[0]:.1f} percent at k = 1, {y[at - 1]:.1f} "
        f"percent at k = {at}, {y[-1]:.1f} percent at k = {len(shares)}.",
        palette=palette,
        height=340,
        layout=legend_under_title(showlegend=False, yaxis=dict(range=(low, 100 + 0.04 * (100 - low)))),
    )


class Look(NamedTuple):
    """How a curve is drawn."""

    colour: str
    dash: str
    symbol: str


def curves(
    found: Mapping[str, Sequence[tuple[int, float]]],
    looks: Mapping[str, Look],
    palette: Palette = LIGHT,
    *,
    title: str,
    y: str,
    log: bool = False,
) -> go.Figure:
    """One error against k, a line for each method. found: {name: (k, error) in ascending k}.

    A curve that stays far above the others is named below the title and left out, so that these can be told apart.
    """
    lowest = min((error for curve in found.values() for _, error in curve), default=0.0)
    far = [name for name, curve in found.items() if not log and min(e for _, e in curve) > FAR * lowest > 0]
    fig = go.Figure()
    for name, curve in found.items():
        if name in far:
            continue
        look = looks[name]
        fig.add_scatter(
            x=[k for k, _ in curve],
            y=rounded([error for _, error in curve]),
            mode="lines+markers",
            name=name,
            line=dict(color=look.colour, width=2.5, dash=look.dash),
            marker=dict(symbol=look.symbol, size=9, color=look.colour),
            hovertemplate=f"{labels.plain(name)}, k = %{{x}}: %{{y:.4g}}<extra></extra>",
        )
    best = {name: min(curve, key=lambda point: point[1]) for name, curve in found.items()}
    said = "; ".join(f"{name} {error:.3g} at k = {k}" for name, (k, error) in best.items())
    if far:
        text = "Far above: " + "; ".join(f"{name}, {best[name][1]:.2f} at best" for name in far)
        fig.add_annotation(
            text=text, x=1, y=1, xref="paper", yref="paper", xanchor="right", yanchor="top", showarrow=False,
            font=dict(size=12, color=palette.quiet),
        )  # fmt: skip
    return framed(
        fig,
        title=title,
        x="k",
        y=y + (" (log scale)" if log else ""),
        alt=f"{title} against k. The lowest of each: {said}." if found else f"{title} against k: nothing found yet.",
        palette=palette,
        height=460,
        layout=dict(
            # Below the picture: on a phone so many names take a line each and would meet the title.
            legend=dict(x=0, xanchor="left", y=-0.2, yanchor="top"),
            xaxis=dict(title=dict(standoff=4)),
            showlegend=True,
            yaxis=_logarithmic([e for curve in found.values() for _, e in curve]) if log else dict(),
        ),
    )


def _logarithmic(shown: Sequence[float] | Floats) -> dict[str, Any]:
    """A log scale with numbers written out: 1, 2, 5 of each decade, or whole decades where there are many."""
    low, high = (float(np.log10(max(x, 1e-300))) for x in (np.min(shown), np.max(shown)))
    multiples = (1, 2, 5) if high - low < 2 else (1,)
    powers = range(int(np.floor(low)), int(np.ceil(high)) + 1, 1 + int(high - low) // 6)
    values = [m * 10.0**e for e in powers for m in multiples]
    texts = [f"{x:g}" if 1e-4 < x < 1e5 else f"10{lam_axis.raised(round(np.log10(x)))}" for x in values]
    return dict(type="log", tickvals=values, ticktext=texts)
