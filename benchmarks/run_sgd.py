"""mfcore's descent by plain steps of one rating, biases, float32, λ charged per rating."""

from measure import Watch, arguments, from_vectors, load

from mfcore import Ratings, embedding, fit, nn, steps


def main() -> None:
    given = arguments()
    rule = nn.Rule("sgd", given["rate"])
    cfg = embedding.Config(
        given["k"], given["lam"], weighted=True, rule=rule, batch=1, decay=given["decay"], dtype="float32",
        kernel=given["form"],
    )  # fmt: skip
    users, items, values = load(given["data"])
    fit(embedding, Ratings.from_arrays([0, 1], [0, 1], values[:2]), cfg, 1)  # loads what is compiled
    watch = Watch(given)
    states = steps(embedding, Ratings.from_arrays(users, items, values), cfg)
    s = next(states)
    while watch.going():
        s = next(states)
        watch.swept(from_vectors(s.W, s.U, s.b, s.c, s.mu))
    watch.report(from_vectors(s.W, s.U, s.b, s.c, s.mu), "")


main()
