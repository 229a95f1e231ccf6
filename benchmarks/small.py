"""MovieLens small in milliseconds: 20 sweeps, each with its test RMSE, as the app asks for them."""

import time
import warnings
from collections.abc import Callable
from dataclasses import replace
from functools import partial
from itertools import islice

from benchmarks.compare import processor
from mfcore import LeastNormWarning, Ratings, als, data, kernels, metrics, steps, trace

SWEEPS, REPEATS = 20, 15
FITS = {
    "k = 5, plain (chapter 3's page)": als.Config(k=5, biases=False),
    "k = 5, plain, float32": als.Config(k=5, biases=False, dtype="float32"),
    "k = 5, biases jointly, float32": als.Config(k=5, joint=True, dtype="float32"),
    "k = 5, biases jointly": als.Config(k=5, joint=True),
    "k = 5, biases in turn": als.Config(k=5),
    "k = 10, plain, λ = 0": als.Config(k=10, biases=False, lam=0),
}


def table() -> str:
    """Markdown: the fastest of REPEATS runs of each form, and of a trace of every block."""
    train, test = data.load("ml-small")[0].split(0.1, seed=0)
    kernels.warm()
    forms = ["numpy", "numba"] if kernels.available() else ["numpy"]
    lines = [
        f"MovieLens small, {train.n:,} training ratings, {SWEEPS} sweeps, each with its test RMSE, in ms; float64 "
        f"unless another type is named; {processor()}.",
        "",
        f"| fit | {' | '.join(forms)} | trace of every block |",
        "|---" * (len(forms) + 2) + "|",
    ]
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeastNormWarning)
        for name, cfg in FITS.items():
            times = [_fastest(partial(_curve, train, test, replace(cfg, kernel=form))) for form in forms]
            times.append(_fastest(partial(_followed, train, test, cfg)))
            lines.append(f"| {name} | {' | '.join(f'{1000 * t:.0f}' for t in times)} |")
    return "\n".join(lines)


def _curve(train: Ratings, test: Ratings, cfg: als.Config) -> list[float]:
    i, j, r = test.i, test.j, test.r
    return [metrics.rmse(als.predict(s, i, j), r) for s in islice(steps(als, train, cfg), SWEEPS + 1)]


def _followed(train: Ratings, test: Ratings, cfg: als.Config) -> list[float]:
    return [point.test for point, _ in trace(als, train, test, cfg, T=SWEEPS)]


def _fastest(work: Callable[[], object]) -> float:
    times = []
    for _ in range(REPEATS):
        start = time.perf_counter()
        work()
        times.append(time.perf_counter() - start)
    return min(times)
