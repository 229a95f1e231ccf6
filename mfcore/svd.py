"""Truncated SVD of the filled ratings matrix (notes §5, 10; E8, E9), one singular triplet a sweep.

SVD needs every cell. So the holes of R are filled, with F_ij = b_i + c_j + μ (see `fills`), and what the fill does not
explain, A = P_Ω(R − F), sparse and 0 in every hole, is decomposed:

    r̂_ij = w_iᵀu_j + b_i + c_j + μ,  W = (s_1 l_1 … s_k l_k),  U = (v_1 … v_k),  A ≈ W Uᵀ

S is folded into W, so that this has the shape of matrix factorization. Of all W and U with k columns these come
nearest to A over all N·M cells (Eckart and Young 1936); that the holes are among them is what E9 is about.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from numbers import Integral
from typing import Any

import numpy as np

from mfcore import fills, kernels
from mfcore.als import State
from mfcore.lowrank import SparsePlusLowRank, folded, top
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings


@dataclass(frozen=True, slots=True)
class Config:
    """k: how many triplets are taken, ≥ 1; there are no more than min(N, M).  fill: what stands in the holes.

    Raises ValueError on another k.
    """

    k: int = 10
    fill: fills.Filling = fills.both_means

    def __post_init__(self) -> None:
        if not isinstance(self.k, Integral) or self.k < 1:
            raise ValueError(f"k counts singular triplets and is a whole number from 1 on, not {self.k!r}")


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: no triplet yet, r̂ = F. Nothing is drawn."""
    return State(0, np.zeros((R.N, 0)), np.zeros((R.M, 0)), *cfg.fill(R))


@equation(r"W U^\top \leftarrow W U^\top + s_{k}\, l_{k} v_{k}^\top", notes="5, 10")
def add_triplet(s: State, R: Ratings, cfg: Config) -> State:
    """The next column of W and of U: the first triplet of A − W Uᵀ. After the k-th, or the last there is, none."""
    if s.W.shape[1] >= min(cfg.k, R.N, R.M):
        return s
    W, U = folded(top(_left(s, R), 1))
    return replace(s, W=np.hstack([s.W, W]), U=np.hstack([s.U, U]))


def blocks(cfg: Config) -> tuple[Callable[[State, Ratings, Config], State], ...]:
    """The one update of a sweep."""
    return (add_triplet,)


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One triplet more. Nothing is drawn: `rng` is there because every model's sweep is given one."""
    return replace(add_triplet(s, R, cfg), t=s.t + 1)


@equation(r"J = \|A - W U^\top\|_F^2, \qquad A = P_\Omega(R - F)", notes="5")
def objective(s: State, R: Ratings, cfg: Config) -> float:
    """J = ‖A − W Uᵀ‖²_F over all N·M cells, the holes included: what a triplet lowers, by s_f² (notes §5; E9)."""
    return max(_left(s, R).squared_norm, 0.0)


@equation(r"\hat r_{ij} = \sum_{f=1}^{k} l_{if}\, s_f\, v_{jf} + b_i + c_j + \mu = w_i^\top u_j + F_{ij}", notes="10")
def predict(s: State, i: Any, j: Any) -> Floats:
    """r̂_ij = w_iᵀu_j + b_i + c_j + μ for pairs of row numbers i, j of equal shape (notes §10; E8)."""
    return kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, i, j)


def fit_at_once(R: Ratings, cfg: Config) -> State:
    """The State after k sweeps by a single decomposition, which is quicker; `truncated` gives those on the way."""
    s = init(R, cfg, np.random.default_rng(0))
    k = min(cfg.k, R.N, R.M)
    W, U = folded(top(_left(s, R), k))
    return replace(s, t=k, W=W, U=U)


def truncated(s: State, k: int) -> State:
    """The State when it had k triplets."""
    return replace(s, t=k, W=s.W[:, :k], U=s.U[:, :k])


@equation(r"s_f = \|W_{\cdot f}\|", notes="10")
def singular_values(s: State) -> Floats:
    """s_1 … s_k, which are folded into W: the lengths of its columns. (k,)."""
    lengths: Floats = np.linalg.norm(s.W, axis=0)
    return lengths


def _left(s: State, R: Ratings) -> SparsePlusLowRank:
    """A − W Uᵀ."""
    return SparsePlusLowRank(fills.unexplained(R, fills.Fill(s.b, s.c, s.mu)), -s.W, s.U)
