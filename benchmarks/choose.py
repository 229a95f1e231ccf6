"""λ is chosen before the test ratings are looked at: fits of nine tenths of the training part, scored on the rest."""

import argparse
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import generate, peers, real

LAMBDAS = (0.02, 0.035, 0.05, 0.07, 0.1, 0.14)
HELD_OUT = 0.1


def ensure(data: Path) -> Path:
    """A folder like `data`, made of its training part alone: the last tenth of it takes the place of the test part."""
    target = data.with_name(f"{data.name}-validation")
    if not (target / f"{generate.ARRAYS[-1]}.npy").exists():
        target.mkdir(parents=True, exist_ok=True)
        given = [np.load(data / f"{name}.npy") for name in generate.ARRAYS[:3]]
        cut = round(len(given[0]) * (1 - HELD_OUT))
        parts = real.numbered(*(array[:cut] for array in given), *(array[cut:] for array in given))
        for name, array in zip(generate.ARRAYS, parts, strict=True):
            np.save(target / f"{name}.npy", array)
    return target


def table(given: argparse.Namespace) -> str:
    """Markdown: the RMSE on the held-out tenth of every library at every λ, λ charged per rating in all of them."""
    folder = ensure(real.ensure(given.data, given.size)[0])
    run = partial(peers.run, envs=given.envs, threads=given.threads, timeout=given.timeout, data=str(folder), k=given.k)
    lines = [
        f"RMSE on a tenth of the training ratings, held out; k = {given.k}, {given.sweeps} sweeps, λ per rating.",
        "",
        f"| library | {' | '.join(f'λ = {lam:g}' for lam in LAMBDAS)} |",
        "|---" * (len(LAMBDAS) + 1) + "|",
    ]
    for name in given.only:
        runner = peers.RUNNERS[name]
        found = [run(name, lam=lam, sweeps=given.sweeps * runner.sweep_factor) for lam in LAMBDAS]
        lines.append(f"| {runner.title} | {' | '.join(_rmse(fit) for fit in found)} |")
    return "\n".join(lines)


def _rmse(fit: peers.Fit | peers.Failed) -> str:
    return fit.why if isinstance(fit, peers.Failed) else "".join(f"{last:.4f}" for last in [*fit.rmse.values()][-1:])
