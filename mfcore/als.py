"""Matrix factorization by alternating least squares (notes §6, 7, 9): one model, the terms that are switched on.

r̂_ij = w_iᵀu_j + b_i + c_j + μ, fitted by setting one block's gradient to zero at a time:

    J = Σ_Ω (r_ij − r̂_ij)² + λ(‖W‖²_F + ‖U‖²_F + ‖b‖² + ‖c‖²)

biases=False, lam=0 is §6; biases=True is §7; lam>0 is §9.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from numbers import Integral, Real
from typing import Any, Literal, NamedTuple

import numpy as np

from mfcore import kernels
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.ridge import Row, ridge_row

DRAWN = 1 << 14  # rows drawn at a time: all of them in float64, beside large data, would set the peak of memory


@dataclass(frozen=True, slots=True)
class Config:
    """What is fitted and how.

    k: latent dimensionality, ≥ 1.  lam: λ ≥ 0, finite.
    biases: with b, c and μ (§7), or W and U alone (§6).
    joint: solve [w_i, b_i] as one system instead of one after the other.
    weighted: charge every vector and bias once per rating, λ|Ψ_i| in place of λ (the objective behind slip E2).
    dtype: of every State's arrays.  kernel: "numpy", "numba", or "auto", which takes numba for large data where
    it is installed.

    Raises ValueError on a value outside these.
    """

    k: int = 10
    lam: float = 5.0
    biases: bool = True
    joint: bool = False
    weighted: bool = False
    dtype: Literal["float32", "float64"] = "float64"
    kernel: kernels.Form = "auto"

    def __post_init__(self) -> None:
        if not isinstance(self.k, Integral) or self.k < 1:
            raise ValueError(f"k counts latent dimensions and is a whole number from 1 on, not {self.k!r}")
        if not isinstance(self.lam, Real) or not 0 <= self.lam < np.inf:
            raise ValueError(f"lam is a finite number ≥ 0, not {self.lam!r}")
        if self.joint and not self.biases:
            raise ValueError("joint solves w_i and b_i together, so it needs biases=True")
        if self.dtype not in ("float32", "float64"):
            raise ValueError(f'dtype is "float32" or "float64", not {self.dtype!r}')
        if self.kernel not in ("auto", "numpy", "numba"):
            raise ValueError(f'kernel is "auto", "numpy" or "numba", not {self.kernel!r}')


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """After t sweeps: W (N, k), U (M, k), b (N,), c (M,), mu. Without biases b, c and mu are 0."""

    t: int
    W: Floats
    U: Floats
    b: Floats
    c: Floats
    mu: float

    @property
    def T(self) -> "State":
        """The State of the transposed problem: users and items change places. Shares all memory."""
        return State(self.t, self.U, self.W, self.c, self.b, self.mu)


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: W and U with entries N(0, 1/k), so that a product w_iᵀu_j is of order 1/√k; b = c = 0; μ the mean of R."""

    def normal(rows: int) -> Floats:
        X = np.empty((rows, cfg.k), cfg.dtype)
        for start in range(0, rows, DRAWN):
            part = X[start : start + DRAWN]
            part[:] = rng.standard_normal(part.shape) / np.sqrt(cfg.k)
        return X

    b, c = np.zeros(R.N, cfg.dtype), np.zeros(R.M, cfg.dtype)
    return State(0, normal(R.N), normal(R.M), b, c, R.mu if cfg.biases else 0.0)


@equation(
    r"w_i = \Big(\sum_{j\in\Psi_i} u_j u_j^\top + \lambda I\Big)^{-1}"
    r"\sum_{j\in\Psi_i} (r_{ij} - b_i - c_j - \mu)\, u_j",
    notes="6, 7, 9",
)
def update_W(s: State, R: Ratings, cfg: Config) -> State:
    """w_i = (Σ_Ψi u_j u_jᵀ + λI)⁻¹ Σ_Ψi (r_ij − b_i − c_j − μ) u_j for every user i (notes §6, 7, 9).

    With cfg.joint, [w_i, b_i] together: u_j gains a 1 and b_i leaves the right-hand side.
    Warns LeastNormWarning where λ = 0 leaves some w_i undetermined (E11).
    """
    W, b = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
    return replace(s, W=W, b=b)


@equation(r"b_i = \frac{1}{|\Psi_i| + \lambda} \sum_{j\in\Psi_i} (r_{ij} - w_i^\top u_j - c_j - \mu)", notes="7, 9")
def update_b(s: State, R: Ratings, cfg: Config) -> State:
    """b_i = Σ_Ψi (r_ij − w_iᵀu_j − c_j − μ) / (|Ψ_i| + λ) for every user i (notes §7, 9; E2)."""
    return replace(s, b=kernels.solve_biases(R, s.W, s.U, s.c, s.mu, cfg))


@equation(
    r"u_j = \Big(\sum_{i\in\Omega_j} w_i w_i^\top + \lambda I\Big)^{-1}"
    r"\sum_{i\in\Omega_j} (r_{ij} - b_i - c_j - \mu)\, w_i",
    notes="6, 7, 9",
)
def update_U(s: State, R: Ratings, cfg: Config) -> State:
    """u_j as w_i, with Ω_j for Ψ_i: items are the users of the transposed matrix (notes §6, 7, 9)."""
    return update_W(s.T, R.T, cfg).T


