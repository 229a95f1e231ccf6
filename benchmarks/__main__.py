"""How fast and how accurate mfcore is, measured on this machine, beside other libraries where there are any."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path
from typing import NamedTuple

from benchmarks import (
    accuracy,
    autorec,
    bayes,
    choose,
    compare,
    contest,
    generate,
    growth,
    peers,
    reading,
    readme,
    real,
    residual,
    sgd,
    small,
    svd,
)

CACHE = Path(__file__).parents[1] / ".cache" / "benchmarks"


def _data(given: argparse.Namespace) -> Path:
    return generate.ensure(given.data, generate.SIZES[given.size])


def _app(given: argparse.Namespace) -> str:
    from benchmarks import app  # needs the tests' requirements

    return app.table()


def _cluster(given: argparse.Namespace) -> str:
    from benchmarks import cluster  # needs Dask

    return cluster.table(_data(given), given.k, given.lam or cluster.LAM)


def _picture(given: argparse.Namespace) -> str:
    from benchmarks import picture  # needs Chromium

    return picture.draw(given.results, given.size)


class Command(NamedTuple):
    """table: makes the table, or the picture.  said: what it is, in one line of --help."""

    table: Callable[[argparse.Namespace], str]
    said: str


COMMANDS = {
    "peers": Command(compare.table, "ALS beside other libraries: seconds, memory and test RMSE"),
    "choose": Command(choose.table, "the λ of every library, on held-out training ratings"),
    "picture": Command(_picture, "RMSE against time, drawn from what `peers` measured"),
    "small": Command(lambda given: small.table(), "MovieLens small, sweep by sweep, in milliseconds"),
    "read": Command(lambda given: reading.table(_data(given), given.rounds), "reading a large ratings.csv"),
    "growth": Command(
        lambda given: growth.table(given.data, given.k, given.rounds, given.threads),
        "a sweep from a million ratings to a hundred million",
    ),
    "app": Command(_app, "how long a visitor of the app waits, in Chromium"),
    "accuracy": Command(lambda given: accuracy.table(real.MOVIELENS), "the official splits of MovieLens 100K"),
    "residual": Command(lambda given: residual.table(real.MOVIELENS), "the same splits, with a network beside MF"),
    "bayes": Command(bayes.table, "Gibbs sampling beside ALS and SMURFF: speed, accuracy, coverage"),
    "sgd": Command(sgd.table, "descent a rating at a time, beside cornac's"),
    "cluster": Command(_cluster, "one process, and a cluster of two workers"),
    "svd": Command(
        lambda given: svd.table(_data(given), given.k, given.sweeps, given.rounds), "SVD of a matrix with holes"
    ),
    "autorec": Command(autorec.table, "AutoRec beside PyTorch"),
    "contest": Command(lambda given: contest.table(), "every model of the project on the same folds"),
}


def main() -> None:
    parser = argparse.ArgumentParser(
        prog="python -m benchmarks",
        description=__doc__,
        epilog="\n".join(["what is measured:", *(f"  {name:<10}{one.said}" for name, one in COMMANDS.items())]),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )
    parser.add_argument("what", nargs="?", choices=COMMANDS, default="peers", help="see below; by default peers")
    parser.add_argument("--size", choices=generate.SIZES, default="20m")
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--lam", type=float, help="λ per rating, in every library; by default what `choose` found")
    parser.add_argument("--sweeps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3, help="how often each library is run, taking turns")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--only", nargs="+", choices=peers.RUNNERS, default=list(peers.RUNNERS), help="by default all")
    parser.add_argument("--envs", type=Path, default=CACHE / "envs", help="where the peers' environments are or go")
    parser.add_argument("--data", type=Path, default=CACHE / "data", help="where the generated ratings are or go")
    parser.add_argument("--timeout", type=float, default=1200, help="seconds that one fit may take")
    parser.add_argument("--results", type=Path, default=CACHE / "results", help="where the picture's numbers are or go")
    parser.add_argument("--readme", action="store_true", help="put the table into the README too")
    given = parser.parse_args()
    said = COMMANDS[given.what].table(given)
    print(said)
    if given.readme:
        name = f"{given.what} {given.size} k={given.k}" if given.what == "peers" else given.what
        readme.put(name, said)


if __name__ == "__main__":
    main()
