"""Both sides of every line of the derivation of w_i (notes §6, 9), worked out on the numbers in view.

Each side goes a route of its own (the library, a sum written out, finite differences), so that a check can fail.
"""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mfcore import Ratings, als
from mfcore.ratings import Floats
from mfcore.ridge import Row

# A central difference of a quadratic is exact for every step; this one is exact in binary, too.
H = 0.125


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Both sides of one line, in numbers.

    left, right: numbers or arrays of equal shape.  compared: what they are and where they were evaluated.
    relation: "=", or "≤" where the line claims a minimum.  scale: the size against which a difference counts,
    where the sides themselves may be 0.  tolerance: the relative difference that rounding alone explains.
    note: what is special about this row; empty where nothing is.
    """

    left: float | Floats
    right: float | Floats
    compared: str
    relation: Literal["=", "≤"] = "="
    scale: float = 0.0
    tolerance: float = 1e-8
    note: str = ""

    @property
    def difference(self) -> float:
        """The largest |left − right| (with ≤: left − right, where positive) relative to the largest number in it."""
        gap = np.subtract(self.left, self.right)
        worst = float(np.max(np.abs(gap) if self.relation == "=" else np.maximum(gap, 0), initial=0.0))
        return worst / self.size if worst else 0.0

    @property
    def size(self) -> float:
        """The largest number that takes part."""
        return max(self.scale, *(float(np.max(np.abs(side), initial=0.0)) for side in (self.left, self.right)))

    @property
    def holds(self) -> bool:
        """Whether the line is true here, up to rounding. False if a number is missing (NaN)."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """The row in view: its |Ψ_i| neighbours Z (n, k), their ratings r (n,), its present w (k,), and the solved row."""

    s: als.State
    R: Ratings
    cfg: als.Config
    i: int
    Z: Floats
    r: Floats
    w: Floats
    solved: Row

    @classmethod
    def of(cls, s: als.State, R: Ratings, cfg: als.Config, i: int) -> "At":
        """All of it in float64, whatever the State's dtype."""
        s = replace(s, **{name: getattr(s, name).astype(np.float64) for name in ("W", "U", "b", "c")})
        cfg = replace(cfg, dtype="float64")
        j, r = R.of_user(i)
        return cls(s, R, cfg, i, s.U[j], r.astype(np.float64), s.W[i], als.row(s, R, cfg, i))

    @property
    def moved(self) -> Floats:
        """The present w with 1 added to each entry: a vector at which nothing is flat by accident of training."""
        return np.asarray(self.w + 1.0)

    def with_w(self, w: Floats) -> als.State:
        """The State in which this row is w and all else stays."""
        W = self.s.W.copy()
        W[self.i] = w
        return replace(self.s, W=W)

    def loss(self, w: Floats) -> Floats:
        """J_i(w) = Σ_j (r_ij − wᵀu_j)² + λ‖w‖²: the terms of J in which this row occurs. w: (…, k)."""
        e = self.r - w @ self.Z.T
        total: Floats = (e**2).sum(-1) + self.cfg.lam * (w**2).sum(-1)
        return total

    def slopes(self, w: Floats) -> Floats:
        """∂J_i/∂w by central differences of the loss, which knows nothing of the formula. (k,)."""
        step = H * np.eye(len(w))
        return (self.loss(w + step) - self.loss(w - step)) / (2 * H)

    def size(self, w: Floats) -> float:
        """How large the terms of the gradient at w are, and no less than what rounding of J_i lets a slope tell."""
        terms = 2 * np.abs(self.r * self.Z.T).sum() + 2 * np.abs(self.solved.A).sum() * np.abs(w).max()
        return max(float(terms), 1e-6 * float(self.loss(w)) / H)


def prediction(at: At) -> Sides:
    """w_iᵀu_j as the library predicts it, and as a sum of k products."""
    j = at.R.Psi(at.i)
    summed = np.array([sum(at.s.W[at.i, f] * at.s.U[jj, f] for f in range(at.cfg.k)) for jj in j], np.float64)
    return Sides(als.predict(at.s, np.full(len(j), at.i), j), summed, "every prediction in this row", note=_empty(at))


def symmetry(at: At) -> Sides:
    """J of the problem and of the transposed one."""
    J = als.objective(at.s, at.R, at.cfg)
    return Sides(als.objective(at.s.T, at.R.T, at.cfg), J, "J with W, U exchanged, and J", scale=_fitted_exactly(at))


def objective(at: At) -> Sides:
    """J from the library, and summed row by row."""
    s, rows = at.s, range(at.R.N)
    errors = sum(float(((r - s.U[j] @ s.W[i]) ** 2).sum()) for i in rows for j, r in [at.R.of_user(i)])
    J = errors + at.cfg.lam * float(sum((s.W**2).ravel()) + sum((s.U**2).ravel()))
    return Sides(
        als.objective(s, at.R, at.cfg), J, "J from the library, and summed row by row", scale=_fitted_exactly(at)
    )


