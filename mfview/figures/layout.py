"""Where a legend goes, which ink is readable on which colour, and how many digits a screen can show."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Any

import numpy as np
from plotly.colors import sample_colorscale, unlabel_rgb

from mfcore.ratings import Floats
from mfview.style import Colorscale, Palette

_STEPS = [m * 10**e for e in range(6) for m in (1, 2, 5)]


def legend_under_title(**more: Any) -> dict[str, Any]:
    """The legend on a line of its own, left, between title and plot, where it meets neither on a narrow screen.

    more: what else the layout holds.
    """
    return (
        dict(
            margin=dict(l=8, r=8, t=84, b=8),
            title=dict(y=1, yref="container", yanchor="top", pad=dict(t=10)),
            legend=dict(orientation="h", x=0, xanchor="left", y=1, yanchor="bottom"),
        )
        | more
    )


def whole(T: float) -> dict[str, Any]:
    """An axis of epochs up to T, marked at whole numbers only, at ten of them or so."""
    return dict(tick0=0, dtick=next(step for step in _STEPS if 10 * step >= T))


def legend_below(**more: Any) -> dict[str, Any]:
    """The legend under the plot, where on a phone a line for every name leaves the title alone.

    more: what else the layout holds.
    """
    return dict(legend=dict(orientation="h", x=0, xanchor="left", y=-0.22, yanchor="top")) | more


@lru_cache(maxsize=1024)
def ink_on(scale: Colorscale, share: float) -> str:
    """Black or white, whichever stands out more on the colour at `share` (0 to 1) of a scale."""
    rgb = unlabel_rgb(sample_colorscale([list(stop) for stop in scale], [min(max(share, 0.0), 1.0)])[0])
    linear = [c / 255 / 12.92 if c <= 10 else ((c / 255 + 0.055) / 1.055) ** 2.4 for c in rgb]
    luminance = 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]
    return "#000000" if luminance > 0.179 else "#FFFFFF"


def minus(text: str) -> str:
    """A number's text with the sign − that typography has for it."""
    return text.replace("-", "−")


def rounded(values: Sequence[float] | Floats) -> Floats:
    """Five significant digits in float32: all that a screen can show."""
    return np.array([float(f"{v:.5g}") for v in values], np.float32)


def play_and_pause(p: Palette, lift: int = 84, ms: int = 500) -> dict[str, Any]:
    """Two buttons above the plot that run through a figure's frames. lift: how far above, in pixels.  ms: per frame."""
    play = dict(frame=dict(duration=ms, redraw=True), transition=dict(duration=0), fromcurrent=True, mode="immediate")
    halt = dict(mode="immediate", frame=dict(duration=0, redraw=False))
    return dict(
        type="buttons",
        direction="right",
        showactive=False,
        buttons=[
            dict(label="▶", method="animate", args=[None, play]),
            dict(label="❚❚", method="animate", args=[[None], halt]),
        ],
        x=0,
        xanchor="left",
        y=1,
        yanchor="bottom",
        pad=dict(b=lift),
        bgcolor=p.paper,
        bordercolor=p.quiet,
        font=dict(color=p.ink),
    )
