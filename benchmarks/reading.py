"""A ratings.csv as large as MovieLens 20M's, read and built into Ratings, in a process of its own."""

import json
import subprocess
import sys
from pathlib import Path

import numpy as np
import pyarrow as pa
from pyarrow import csv

READ = """
import json, time
from mfcore import data
from benchmarks.measure import peak_gib
start = time.perf_counter()
R, films = data.load({path!r})
print(json.dumps([time.perf_counter() - start, peak_gib(), R.n, R.N, R.M]))
"""


def ensure(data: Path) -> Path:
    """ratings.csv beside the arrays it is made of: userId, movieId, rating, timestamp, a user's ratings together."""
    path = data / "csv" / "ratings.csv"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        parts = ("users", "items", "values")
        i, j, r = (np.concatenate([np.load(data / f"{side}{part}.npy") for side in ("", "test_")]) for part in parts)
        order = np.argsort(i, kind="stable")
        when = np.random.default_rng(0).integers(789_652_009, 1_427_784_002, len(i))
        columns = {"userId": i[order] + 1, "movieId": j[order] + 1, "rating": r[order], "timestamp": when}
        csv.write_csv(pa.table(columns), path)
    return path


def table(data: Path, rounds: int) -> str:
    """Markdown: seconds and peak memory of `mfcore.data.load`, each round in a fresh process."""
    path = ensure(data)
    lines = [f"ratings.csv of {path.stat().st_size / 1e6:.0f} MB", "", "| ratings | s | peak, GiB |", "|---|---|---|"]
    for _ in range(rounds):
        command = [sys.executable, "-c", READ.format(path=str(path))]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        seconds, peak, n, N, M = json.loads(done.stdout)
        lines.append(f"| {n:,} of {N:,} × {M:,} | {seconds:.1f} | {peak:.2f} |")
    return "\n".join(lines)
