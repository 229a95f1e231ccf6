"""mfcore's ALS, biases solved jointly, float32, λ charged per rating, from vectors shorter than `als.init` gives."""

from dataclasses import replace

import numpy as np
from measure import Predict, Watch, arguments, load

from mfcore import Ratings, als, kernels, steps

# From short vectors the strong directions come first, and an early sweep is a model of fewer of them.
SHORT = np.float32(0.05)


def predicting(s: als.State) -> Predict:
    return lambda i, j: als.predict(s, i, j)


def short(s: als.State) -> als.State:
    return replace(s, W=SHORT * s.W, U=SHORT * s.U)


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    if given["form"] == "numba":
        kernels.warm(("float32",))
    cfg = als.Config(k=given["k"], lam=given["lam"], joint=True, weighted=True, dtype="float32", kernel=given["form"])
    watch = Watch(given)
    R = Ratings.from_arrays(users, items, values)
    del users, items, values  # in every runner, as soon as the library has what it needs of them
    states = steps(als, R, cfg, start=short(als.init(R, cfg, np.random.default_rng(0))))
    s = next(states)
    while watch.going():
        del s  # as in `fit`, which keeps no State that the next one replaces
        s = next(states)
        watch.swept(predicting(s))
    watch.report(predicting(s), "")


main()
