"""How a sweep grows from a million ratings to a hundred million: each size in a process of its own, by one call."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import NamedTuple

import numpy as np

from benchmarks import generate
from benchmarks.compare import processor

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


class Run(NamedTuple):
    """What one process reports: n ratings, N users, M films, seconds of its fastest sweep and of building, GiB."""

    n: int
    N: int
    M: int
    sweep: float
    built: float
    peak: float


def table(data: Path, k: int, rounds: int, threads: int) -> str:
    """Markdown: every size in turn, `rounds` times."""
    counts = ("OMP_NUM_THREADS", "OPENBLAS_NUM_THREADS", "NUMBA_NUM_THREADS")
    environment = os.environ | dict.fromkeys(counts, str(threads))
    folders = [generate.grown(data, n) for n in SIZES]
    runs: list[list[Run]] = [[] for _ in folders]
    for _ in range(rounds):
        for folder, found in zip(folders, runs, strict=True):
            command = [sys.executable, "-c", FIT.format(folder=str(folder), k=k, sweeps=SWEEPS)]
            done = subprocess.run(command, env=environment, stdout=subprocess.PIPE, text=True, check=True)
            found.append(Run(*json.loads(done.stdout)))
    sweeps = SWEEPS * rounds
    about = (
        f"k = {k}, biases jointly, float32, {threads} threads of {processor()}; the fastest of {sweeps} sweeps, "
        "building once."
    )
    return "\n".join([about, "", *rows(runs)])


def rows(runs: list[list[Run]]) -> list[str]:
    """The table's lines, a size each with its fastest sweep; and the slope of log time on log ratings."""
    lines = [
        "| ratings | users × films | s a sweep | building, s | peak, GiB |",
        "|---|---|---|---|---|",
    ]
    points = []
    for found in runs:
        n, N, M = found[0][:3]
        sweep, built, peak = min(r.sweep for r in found), min(r.built for r in found), max(r.peak for r in found)
        points.append((n, sweep))
        lines.append(f"| {n:,} | {N:,} × {M:,} | {sweep:.3f} | {built:.2f} | {peak:.2f} |")
    slope = np.polyfit(*np.log(points).T, 1)[0]
    return [*lines, "", f"Time grows as ratings to the power {slope:.2f}."]
