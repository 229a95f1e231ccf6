"""Bayesian factorization: the time of a sweep beside ALS and SMURFF, and accuracy and coverage on MovieLens 100K."""

import argparse
import sys
from collections.abc import Iterator
from pathlib import Path
from statistics import median

import numpy as np

from benchmarks import generate, peers, real
from benchmarks.compare import processor
from mfcore import bpmf, calibration, data, fit, metrics

RUNNERS = {
    "ALS": peers.RUNNERS["numba"],
    "Gibbs": peers.Runner("mfcore, Gibbs sampling", "run_bpmf.py", "numba"),
    "smurff": peers.Runner("SMURFF, BPMF without biases", "run_smurff.py", "", ("numpy", "scipy", "smurff~=1.1")),
}
# Fixed before any of the test ratings was looked at: the dimensions and draws that myFM's published figures are for.
SETTINGS, BURN_IN, DRAWS, SHARES = bpmf.Config(k=10), 20, 200, (0.5, 0.8, 0.95)


def table(given: argparse.Namespace) -> str:
    """Markdown: both tables."""
    return "\n".join([*times(given), "", *accuracy(real.MOVIELENS)])


def times(given: argparse.Namespace) -> Iterator[str]:
    """A row a library: the median time of its sweeps, beside that of ours."""
    folder = real.ensure(given.data, given.size)[0]
    ratings = len(np.load(folder / f"{generate.ARRAYS[0]}.npy", mmap_mode="r"))
    found: dict[str, list[float]] = {name: [] for name in RUNNERS}
    why: dict[str, str] = {}
    for turn in range(given.rounds):
        for name, runner in RUNNERS.items():
            print(f"round {turn + 1}: {runner.title}", file=sys.stderr)
            arguments = {"data": str(folder), "k": given.k, "lam": 0.05, "sweeps": given.sweeps}
            one = peers.fit(runner, given.envs, given.threads, given.timeout, **arguments)
            if isinstance(one, peers.Failed):
                why[name] = one.why
            else:
                found[name].append(float(np.median(np.diff(one.ends))))
    threads = f"{given.threads} threads of {processor()}"
    yield f"{ratings:,} ratings, k = {given.k}, {threads}; {given.rounds} rounds in turn."
    yield from ("", "| library | s a sweep | ÷ our ALS | ÷ SMURFF |", "|---|---|---|---|")
    seconds = {name: median(each) if each else float("nan") for name, each in found.items()}
    for name, runner in RUNNERS.items():
        cells = [f"{seconds[name]:.3g}", *(f"{seconds[name] / seconds[other]:.2f}" for other in ("ALS", "smurff"))]
        yield f"| {runner.title} | {' | '.join(cells if found[name] else [why[name], '', ''])} |"


def accuracy(movielens: Path) -> Iterator[str]:
    """A row a split: the RMSE of the posterior mean, held within 1 to 5, and the coverage of its intervals."""
    yield f"MovieLens 100K, u1 to u5: k = {SETTINGS.k}, {DRAWS} draws after {BURN_IN}, settings fixed beforehand."
    yield ""
    yield f"| split | test RMSE | σ | {' | '.join(f'{share:.0%} intervals cover' for share in SHARES)} |"
    yield "|---" * (3 + len(SHARES)) + "|"
    scores = []
    for split, (train, test) in enumerate(data.official_splits(movielens), 1):
        s = bpmf.watch(fit(bpmf, train, SETTINGS, BURN_IN), test.i, test.j)
        seen = fit(bpmf, train, SETTINGS, DRAWS, start=s).seen
        assert seen is not None
        error = metrics.rmse(np.clip(seen.mean, train.r.min(), train.r.max()), test.r)
        scores.append([error, seen.noise**0.5, *calibration.curve(seen, test.r, SHARES)])
        yield _row(f"u{split}", scores[-1])
    yield _row("mean", np.mean(scores, axis=0).tolist())


def _row(name: str, cells: list[float]) -> str:
    error, sigma, *shares = cells
    return f"| {name} | {error:.4f} | {sigma:.3f} | {' | '.join(f'{share:.1%}' for share in shares)} |"
