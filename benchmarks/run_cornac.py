"""cornac's MF: stochastic gradient descent without locks, biases, float32, λ charged per rating."""

from importlib.metadata import version

import numpy as np
from cornac.data import Dataset
from cornac.models import MF
from measure import Watch, arguments, from_vectors, load


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    watch = Watch(given)
    N, M = int(users.max()) + 1, int(items.max()) + 1
    # Dataset.build, which goes over the ratings in Python, would take longer than the fit.
    pairs = users.astype("int64"), items.astype("int64")
    ratings = Dataset(N, M, {i: i for i in range(N)}, {j: j for j in range(M)}, (*pairs, values))
    del users, items, values, pairs
    np.random.seed(0)  # noqa: NPY002 - cornac takes its start from here; a seed of its own would mean one thread
    model = MF(
        k=given["k"], max_iter=given["sweeps"], lambda_reg=given["lam"], num_threads=given["threads"],
        learning_rate=given.get("rate", 0.01),
    )  # fmt: skip
    model.fit(ratings)
    vectors = model.u_factors, model.i_factors, model.u_biases, model.i_biases
    watch.report(from_vectors(*vectors, model.global_mean), version("cornac"))


main()
