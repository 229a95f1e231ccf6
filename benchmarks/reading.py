"""A ratings.csv as large as MovieLens 20M's, read and built into Ratings, in a process of its own."""

import json
import subprocess
import sys
import zipfile
from pathlib import Path
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import csv

from benchmarks.compare import processor

OURS = """
import json, time
from mfcore import data, kernels
from benchmarks.measure import peak_gib
kernels.warm()
start = time.perf_counter()
R, films = data.load({path!r})
print(json.dumps([time.perf_counter() - start, peak_gib()]))
"""
PANDAS = """
import json, time
import pandas as pd
from benchmarks.measure import peak_gib
start = time.perf_counter()
table = pd.read_csv({path!r})
print(json.dumps([time.perf_counter() - start, peak_gib()]))
"""


YARDSTICK = "pandas, csv → DataFrame"


class Run(NamedTuple):
    """What one process reports."""

    seconds: float
    peak: float  # GiB


def ensure(data: Path) -> Path:
    """ratings.csv beside the arrays it is made of, with MovieLens' columns and in its order: by user, then by film."""
    path = data / "by user and film" / "ratings.csv"
    if not path.exists():
        path.parent.mkdir(exist_ok=True)
        parts = ("users", "items", "values")
        i, j, r = (np.concatenate([np.load(data / f"{side}{part}.npy") for side in ("", "test_")]) for part in parts)
        order = np.lexsort((j, i))
        when = np.random.default_rng(0).integers(789_652_009, 1_427_784_002, len(i))
        stars, code = np.unique(r[order], return_inverse=True)
        spelt = pa.array([f"{x:.1f}" for x in stars.tolist()]).take(pa.array(code))  # 4.0, as MovieLens writes it
        columns = {"userId": i[order] + 1, "movieId": j[order] + 1, "rating": spelt, "timestamp": when}
        csv.write_csv(pa.table(columns), path, csv.WriteOptions(quoting_style="none"))
    return path


def ensure_zip(path: Path) -> Path:
    """The same table in a zip."""
    packed = path.with_name("ratings.zip")
    if not packed.exists():
        packed.parent.mkdir(exist_ok=True)
        with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as z:
            z.write(path, path.name)
    return packed


def table(data: Path, rounds: int) -> str:
    """Markdown: `mfcore.data.load` of the csv and of the zip, and pandas reading the csv, in turn, in fresh processes.

    mfcore's time includes building the Ratings, pandas' does not; neither includes importing or compiling.
    """
    path = ensure(data)
    tasks = {
        "mfcore, csv → Ratings": OURS.format(path=str(path)),
        YARDSTICK: PANDAS.format(path=str(path)),
        "mfcore, zip → Ratings": OURS.format(path=str(ensure_zip(path))),
    }
    runs: dict[str, list[Run]] = {name: [] for name in tasks}
    for _ in range(rounds):
        for name, code in tasks.items():
            done = subprocess.run([sys.executable, "-c", code], stdout=subprocess.PIPE, text=True, check=True)
            runs[name].append(Run(*json.loads(done.stdout)))
    about = f"ratings.csv of {path.stat().st_size / 1e6:.0f} MB; the fastest of {rounds} rounds in turn, {processor()}."
    return "\n".join([about, "", *rows(runs)])


def rows(runs: dict[str, list[Run]]) -> list[str]:
    """The table's lines: each task's fastest run, also beside pandas', and its highest peak."""
    best = {name: min(run.seconds for run in found) for name, found in runs.items()}
    lines = [
        "| what | s | ÷ pandas | peak, GiB |",
        "|---|---|---|---|",
    ]
    for name, found in runs.items():
        peak = max(run.peak for run in found)
        lines.append(f"| {name} | {best[name]:.2f} | {best[name] / best[YARDSTICK]:.2f} | {peak:.2f} |")
    return lines
