"""mfcore's ALS, biases solved jointly, float32, λ charged per rating; it starts from biases alone and short vectors."""

from dataclasses import replace

import numpy as np
from measure import Predict, Watch, arguments, load

from mfcore import Ratings, als, kernels, steps

# From short vectors the strong directions come first, and an early sweep is a model of fewer of them.
SHORT = np.float32(0.05)


def predicting(s: als.State) -> Predict:
    return lambda i, j: als.predict(s, i, j)


def start(R: Ratings, cfg: als.Config) -> als.State:
    """The model of biases alone, c, b and c again in turn, beside `als.init`'s vectors made SHORT."""
    one = replace(cfg, k=1, joint=False)
    alone = als.init(R, one, np.random.default_rng(0))
    alone = replace(alone, W=0 * alone.W, U=0 * alone.U)
    for update in (als.update_c, als.update_b, als.update_c):
        alone = update(alone, R, one)
    s = als.init(R, cfg, np.random.default_rng(0))
    return replace(s, W=SHORT * s.W, U=SHORT * s.U, b=alone.b, c=alone.c)


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    if given["form"] == "numba":
        kernels.warm(("float32",))
    cfg = als.Config(k=given["k"], lam=given["lam"], joint=True, weighted=True, dtype="float32", kernel=given["form"])
    watch = Watch(given)
    R = Ratings.from_arrays(users, items, values)
    del users, items, values  # in every runner, as soon as the library has what it needs of them
    states = steps(als, R, cfg, start=start(R, cfg))
    s = next(states)
    while watch.going():
        del s  # as in `fit`, which keeps no State that the next one replaces
        s = next(states)
        watch.swept(predicting(s))
    watch.report(predicting(s), "")


main()
