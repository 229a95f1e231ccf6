"""Studies of λ and k in pictures: the U-curve, norms, row norms, the k × λ grid, and slip E2 (notes §9)."""

from collections.abc import Sequence
from typing import Any, Literal

import numpy as np
import plotly.graph_objects as go

from mfcore import as_written
from mfcore.as_written import Losses
from mfcore.ratings import Floats, Ints
from mfcore.study import Lengths, Mean, Plan
from mfview.figures import lam_axis
from mfview.figures.layout import ink_on, legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

_LEAST = 0.01  # shorter is drawn as this: it has nothing left to say
NAMES = Lengths("‖W‖²", "‖U‖²", "‖b‖²", "‖c‖²")  # type: ignore[arg-type]


def u_curve(rows: Sequence[Mean], lams: Sequence[float], at: float | None, palette: Palette = LIGHT) -> go.Figure:
    """Train and test RMSE against λ, over the folds so far. lams: all that the plan holds."""
    folds = max(row.folds for row in rows)
    return lam_axis.errors(
        [row.lam for row in rows],
        [row.train for row in rows],
        [row.test for row in rows],
        palette,
        title="One split" if folds == 1 else f"Mean of {folds} folds",
        unit=" in stars",
        over=lams,
        spread=[row.spread for row in rows],
        at=at,
    )


def norms(rows: Sequence[Mean], lams: Sequence[float], at: float | None, palette: Palette = LIGHT) -> go.Figure:
    """‖W‖²_F, ‖U‖²_F, ‖b‖² and ‖c‖² against λ."""
    x = lam_axis.places([row.lam for row in rows], lams)
    looks = (
        (palette.ink, "solid", "circle"),
        (palette.ink, "dash", "square"),
        (palette.highlight, "solid", "diamond"),
        (palette.highlight, "dash", "x"),
    )
    fig = go.Figure()
    for n, (colour, dash, symbol) in enumerate(looks):
        ys = np.array([row.lengths[n] for row in rows])
        fig.add_scatter(
            x=x,
            y=rounded(np.maximum(ys, _LEAST)),
            name=NAMES[n],
            mode="lines+markers",
            line=dict(color=colour, dash=dash, width=2.5),
            marker=dict(symbol=symbol, size=7),
            customdata=[f"λ = {row.lam:g}: {NAMES[n]} = {row.lengths[n]:,.4g}" for row in rows],
            hovertemplate="%{customdata}<extra></extra>",
        )
    if at is not None:
        lam_axis.mark(fig, at, lams, palette)
    first, last = rows[0], rows[-1]
    return framed(
        fig,
        title="What λ is charged for",
        x=lam_axis.TITLE,
        y="squared norm (log scale)",
        alt="Squared norms against λ: "
        + "; ".join(f"{NAMES[n]} from {first.lengths[n]:.3g} to {last.lengths[n]:.3g}" for n in range(len(NAMES)))
        + f" between λ = {first.lam:g} and λ = {last.lam:g}.",
        palette=palette,
        height=380,
        layout=legend_under_title(xaxis=lam_axis.axis(lams), yaxis=_decades([row.lengths for row in rows])),
    )


