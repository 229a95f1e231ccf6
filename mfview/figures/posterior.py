"""Draws from a posterior in pictures: of one rating, of one user's films, of several chains (notes §12)."""

from collections.abc import Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go
from plotly.subplots import make_subplots

from mfcore.ratings import Floats
from mfview import labels
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

BINS = 16
STOPS = (1, 2, 5, 10, 20, 50, 100)  # draws after which the histogram is looked at, and at the end
_CALM = dict(duration=0)


def one_rating(
    r: Floats, sigma: Floats, point: float, given: float | None, palette: Palette = LIGHT, *, whose: str
) -> go.Figure:
    """r̂ draw by draw, and the histogram of the draws so far, with a slider over how many there are.

    r, sigma: (draws,) r̂ and σ after the burn-in, in stars.  point: MAP's prediction.  given: the rating, if any.
    """
    stops = [*(n for n in STOPS if n < len(r)), len(r)]
    low, high = float(r.min()), float(r.max())
    pad = 0.05 * max(high - low, 0.1)
    edges = np.linspace(low - pad, high + pad, BINS + 1)
    stars = np.linspace(min(low - 2.5 * sigma[-1], point), max(high + 2.5 * sigma[-1], point), 120)

    def parts(n: int) -> list[Any]:
        density = np.exp(-0.5 * ((stars - r[:n, None]) / sigma[:n, None]) ** 2) / sigma[:n, None]
        heights = np.histogram(r[:n], edges)[0] / n / (edges[1] - edges[0])
        mean = np.cumsum(r[:n]) / np.arange(1, n + 1)
        t = np.arange(1, n + 1)
        return [
            go.Bar(x=rounded(heights), y=rounded((edges[1:] + edges[:-1]) / 2)),
            go.Scatter(x=rounded(density.mean(axis=0) / np.sqrt(2 * np.pi)), y=rounded(stars)),
            go.Scatter(x=t, y=rounded(r[:n])),
            go.Scatter(x=t, y=rounded(mean)),
        ]

    looks: list[dict[str, Any]] = [
        dict(
            orientation="h",
            name="draws of r̂",
            marker=dict(color=palette.train, opacity=0.75),
            width=edges[1] - edges[0],
        ),
        dict(name="a rating: r̂ and noise", mode="lines", line=dict(color=palette.test, width=2.5)),
        dict(name="r̂", mode="lines", line=dict(color=palette.train, width=1), showlegend=False),
        dict(name="mean so far", mode="lines", line=dict(color=palette.ink, width=2.5)),
    ]
    fig = make_subplots(1, 2, shared_yaxes=True, column_widths=[0.5, 0.5], horizontal_spacing=0.07)
    whole = parts(len(r))
    tallest = max(float(np.max(part.x)) for part in whole[:2])
    for n, (part, look) in enumerate(zip(whole, looks, strict=True)):
        fig.add_trace(part.update(look), row=1, col=2 if n < 2 else 1)
    for name, value, dash, colour in (
        ("MAP, one number", point, "dot", palette.neutral),
        ("rating", given, "dash", palette.ink),
    ):
        if value is not None:
            for col, x in ((1, [1, len(r)]), (2, [0, tallest])):
                fig.add_scatter(
                    x=x, y=[value, value], mode="lines", name=name, line=dict(color=colour, dash=dash, width=2),
                    showlegend=col == 1, hovertemplate=f"{name}: {value:.2f}<extra></extra>", row=1, col=col,
                )  # fmt: skip
    fig.frames = [go.Frame(name=str(n), data=parts(n), traces=[0, 1, 2, 3]) for n in stops]
    said = "not rated" if given is None else f"the rating is {given:g}"
    return framed(
        fig,
        title=labels.plain(whose),
        x="draw",
        y="stars",
        alt=f"{len(r)} draws of the prediction for {whose}: mean {r.mean():.2f} stars, standard deviation "
        f"{r.std():.2f}; a rating spreads further, by noise of {np.sqrt(np.mean(sigma**2)):.2f}. MAP says {point:.2f}; "
        f"{said}. "
        "Beside the draws in their order stands their histogram. A slider goes back to the first of them.",
        palette=palette,
        height=540,
        # The slider has the room above the plot, where on a phone a legend of five lines would cover it.
        layout=dict(
            margin=dict(l=8, r=8, t=124, b=8),
            title=dict(y=1, yref="container", yanchor="top", pad=dict(t=10)),
            legend=dict(orientation="h", x=0, xanchor="left", y=-0.22, yanchor="top"),
            xaxis=dict(title=dict(standoff=2)),
            xaxis2=dict(title=dict(text="density", standoff=2), rangemode="tozero"),
            bargap=0,
            sliders=[_slider(stops, palette)],
        ),
    )


