"""What the tests run compiled, compiled here once, and not by several of their processes at the same time.

    python -m tests.warm

The results stay in numba's cache beside the modules.
"""

from itertools import product
from typing import Literal

import numpy as np

from mfcore import Ratings, als, autorec, bpmf, embedding, fit, kernels, nn
from mfcore.kernels import sums

DTYPES: tuple[Literal["float32", "float64"], ...] = ("float32", "float64")


def compile_all() -> None:
    """One sweep of everything that has a compiled form, for ratings and States of either width."""
    kernels.warm()
    i, j = np.array([0, 0, 1], np.int32), np.array([0, 1, 1], np.int32)
    for given, dtype in product(DTYPES, DTYPES):
        R = Ratings.from_codes(i, j, np.array([1, 2, 3], given), np.arange(2), np.arange(2))
        W, b = np.ones((2, 1), dtype), np.zeros(2, dtype)
        for joint in (False, True):
            cfg = als.Config(k=1, joint=joint, dtype=dtype, kernel="numba")
            sums.solve(sums.partial(sums.prepared(R, W, b, R.mu, cfg), slice(0, 2)), b, np.ones(2, np.int64), cfg)
        fit(bpmf, R, bpmf.Config(k=1, dtype=dtype, kernel="numba"), T=1)
        fit(embedding, R, embedding.Config(k=1, rule=nn.Rule("sgd", 0.01), dtype=dtype, kernel="numba", batch=1), T=1)
        for name in ("sgd", "momentum", "adam"):
            rule = nn.Rule(name, 0.01)
            fit(autorec, R, autorec.Config(hidden=1, rule=rule, dtype=dtype, kernel="numba"), T=1)


if __name__ == "__main__":
    compile_all()
