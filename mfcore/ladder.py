"""The same sweep five ways (notes §1, 6, 9, 18), from a loop over numbers to a cluster, and what each one costs.

Every rung is plain MF with λ, `als.Config(biases=False)`, starts from the same State and ends in the same one, up to
rounding; the first two raise ValueError on any other Config. `keep` is done once, before any sweep: it is not part of a
sweep's time, as reading a file is not.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from typing import Any, NamedTuple

import numpy as np

from mfcore import als, storage
from mfcore.als import Config, State
from mfcore.notation import equation
from mfcore.ratings import Ratings


class Books(NamedTuple):
    """The notes' own way to keep ratings (§1): r[i, j] for every pair that was rated, and who rated what.

    Psi[i]: the items of user i.  Omega[j]: the users of item j.
    """

    r: dict[tuple[int, int], float]
    Psi: list[list[int]]
    Omega: list[list[int]]


def books(R: Ratings) -> Books:
    """R as a dict of pairs and two lists of lists."""
    i, j = R.i.tolist(), R.j.tolist()
    Psi, Omega = ([rows.tolist() for rows in np.split(a.indices, a.indptr[1:-1])] for a in (R.by_user, R.by_item))
    return Books(dict(zip(zip(i, j, strict=True), R.r.tolist(), strict=True)), Psi, Omega)


@equation(
    r"A_{pq} = \sum_{j\in\Psi_i} u_{jp}\,u_{jq} + \lambda\,[p = q], \qquad v_p = \sum_{j\in\Psi_i} r_{ij}\,u_{jp}",
    notes="6, 9",
)
def by_number(s: State, kept: Books, cfg: Config) -> State:
    """A_pq = Σ_Ψi u_jp u_jq + λ[p = q], v_p = Σ_Ψi r_ij u_jp, one number at a time; w_i = A⁻¹v (notes §6, 9)."""
    _plain(cfg)
    r, Psi, Omega = kept
    U = s.U.tolist()
    W = [solved([(U[j], r[i, j]) for j in items], cfg) for i, items in enumerate(Psi)]
    U = [solved([(W[i], r[i, j]) for i in users], cfg) for j, users in enumerate(Omega)]
    return replace(s, t=s.t + 1, W=np.array(W, cfg.dtype), U=np.array(U, cfg.dtype))


def solved(rated: list[tuple[list[float], float]], cfg: Config) -> list[float]:
    """One row's vector from its pairs (u_j, r_ij). Raises LinAlgError where λ = 0 leaves A singular (E11)."""
    each = range(cfg.k)
    A = [[cfg.lam * (p == q) for q in each] for p in each]
    v = [0.0 for p in each]
    for u, r in rated:
        for p in each:
            v[p] += r * u[p]
            for q in each:
                A[p][q] += u[p] * u[q]
    x: list[float] = np.linalg.solve(A, v).tolist()
    return x


def _plain(cfg: Config) -> None:
    if cfg.biases or cfg.weighted:
        raise ValueError("the ladder climbs plain MF; set biases=False, weighted=False")


@equation(r"w_i = \big(U_{\Psi_i}^\top U_{\Psi_i} + \lambda I\big)^{-1}\, U_{\Psi_i}^\top\, r_i", notes="6, 8, 9")
def by_row(s: State, R: Ratings, cfg: Config) -> State:
    """w_i = (U_Ψᵀ U_Ψ + λI)⁻¹ U_Ψᵀ r_i: one ridge regression a row, in matrices (notes §6, 8, 9)."""
    _plain(cfg)
    s = replace(s, W=np.array([als.row(s, R, cfg, i).x for i in range(R.N)]))
    s = replace(s, U=np.array([als.row(s.T, R.T, cfg, j).x for j in range(R.M)]))
    return replace(s, t=s.t + 1)


@equation(
    r"\begin{pmatrix} \operatorname{vec} A_1 \\ \vdots \\ \operatorname{vec} A_N \end{pmatrix} = \mathbb{1}_\Omega\, P,"
    r"\quad P_j = \operatorname{vec}\big(u_j u_j^\top\big), \qquad"
    r"\begin{pmatrix} v_1 \\ \vdots \\ v_N \end{pmatrix} = R\, U",
    notes="6, 9, 18",
)
def by_product(s: State, R: Ratings, cfg: Config) -> State:
    """All A_i at once as mask·P with P_j = vec(u_j u_jᵀ), all v_i as R·U: sparse times dense (notes §6, 9, 18)."""
    return als.sweep(s, R, replace(cfg, kernel="numpy"), _UNUSED)


@equation(
    r"z_j = \begin{pmatrix} u_j \\ r_{ij} \end{pmatrix}, \qquad"
    r"\sum_{j\in\Psi_i} z_j z_j^\top = \begin{pmatrix} A & v \\ v^\top & \cdot \end{pmatrix}",
    notes="6, 9",
)
def compiled(s: State, R: Ratings, cfg: Config) -> State:
    """Σ z zᵀ with z_j = [u_j, r_ij] holds A and v; in machine code, rows on all cores (notes §6, 9)."""
    return als.sweep(s, R, replace(cfg, kernel="numba"), _UNUSED)


_UNUSED = np.random.default_rng(0)  # sweeps of every model are given a generator; this one draws nothing


@dataclass(frozen=True, slots=True)
class Rung:
    """One way to make a sweep.

    key: a word for it.  keep: turns the ratings into what the sweep reads.  sweep: one sweep from a State.
    """

    key: str
    keep: Callable[[Ratings], Any]
    sweep: Callable[[State, Any, Config], State]


def _as_they_are(R: Ratings) -> Ratings:
    return R


RUNGS = (
    Rung("number", books, by_number),
    Rung("row", _as_they_are, by_row),
    Rung("product", _as_they_are, by_product),
    Rung("compiled", _as_they_are, compiled),
)


def apart(s: State, other: State) -> float:
    """The largest |W − W′| or |U − U′|, each relative to the largest entry of the other's W or U."""
    pairs = ((s.W, other.W), (s.U, other.U))
    return max(float(np.abs(X - Y).max() / np.abs(Y).max()) for X, Y in pairs)


def bytes_kept(kept: Any) -> int:
    """Bytes of what a rung's `keep` returned: of Ratings both sparse matrices, of anything else `storage.bytes_of`."""
    if isinstance(kept, Ratings):
        return storage.bytes_of(kept.by_user) + storage.bytes_of(kept.by_item)
    return storage.bytes_of(kept)
