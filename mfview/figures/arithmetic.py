"""Vectors added and taken away: the parallelogram of an analogy, and who is nearest to its corner (notes §13)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats
from mfcore.words import Plane
from mfview import labels
from mfview.style import LIGHT, Palette, framed


class Corners(NamedTuple):
    """The rows a, b and c of an analogy, and the row it is answered with."""

    a: int
    b: int
    c: int
    answer: int


def parallelogram(
    seen: Plane, who: Corners, names: Sequence[str], others: Sequence[int], palette: Palette = LIGHT
) -> go.Figure:
    """w_a − w_b + w_c in the plane of the three: two arrows that are one difference, and where the answer falls.

    names: (V,).  others: rows that are drawn as well, pale.
    """
    at = seen.at
    target = at[who.a] - at[who.b] + at[who.c]
    fig = go.Figure()
    rest = [q for q in others if q not in who]
    fig.add_scatter(
        x=at[rest, 0].astype(np.float32),
        y=at[rest, 1].astype(np.float32),
        mode="markers+text",
        text=[labels.plain(names[q]) for q in rest],
        textposition="top center",
        textfont=dict(size=11, color=palette.quiet),
        marker=dict(size=6, color=palette.neutral),
        hovertext=[f"{labels.plain(names[q])}, {seen.off[q]:.2f} out of this plane" for q in rest],
        hoverinfo="text",
        showlegend=False,
    )
    for start, end, dash, colour in (
        (at[who.b], at[who.a], "solid", palette.ink),
        (at[who.c], target, "solid", palette.highlight),
        (at[who.b], at[who.c], "dot", palette.quiet),
        (at[who.a], target, "dot", palette.quiet),
    ):
        arrow = dash == "solid"
        fig.add_scatter(
            x=[start[0], end[0]],
            y=[start[1], end[1]],
            mode="lines+markers" if arrow else "lines",
            line=dict(color=colour, width=3 if arrow else 1.5, dash=dash),
            marker=dict(symbol="arrow", size=[0, 15 if arrow else 0], angleref="previous", color=colour),
            hoverinfo="skip",
            showlegend=False,
        )
    named = list(dict.fromkeys(who))
    fig.add_scatter(
        x=at[named, 0],
        y=at[named, 1],
        mode="markers",
        marker=dict(
            size=[14 if q == who.answer else 10 for q in named],
            symbol=["star" if q == who.answer else "circle" for q in named],
            color=[palette.highlight if q == who.answer else palette.ink for q in named],
            line=dict(color=palette.ink, width=1),
        ),
        hovertext=[f"{labels.plain(names[q])}, {seen.off[q]:.2f} out of this plane" for q in named],
        hoverinfo="text",
        showlegend=False,
    )
    middle = (at[who.b] + target) / 2
    long = max(len(names[q]) for q in named) > 12
    crowded = long or float(np.ptp(at[named, 0])) < 0.3 * float(np.ptp(at[[*named, *rest], 0]))
    left, wide = float(at[named, 0].min()), float(np.ptp(np.append(at[named, 0], target[0]))) or 1.0
    for side in (1, -1):
        here = [q for q in named if (at[q, 1] >= middle[1]) == (side > 0)]
        for n, q in enumerate(sorted(here, key=lambda q: float(at[q, 0]))):
            fig.add_annotation(
                x=float(at[q, 0]), y=float(at[q, 1]), text=f"<b>{labels.plain(labels.short(names[q], 24))}</b>",
                showarrow=False, yshift=side * (18 + 17 * (n % 2 if crowded else 0)),
                font=dict(size=12 if long else 14, color=palette.ink),
                xanchor=_inwards((float(at[q, 0]) - left) / wide) if long else "center",
            )  # fmt: skip
    a, b, c, answer = (names[q] for q in who)
    apart = float(np.hypot(np.linalg.norm(at[who.answer] - target), seen.off[who.answer]))
    # Room on all sides for the names, which a phone's width leaves little of.
    points = np.vstack([at[named], at[rest], target])
    low, high = points.min(axis=0), points.max(axis=0)
    pad = 0.16 * float((high - low).max() or 1.0)
    along = dict(zeroline=False)
    return framed(
        fig,
        title="a − b + c" if long else f"{labels.plain(a)} − {labels.plain(b)} + {labels.plain(c)}",
        x="along c − b (length)",
        y="across it (length)",
        alt=f"In the plane of {a}, {b} and {c}: the arrow from {b} to {a}, and the same arrow from {c}, whose tip is "
        f"{apart:.2f} from {answer}. The arrow is {np.linalg.norm(at[who.a] - at[who.b]):.2f} long.",
        palette=palette,
        height=460,
        layout=dict(
            xaxis=along | dict(range=(low[0] - pad, high[0] + pad)),
            yaxis=along | dict(range=(low[1] - pad, high[1] + pad), scaleanchor="x"),
        ),
    )


def _inwards(place: float) -> str:
    """Which end of a long name stands at its point, so that it stays in the picture. place: 0, left, to 1, right."""
    return "left" if place < 0.3 else "right" if place > 0.7 else "center"


def ranked(
    names: Sequence[str], cosines: Floats, given: Sequence[bool], palette: Palette = LIGHT, *, title: str
) -> go.Figure:
    """Answers by cosine, nearest first; those that were given stand out, for they do not count. All: (n,)."""
    first = next((n for n, own in enumerate(given) if not own), None)
    colours = [
        palette.missing if own else palette.highlight if n == first else palette.neutral for n, own in enumerate(given)
    ]
    words = [
        labels.plain(labels.short(name, 30)) + (" (given)" if own else "")
        for name, own in zip(names, given, strict=True)
    ]
    fig = go.Figure(
        go.Bar(
            x=cosines.astype(np.float32),
            y=list(range(len(names))),
            orientation="h",
            marker=dict(color=colours, line=dict(color=palette.quiet, width=[1 if own else 0 for own in given])),
            text=[labels.decimal(x) for x in cosines],
            textposition="auto",
            hovertext=words,
            hoverinfo="text",
            showlegend=False,
        )
    )
    said = "; ".join(f"{w} {labels.decimal(x)}" for w, x in zip(words[:4], cosines[:4].tolist(), strict=True))
    return framed(
        fig,
        title=title,
        x="cosine",
        alt=f"The nearest by cosine: {said}.",
        palette=palette,
        height=110 + 32 * len(names),
        layout=dict(
            yaxis=dict(
                tickvals=list(range(len(names))), ticktext=words, autorange="reversed", showgrid=False, fixedrange=True
            ),
            xaxis=dict(range=(min(0.0, float(cosines.min(initial=0.0))) - 0.02, 1.02), fixedrange=True),
        ),
    )
