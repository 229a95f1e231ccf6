"""Factors have no axes of their own (notes §4; E10): change them at will, choose some that are easy to read, and look.

(W A)(U A⁻ᵀ)ᵀ = W Uᵀ for every invertible A, so no prediction tells one set of axes from another. With λ's term in J
only rotations A = Q are free, since they alone keep ‖W‖_F and ‖U‖_F (`interpret.turned`).
"""

from collections.abc import Sequence
from dataclasses import replace

import numpy as np

from mfcore.interpret import S
from mfcore.notation import equation
from mfcore.ratings import Floats

MOST_ROUNDS = 500


@equation(r"(W A)\,(U A^{-\top})^\top = W A A^{-1} U^\top = W U^\top", notes="4")
def changed(s: S, A: Floats) -> S:
    """The State with W A for W and U A⁻ᵀ for U: the same predictions on other axes (E10). A: (k, k), invertible.

    Raises numpy.linalg.LinAlgError if A is not.
    """
    return replace(s, W=s.W @ A, U=np.linalg.solve(A, s.U.T).T)


@equation(
    r"Q = \begin{pmatrix} \cos\theta & -\sin\theta \\ \sin\theta & \cos\theta \end{pmatrix}"
    r"\text{ in the plane of two axes}",
    notes="4",
)
def turn(k: int, f: int, g: int, degrees: float) -> Floats:
    """Q (k, k): in the picture of axes f and g the points of U Q stand turned clockwise by θ against those of U.

    Raises ValueError if f and g are not two of the k axes.
    """
    if f == g or not (0 <= f < k and 0 <= g < k):
        raise ValueError(f"a plane needs two of the axes 0 to {k - 1}, not {f} and {g}")
    Q, theta = np.eye(k), np.radians(degrees)
    Q[[f, g], [f, g]] = np.cos(theta)
    Q[f, g], Q[g, f] = -np.sin(theta), np.sin(theta)
    return Q


@equation(r"\sum_{f=1}^{k} \Big[\frac1M \sum_j u_{jf}^4 - \Big(\frac1M \sum_j u_{jf}^2\Big)^2\Big]", notes="4")
def simplicity(U: Floats) -> float:
    """The variance of the squared entries of each axis, summed: large where few items stand far out. U: (M, k)."""
    return float(np.var(U**2, axis=0).sum())


@equation(r"\frac{\big(\sum_j u_{jf}^2\big)^2}{M \sum_j u_{jf}^4}", notes="4")
def share(U: Floats) -> Floats:
    """The part of the items that each axis loads on: (Σ_j u_jf²)²/(M Σ_j u_jf⁴), the participation ratio. (k,).

    n items of equal size and zeros else: n/M. Entries drawn from a Gaussian around 0: 1/3. An axis of zeros has 0.
    U: (M, k).
    """
    squares = (U**2).sum(axis=0)
    shares: Floats = np.divide(squares**2, len(U) * (U**4).sum(axis=0), out=np.zeros_like(squares), where=squares > 0)
    return shares


def by_share(U: Floats) -> Floats:
    """The permutation Q (k, k) that puts axes that load on few items first: axes come in no order of their own."""
    return np.eye(U.shape[1])[:, np.argsort(share(U), kind="stable")]


@equation(r"Q = \arg\max_{Q^\top Q = I} \operatorname{simplicity}(U Q)", notes="4")
def varimax(U: Floats, tol: float = 1e-12) -> Floats:
    """The rotation Q (k, k) after which each axis loads on few items: most simple, among those nearby (Kaiser 1958).

    U: (M, k).  Each round puts in Q's place the orthogonal factor of the criterion's gradient there, which never
    lowers the criterion; it ends when that gains less than tol of it.
    """
    Q, reached = np.eye(U.shape[1]), 0.0
    for _ in range(MOST_ROUNDS):
        L = U @ Q
        left, s, right = np.linalg.svd(U.T @ (L**3 - L * (L**2).mean(axis=0)))
        Q = left @ right
        if s.sum() <= reached * (1 + tol):
            break
        reached = s.sum()
    return Q


@equation(r"\rho_{fg} = \operatorname{corr}_j(u_{jf},\; [\text{film } j \text{ has genre } g])", notes="4")
def genre_correlations(U: Floats, genres: Sequence[Sequence[str]], names: Sequence[str]) -> Floats:
    """ρ between every axis and having every genre, over the items given. (k, len(names)).

    U: (M, k).  genres: those of each of the M items.  An axis or genre that is the same for all items gets 0.
    """
    has = np.array([[name in own for name in names] for own in genres], np.float64).reshape(len(U), len(names))
    x, y = U - U.mean(axis=0), has - has.mean(axis=0)
    scale = np.outer(np.linalg.norm(x, axis=0), np.linalg.norm(y, axis=0))
    products: Floats = x.T @ y
    return np.divide(products, scale, out=np.zeros_like(products), where=scale > 1e-12 * np.linalg.norm(U))


def common_genres(genres: Sequence[Sequence[str]], most: int = 12) -> list[str]:
    """The names that most items carry, the most frequent first, none that all or fewer than three of them carry."""
    carried = [name for own in genres for name in own]
    times = {name: carried.count(name) for name in sorted(set(carried))}
    telling = [name for name, n in times.items() if 3 <= n < len(genres)]
    return sorted(telling, key=lambda name: -times[name])[:most]
