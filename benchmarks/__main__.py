"""mfcore beside its peers (peers), on MovieLens small (small), reading (read), in the browser (app); λ (choose)."""

import argparse
import os
import platform
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks import choose, generate, peers, reading, small

CACHE = Path(__file__).parents[1] / ".cache" / "benchmarks"


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=["peers", "small", "read", "app", "choose"], default="peers")
    parser.add_argument("--size", choices=generate.SIZES, default="20m")
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--lam", type=float, default=0.05, help="λ per rating, in every library")
    parser.add_argument("--sweeps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3, help="how often each library is run, taking turns")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--only", nargs="+", choices=peers.RUNNERS, default=list(peers.RUNNERS))
    parser.add_argument("--envs", type=Path, default=CACHE / "envs", help="where the peers' environments are or go")
    parser.add_argument("--data", type=Path, default=CACHE / "data", help="where the generated ratings are or go")
    given = parser.parse_args()
    if given.what == "small":
        print(small.table())
    elif given.what == "read":
        print(reading.table(generate.ensure(given.data, generate.SIZES[given.size]), given.rounds))
    elif given.what == "app":
        from benchmarks import app  # needs the tests' requirements

        print(app.table())
    elif given.what == "choose":
        data = generate.ensure(given.data, generate.SIZES[given.size])
        print(choose.table(data, given.envs, given.only, given.k, given.sweeps, given.threads))
    else:
        print(compare(given))


def compare(given: argparse.Namespace) -> str:
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


if __name__ == "__main__":
    main()
