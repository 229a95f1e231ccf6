"""AutoRec: an epoch beside PyTorch's, which writes every batch out in full; one on MovieLens small; and accuracy."""

import argparse
import sys
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import islice
from pathlib import Path
from statistics import median
from typing import Literal, NamedTuple

import numpy as np

from benchmarks import generate, peers, real
from benchmarks.accuracy import INNER, clipped_rmse
from benchmarks.compare import processor
from benchmarks.measure import clock
from mfcore import Ratings, autorec, data, nn, steps

RUNNERS = {
    "ours": peers.Runner("mfcore, compiled, stored cells only", "run_autorec.py"),
    "torch": peers.Runner("PyTorch, batches written out", "run_torch.py", "", ("numpy", "scipy", "torch==2.13.0")),
}
HIDDEN, BATCH, RATE = 100, 512, 0.001
SAMPLE = 8  # of PyTorch's batches, where an epoch has more
EPOCHS = 80
MILLION = real.MOVIELENS.with_name("ml-1m.zip")
PUBLISHED, PUBLISHED_HIDDEN = (
    0.831,
    500,
)  # Sedhain et al. 2015, table 1: by items, MovieLens 1M, nine tenths to train on


def table(given: argparse.Namespace) -> str:
    """Markdown: all three tables."""
    return "\n".join([*times(given), "", *small(), "", *accuracy(real.MOVIELENS), "", *published(MILLION)])


