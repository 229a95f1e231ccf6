"""Sparse plus low rank, and the leading singular triplets of such a matrix without ever writing it out (notes §5, 10).

Memory is that of the sparse part and of a few dozen vectors; time goes into products of the sparse part with thin
blocks.
"""

import sys
from contextlib import AbstractContextManager, nullcontext
from dataclasses import dataclass
from functools import cache
from typing import Any, NamedTuple, Self

import numpy as np
from scipy.sparse import csc_array, csr_array
from scipy.sparse.linalg import LinearOperator, svds

from mfcore.notation import equation
from mfcore.ratings import Floats

DENSE = 200  # a matrix with a side as short as this is written out


@dataclass(frozen=True, slots=True, eq=False)
class SparsePlusLowRank:
    """X = S + W Uᵀ. S: N×M, sparse.  W: (N, k).  U: (M, k)."""

    S: csr_array | csc_array
    W: Floats
    U: Floats

    @classmethod
    def of(cls, S: csr_array) -> Self:
        """S alone."""
        N, M = S.shape
        return cls(S, np.zeros((N, 0)), np.zeros((M, 0)))

    @property
    def shape(self) -> tuple[int, int]:
        N, M = self.S.shape
        return int(N), int(M)

    @property
    def T(self) -> "SparsePlusLowRank":
        """Xᵀ. Shares all memory."""
        return SparsePlusLowRank(self.S.T, self.U, self.W)

    def __matmul__(self, B: Floats) -> Floats:
        """X B = S B + W (Uᵀ B) for a vector or thin block B: (M,) or (M, m)."""
        product: Floats = self.S @ B
        return product + self.W @ (self.U.T @ B)

    def dense(self) -> Floats:
        """All N·M cells, for matrices that are small."""
        cells: Floats = self.S.toarray()
        return cells + self.W @ self.U.T

    @property
    def squared_norm(self) -> float:
        """‖X‖²_F = ‖S‖²_F + 2⟨S, W Uᵀ⟩ + tr(WᵀW UᵀU)."""
        cross = np.einsum("nk,nk->", self.S @ self.U, self.W)
        return float(self.S.data @ self.S.data + 2 * cross + ((self.W.T @ self.W) * (self.U.T @ self.U)).sum())


class Triplets(NamedTuple):
    """Singular triplets, the largest first: X right_f = s_f left_f. left: (N, k), s: (k,), right: (M, k).

    left and right have orthonormal columns, s ≥ 0. Of the two signs each pair of vectors may have, the one is taken
    in which the largest entry of the right one is positive.
    """

    left: Floats
    s: Floats
    right: Floats

    def first(self, k: int) -> "Triplets":
        """The k largest."""
        return Triplets(self.left[:, :k], self.s[:k], self.right[:, :k])


@equation(r"X = U S V^\top = \sum_f s_f\, u_f v_f^\top, \qquad s_1 \ge s_2 \ge \dots \ge 0", notes="5, 10")
def decomposed(X: Floats) -> Triplets:
    """All min(N, M) triplets of a matrix that is written out: U is left, V is right."""
    with _one_thread():
        left, s, right = np.linalg.svd(X, full_matrices=False)
    return _oriented(left, s, right.T)


@equation(
    r"u'_{ik} = u_{ik}\, s_{kk}, \qquad \hat x_{ij} = u_i'^\top v_j = \sum_k u_{ik}\, s_{kk}\, v_{jk}", notes="10"
)
def folded(found: Triplets) -> tuple[Floats, Floats]:
    """The two tables of matrix factorization out of the three of SVD: S goes into the left one (notes §10; E8)."""
    return found.left * found.s, found.right


@equation(r"\frac{s_1^2 + \dots + s_k^2}{\|X\|_F^2}", notes="5")
def energy(s: Floats, total: float) -> Floats:
    """The share of ‖X‖²_F that the first 1, 2, … triplets hold. s: (k,).  total: ‖X‖²_F; 0 keeps nothing of nothing."""
    shares: Floats = np.cumsum(s**2) / total if total else np.zeros_like(s)
    return shares


def top(X: SparsePlusLowRank, k: int) -> Triplets:
    """The k largest triplets of X: by LAPACK where it is small or k is not, else by ARPACK on XᵀX.

    Where X is 0 any orthonormal vectors will do: the first k of the standard basis, and nothing is written out.
    Raises ValueError if X has fewer than k, which is min(N, M).
    """
    N, M = X.shape
    if not 0 <= k <= min(N, M):
        raise ValueError(f"a {N} × {M} matrix has {min(N, M)} singular triplets, so k cannot be {k}")
    if not X.squared_norm:
        return Triplets(np.eye(N, k), np.zeros(k), np.eye(M, k))
    if min(N, M) <= DENSE or 2 * k >= min(N, M):
        return decomposed(X.dense()).first(k)
    operator = LinearOperator(X.shape, matvec=X.__matmul__, rmatvec=X.T.__matmul__, dtype=np.float64)
    begin = np.random.default_rng(0).standard_normal(min(N, M))  # any vector will do; this one is the same every time
    with _one_thread():
        left, s, right = svds(operator, k, v0=begin, solver="arpack")
    return _oriented(left[:, ::-1], s[::-1], right[::-1].T)


def refined(X: SparsePlusLowRank, V: Floats) -> Triplets:
    """The best approximation to X of rank k among those whose rows lie in the span of V and XᵀX V.

    V: (M, k), orthonormal, near the leading right vectors. Called again with what it returns, it converges to `top`,
    and it is never worse than V itself: an objective that the exact triplets lower is lowered at every call.
    """
    with _one_thread():
        basis = np.linalg.qr(np.hstack([V, X.T @ (X @ V)]))[0]
        left, s, turned = np.linalg.svd(X @ basis, full_matrices=False)
    return _oriented(left, s, basis @ turned.T).first(V.shape[1])


def _oriented(left: Floats, s: Floats, right: Floats) -> Triplets:
    size = np.abs(right)
    # Entries that differ by rounding alone count as equal; the first of them decides.
    at = np.argmax(size >= (1 - 1e-6) * size.max(axis=0, initial=0.0), axis=0)
    sign = np.where(right[at, np.arange(len(s))] < 0, -1.0, 1.0)
    return Triplets(left * sign, s, right * sign)


def _one_thread() -> AbstractContextManager[Any]:
    """BLAS on one core: on blocks this thin and matrices this small its threads wait far more than they work."""
    controller = _controller()
    return controller.limit(limits=1, user_api="blas") if controller else nullcontext()


@cache
def _controller() -> Any:
    if sys.platform == "emscripten":  # no threads there, and no threadpoolctl
        return None
    from threadpoolctl import ThreadpoolController

    return ThreadpoolController()
