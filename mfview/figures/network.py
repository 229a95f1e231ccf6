"""One rating on its way through the network and back: look-ups, dot product, error, and the slopes (notes §13, 14)."""

from collections.abc import Sequence
from typing import Any, NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore import als, embedding
from mfcore.ratings import Floats, Ratings
from mfview import labels
from mfview.figures.layout import ink_on
from mfview.style import LIGHT, Palette, framed, signed

MOST_ROWS = 8  # of a table that are drawn
PIXELS = 27  # a unit of height, which is a row of a table
ON_AMBER = "#000000"


class Rating(NamedTuple):
    """What the picture is of: user i and film j, their names, and their rating as a batch of one, or None."""

    i: int
    j: int
    user: str
    film: str
    x: embedding.Batch | None


class _Text(NamedTuple):
    """Something written into a cell."""

    x: float
    y: float
    shown: str
    colour: str


class _Side(NamedTuple):
    """One of the two branches: where its parts stand across, and what they are called."""

    hot: tuple[float, float]
    bias: tuple[float, float]
    table: tuple[float, float]
    id: str
    letters: tuple[str, str, str, str]  # table, its row, its bias table, its bias


_LEFT = _Side((0, 1), (1.5, 3.1), (3.6, 9.3), "user", ("W", "w", "b", "b"))
_RIGHT = _Side((19, 20), (16.9, 18.5), (10.7, 16.4), "film", ("U", "u", "c", "c"))


def shown_rows(n: int, at: int) -> tuple[int | None, ...]:
    """Which of a table's n rows are drawn: all of a few, else the first, those around `at`, the last; None is a gap."""
    if n <= MOST_ROWS:
        return tuple(range(n))
    around = [row for row in (at - 1, at, at + 1) if 0 <= row < n]
    rows = sorted({0, *around, n - 1})
    found: list[int | None] = []
    for row in rows:
        found += [None, row] if found and row - (found[-1] or 0) > 1 else [row]
    return tuple(found)


def graph(
    s: als.State, R: Ratings, cfg: embedding.Config, of: Rating, scale: float, palette: Palette = LIGHT
) -> go.Figure:
    """The network with the numbers of one pair: forward downwards, and in amber the slopes on their way back.

    scale: the |entry| with the fullest colour.
    """
    i, j = of.i, of.j
    rows = {_LEFT: shown_rows(R.N, i), _RIGHT: shown_rows(R.M, j)}
    y0 = 2.0 + max(map(len, rows.values())) + 1.6  # of the two rows that were picked
    slopes = embedding.gradient_of_one(s, R, cfg, i, j) if of.x else None
    grids: list[go.Heatmap] = []
    texts: list[_Text] = []
    shapes: list[dict[str, Any]] = []
    notes: list[dict[str, Any]] = []
    for side, X, x, at, name in ((_LEFT, s.W, s.b, i, of.user), (_RIGHT, s.U, s.c, j, of.film)):
        table, row, bias_table, bias = side.letters
        centre, of_bias, of_hot = (sum(ends) / 2 for ends in (side.table, side.bias, side.hot))
        grid, numbers = _grid(side, X, x, rows[side], at, y0, scale, palette)
        grids.append(grid)
        texts += numbers
        for y, number in enumerate(rows[side], 2):
            if number is None:
                notes.append(_word(centre, y + 0.5, "⋮", palette.quiet))
                continue
            lit = number == at
            shapes.append(_box(*side.hot, y, palette.ink if lit else palette.missing, palette.paper))
            texts.append(_Text(of_hot, y + 0.5, "1" if lit else "0", palette.paper if lit else palette.quiet))
            if lit:
                wide = (min(side.hot[0], side.table[0]), max(side.hot[1], side.table[1]))
                shapes.append(_box(wide[0] - 0.1, wide[1] + 0.1, y, None, palette.highlight, 3))
        bottom = 2.0 + len(rows[side])
        whose = f"<b>{side.id} {labels.plain(labels.short(name, 20))}</b>"
        notes += [
            _word(5 if side is _LEFT else 15, 0.1, whose, palette.ink),
            _word(centre, 1.5, f"{table}: {len(X):,} × {X.shape[1]}", palette.ink),
            _word(of_bias, 1.5, bias_table, palette.ink),
            _word(of_hot, 1.5, "id", palette.ink),
            _arrow((centre, bottom), (centre, y0), palette.quiet),
            _arrow((of_bias, bottom), (of_bias, y0), palette.quiet),
            _word(centre + 0.2, y0 - 0.6, f"<b>{row}</b>", palette.ink) | dict(xanchor="left"),
            _word(of_bias + 0.2, y0 - 0.6, f"<b>{bias}</b>", palette.ink) | dict(xanchor="left"),
        ]
        if slopes is not None:
            g = (slopes.w, slopes.b) if side is _LEFT else (slopes.u, slopes.c)
            edges, values = _across(side, *g)
            for low, high, slope in zip(edges[:-1], edges[1:], values.tolist(), strict=True):
                if not np.isnan(slope):
                    shapes.append(_box(low, high, y0 + 1.15, palette.highlight, palette.paper))
                    shown = labels.decimal(slope, _digits(len(g[0])))
                    texts.append(_Text((low + high) / 2, y0 + 1.65, shown, ON_AMBER))
    notes += _nodes(s, cfg, of, slopes, y0, palette)
    written = go.Scatter(
        x=[text.x for text in texts],
        y=[text.y for text in texts],
        mode="text",
        text=[text.shown for text in texts],
        textfont=dict(size=10.5, color=[text.colour for text in texts]),
        hoverinfo="skip",
        showlegend=False,
    )
    end = y0 + (10.3 if of.x else 7.6)
    bare = dict(visible=False, fixedrange=True, automargin=False)
    return framed(
        go.Figure([*grids, written]),
        title="Two look-ups and a dot product",
        alt=_said(s, R, of, slopes),
        palette=palette,
        height=int(PIXELS * end + 56),
        layout=dict(
            margin=dict(l=4, r=4, t=44, b=4),
            xaxis=bare | dict(range=[-0.2, 20.2]),
            yaxis=bare | dict(range=[end, -0.5]),
            shapes=shapes,
            annotations=notes,
            showlegend=False,
        ),
    )