def times(given: argparse.Namespace) -> Iterator[str]:
    """A row a library: the median time of its epochs, the most memory it held, and its time beside PyTorch's."""
    folder = real.ensure(given.data, given.size)[0]
    users, items = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in generate.ARRAYS[:2])
    N, M = int(users.max()) + 1, int(items.max()) + 1
    whole = -(-M // BATCH)
    sample = SAMPLE if whole > SAMPLE else 0
    arguments = {"data": str(folder), "k": HIDDEN, "batch": BATCH, "rate": RATE, "batches": sample, "sweeps": 1}
    found: dict[str, list[peers.Fit]] = {name: [] for name in RUNNERS}
    why: dict[str, str] = {}
    for turn in range(given.rounds):
        for name, runner in RUNNERS.items():
            print(f"round {turn + 1}: {runner.title}", file=sys.stderr)
            one = peers.fit(runner, given.envs, given.threads, given.timeout, **arguments)
            if isinstance(one, peers.Failed):
                why[name] = one.why
            else:
                found[name].append(one)
    yield (
        f"{len(users):,} ratings of {N:,} × {M:,}, by films: {HIDDEN} hidden, {whole} batches of {BATCH}, Adam, "
        f"float32, {given.threads} threads of {processor()}; {given.rounds} rounds in turn."
    )
    if sample:
        yield f"PyTorch's epoch is {sample} of its batches, times {whole / sample:g}."
    yield from ("", "| library | s an epoch | ÷ PyTorch | peak, GiB |", "|---|---|---|---|")
    seconds = {name: median(epoch(fit) for fit in fits) if fits else float("nan") for name, fits in found.items()}
    for name, runner in RUNNERS.items():
        fits = found[name]
        cells = [f"{seconds[name]:.3g}", f"{seconds[name] / seconds['torch']:.3f}", f"{peak(fits):.2f}"]
        title = f"{runner.title} {fits[0].version if fits else ''}".strip()
        yield f"| {title} | {' | '.join(cells if fits else [why[name], '', ''])} |"


def epoch(fit: peers.Fit) -> float:
    """Seconds of one of its epochs."""
    return float(np.median(np.diff(fit.ends)))


def peak(fits: Sequence[peers.Fit]) -> float:
    """GiB, the most of any round."""
    return max((fit.peak for fit in fits), default=float("nan"))


def small() -> Iterator[str]:
    """A row a network, a cell a form: milliseconds of an epoch, the median of `EPOCHS`."""
    R = data.load("ml-small")[0]
    yield f"An epoch on MovieLens small, {R.n:,} ratings; the median of {EPOCHS}, in milliseconds, {processor()}."
    yield from ("", "| by | hidden | batch | numpy | numba | numpy, float32 | numba, float32 |", "|---" * 7 + "|")
    for by, hidden, batch in SMALL:
        common = autorec.Config(by=by, hidden=hidden, batch=batch)
        cells = [usual(R, replace(common, dtype=dtype, kernel=kernel)) for dtype, kernel in FORMS]
        yield f"| {by} | {hidden} | {batch} | {' | '.join(f'{1000 * cell:.0f}' for cell in cells)} |"


By = Literal["users", "items"]
SMALL: tuple[tuple[By, int, int], ...] = (("users", 20, 64), ("users", 50, 64), ("items", 50, 256), ("items", 100, 512))
FORMS = [(dtype, kernel) for dtype in ("float64", "float32") for kernel in ("numpy", "numba")]


def usual(R: Ratings, cfg: autorec.Config) -> float:
    """Seconds of an epoch, the median after the first."""
    states, seconds = steps(autorec, R, cfg), []
    for _ in islice(states, 2):
        pass
    for _ in range(EPOCHS):
        before = clock()
        next(states)
        seconds.append(clock() - before)
    return median(seconds)


def candidates(widths: Sequence[int] = (100, 200)) -> list[autorec.Config]:
    """The settings to choose among."""
    common = autorec.Config(by="items", rule=nn.Rule("adam", RATE), dtype="float32", kernel="numba")
    return [
        replace(common, hidden=hidden, lam=lam, rho=rho)
        for hidden in widths
        for lam in (2, 5, 10)
        for rho in (0.5, 0.7)
    ]


class Choice(NamedTuple):
    """Settings, the number of epochs, and the RMSE they had on held-out training ratings."""

    cfg: autorec.Config
    T: int
    rmse: float


def choose(train: Ratings, among: Sequence[autorec.Config]) -> Choice:
    """The settings and the epoch that predict a held-out tenth of `train` best, after fits of the other nine."""
    inside, held_out = train.split(INNER, seed=0)
    found = []
    for cfg in among:
        errors = [clipped_rmse(s, inside, held_out) for s in islice(steps(autorec, inside, cfg), EPOCHS + 1)]
        found.append(Choice(cfg, int(np.argmin(errors)), min(errors)))
    return min(found, key=lambda choice: choice.rmse)


def accuracy(movielens: Path) -> Iterator[str]:
    """A row a split: what was chosen on its training part, and the test RMSE, predictions held within 1 to 5."""
    yield (
        f"MovieLens 100K, u1 to u5, by films. Width, λ, ρ and the number of epochs (up to {EPOCHS}) are chosen for "
        f"every split by itself on {INNER:.0%} of its training part; one fit to all of it is then scored within 1 to 5."
    )
    yield from ("", "| split | hidden | λ | ρ | epochs | RMSE in training, held out | test RMSE |", "|---" * 7 + "|")
    scores = []
    for split, (train, test) in enumerate(data.official_splits(movielens), 1):
        chosen = choose(train, candidates())
        s = next(islice(steps(autorec, train, chosen.cfg), chosen.T, None))
        scores.append(clipped_rmse(s, train, test))
        cells = [f"{x:g}" for x in (chosen.cfg.hidden, chosen.cfg.lam, chosen.cfg.rho, chosen.T)]
        yield f"| u{split} | {' | '.join([*cells, f'{chosen.rmse:.4f}', f'{scores[-1]:.4f}'])} |"
    yield f"| mean | | | | | | **{np.mean(scores):.4f}** |"


def published(movielens: Path, seeds: int = 3) -> Iterator[str]:
    """A row a random split of MovieLens 1M, a tenth held out, beside the published RMSE; a sentence if it is not there.

    λ, ρ and the epochs are chosen on the training part of the first split.
    """
    if not movielens.exists():
        yield f"The published {PUBLISHED} is for MovieLens 1M, whose {movielens.name} is not here: nothing is claimed."
        return
    R = data.load(movielens)[0]
    splits = [R.split(0.1, seed) for seed in range(seeds)]
    chosen = choose(splits[0][0], candidates([PUBLISHED_HIDDEN]))
    cfg = chosen.cfg
    yield (
        f"{movielens.stem}, {R.n:,} ratings, a tenth held out, by films: {cfg.hidden} hidden; λ = {cfg.lam:g}, "
        f"ρ = {cfg.rho:g} and {chosen.T} epochs, chosen within the first training part; {PUBLISHED} was published."
    )
    yield from ("", "| split | test RMSE |", "|---|---|")
    scores = []
    for seed, (train, test) in enumerate(splits):
        s = next(islice(steps(autorec, train, cfg), chosen.T, None))
        scores.append(clipped_rmse(s, train, test))
        yield f"| {seed} | {scores[-1]:.4f} |"
    yield f"| mean | **{np.mean(scores):.4f}** |"
