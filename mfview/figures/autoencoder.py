"""An autoencoder of ratings: a row of ratings on its way through it."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import plotly.graph_objects as go
from plotly.colors import sample_colorscale

from mfcore.ratings import Floats
from mfview.figures.layout import ink_on, minus, rounded
from mfview.labels import plain, short
from mfview.style import LIGHT, Palette, framed

LOW, HIGH = 0.5, 5.0  # ends of the colour scale of stars
UNITS = 12  # of a code, as many as a screen has room for
TITLE, IN, CODE, OUT = 0.0, 1.5, 2.1, 2.7


@dataclass(frozen=True, slots=True)
class Cell:
    """One place of a row: what it is called, the rating that goes in, the held-out one, and the prediction."""

    name: str
    given: float | None
    held_out: float | None
    predicted: float


def network(cells: Sequence[Cell], code: Floats, palette: Palette = LIGHT, *, whose: str) -> go.Figure:
    """Ratings in, a code, predictions out, with their numbers. code: (hidden,), of which the first UNITS are drawn."""
    p, y = palette, -np.arange(len(cells), dtype=np.float64)
    shown = code[:UNITS]
    at = np.linspace(y[0], y[-1], len(shown) + 2)[1:-1] if len(shown) > 1 else np.array([y.mean()])
    fed = [n for n, cell in enumerate(cells) if cell.given is not None]
    fig = go.Figure()
    wires = [(IN, y[n], CODE, h) for n in fed for h in at] + [(CODE, h, OUT, v) for h in at for v in y]
    fig.add_scatter(
        x=[x for a, _, b, _ in wires for x in (a, b, None)],
        y=[v for _, a, _, b in wires for v in (a, b, None)],
        mode="lines",
        line=dict(color=p.grid, width=1),
        hoverinfo="skip",
    )
    fig.add_scatter(
        x=np.full(len(y), TITLE),
        y=y,
        text=[plain(short(cell.name, 20)) for cell in cells],
        mode="text",
        textposition="middle right",
        textfont=dict(size=12, color=p.ink),
        hovertext=[plain(cell.name) for cell in cells],
        hoverinfo="text",
    )
    _squares(fig, IN, y, [cell.given for cell in cells], [p.grid] * len(cells), p, "goes in")
    top = float(np.abs(code).max()) or 1.0
    scale = [list(stop) for stop in p.diverging]
    fig.add_scatter(
        x=np.full(len(shown), CODE),
        y=at,
        mode="markers",
        marker=dict(
            size=18, color=rounded(shown), colorscale=scale, cmin=-top, cmax=top, line=dict(color=p.quiet, width=1)
        ),
        customdata=np.arange(1, len(shown) + 1),
        hovertemplate="code, number %{customdata}: %{marker.color:+.3f}<extra></extra>",
    )
    rings = [p.train if c.given is not None else p.test if c.held_out is not None else p.grid for c in cells]
    _squares(fig, OUT, y, [cell.predicted for cell in cells], rings, p, "comes out")
    tested = [(v, cell.held_out) for v, cell in zip(y, cells, strict=True) if cell.held_out is not None]
    fig.add_scatter(
        x=np.full(len(tested), OUT + 0.14),
        y=[v for v, _ in tested],
        text=[f"was {stars:g}" for _, stars in tested],
        mode="text",
        textposition="middle right",
        textfont=dict(size=12, color=p.test),
        hoverinfo="skip",
    )
    heads = ((IN, "in"), (CODE, "code"), (OUT, "out"))
    for x, text in heads:
        fig.add_annotation(x=x, y=0.95, text=text, showarrow=False, font=dict(size=13, color=p.quiet))
    held = [c for c in cells if c.held_out is not None]
    return framed(
        fig,
        title=f"{plain(whose)} passes through",
        alt=f"A network. {len(fed)} ratings of {whose} go in on the left, become a code of {len(code)} numbers, and "
        f"come out on the right as {len(cells)} predictions, {len(held)} of them of held-out ratings: "
        + ", ".join(f"{c.name} {c.predicted:.1f}" + (f" (was {c.held_out:g})" if c.held_out else "") for c in held)
        + ".",
        palette=p,
        height=110 + 32 * len(cells),
        layout=dict(
            showlegend=False,
            margin=dict(l=0, r=0, t=48, b=0),
            xaxis=dict(visible=False, range=(-0.02, OUT + 0.64), fixedrange=True, automargin=False),
            yaxis=dict(visible=False, range=(y[-1] - 0.7, 1.4), fixedrange=True, automargin=False),
        ),
    )


def _squares(
    fig: go.Figure, x: float, y: Floats, stars: Sequence[float | None], rings: Sequence[str], p: Palette, what: str
) -> None:
    """Squares in the colour of their stars, with the number in them; a hole is grey and empty."""
    share = [None if r is None else (r - LOW) / (HIGH - LOW) for r in stars]
    fig.add_scatter(
        x=np.full(len(y), x),
        y=y,
        mode="markers+text",
        marker=dict(
            symbol="square",
            size=27,
            color=[p.missing if s is None else _colour(p, s) for s in share],
            line=dict(color=list(rings), width=2),
        ),
        text=["" if r is None else minus(f"{r:.1f}") for r in stars],
        textfont=dict(size=12, color=[p.ink if s is None else ink_on(p.sequential, s) for s in share]),
        hovertext=["a hole" if r is None else f"{what}: {minus(f'{r:.2f}')} stars" for r in stars],
        hoverinfo="text",
    )


def _colour(p: Palette, share: float) -> str:
    return str(sample_colorscale([list(stop) for stop in p.sequential], [min(max(share, 0.0), 1.0)])[0])
