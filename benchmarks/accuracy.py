"""MovieLens 100K on its five official splits, every setting chosen on the training part alone."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from typing import NamedTuple

import numpy as np

from mfcore import Ratings, als, data, metrics, steps

SWEEPS, INNER = 30, 0.1
PER_RATING, PER_ROW = (0.08, 0.1, 0.12, 0.14, 0.16), (4, 6, 8, 10, 12)
RANKS = (1, 2, 5, 10, 20, 40)
States = Callable[[Ratings, als.Config], Iterator[als.State]]


def grid() -> list[als.Config]:
    """The candidates: either penalty, its λ, k; biases with the vectors in one system."""
    penalties = [(True, lam) for lam in PER_RATING] + [(False, lam) for lam in PER_ROW]
    return [
        als.Config(k=k, lam=lam, joint=True, weighted=weighted, dtype="float32")
        for weighted, lam in penalties
        for k in RANKS
    ]


class Choice(NamedTuple):
    """Settings, the number of sweeps, and the RMSE they had on held-out training ratings."""

    cfg: als.Config
    T: int
    rmse: float


def sweeps(R: Ratings, cfg: als.Config) -> Iterator[als.State]:
    """The States of ALS."""
    return steps(als, R, cfg)


def biases_alone(R: Ratings, cfg: als.Config) -> Iterator[als.State]:
    """The States of its updates of b and c in turn, every vector staying 0."""
    s = als.init(R, cfg, np.random.default_rng(0))
    s = replace(s, W=np.zeros_like(s.W), U=np.zeros_like(s.U))
    while True:
        yield s
        s = replace(als.update_c(als.update_b(s, R, cfg), R, cfg), t=s.t + 1)


def choose(train: Ratings, candidates: Sequence[als.Config], states: States = sweeps) -> Choice:
    """The candidate and sweep that predict a held-out tenth of `train` best, after fits of the other nine."""
    inside, held_out = train.split(INNER, seed=0)
    found = []
    for cfg in candidates:
        errors = [clipped_rmse(s, inside, held_out) for s in islice(states(inside, cfg), SWEEPS + 1)]
        found.append(Choice(cfg, int(np.argmin(errors)), min(errors)))
    return min(found, key=lambda choice: choice.rmse)


def scored(train: Ratings, test: Ratings, chosen: Choice, states: States = sweeps) -> float:
    """The test RMSE of the chosen settings, fitted to all of `train`."""
    return clipped_rmse(next(islice(states(train, chosen.cfg), chosen.T, None)), train, test)


def clipped_rmse(s: als.State, train: Ratings, test: Ratings) -> float:
    """The RMSE on `test`, predictions held within the scale of the training ratings."""
    predicted = als.predict(s, test.i, test.j)
    return metrics.rmse(np.clip(predicted, train.r.min(), train.r.max()), test.r)


def table(movielens: Path) -> str:
    """Markdown: a row a split, with what was chosen and the test RMSE of ALS and of biases alone."""
    lines = [
        f"MovieLens 100K, u1 to u5. λ, the penalty, k and the number of sweeps (up to {SWEEPS}) are chosen for every "
        f"split by itself on {INNER:.0%} of its training part; predictions are held within 1 to 5.",
        "",
        "| split | penalty | λ | k | sweeps | RMSE in training, held out | test RMSE | biases alone, test RMSE |",
        "|---|---|---|---|---|---|---|---|",
    ]
    every = grid()
    alone = [cfg for cfg in every if cfg.k == 1]
    scores = []
    for split, (train, test) in enumerate(data.official_splits(movielens), 1):
        chosen, plain = choose(train, every), choose(train, alone, biases_alone)
        scores.append((scored(train, test, chosen), scored(train, test, plain, biases_alone)))
        cfg = chosen.cfg
        cells = [f"u{split}", "per rating" if cfg.weighted else "per row", f"{cfg.lam:g}", str(cfg.k), str(chosen.T)]
        lines.append(f"| {' | '.join([*cells, f'{chosen.rmse:.4f}', *(f'{score:.4f}' for score in scores[-1])])} |")
    means = np.mean(scores, axis=0)
    return "\n".join([*lines, f"| mean | | | | | | **{means[0]:.4f}** | {means[1]:.4f} |"])
