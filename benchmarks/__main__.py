"""mfcore beside its peers (peers, drawn by picture; their λ by choose), on MovieLens small (small), reading (read),
to 100 million ratings (growth), in the browser (app), on the official splits of MovieLens 100K (accuracy; with a
network beside it, residual); Gibbs sampling, both ways (bayes); descent a rating at a time (sgd); one process and a
cluster (cluster); SVD of what has holes (svd); AutoRec beside PyTorch (autorec); every model of the project on the same
folds (contest)."""

import argparse
import os
from collections.abc import Callable
from pathlib import Path

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


COMMANDS: dict[str, Callable[[argparse.Namespace], str]] = {
    "peers": compare.table,
    "small": lambda given: small.table(),
    "read": lambda given: reading.table(_data(given), given.rounds),
    "growth": lambda given: growth.table(given.data, given.k, given.rounds, given.threads),
    "app": _app,
    "choose": choose.table,
    "picture": _picture,
    "bayes": bayes.table,
    "sgd": sgd.table,
    "cluster": _cluster,
    "svd": lambda given: svd.table(_data(given), given.k, given.sweeps, given.rounds),
    "autorec": autorec.table,
    "contest": lambda given: contest.table(),
    "accuracy": lambda given: accuracy.table(real.MOVIELENS),
    "residual": lambda given: residual.table(real.MOVIELENS),
}


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("what", nargs="?", choices=COMMANDS, default="peers")
    parser.add_argument("--size", choices=generate.SIZES, default="20m")
    parser.add_argument("--k", type=int, default=10)
    parser.add_argument("--lam", type=float, help="λ per rating, in every library; by default what `choose` found")
    parser.add_argument("--sweeps", type=int, default=10)
    parser.add_argument("--rounds", type=int, default=3, help="how often each library is run, taking turns")
    parser.add_argument("--threads", type=int, default=min(2, os.cpu_count() or 1))
    parser.add_argument("--only", nargs="+", choices=peers.RUNNERS, help="by default all that are asked at this k")
    parser.add_argument("--envs", type=Path, default=CACHE / "envs", help="where the peers' environments are or go")
    parser.add_argument("--data", type=Path, default=CACHE / "data", help="where the generated ratings are or go")
    parser.add_argument("--timeout", type=float, default=1200, help="seconds that one fit may take")
    parser.add_argument("--results", type=Path, default=CACHE / "results", help="where the picture's numbers are or go")
    parser.add_argument("--readme", action="store_true", help="put the table into the README too")
    given = parser.parse_args()
    given.only = given.only or peers.asked(given.k)
    said = COMMANDS[given.what](given)
    print(said)
    if given.readme:
        name = f"{given.what} {given.size} k={given.k}" if given.what == "peers" else given.what
        readme.put(name, said)


if __name__ == "__main__":
    main()
