"""Two vectors and many: their angle, the signs that meet, and who wins by length (notes §3; E12)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore import interpret
from mfcore.ratings import Floats, Ints
from mfview import labels, style
from mfview.figures.layout import legend_under_title


def angle(w: Floats, u: Floats, palette: style.Palette) -> go.Figure:
    """w and u in the plane they span, at their true lengths and angle, with the shadow of u on w. w, u: (k,)."""
    flat_w, flat_u = interpret.plane(w, u)
    theta, cos = interpret.angle(w, u), float(interpret.cosine(w, u))
    fig = go.Figure()
    arc = np.radians(np.linspace(0, theta, 40))
    radius = 0.3 * min(x for x in (flat_w[0], float(interpret.norm(u)), 9.0) if x > 0)
    both = bool(flat_w[0] and interpret.norm(u))
    if both:
        fig.add_scatter(
            x=radius * np.cos(arc),
            y=radius * np.sin(arc),
            mode="lines",
            line=dict(color=palette.ink, width=2),
            hovertemplate=f"θ = {theta:.1f}°<extra></extra>",
            showlegend=False,
        )
        fig.add_scatter(
            x=[flat_u[0], flat_u[0]],
            y=[flat_u[1], 0],
            mode="lines",
            line=dict(color=palette.quiet, width=1.5, dash="dot"),
            hovertemplate=f"the shadow of u on w: ‖u‖ cos θ = {labels.decimal(flat_u[0])}<extra></extra>",
            showlegend=False,
        )
        fig.add_annotation(x=0, y=0, text=f"θ = {theta:.0f}°", showarrow=False, yanchor="top", yshift=-6)
    for name, tip, colour in (("w", flat_w, palette.neutral), ("u", flat_u, palette.highlight)):
        length = float(interpret.norm(tip))
        if not length:
            continue
        fig.add_scatter(
            x=[0, tip[0]],
            y=[0, tip[1]],
            mode="lines+markers",
            line=dict(color=colour, width=4),
            marker=dict(symbol="arrow", size=[0, 16], angleref="previous", color=colour),
            hovertemplate=f"{name}, length {length:.2f}<extra></extra>",
            showlegend=False,
        )
        fig.add_annotation(
            x=tip[0],
            y=tip[1],
            text=f"<b>{name}</b>  ‖{name}‖ = {length:.2f}",
            showarrow=False,
            yanchor="top" if name == "w" else "bottom",
            yshift=-6 if name == "w" else 6,
            xanchor="center" if abs(tip[0]) > 0.4 * length else "left",
        )
    style.framed(
        fig,
        title=f"cos θ = {labels.decimal(cos)}" if both else "A vector of zeros points nowhere",
        x="along w (length)",
        y="across w (length)",
        alt=f"w, of length {float(interpret.norm(w)):.2f}, and u, of length {float(interpret.norm(u)):.2f}, drawn from "
        f"one point at an angle of {theta:.0f} degrees; the cosine is {labels.decimal(cos)}.",
        palette=palette,
        height=330,
    )
    xs = [0.0, flat_w[0], flat_u[0]]
    wide = max(max(xs) - min(xs), 0.5)
    # One unit is as long across as along, so that the angle is true; the axes stretch to fill the panel.
    fig.update_xaxes(range=[min(xs) - 0.3 * wide, max(xs) + 0.3 * wide], zeroline=True)
    fig.update_yaxes(range=[-0.2 * wide, flat_u[1] + 0.2 * wide], zeroline=True, scaleanchor="x")
    return fig


def signs(names: Sequence[str], w: Floats, u: Floats, palette: style.Palette) -> go.Figure:
    """The sign rule as four squares, each with the factors whose signs meet there. w, u: (k,)."""
    meet: dict[tuple[int, int], list[str]] = {(a, b): [] for a in (1, -1) for b in (1, -1)}
    for name, x, y in zip(names, np.sign(w), np.sign(u), strict=True):
        if x and y:
            meet[int(x), int(y)].append(name)
    silent = [name for name, x, y in zip(names, w, u, strict=True) if not x * y]
    fig = go.Figure(
        go.Heatmap(
            z=[[1, -1], [-1, 1]],
            zmin=-3,
            zmax=3,
            colorscale=palette.diverging,
            showscale=False,
            xgap=4,
            ygap=4,
            hovertext=[[f"w {_sign(a)} times u {_sign(b)}: {_sign(a * b)}" for b in (1, -1)] for a in (1, -1)],
            hoverinfo="text",
        )
    )
    for (a, b), found in meet.items():
        fig.add_annotation(
            x=0 if b > 0 else 1,
            y=0 if a > 0 else 1,
            text=f"<b>{_sign(a)} · {_sign(b)} = {_sign(a * b)}</b><br>"
            + ("<br>".join(map(labels.plain, found)) or "–"),
            showarrow=False,
            font=dict(size=14),
        )
    rest = f" {', '.join(silent)} adds nothing." if silent else ""
    style.framed(
        fig,
        title="Equal signs add, unequal signs subtract",
        x="content u: the film",
        y="taste w: the user",
        alt="Four squares for the signs of taste and content. "
        + " ".join(
            f"{_sign(a)} times {_sign(b)} gives {_sign(a * b)}: {', '.join(found) or 'none'}."
            for (a, b), found in meet.items()
        )
        + rest,
        palette=palette,
        height=330,
    )
    fig.update_xaxes(showgrid=False, zeroline=False, tickvals=[0, 1], ticktext=["+ has it", "− lacks it"])
    fig.update_yaxes(showgrid=False, zeroline=False, tickvals=[0, 1], ticktext=["+ likes", "− dislikes"])
    fig.update_yaxes(autorange="reversed")
    return fig


class Marked(NamedTuple):
    """Films to be marked in a picture of many: the film asked about and its neighbours by dot and by cosine."""

    j: int
    dot: Ints
    cosine: Ints


def norms(counts: Ints, lengths: Floats, titles: Sequence[str], marked: Marked, palette: style.Palette) -> go.Figure:
    """‖u_j‖ of every rated film against its number of ratings, the neighbours of one of them marked.

    counts, lengths, titles: (M,).  Films that would fall on one spot are drawn once; hover says how many.
    """
    rated = counts > 0
    step = max(float(lengths.max()) / 60, 1e-12)
    spots, times = np.unique(
        np.stack([counts[rated], np.round(lengths[rated] / step)], axis=1), axis=0, return_counts=True
    )
    fig = go.Figure(
        go.Scatter(
            x=spots[:, 0].astype(np.int32),
            y=(spots[:, 1] * step).round(3).astype(np.float32),
            customdata=times.astype(np.int32),
            mode="markers",
            showlegend=False,
            marker=dict(color=palette.neutral, size=4, opacity=0.45),
            hovertemplate="%{customdata:,} film(s) with %{x:,} ratings, ‖u‖ about %{y:.2f}<extra></extra>",
        )
    )
    drawn = (
        ("by cosine", marked.cosine, "circle-open", palette.ink, 18),
        ("by dot product", marked.dot, "diamond", palette.highlight, 11),
        ("the film", np.array([marked.j]), "star", palette.ink, 16),
    )
    for name, films, symbol, colour, size in drawn:
        fig.add_scatter(
            x=counts[films],
            y=lengths[films].round(3),
            mode="markers",
            name=name,
            marker=dict(symbol=symbol, color=colour, size=size, line=dict(color=palette.ink, width=1.5)),
            hovertext=[
                f"{labels.plain(titles[j])}<br>{counts[j]:,} ratings, ‖u‖ = {lengths[j]:.2f}" for j in films.tolist()
            ],
            hoverinfo="text",
        )
    rho = interpret.rank_correlation(counts[rated], lengths[rated])
    style.framed(
        fig,
        title="The length of every film's vector",
        x="ratings of the film (count, log scale)",
        y="‖u‖ (length)",
        alt=f"The length of each film's vector against its number of ratings, rank correlation {rho:.2f}. The films "
        f"nearest by dot product have a median length of {interpret.median(lengths, marked.dot):.2f}, those nearest by "
        f"cosine {interpret.median(lengths, marked.cosine):.2f}.",
        palette=palette,
        height=420,
    )
    fig.update_xaxes(type="log", tickvals=[m * 10**p for p in range(7) for m in (1, 2, 5)], tickformat=",")
    return fig.update_layout(**legend_under_title())


def _sign(x: int) -> str:
    return "+" if x > 0 else "−"
