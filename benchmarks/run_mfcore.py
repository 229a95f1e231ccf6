"""mfcore's ALS, biases solved jointly, float32, λ charged per rating."""

from measure import Predict, Watch, arguments, load

from mfcore import Ratings, als, kernels, steps


def predicting(s: als.State) -> Predict:
    return lambda i, j: als.predict(s, i, j)


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    if given["form"] == "numba":
        kernels.warm()
    cfg = als.Config(k=given["k"], lam=given["lam"], joint=True, weighted=True, dtype="float32", kernel=given["form"])
    watch = Watch(given)
    R = Ratings.from_arrays(users, items, values)
    states = steps(als, R, cfg)
    s = next(states)
    while watch.going():
        s = next(states)
        watch.swept(predicting(s))
    watch.report(predicting(s), "")


main()
