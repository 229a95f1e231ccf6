"""λ from 0 to large on one axis: logarithmic, with 0 a step to the left of the smallest λ above it (notes §8, 9)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import Palette, framed

TITLE = "λ (log scale, with 0 at the left end)"
_MOST_TICKS = 6
_WASH = 0.16  # how much of its colour a band keeps


def places(lams: Sequence[float] | Floats, over: Sequence[float] | Floats) -> Floats:
    """Where each λ stands on the axis that `over`, ascending, spans: log₁₀ λ, and 0 a step below the smallest."""
    above = np.log10([lam for lam in over if lam > 0])
    floor = above[0] - max(0.5, float(np.ptp(above)) / 8)
    return np.array([np.log10(lam) if lam > 0 else floor for lam in lams])


def axis(over: Sequence[float] | Floats) -> dict[str, Any]:
    """Ticks at 0 and at powers of ten, few enough for a phone, and a little room at both ends."""
    at = places(over, over)
    decades = np.arange(np.ceil(at[at > at[0]][0] - 1e-9), np.floor(at[-1] + 1e-9) + 1)
    decades = decades[:: -(-len(decades) // _MOST_TICKS)]
    zero = [float(at[0])] if over[0] == 0 else []
    return dict(
        tickvals=[*zero, *decades.tolist()],
        ticktext=[*("0" for _ in zero), *(f"{10.0**d:g}" if abs(d) < 4 else f"10{raised(int(d))}" for d in decades)],
        tickangle=0,
        range=[float(at[0]) - 0.15, float(at[-1]) + 0.15],
        zeroline=False,
    )


def raised(power: int) -> str:
    """A whole number as an exponent."""
    return str(power).translate(str.maketrans("-0123456789", "⁻⁰¹²³⁴⁵⁶⁷⁸⁹"))


def mark(fig: go.Figure, lam: float, over: Sequence[float] | Floats, palette: Palette) -> None:
    """A line across the picture at the λ in view."""
    fig.add_vline(
        float(places([lam], over)[0]),
        line=dict(color=palette.highlight, width=2),
        annotation=dict(text=f"λ = {lam:g}", font=dict(size=12, color=palette.ink)),
        annotation_position="top right",
    )


def errors(
    lams: Sequence[float] | Floats,
    train: Sequence[float] | Floats,
    test: Sequence[float] | Floats,
    palette: Palette,
    *,
    title: str,
    unit: str,
    over: Sequence[float] | Floats,
    spread: Sequence[float] | Floats = (),
    at: float | None = None,
) -> go.Figure:
    """Train and test error against λ, the lowest test error marked, and a band of ± spread around it where given.

    over: all λ there will be, where `lams` are those found so far.  at: a λ to mark.  Errors far above that of the
    largest λ leave the picture; the worst of them is written at its upper edge.
    """
    x, seen, unseen = places(lams, over), np.asarray(train), np.asarray(test)
    top = 1.15 * max(float(unseen[-1]), float(seen[-1]), 1.3 * float(unseen.min()))
    fig = go.Figure()
    if np.any(spread):
        near = unseen < 1.5 * top
        around, off = unseen[near], np.asarray(spread)[near]
        fig.add_scatter(
            x=np.concatenate([x[near], x[near][::-1]]),
            y=rounded(np.concatenate([around + off, (around - off)[::-1]])),
            fill="toself",
            fillcolor=_washed(palette.test),
            line=dict(width=0),
            mode="lines",
            hoverinfo="skip",
            name="± spread",
            legendrank=2000,
        )
    for name, ys, colour, dash in (("train", seen, palette.train, "solid"), ("test", unseen, palette.test, "dot")):
        fig.add_scatter(
            x=x,
            y=rounded(np.minimum(ys, 2 * top)),
            customdata=[f"λ = {lam:g}: {name} RMSE {y:,.4g}" for lam, y in zip(lams, ys, strict=True)],
            name=name,
            mode="lines+markers",
            line=dict(color=colour, width=2.5, dash=dash),
            marker=dict(size=6),
            hovertemplate="%{customdata}<extra></extra>",
        )
    low = int(np.argmin(unseen))
    fig.add_scatter(
        x=[x[low]],
        y=rounded(unseen[[low]]),
        name="lowest test error",
        mode="markers",
        marker=dict(symbol="star", size=16, color=palette.highlight, line=dict(color=palette.ink, width=1.5)),
        hovertemplate=f"lowest test error: {unseen[low]:.4f} at λ = {lams[low]:g}<extra></extra>",
    )
    worst = int(np.argmax(unseen))
    if unseen[worst] > top:
        fig.add_annotation(
            x=x[worst],
            y=top,
            text=f"▲ {unseen[worst]:,.3g}",
            showarrow=False,
            xanchor="left",
            yanchor="top",
            font=dict(size=12, color=palette.test),
        )
    if at is not None:
        mark(fig, at, over, palette)
    return framed(
        fig,
        title=title,
        x=TITLE,
        y=f"RMSE{unit}",
        alt=f"Error against λ from {lams[0]:g} to {lams[-1]:g}: the training error goes from {seen[0]:.3g} to "
        f"{seen[-1]:.3g}, the test error from {unseen[0]:.3g} to {unseen[-1]:.3g}. The test error is lowest, "
        f"{unseen[low]:.4g}, at λ = {lams[low]:.3g}.",
        palette=palette,
        height=380,
        layout=legend_under_title(
            xaxis=axis(over), yaxis=dict(range=[0.9 * float(min(seen.min(), unseen.min())), top])
        ),
    )


def _washed(colour: str) -> str:
    red, green, blue = (int(colour[n : n + 2], 16) for n in (1, 3, 5))
    return f"rgba({red},{green},{blue},{_WASH})"
