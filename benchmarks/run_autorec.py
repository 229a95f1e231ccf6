"""mfcore's AutoRec by items, compiled, float32, on the ratings there are and nothing else."""

from measure import Watch, arguments, load

from mfcore import Ratings, autorec, nn, steps


def main() -> None:
    given = arguments()
    rule = nn.Rule("adam", given["rate"])
    cfg = autorec.Config(
        given["k"], lam=0, by="items", batch=given["batch"], rule=rule, dtype="float32", kernel="numba"
    )
    tiny = steps(autorec, Ratings.from_arrays([0, 1], [0, 1], [1.0, 2.0]), cfg)
    next(tiny), next(tiny)
    R = Ratings.from_arrays(*load(given["data"]))
    states = steps(autorec, R, cfg)
    next(states)
    watch = Watch(given)
    while watch.going():
        s = next(states)
        watch.swept(lambda i, j, s=s: autorec.predict(s, i, j))
    watch.ends.insert(0, 0.0)
    watch.report(None, "")


main()
