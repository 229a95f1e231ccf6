"""The README's picture of RMSE against time, from what `python -m benchmarks` measured."""

import json
from pathlib import Path
from typing import Any

import plotly.graph_objects as go
from plotly.subplots import make_subplots

from benchmarks.compare import OURS
from benchmarks.peers import RUNNERS
from mfview import style

TARGET = Path(__file__).parents[1] / "docs" / "rmse_time.png"
ROOM = 0.06  # stars above the lowest RMSE that the picture shows
P = style.LIGHT
# colour, dash, marker: two forms of one library share a colour
LOOKS = {
    "numba": (P.train, "solid", "circle"),
    "numpy": (P.train, "dot", "circle-open"),
    "cmfrec": (P.test, "solid", "square"),
    "cmfrec-cg": (P.test, "dot", "square-open"),
    "lenskit": (P.positive, "solid", "diamond"),
    "cornac": (P.negative, "solid", "triangle-up"),
    "surprise": (P.highlight, "solid", "triangle-down"),
    "spark": (P.neutral, "solid", "x"),
}


def draw(results: Path, size: str) -> str:
    """Writes TARGET, a panel for every k that was measured at this size. Raises FileNotFoundError if none was."""
    measured = [json.loads(path.read_text()) for path in results.glob(f"{size}-*.json")]
    if not measured:
        raise FileNotFoundError(f"nothing is measured at this size yet: run python -m benchmarks --size {size}")
    fig = figure(sorted(measured, key=lambda one: one["k"]))
    fig.write_image(TARGET, width=1200, height=520, scale=1.5)
    return f"{TARGET.name}: {style.alt_of(fig)}"


def figure(measured: list[dict[str, Any]]) -> go.Figure:
    """measured: as `compare.table` keeps it, one a panel. Time on a log axis; one axis of RMSE for all panels."""
    titles = [f"k = {one['k']}" for one in measured]
    fig = make_subplots(1, len(measured), subplot_titles=titles, shared_yaxes=True, horizontal_spacing=0.03)
    for column, one in enumerate(measured, 1):
        for name, (colour, dash, symbol) in LOOKS.items():
            if name in one["curves"]:
                seconds, rmse = zip(*one["curves"][name], strict=True)
                line = dict(color=colour, dash=dash, width=4 if name == OURS else 2)
                trace = go.Scatter(
                    x=seconds, y=rmse, line=line, marker=dict(symbol=symbol, size=7), mode="lines+markers"
                )
                new = all(drawn.legendgroup != name for drawn in fig.data)
                trace.update(name=RUNNERS[name].title, legendgroup=name, showlegend=new)
                fig.add_trace(trace, 1, column)
    fig.update_xaxes(type="log", title_text="seconds, conversion included (log)", dtick=1, minor=dict(showgrid=True))
    low = min(rmse for one in measured for curve in one["curves"].values() for _, rmse in curve)
    fig.update_yaxes(range=[low - 0.04 * ROOM, low + ROOM])
    return style.framed(
        fig,
        title="Test RMSE after each sweep, against the time it took",
        y="test RMSE, stars",
        alt="Test RMSE falling with time: a line a library, a panel for every k; lower and further left is better.",
        layout=dict(
            paper_bgcolor=P.paper,
            plot_bgcolor=P.paper,
            title=dict(x=0.02),
            legend=dict(orientation="v", x=1.01, xanchor="left", y=1, yanchor="top"),
            margin=dict(l=20, r=20, t=96, b=20),
        ),
    )
