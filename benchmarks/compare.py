"""Every library in turn on the same ratings: the README's table."""

import argparse
import platform
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import generate, peers


def table(given: argparse.Namespace) -> str:
    """Every library in turn, `rounds` times; the fastest sweep and the median total of each."""
    size = generate.SIZES[given.size]
    data = generate.ensure(given.data, size)
    runs: dict[str, list[dict[str, Any]]] = {name: [] for name in given.only}
    for _ in range(given.rounds):
        for name in given.only:
            one = {"data": str(data), "k": given.k, "lam": given.lam}
            found = peers.run(name, given.envs, given.threads, sweeps=given.sweeps, **one)
            if not found["seconds"]:  # the library does not show its sweeps: compare with a fit of fewer
                short = peers.run(name, given.envs, given.threads, sweeps=2, **one)
                found["seconds"] = [(found["total"] - short["total"]) / (given.sweeps - 2)]
            runs[name].append(found)
    return _table(runs, size, given)


def _table(runs: dict[str, list[dict[str, Any]]], size: generate.Size, given: argparse.Namespace) -> str:
    sweep = {name: min(median(r["seconds"]) for r in found) for name, found in runs.items()}
    total = {name: median(r["total"] for r in found) for name, found in runs.items()}
    references = [name for name in ("cmfrec", "lenskit") if name in runs]
    train = round(size.n * (1 - generate.TEST))
    lines = [
        f"{train:,} training ratings of {size.N:,} × {size.M:,}, k = {given.k}, λ = {given.lam} per rating, "
        f"{given.sweeps} sweeps, float32, {given.threads} threads of {_processor()}; {given.rounds} rounds in turn.",
        "",
        "| library | s a sweep | "
        + "".join(f"÷ {name} | " for name in references)
        + f"whole fit, s | {'÷ cmfrec | ' if 'cmfrec' in runs else ''}peak, GiB | test RMSE |",
    ]
    lines.append("|---" * (lines[-1].count("|") - 1) + "|")
    for name, found in runs.items():
        version = found[0]["version"]
        cells = [f"{peers.RUNNERS[name].title} {version}".strip(), f"{sweep[name]:.3f}"]
        cells += [f"{sweep[name] / sweep[other]:.2f}" for other in references]
        cells.append(f"{total[name]:.1f}")
        cells += [f"{total[name] / total['cmfrec']:.2f}"] if "cmfrec" in runs else []
        cells += [f"{max(r['peak'] for r in found):.2f}", f"{found[0]['rmse']:.4f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join(lines)


def _processor() -> str:
    about = Path("/proc/cpuinfo")
    names = (
        [line.split(":")[1].strip() for line in about.read_text().splitlines() if "model name" in line]
        if about.exists()
        else []
    )
    return names[0] if names else platform.processor() or platform.machine()
