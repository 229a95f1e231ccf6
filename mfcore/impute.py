"""SVD of a matrix whose holes are filled with its own predictions, again and again (notes §5, 10; E9).

    Z ← S_λ(P_Ω(A) + P_Ω⊥(Z)),  A = R − F,  r̂ = Z + F

S_λ takes λ off every singular value and keeps the k largest. λ > 0 is soft-impute (Mazumder, Hastie and Tibshirani
2010); λ = 0 is hard-impute, which keeps k triplets as they are. What each step lowers counts no hole:

    J = ½ Σ_Ω (r_ij − r̂_ij)² + λ‖Z‖_*

‖Z‖_* = Σ s_f is the least ½(‖W‖²_F + ‖U‖²_F) with W Uᵀ = Z. So with F = 0 and the same λ, where k leaves room, twice
the lowest J is the lowest J of plain, regularized ALS: two roads to one place.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any

import numpy as np
from scipy.sparse import csr_array

from mfcore import fills, kernels, svd
from mfcore.als import State
from mfcore.lowrank import SparsePlusLowRank, refined, top
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings


@dataclass(frozen=True, slots=True)
class Config:
    """k: the most triplets, ≥ 1.  lam: λ ≥ 0, finite.  fill: F, taken off before and added back after.

    Raises ValueError on values outside these.
    """

    k: int = 10
    lam: float = 10.0
    fill: fills.Filling = fills.both_means

    def __post_init__(self) -> None:
        if not isinstance(self.k, Integral) or self.k < 1:
            raise ValueError(f"k counts singular triplets and is a whole number from 1 on, not {self.k!r}")
        if not isinstance(self.lam, Real) or not 0 <= self.lam < np.inf:
            raise ValueError(f"lam is a finite number ≥ 0, not {self.lam!r}")


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: Z = 0, so that the first step sees the holes filled with F and nothing else.

    U holds the leading right vectors of that matrix: the step after it begins its search there. Nothing is drawn.
    """
    fill = cfg.fill(R)
    A = SparsePlusLowRank.of(fills.unexplained(R, fill))
    k = min(cfg.k, R.N, R.M)
    return State(0, np.zeros((R.N, k)), top(A, k).right, *fill)


@equation(r"S_\lambda(U S V^\top) = U\,(S - \lambda I)_+\,V^\top", notes="5")
def shrunk(s: Floats, lam: float) -> Floats:
    """(s − λ)₊: every singular value loses λ, and none goes below 0. s: (k,)."""
    left: Floats = np.maximum(s - lam, 0.0)
    return left


@equation(r"W U^\top \leftarrow S_\lambda\big(P_\Omega(A) + P_\Omega^\perp(W U^\top)\big)", notes="5, 10")
def refill(s: State, R: Ratings, cfg: Config) -> State:
    """Fill the holes with the predictions, decompose, shrink: P_Ω(A − W Uᵀ) + W Uᵀ is sparse plus low rank.

    The triplets are sought around the last ones and are exact in the limit (`lowrank.refined`); J never rises.
    """
    found = refined(SparsePlusLowRank(residuals(s, R), s.W, s.U), s.U)
    return replace(s, W=found.left * shrunk(found.s, cfg.lam), U=found.right)


def blocks(cfg: Config) -> tuple[Callable[[State, Ratings, Config], State], ...]:
    """The one update of a sweep."""
    return (refill,)


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One refill. Nothing is drawn: `rng` is there because every model's sweep is given one."""
    return replace(refill(s, R, cfg), t=s.t + 1)


@equation(r"J = \tfrac12 \sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2 + \lambda \sum_f s_f", notes="5, 9")
def objective(s: State, R: Ratings, cfg: Config) -> float:
    """J = ½ Σ_Ω (r_ij − r̂_ij)² + λ‖W Uᵀ‖_*, with ‖W Uᵀ‖_* = Σ_f s_f."""
    e = residuals(s, R).data
    return float(0.5 * (e @ e) + cfg.lam * svd.singular_values(s).sum())


@equation(r"\hat r_{ij} = w_i^\top u_j + b_i + c_j + \mu", notes="10")
def predict(s: State, i: Any, j: Any) -> Floats:
    """r̂_ij = w_iᵀu_j + b_i + c_j + μ for pairs of row numbers i, j of equal shape."""
    return kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, i, j)


def rank(s: State) -> int:
    """How many triplets λ has left above 0."""
    return int(np.count_nonzero(svd.singular_values(s)))


def residuals(s: State, R: Ratings) -> csr_array:
    """P_Ω(R − r̂): by how much each rating is missed, 0 in the holes. N×M csr."""
    a = R.by_user
    return csr_array((a.data - predict(s, R.i, R.j), a.indices, a.indptr), shape=a.shape)
