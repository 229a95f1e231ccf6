"""What a ratings matrix costs: bytes by the way it is kept, and its size against that of two thin tables (§1, 2)."""

from collections.abc import Sequence

import numpy as np
import plotly.graph_objects as go

from mfcore import storage
from mfview import labels, style

NAMES = {
    "dense": "dense table",
    "dict": "dict of pairs",
    "lil": "LIL, lists by row",
    "coo": "COO, triples",
    "csr": "CSR, by row",
    "dense32": "dense, float32",
    "books": "dict and lists",
    "twice": "CSR twice, float32",
    "thin": "W and U, float32",
}
WIDE = {"dense": "dense, float64", "coo": "COO, float64", "csr": "CSR by row, float64"}  # beside float32
_ABOUT = {"measured": "", "counted": "", "scaled": "about "}


def memory(stores: Sequence[storage.Store], whose: str, palette: style.Palette) -> go.Figure:
    """Bytes of each way of keeping the ratings, on a log axis; what was scaled up is hatched.

    whose: the matrix, in a few words, for the title.
    """
    texts = [f"{_ABOUT[s.how]}{labels.size(s.bytes)}" for s in stores]
    narrow = any(s.name == "twice" for s in stores)
    own = NAMES | (WIDE if narrow else {})
    names = [own[s.name] for s in stores]
    fig = _bars(
        names,
        [s.bytes for s in stores],
        texts,
        [palette.missing if s.name.startswith("dense") else palette.neutral for s in stores],
        [f"{n}: {t}, {s.how}" for n, t, s in zip(names, texts, stores, strict=True)],
        palette,
        ["/" if s.how == "scaled" else "" for s in stores],
    )
    low, high = fig.layout.xaxis.range
    decades = 10.0 ** np.arange(np.ceil(low), high, np.ceil((high - low) / 4))
    fig.update_xaxes(tickvals=decades, ticktext=[labels.size(b) for b in decades.tolist()], tickangle=0)
    least, most = min(stores, key=lambda s: s.bytes), max(stores, key=lambda s: s.bytes)
    return style.framed(
        fig,
        title=f"Memory: {whose}",
        x="bytes (log scale)",
        alt=f"Memory that {whose} takes: "
        + ", ".join(f"{n} {t} ({s.how})" for n, t, s in zip(names, texts, stores, strict=True))
        + f". {own[least.name]} takes least, {own[most.name]} most.",
        palette=palette,
        height=330,
    )


def sizes(size: storage.Size, palette: style.Palette) -> go.Figure:
    """N·M cells, the ratings and the Nk + Mk numbers of W and U, on a log axis."""
    values = [storage.cells(size), size.n, storage.parameters(size)]
    names = ["N·M cells", "ratings", "Nk + Mk"]
    texts = [labels.amount(v) for v in values]
    colours = [palette.missing, palette.neutral, palette.highlight]
    hover = [f"{n}: {v:,}" for n, v in zip(names, values, strict=True)]
    relation = "fewer" if values[2] < values[1] else "more" if values[2] > values[1] else "as many"
    return style.framed(
        _bars(names, values, texts, colours, hover, palette),
        title="Cells, ratings, and numbers in W and U",
        x="how many numbers (log scale)",
        alt=f"For N = {size.N:,}, M = {size.M:,} and k = {size.k}: {texts[0]} cells, {texts[1]} ratings and {texts[2]} "
        f"numbers in W and U, {relation} {'as' if relation == 'as many' else 'than'} ratings.",
        palette=palette,
        height=250,
    )


def _bars(
    names: Sequence[str],
    values: Sequence[int],
    texts: Sequence[str],
    colours: Sequence[str],
    hover: Sequence[str],
    palette: style.Palette,
    patterns: Sequence[str] = (),
) -> go.Figure:
    fig = go.Figure(
        go.Bar(
            x=list(values),
            y=list(names),
            orientation="h",
            text=list(texts),
            textposition="outside",
            cliponaxis=False,
            marker=dict(
                color=list(colours),
                line=dict(color=palette.neutral, width=1),
                pattern=dict(shape=list(patterns) or "", solidity=0.35, fgcolor=palette.paper),
            ),
            hovertext=list(hover),
            hoverinfo="text",
        )
    )
    low = 10.0 ** np.floor(np.log10(min(values)) - 0.5)
    span = np.log10(max(values) / low)
    fig.update_xaxes(type="log", range=[np.log10(low), np.log10(low) + 1.45 * span], dtick=max(1, round(span / 3)))
    fig.update_yaxes(autorange="reversed")
    return fig
