"""SMURFF's BPMF with normal priors; it has no biases, and what it shows after every sweep is left switched off."""

from importlib.metadata import version

from measure import Watch, arguments, load
from scipy.sparse import coo_matrix
from smurff import FixedNoise, TrainSession


def main() -> None:
    given = arguments()
    users, items, values = load(given["data"])
    watch = Watch(given)
    session = TrainSession(
        priors=["normal", "normal"],
        num_latent=given["k"],
        num_threads=given["threads"],
        burnin=given["sweeps"],
        nsamples=1,
        seed=0,
        verbose=0,
        save_freq=0,
    )
    shape = int(users.max()) + 1, int(items.max()) + 1
    session.setTrain(coo_matrix((values - values.mean(), (users, items)), shape=shape), FixedNoise(2.0))
    session.init()
    while watch.going():
        session.step()
        watch.swept(lambda i, j: None)
    watch.report(None, version("smurff"))


main()
