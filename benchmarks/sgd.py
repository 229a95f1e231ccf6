"""Descent a rating at a time beside cornac's: the time of an epoch, and the test RMSE after as many epochs.

Both choose how far they step on a tenth of the training ratings, before any test rating is looked at.
"""

import argparse
import sys
import time
from collections.abc import Callable, Iterator
from functools import partial
from itertools import islice, pairwise
from pathlib import Path
from typing import Any, NamedTuple

from benchmarks import choose, peers, real
from benchmarks.compare import processor
from benchmarks.turns import Found
from mfcore import data, embedding, nn, steps

OURS = peers.Runner("mfcore, SGD", "run_sgd.py", "numba")
CORNAC = peers.RUNNERS["cornac"]
BATCHES = (32, 256, 2048)
FEW = 2  # epochs of the short fits, which what comes before the first epoch is told by


class Steps(NamedTuple):
    """rate: η, of e² + λ‖·‖² here and of half of it in cornac.  decay: as in `embedding.Config`; cornac has none."""

    rate: float
    decay: float = 0.0


class Row(NamedTuple):
    """runner, and what it may be asked for; without a choice it comes as it is."""

    runner: peers.Runner
    among: tuple[Steps, ...]


ROWS = (
    Row(CORNAC._replace(title="cornac, MF by SGD, its default rate"), (Steps(0.01),)),
    Row(CORNAC, tuple(Steps(rate) for rate in (0.02, 0.04, 0.08, 0.16))),
    Row(OURS, tuple(Steps(*one) for one in ((0.01, 0.0), (0.02, 0.1), (0.04, 0.3), (0.05, 0.5), (0.06, 0.7)))),
)
Run = Callable[..., peers.Fit | peers.Failed]


def table(given: argparse.Namespace) -> str:
    """Markdown: beside cornac, and on MovieLens small."""
    return "\n".join([*beside(given), "", *small(given.rounds)])


def beside(given: argparse.Namespace) -> Iterator[str]:
    """A row a library."""
    folder, called = real.ensure(given.data, given.size)
    lam = real.chosen(given.size, given.k) if given.lam is None else given.lam
    shared = {"envs": given.envs, "threads": given.threads, "timeout": given.timeout, "k": given.k, "lam": lam}
    run = partial(peers.fit, **shared)
    asked = [_chosen(row, run, choose.ensure(folder), given.sweeps) for row in ROWS]
    found = [Found({}, []) for _ in ROWS]
    for turn in range(given.rounds):
        for at, row in enumerate(ROWS):
            for T in (FEW, given.sweeps):
                one = _said(turn, row, T, run(row.runner, data=str(folder), sweeps=T, **asked[at]._asdict()))
                if isinstance(one, peers.Failed):
                    found[at] = found[at]._replace(failed=one.why)
                else:
                    found[at].fits.setdefault(T, []).append(one)
    about = (
        f"{called}, size {given.size}: k = {given.k}, λ = {lam:g} per rating, {given.sweeps} epochs, "
        f"{given.threads} threads of {processor()}, {given.rounds} rounds in turn."
    )
    head = ["library", "η", "decay", "s an epoch", "÷ cornac", "whole fit, s", "÷ cornac", "peak, GiB", "test RMSE"]
    yield from (about, "", f"| {' | '.join(head)} |", "|---" * len(head) + "|")
    yield from (_line(*each, found[1]) for each in zip(ROWS, asked, found, strict=True))


def small(rounds: int) -> Iterator[str]:
    """A row an optimizer: the fastest epoch in milliseconds, k = 5 with biases, by ratings a step."""
    R = data.load("ml-small")[0].split(0.1, seed=0)[0]
    yield f"An epoch on MovieLens small, {R.n:,} ratings, k = 5, in milliseconds."
    yield from ("", f"| optimizer | {' | '.join(f'B = {B}' for B in BATCHES)} |", "|---" * (len(BATCHES) + 1) + "|")
    for name in ("sgd", "momentum", "adam"):
        cells = []
        for B in BATCHES:
            cfg = embedding.Config(k=5, rule=nn.Rule(name, 0.001), batch=B)
            ends = [time.perf_counter() for _ in islice(steps(embedding, R, cfg), 2 + max(rounds, 2))]
            cells.append(f"{1000 * min(b - a for a, b in pairwise(ends)):.0f}")
        yield f"| {name} | {' | '.join(cells)} |"


def _chosen(row: Row, run: Run, held_out: Path, sweeps: int) -> Steps:
    """The steps with the lowest RMSE on the held-out ratings, after as many epochs."""
    if len(row.among) == 1:
        return row.among[0]

    def rmse(steps: Steps) -> float:
        one = run(row.runner, data=str(held_out), sweeps=sweeps, **steps._asdict())
        error = float("inf") if isinstance(one, peers.Failed) else one.rmse[sweeps]
        print(f"held out: {row.runner.title}, {steps}: {error:.4f}", file=sys.stderr)
        return error if error == error else float("inf")  # a descent that left all bounds has none

    return min(row.among, key=rmse)


def _said(turn: int, row: Row, T: int, one: Any) -> Any:
    print(f"round {turn + 1}: {row.runner.title}, epochs: {T}", file=sys.stderr)
    return one


def _line(row: Row, steps: Steps, found: Found, cornac: Found) -> str:
    title = row.runner.title
    if found.failed:
        return f"| {title}: {found.failed} |"
    cells = [
        f"{title} {found.longest[0].version}".strip(),
        f"{steps.rate:g}",
        f"{steps.decay:g}",
        f"{found.sweep:.3g}",
        f"{found.sweep / cornac.sweep:.2f}",
    ]
    cells += [f"{found.total:.1f}", f"{found.total / cornac.total:.2f}", f"{found.peak:.2f}", f"{found.rmse:.4f}"]
    return f"| {' | '.join(cells)} |"
