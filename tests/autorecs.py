"""Parameters of an AutoRec away from their start, for the tests that look at one batch or one step."""

from dataclasses import replace

from mfcore import autorec
from tests import oracles

BY = ["users", "items"]


def problem(N: int = 9, M: int = 7, density: float = 0.5, seed: int = 3, **settings) -> tuple:
    """Ratings, a Config, parameters away from their start, and the generator to go on with."""
    R, rng = oracles.random_ratings(N, M, density, seed)
    cfg = autorec.Config(**{"hidden": 3, "lam": 0.7} | settings)
    s = autorec.init(R, cfg, rng)
    rows = s.T if cfg.by == "items" else s
    U, c, a = rng.normal(size=rows.U.shape), rng.normal(size=len(rows.c)), rng.normal(size=cfg.hidden)
    rows = replace(rows, A=rng.normal(size=rows.A.shape), a=a, U=U, c=c)
    return R, cfg, autorec.encode(rows.T if cfg.by == "items" else rows, R, cfg), rng
