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
    if is_definite(A, lam, len(y)):
        return Row(A, v, np.linalg.solve(A, v), len(v))
    return Row(A, v, *least_norm(Z, y, lam))


def is_definite(A: Floats, lam: float, n: int) -> bool:
    """Whether Cholesky's pivots tell A = Σ z zᵀ + λI, a sum over n ratings, from a singular matrix.

    With a the largest diagonal entry, a pivot is uncertain by up to f·a²/m, f = `pivot_floor` and m the smallest of a
    and the pivots before it: it must be larger. Where λ > f·a no pivot is below λ, and f·a is enough. Else a sum of
    fewer than k terms is singular, however its last pivot looks.
    """
    a = float(np.diagonal(A).max())
    floor = pivot_floor(len(A), A.dtype)
    if lam <= floor * a and n < len(A):
        return False
    try:
        pivots = np.diagonal(np.linalg.cholesky(A)) ** 2
    except np.linalg.LinAlgError:
        return False
    m = a if lam > floor * a else np.minimum.accumulate([a, *pivots[:-1]])
    return bool((pivots * m > floor * a**2).all())


def pivot_floor(k: int, dtype: np.dtype[np.floating]) -> float:
    """The relative rounding of a Cholesky pivot, 10·k·ε, for all forms of the solver alike."""
    return 10 * k * float(np.finfo(dtype).eps)


def least_norm(Z: Floats, y: Floats, lam: float) -> tuple[Floats, int]:
    """The shortest x among the minimisers of ‖y − Zx‖² + λ‖x‖², and the rank of the system: k wherever λ > 0 (E11)."""
    stacked, padded = augmented(Z, y, lam)
    rounding = float(np.finfo(Z.dtype).eps) * len(stacked)
    x, _, rank, _ = np.linalg.lstsq(stacked, padded, rcond=rounding)
    return x, Z.shape[1] if lam > 0 else int(rank)


@equation(
    r"\|y - Zx\|^2 + \lambda\|x\|^2 = \left\| \begin{pmatrix} y \\ 0 \end{pmatrix} -"
    r" \begin{pmatrix} Z \\ \sqrt{\lambda}\, I \end{pmatrix} x \right\|^2",
    notes="8",
)
def augmented(Z: Floats, y: Floats, lam: float) -> tuple[Floats, Floats]:
    """Z over √λ I, and y over zeros: plain least squares on these is ridge regression on Z and y (notes §8).

    Z: (n, k), y: (n,); returns (n + k, k) and (n + k,).  k more rows say that every entry of x should be 0.
    """
    k = Z.shape[1]
    stacked = np.vstack([Z, np.diag(np.full(k, lam, Z.dtype) ** 0.5)])
    return stacked, np.concatenate([y, np.zeros(k, y.dtype)])
