"""λ is chosen before the test ratings are looked at: fits of nine tenths of the training part, scored on the rest."""

from pathlib import Path

import numpy as np

from benchmarks import generate, peers

LAMBDAS = (0.02, 0.035, 0.05, 0.07, 0.1)
HELD_OUT = 0.1


def ensure(data: Path) -> Path:
    """A folder like `data`, made of its training part alone: the last tenth of it takes the place of the test part."""
    target = data.with_name(f"{data.name}-validation")
    if not (target / f"{generate.ARRAYS[-1]}.npy").exists():
        target.mkdir(parents=True, exist_ok=True)
        for name in generate.ARRAYS[:3]:
            array = np.load(data / f"{name}.npy")
            cut = round(len(array) * (1 - HELD_OUT))
            np.save(target / f"{name}.npy", array[:cut])
            np.save(target / f"test_{name}.npy", array[cut:])
    return target


def table(data: Path, envs: Path, names: list[str], k: int, sweeps: int, threads: int) -> str:
    """Markdown: the RMSE on the held-out tenth of every library at every λ, λ charged per rating in all of them."""
    folder = ensure(data)
    lines = [
        f"RMSE on a tenth of the training ratings, held out; k = {k}, {sweeps} sweeps, λ per rating.",
        "",
        f"| library | {' | '.join(f'λ = {lam:g}' for lam in LAMBDAS)} |",
        "|---" * (len(LAMBDAS) + 1) + "|",
    ]
    for name in names:
        found = [
            peers.run(name, envs, threads, data=str(folder), k=k, lam=lam, sweeps=sweeps)["rmse"] for lam in LAMBDAS
        ]
        lines.append(f"| {peers.RUNNERS[name].title} | {' | '.join(f'{rmse:.4f}' for rmse in found)} |")
    return "\n".join(lines)
