"""mfcore's Bayesian factorization, biases among what is drawn, float32."""

from measure import Watch, arguments, load

from mfcore import Ratings, bpmf, fit, steps


def main() -> None:
    given = arguments()
    cfg = bpmf.Config(k=given["k"], dtype="float32", kernel=given["form"])
    fit(bpmf, Ratings.from_arrays([0, 1], [0, 1], [1.0, 2.0]), cfg, 1)  # compiles what a sweep needs
    watch = Watch(given)
    R = Ratings.from_arrays(*load(given["data"]))
    states = steps(bpmf, R, cfg)
    next(states)
    while watch.going():
        s = next(states)
        watch.swept(lambda i, j, s=s: bpmf.predict(s, i, j))
    watch.report(None, "")


main()
