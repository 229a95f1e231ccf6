"""The README's table of libraries, and what its picture is drawn from."""

import argparse
import json
import platform
from functools import partial
from pathlib import Path

import numpy as np

from benchmarks import generate, peers, real
from benchmarks.curves import below
from benchmarks.turns import OURS, Found, measure

REFERENCES = {"cmfrec": "cmfrec", "cmfrec-cg": "cmfrec CG", "lenskit": "lenskit"}


def table(given: argparse.Namespace) -> str:
    """Markdown; the curves go to {given.results}/{size}-{k}.json."""
    folder, called = real.ensure(given.data, given.size)
    lam = real.chosen(given.size, given.k) if given.lam is None else given.lam
    run = partial(
        peers.run, envs=given.envs, threads=given.threads, timeout=given.timeout, data=str(folder), k=given.k, lam=lam
    )
    found = measure(run, given.only, given.sweeps, given.rounds, large=given.size == "20m")
    users, items, _, tested, *_ = (np.load(folder / f"{name}.npy", mmap_mode="r") for name in generate.ARRAYS)
    about = (
        f"{called}: {len(users):,} ratings of {users.max() + 1:,} × {items.max() + 1:,} to train on, {len(tested):,} "
        f"to test; k = {given.k}, λ = {lam:g} per rating, {given.threads} threads of {processor()}, "
        f"{given.rounds} round{'s in turn' if given.rounds > 1 else ''}."
    )
    given.results.mkdir(parents=True, exist_ok=True)
    kept = {"about": about, "k": given.k, "curves": {name: one.curve for name, one in found.items() if one.curve}}
    (given.results / f"{given.size}-{given.k}.json").write_text(json.dumps(kept))
    return "\n".join([about, "", *rows(found)])


def rows(found: dict[str, Found]) -> list[str]:
    """The table's lines: a row for every library, with the reason in it where there is nothing else."""
    sure = {name: one for name, one in found.items() if one.fits}
    references = {name: title for name, title in REFERENCES.items() if name in sure}
    head = ["library", "sweeps", "s a sweep", *(f"÷ {title}" for title in references.values())]
    head += ["whole fit, s", *(["÷ cmfrec"] if "cmfrec" in sure else []), "peak, GiB", "test RMSE", "below ours"]
    lines = [head, ["---"] * len(head)]
    for name, one in found.items():
        cells = [f"{peers.RUNNERS[name].title} {one.longest[0].version if one.fits else ''}".strip()]
        if one.fits:
            cells += [str(one.sweeps), f"{one.sweep:.3g}"]
            cells += [f"{one.sweep / sure[other].sweep:.2f}" for other in references]
            cells += [f"{one.total:.3g}", *([f"{one.total / sure['cmfrec'].total:.2f}"] if "cmfrec" in sure else [])]
            cells += [f"{one.peak:.2f}", "–" if one.rmse is None else f"{one.rmse:.4f}", _below(one, found.get(OURS))]
        if one.failed:
            cells[-1] += f" ({one.failed})" if one.fits else f": {one.failed}"
        lines.append(cells + [""] * (len(head) - len(cells)))
    return [f"| {' | '.join(cells)} |" for cells in lines]


def _below(one: Found, ours: Found | None) -> str:
    """Whether a library's RMSE against time is below ours anywhere after our first sweep."""
    if not one.curve or ours is None or not ours.curve or one is ours:
        return "–"
    depth = below(one.curve, ours.curve)
    return f"by {depth.rmse:.4f} at {depth.seconds:.2g} s" if depth else "nowhere"


def processor() -> str:
    """What this machine calls its processor."""
    about = Path("/proc/cpuinfo")
    lines = about.read_text().splitlines() if about.exists() else []
    names = [line.split(":")[1].strip() for line in lines if "model name" in line]
    return names[0] if names else platform.processor() or platform.machine()
