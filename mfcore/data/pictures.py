"""Small pictures of faces, drawn by a seeded rule: something of which a part tells the rest (notes §17)."""

from typing import Literal

import numpy as np

from mfcore.activations import sigmoid
from mfcore.ratings import Floats

SIDE = 20  # pixels
PIXELS = SIDE * SIDE
Kind = Literal["pixels", "block", "half"]
KINDS: tuple[Kind, ...] = ("pixels", "block", "half")


def faces(n: int, seed: int = 0) -> Floats:
    """n faces, a row each: (n, PIXELS), grey values from 0, black, to 1, white, line by line from the top.

    Each has a place, a width, a height, two tones, a fringe, eyes that look somewhere, a mouth between grief and joy,
    and sometimes glasses or a beard; left and right mirror each other, but for the gaze and the place.
    Raises ValueError unless n ≥ 1.
    """
    if n < 1:
        raise ValueError(f"at least one picture is drawn, not {n}")
    rng = np.random.default_rng(seed)

    def some(low: float, high: float) -> Floats:
        return rng.uniform(low, high, (n, 1, 1))

    def now_and_then(share: float) -> Floats:
        return (rng.random((n, 1, 1)) < share).astype(np.float64)

    y, x = np.mgrid[0:SIDE, 0:SIDE].astype(np.float64)
    y, x = y - some(9.2, 10.8), x - some(8.5, 10.5)
    tall, wide = some(7.5, 9.0), some(5.5, 7.5)
    paper, skin, dark = some(0.0, 0.35), some(0.6, 0.95), some(0.0, 0.25)
    head = _below((x / wide) ** 2 + (y / tall) ** 2, 1.0, 0.1)
    grey = _over(paper + 0 * y, head, skin)

    hair = head * _below(y / tall, -some(0.4, 0.65), 0.05)
    beard = head * _below(-y / tall, -0.25, 0.06) * now_and_then(0.3)
    grey = _over(_over(grey, hair, dark), beard, dark + 0.15)

    side, up = np.abs(x) - some(0.36, 0.46) * wide, y + 0.12 * tall  # from the middle of an eye
    white = _below((side / 1.7) ** 2 + (up / 1.2) ** 2, 1.0, 0.3)
    pupil = _below((side + some(-0.6, 0.6) * np.sign(x)) ** 2 + up**2, 0.7, 0.25)
    grey = _over(_over(grey, white, 1.0), pupil, 0.0)
    brow = _below(np.abs(up + 2.4 + some(-0.3, 0.3) * side), 0.5, 0.15) * _below(np.abs(side), 1.8, 0.2)
    rim = _below(np.abs(np.hypot(side, up) - 2.5), 0.4, 0.12) * now_and_then(0.3)
    grey = _over(_over(grey, brow, dark), rim, 0.0)

    nose = _below((x / 0.7) ** 2 + ((y - 0.18 * tall) / 1.6) ** 2, 1.0, 0.3)
    half, joy = some(0.3, 0.55) * wide, some(-1.6, 1.6)
    lips = _below(np.abs(y - 0.55 * tall + joy * ((x / half) ** 2 - 0.5)), some(0.5, 1.0), 0.2)
    grey = _over(_over(grey, nose, skin - 0.25), lips * _below(np.abs(x), half, 0.2), 0.05)
    drawn: Floats = np.clip(grey, 0.0, 1.0).reshape(n, PIXELS)
    return drawn


def damage(n: int, kind: Kind, share: float, seed: int = 0) -> Floats:
    """m (n, PIXELS): 1.0 where a pixel is left and 0.0 where it is blacked out; of every picture about `share`.

    "pixels": scattered ones.  "block": a square somewhere.  "half": from the bottom up.  With the same seed a larger
    share covers all that a smaller one does. Raises ValueError unless 0 ≤ share ≤ 1.
    """
    if not 0 <= share <= 1:
        raise ValueError(f"a share lies between 0 and 1, not {share}")
    rng = np.random.default_rng(seed)
    if kind == "pixels":
        order = rng.random((n, PIXELS)).argsort(axis=1).argsort(axis=1)
        return np.asarray(order >= round(share * PIXELS), np.float64)
    y, x = np.mgrid[0:SIDE, 0:SIDE]
    if kind == "half":
        hole = np.broadcast_to(y >= SIDE - round(share * SIDE), (n, SIDE, SIDE))
    else:
        # The corner moves to 0 as the square grows to the whole picture, so that squares of one seed are nested.
        width = round(SIDE * share**0.5)
        top, left = (np.floor(place * (SIDE - width + 1)) for place in rng.random((2, n, 1, 1)))
        hole = (y >= top) & (y < top + width) & (x >= left) & (x < left + width)
    return 1.0 - hole.reshape(n, PIXELS)


def _below(value: Floats, limit: float | Floats, soft: float) -> Floats:
    """1 where the value is below its limit, 0 where it is above, and between them a slope of about `soft`."""
    return sigmoid((limit - value) / soft)


def _over(grey: Floats, cover: Floats, tone: float | Floats) -> Floats:
    """`tone` laid over the picture as far as `cover`, 0 to 1, says."""
    laid: Floats = grey + cover * (tone - grey)
    return laid
