"""cmfrec's ALS by Cholesky or by conjugate gradients, with biases, float32, λ charged per rating."""

from importlib.metadata import version

from cmfrec import CMF
from measure import Watch, arguments, load
from scipy.sparse import coo_matrix


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    watch = Watch(given)
    model = CMF(
        k=given["k"],
        lambda_=given["lam"],
        scale_lam=True,
        niter=given["sweeps"],
        use_cg=given["form"] == "cg",
        finalize_chol=False,
        use_float=True,
        nthreads=given["threads"],
        precompute_for_predictions=False,
        verbose=False,
    )
    ratings = coo_matrix((values, (users, items)), shape=(int(users.max()) + 1, int(items.max()) + 1))
    del users, items, values
    model.fit(ratings)
    watch.report(model.predict, version("cmfrec"))


main()
