"""What every runner shares, with nothing but numpy: the arrays, the clipped RMSE, the peak, and one line of result."""

import json
import resource
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np


def arguments() -> dict[str, Any]:
    """data: folder.  k, sweeps, lam: numbers.  form: what a library offers more than one of."""
    given: dict[str, Any] = json.loads(sys.argv[1])
    return given


def load(data: str, prefix: str = "") -> list[Any]:
    """users, items, values; with prefix "test_" those held out."""
    return [np.load(Path(data) / f"{prefix}{name}.npy") for name in ("users", "items", "values")]


def clipped_rmse(predicted: Any, r: Any) -> float:
    """On the scale of half to five stars, which every library's predictions are clipped to."""
    return float(np.sqrt(np.mean((np.clip(predicted, 0.5, 5) - r).astype("float64") ** 2)))


def peak_gib() -> float:
    """The most memory this process ever held."""
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


def report(seconds: list[float], total: float, peak: float, rmse: float, version: str) -> None:
    """seconds: of each sweep, or none where a library does not show them."""
    print(json.dumps({"seconds": seconds, "total": total, "peak": peak, "rmse": rmse, "version": version}))


clock = time.perf_counter