def _slider(stops: Sequence[int], p: Palette) -> dict[str, Any]:
    now = dict(mode="immediate", frame=dict(duration=0, redraw=True), transition=_CALM)
    return dict(
        active=len(stops) - 1,
        steps=[dict(label=str(n), method="animate", args=[[str(n)], now]) for n in stops],
        currentvalue=dict(prefix="draws so far: ", xanchor="right", font=dict(color=p.ink)),
        font=dict(color=p.quiet),
        x=0,
        len=1,
        y=1,
        yanchor="bottom",
        pad=dict(b=34),
        bgcolor=p.grid,
        bordercolor=p.quiet,
        tickcolor=p.quiet,
    )


def intervals(
    names: Sequence[str],
    mean: Floats,
    doubt: Floats,
    ends: tuple[Floats, Floats],
    given: Floats,
    share: float,
    palette: Palette = LIGHT,
) -> go.Figure:
    """A bar a film: where a rating lies with probability `share`, and within it one standard deviation of r̂.

    mean, doubt, given: (films,) in stars, given NaN where the film was not rated.  ends: low and high, (films,) each.
    """
    order = np.argsort(mean)
    y, low, high = np.arange(len(order)), ends[0][order], ends[1][order]
    fig = go.Figure()
    for name, left, right, colour, width in (
        (f"{share:.0%} of ratings", low, high, palette.test, 5),
        ("r̂ ± doubt", (mean - doubt)[order], (mean + doubt)[order], palette.train, 11),
    ):
        # One line with gaps: a trace a film would take as long again to draw.
        x = np.column_stack([left, right, np.full(len(y), np.nan)]).ravel()
        fig.add_scatter(
            x=rounded(x), y=np.repeat(y, 3), mode="lines", name=name, line=dict(color=colour, width=width),
            connectgaps=False, hoverinfo="skip",
        )  # fmt: skip
    said = [
        f"{labels.plain(names[n])}: {mean[n]:.2f}, {share:.0%} between {a:.2f} and {b:.2f}, doubt {doubt[n]:.2f}"
        for n, a, b in zip(order, low, high, strict=True)
    ]
    fig.add_scatter(
        x=rounded(mean[order]), y=y, mode="markers", name="mean", hovertext=said, hoverinfo="text",
        marker=dict(color=palette.paper, size=7, line=dict(color=palette.ink, width=1.5)),
    )  # fmt: skip
    known = np.isfinite(given[order])
    fig.add_scatter(
        x=given[order][known], y=y[known], mode="markers", name="held-out rating",
        marker=dict(symbol="x", size=10, color=palette.ink), hovertemplate="rated %{x:g}<extra></extra>",
    )  # fmt: skip
    inside = int(np.sum((low <= given[order]) & (given[order] <= high)))
    widest = names[int(np.argmax(doubt))]
    return framed(
        fig,
        title=f"{share:.0%} intervals",
        x="stars",
        alt=f"Intervals of {len(names)} films for one user. {inside} of {int(known.sum())} held-out ratings shown lie "
        f"inside. r̂ is most in doubt for {widest}.",
        palette=palette,
        height=150 + 27 * len(names),
        layout=legend_under_title(
            yaxis=dict(
                tickvals=y,
                ticktext=[labels.plain(labels.short(names[n], 30)) for n in order],
                showgrid=False,
                range=(-0.7, len(y) - 0.3),
            ),
        ),
    )


def chains(values: Floats, burn: int, title: str, unit: str, rhat: float, palette: Palette = LIGHT) -> go.Figure:
    """One quantity followed over several chains. values: (chains, sweeps)."""
    looks = ((palette.train, "solid"), (palette.test, "solid"), (palette.positive, "dot"), (palette.negative, "dot"))
    t = np.arange(1, values.shape[1] + 1)
    fig = go.Figure()
    if burn:
        fig.add_vrect(x0=0, x1=burn + 0.5, fillcolor=palette.missing, line_width=0, layer="below")
    for n, row in enumerate(values):
        colour, dash = looks[n % len(looks)]
        fig.add_scatter(
            x=t, y=rounded(row), mode="lines", name=f"chain {n + 1}", line=dict(color=colour, dash=dash, width=1.3),
            hovertemplate=f"chain {n + 1}, sweep %{{x}}: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    return framed(
        fig,
        title=f"{title}: R̂ = {rhat:.2f}",
        x="sweep",
        y=unit,
        alt=f"{title} over {values.shape[1]} sweeps of {len(values)} chains; R̂ is {rhat:.3f}. Chain means after the "
        f"burn-in: {', '.join(f'{m:.2f}' for m in values[:, burn:].mean(axis=1))}.",
        palette=palette,
        height=300,
        layout=legend_under_title(),
    )
