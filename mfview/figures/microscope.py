"""The microscope's picture: R, W and Uᵀ, with the row that is being solved and what it is solved from."""

from collections.abc import Sequence
from typing import Any, Literal, NamedTuple

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats, Ints, Ratings
from mfview.figures.layout import ink_on, minus
from mfview.style import LIGHT, Palette, framed, signed

GAP = 0.5  # cells between the tables
LOWEST, HIGHEST = 0.5, 5.0  # stars


class Lit(NamedTuple):
    """The row that was just solved, of W (a user) or U (a film), and the rows of the other table it was made from."""

    block: Literal["W", "U"]
    at: int
    gathered: Ints


def tables(
    R: Ratings,
    W: Floats,
    U: Floats,
    predicted: Floats,
    films: Sequence[str],
    scale: float,
    lit: Lit | None,
    palette: Palette = LIGHT,
) -> go.Figure:
    """R ≈ W Uᵀ as on paper: W left of R, Uᵀ above it, each cell of R where a row of W meets a column of Uᵀ.

    W: (N, k).  U: (M, k).  predicted: (N, M) W Uᵀ.  scale: the |entry| with the fullest colour.
    """
    users = [str(u) for u in R.user_ids]
    k = W.shape[1]
    fig = go.Figure([*_factors(W, U, users, films, scale, palette), *_ratings(R, predicted, users, films, k, palette)])
    solved = None if lit is None else (users if lit.block == "W" else films)[lit.at]
    return framed(
        fig,
        title="R ≈ W Uᵀ",
        alt=f"Three tables of numbers: W with {R.N} users and {k} factors at the left, U transposed with {k} factors "
        f"and {R.M} films above, and R where they cross, {R.n} of its {R.N * R.M} cells rated, each with its prediction"
        + (f". Lit: the vector of {solved} and the {len(lit.gathered)} vectors it was solved from." if lit else "."),
        palette=palette,
        height=int(186 + 48 * R.N + 34 * k),
        layout=_places(R.N, R.M, k, users, films, lit) | dict(shapes=_frames(R, k, lit, palette)),
    )


def _places(N: int, M: int, k: int, users: Sequence[str], films: Sequence[str], lit: Lit | None) -> dict[str, Any]:
    """The axes: W below left, Uᵀ above right, R where they cross, all cells of one size."""
    across, down = k + GAP + M, k + GAP + N
    # Margins are given, not found: Plotly would draw everything twice at every step to find them.
    plain = dict(showgrid=False, zeroline=False, fixedrange=True, automargin=False)
    return dict(
        margin=dict(l=24 + 8 * max(map(len, users)), r=16, t=132, b=48),
        xaxis=dict(
            domain=(0, k / across),
            tickvals=list(range(k)),
            ticktext=_numbered(k),
            title=dict(text="W", standoff=6),
            **plain,
        ),
        xaxis2=dict(
            domain=((k + GAP) / across, 1),
            anchor="y2",
            side="top",
            tickvals=list(range(M)),
            ticktext=_marked(films, lit, "U"),
            tickangle=50,
            **plain,
        ),
        yaxis=dict(
            domain=(0, N / down),
            tickvals=list(range(N)),
            ticktext=_marked(users, lit, "W"),
            range=(N - 0.5, -0.5),
            **plain,
        ),
        yaxis2=dict(
            domain=((N + GAP) / down, 1),
            anchor="x2",
            tickvals=list(range(k)),
            ticktext=_numbered(k),
            range=(k - 0.5, -0.5),
            title=dict(text="Uᵀ", standoff=6),
            **plain,
        ),
    )


def _factors(
    W: Floats, U: Floats, users: Sequence[str], films: Sequence[str], scale: float, p: Palette
) -> list[go.Heatmap]:
    digits = 2 if W.shape[1] <= 3 else 1
    shared = dict(
        colorscale=p.diverging,
        zmin=-scale,
        zmax=scale,
        showscale=False,
        xgap=2,
        ygap=2,
        texttemplate="%{text}",
        hoverinfo="text",
    )
    tables = []
    for X, names, letter, across in ((W, users, "w", False), (U, films, "u", True)):
        hover = [
            [f"{name}: {letter}<sub>{f + 1}</sub> = {signed(x, 4)}" for f, x in enumerate(row)]
            for name, row in zip(names, X, strict=True)
        ]
        text = [[signed(x, digits) for x in row] for row in X]
        z = np.asarray(X, np.float32)
        if across:
            z, hover, text = z.T, _flipped(hover), _flipped(text)
        axes = dict(xaxis="x2", yaxis="y2") if across else dict(xaxis="x", yaxis="y")
        tables.append(go.Heatmap(z=z, text=text, hovertext=hover, **axes, **shared))
    return tables


