"""Every library in turn, round after round: its fits, and its test RMSE against time."""

import sys
from collections.abc import Callable, Iterable
from statistics import median
from typing import NamedTuple

import numpy as np

from benchmarks.curves import Curve, Point
from benchmarks.peers import RUNNERS, Failed, Fit, Runner

GRID, FEW = (1, 2, 3, 5, 10, 20, 40), (1, 3)
OURS = "numba"


class Found(NamedTuple):
    """What was measured of one library: its fits by their number of sweeps, its curve, and what went wrong."""

    fits: dict[int, list[Fit]]
    curve: Curve
    failed: str = ""

    @property
    def sweeps(self) -> int:
        """Of its longest fits."""
        return max(self.fits)

    @property
    def longest(self) -> list[Fit]:
        """One a round."""
        return self.fits[self.sweeps]

    @property
    def sweep(self) -> float:
        """Seconds of one sweep, the median of the rounds: within a fit their median, or the slope between two fits."""
        shown = [float(np.median(np.diff(fit.ends))) for fit in self.longest if len(fit.ends) > 1]
        least = min(self.fits)
        pairs = zip(self.fits[least], self.longest, strict=False) if least < self.sweeps else ()
        slopes = [(long.total - short.total) / (self.sweeps - least) for short, long in pairs]
        return median(shown or slopes or [float("nan")])

    @property
    def total(self) -> float:
        """Seconds of a longest fit from arrays of ids on, the median of the rounds."""
        return median(fit.total for fit in self.longest)

    @property
    def peak(self) -> float:
        """GiB, the most of any round."""
        return max(fit.peak for fit in self.longest)

    @property
    def rmse(self) -> float | None:
        """Of the test ratings after the longest fit; None where the library has another objective."""
        return self.longest[0].rmse.get(self.sweeps)


def measure(
    run: Callable[..., Fit | Failed], names: Iterable[str], sweeps: int, rounds: int, large: bool
) -> dict[str, Found]:
    """run(name, sweeps=…) of every library, `rounds` times in turn; a library that failed once is not asked again.

    Curves come from the fits of the first round, or from one more fit of a library that shows its sweeps. Ours goes on
    for as long as any other took, or for ten times the sweeps.
    """
    found = {name: Found({}, []) for name in names}
    for turn in range(rounds):
        for name, one in found.items():
            every = counts(RUNNERS[name], sweeps, large)
            for t in every if turn == 0 else sorted({every[0], every[-1]}):
                if not found[name].failed:
                    print(f"round {turn + 1}: {RUNNERS[name].title}, sweeps: {t}", file=sys.stderr)
                    fit = run(name, sweeps=t)
                    if isinstance(fit, Failed):
                        found[name] = one._replace(failed=f"{t} sweeps: {fit.why}" if t > every[0] else fit.why)
                    else:
                        one.fits.setdefault(t, []).append(fit)
    for name in sorted(found, key=OURS.__eq__):  # ours last
        if found[name].fits and found[name].rmse is not None:
            until = max((one.curve[-1].seconds for one in found.values() if one.curve), default=0.0)
            found[name] = found[name]._replace(curve=_curve(name, found[name], run, until if name == OURS else 0.0))
    return found


def _curve(name: str, one: Found, run: Callable[..., Fit | Failed], until: float) -> Curve:
    if RUNNERS[name].opaque:
        return [Point(median(fit.total for fit in fits), fits[0].rmse[t]) for t, fits in sorted(one.fits.items())]
    looked = run(name, sweeps=one.sweeps, look=True, until=until)
    return [] if isinstance(looked, Failed) else [Point(looked.ends[t - 1], rmse) for t, rmse in looked.rmse.items()]


def counts(runner: Runner, sweeps: int, large: bool) -> tuple[int, ...]:
    """The numbers of sweeps that a library is asked for, ascending: one where it shows each, else some of the GRID."""
    if not runner.opaque:
        return (sweeps,)
    if large and runner.slow:
        return FEW
    most = sweeps * runner.sweep_factor
    return (*(t for t in GRID if t < most), most)
