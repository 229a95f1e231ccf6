"""lenskit's BiasedMF: damped means as biases, then ALS by Cholesky, float32, λ charged per rating."""

from importlib.metadata import version

import numpy as np
import pandas as pd
from lenskit.als import BiasedMFScorer
from lenskit.data import from_interactions_df
from lenskit.training import TrainingOptions
from measure import arguments, clipped_rmse, clock, load, peak_gib, report


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    start = clock()
    ratings = from_interactions_df(pd.DataFrame({"user_id": users, "item_id": items, "rating": values}))
    model = BiasedMFScorer(embedding_size=given["k"], epochs=given["sweeps"], regularization=given["lam"])
    trainer = model.create_trainer(ratings, TrainingOptions(rng=0))
    seconds = []
    for _ in range(given["sweeps"]):
        before = clock()
        trainer.train_epoch()
        seconds.append(clock() - before)
    trainer.finalize()
    total, peak = clock() - start, peak_gib()
    i, j, r = load(given["data"], "test_")
    i, j = model.users.numbers(i), model.items.numbers(j)
    W, U, bias = model.user_embeddings, model.item_embeddings, model.bias
    predicted = bias.global_bias + bias.user_biases[i] + bias.item_biases[j]
    for f in range(given["k"]):
        predicted += W[i, f] * U[j, f]
    report(seconds, total, peak, clipped_rmse(np.asarray(predicted), r), version("lenskit"))


main()