def _decades(lengths: Sequence[Lengths]) -> dict[str, Any]:
    """A log axis over what is drawn, labelled at few enough powers of ten."""
    shown = np.log10(np.maximum(np.array(lengths), _LEAST))
    low, high = int(np.floor(shown.min())), int(np.ceil(shown.max()))
    ticks = np.arange(low, high + 1, -(-(high - low) // 6) or 1)
    return dict(type="log", tickvals=(10.0**ticks).tolist(), ticktext=[f"10{lam_axis.raised(int(t))}" for t in ticks])


def row_norms(squares: Floats, counts: Ints, lam: float, palette: Palette = LIGHT) -> go.Figure:
    """The running sum of ‖w_i‖² over the users, those with most ratings first: it ends at ‖W‖²_F. Both (N,)."""
    order = np.argsort(-counts, kind="stable")
    total = np.concatenate([[0.0], np.cumsum(squares[order])])
    half = int(np.searchsorted(total, total[-1] / 2))
    said = [f"{counts[i]:,} ratings, ‖w‖² = {squares[i]:.3f}" for i in order.tolist()]
    fig = go.Figure(
        go.Scatter(
            x=np.arange(len(total)),
            y=rounded(total),
            mode="lines",
            line=dict(shape="vh", color=palette.neutral, width=2),
            fill="tozeroy",
            customdata=["nobody yet", *said],
            name="running sum of ‖w‖²",
            hovertemplate="%{x} users: %{y:.1f}; the last of them has %{customdata}<extra></extra>",
        )
    )
    fig.add_scatter(
        x=[0, len(order)],
        y=rounded([total[-1], total[-1]]),
        mode="lines",
        name="‖W‖², squared Frobenius norm",
        line=dict(color=palette.ink, width=2, dash="dash"),
        hovertemplate=f"‖W‖² = {total[-1]:,.4f}<extra></extra>",
    )
    return framed(
        fig,
        title=f"‖w‖² added up user by user, λ = {lam:g}",
        x="users, most ratings first",
        y="sum of ‖w‖² so far",
        alt=f"The squared lengths of {len(order):,} users' vectors at λ = {lam:g}, added up one user at a time, those "
        f"with most ratings first. The sum ends at {total[-1]:,.4g}, the squared Frobenius norm of W; half of it comes "
        f"from the first {half:,}.",
        palette=palette,
        height=360,
        layout=legend_under_title(),
    )


def grid(rows: Sequence[Mean], plan: Plan, part: Literal["train", "test"], palette: Palette = LIGHT) -> go.Figure:
    """RMSE of every k with every λ as numbers on colours, the lowest framed. Cells not fitted yet are grey."""
    z = np.full((len(plan.ks), len(plan.lams)), np.nan)
    for row in rows:
        z[plan.ks.index(row.k), plan.lams.index(row.lam)] = getattr(row, part)
    found = np.isfinite(z)
    low = float(z[found].min())
    # A fit without λ may miss by hundreds of stars; the colours are for those that miss by less than two.
    high = max(min(float(z[found].max()), 1.25 * low if part == "test" else 2.0), low + 1e-9)
    fig = go.Figure(
        go.Heatmap(
            z=np.round(z, 5),
            zmin=low,
            zmax=high,
            xgap=2,
            ygap=2,
            colorscale=palette.sequential,
            showscale=False,
            hovertext=[
                [f"k = {k}, λ = {lam:g}: {part} RMSE {value:,.4g}" for lam, value in zip(plan.lams, line, strict=True)]
                for k, line in zip(plan.ks, z, strict=True)
            ],
            hoverinfo="text",
        )
    )
    at_k, at_lam = np.nonzero(found)
    shares = (np.minimum(z[found], high) - low) / (high - low)
    fig.add_scatter(
        x=at_lam,
        y=at_k,
        mode="text",
        text=[_brief(value) for value in z[found].tolist()],
        textfont=dict(size=11, color=[ink_on(palette.sequential, round(share, 2)) for share in shares.tolist()]),
        hoverinfo="skip",
        showlegend=False,
    )
    n, m = np.unravel_index(np.nanargmin(z), z.shape)
    frame = dict(type="rect", x0=m - 0.5, x1=m + 0.5, y0=n - 0.5, y1=n + 0.5)
    bare = dict(showgrid=False, zeroline=False)
    return framed(
        fig,
        title=f"{part.capitalize()} RMSE: lowest {low:.3f} at k = {plan.ks[n]}, λ = {plan.lams[m]:g}",
        x="λ",
        y="k",
        alt=f"{part.capitalize()} error for {int(found.sum())} of {z.size} pairs of k and λ. It is lowest, {low:.4f} "
        f"stars, at k = {plan.ks[n]} and λ = {plan.lams[m]:g}, and highest, {float(z[found].max()):.3g}, elsewhere.",
        palette=palette,
        height=110 + 42 * len(plan.ks),
        layout=dict(
            plot_bgcolor=palette.missing,
            shapes=[frame | dict(line=dict(color=c, width=w)) for c, w in ((palette.ink, 6), (palette.highlight, 3))],
            xaxis=_ticks([f"{lam:g}" for lam in plan.lams]) | bare,
            yaxis=_ticks([str(k) for k in plan.ks]) | bare,
        ),
    )


def _ticks(labels: Sequence[str]) -> dict[str, Any]:
    return dict(tickvals=list(range(len(labels))), ticktext=labels, tickangle=0, range=[-0.5, len(labels) - 0.5])


def descent(
    exact: Sequence[Losses], written: Sequence[Losses], which: Literal["stated", "per_rating"], palette: Palette = LIGHT
) -> go.Figure:
    """One objective after every sweep of both rules."""
    fig = go.Figure()
    ends = {}
    for name, losses, colour, dash in (
        ("exact rule", exact, palette.ink, "solid"),
        ("written rule (E2)", written, palette.highlight, "dash"),
    ):
        ys = np.array([getattr(loss, which) for loss in losses])
        ends[name] = float(ys[-1])
        fig.add_scatter(
            x=np.arange(1, len(ys)),
            y=rounded(ys[1:]),
            name=name,
            mode="lines+markers",
            line=dict(color=colour, dash=dash, width=2.5),
            hovertemplate=f"sweep %{{x}}, {name}: %{{y:,.5g}}<extra></extra>",
        )
    sign, told = ("J", "J as stated") if which == "stated" else ("J′", "J′, biases charged per rating")
    return framed(
        fig,
        title=told,
        x="sweep",
        y=f"{sign} in stars²",
        alt=f"{told} after every sweep: the exact rule ends at {ends['exact rule']:,.4g}, "
        f"the written rule at {ends['written rule (E2)']:,.4g}.",
        palette=palette,
        height=340,
        layout=legend_under_title(),
    )


def shrinkage(counts: Ints, lam: float, palette: Palette = LIGHT) -> go.Figure:
    """What either rule leaves of a mean residual, against the number of ratings, with the users there are."""
    seen = np.unique(counts[counts > 0])
    n = np.geomspace(1, max(int(seen.max()), 10), 80)
    curves, users = as_written.shrinkage(n, lam), as_written.shrinkage(seen, lam)
    fig = go.Figure()
    for name, line, points, colour, dash in (
        ("exact rule", curves.exact, users.exact, palette.ink, "solid"),
        ("written rule (E2)", curves.written, users.written, palette.highlight, "dash"),
    ):
        fig.add_scatter(
            x=n, y=rounded(line), name=name, mode="lines", line=dict(color=colour, dash=dash, width=2.5),
            hoverinfo="skip",
        )  # fmt: skip
        fig.add_scatter(
            x=seen, y=rounded(points), mode="markers", marker=dict(color=colour, size=6), showlegend=False,
            hovertemplate=f"{name}, %{{x:,}} ratings: %{{y:.1%}} is left<extra></extra>",
        )  # fmt: skip
    return framed(
        fig,
        title="What is left of a mean residual in b",
        x="ratings of the user, |Ψ| (log scale)",
        y="share left",
        alt=f"At λ = {lam:g} the exact rule leaves {float(users.exact[0]):.0%} for a user with {seen[0]} and "
        f"{float(users.exact[-1]):.0%} for one with {seen[-1]} ratings; the written rule leaves "
        f"{float(users.written[0]):.0%} to everybody.",
        palette=palette,
        height=340,
        layout=legend_under_title(
            xaxis=dict(type="log", tickvals=[m * 10**p for p in range(5) for m in (1, 3)], tickformat=","),
            yaxis=dict(range=[0, 1.04], tickformat=".0%"),
        ),
    )


def _brief(value: float) -> str:
    """A number that fits a cell."""
    if value < 0.9995:
        return f"{value:.3f}"[1:]
    return f"{value:.2f}" if value < 10 else f"{value:,.0f}" if value < 1000 else f"{value / 1000:.0f}k"
