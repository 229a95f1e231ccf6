"""mfcore's ALS, biases solved jointly, float32, λ charged per rating."""

from measure import arguments, clipped_rmse, clock, load, peak_gib, report

from mfcore import Ratings, als, kernels, steps


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    if given["form"] == "numba":
        kernels.warm()
    cfg = als.Config(k=given["k"], lam=given["lam"], joint=True, weighted=True, dtype="float32", kernel=given["form"])
    start = clock()
    R = Ratings.from_arrays(users, items, values)
    states = steps(als, R, cfg)
    s = next(states)
    seconds = []
    for _ in range(given["sweeps"]):
        before = clock()
        s = next(states)
        seconds.append(clock() - before)
    total, peak = clock() - start, peak_gib()
    i, j, r = load(given["data"], "test_")
    report(seconds, total, peak, clipped_rmse(als.predict(s, i, j), r), "")


main()
