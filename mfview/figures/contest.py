"""Every model in pictures: errors with their spread over folds, and how they fell while training (notes §19)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore.contest import Row
from mfcore.entrants import BASELINES
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

_ROOM = 0.04  # of the range, beside the outermost points


def limits(rows: Sequence[Row]) -> tuple[float, float]:
    """What the pictures show of RMSE: from the lowest to a little above μ; those beyond are said in words."""
    tests = [x for row in rows for x in row.tests]
    mean = next((row.test for row in rows if row.name == BASELINES[0]), max(tests))
    low, high = min(tests), max(1.01 * mean, min(tests) + 1e-3)
    room = _ROOM * (high - low)
    return low - room, high + room


def lost(row: Row) -> str:
    """What to say in place of an error, of an entrant that diverged; "" of one that did not."""
    if not row.diverged:
        return ""
    return f"diverged on {row.diverged} of {row.folds} folds" if row.folds > 1 else "diverged"


def dots(rows: Sequence[Row], palette: Palette = LIGHT) -> go.Figure:
    """The mean test RMSE of every entrant, its spread, and each fold; baselines as lines down the picture."""
    low, high = limits(rows)
    ordered = sorted(rows, key=lambda row: row.test)
    names, inside = [row.name for row in ordered], [row for row in ordered if row.test < high]
    fig = go.Figure()
    for row in rows:
        if row.name in BASELINES and row.test < high:
            fig.add_vline(row.test, line=dict(color=palette.neutral, width=1, dash="dot"))
    folds = [(x, row.name) for row in ordered for x in row.tests if len(row.tests) > 1 and row.test < high]
    if folds:
        fig.add_scatter(
            x=rounded([x for x, _ in folds]),
            y=[name for _, name in folds],
            name="a fold",
            mode="markers",
            marker=dict(size=8, symbol="line-ns-open", color=palette.ink),
            hovertemplate="%{y}, one fold: %{x:.4f}<extra></extra>",
        )
    for label, own, colour, symbol in (
        ("model", [row for row in inside if row.name not in BASELINES], palette.test, "circle"),
        ("baseline", [row for row in inside if row.name in BASELINES], palette.neutral, "square"),
    ):
        fig.add_scatter(
            x=rounded([row.test for row in own]),
            y=[row.name for row in own],
            name=label,
            mode="markers",
            marker=dict(size=11, color=colour, symbol=symbol, line=dict(color=palette.ink, width=1)),
            error_x=dict(type="data", array=rounded([row.spread for row in own]), thickness=2, width=5, color=colour),
            customdata=[f"{row.name}: {row.test:.4f} ± {row.spread:.4f}" for row in own],
            hovertemplate="%{customdata}<extra></extra>",
        )
    beyond = [row for row in ordered if row.test >= high]
    if beyond:
        fig.add_scatter(
            x=rounded([high] * len(beyond)),
            y=[row.name for row in beyond],
            mode="text",
            text=[f"{lost(row) or f'{row.test:,.3g}'} ▶" for row in beyond],
            textposition="middle left",
            textfont=dict(color=palette.test),
            hoverinfo="skip",
            showlegend=False,
        )
    first, last = ordered[0], ordered[-1]
    n = max(row.folds for row in rows)
    whose = "the baselines" if {row.name for row in rows} <= {*BASELINES} else "every model"
    return framed(
        fig,
        title=f"Test RMSE of {whose}" + (f", mean of {n} folds" if n > 1 else ", one split"),
        x="test RMSE in stars",
        alt=f"{len(rows)} ways to predict, best first. Lowest is {first.name} with {first.test:.4f} stars, spread "
        f"{first.spread:.4f}; highest {last.name} with {lost(last) or f'{last.test:.4g}'}. "
        + "; ".join(f"{row.name} {lost(row) or f'{row.test:.3f}'}" for row in ordered[1:-1])
        + ".",
        palette=palette,
        height=140 + 30 * len(rows),
        layout=legend_under_title(
            xaxis=dict(range=[low, high]),
            yaxis=dict(categoryorder="array", categoryarray=names[::-1], range=[-0.7, len(names) - 0.3]),
        ),
    )


def learning(rows: Sequence[Row], chosen: str, palette: Palette = LIGHT) -> go.Figure:
    """RMSE after every sweep or epoch, of one entrant in colour and of the others in grey, over the baselines.

    Curves are means over the folds. A dot is the error that counts on one of them, after the epochs chosen there.
    """
    low, high = limits(rows)
    fig = go.Figure()
    for row in rows:
        if row.name in BASELINES:
            if row.name in (BASELINES[0], BASELINES[-1]):
                fig.add_hline(
                    row.test,
                    line=dict(color=palette.neutral, width=1.5, dash="dot"),
                    annotation=dict(text=row.name, font=dict(size=12, color=palette.quiet)),
                    annotation_position="top right",
                )
            continue
        ours = row.name == chosen
        fig.add_scatter(
            x=np.arange(1, len(row.curve)),
            y=rounded(row.curve[1:]),
            name=row.name,
            mode="lines",
            line=dict(color=palette.test if ours else palette.quiet, width=3 if ours else 1),
            opacity=1.0 if ours else 0.55,
            hovertemplate=f"{row.name}, %{{x}}: %{{y:.4f}}<extra></extra>",
            showlegend=ours,
            zorder=ours,
        )
    own = next((row for row in rows if row.name == chosen), None)
    if own is not None:
        fig.add_scatter(
            x=own.at,
            y=rounded(own.tests),
            name="a fold's end, chosen in training" if own.folds > 1 else "the end, chosen in training",
            mode="markers",
            marker=dict(size=11, color=palette.highlight, line=dict(color=palette.ink, width=1.5)),
            hovertemplate="%{x}: %{y:.4f}<extra></extra>",
            zorder=2,
        )
    told = f"{chosen} goes from {own.curve[1]:.3f} to {own.curve[-1]:.3f}. " if own else ""
    return framed(
        fig,
        title=f"While training: {chosen}",
        x="sweeps or epochs (log scale)",
        y="test RMSE in stars",
        alt=f"Test error after every step of training. {told}"
        + "; ".join(f"{r.name} ends at {r.curve[-1]:.3f}" for r in rows if r.name not in (*BASELINES, chosen))
        + ".",
        palette=palette,
        height=440,
        layout=legend_under_title(
            xaxis=dict(type="log", tickvals=(ticks := [1, 2, 5, 10, 20, 50, 100]), ticktext=[str(t) for t in ticks]),
            yaxis=dict(range=[low, high]),
        ),
    )
