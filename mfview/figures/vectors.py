"""Vectors and their dot product: what adds up, at what angle, by which signs, and who wins by length (notes §3, 4)."""

from collections.abc import Sequence
from typing import NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore import interpret
from mfcore.ratings import Floats, Ints
from mfview import labels, style


class Term(NamedTuple):
    """One thing that is added: what it is called, how it came about in a few characters, and its value."""

    name: str
    detail: str
    value: float


def adding_up(
    terms: Sequence[Term],
    total: str,
    palette: style.Palette,
    *,
    title: str,
    unit: str,
    actual: float | None = None,
) -> go.Figure:
    """Signed bars that start where the one above ends, and their sum. Solid adds, hatched takes away.

    total: what the sum is called.  unit: the axis, with its unit.  actual: a value to hold the sum against.
    """
    values = np.array([t.value for t in terms])
    ends = np.cumsum(values)
    rows = np.arange(len(terms) + 1)
    lengths, bases = [*values, ends[-1]], [*(ends - values), 0.0]
    negative = [v < 0 for v in lengths]
    colours = [palette.negative if n else palette.positive for n in negative]
    texts = [style.signed(v) for v in values] + [f"<b>{_minus(ends[-1])}</b>"]
    fig = go.Figure()
    fig.add_scatter(
        x=np.repeat(ends, 2)[:],
        y=np.stack([rows[:-1], rows[:-1] + 1], axis=1).ravel(),
        mode="lines",
        line=dict(color=palette.quiet, width=1, dash="dot"),
        hoverinfo="skip",
        showlegend=False,
    )
    fig.add_bar(
        x=lengths,
        base=bases,
        y=rows,
        orientation="h",
        width=0.62,
        text=texts,
        textposition="outside",
        textfont=dict(color=palette.ink, size=13),
        cliponaxis=False,
        marker=dict(
            color=[*colours[:-1], palette.highlight],
            line=dict(color=[*colours[:-1], palette.ink], width=1.5),
            pattern=dict(shape=["/" if n else "" for n in negative[:-1]] + [""], solidity=0.35, fgcolor=palette.paper),
        ),
        hovertext=[
            f"{labels.plain(t.name)}: {style.signed(t.value)}<br>running sum {_minus(e)}"
            for t, e in zip(terms, ends, strict=True)
        ]
        + [f"{labels.plain(total)} = {_minus(ends[-1])}"],
        hoverinfo="text",
        showlegend=False,
    )
    held = "" if actual is None else f" The actual rating is {actual:g}."
    style.framed(
        fig,
        title=title,
        x=unit,
        alt="Added up one after another: "
        + ", ".join(f"{t.name} {style.signed(t.value)}" for t in terms)
        + f". {total} is {_minus(ends[-1])}.{held}",
        palette=palette,
        height=120 + 44 * len(rows),
    )
    reach = [0.0, *ends] + ([] if actual is None else [actual])
    low, high = min(reach), max(reach)
    pad = 0.22 * max(high - low, 1.0)
    fig.update_xaxes(range=[low - (pad if low < 0 else 0.3 * pad), high + pad], zeroline=True, zerolinewidth=2)
    fig.update_xaxes(zerolinecolor=palette.quiet)
    fig.update_yaxes(
        range=[len(rows) - 0.4, -0.6],
        showgrid=False,
        zeroline=False,
        tickvals=rows,
        ticktext=[_two_lines(t.name, t.detail) for t in terms] + [f"<b>{labels.plain(total)}</b>"],
    )
    if actual is not None:
        fig.add_vline(actual, line=dict(color=palette.ink, width=2, dash="dash"))
        fig.add_annotation(
            x=actual, y=1, yref="paper", yanchor="bottom", text=f"actual rating {actual:g}", showarrow=False
        )
    return fig


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
            hovertemplate=f"the shadow of u on w: ‖u‖ cos θ = {_minus(flat_u[0])}<extra></extra>",
            showlegend=False,
        )
        middle = np.radians(theta / 2)
        fig.add_annotation(
            x=1.5 * radius * np.cos(middle),
            y=1.5 * radius * np.sin(middle),
            text=f"θ = {theta:.0f}°",
            showarrow=False,
            xanchor="left" if theta < 120 else "center",
            yanchor="bottom",
        )
    for name, tip, colour in (("w", flat_w, palette.neutral), ("u", flat_u, palette.highlight)):
        length = float(interpret.norm(tip))
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
            yshift=-8 if name == "w" else 6,
            xanchor="center",
        )
    style.framed(
        fig,
        title=f"cos θ = {_minus(cos)}" if both else "A vector of zeros points nowhere",
        x="along w (length)",
        y="across w (length)",
        alt=f"w, of length {float(interpret.norm(w)):.2f}, and u, of length {float(interpret.norm(u)):.2f}, drawn from "
        f"one point at an angle of {theta:.0f} degrees; the cosine is {_minus(cos)}.",
        palette=palette,
        height=380,
    )
    xs, top = [0.0, flat_w[0], flat_u[0]], max(flat_u[1], 0.4 * flat_w[0], 0.5)
    pad = 0.28 * max(max(xs) - min(xs), 1.0)
    fig.update_xaxes(range=[min(xs) - pad, max(xs) + pad], zeroline=True, constrain="domain")
    fig.update_yaxes(range=[-0.3 * top, 1.25 * top], zeroline=True, scaleanchor="x", constrain="domain")
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
        height=380,
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
            name="all films",
            marker=dict(color=palette.neutral, size=4, opacity=0.45),
            hovertemplate="%{customdata:,} film(s) with %{x:,} ratings, ‖u‖ about %{y:.2f}<extra></extra>",
        )
    )
    drawn = (
        ("near by cosine", marked.cosine, "circle-open", palette.ink, 12),
        ("near by dot product", marked.dot, "diamond", palette.highlight, 11),
        ("the film itself", np.array([marked.j]), "star", palette.ink, 16),
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
        title="Much-rated films have long vectors",
        x="ratings of the film (count, log scale)",
        y="‖u‖ (length)",
        alt=f"The length of each film's vector against its number of ratings, rank correlation {rho:.2f}. The films "
        f"nearest by dot product lie higher, at a mean length of {float(lengths[marked.dot].mean()):.2f}, than those "
        f"nearest by cosine, at {float(lengths[marked.cosine].mean()):.2f}.",
        palette=palette,
        height=420,
    )
    fig.update_xaxes(type="log", dtick=1)
    fig.update_layout(legend=dict(orientation="h", y=-0.22, yanchor="top", x=0, xanchor="left"))
    return fig


def _two_lines(name: str, detail: str) -> str:
    quiet = f"<br><span style='font-size:11px'>{labels.plain(detail)}</span>" if detail else ""
    return f"{labels.plain(name)}{quiet}"


def _minus(x: float) -> str:
    return f"{round(float(x), 2) + 0.0:.2f}".replace("-", "−")


def _sign(x: int) -> str:
    return "+" if x > 0 else "−"
