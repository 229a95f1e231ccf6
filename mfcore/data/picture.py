"""A picture out of a few formulas: a matrix whose rank the eye can judge (notes §5)."""

import numpy as np

from mfcore.ratings import Floats, Ratings

HEIGHT, WIDTH = 96, 144


def lighthouse() -> Floats:
    """A lighthouse over the sea at dusk. (HEIGHT, WIDTH), grey values from 0, black, to 1, white.

    Sky and waves change along one direction and have low rank; the round sun, the slanted beam and cliff do not.
    """
    y, x = np.mgrid[0:HEIGHT, 0:WIDTH].astype(np.float64)
    grey = 0.35 + 0.45 * y / 62 + 0.03 * np.sin(y / 3.1) * np.cos(x / 19)  # sky
    sun = np.hypot(x - 41, y - 50)
    grey += 0.22 * np.exp(-sun / 16)
    grey[sun < 11] = 0.98
    beam = (y < 22 + 0.16 * (106 - x)) & (y > 20 - 0.10 * (106 - x)) & (x < 106)
    grey[beam] = np.minimum(grey[beam] + 0.20, 1.0)
    sea = y >= 62
    waves = 0.30 + 0.10 * np.sin(1.1 * y + 0.9 * np.sin(x / 7)) - 0.0004 * (y - 62) ** 2
    glitter = 0.45 * np.exp(-(((x - 41) / (6 + 0.35 * (y - 62))) ** 2)) * (np.sin(1.7 * y + x / 2) > 0)
    grey[sea] = (waves + glitter)[sea]
    shore = 66 + 6 * np.sin(x / 5) - 20 * np.exp(-(((x - 118) / 30) ** 2))
    grey[(x >= 84) & (y > np.maximum(shore, 46))] = 0.12
    half = 5 + 4.5 * (y - 26) / 28
    tower = (np.abs(x - 112) < half) & (y >= 26) & (y < 58)
    grey[tower] = np.where(((y - 26) // 6) % 2 == 0, 0.95, 0.25)[tower]
    grey[tower & (x - 112 > 0.35 * half)] *= 0.7
    grey[(np.abs(x - 112) < 8) & (y >= 24) & (y < 26)] = 0.1
    grey[(np.abs(x - 112) < 4.5) & (y >= 16) & (y < 24)] = 1.0
    grey[(np.abs(x - 112) < 6 - 0.9 * (15.5 - y)) & (y >= 9) & (y < 16)] = 0.1
    clipped: Floats = np.clip(grey, 0.0, 1.0)
    return clipped


def observed(picture: Floats, share: float, seed: int = 0) -> Ratings:
    """`share` of the cells, drawn at random, as ratings: rows are users, columns are items, grey values are ratings.

    share: 0 < share ≤ 1.  Raises ValueError outside.
    """
    if not 0 < share <= 1:
        raise ValueError(f"share is the seen part of the cells, above 0 and at most 1, not {share}")
    H, L = picture.shape
    seen = np.random.default_rng(seed).permutation(H * L)[: max(1, round(share * H * L))]
    i, j = np.divmod(np.sort(seen), L)
    return Ratings.from_codes(i, j, picture[i, j], np.arange(H), np.arange(L))
