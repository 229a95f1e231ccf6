"""Descents: of one rating's error, of J beside ALS, and what a learning rate does to them (notes §14)."""

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from mfcore.ratings import Floats, Ints
from mfview.descents import Curve, Seen
from mfview.figures.layout import legend_under_title, rounded, whole
from mfview.figures.training import scale
from mfview.style import LIGHT, Palette, framed, signed

By = Literal["epochs", "seconds"]
_NAMES = {"J": ("J, the same for all", "J in stars² (log scale)"), "test": ("Test RMSE", "stars (log scale)")}


def shrinking(errors: Sequence[float], at: int, palette: Palette = LIGHT) -> go.Figure:
    """The error of one rating after each of its steps, and where we are."""
    fig = go.Figure(
        go.Scatter(
            x=np.arange(len(errors)),
            y=np.asarray(errors, np.float32),
            mode="lines+markers",
            line=dict(color=palette.train, width=2),
            hovertemplate="after step %{x}: e = %{y:.4f}<extra></extra>",
        )
    )
    here = dict(size=13, color=palette.highlight, line=dict(width=2, color=palette.ink))
    fig.add_scatter(x=[at], y=[errors[at]], mode="markers", marker=here, hoverinfo="skip")
    return framed(
        fig,
        title="e after every step",
        x="steps on this one rating",
        y="error in stars",
        alt=f"The error of this rating over {len(errors) - 1} steps: {signed(errors[0])} stars at first, "
        f"{signed(errors[at])} after step {at}, {signed(errors[-1])} at the end.",
        palette=palette,
        height=220,
        layout=legend_under_title(
            showlegend=False,
            margin=dict(l=60, r=8, t=48, b=52),
            xaxis=dict(fixedrange=True, automargin=False),
            yaxis=dict(fixedrange=True, automargin=False, zeroline=True, zerolinecolor=palette.quiet),
        ),
    )


def curves(
    runs: Mapping[str, Sequence[Seen]],
    chosen: str,
    what: Literal["J", "test"],
    by: By,
    palette: Palette = LIGHT,
) -> go.Figure:
    """J, or the RMSE on test ratings, of several descents; ALS in ink, the chosen one lit.

    What came before the first epoch is left out: it is the random start, and says nothing of either.
    """
    fig, ys, xs = go.Figure(), [], []
    others = {"SGD": (palette.neutral, "dot"), "momentum": (palette.negative, "dash")}
    begun = {name: rows for name, seen in runs.items() if (rows := [one for one in seen if one.t > 0])}
    floor = _floor(getattr(one, what) for rows in begun.values() for one in rows)
    for name, rows in begun.items():
        found = np.array([getattr(one, what) for one in rows])
        y = np.maximum(found, floor)
        x = np.array([one.t if by == "epochs" else one.seconds for one in rows])
        ys.append(y)
        xs.append(x)
        if name == "ALS":
            line = dict(color=palette.ink, width=3)
        elif name == chosen:
            line = dict(color=palette.highlight, width=4)
        else:
            colour, dash = others.get(name, (palette.positive, "dashdot"))
            line = dict(color=colour, width=2, dash=dash)
        fig.add_scatter(
            x=rounded(x),
            y=rounded(y),
            name=name,
            mode="lines+markers",
            marker=dict(size=5),
            line=line,
            customdata=[
                f"{name}, epoch {one.t}, {one.seconds:.2f} s: {y:,.5g}" for one, y in zip(rows, found, strict=True)
            ],
            hovertemplate="%{customdata}<extra></extra>",
        )
    title, y_title = _NAMES[what]
    everything = np.concatenate(ys) if ys else np.array([1.0, 2.0])
    ends = ", ".join(f"{name} {getattr(seen[-1], what):,.5g}" for name, seen in runs.items() if seen)
    over = "epoch (for ALS: sweep)" if by == "epochs" else "seconds of training (log scale)"
    along = np.concatenate(xs) if xs else np.ones(1)
    across = _decades(along) if by == "seconds" else dict(rangemode="tozero") | whole(along.max())
    return framed(
        fig,
        title=title,
        x=over,
        y=y_title,
        alt=f"{title} against {over.split(' (')[0]} after the first, at the end: {ends}.",
        palette=palette,
        height=400,
        layout=legend_under_title(xaxis=across, yaxis=scale(True, "~g" if what == "test" else "~s", everything)),
    )


def _drawn(y: Sequence[float]) -> Floats:
    """Where values of one picture stand on its log scale."""
    found: Floats = np.maximum(y, _floor(y))
    return found


def _floor(y: Iterable[float]) -> float:
    """The lowest place on the log scale of a picture of all these: ratings that are all alike are met exactly, and 0
    has no logarithm."""
    return max(1e-6 * max(y, default=0.0), 1e-9)


def _decades(x: Floats) -> dict[str, Any]:
    """A log axis over seconds, labelled at powers of ten as people write them."""
    low, high = int(np.floor(np.log10(x.min()))), int(np.ceil(np.log10(x.max())))
    ticks = [10.0**e for e in range(low, high + 1)]
    return dict(type="log", tickvals=ticks, ticktext=[f"{tick:g}" for tick in ticks])


