"""SVD (notes §5, 10; E8, E10): from three tables to two, what truncation loses, and why nothing loses less."""

from dataclasses import dataclass

import numpy as np

from mfcore import interpret, lowrank, rivals
from mfcore.lowrank import Triplets
from mfcore.ratings import Floats
from mfview.derivations.step import Sides, Step


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """A full matrix X, all of its triplets, and how many are kept."""

    X: Floats
    whole: Triplets
    k: int

    @property
    def kept(self) -> Floats:
        """X_k = W Uᵀ from the folded tables."""
        W, U = lowrank.folded(self.whole.first(self.k))
        return np.asarray(W @ U.T)

    @property
    def size(self) -> float:
        return float(np.linalg.norm(self.X))


def at(X: Floats, k: int) -> At:
    """X: (N, M), every cell known.  k: 1 to min(N, M)."""
    return At(X, lowrank.decomposed(X), k)


def _decomposition(at: At) -> Sides:
    left, s, right = at.whole
    total = sum((s[f] * np.outer(left[:, f], right[:, f]) for f in range(len(s))), np.zeros_like(at.X))
    return Sides(at.X, total, "every cell of X, and the triplets added up")


def _orthonormal(at: At) -> Sides:
    left, _, right = at.whole
    products = np.concatenate([(left.T @ left).ravel(), (right.T @ right).ravel()])
    n = len(at.whole.s)
    return Sides(products, np.tile(np.eye(n).ravel(), 2), "all products of two columns, and 1 or 0")


def _cell(at: At) -> Sides:
    left, s, right = at.whole.first(at.k)
    S = np.diag(s)
    N, M = at.X.shape
    summed = [[sum(left[i, k] * S[k, k] * right[j, k] for k in range(at.k)) for j in range(M)] for i in range(N)]
    return Sides(left @ S @ right.T, np.array(summed), "U S Vᵀ as matrices, and cell by cell", scale=at.size)


def _folded(at: At) -> Sides:
    left, s, right = at.whole.first(at.k)
    W, U = lowrank.folded(at.whole.first(at.k))
    return Sides(W @ U.T, left @ np.diag(s) @ right.T, "two tables multiplied, and three", scale=at.size)


def _lost(at: At) -> Sides:
    lost = float(((at.X - at.kept) ** 2).sum())
    rest = float((at.whole.s[at.k :] ** 2).sum())
    return Sides(lost, rest, "squared errors of all cells, and squared singular values left out", scale=at.size**2)


def _worst(at: At) -> Sides:
    E = at.X - at.kept
    longest = float(np.sqrt(max(np.linalg.eigvalsh(E.T @ E)[-1], 0.0)))
    following = float(at.whole.s[at.k]) if at.k < len(at.whole.s) else 0.0
    compared = "root of the largest eigenvalue of EᵀE, E = X − X_k, and the first value left out"
    return Sides(longest, following, compared, scale=at.size, tolerance=1e-7)


def _nearest(at: At) -> Sides:
    rng = np.random.default_rng(0)
    W, U = lowrank.folded(at.whole.first(at.k))
    others = [rivals.on_random_columns(at.X, at.k, rng) for _ in range(200)]
    for size in (0.001, 0.01, 0.1):
        others += [_nudged(W, size, rng) @ _nudged(U, size, rng).T for _ in range(100)]
    mine, best = np.linalg.norm(at.X - at.kept), min(float(np.linalg.norm(at.X - other)) for other in others)
    compared = f"distance of X_k, and the least among {len(others)} other matrices of rank {at.k}"
    return Sides(float(mine), best, compared, "≤", scale=at.size)


def _nudged(X: Floats, size: float, rng: np.random.Generator) -> Floats:
    return np.asarray(X + size * np.abs(X).max() * rng.standard_normal(X.shape))


def _whole(at: At) -> Sides:
    W, U = lowrank.folded(at.whole)
    return Sides(W @ U.T, at.X, f"every cell with all {len(at.whole.s)} triplets, and X")


def _turned(at: At) -> Sides:
    W, U = lowrank.folded(at.whole.first(at.k))
    Q = interpret.rotation(at.k, seed=1)
    return Sides((W @ Q) @ (U @ Q).T, at.kept, "every cell by turned tables, and by those before", scale=at.size)


LINES: tuple[Step[At], ...] = (
    Step(
        "Decomposition",
        r"X = U S V^\top = \sum_f s_f\, u_f\, v_f^\top",
        "Every matrix without holes is a sum of $\\min(N, M)$ matrices of rank 1, a column times a row, each weighted "
        "by its singular value $s_f \\ge 0$, the largest first.",
        _decomposition,
    ),
    Step(
        "Orthonormal columns",
        r"U^\top U = V^\top V = I",
        "The columns of $U$ have length 1 and are at right angles to one another, and so are those of $V$: all the "
        "size is in $S$.",
        _orthonormal,
    ),
    Step(
        "One cell",
        r"\hat x_{ij} = \sum_{k} u_{ik}\, s_{kk}\, v_{jk}",
        "$S$ is diagonal, so only its $s_{kk}$ take part; and what stands at row $k$, column $j$ of $V^\\top$ is "
        "$v_{jk}$. The notes write $s_{rk}\\,v_{kj}$ here: an index that nothing sums over, and $V$ read "
        "transposed (E8).",
        _cell,
    ),
    Step(
        "S folded into U",
        r"u_i' = u_i S \quad\Rightarrow\quad \hat x_{ij} = u_i'^\top v_j",
        "Multiply each column of $U$ by its $s_f$, and two tables do what three did: $W = U S$ of $N \\times k$, and "
        "$V$ of $M \\times k$ in the place of matrix factorization's $U$.",
        _folded,
    ),
    Step(
        "What is lost",
        r"\|X - X_k\|_F^2 = \sum_{f>k} s_f^2",
        "The triplets left out are at right angles to those kept and to one another, so their squares add up.",
        _lost,
    ),
    Step(
        "The worst direction",
        r"\|X - X_k\|_2 = s_{k+1}",
        "What is left is an SVD again, and begins with the first triplet that was left out.",
        _worst,
    ),
    Step(
        "Nothing is nearer",
        r"\begin{aligned} \|X - X_k\|_F &\le \|X - W U^\top\|_F \\"
        r"&\text{for all } W, U \text{ with } k \text{ columns} \end{aligned}",
        "Eckart and Young, 1936. Here a few hundred others try: with random columns, and with columns close to the "
        "best ones.",
        _nearest,
    ),
    Step(
        "k = M",
        r"X_M = X",
        "At $k = \\min(N, M)$, which is $M$ where there are more users than films, nothing is left out: $X$ is "
        "rewritten, not approximated.",
        _whole,
    ),
    Step(
        "Axes turn",
        r"(W Q)(U Q)^\top = W Q Q^\top U^\top = W U^\top",
        "Any rotation $Q$ may stand between the two tables. The order of the triplets is SVD's choice of axes; the "
        "predictions do not depend on it (E10).",
        _turned,
    ),
)