def _across(side: _Side, row: Floats, bias: float | Floats) -> tuple[Floats, Floats]:
    """The edges of a row's cells, bias and gap included, and its numbers in their order, NaN in the gap."""
    table, gap = np.linspace(*side.table, len(row) + 1), np.array([np.nan])
    if side.bias[0] < side.table[0]:
        return np.concatenate([side.bias, table]), np.concatenate([[bias], gap, row])
    return np.concatenate([table, side.bias]), np.concatenate([row, gap, [bias]])


def _digits(k: int) -> int:
    """How many decimals of a number fit a cell."""
    return 2 if k < 4 else 1


def _grid(
    side: _Side,
    X: Floats,
    x: Floats,
    rows: Sequence[int | None],
    at: int,
    y0: float,
    scale: float,
    palette: Palette,
) -> tuple[go.Heatmap, list[_Text]]:
    """A table with its biases, and below it the row that was picked: cells of one picture, and what stands in them."""
    lines: list[int | None] = [*rows, None, at]
    bottoms = np.array([*range(2, 3 + len(rows)), y0, y0 + 1])
    edges, _ = _across(side, X[at], float(x[at]))
    nothing = np.full(len(edges) - 1, np.nan)
    z = np.array([nothing if n is None else _across(side, X[n], float(x[n]))[1] for n in lines])
    texts = []
    for y, values in zip(bottoms, z, strict=False):
        for low, high, value in zip(edges[:-1], edges[1:], values.tolist(), strict=True):
            if not np.isnan(value):
                share = round(min(max(value / scale / 2 + 0.5, 0.0), 1.0), 2)
                shown = labels.decimal(value, _digits(X.shape[1]))
                texts.append(_Text((low + high) / 2, y + 0.5, shown, ink_on(palette.diverging, share)))
    grid = go.Heatmap(
        x=edges,
        y=bottoms,
        z=z,
        zmin=-scale,
        zmax=scale,
        colorscale=palette.diverging,
        showscale=False,
        xgap=1,
        ygap=1,
        hoverongaps=False,
        hovertemplate=f"{side.letters[0]}, {side.letters[2]}: %{{z:+.4f}}<extra></extra>",
    )
    return grid, texts