def ends(curves: Mapping[float, Curve], at: float, T: int, palette: Palette = LIGHT) -> go.Figure:
    """J after the last epoch against the learning rate; rates that led out of all bounds are marked at the top."""
    last = {rate: curve.seen[-1].J for rate, curve in curves.items() if not curve.astray}
    kept = dict(zip(last, _drawn(list(last.values())).tolist(), strict=True))
    lost = {rate: curve for rate, curve in curves.items() if curve.astray}
    top = max(kept.values(), default=1.0)
    fig = go.Figure(
        go.Scatter(
            x=list(kept),
            y=rounded(list(kept.values())),
            name=f"J after {T} epochs",
            mode="lines+markers",
            line=dict(color=palette.ink, width=2.5),
            marker=dict(size=8),
            hovertemplate="η = %{x:g}: J = %{y:,.0f}<extra></extra>",
        )
    )
    fig.add_scatter(
        x=list(lost),
        y=[top] * len(lost),
        name="learning rate too large",
        mode="markers",
        marker=dict(symbol="x", size=11, color=palette.test),
        customdata=[curve.astray for curve in lost.values()],
        hovertemplate="η = %{x:g}: diverged at epoch %{customdata}<extra></extra>",
    )
    fig.add_vline(at, line=dict(color=palette.highlight, width=3), layer="below")
    rates = list(curves)
    said = f" Rates {', '.join(f'{rate:g}' for rate in lost)} diverged." if lost else ""
    best = [rate for rate in last if last[rate] == min(last.values())]
    told = f" It is lowest, {last[best[0]]:,.5g}, at η = {', '.join(f'{rate:g}' for rate in best)}." if best else ""
    return framed(
        fig,
        title=f"J after {T} epochs, by learning rate",
        x="η, learning rate (log scale)",
        y="J in stars² (log scale)",
        alt=f"J after {T} epochs against the learning rate.{told}{said} The line stands at η = {at:g}.",
        palette=palette,
        height=360,
        layout=legend_under_title(
            xaxis=dict(type="log", tickvals=rates, ticktext=[f"{rate:g}" for rate in rates], tickangle=-45),
            yaxis=scale(True, "~s", np.array([*kept.values(), top * 1.05])),
        ),
    )


def panel(curve: Curve, title: str, limits: tuple[float, float], T: int, palette: Palette = LIGHT) -> go.Figure:
    """J of one descent, epoch by epoch, on axes that its neighbours share. limits: of J."""
    y = np.array([one.J for one in curve.seen])
    low, high = _drawn(limits)
    fig = go.Figure(
        go.Scatter(
            x=[one.t for one in curve.seen],
            y=rounded(np.clip(y, low, high)),
            mode="lines+markers",
            line=dict(color=palette.ink, width=2.5),
            marker=dict(size=6),
            customdata=rounded(y),
            hovertemplate="epoch %{x}: J = %{customdata:,.5g}<extra></extra>",
        )
    )
    told = f"ends at {y[-1]:,.0f}"
    if curve.astray:
        told = f"diverges at epoch {curve.astray}"
        fig.add_scatter(
            x=[curve.seen[-1].t, curve.astray],
            y=[min(y[-1], high), high],
            mode="lines+markers",
            line=dict(color=palette.test, width=2, dash="dot"),
            marker=dict(symbol="x", size=[0, 13], color=palette.test),
            hovertemplate=f"epoch {curve.astray}: diverged<extra></extra>",
        )
    return framed(
        fig,
        title=title,
        x="epoch",
        y="J in stars² (log scale)",
        alt=f"{title}: J starts at {y[0]:,.0f} and {told}.",
        palette=palette,
        height=300,
        layout=legend_under_title(
            showlegend=False,
            margin=dict(l=8, r=8, t=52, b=8),
            xaxis=dict(range=[-0.5, T + 0.5]) | whole(T),
            yaxis=scale(True, "~s", np.array([low, high])) | dict(range=[np.log10(low * 0.97), np.log10(high * 1.04)]),
        ),
    )


def parallel(t: Ints, J: Floats, turned: Floats, ends: tuple[float, float], palette: Palette = LIGHT) -> go.Figure:
    """J and −2σ² log p along one descent, a constant apart. t: epochs; ends: both where MAP is."""
    fig = go.Figure()
    for name, y, end, colour, dash in (
        ("−2σ² log p, the Gaussians", turned, ends[1], palette.highlight, "dash"),
        ("J, the network", J, ends[0], palette.ink, "solid"),
    ):
        fig.add_scatter(
            x=t + 1,
            y=rounded(y),
            name=name,
            mode="lines",
            line=dict(color=colour, width=3, dash=dash),
            customdata=t,
            hovertemplate=f"epoch %{{customdata}}: {name} %{{y:,.5g}}<extra></extra>",
        )
        fig.add_scatter(
            x=[t[-1] + 1],
            y=rounded([end]),
            mode="markers",
            marker=dict(symbol="diamond", size=12, color=colour, line=dict(width=1.5, color=palette.ink)),
            showlegend=False,
            hovertemplate=f"{name} at MAP by closed forms: %{{y:,.5g}}<extra></extra>",
        )
    ticks = [1, 2, 5, 10, 20, 50, 100, 200, 500, 1000]
    return framed(
        fig,
        title="One fall, a constant apart",
        x="epoch (log scale)",
        y="stars²",
        alt=f"Along {t[-1]} epochs of descent J goes from {J[0]:.4g} to {J[-1]:.4g} and −2σ² log p from "
        f"{turned[0]:.4g} to {turned[-1]:.4g}, always {turned[0] - J[0]:.4g} apart. Diamonds: where the closed forms "
        f"of MAP end, {ends[0]:.4g} and {ends[1]:.4g}.",
        palette=palette,
        height=340,
        layout=legend_under_title(
            xaxis=dict(type="log", tickvals=[n + 1 for n in ticks], ticktext=[str(n) for n in ticks])
        ),
    )
