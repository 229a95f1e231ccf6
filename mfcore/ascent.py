"""Probabilistic matrix factorization by gradient ascent (notes §11): uphill in small steps, where `pmf` jumps.

The State and the densities are `pmf`'s. A sweep goes once through all ratings, in one batch or in several at random;
σ and λ, where they are learnt, follow by their closed forms.
"""

from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, NamedTuple

import numpy as np
from scipy.sparse import coo_array

from mfcore import als, pmf
from mfcore.errors import DataError, DivergedError
from mfcore.notation import equation
from mfcore.pmf import State
from mfcore.ratings import Floats, Ints, Ratings

FAR = 100.0  # misses squared, over those of predicting 0: ten times as far away as saying nothing


@dataclass(frozen=True, slots=True)
class Config:
    """What is climbed and how.

    model: the densities.  rate: the length of a step, per unit of slope, > 0.
    batches: in how many parts, ≥ 1, the ratings are dealt out anew in every sweep, with a step after each.
    hold: which of "W", "U", "b", "c" stay as they are.

    Raises ValueError on a value outside these.
    """

    model: pmf.Config
    rate: float
    batches: int = 1
    hold: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        if not isinstance(self.rate, Real) or not 0 < self.rate < np.inf:
            raise ValueError(f"rate is a finite number > 0, not {self.rate!r}")
        if not isinstance(self.batches, Integral) or self.batches < 1:
            raise ValueError(f"batches is a whole number from 1 on, not {self.batches!r}")
        if not set(self.hold) <= set(Slopes._fields):
            raise ValueError(f"hold names some of {', '.join(Slopes._fields)}, not {self.hold!r}")


class Slopes(NamedTuple):
    """The gradient of the log posterior: (N, k), (M, k), (N,), (M,). Without biases the last two are 0."""

    W: Floats
    U: Floats
    b: Floats
    c: Floats


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """`pmf.init`."""
    return pmf.init(R, cfg.model, rng)


@equation(
    r"\frac{\partial \log p}{\partial w_i} = \frac{1}{\sigma^2}\sum_{j\in\Psi_i} (r_{ij} - \hat r_{ij})\,u_j"
    r" - \lambda_W w_i",
    notes="11",
)
def gradient(s: State, R: Ratings, cfg: pmf.Config) -> Slopes:
    """∂ log p/∂w_i = Σ_Ψi (r_ij − r̂_ij) u_j/σ² − λ_W w_i, and likewise for u_j, b_i and c_j (notes §11)."""
    return of_batch(s, R.i, R.j, R.r, 1, cfg)


@equation(
    r"g_B = B \cdot \frac{\partial \log p(R_B \mid W, U)}{\partial W} + \frac{\partial \log p(W)}{\partial W}",
    notes="11, 14",
)
def of_batch(s: State, i: Ints, j: Ints, r: Floats, batches: int, cfg: pmf.Config) -> Slopes:
    """The gradient guessed from one of so many batches: its ratings count `batches` times, the prior once.

    The mean over the batches of a partition is the gradient itself. i, j, r: the batch's ratings, (n,).
    """
    weight = batches / s.sigma**2
    e = weight * (r - pmf.predict(s, i, j))
    E = coo_array((e, (i, j)), shape=(len(s.W), len(s.U))).tocsr()  # N×M, stored where the batch has ratings
    W, U = E @ s.U - s.lam_W * s.W, E.T @ s.W - s.lam_U * s.U
    if not cfg.biases:
        return Slopes(W, U, np.zeros_like(s.b), np.zeros_like(s.c))
    return Slopes(W, U, E.sum(axis=1) - s.lam_W * s.b, E.sum(axis=0) - s.lam_U * s.c)


@equation(r"W \leftarrow W + \eta\, \frac{\partial \log p}{\partial W}", notes="11")
def step(s: State, g: Slopes, rate: float) -> State:
    """W ← W + η ∂ log p/∂W, and likewise U, b and c, all at once. rate: η."""
    pairs = zip((s.W, s.U, s.b, s.c), g, strict=True)
    W, U, b, c = (x + (rate * slope).astype(x.dtype) for x, slope in pairs)
    return replace(s, W=W, U=U, b=b, c=c)


def walk(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> Iterator[State]:
    """The States of one sweep, one after the step of each batch. Raises DivergedError at its end if it led away."""
    start, i, j, r = s, R.i, R.j, R.r
    order = rng.permutation(R.n) if cfg.batches > 1 else np.arange(R.n)
    try:
        for part in np.array_split(order, cfg.batches):
            with np.errstate(over="ignore", invalid="ignore"):
                g = of_batch(s, i[part], j[part], r[part], cfg.batches, cfg.model)
                s = step(s, g._replace(**{name: np.zeros_like(getattr(g, name)) for name in cfg.hold}), cfg.rate)
            yield s
        missed = als.squared_error(s, R, cfg.model.ridge(0.0))
    except DataError as beyond:  # what a float holds
        raise DivergedError(start.t + 1, start) from beyond
    if missed > FAR * (np.sum(r.astype(np.float64) ** 2) + R.n * s.sigma**2):
        raise DivergedError(start.t + 1, start)


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """A step after each batch, then the scales that are learnt. Raises DivergedError where that led away."""
    s = deque(walk(s, R, cfg, rng), maxlen=1)[0]
    for update in pmf.scales(cfg.model):
        s = update(s, R, cfg.model)
    return replace(s, t=s.t + 1)


def objective(s: State, R: Ratings, cfg: Config) -> float:
    """`pmf.objective`: minus the log posterior."""
    return pmf.objective(s, R, cfg.model)


def predict(s: State, i: Any, j: Any) -> Floats:
    """`pmf.predict`."""
    return pmf.predict(s, i, j)
