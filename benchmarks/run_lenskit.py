"""lenskit's BiasedMF: damped means as biases, then ALS by Cholesky, float32, λ charged per rating."""

from importlib.metadata import version
from typing import Any

import pandas as pd
from lenskit.als import BiasedMFScorer
from lenskit.data import from_interactions_df
from lenskit.training import TrainingOptions
from measure import Watch, arguments, from_vectors, load


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    watch = Watch(given)
    ratings = from_interactions_df(pd.DataFrame({"user_id": users, "item_id": items, "rating": values}))
    del users, items, values
    model = BiasedMFScorer(embedding_size=given["k"], epochs=given["sweeps"], regularization=given["lam"])
    trainer = model.create_trainer(ratings, TrainingOptions(rng=0))

    def predict(i: Any, j: Any) -> Any:
        bias = model.bias
        vectors = model.user_embeddings, model.item_embeddings
        known = from_vectors(*vectors, bias.user_biases, bias.item_biases, bias.global_bias)
        return known(model.users.numbers(i), model.items.numbers(j))

    while watch.going():
        trainer.train_epoch()
        watch.swept(predict)
    trainer.finalize()
    watch.report(predict, version("lenskit"))


main()
