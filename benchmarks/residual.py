"""MF with a network beside MF alone on the five official splits of MovieLens 100K, nothing chosen on a test part."""

from dataclasses import replace
from pathlib import Path

import numpy as np

from benchmarks import accuracy
from mfcore import Ratings, als, data, descent, fit, metrics, nn, residual
from mfcore.ratings import Floats

EPOCHS, PATIENCE = 20, 5
RANKS = (2, 5, 10)
# The network's settings are those of the page for real films, fixed before these splits were looked at.
NETWORK = residual.Config(lam_net=0.01, staged=True, rule=nn.Rule("adam", 0.002), batch=512, dtype="float32")


def candidates() -> list[als.Config]:
    """Of MF alone: λ per row, and k."""
    return [als.Config(k=k, lam=lam, joint=True, dtype="float32") for k in RANKS for lam in accuracy.PER_ROW]


def choose(train: Ratings) -> tuple[residual.Config, int]:
    """MF's k, λ and sweeps, then the number of epochs, each by a held-out tenth of `train` after fits of the rest."""
    chosen = accuracy.choose(train, candidates())
    cfg = replace(NETWORK, k=chosen.cfg.k, lam=chosen.cfg.lam, sweeps=chosen.T)
    inside, held_out = train.split(accuracy.INNER, seed=0)
    found = descent.epochs(residual, inside, held_out, cfg, EPOCHS, patience=PATIENCE)
    return cfg, descent.best(found).t


def scored(train: Ratings, test: Ratings, cfg: residual.Config, T: int) -> tuple[float, float]:
    """Test RMSEs of MF alone and with the network after T epochs, both fitted to all of `train`."""
    mf, network = residual.parts(fit(residual, train, cfg, T), test.i, test.j)
    low, high = train.r.min(), train.r.max()

    def rmse(predicted: Floats) -> float:
        return metrics.rmse(np.clip(predicted, low, high), test.r)

    return rmse(mf), rmse(mf + network)


def table(movielens: Path) -> str:
    """Markdown: a row a split, with what was chosen and both test RMSEs."""
    lines = [
        f"MovieLens 100K, u1 to u5. MF's k, λ and sweeps, and the number of epochs (up to {EPOCHS}), are chosen for "
        f"every split by itself on {accuracy.INNER:.0%} of its training part; predictions are held within 1 to 5.",
        "",
        "| split | k | λ | sweeps | epochs | MF alone, test RMSE | MF + network, test RMSE | difference |",
        "|---|---|---|---|---|---|---|---|",
    ]
    scores = []
    for split, (train, test) in enumerate(data.official_splits(movielens), 1):
        cfg, T = choose(train)
        alone, both = scored(train, test, cfg, T)
        scores.append((alone, both))
        cells = [f"u{split}", str(cfg.k), f"{cfg.lam:g}", str(cfg.sweeps), str(T), f"{alone:.4f}", f"{both:.4f}"]
        lines.append(f"| {' | '.join(cells)} | {both - alone:+.4f} |")
    alone, both = np.mean(scores, axis=0)
    return "\n".join([*lines, f"| mean | | | | | {alone:.4f} | **{both:.4f}** | {both - alone:+.4f} |"])