def _nodes(
    s: als.State, cfg: embedding.Config, of: Rating, slopes: embedding.OfOne | None, y0: float, palette: Palette
) -> list[dict[str, Any]]:
    """Below the picked rows: the dot product, the sum, the error; edges, and the slopes on them."""
    i, j = of.i, of.j
    r_hat = float(als.predict(s, i, j))
    below, middle = y0 + (2.2 if slopes else 1.05), 10.0
    dot, total, foot = below + 1.5, below + 3.4, below + 5.6
    product = float(s.W[i] @ s.U[j])
    left, right = sum(_LEFT.table) / 2, sum(_RIGHT.table) / 2
    ends = {left: dot - 0.45, right: dot - 0.45}
    notes = [_arrow((x, below), (middle + (x - middle) * 0.25, y), palette.quiet) for x, y in ends.items()]
    for side, reach in ((_LEFT, -1.5), (_RIGHT, 1.5)):
        notes.append(_arrow((sum(side.bias) / 2, below), (middle + reach, total - 0.5), palette.quiet))
    notes += [
        _arrow((middle, dot), (middle, total - 0.5), palette.quiet),
        _node(middle, dot, f"wᵀu = {labels.decimal(product)}", palette),
        _node(middle, total, f"ŷ = wᵀu + b + c = {labels.decimal(r_hat - s.mu)}", palette),
        _arrow((middle - 2, total + 0.4), (4.6, foot - 0.5), palette.quiet),
        _node(4.0, foot, f"r̂ = ŷ + μ = {labels.decimal(r_hat)}", palette),
    ]
    if of.x is None or slopes is None:
        return [*notes, _node(15.6, foot, "no rating, no target", palette)]
    r, loss = float(of.x.r[0]), float(embedding.losses(s, of.x)[0])
    slope = labels.decimal(-2 * slopes.e)
    charged = "e² + L2" if cfg.lam else "e²"
    return [
        *notes,
        _arrow((middle, total + 0.4), (middle, foot - 0.5), palette.quiet),
        _arrow((16.2, foot), (middle, foot), palette.quiet) | dict(standoff=36, startstandoff=58),
        _node(middle, foot, f"<b>e = {labels.decimal(slopes.e)}</b>", palette),
        _node(16.2, foot, f"y = r − μ = {labels.decimal(r - s.mu)}", palette),
        _arrow((middle, foot + 0.4), (middle, foot + 1.3), palette.quiet),
        _node(middle, foot + 1.7, f"ℓ = {charged} = {labels.decimal(loss, 3)}", palette),
        _chip(middle, (total + foot) / 2, f"∂ℓ/∂ŷ = −2e = {slope}", palette),
        _chip(middle, (dot + total) / 2, slope, palette),
        _chip(4.6, (below + total) / 2 + 0.05, slope, palette),
        _chip(15.4, (below + total) / 2 + 0.05, slope, palette),
    ]


def _word(x: float, y: float, text: str, colour: str) -> dict[str, Any]:
    return dict(x=x, y=y, text=text, showarrow=False, font=dict(size=12, color=colour))


def _node(x: float, y: float, text: str, palette: Palette) -> dict[str, Any]:
    look = dict(bgcolor=palette.paper, bordercolor=palette.neutral, borderwidth=1.5, borderpad=4)
    return _word(x, y, text, palette.ink) | look


def _chip(x: float, y: float, text: str, palette: Palette) -> dict[str, Any]:
    return _word(x, y, text, ON_AMBER) | dict(
        bgcolor=palette.highlight, borderpad=2, font=dict(size=11, color=ON_AMBER)
    )


def _arrow(tail: tuple[float, float], tip: tuple[float, float], colour: str) -> dict[str, Any]:
    return dict(
        x=tip[0],
        y=tip[1],
        ax=tail[0],
        ay=tail[1],
        axref="x",
        ayref="y",
        text="",
        showarrow=True,
        arrowhead=2,
        arrowwidth=1.3,
        arrowcolor=colour,
    )


def _box(low: float, high: float, y: float, fill: str | None, line: str, width: float = 1) -> dict[str, Any]:
    return dict(
        type="rect",
        x0=low,
        x1=high,
        y0=y,
        y1=y + 1,
        fillcolor=fill,
        line=dict(color=line, width=width),
        layer="below" if fill else "above",
    )


def _said(s: als.State, R: Ratings, of: Rating, slopes: embedding.OfOne | None) -> str:
    r_hat = float(als.predict(s, of.i, of.j))
    forward = (
        f"The id of {of.user} picks row {of.i} of the {R.N} × {s.W.shape[1]} table W and of b, that of {of.film} row "
        f"{of.j} of the {R.M} × {s.U.shape[1]} table U and of c. Their dot product and the two biases add up to "
        f"{signed(r_hat - s.mu)}, so the prediction is {r_hat:.2f}."
    )
    if slopes is None:
        return f"{forward} There is no rating of this pair, so nothing goes back."
    return (
        f"{forward} The error is {signed(slopes.e)}. Back go the slopes: {signed(-2 * slopes.e)} at the output, at "
        f"both biases and at the dot product, which hands each vector the other one times that."
    )
