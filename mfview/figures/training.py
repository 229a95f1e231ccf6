"""A training run: the losses after every block, and W and U as they move."""

from collections.abc import Sequence
from itertools import chain, count
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mfcore.ratings import Floats
from mfcore.run import Point
from mfview.figures.layout import legend_under_title, play_and_pause, rounded
from mfview.style import LIGHT, Palette, framed

# Round numbers within a decade, from the finest: those are written whose labels have room.
_MULTIPLES = (
    tuple(1 + n / 100 for n in range(900)),
    tuple(1 + n / 50 for n in range(450)),
    tuple(1 + n / 20 for n in range(180)),
    tuple(1 + n / 5 for n in range(45)),
    (1, 1.5, 2, 3, 4, 5, 7),
    (1, 2, 5),
    (1,),
)
_MOST_TICKS = 8


def losses(points: Sequence[Point], log: bool, palette: Palette = LIGHT) -> go.Figure:
    """RMSE on train and test after every block; a marker where a sweep ends."""
    x, ends = _sweeps(points)
    train, test = shown(log, [p.train for p in points], [p.test for p in points])
    fig = go.Figure()
    for name, ys, colour, dash in (
        ("train", train, palette.train, "solid"),
        ("test", test, palette.test, "dot"),
    ):
        fig.add_scatter(
            x=x,
            y=rounded(ys),
            name=name,
            mode="lines+markers",
            line=dict(color=colour, width=2.5, dash=dash),
            marker=dict(size=np.where(ends, 7, 0).tolist(), color=colour),
            customdata=[_after(p) for p in points],
            hovertemplate=f"%{{customdata}}: {name} RMSE %{{y:.4f}}<extra></extra>",
        )
    return framed(
        fig,
        title="Training and test error",
        x="sweep (W is solved at each half)",
        y="RMSE in stars" + (" (log scale)" if log else ""),
        alt=f"RMSE after every block of {points[-1].t} sweeps. The training error goes from {points[0].train:.2f} to "
        f"{points[-1].train:.3f} stars, the test error from {points[0].test:.2f} to {points[-1].test:.4g}.",
        palette=palette,
        height=340,
        layout=legend_under_title(yaxis=scale(log, "~g", np.append(train, test))),
    )


def objective(points: Sequence[Point], log: bool, palette: Palette = LIGHT) -> go.Figure:
    """J after every block: what the updates minimise, so it never rises."""
    x, ends = _sweeps(points)
    (J,) = shown(log, [p.J for p in points])
    fig = go.Figure(
        go.Scatter(
            x=x,
            y=rounded(J),
            mode="lines+markers",
            line=dict(color=palette.ink, width=2.5),
            marker=dict(size=np.where(ends, 7, 0).tolist()),
            customdata=[_after(p) for p in points],
            hovertemplate="%{customdata}: J = %{y:,.0f}<extra></extra>",
        )
    )
    return framed(
        fig,
        title="J, which every block lowers",
        x="sweep (W is solved at each half)",
        y="J in stars²" + (" (log scale)" if log else ""),
        alt=f"The objective after every block of {points[-1].t} sweeps; it falls from {points[0].J:,.0f} "
        f"to {points[-1].J:,.0f} and never rises.",
        palette=palette,
        height=340,
        layout=legend_under_title(yaxis=scale(log, "~s", J)),
    )


