"""The same sweeps in one process and on a cluster of two workers beside it: time, traffic and memory by ratings."""

import json
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import Any

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks.measure import load, peak_gib

SHARES = (1, 4, 16)  # sixteenths of all ratings, of the same users and films
FILES, WORKERS, SWEEPS = 8, 2, 15
LAM = 0.05  # per rating
COLUMNS = ("userId", "movieId", "rating")


def ensure(data: Path, share: int) -> Path:
    """A folder of Parquet files, each user's ratings in one of them: `share` sixteenths of all ratings."""
    folder = data / f"all-{share}"
    if not folder.exists():
        i, j, r = (np.concatenate(several) for several in zip(load(str(data)), load(str(data), "test_"), strict=True))
        n = len(r) * share // 16
        order = np.argsort(i[:n], kind="stable")
        i, j, r = i[:n][order], j[:n][order], r[:n][order]
        cuts = np.searchsorted(i, i[np.linspace(0, n, FILES + 1).astype(int)[1:-1]])
        folder.mkdir()
        for file, rows in enumerate(np.split(np.arange(n), cuts)):
            columns = dict(zip(COLUMNS, (i[rows], j[rows], r[rows]), strict=True))
            parquet.write_table(pa.table(columns), folder / f"{file}.parquet")
    return folder


def measure(folder: str, k: int, lam: float) -> dict[str, Any]:
    """Seconds of sweeps, one of each in turn; before that, what the client and a worker took at most for the cluster's.

    The scheduler runs in the client's process, so its memory is counted there.
    """
    from distributed import Client, LocalCluster

    from mfcore import Ratings, als, cluster, kernels, steps

    cfg = als.Config(k=k, lam=lam, joint=True, weighted=True, dtype="float32")
    with (
        LocalCluster(n_workers=WORKERS, threads_per_worker=1, dashboard_address=":0") as workers,
        Client(workers) as client,
    ):
        client.run(kernels.warm)
        began = time.perf_counter()
        theirs = cluster.steps(client, folder, cfg)
        reading = -next(theirs).seconds + time.perf_counter() - began
        sweep = [next(theirs) for _ in range(5)][-1]
        found = {
            "load": reading,
            "moved": sweep.moved,
            "given": sweep.given,
            "peak": peak_gib(),
            "worker": max(client.run(peak_gib).values()),
        }
        table = parquet.read_table(folder)
        R = Ratings.from_arrays(*(table[name].to_numpy() for name in COLUMNS))
        alone, seconds = steps(als, R, cfg), []
        for _ in range(SWEEPS + 2):
            began = time.perf_counter()
            next(alone)
            seconds.append((time.perf_counter() - began, next(theirs).seconds))
        theirs.close()
    return {"n": R.n, "N": R.N, "M": R.M, "seconds": seconds[2:], **found}


def table(data: Path, k: int, lam: float) -> str:
    """Markdown: a row for each of SHARES, measured in a process of its own, and what the slopes come to."""
    found = []
    for share in SHARES:
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:  # a child's peak begins with its parent's
            folder = apart.submit(ensure, data, share).result()
        command = [sys.executable, "-m", "benchmarks.cluster", str(folder), str(k), str(lam)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found.append(json.loads(done.stdout.splitlines()[-1]))
    lines = [
        f"k = {k}, biases jointly, float32; {WORKERS} workers of 1 thread in turn with 1 process of 2 threads, "
        f"{SWEEPS} sweeps each, medians.",
        "",
        "| ratings | users × films | loaded, s | a sweep, s | one process, s | ratio | sums sent by a worker, MB "
        "| U, c to each, MB | client and scheduler, GiB | a worker, GiB |",
        "|---" * 10 + "|",
    ]
    for x in found:
        alone, theirs = (median(column) for column in zip(*x["seconds"], strict=True))
        ratio = median(two / one for one, two in x["seconds"])
        cells = [f"{x['n']:,}", f"{x['N']:,} × {x['M']:,}", f"{x['load']:.1f}", f"{theirs:.3f}", f"{alone:.3f}"]
        cells += [f"{ratio:.2f}", f"{x['moved'] / WORKERS / 1e6:.1f}", f"{x['given'] / 1e6:.1f}"]
        cells += [f"{x['peak']:.2f}", f"{x['worker']:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return "\n".join([*lines, "", _billion(found)])


def _billion(found: list[dict[str, Any]]) -> str:
    """Least-squares lines through the rows, carried on to 10⁹ ratings."""
    n = np.array([x["n"] for x in found], float)
    theirs = [median(two for _, two in x["seconds"]) for x in found]
    slope = np.polyfit(n, theirs, 1)[0] * WORKERS  # thread-seconds a rating
    worker = np.polyfit(n, [x["worker"] for x in found], 1)[0] * WORKERS * 2**30
    return (
        f"By these slopes a rating costs {slope * 1e9:.1f} ns of one thread in each sweep and {worker:.0f} bytes of a "
        f"worker's memory at the peak of reading: a billion ratings need {worker * 1e9 / 2**30:.0f} GiB over all "
        f"workers and, with 32 threads, {slope * 1e9 / 32:.1f} s a sweep."
    )


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))))
