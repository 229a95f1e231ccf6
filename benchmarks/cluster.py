"""The same sweeps in one process and on a cluster of two workers beside it: time, traffic and memory by ratings."""

import json
import subprocess
import sys
import time
from concurrent.futures import ProcessPoolExecutor
from multiprocessing import get_context
from pathlib import Path
from statistics import median
from typing import NamedTuple

import numpy as np
import pyarrow as pa
from pyarrow import parquet

from benchmarks.compare import processor
from benchmarks.measure import load, peak_gib

FILES, WORKERS, SWEEPS = 8, 2, 15
LAM = 0.05  # per rating
COLUMNS = ("userId", "movieId", "rating")


class Case(NamedTuple):
    """What is in the files: `share` sixteenths of all ratings, each user's given to so many `users`.

    scattered: a user's ratings are in all files, and not in one.
    """

    share: int
    users: int = 1
    scattered: bool = False

    @property
    def named(self) -> str:
        """What sets it apart, after the number of ratings."""
        return (f", {self.users} times the users" if self.users > 1 else "") + ", scattered files" * self.scattered


CASES = (Case(1), Case(4), Case(16), Case(16, users=4), Case(16, scattered=True))


class Found(NamedTuple):
    """n ratings of N users and M films.

    load: seconds until the ratings were on the workers.  moved, given: as in `cluster.Sweep`.  peak, worker: GiB that
    client and scheduler, and that the larger worker took at most.  seconds: of sweeps, in one process and then there.
    """

    n: int
    N: int
    M: int
    load: float
    moved: int
    given: int
    peak: float
    worker: float
    seconds: list[tuple[float, float]]

    @property
    def sweep(self) -> float:
        return median(theirs for _, theirs in self.seconds)


def ensure(data: Path, case: Case) -> Path:
    """A folder of Parquet files."""
    folder = data / f"all-{case.share}{case.named.replace(', ', '-').replace(' ', '-')}"
    if not folder.exists():
        i, j, r = (np.concatenate(several) for several in zip(load(str(data)), load(str(data), "test_"), strict=True))
        n = len(r) * case.share // 16
        i, j, r = i[:n], j[:n], r[:n]
        i = (i * case.users + np.random.default_rng(0).integers(case.users, size=n)).astype(i.dtype)
        cuts = np.linspace(0, n, FILES + 1).astype(int)[1:-1]
        if not case.scattered:
            order = np.argsort(i, kind="stable")
            i, j, r = i[order], j[order], r[order]
            cuts = np.searchsorted(i, i[cuts])
        folder.mkdir()
        for file, rows in enumerate(np.split(np.arange(n), cuts)):
            columns = dict(zip(COLUMNS, (i[rows], j[rows], r[rows]), strict=True))
            parquet.write_table(pa.table(columns), folder / f"{file}.parquet")
    return folder


def measure(folder: str, k: int, lam: float) -> Found:
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
        peaks = peak_gib(), max(client.run(peak_gib).values())
        table = parquet.read_table(folder)
        R = Ratings.from_arrays(*(table[name].to_numpy() for name in COLUMNS))
        alone, seconds = steps(als, R, cfg), []
        for _ in range(SWEEPS + 2):
            began = time.perf_counter()
            next(alone)
            seconds.append((time.perf_counter() - began, next(theirs).seconds))
        theirs.close()
    return Found(R.n, R.N, R.M, reading, sweep.moved, sweep.given, *peaks, seconds[2:])


def table(data: Path, k: int, lam: float) -> str:
    """Markdown: a row for each of CASES, measured in a process of its own, and what a billion ratings come to."""
    found = {}
    for case in CASES:
        with ProcessPoolExecutor(1, get_context("spawn")) as apart:  # a child's peak begins with its parent's
            folder = apart.submit(ensure, data, case).result()
        command = [sys.executable, "-m", "benchmarks.cluster", str(folder), str(k), str(lam)]
        done = subprocess.run(command, stdout=subprocess.PIPE, text=True, check=True)
        found[case] = Found(**json.loads(done.stdout.splitlines()[-1]))
    about = (
        f"k = {k}, biases jointly, float32; {WORKERS} workers of 1 thread in turn with 1 process of 2 threads, "
        f"{SWEEPS} sweeps each, medians; {processor()}."
    )
    return "\n".join([about, "", *rows(found), "", billion(found)])


def rows(found: dict[Case, Found]) -> list[str]:
    """The table's lines."""
    lines = [
        "| ratings | users × films | loaded, s | a sweep, s | one process, s | ratio | sums sent by a worker, MB "
        "| U, c to each, MB | client and scheduler, GiB | a worker, GiB |",
        "|---" * 10 + "|",
    ]
    for case, x in found.items():
        alone = median(one for one, _ in x.seconds)
        ratio = median(two / one for one, two in x.seconds)
        cells = [f"{x.n:,}{case.named}", f"{x.N:,} × {x.M:,}", f"{x.load:.1f}", f"{x.sweep:.3f}", f"{alone:.3f}"]
        cells += [f"{ratio:.2f}", f"{x.moved / WORKERS / 1e6:.1f}", f"{x.given / 1e6:.1f}"]
        cells += [f"{x.peak:.2f}", f"{x.worker:.2f}"]
        lines.append(f"| {' | '.join(cells)} |")
    return lines


def billion(found: dict[Case, Found]) -> str:
    """What 10⁹ ratings need, by a + p n + q N fitted to the sweeps' seconds and to a worker's memory by least squares.

    The row of scattered files is left out of both; what its worker holds for users is taken to be the same.
    """
    whole = [x for case, x in found.items() if not case.scattered]
    X = np.array([[1, x.n, x.N] for x in whole])
    base, rating, user = np.linalg.lstsq(X, [x.sweep for x in whole])[0] * [1, WORKERS, WORKERS]
    held = np.array([x.worker for x in whole]) * 2**30
    process, stored, known = np.linalg.lstsq(X, held)[0] * [1, WORKERS, WORKERS]
    [dealt] = [x for case, x in found.items() if case.scattered]
    taken = (WORKERS * (dealt.worker * 2**30 - process) - known * dealt.N) / dealt.n
    n, last = 1e9, next(x for case, x in found.items() if case == Case(16))
    N = n * last.N / last.n
    apart, mixed = ((each * n + known * N) / 2**30 for each in (stored, taken))
    return (
        f"By these rows one thread takes {rating * 1e9:.1f} ns a sweep for a rating and {user * 1e9:.0f} ns for a "
        f"user; films and messages take {base:.2f} s. At its peak a worker holds {stored:.0f} bytes for a rating "
        f"({taken:.0f} if files are scattered), {known:.0f} bytes for a user, and {process / 2**30:.2f} GiB besides. "
        f"A billion ratings by {N / 1e6:.1f} million users, each with as many as here, of as many films, then need "
        f"{apart:.0f} GiB over all workers ({mixed:.0f} if files are scattered) beside those {process / 2**30:.2f} "
        f"for each process, and {base + (rating * n + user * N) / 32:.1f} s a sweep on 32 threads. Assumed are an "
        f"even share of users on every worker, threads that slow each other down no more than two do here, and a "
        f"network on which the {last.moved / (WORKERS - 1) / 1e6:.0f} MB that each worker sends and receives in a "
        f"sweep take no longer than on this machine."
    )


if __name__ == "__main__":
    print(json.dumps(measure(sys.argv[1], int(sys.argv[2]), float(sys.argv[3]))._asdict()))
