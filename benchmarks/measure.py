"""What every runner shares, with nothing but numpy: the arrays, the watch, the clipped RMSE, and one line of result."""

import json
import resource
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np

SCALE = (0.5, 5)
Predict = Callable[[Any, Any], Any]
clock = time.perf_counter


def arguments() -> dict[str, Any]:
    """data: folder.  k, sweeps, lam, threads: numbers.  form: what a library offers more than one of.

    look: whether the test RMSE is wanted after every sweep.  until: seconds; sweeps go on until then.
    """
    given: dict[str, Any] = json.loads(sys.argv[1])
    return {"look": False, "until": 0.0} | given


def load(data: str, prefix: str = "") -> list[Any]:
    """users, items, values; with prefix "test_" those held out."""
    return [np.load(Path(data) / f"{prefix}{name}.npy") for name in ("users", "items", "values")]


def clipped_rmse(predicted: Any, r: Any) -> float:
    """On the scale of half to five stars, which every library's predictions are clipped to."""
    return float(np.sqrt(np.mean((np.clip(predicted, *SCALE) - r).astype("float64") ** 2)))


def peak_gib(process: int | None = None) -> float:
    """The most memory that a process of this machine, by default this one, ever held.

    Where the system keeps it for the program alone; getrusage's figure begins with what the parent held at the start.
    """
    about = Path(f"/proc/{process or 'self'}/status")
    if about.exists():
        return sum(int(line.split()[1]) for line in about.read_text().splitlines() if line.startswith("VmHWM")) / 2**20
    if process:
        return 0.0
    unit = 1 if sys.platform == "darwin" else 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * unit / 2**30


class Watch:
    """Wall time of one fit, from its making on. It stands still while the test ratings are predicted."""

    def __init__(self, given: dict[str, Any]) -> None:
        self.given, self.ends, self.rmse, self.paused = given, list[float](), dict[int, float](), 0.0
        self.test = load(given["data"], "test_") if given["look"] else None
        self.begun = clock()

    def seconds(self) -> float:
        return clock() - self.begun - self.paused

    def going(self) -> bool:
        """Whether another sweep is to be made: those asked for, and up to ten times as many while there is time."""
        done, asked = len(self.ends), int(self.given["sweeps"])
        return done < asked or (done < 10 * asked and self.seconds() < float(self.given["until"]))

    def swept(self, predict: Predict) -> None:
        """A sweep is done, after which predict(i, j) gives the predictions for pairs of row numbers."""
        self.ends.append(self.seconds())
        t = len(self.ends)
        if self.test and (t <= 10 or t % 5 == 0):
            before = clock()
            self.rmse[t] = clipped_rmse(predict(*self.test[:2]), self.test[2])
            self.paused += clock() - before

    def report(self, predict: Predict | None, version: str, others: float = 0.0) -> None:
        """The fit is done. others: GiB held by processes that worked for this one.  No predict: no ratings are."""
        total, peak = self.seconds(), peak_gib() + others
        if predict:
            i, j, r = load(self.given["data"], "test_")
            self.rmse[len(self.ends) or self.given["sweeps"]] = clipped_rmse(predict(i, j), r)
        print(json.dumps({"ends": self.ends, "total": total, "peak": peak, "rmse": self.rmse, "version": version}))


def from_vectors(W: Any, U: Any, b: Any, c: Any, mu: float) -> Predict:
    """r̂_ij = w_iᵀu_j + b_i + c_j + μ in as little memory as the pairs need. W: (N, k).  U: (M, k)."""

    def predict(i: Any, j: Any) -> Any:
        predicted = b[i] + c[j] + mu
        for f in range(W.shape[1]):
            predicted += W[i, f] * U[j, f]
        return predicted

    return predict
