"""The copy trap and leaks in pictures: what is fed and what is scored, errors against capacity, clean or leaked."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mfcore.leaks import Leak
from mfcore.ratings import Floats, Ratings
from mfcore.trap import Errors
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

NAMES = {"test": "√J_test", "framework": "the framework's", "leak": "a leak"}


def cells(fed: Ratings, scored: Ratings, title: str, users: Sequence[str], palette: Palette = LIGHT) -> go.Figure:
    """A small table: what is fed in is filled with train's blue, what is scored has test's ring; both is a leak.

    Ratings are written into the cells that either holds.
    """
    values = np.full((fed.N, fed.M), np.nan)
    for part in (fed, scored):
        values[part.i, part.j] = part.r
    into, out = np.zeros(values.shape, bool), np.zeros(values.shape, bool)
    into[fed.i, fed.j], out[scored.i, scored.j] = True, True
    fig = go.Figure()
    for name, here, fill, ring in (
        ("hole", np.isnan(values), palette.missing, palette.missing),
        ("fed in", into & ~out, palette.train, palette.train),
        ("scored", out & ~into, palette.paper, palette.test),
        ("fed in and scored", into & out, palette.train, palette.test),
    ):
        i, j = np.nonzero(here)
        fig.add_scatter(
            x=j,
            y=i,
            name=name,
            mode="markers",
            marker=dict(symbol="square", size=22, color=fill, line=dict(color=ring, width=4)),
            hovertext=[
                f"{labels.plain(users[a])}, film {b + 1}: {name}" for a, b in zip(i.tolist(), j.tolist(), strict=True)
            ],
            hoverinfo="text",
            showlegend=bool(len(i)) and name != "hole",
        )
    i, j = np.nonzero(np.isfinite(values))
    on_paper = (out & ~into)[i, j]
    fig.add_scatter(
        x=j,
        y=i,
        mode="text",
        text=[f"{r:g}" for r in values[i, j]],
        textfont=dict(size=11, color=np.where(on_paper, palette.ink, palette.paper).tolist()),
        hoverinfo="skip",
        showlegend=False,
    )
    bare: dict[str, Any] = dict(showgrid=False, zeroline=False, ticks="")
    leaked = int((into & out).sum())
    return framed(
        fig,
        title=title,
        x="films",
        y="users",
        alt=f"{title}: of {fed.N} × {fed.M} cells, {fed.n} are fed in and {scored.n} are scored; {leaked} are both.",
        palette=palette,
        height=150 + 36 * fed.N,
        layout=legend_under_title(
            xaxis=dict(range=[-0.7, fed.M - 0.3], showticklabels=False) | bare,
            yaxis=dict(range=[fed.N - 0.3, -0.7], tickvals=list(range(fed.N)), ticktext=list(users)) | bare,
        ),
    )


def curves(
    x: Sequence[float] | Floats,
    found: Errors,
    at: int,
    mean: float,
    *,
    title: str,
    axis: str,
    log: bool,
    palette: Palette = LIGHT,
    first: int | None = None,
) -> go.Figure:
    """The framework's loss and √J_test against capacity, with the leak between them and the error of μ.

    at: the place in x to mark.  mean: RMSE of predicting μ.  log: whether x is shown on a log scale.
    first: how many places are drawn, on axes that have room for all; None draws all.
    """
    every, top = np.asarray(x, float), 1.05 * max(mean, *(float(way.max()) for way in found))
    x, found = every[:first], Errors(*(way[:first] for way in found))
    fig = go.Figure()
    for name, ys, colour, dash, symbol in (
        (NAMES["test"], found.test, palette.test, "solid", "circle"),
        (NAMES["framework"], found.framework, palette.train, "solid", "square"),
        (NAMES["leak"], found.leak, palette.highlight, "dot", "diamond"),
    ):
        fig.add_scatter(
            x=x,
            y=rounded(ys),
            name=name,
            mode="lines+markers",
            line=dict(color=colour, width=2.5, dash=dash),
            marker=dict(size=6, symbol=symbol),
            hovertemplate=f"%{{x:g}}: {name} %{{y:.4f}}<extra></extra>",
        )
    fig.add_hline(
        mean,
        line=dict(color=palette.neutral, width=1.5, dash="dash"),
        annotation=dict(text="predicting μ", font=dict(size=12, color=palette.quiet)),
        annotation_position="top left",
    )
    low = int(np.argmin(found.test))
    if len(x) > 1:
        fig.add_scatter(
            x=[x[low]],
            y=rounded(found.test[[low]]),
            name="lowest test error",
            mode="markers",
            marker=dict(symbol="star", size=16, color=palette.highlight, line=dict(color=palette.ink, width=1.5)),
            hovertemplate=f"lowest test error: {found.test[low]:.4f} at %{{x:g}}<extra></extra>",
            showlegend=False,
        )
    fig.add_vline(float(every[at]), line=dict(color=palette.highlight, width=2))
    ticks = [t for t in (1, 2, 5, 10, 20, 50, 100, 200, 500, 1000) if every[0] <= t <= every[-1]]
    ends = np.log10(every[[0, -1]]) if log else every[[0, -1]]
    room = 0.04 * float(ends[1] - ends[0])
    across: dict[str, Any] = dict(range=[float(ends[0]) - room, float(ends[1]) + room])
    if log:
        across |= dict(type="log", tickvals=ticks, ticktext=[str(t) for t in ticks])
    return framed(
        fig,
        title=title,
        x=axis,
        y="RMSE in stars",
        alt=f"Two errors of the same networks against {axis}, from {x[0]:g} to {x[-1]:g}. Test ratings fed in and "
        f"scored again: from {found.framework[0]:.3f} to {found.framework[-1]:.3f}. Training ratings fed in, "
        f"test ratings scored: from {found.test[0]:.3f} to {found.test[-1]:.3f}, lowest {found.test[low]:.3f} at "
        f"{x[low]:g}.",
        palette=palette,
        height=420,
        layout=legend_under_title(
            xaxis=across,
            yaxis=dict(range=[-0.03 * top, top]),
        ),
    )


def leaks(found: Sequence[Leak], palette: Palette = LIGHT) -> go.Figure:
    """Each way to predict with its clean and its leaked error, and the line between them."""
    names = [leak.name for leak in found]
    fig = go.Figure()
    between = [x for leak in found for x in (leak.leaked, leak.clean, None)]
    fig.add_scatter(
        x=between,
        y=[name for name in names for _ in range(3)],
        mode="lines",
        line=dict(color=palette.neutral, width=3),
        hoverinfo="skip",
        showlegend=False,
    )
    for name, xs, colour, symbol in (
        ("from everything (leak)", [leak.leaked for leak in found], palette.highlight, "diamond"),
        ("from training ratings", [leak.clean for leak in found], palette.test, "circle"),
    ):
        fig.add_scatter(
            x=rounded(xs),
            y=names,
            name=name,
            mode="markers",
            marker=dict(size=12, color=colour, symbol=symbol, line=dict(color=palette.ink, width=1)),
            hovertemplate=f"%{{y}}, {name}: %{{x:.4f}}<extra></extra>",
        )
    worst = max(found, key=lambda leak: leak.clean - leak.leaked)
    return framed(
        fig,
        title="Test ratings known, or not",
        x="test RMSE in stars",
        alt=f"{len(found)} ways to predict, each made from training ratings and from everything. The error that leaks "
        f"looks lower by up to {worst.clean - worst.leaked:.3f} stars: {worst.name}, {worst.leaked:.3f} in place of "
        f"{worst.clean:.3f}.",
        palette=palette,
        height=150 + 42 * len(found),
        layout=legend_under_title(yaxis=dict(autorange="reversed")),
    )
