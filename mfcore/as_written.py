"""Slip E2 (notes §9): the regularized biases as the notes write them, 1/(|Ψ_i|(1+λ)) in place of 1/(|Ψ_i|+λ).

The same model as `als` but for b and c. Its updates minimise another objective than the stated one:

    J' = Σ_Ω (r_ij − r̂_ij)² + λ(‖W‖²_F + ‖U‖²_F) + λ(Σ_i |Ψ_i| b_i² + Σ_j |Ω_j| c_j²)

in which a bias is charged once for every rating. A bias of one rating and one of a thousand are then shrunk alike.
"""

from collections.abc import Callable
from dataclasses import replace
from typing import NamedTuple

import numpy as np

from mfcore import als
from mfcore.als import Config, State, init, predict, squared_error, update_U, update_W
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings

__all__ = [
    "Config",
    "Losses",
    "State",
    "blocks",
    "init",
    "losses",
    "objective",
    "penalty",
    "predict",
    "shrinkage",
    "squared_error",
    "sweep",
    "update_U",
    "update_W",
    "update_b",
    "update_c",
]


@equation(
    r"b_i = \frac{1}{|\Psi_i|\,(1 + \lambda)} \sum_{j\in\Psi_i} (r_{ij} - w_i^\top u_j - c_j - \mu)",
    notes="9",
)
def update_b(s: State, R: Ratings, cfg: Config) -> State:
    """b_i = Σ_Ψi (r_ij − w_iᵀu_j − c_j − μ) / (|Ψ_i|(1 + λ)) for every user i: §9 as written, slip E2.

    |Ψ_i|(1 + λ) = |Ψ_i| + λ|Ψ_i|, so it is the update that charges λ once per rating.
    """
    return als.update_b(s, R, replace(cfg, weighted=True))


@equation(
    r"c_j = \frac{1}{|\Omega_j|\,(1 + \lambda)} \sum_{i\in\Omega_j} (r_{ij} - w_i^\top u_j - b_i - \mu)",
    notes="9",
)
def update_c(s: State, R: Ratings, cfg: Config) -> State:
    """c_j as b_i, with Ω_j for Ψ_i (slip E2)."""
    return update_b(s.T, R.T, cfg).T


def blocks(cfg: Config) -> tuple[Callable[[State, Ratings, Config], State], ...]:
    """The updates of one sweep in their order; each minimises J' in its block.

    Raises ValueError unless the biases are there, solved by themselves, and cfg charges vectors once a row.
    """
    if not cfg.biases or cfg.joint or cfg.weighted:
        raise ValueError("slip E2 is about biases solved by themselves: biases=True, joint=False, weighted=False")
    return update_W, update_b, update_U, update_c


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One pass over all blocks. Nothing is drawn."""
    for update in blocks(cfg):
        s = update(s, R, cfg)
    return replace(s, t=s.t + 1)


@equation(
    r"J' = \sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2 + \lambda\big(\|W\|_F^2 + \|U\|_F^2\big)"
    r" + \lambda\Big(\sum_i |\Psi_i|\, b_i^2 + \sum_j |\Omega_j|\, c_j^2\Big)",
    notes="9",
)
def objective(s: State, R: Ratings, cfg: Config) -> float:
    """J' = Σ_Ω (r_ij − r̂_ij)² + λ(‖W‖²_F + ‖U‖²_F) + λ(Σ_i |Ψ_i| b_i² + Σ_j |Ω_j| c_j²) (slip E2)."""
    return squared_error(s, R, cfg) + penalty(s, R, cfg)


def penalty(s: State, R: Ratings, cfg: Config) -> float:
    """λ(‖W‖²_F + ‖U‖²_F), charged once a row, and λ(Σ |Ψ_i| b_i² + Σ |Ω_j| c_j²), once a rating."""
    vectors = replace(s, b=np.zeros_like(s.b), c=np.zeros_like(s.c))
    biases = replace(s, W=np.zeros_like(s.W), U=np.zeros_like(s.U))
    return als.penalty(vectors, R, cfg) + als.penalty(biases, R, replace(cfg, weighted=True))


class Losses(NamedTuple):
    """One State on both objectives: J, stated in §9, and J', which charges biases once per rating."""

    stated: float
    per_rating: float


def losses(s: State, R: Ratings, cfg: Config) -> Losses:
    """J and J' of one State."""
    return Losses(als.objective(s, R, cfg), objective(s, R, cfg))


class Shrinkage(NamedTuple):
    """What is left of the mean residual in a bias, between 0 and 1, by the exact and by the written rule."""

    exact: Floats
    written: Floats


@equation(
    r"\frac{|\Psi_i|}{|\Psi_i| + \lambda} \quad\text{against}\quad"
    r" \frac{|\Psi_i|}{|\Psi_i|\,(1 + \lambda)} = \frac{1}{1 + \lambda}",
    notes="9",
)
def shrinkage(n: Floats | Ints, lam: float) -> Shrinkage:
    """n/(n + λ) and n/(n(1 + λ)): each rule's b_i over the mean residual of n = |Ψ_i| ratings. n: (…,), ≥ 1."""
    n = np.asarray(n, np.float64)
    return Shrinkage(n / (n + lam), n / (n * (1 + lam)))