@equation(r"c_j = \frac{1}{|\Omega_j| + \lambda} \sum_{i\in\Omega_j} (r_{ij} - w_i^\top u_j - b_i - \mu)", notes="7, 9")
def update_c(s: State, R: Ratings, cfg: Config) -> State:
    """c_j as b_i, with Ω_j for Ψ_i (notes §7, 9; E2)."""
    return update_b(s.T, R.T, cfg).T


def blocks(cfg: Config) -> tuple[Callable[[State, Ratings, Config], State], ...]:
    """The updates of one sweep in their order; each minimises J in its block, so J falls at every one."""
    if cfg.biases and not cfg.joint:
        return update_W, update_b, update_U, update_c
    return update_W, update_U


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One pass over all blocks. Nothing is drawn: `rng` is there because every model's sweep is given one."""
    for update in blocks(cfg):
        s = update(s, R, cfg)
    return replace(s, t=s.t + 1)


@equation(
    r"J = \sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2"
    r" + \lambda\big(\|W\|_F^2 + \|U\|_F^2 + \|b\|^2 + \|c\|^2\big)",
    notes="6, 7, 9",
)
def objective(s: State, R: Ratings, cfg: Config) -> float:
    """J = Σ_Ω (r_ij − r̂_ij)² + λ(‖W‖²_F + ‖U‖²_F + ‖b‖² + ‖c‖²) (notes §6, 7, 9), accumulated in float64.

    With cfg.weighted the penalty is λ Σ_i |Ψ_i|(‖w_i‖² + b_i²) + λ Σ_j |Ω_j|(‖u_j‖² + c_j²).
    """
    return squared_error(s, R, cfg) + penalty(s, R, cfg)


def squared_error(s: State, R: Ratings, cfg: Config) -> float:
    """Σ_Ω (r_ij − r̂_ij)², accumulated in float64: what J charges for misses."""
    return kernels.squared_error(R, s.W, s.U, s.b, s.c, s.mu, cfg)


def penalty(s: State, R: Ratings, cfg: Config) -> float:
    """λ(‖W‖²_F + ‖U‖²_F + ‖b‖² + ‖c‖²), accumulated in float64: what J charges for length (notes §9)."""
    return cfg.lam * (charges(s.W, s.b, R.users_counts, cfg) + charges(s.U, s.c, R.items_counts, cfg))


def charges(W: Floats, b: Floats, counts: Any, cfg: Config) -> float:
    """‖W‖²_F + ‖b‖² of rows with `counts` ratings, with cfg.weighted once for each of them; in float64."""
    rows = np.einsum("nk,nk->n", W, W, dtype=np.float64) + b.astype(np.float64) ** 2
    return float(rows @ counts if cfg.weighted else rows.sum())


@equation(r"\hat r_{ij} = w_i^\top u_j + b_i + c_j + \mu", notes="2, 7")
def predict(s: State, i: Any, j: Any) -> Floats:
    """r̂_ij = w_iᵀu_j + b_i + c_j + μ for pairs of row numbers i, j of equal shape (notes §2, 7).

    A user or item without training ratings has a vector and bias of 0, so what is known of the other remains.
    """
    return kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, i, j)


def row(s: State, R: Ratings, cfg: Config, i: int) -> Row:
    """The system that `update_W` solves for user i: [w_i, b_i] with cfg.joint, else w_i. For u_j pass s.T, R.T, j."""
    return ridge_row(*regression(s, *R.of_user(i), s.b[i], cfg))


def regression(s: State, j: Ints, r: Floats, b: Any, cfg: Config) -> tuple[Floats, Floats, float]:
    """Z, y and λ of the ridge regression behind one row: somebody gave items j the ratings r, and has the bias b.

    Z: (n, k), or with cfg.joint (n, k + 1), a column of ones last, and b, solved along, plays no part.  y: (n,).
    """
    Z = s.U[j]
    y = r.astype(cfg.dtype) - s.c[j] - s.U.dtype.type(s.mu)
    if cfg.biases and cfg.joint:
        Z = np.column_stack([Z, np.ones(len(j), Z.dtype)])
    else:
        y = y - b
    return Z, y, cfg.lam * len(j) if cfg.weighted else cfg.lam


class RowStep(NamedTuple):
    """One row of one half sweep: which block ("W" or "U"), which row, its system, and the State before and after."""

    block: Literal["W", "U"]
    at: int
    row: Row
    before: State
    after: State


def row_steps(s: State, R: Ratings, cfg: Config) -> Iterator[RowStep]:
    """One sweep of plain MF a row at a time: w_0 … w_{N−1}, then u_0 … u_{M−1}; the last State is `sweep`'s.

    Raises ValueError with cfg.biases: bias updates are whole blocks.
    """
    if cfg.biases:
        raise ValueError("row_steps walks through plain MF; set biases=False")
    for i in range(R.N):
        solved = row(s, R, cfg, i)
        after = replace(s, W=_with_row(s.W, i, solved.x))
        yield RowStep("W", i, solved, s, after)
        s = after
    for j in range(R.M):
        solved = row(s.T, R.T, cfg, j)
        after = replace(s, U=_with_row(s.U, j, solved.x), t=s.t + (j == R.M - 1))
        yield RowStep("U", j, solved, s, after)
        s = after


def _with_row(X: Floats, i: int, x: Floats) -> Floats:
    X = X.copy()
    X[i] = x
    return X