def own_terms(at: At) -> Sides:
    """How J changes with this row alone, and how J_i does."""
    J = als.objective(at.s, at.R, at.cfg)
    left = als.objective(at.with_w(at.moved), at.R, at.cfg) - J
    right = at.loss(at.moved) - at.loss(at.w)
    return Sides(left, right, "change of J, and of these terms alone, when 1 is added to each entry", scale=1e-4 * J)


def gradient(at: At) -> Sides:
    """Slopes of J_i, and the formula, at the moved row."""
    formula = gradient_formula(at.Z, at.r, at.cfg.lam, at.moved)
    compared = "slopes of this row's share of J by finite differences, and the formula, 1 away from the present vector"
    return Sides(at.slopes(at.moved), formula, compared, scale=at.size(at.moved))


def gradient_formula(Z: Floats, r: Floats, lam: float, w: Floats) -> Floats:
    """2 Σ_j (r_ij − wᵀu_j)(−u_j) + 2λw, term by term (notes §6). Z: (n, k), r: (n,), w: (k,); returns (k,)."""
    g = 2 * lam * w
    for z, rating in zip(Z, r, strict=True):
        g = g + 2 * (rating - w @ z) * -z
    return g


def zero(at: At) -> Sides:
    """Slopes of J_i at the solution."""
    x = at.solved.x
    return Sides(
        at.slopes(x),
        np.zeros_like(x),
        "slopes of this row's share of J by finite differences at the solved vector, and 0",
        scale=at.size(x),
    )


def rearranged(at: At) -> Sides:
    """Predictions times vectors, and ratings times vectors, at the solution."""
    x = at.solved.x
    left = at.cfg.lam * x + sum(((x @ z) * z for z in at.Z), np.zeros_like(x))
    right = sum((r * z for r, z in zip(at.r, at.Z, strict=True)), np.zeros_like(x))
    return Sides(left, right, "both sums at the solved vector", scale=at.size(x))


def reorder(at: At) -> Sides:
    """A number times a vector, and a k×k matrix times a vector, for every rating of the row."""
    left = np.array([(at.w @ z) * z for z in at.Z]).reshape(at.Z.shape)
    right = np.array([outer(z) @ at.w for z in at.Z]).reshape(at.Z.shape)
    return Sides(left, right, "every rating's term at the present vector; true of any vector", note=_empty(at))


def outer(z: Floats) -> Floats:
    """u uᵀ: the (k, k) products of all pairs of entries of z."""
    return np.array([[a * b for b in z] for a in z])


def system(at: At) -> Sides:
    """A w = v, with A and v summed term by term, at the solution."""
    x, k = at.solved.x, at.cfg.k
    A = sum((outer(z) for z in at.Z), at.cfg.lam * np.eye(k))
    v = sum((r * z for r, z in zip(at.r, at.Z, strict=True)), np.zeros(k))
    return Sides(A @ x, v, "matrix times solved vector, and right-hand side", scale=at.size(x))


def solution(at: At) -> Sides:
    """The library's solution, and Σ_f s_f/(s_f² + λ) p_f q_fᵀr from Z = Σ_f s_f q_f p_fᵀ, which forms no A."""
    lam, rank = at.cfg.lam, at.solved.rank
    Q, s, P = np.linalg.svd(at.Z, full_matrices=False)
    Q, s, P = Q[:, :rank], s[:rank], P[:rank]
    other = P.T @ (s / (s**2 + lam) * (Q.T @ at.r))
    squares = np.append(s**2, [0.0] * (lam > 0 and len(s) < at.cfg.k)) + lam
    spread = squares.max(initial=0.0) / squares.min() if len(squares) else 1.0
    rounding = 10 * at.cfg.k * np.finfo(np.float64).eps * spread
    return Sides(
        at.solved.x,
        other,
        "the solved vector, and the same by singular values of its neighbours",
        tolerance=max(1e-8, rounding),
        note=_singular(at),
    )


def minimum(at: At) -> Sides:
    """J_i at the solution, and the lowest J_i among many changed vectors."""
    x, k = at.solved.x, at.cfg.k
    ways = np.vstack([np.eye(k), np.random.default_rng(0).standard_normal((16, k))])
    sizes = max(1.0, float(np.abs(x).max())) * np.array([0.01, 0.1, 1.0])
    moves = np.concatenate([sign * size * ways for sign in (1, -1) for size in sizes])
    others = at.loss(np.vstack([x + moves, at.w]))
    compared = f"this row's share of J: solved, and the lowest of {len(others)} other vectors"
    return Sides(at.loss(x), others.min(), compared, "≤", scale=float(at.loss(np.zeros(k))), tolerance=1e-10)


def _fitted_exactly(at: At) -> float:
    """A J below this is what rounding left of an exact fit, and tells two sums apart by nothing else."""
    return 1e-6 * float(np.sum(at.R.r.astype(np.float64) ** 2))


def _empty(at: At) -> str:
    return "" if len(at.r) else "This row holds no ratings, so every sum in it is empty and its vector is 0."


def _singular(at: At) -> str:
    if at.solved.unique:
        return ""
    return (
        f"Here is no inverse: {len(at.r)} ratings give the {at.cfg.k} × {at.cfg.k} matrix rank {at.solved.rank} (E11). "
        "Many vectors solve the line above; the shortest of them is taken, and the other lines hold as written."
    )
