"""What a prior does: errors against its precision, fitted entries beside it, and σ and λ as they are learnt (§11)."""

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
import plotly.graph_objects as go

from mfcore import pmf
from mfcore.ratings import Floats
from mfcore.study import Mean
from mfview.figures import lam_axis
from mfview.figures.layout import legend_under_title, rounded
from mfview.style import LIGHT, Palette, framed

_RANGE = 3.5  # standard deviations of the prior, or of the entries, that are drawn


def errors(rows: Sequence[Mean], lams: Sequence[float], sigma: float, at: float, palette: Palette = LIGHT) -> go.Figure:
    """Train and test RMSE of ridge fits against λ_prior = λ_ridge/σ² (E5). lams: all λ_ridge there will be."""
    fig = lam_axis.errors(
        [row.lam / sigma**2 for row in rows],
        [row.train for row in rows],
        [row.test for row in rows],
        palette,
        title="Too weak, and too strong",
        unit=" in stars",
        over=[lam / sigma**2 for lam in lams],
        at=at,
    )
    # The worst error, written where the curve comes down from it.
    fig.update_annotations(selector=lambda one: one.text.startswith("▲"), bgcolor=palette.paper)
    fig.layout.xaxis.title.text = "λ<sub>prior</sub> (log scale, 0 at the left)"
    return fig


def entries(
    fitted: Mapping[str, Floats], lam: float, palette: Palette = LIGHT, *, colours: Sequence[str] = ()
) -> go.Figure:
    """How the fitted entries are spread, beside N(0, 1/λ_prior). fitted: {"W": any shape, …}."""
    values = {name: np.ravel(X).astype(np.float64) for name, X in fitted.items()}
    spread = max(float(np.sqrt(np.mean(x**2))) for x in values.values())
    prior = lam**-0.5 if lam > 0 else np.inf
    half = _RANGE * max(spread, min(prior, 2 * spread)) or 1.0
    bins = np.linspace(-half, half, 61)
    middles = (bins[1:] + bins[:-1]) / 2
    fig = go.Figure()
    looks = zip(values.items(), colours or (palette.neutral, palette.highlight), ("solid", "dot"), strict=False)
    for (name, x), colour, dash in looks:
        share = np.histogram(np.clip(x, -half, half), bins)[0] / len(x) / (bins[1] - bins[0])
        fig.add_scatter(
            x=rounded(middles), y=rounded(share), mode="lines", name=f"entries of {name}",
            line=dict(shape="hvh", color=colour, width=2.5, dash=dash),
            hovertemplate=f"entries of {name} near %{{x:.2f}}: %{{y:.3f}}<extra></extra>",
        )  # fmt: skip
    if lam > 0:
        t = np.linspace(-half, half, 181)
        fig.add_scatter(
            x=rounded(t), y=rounded(pmf.density(t, 0.0, prior)), mode="lines", name="prior N(0, 1/λ)",
            line=dict(color=palette.ink, width=2, dash="dash"),
            hovertemplate="prior density of %{x:.2f}: %{y:.3f}<extra></extra>",
        )  # fmt: skip
    said = ", ".join(f"{name} {float(np.sqrt(np.mean(x**2))):.3f}" for name, x in values.items())
    wide = f"The prior's is {prior:.3f}." if lam > 0 else "There is no prior."
    return framed(
        fig,
        title="What was allowed, what was used",
        x="entry",
        y="density",
        alt=f"How the fitted entries are spread around 0. Root mean squares: {said}. {wide}",
        palette=palette,
        height=380,
        layout=legend_under_title(yaxis=dict(rangemode="tozero")),
    )


def lines(
    x: Sequence[float],
    values: Mapping[str, Sequence[float] | Floats],
    palette: Palette = LIGHT,
    *,
    title: str,
    over: str,
    y: str,
    log: bool = False,
) -> go.Figure:
    """Up to three numbers against another, `over`: sweeps, or k. x: (n,).  values: {name: (n,)}."""
    looks: tuple[dict[str, Any], ...] = (
        dict(line=dict(color=palette.ink, width=2.5), marker=dict(symbol="circle", size=6)),
        dict(line=dict(color=palette.highlight, width=2.5, dash="dash"), marker=dict(symbol="diamond", size=7)),
        dict(line=dict(color=palette.neutral, width=2.5, dash="dot"), marker=dict(symbol="x", size=7)),
    )
    fig = go.Figure()
    for (name, shown), look in zip(values.items(), looks, strict=False):
        fig.add_scatter(
            x=list(x),
            y=rounded(shown),
            mode="lines+markers",
            name=name,
            hovertemplate=f"{over} %{{x}}: {name} %{{y:,.4g}}<extra></extra>",
            **look,
        )
    said = "; ".join(f"{name} from {shown[0]:.4g} to {shown[-1]:.4g}" for name, shown in values.items())
    axis = _decades(np.concatenate([np.asarray(shown) for shown in values.values()])) if log else {}
    return framed(
        fig,
        title=title,
        x=over,
        y=y + (" (log scale)" if log else ""),
        alt=f"{title}, against {over}: {said}.",
        palette=palette,
        height=340,
        layout=legend_under_title(showlegend=len(values) > 1, yaxis=axis),
    )


def _decades(shown: Floats) -> dict[str, Any]:
    """A log axis with a label at few enough powers of ten."""
    low, high = (int(edge) for edge in (np.floor(np.log10(shown.min())), np.ceil(np.log10(shown.max()))))
    powers = range(low, high + 1, -(-(high - low) // 5) or 1)
    texts = [f"{10.0**p:g}" if abs(p) < 4 else f"10{lam_axis.raised(p)}" for p in powers]
    return dict(type="log", tickvals=[10.0**p for p in powers], ticktext=texts)
