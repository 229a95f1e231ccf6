"""Items on two of the k axes, before and after all axes are turned, and what the axes have to do with genres (E10)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go
from numpy.typing import NDArray

from mfcore.ratings import Floats
from mfview import labels
from mfview.figures.layout import ink_on, legend_under_title, minus, rounded
from mfview.style import LIGHT, Palette, framed, signed

NAMED = 12  # directions in which the outermost film may carry its title


Box = tuple[tuple[float, float], tuple[float, float]]


def box_around(*clouds: Floats) -> Box:
    """The smallest square, with some room, that holds the origin and all points. clouds: (m, 2) each."""
    points = np.vstack([np.zeros((1, 2)), *clouds])
    low, high = points.min(axis=0), points.max(axis=0)
    half, middle = 0.58 * float((high - low).max() or 1.0), (low + high) / 2
    x, y = ((float(m - half), float(m + half)) for m in middle)
    return x, y


def items(
    U: Floats,
    axes: tuple[int, int],
    titles: Sequence[str],
    marked: NDArray[np.bool_],
    mark: str,
    palette: Palette = LIGHT,
    *,
    title: str,
    old: Floats | None = None,
    box: Box | None = None,
) -> go.Figure:
    """Every film at its entries on two axes; those of one genre stand out. U: (M, k).

    marked: (M,) which films; mark: what they share.  old: (k, k) where former axes point now, drawn as arrows.
    box: what both axes cover, so that two pictures can have one scale.
    """
    f, g = axes
    across, down = box or box_around(U[:, [f, g]])
    far = (across[1] - across[0]) / 2
    fig = go.Figure()
    for name, part, colour, symbol, size in (
        ("other films", ~marked, palette.neutral, "circle", 4),
        (mark, marked, palette.highlight, "diamond", 6),
    ):
        j = np.flatnonzero(part).tolist()
        fig.add_scatter(
            x=U[j, f].astype(np.float32),
            y=U[j, g].astype(np.float32),
            mode="markers",
            name=labels.plain(name),
            marker=dict(color=colour, symbol=symbol, size=size, opacity=0.65),
            hovertext=[f"{labels.plain(titles[q])}<br>{signed(U[q, f])}, {signed(U[q, g])}" for q in j],
            hoverinfo="text",
        )
    arrows = [] if old is None else [0.62 * far * old[axis, [f, g]] for axis in axes]
    for q in _outermost(U[:, [f, g]], far, arrows):
        fig.add_annotation(
            x=float(U[q, f]), y=float(U[q, g]), text=labels.plain(labels.short(titles[q], 18)), showarrow=False,
            yshift=10 if U[q, g] > 0 else -10, xanchor=_inwards((float(U[q, f]) - sum(across) / 2) / far),
            font=dict(size=11, color=palette.ink), bgcolor=palette.paper, opacity=0.85, borderpad=0,
        )  # fmt: skip
    apart = not arrows or abs(arrows[0][0] - arrows[1][0]) > 0.4 * far or abs(arrows[0][1] - arrows[1][1]) > 0.2 * far
    right = max(range(len(arrows)), key=lambda n: float(arrows[n][0]), default=0)
    for n, (axis, (x, y)) in enumerate(zip(axes, arrows, strict=False)):
        fig.add_annotation(
            x=0.8 * x, y=0.8 * y, ax=0, ay=0, xref="x", yref="y", axref="x", ayref="y", text="",
            showarrow=True, arrowhead=2, arrowsize=1.2, arrowwidth=2, arrowcolor=palette.ink,
        )  # fmt: skip
        fig.add_annotation(
            x=x, y=y, text=f"old axis {axis + 1}", showarrow=False,
            xanchor="center" if apart else "left" if n == right else "right",
            font=dict(size=12, color=palette.ink), bgcolor=palette.paper, borderpad=1,
        )  # fmt: skip
    along = dict(zeroline=True, zerolinecolor=palette.quiet, zerolinewidth=1)
    return framed(
        fig,
        title=title,
        x=f"axis {f + 1} of U",
        y=f"axis {g + 1} of U",
        alt=f"{len(U)} films at their entries on axes {f + 1} and {g + 1}; the {int(marked.sum())} that are {mark} "
        f"have means {_mean(U[marked, f])} and {_mean(U[marked, g])} there, the others {_mean(U[~marked, f])} and "
        f"{_mean(U[~marked, g])}.",
        palette=palette,
        height=500,
        layout=legend_under_title(xaxis=along | dict(range=across), yaxis=along | dict(range=down, scaleanchor="x")),
    )


def shares(before: Floats, after: Floats, turned: str, palette: Palette = LIGHT) -> go.Figure:
    """How many of the films each axis loads on, before and after a turn, from the fewest on. (k,) each, in percent."""
    axes = [str(f + 1) for f in range(len(before))]
    fig = go.Figure()
    for name, values, colour, pattern in (
        ("as they came", before, palette.neutral, ""),
        (turned, after, palette.highlight, "/"),
    ):
        fig.add_bar(
            x=axes, y=rounded(values), name=name, marker=dict(color=colour, pattern=dict(shape=pattern)),
            hovertemplate=f"axis %{{x}} {name}: %{{y:.1f}}% of the films<extra></extra>",
        )  # fmt: skip
        fig.add_hline(float(values.mean()), line=dict(color=colour, width=2, dash="dash" if pattern else "dot"))
    return framed(
        fig,
        title="Films an axis loads on",
        x="axis, from the fewest films on; lines: means",
        y="% of the films",
        alt=f"{len(before)} axes load on {_percents(before)} percent of the films as they came, on "
        f"{_percents(after)} {turned}; the means are {before.mean():.1f} and {after.mean():.1f}.",
        palette=palette,
        height=320,
        layout=legend_under_title(barmode="group", xaxis=dict(type="category"), yaxis=dict(rangemode="tozero")),
    )


def correlations(C: Floats, genres: Sequence[str], palette: Palette = LIGHT, *, title: str) -> go.Figure:
    """Every axis with every genre: C: (k, genres), −1 to 1, with the numbers written out."""
    k = len(C)
    ink = [ink_on(palette.diverging, (x + 1) / 2) for x in C.ravel().tolist()]
    fig = go.Figure(
        go.Heatmap(
            z=C.astype(np.float32),
            zmin=-1,
            zmax=1,
            colorscale=palette.diverging,
            showscale=False,
            xgap=2,
            ygap=2,
            hovertemplate="axis %{y}, %{x}: %{z:+.2f}<extra></extra>",
            x=[labels.plain(name) for name in genres],
            y=[str(f + 1) for f in range(k)],
        )
    )
    rows, columns = (index.ravel().tolist() for index in np.indices(C.shape))
    fig.add_scatter(
        x=[labels.plain(genres[n]) for n in columns],
        y=[str(n + 1) for n in rows],
        mode="text",
        text=[minus(f"{x:.1f}".replace("0.", ".")) if abs(x) >= 0.05 else "·" for x in C.ravel().tolist()],
        textfont=dict(size=11, color=ink),
        hoverinfo="skip",
    )
    top = int(np.argmax(np.abs(C)))
    strongest = f"{genres[columns[top]]} with axis {rows[top] + 1}, {signed(C.ravel()[top])}" if C.size else "none"
    return framed(
        fig,
        title=title,
        y="axis",
        alt=f"Correlations of {k} axes with {len(genres)} genres. The strongest: {strongest}.",
        palette=palette,
        height=150 + 30 * k,
        layout=dict(
            xaxis=dict(type="category", showgrid=False, tickangle=-40, fixedrange=True),
            yaxis=dict(type="category", showgrid=False, autorange="reversed", fixedrange=True),
        ),
    )


def _percents(values: Floats) -> str:
    return ", ".join(f"{value:.0f}" for value in values)


def _outermost(P: Floats, far: float, taken: Sequence[Floats] = ()) -> list[int]:
    """Points farthest out in evenly spread directions, so far apart that their titles do not meet, nor what is `taken`.

    taken: (2,) each, the middles of what else is written.
    """
    angles = np.linspace(0, 2 * np.pi, NAMED, endpoint=False) + 0.3
    middle = P.mean(axis=0)
    candidates = np.argmax((P - middle) @ np.stack([np.cos(angles), np.sin(angles)]), axis=0).tolist()
    chosen: list[int] = []
    for q in sorted(set(candidates), key=lambda q: -float(np.linalg.norm(P[q] - middle))):
        others = [P[p] for p in chosen] + list(taken)
        if all(abs(P[q, 0] - x) > 1.4 * far or abs(P[q, 1] - y) > 0.17 * far for x, y in others):
            chosen.append(q)
    return chosen


def _inwards(place: float) -> str:
    """Which end of a title stands at its point, so that it stays in the picture. place: −1, left, to 1, right."""
    return "right" if place > 0.4 else "left" if place < -0.4 else "center"


def _mean(x: Floats) -> str:
    return signed(float(x.mean())) if len(x) else "none"
