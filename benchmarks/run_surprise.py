"""Surprise's SVD: stochastic gradient descent on one thread, biases, float64, λ charged per rating."""

from importlib.metadata import version
from typing import Any

import numpy as np
import pandas as pd
from measure import SCALE, Watch, arguments, from_vectors, load
from surprise import SVD, Dataset, Reader


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    watch = Watch(given)
    table = pd.DataFrame({"user": users, "item": items, "rating": values})
    ratings = Dataset.load_from_df(table, Reader(rating_scale=SCALE)).build_full_trainset()
    N, M = int(users.max()) + 1, int(items.max()) + 1
    del users, items, values, table
    model = SVD(n_factors=given["k"], n_epochs=given["sweeps"], reg_all=given["lam"], random_state=0).fit(ratings)

    def predict(i: Any, j: Any) -> Any:
        rows = np.array([ratings.to_inner_uid(u) for u in range(N)])
        columns = np.array([ratings.to_inner_iid(v) for v in range(M)])
        return from_vectors(model.pu, model.qi, model.bu, model.bi, ratings.global_mean)(rows[i], columns[j])

    watch.report(predict, version("scikit-surprise"))


main()