def factors(
    frames: Sequence[tuple[int, Floats, Floats]], users: Sequence[str], films: Sequence[str], palette: Palette = LIGHT
) -> go.Figure:
    """Wᵀ over Uᵀ as colours, scrubbed over the sweeps in the browser.

    frames: (sweep, W, U) of the rows shown: W (len(users), k), U (len(films), k).
    """
    k = frames[0][1].shape[1]
    entries = np.concatenate([X.ravel() for _, W, U in frames for X in (W, U)])
    top = float(np.quantile(np.abs(entries), 0.98)) or 1.0
    fig = make_subplots(
        rows=2,
        cols=1,
        vertical_spacing=0.1 if k > 8 else 0.2 if k > 2 else 0.3,
        subplot_titles=(f"Wᵀ, users: green +, purple −, full colour at ±{top:.1f}", "Uᵀ, films: the same scale"),
    )
    shared = dict(colorscale=palette.diverging, zmin=-top, zmax=top, xgap=1, ygap=1, showscale=False)
    factor = list(range(1, k + 1))
    _, W, U = frames[-1]
    hover = "%{x}, factor %{y}: %{z:+.3f}<extra></extra>"
    fig.add_heatmap(x=users, y=factor, z=_short(W.T), hovertemplate="user " + hover, row=1, col=1, **shared)
    fig.add_heatmap(x=films, y=factor, z=_short(U.T), hovertemplate=hover, row=2, col=1, **shared)
    fig.frames = [
        go.Frame(name=str(t), data=[go.Heatmap(z=_short(W.T)), go.Heatmap(z=_short(U.T))], traces=[0, 1])
        for t, W, U in frames
    ]
    across = dict(type="category", tickangle=-90, tickfont=dict(size=9), showgrid=False, tickmode="linear")
    down = dict(title=dict(text="factor"), autorange="reversed", dtick=1 if k <= 8 else 5, showgrid=False)
    framed(
        fig,
        title="W and U, sweep by sweep",
        alt=f"Two tables of coloured cells: {k} factors of {len(users)} users and of {len(films)} films after sweep "
        f"{frames[-1][0]}, green above 0 and purple below. A slider goes back to the random start.",
        palette=palette,
        height=int(500 + 2 * k * (14 if k > 8 else 20)),
        layout=dict(
            margin=dict(t=160),
            title=dict(y=1, yref="container", yanchor="top", pad=dict(t=10)),
            xaxis=across,
            xaxis2=across,
            yaxis=down,
            yaxis2=down,
            sliders=[_scrubber(frames, palette)],
            updatemenus=[play_and_pause(palette)],
        ),
    )
    fig.update_annotations(font_size=13, x=0, xanchor="left")
    return fig


def shown(log: bool, *curves: Sequence[float]) -> Floats:
    """The curves as they are drawn: an exact fit leaves only rounding, which a log scale would blow up."""
    y = np.asarray(curves, np.float64)
    return np.maximum(y, 1e-6 * np.nanmax(y)) if log else y


def scale(log: bool, tickformat: str, shown: Floats) -> dict[str, Any]:
    """Logarithmic with a handful of round ticks within what is shown, which is above 0; or linear from 0.

    What is level to the eye is given room: Plotly would show two decades around it.
    """
    if not log:
        return dict(rangemode="tozero")
    low, high = float(np.nanmin(shown)), float(np.nanmax(shown))
    level = high < 1.01 * low
    if level:
        low, high = low / 1.05, high * 1.05
    decades = range(int(np.floor(np.log10(low))), int(np.ceil(np.log10(high))) + 1)
    scales = chain(
        ([float(f"{m * 10.0**e:.12g}") for e in decades for m in multiples] for multiples in _MULTIPLES),
        ([10.0**e for e in decades[::n]] for n in count(2)),
    )
    few = next(ticks for ticks in scales if sum(low <= x <= high for x in ticks) <= _MOST_TICKS)
    room = high / low  # to zoom out
    near = [x for x in few if low / room <= x <= high * room]
    return dict(
        type="log", tickvals=near, tickformat=tickformat, range=np.log10([low, high]).tolist() if level else None
    )


def _sweeps(points: Sequence[Point]) -> tuple[Floats, Any]:
    """Where every point stands, in sweeps, and which of them end one."""
    blocks = max(sum(p.t == 1 for p in points), 1)
    return np.arange(len(points)) / blocks, np.arange(len(points)) % blocks == 0


def _after(p: Point) -> str:
    return "start" if p.block == "init" else f"sweep {p.t}, {p.block.removeprefix('update_')} solved"


def _short(X: Floats) -> Floats:
    return np.round(X, 3).astype(np.float32)


def _scrubber(frames: Sequence[tuple[int, Floats, Floats]], p: Palette) -> dict[str, Any]:
    now = dict(mode="immediate", frame=dict(duration=0, redraw=True), transition=dict(duration=0))
    steps = [dict(label=str(t), method="animate", args=[[str(t)], now]) for t, _, _ in frames]
    return dict(
        active=len(frames) - 1,
        steps=steps,
        currentvalue=dict(prefix="after sweep ", xanchor="right", font=dict(color=p.ink)),
        font=dict(color=p.quiet),
        pad=dict(b=28),
        x=0,
        len=1,
        y=1,
        yanchor="bottom",
        bgcolor=p.grid,
        bordercolor=p.quiet,
        tickcolor=p.quiet,
    )
