"""All rows drawn at once from their conditional Gaussians (notes §12), in two forms that give the same draw.

Both take the noise as an argument, so that with the same noise they differ by rounding alone. What a row's draw misses
takes no second look at its ratings: Lᵀx = L⁻¹v + e, so Σ(y − xᵀz)² = Σy² − ‖L⁻¹v‖² + ‖e‖² − xᵀQx + 2xᵀh.
"""

from types import ModuleType

import numpy as np

from mfcore import kernels
from mfcore.errors import outgrown
from mfcore.kernels import draws_numpy
from mfcore.ratings import Floats, Ratings


def draw_rows(
    R: Ratings, U: Floats, c: Floats, mu: float, Q: Floats, h: Floats, E: Floats, kernel: kernels.Form
) -> tuple[Floats, float]:
    """x_i = A_i⁻¹(Σ_Ψi y z + h) + L_i⁻ᵀe_i for every row i, and Σ_Ω (y − x_iᵀz)², accumulated in float64.

    z = [u_j, 1], y = r_ij − c_j − μ, A_i = Σ_Ψi z zᵀ + Q = L_i L_iᵀ. With e_i ~ N(0, σ²I) that is a draw from
    N(A_i⁻¹(Σ y z + h), σ²A_i⁻¹). A row without ratings is drawn from Q and h alone.
    U: (M, k), c: (M,).  Q: (d, d) positive definite, d = k + 1, h: (d,).  E: (N, d), row i is e_i.  x: (N, d).

    Raises DataError where numbers grow beyond U's dtype.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        Q, h, E = (part.astype(U.dtype, copy=False) for part in (Q, h, E))
        X, missed = _form(kernel, R.n).draw_rows(R, U, c, mu, Q, h, E)
        total = float(missed.sum())
    if not np.isfinite(total):
        raise outgrown(U.dtype)
    return X, total


def _form(kernel: kernels.Form, n: int) -> ModuleType:
    if not kernels.compiled(kernel, n):
        return draws_numpy
    from mfcore.kernels import draws_numba

    return draws_numba
