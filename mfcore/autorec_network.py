"""One batch of AutoRec (notes §16–18): its codes, its share of J, the slopes of that share, and a step along them.

A batch X is (B, M) csr of r − μ, of which only the stored cells were rated. Parameters are A (M, hidden), a (hidden,),
U (M, hidden) and c (M,), by name.
"""

from typing import Any, NamedTuple, Protocol

import numpy as np
from scipy.sparse import csr_array

from mfcore import nn
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints


class Network(Protocol):
    """What is read of an `autorec.Config`."""

    @property
    def f(self) -> nn.Activation: ...
    @property
    def lam(self) -> float: ...
    @property
    def masked(self) -> bool: ...
    @property
    def rule(self) -> nn.Rule: ...


@equation(r"w_i = f\Big(\sum_{j\in\Psi_i} m_{ij}\,(r_{ij} - \mu)\, A_j + a\Big)", notes="16, 17")
def code(params: nn.Params, X: csr_array, cfg: Network, keep: Floats | None = None) -> Floats:
    """w = f(Σ_Ψi m_ij (r_ij − μ) A_j + a) for every row of X (notes §16, 17). (B, hidden).

    X: (B, M) csr of r − μ.  keep: m (n,), one for every stored rating; None is 1 throughout.
    """
    return cfg.f.f(nn.dense(_noisy(X, keep), params["A"], params["a"]))


def _noisy(X: csr_array, keep: Floats | None) -> csr_array:
    return X if keep is None else csr_array((X.data * keep, X.indices, X.indptr), shape=X.shape)


class Pass(NamedTuple):
    """A batch on its way through: its codes w (B, hidden), and r̂ − μ as predicted at its stored cells (n,)."""

    code: Floats
    predicted: Floats


def forward(params: nn.Params, X: csr_array, cfg: Network, keep: Floats | None = None) -> Pass:
    """Encoder, then decoder at the cells that X stores (notes §16, 18)."""
    h = code(params, X, cfg, keep)
    return Pass(h, nn.sampled(h, params["U"], params["c"], X))


@equation(
    r"J_B = \sum_{i\in B} \sum_{j\in\Psi_i} \Big[(r_{ij} - \hat r_{ij})^2"
    r" + \frac{\lambda}{|\Omega_j|}\big(\|A_j\|^2 + \|u_j\|^2\big)\Big]",
    notes="16, 17, 18",
)
def loss(params: nn.Params, X: csr_array, counts: Ints, cfg: Network, keep: Floats | None = None) -> float:
    """J_B of a batch X (notes §16–18), in float64: over batches that hold every user once, it sums to J.

    X: (B, M) csr of r − μ.  counts: (M,) |Ω_j| among all users.  keep: the noise, as in `code`.
    """
    h, y = forward(params, X, cfg, keep)
    missed = np.sum((X.data - y) ** 2, dtype=np.float64)
    if not cfg.masked:
        missed += squared_sum_all_cells(h, params["U"], params["c"]) - np.sum(y**2, dtype=np.float64)
    rows = sum(np.einsum("mk,mk->m", params[name], params[name], dtype=np.float64) for name in ("A", "U"))
    return float(missed + cfg.lam * (_shares(X, counts) @ rows))


def _shares(X: csr_array, counts: Ints) -> Floats:
    """(M,) which part of each film's ratings is in the batch."""
    found: Floats = np.bincount(X.indices, minlength=X.shape[1]) / np.maximum(counts, 1)
    return found


@equation(r"\sum_i \sum_j (w_i^\top u_j)^2 = \operatorname{tr}\big(W^\top W\; U^\top U\big)", notes="18")
def squared_sum_all_cells(h: Floats, U: Floats, c: Floats) -> float:
    """Σ_i Σ_j (w_iᵀu_j + c_j)² over all B·M cells without making one, as tr(HᵀH VᵀV), H = [w, 1], V = [U, c]."""
    H, V = _with_bias(h, U, c)
    return float(np.einsum("pq,pq->", H.T @ H, V.T @ V, dtype=np.float64))


def _with_bias(h: Floats, U: Floats, c: Floats) -> tuple[Floats, Floats]:
    return np.column_stack([h, np.ones(len(h), h.dtype)]), np.column_stack([U, c])


@equation(
    r"g_{ij} = \frac{\partial J_B}{\partial \hat r_{ij}} = -2\,(r_{ij} - \hat r_{ij}), \qquad"
    r" \delta_i = f'\odot\sum_{j\in\Psi_i} g_{ij}\, u_j, \qquad"
    r" \frac{\partial J_B}{\partial u_j} = \sum_{i\in B\cap\Omega_j} g_{ij}\, w_i + 2\lambda_j u_j, \qquad"
    r" \frac{\partial J_B}{\partial A_j} = \sum_{i\in B\cap\Omega_j} m_{ij}(r_{ij} - \mu)\,\delta_i + 2\lambda_j A_j",
    notes="16, 17, 18",
)
def gradient(
    params: nn.Params, X: csr_array, counts: Ints, cfg: Network, keep: Floats | None = None
) -> dict[str, Floats]:
    """∂J_B/∂A, ∂a, ∂U, ∂c, by name and shaped as they are; arguments as in `loss`, λ_j = λ |B ∩ Ω_j| / |Ω_j|.

    The row of a film that nobody in the batch rated is exactly 0.
    """
    h, y = forward(params, X, cfg, keep)
    g = -2 * (X.data - y if cfg.masked else X.data)
    gh, gU, gc = nn.sampled_back(g, h, params["U"], X)
    if not cfg.masked:  # what is left is the slope of Σ y² over all cells
        H, V = _with_bias(h, params["U"], params["c"])
        gH, gV = 2 * H @ (V.T @ V), 2 * V @ (H.T @ H)
        gh, gU, gc = gh + gH[:, :-1], gU + gV[:, :-1], gc + gV[:, -1]
    gA, ga, _ = nn.dense_back(cfg.f.back(gh, h), _noisy(X, keep), params["A"])
    charge = (2 * cfg.lam * _shares(X, counts)).astype(g.dtype)[:, None]
    return {"A": gA + charge * params["A"], "a": ga, "U": gU + charge * params["U"], "c": gc}


def move(
    params: nn.Params,
    moments: nn.Moments,
    X: csr_array,
    counts: Ints,
    cfg: Network,
    keep: Floats | None,
    scale: float,
) -> nn.Moments:
    """One step, in place, of the rows of films that the batch knows: a problem of its own, with those films alone."""
    known = np.bincount(X.indices, minlength=X.shape[1]) > 0 if cfg.masked else np.ones(X.shape[1], np.bool_)
    films, at = np.flatnonzero(known), (np.cumsum(known) - 1)[X.indices]
    own: dict[str, Any] = {"A": films, "a": slice(None), "U": films, "c": films}
    part, mean, square = ({name: x[own[name]] for name, x in of.items()} for of in (params, *moments[1:]))
    inside = csr_array((X.data, at, X.indptr), shape=(X.shape[0], len(films)))
    slopes = gradient(part, inside, counts[films], cfg, keep)
    slopes = {name: g * X.dtype.type(scale) for name, g in slopes.items()}
    moved, after = nn.step(part, slopes, nn.Moments(moments.steps, mean, square), cfg.rule)
    for kept, new in ((params, moved), (moments.mean, after.mean), (moments.square, after.square)):
        for name, x in new.items():
            kept[name][own[name]] = x
    return moments._replace(steps=after.steps)
