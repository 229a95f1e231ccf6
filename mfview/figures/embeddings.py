"""Rows of a table by their ids, and tables of counts with what is left of them (notes §13)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore import nn
from mfcore.ratings import Floats, Ints
from mfview import labels
from mfview.figures.layout import ink_on
from mfview.style import LIGHT, Palette, framed


def lookup(W: Floats, i: int, names: Sequence[str], palette: Palette = LIGHT) -> go.Figure:
    """Every row of W times its entry of onehot(i), and their sum, which is row i. W: (V, k); names: (V,)."""
    V, k = W.shape
    hot = nn.one_hot(np.array([i]), V).toarray()[0]
    size = float(np.abs(W).max()) or 1.0
    total = hot @ W
    fig = go.Figure()
    fig.add_heatmap(
        z=np.vstack([np.where(hot[:, None] > 0, W, 0.0), np.full(k, np.nan), total]).astype(np.float32),
        x=list(range(1, k + 1)),
        y=list(range(V + 2)),
        zmin=-size,
        zmax=size,
        colorscale=palette.diverging,
        showscale=False,
        xgap=2,
        ygap=2,
        hoverinfo="skip",
    )
    lit = [palette.ink if row == i else palette.quiet for row in range(V)]
    fig.add_scatter(
        x=[0] * V,
        y=list(range(V)),
        mode="text",
        text=[f"<b>{x:.0f} ×</b>" if x else f"{x:.0f} ×" for x in hot],
        textfont=dict(color=lit, size=14),
        hoverinfo="skip",
    )
    rows, columns = (index.ravel().tolist() for index in np.indices((V + 1, k)))
    entries = np.vstack([W, total]).ravel()
    pale = [row not in (i, V) for row in rows]
    fig.add_scatter(
        x=[f + 1 for f in columns],
        y=[row if row < V else V + 1 for row in rows],
        mode="text",
        text=[labels.decimal(x) for x in entries],
        textfont=dict(
            size=12,
            color=[
                palette.quiet if dim else ink_on(palette.diverging, (x / size + 1) / 2)
                for dim, x in zip(pale, entries.tolist(), strict=True)
            ],
        ),
        hoverinfo="skip",
    )
    for lit_row in (i, V + 1):
        fig.add_shape(
            type="rect", x0=0.5, x1=k + 0.5, y0=lit_row - 0.5, y1=lit_row + 0.5,
            line=dict(color=palette.highlight, width=3),
        )  # fmt: skip
    fig.add_annotation(x=(k + 1) / 2, y=V, text="added up ↓", showarrow=False, font=dict(color=palette.quiet))
    return framed(
        fig,
        title="Row by row, and added up",
        alt=f"A table of {V} rows and {k} columns. Row {i}, {names[i]}, is multiplied by 1 and every other row by 0; "
        f"the sum, {', '.join(labels.decimal(x) for x in total)}, is row {i} itself.",
        palette=palette,
        height=90 + 32 * (V + 2),
        layout=dict(
            showlegend=False,
            xaxis=dict(
                tickvals=list(range(k + 1)),
                ticktext=["onehot", *(str(f) for f in range(1, k + 1))],
                side="top",
                showgrid=False,
                zeroline=False,
                fixedrange=True,
                range=(-0.6, k + 0.55),
            ),
            yaxis=dict(
                tickvals=[*range(V), V + 1],
                ticktext=[*(f"{n} {labels.plain(name)}" for n, name in enumerate(names)), "<b>the sum</b>"],
                showgrid=False,
                zeroline=False,
                fixedrange=True,
                range=(V + 1.6, -0.6),
            ),
            margin=dict(l=8, r=8, t=80, b=8),
        ),
    )


def table(
    X: Floats | Ints, rows: Sequence[str], columns: Sequence[str], palette: Palette = LIGHT, *, title: str, what: str
) -> go.Figure:
    """Numbers ≥ 0 by colour and, where they fit, written out. X: (rows, columns); what: what a cell says, for hover."""
    high = float(X.max()) or 1.0
    written = len(columns) <= 12
    names = [labels.plain(name) for name in columns], [labels.plain(name) for name in rows]
    fig = go.Figure(
        go.Heatmap(
            z=np.asarray(X, np.float32),
            x=names[0],
            y=names[1],
            zmin=0,
            zmax=high,
            colorscale=palette.sequential,
            showscale=False,
            xgap=1,
            ygap=1,
            hovertemplate=f"%{{y}} near %{{x}}: {what} %{{z:.3g}}<extra></extra>",
        )
    )
    if written:
        i, j = (index.ravel().tolist() for index in np.indices(X.shape))
        cells = X.ravel().tolist()
        fig.add_scatter(
            x=[names[0][n] for n in j],
            y=[names[1][n] for n in i],
            mode="text",
            text=[_cell(x) for x in cells],
            textfont=dict(size=10, color=[ink_on(palette.sequential, x / high) for x in cells]),
            hoverinfo="skip",
        )
    r, c = divmod(int(np.argmax(X)), len(columns))
    return framed(
        fig,
        title=title,
        alt=f"A table of {len(rows)} neighbours by {len(columns)} words. The largest {what}, {X[r, c]:.3g}, is that of "
        f"{rows[r]} near {columns[c]}; {np.mean(X == 0):.0%} of the cells are 0.",
        palette=palette,
        height=130 + (17 * len(rows) if written else 9 * len(rows)),
        layout=dict(
            showlegend=False,
            xaxis=dict(
                type="category",
                side="top",
                tickangle=-45,
                showgrid=False,
                fixedrange=True,
                dtick=1,
                range=(-0.5, len(columns) - 0.5),
                visible=written,
            ),
            yaxis=dict(
                type="category",
                range=(len(rows) - 0.5, -0.5),
                showgrid=False,
                fixedrange=True,
                dtick=1,
                tickfont=dict(size=11 if written else 8),
            ),
            margin=dict(l=8, r=8, t=100 if written else 56, b=8),
        ),
    )


def _cell(x: float) -> str:
    return "·" if x < 0.05 else f"{x:,}" if isinstance(x, int) else f"{x:.1f}".replace("0.", ".")
