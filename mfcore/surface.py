"""Two parameters at a time (notes §11): the densities over a plane, and the ways up to their top."""

from dataclasses import dataclass, replace
from typing import NamedTuple

import numpy as np

from mfcore import ascent, pmf
from mfcore.errors import DivergedError
from mfcore.pmf import State
from mfcore.ratings import Floats, Ratings


class Point(NamedTuple):
    """Where in the plane."""

    x: float
    y: float


@dataclass(frozen=True, slots=True, eq=False)
class Plane:
    """Ratings and a State of which two numbers are free, x and y; `hold` names the block that is not, if one is.

    With U held these are the two entries of the only user's vector; with nothing held, a user's and an item's only
    entries.
    """

    R: Ratings
    s: State
    cfg: pmf.Config
    hold: tuple[str, ...] = ()

    def at(self, x: float, y: float) -> State:
        """The State at a point."""
        xy = np.array([x, y], self.s.W.dtype)
        return replace(self.s, W=xy[None]) if self.hold else replace(self.s, W=xy[:1, None], U=xy[1:, None])

    def where(self, s: State) -> Point:
        """The point of a State."""
        return Point(*(s.W[0] if self.hold else (s.W[0, 0], s.U[0, 0])))


def taste(R: Ratings, i: int, U: Floats, sigma: float, lam: float) -> Plane:
    """User i's two tastes where the films' contents are known: x, y = w_i. U: (M, 2).

    Only the ratings of user i have a say.
    """
    j, r = R.of_user(i)
    own = Ratings.from_codes(np.zeros_like(j), j, r, R.user_ids[i : i + 1], R.item_ids)
    cfg = pmf.Config(k=2, sigma=sigma, lam_prior=lam)
    s = State(0, np.zeros((1, 2)), U, np.zeros(1), np.zeros(R.M), 0.0, sigma, lam, lam)
    return Plane(own, s, cfg, ("U",))


def product(r: float, sigma: float, lam: float) -> Plane:
    """One rating r by one user of one film, k = 1, neither known: x = w, y = u."""
    one = np.zeros(1, np.int64)
    R = Ratings.from_codes(one, one, np.array([r]), one, one)
    s = State(0, np.zeros((1, 1)), np.zeros((1, 1)), np.zeros(1), np.zeros(1), 0.0, sigma, lam, lam)
    return Plane(R, s, pmf.Config(k=1, sigma=sigma, lam_prior=lam))


class Heights(NamedTuple):
    """Log densities on a grid. x: (n,), y: (m,), the others (m, n), with all their constants."""

    x: Floats
    y: Floats
    likelihood: Floats
    prior: Floats

    @property
    def posterior(self) -> Floats:
        return self.likelihood + self.prior


def heights(plane: Plane, x: Floats, y: Floats) -> Heights:
    """The log-likelihood and the log-prior at every point of a grid."""
    states = [[plane.at(a, b) for a in x.tolist()] for b in y.tolist()]
    likelihood, prior = (
        np.array([[density(s, plane.R, plane.cfg) for s in row] for row in states])
        for density in (pmf.log_likelihood, pmf.log_prior)
    )
    return Heights(x, y, likelihood, prior)


class Path(NamedTuple):
    """A way up. points: the start and where each step led.  astray: whether the sweep after them led away."""

    points: tuple[Point, ...]
    astray: bool = False


def climb(plane: Plane, start: Point, rate: float, T: int, batches: int = 1, seed: int = 0) -> Path:
    """T sweeps of gradient ascent, every step of every batch; where they lead away, those before."""
    cfg = ascent.Config(plane.cfg, rate, batches, plane.hold)
    points, s = [start], plane.at(*start)
    for t in range(1, T + 1):
        try:
            states = list(ascent.walk(s, plane.R, cfg, np.random.default_rng([seed, t])))
        except DivergedError:
            return Path(tuple(points), astray=True)
        points += [plane.where(after) for after in states]
        s = states[-1]
    return Path(tuple(points))


def jumps(plane: Plane, start: Point, T: int) -> Path:
    """T sweeps of the closed form, a block after the other. Warns as `pmf.update_W` does."""
    points, s = [start], plane.at(*start)
    for _ in range(T):
        for update in (pmf.update_W,) if plane.hold else (pmf.update_W, pmf.update_U):
            s = update(s, plane.R, plane.cfg)
            points.append(plane.where(s))
    return Path(tuple(points))
