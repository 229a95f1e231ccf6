"""One row's ridge regression (notes §6, 8, 9; E11): the k×k system behind every vector, to be looked at."""

from dataclasses import dataclass

import numpy as np

from mfcore.notation import equation
from mfcore.ratings import Floats


@dataclass(frozen=True, slots=True, eq=False)
class Row:
    """The normal equations A x = v of one row and their solution.

    A: (k, k) Σ z zᵀ + λI.  v: (k,) Σ y z.  x: (k,) the solution.
    rank: k where the solution is unique; below that x is the shortest of all solutions (E11).
    """

    A: Floats
    v: Floats
    x: Floats
    rank: int

    @property
    def unique(self) -> bool:
        return self.rank == len(self.x)


@equation(r"x = \Big(\sum_j z_j z_j^\top + \lambda I\Big)^{-1} \sum_j y_j z_j", notes="6, 8, 9")
def ridge_row(Z: Floats, y: Floats, lam: float) -> Row:
    """x = (ZᵀZ + λI)⁻¹ Zᵀy, which minimises Σ_j (y_j − xᵀz_j)² + λ‖x‖² (notes §8).

    Z: (n, k) one row a rating.  y: (n,) targets.  lam: λ ≥ 0.
    Where λ = 0 and the rows of Z do not span all k directions, the least-norm minimiser (E11).
    """
    A = Z.T @ Z + lam * np.eye(Z.shape[1], dtype=Z.dtype)  # k×k
    v = Z.T @ y  # k
    # Fewer ratings than unknowns: singular, however large rounding makes the last pivot look.
    if (lam > 0 or len(Z) >= len(v)) and is_definite(A):
        return Row(A, v, np.linalg.solve(A, v), len(v))
    return Row(A, v, *least_norm(Z, y, lam))


def is_definite(A: Floats) -> bool:
    """Whether A's smallest Cholesky pivot stands clear of rounding, 10·k·ε of its largest diagonal entry."""
    try:
        pivots = np.diagonal(np.linalg.cholesky(A)) ** 2
    except np.linalg.LinAlgError:
        return False
    return bool(pivots.min() > pivot_floor(len(A), A.dtype) * np.diagonal(A).max())


def pivot_floor(k: int, dtype: np.dtype[np.floating]) -> float:
    """The relative size below which a Cholesky pivot counts as zero, for all forms of the solver alike."""
    return 10 * k * float(np.finfo(dtype).eps)


def least_norm(Z: Floats, y: Floats, lam: float) -> tuple[Floats, int]:
    """The shortest x among the minimisers of ‖y − Zx‖² + λ‖x‖², and the rank of the system: k wherever λ > 0 (E11)."""
    k = Z.shape[1]
    stacked = np.vstack([Z, np.sqrt(lam) * np.eye(k, dtype=Z.dtype)])  # (n+k)×k
    x, _, rank, _ = np.linalg.lstsq(stacked, np.concatenate([y, np.zeros(k, y.dtype)]), rcond=None)
    return x, k if lam > 0 else int(rank)
