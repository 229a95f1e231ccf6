"""cmfrec's ALS by Cholesky, with biases, float32, λ charged per rating."""

from importlib.metadata import version

from cmfrec import CMF
from measure import arguments, clipped_rmse, clock, load, peak_gib, report
from scipy.sparse import coo_matrix


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    start = clock()
    model = CMF(
        k=given["k"],
        lambda_=given["lam"],
        scale_lam=True,
        niter=given["sweeps"],
        use_cg=False,
        use_float=True,
        nthreads=given["threads"],
        precompute_for_predictions=False,
        verbose=False,
    )
    model.fit(coo_matrix((values, (users, items)), shape=(int(users.max()) + 1, int(items.max()) + 1)))
    total, peak = clock() - start, peak_gib()
    i, j, r = load(given["data"], "test_")
    report([], total, peak, clipped_rmse(model.predict(i, j), r), version("cmfrec"))


main()
