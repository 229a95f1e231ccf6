"""SVD of a ratings matrix with holes: a fill decomposed once, and soft-impute; seconds, memory, test RMSE."""

import time
import tracemalloc
from collections.abc import Callable
from pathlib import Path

from benchmarks.measure import clipped_rmse, load
from mfcore import Ratings, als, fit, impute, kernels, svd

LAM = 15.0


def table(data: Path, k: int, sweeps: int, rounds: int) -> str:
    """Markdown. Seconds are the fastest of `rounds`; memory is what a fit of its own holds at most, the ratings not.

    Traced memory slows a fit down, so that it is taken in a run by itself.
    """
    users, items, values = load(str(data))
    train = Ratings.from_arrays(users, items, values)
    i, j, r = load(str(data), "test_")
    i, j = train.user_ids.searchsorted(i), train.item_ids.searchsorted(j)
    kernels.warm()
    soft, once, alternating = impute.Config(k=k, lam=LAM), svd.Config(k=k), als.Config(k=k, lam=LAM)
    fits: dict[str, Callable[[], als.State]] = {
        "truncated SVD, means in the holes": lambda: svd.fit_at_once(train, once),
        "soft-impute, its start": lambda: fit(impute, train, soft, 0),
        f"soft-impute, {sweeps} sweeps": lambda: fit(impute, train, soft, sweeps),
        f"ALS with biases, {sweeps} sweeps": lambda: fit(als, train, alternating, sweeps),
    }
    ratings = train.n * 12 / 2**20  # a value and a column number each, once
    lines = [
        f"{train.N:,} × {train.M:,}, {train.n:,} training ratings ({ratings:.0f} MiB as csr); k = {k}, λ = {LAM:g}. "
        f"Every cell written out would take {train.N * train.M * 8 / 2**20:,.0f} MiB.",
        "",
        "| fit | s | most memory beside the ratings, MiB | test RMSE |",
        "|---|---|---|---|",
    ]
    for name, work in fits.items():
        seconds, s = min((_timed(work) for _ in range(rounds)), key=lambda run: run[0])
        error = clipped_rmse(svd.predict(s, i, j), r)
        lines.append(f"| {name} | {seconds:.2f} | {_peak(work):.0f} | {error:.4f} |")
    return "\n".join(lines)


def _timed(work: Callable[[], als.State]) -> tuple[float, als.State]:
    begun = time.perf_counter()
    s = work()
    return time.perf_counter() - begun, s


def _peak(work: Callable[[], als.State]) -> float:
    """MiB allocated at most by one run."""
    tracemalloc.start()
    work()
    _, most = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    return most / 2**20
