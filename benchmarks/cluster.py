"""The same sweeps on one machine and on a cluster of two workers on it: time, traffic, and memory, as ratings grow."""

import json
import subprocess
import sys
import time
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

SHARES = (1, 4, 16)  # sixteenths of the training ratings, with the same users and films
FILES, WORKERS, SWEEPS = 8, 2, 12


def ensure(data: Path, share: int) -> Path:
    """A folder of Parquet files, a user's ratings in one of them: `share` sixteenths of the training ratings."""
    folder = data / f"parquet-{share}"
    if not folder.exists():
        i, j, r = (np.load(data / f"{part}.npy", mmap_mode="r") for part in ("users", "items", "values"))
        n = len(r) * share // 16
        order = np.argsort(i[:n], kind="stable")
        i, j, r = i[:n][order], j[:n][order], r[:n][order]
        cuts = np.searchsorted(i, i[np.linspace(0, n, FILES + 1).astype(int)[1:-1]])
        folder.mkdir()
        for file, rows in enumerate(np.split(np.arange(n), cuts)):
            columns = {"userId": i[rows], "movieId": j[rows], "rating": r[rows]}
            parquet.write_table(pa.table(columns), folder / f"{file}.parquet")
    return folder


def measure(folder: str, k: int, lam: float) -> dict[str, Any]:
    """Load, seconds a sweep of both in turn, bytes moved, and peak memory before the one machine has read its own."""
    from distributed import Client, LocalCluster

    from benchmarks.measure import peak_gib
    from mfcore import als, cluster, data, steps

    cfg = als.Config(k=k, lam=lam, joint=True, weighted=True, dtype="float32")
    options: dict[str, Any] = {"n_workers": WORKERS, "threads_per_worker": 1, "dashboard_address": ":0"}
    with LocalCluster(**options) as local, Client(local) as client:
        began = time.perf_counter()
        sweeps = cluster.steps(client, folder, cfg)
        first = next(sweeps)
        load = time.perf_counter() - began - first.seconds
        spread = [next(sweeps) for _ in range(3)][-1]
        peak, workers = peak_gib(), max(client.run(peak_gib).values())
        R = data.load(folder)[0] if False else _ratings(folder)
        alone = steps(als, R, cfg)
        next(alone)
        next(alone)
        pairs = []
        for _ in range(SWEEPS):
            began = time.perf_counter()
            next(alone)
            pairs.append((time.perf_counter() - began, next(sweeps).seconds))
        sweeps.close()
    return {
        "n": R.n,
        "N": R.N,
        "M": R.M,
        "load": load,
        "moved": spread.moved,
        "given": spread.given,
        "peak": peak,
        "workers": workers,
        "alone": [a for a, _ in pairs],
        "cluster": [c for _, c in pairs],
    }


def _ratings(folder: str) -> Any:
    from mfcore import Ratings

    table = parquet.read_table(folder)
    return Ratings.from_arrays(*(table[name].to_numpy() for name in ("userId", "movieId", "rating")))


def table(data: Path, k: int, lam: float) -> str:
    """Markdown: a row for each of SHARES, each measured in a process of its own, and the slope of time and traffic."""
    found = []
    for share in SHARES:
        command = [sys.executable, "-m", "benchmarks.cluster", str(ensure(data, share)), str(k), str(lam)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
        print(found[-1], file=sys.stderr)
    lines = [
        "| ratings | loaded in, s | s a sweep | one process, s | ratio | between workers, MB | to each, MB | client and scheduler, GiB | a worker, GiB |",
        "|---" * 9 + "|",
    ]
    for x in found:
        a, c = median(x["alone"]), median(x["cluster"])
        ratio = median(two / one for one, two in zip(x["alone"], x["cluster"], strict=True))
        lines.append(
            f"| {x['n']:,} | {x['load']:.1f} | {c:.3f} | {a:.3f} | {ratio:.2f} | {x['moved'] / 1e6:.1f} | {x['given'] / 1e6:.1f} | {x['peak']:.2f} | {x['workers']:.2f} |"
        )
    return "\n".join(lines)


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