def _ratings(
    R: Ratings, predicted: Floats, users: Sequence[str], films: Sequence[str], k: int, p: Palette
) -> list[object]:
    """The cells of R: large what was rated, small what is predicted; grey where nothing was rated."""
    r = np.full((R.N, R.M), np.nan, np.float32)
    r[R.i, R.j] = R.r
    rated = np.isfinite(r)
    share = (np.where(rated, r, 0) - LOWEST) / (HIGHEST - LOWEST)

    def said(i: int, j: int) -> str:
        rating = f"rated {r[i, j]:g}" if rated[i, j] else "not rated"
        return f"{users[i]} · {films[j]}<br>{rating}<br>r̂ = {predicted[i, j]:.3f}"

    hover = [[said(i, j) for j in range(R.M)] for i in range(R.N)]
    axes = dict(xaxis="x2", yaxis="y")
    cells = dict(showscale=False, xgap=2, ygap=2, hoverinfo="text", hovertext=hover, **axes)
    holes = np.where(rated, np.nan, 0).astype(np.float32)
    grey = ((0.0, p.missing), (1.0, p.missing))

    def written(where: Ints, texts: list[str], shift: float, size: int) -> go.Scatter:
        inks = [ink_on(p.sequential, share[i, j]) if rated[i, j] else p.quiet for i, j in where]
        font = dict(size=size, color=inks)
        x, y = where[:, 1], where[:, 0] + shift
        return go.Scatter(x=x, y=y, text=texts, mode="text", textfont=font, hoverinfo="skip", showlegend=False, **axes)

    # On a phone the cells grow narrower with k, and numbers may not run into each other.
    large, small = (13, 10) if k <= 4 else (10, 8)
    observed, everywhere = np.argwhere(rated), np.argwhere(np.ones_like(rated))
    return [
        go.Heatmap(z=r, colorscale=p.sequential, zmin=LOWEST, zmax=HIGHEST, **cells),
        go.Heatmap(z=holes, colorscale=grey, **cells),
        written(observed, [f"<b>{r[i, j]:.1f}</b>" for i, j in observed], -0.18, large),
        written(everywhere, [minus(f"{predicted[i, j]:.1f}") for i, j in everywhere], 0.24, small),
    ]


def _frames(R: Ratings, k: int, lit: Lit | None, p: Palette) -> list[dict[str, object]]:
    """A thick frame around the solved vector, thin ones around what it was solved from: vectors and ratings."""
    if lit is None:
        return []

    def frame(xref: str, yref: str, x: tuple[float, float], y: tuple[float, float], solved: bool) -> dict[str, object]:
        line = dict(color=p.highlight if solved else p.ink, width=4 if solved else 2)
        return dict(type="rect", xref=xref, yref=yref, x0=x[0], x1=x[1], y0=y[0], y1=y[1], line=line, layer="above")

    def cell(at: int) -> tuple[float, float]:
        return at - 0.5, at + 0.5

    whole = (-0.5, k - 0.5)
    if lit.block == "W":
        others = [frame("x2", "y2", cell(j), whole, False) for j in lit.gathered]
        rated = [frame("x2", "y", cell(j), cell(lit.at), False) for j in lit.gathered]
        return [*others, *rated, frame("x", "y", whole, cell(lit.at), True)]
    others = [frame("x", "y", whole, cell(i), False) for i in lit.gathered]
    rated = [frame("x2", "y", cell(lit.at), cell(i), False) for i in lit.gathered]
    return [*others, *rated, frame("x2", "y2", cell(lit.at), whole, True)]


def _numbered(k: int) -> list[str]:
    return [str(f + 1) for f in range(k)]


def _marked(names: Sequence[str], lit: Lit | None, block: str) -> list[str]:
    def label(n: int, name: str) -> str:
        return f"<b>{n + 1} {name}</b>" if lit and lit.block == block and n == lit.at else f"{n + 1} {name}"

    return [label(n, name) for n, name in enumerate(names)]


def _flipped(rows: list[list[str]]) -> list[list[str]]:
    return [list(column) for column in zip(*rows, strict=True)]
