"""How a sweep grows from a million ratings to a hundred million: each size in a process of its own, by one call."""

import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np

from benchmarks import generate

SIZES = (1_000_000, 3_000_000, 10_000_000, 30_000_000, 100_000_000)
SWEEPS = 4

FIT = """
import json, time
from benchmarks.measure import clock, load, peak_gib
from mfcore import Ratings, als, kernels, steps
users, items, values = load({folder!r})
kernels.warm(("float32",))
start = clock()
R = Ratings.from_arrays(users, items, values)
built = clock() - start
states = steps(als, R, als.Config(k={k}, lam=0.05, joint=True, weighted=True, dtype="float32"))
s, seconds = next(states), []
for _ in range({sweeps}):
    before = clock()
    s = next(states)
    seconds.append(clock() - before)
print(json.dumps([R.n, R.N, R.M, min(seconds), built, peak_gib()]))
"""


def table(data: Path, k: int, rounds: int, threads: int) -> str:
    """Markdown: every size in turn, `rounds` times, its fastest sweep; and the slope of log time on log ratings."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | dict.fromkeys(counts, str(threads))
    folders = [generate.grown(data, n) for n in SIZES]
    runs: list[list[list[float]]] = [[] for _ in folders]
    for _ in range(rounds):
        for folder, found in zip(folders, runs, strict=True):
            command = [sys.executable, "-c", FIT.format(folder=str(folder), k=k, sweeps=SWEEPS)]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            found.append(json.loads(done.stdout))
    lines = [
        f"k = {k}, biases jointly, float32, {threads} threads; the fastest of {SWEEPS * rounds} sweeps, building once.",
        "",
        "| ratings | users × films | s a sweep | building, s | peak, GiB |",
        "|---|---|---|---|---|",
    ]
    points = []
    for found in runs:
        n, N, M = (int(x) for x in found[0][:3])
        sweep, built, peak = min(r[3] for r in found), min(r[4] for r in found), max(r[5] for r in found)
        points.append((n, sweep))
        lines.append(f"| {n:,} | {N:,} × {M:,} | {sweep:.3f} | {built:.2f} | {peak:.2f} |")
    slope = np.polyfit(*np.log(points).T, 1)[0]
    return "\n".join([*lines, "", f"Time grows as ratings to the power {slope:.2f}."])
