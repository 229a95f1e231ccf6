"""All rows at once: the same systems as `ridge.ridge_row`, in two forms that are tested equal to looping it.

numpy_form needs no compiler (it runs in Pyodide); numba_form is compiled. `Config.kernel` chooses.
"""

import warnings
from typing import Any, Literal, Protocol

from mfcore.errors import LeastNormWarning
from mfcore.kernels import numpy_form
from mfcore.ratings import Floats, Ratings

Form = Literal["auto", "numpy", "numba"]


class Terms(Protocol):
    """What the solvers read of a model's Config."""

    @property
    def lam(self) -> float: ...
    @property
    def biases(self) -> bool: ...
    @property
    def joint(self) -> bool: ...
    @property
    def weighted(self) -> bool: ...
    @property
    def kernel(self) -> Form: ...


def solve_rows(R: Ratings, U: Floats, b: Floats, c: Floats, mu: float, cfg: Terms) -> tuple[Floats, Floats]:
    """All w_i given U (notes §6, 7, 9), and b: with cfg.biases and cfg.joint solved along, else as given.

    U: (M, k), b: (N,), c: (M,); returns W: (N, k) and b: (N,) of U's dtype. No argument is changed.
    Warns LeastNormWarning with the number of rows that had no unique solution.
    """
    joint = cfg.biases and cfg.joint
    W, new_b, short = numpy_form.solve_rows(R, U, b, c, mu, cfg.lam, joint, cfg.weighted)
    if short:
        warnings.warn(
            f"{short} of {R.N} rows have no unique solution at λ = {cfg.lam:g}; the least-norm one was taken (E11)",
            LeastNormWarning,
            stacklevel=3,
        )
    return W, new_b


def solve_biases(R: Ratings, W: Floats, U: Floats, c: Floats, mu: float, cfg: Terms) -> Floats:
    """All b_i = Σ_Ψi (r − w_iᵀu_j − c_j − μ) / (|Ψ_i| + λ); 0 for a row without ratings. (N,) of W's dtype."""
    return numpy_form.solve_biases(R, W, U, c, mu, cfg.lam, cfg.weighted)


def squared_error(R: Ratings, W: Floats, U: Floats, b: Floats, c: Floats, mu: float, cfg: Terms) -> float:
    """Σ_Ω (r_ij − r̂_ij)², accumulated in float64."""
    return numpy_form.squared_error(R, W, U, b, c, mu)


def predict_pairs(W: Floats, U: Floats, b: Floats, c: Floats, mu: float, i: Any, j: Any) -> Floats:
    """w_iᵀu_j + b_i + c_j + μ for pairs of row numbers of equal shape."""
    return numpy_form.predict_pairs(W, U, b, c, mu, i, j)
