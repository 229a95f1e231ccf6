"""implicit's ALS by conjugate gradients, its own default: every pair counts, ratings are confidences. Speed only."""

from importlib.metadata import version

from implicit.als import AlternatingLeastSquares
from measure import Watch, arguments, load
from scipy.sparse import csr_matrix


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    watch = Watch(given)
    ratings = csr_matrix((values, (users, items)))
    del users, items, values
    model = AlternatingLeastSquares(
        factors=given["k"],
        regularization=given["lam"],
        iterations=given["sweeps"],
        use_gpu=False,
        num_threads=given["threads"],
        random_state=0,
    )
    model.fit(ratings, show_progress=False, callback=lambda *done: watch.swept(None))
    watch.report(None, version("implicit"))


main()
