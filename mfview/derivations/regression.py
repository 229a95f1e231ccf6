"""Both sides of the lines every derivation by least squares shares (notes §6–9), worked out on the numbers in view.

A user's vector, a bias, both together, or a line through points: each minimises Σ (y − xᵀz)² + λ‖x‖² over its own x.
Each side goes a route of its own (the library, a sum written out, finite differences), so that a check can fail.
"""

from collections.abc import Callable
from dataclasses import dataclass, field

import numpy as np

from mfcore.ratings import Floats
from mfcore.ridge import Row
from mfview.derivations.step import Sides

# A central difference of a quadratic is exact for every step; this one is exact in binary, too.
H = 0.125


@dataclass(frozen=True, slots=True, eq=False)
class Regression:
    """One unknown x among all those of J: the least squares that it solves, in float64.

    Z: (n, k) what x is multiplied with, a row a rating.  y: (n,) targets.  x: (k,) its present value.  lam: λ.
    solved: the library's solution.  J: the whole objective as a function of x, by the library.
    share, rated: what the terms of J with x in them, and the rows of Z, are called.
    """

    Z: Floats
    y: Floats
    x: Floats
    lam: float
    solved: Row
    J: Callable[[Floats], float] = field(repr=False)
    share: str = field(default="this row's share of J", kw_only=True)
    rated: str = field(default="ratings", kw_only=True)

    @property
    def moved(self) -> Floats:
        """The present x with 1 added to each entry: a vector at which nothing is flat by accident of training."""
        return np.asarray(self.x + 1.0)

    def loss(self, x: Floats) -> Floats:
        """Σ (y − xᵀz)² + λ‖x‖²: the terms of J in which x occurs. x: (…, k)."""
        e = self.y - x @ self.Z.T
        total: Floats = (e**2).sum(-1) + self.lam * (x**2).sum(-1)
        return total

    def slopes(self, x: Floats) -> Floats:
        """The loss's slopes in x by central differences, which know nothing of the formula. (k,)."""
        step = H * np.eye(len(x))
        return (self.loss(x + step) - self.loss(x - step)) / (2 * H)

    def size(self, x: Floats) -> float:
        """How large the gradient's terms at x are, and no less than what rounding of the loss lets a slope tell."""
        terms = 2 * np.abs(self.y * self.Z.T).sum() + 2 * np.abs(self.solved.A).sum() * np.abs(x).max()
        return max(float(terms), 1e-6 * float(self.loss(x)) / H)


def own_terms(at: Regression) -> Sides:
    """How J changes with this x alone, and how the terms with x in them do."""
    J = at.J(at.x)
    left, right = at.J(at.moved) - J, float(at.loss(at.moved) - at.loss(at.x))
    return Sides(left, right, "change of J, and of these terms alone, when 1 is added to each entry", scale=1e-4 * J)


def gradient(at: Regression) -> Sides:
    """Slopes of the loss, and the formula, at the moved x."""
    formula = gradient_formula(at.Z, at.y, at.lam, at.moved)
    compared = f"slopes of {at.share} by finite differences, and the formula, 1 away from the present value"
    return Sides(at.slopes(at.moved), formula, compared, scale=at.size(at.moved))


def gradient_formula(Z: Floats, y: Floats, lam: float, x: Floats) -> Floats:
    """2 Σ (y − xᵀz)(−z) + 2λx, term by term (notes §6). Z: (n, k), y: (n,), x: (k,); returns (k,)."""
    g = 2 * lam * x
    for z, target in zip(Z, y, strict=True):
        g = g + 2 * (target - x @ z) * -z
    return g


def zero(at: Regression) -> Sides:
    """Slopes of the loss at the solution."""
    x = at.solved.x
    compared = f"slopes of {at.share} by finite differences at the solution, and 0"
    return Sides(at.slopes(x), np.zeros_like(x), compared, scale=at.size(x))


def rearranged(at: Regression) -> Sides:
    """Predictions times vectors, and targets times vectors, at the solution."""
    x = at.solved.x
    left = at.lam * x + sum(((x @ z) * z for z in at.Z), np.zeros_like(x))
    right = sum((y * z for y, z in zip(at.y, at.Z, strict=True)), np.zeros_like(x))
    return Sides(left, right, "both sums at the solution", scale=at.size(x))


def reorder(at: Regression) -> Sides:
    """A number times a vector, and a k×k matrix times a vector, for every rating of the row."""
    left = np.array([(at.x @ z) * z for z in at.Z]).reshape(at.Z.shape)
    right = np.array([outer(z) @ at.x for z in at.Z]).reshape(at.Z.shape)
    return Sides(left, right, "every rating's term at the present vector; true of any vector", note=empty(at))


def outer(z: Floats) -> Floats:
    """z zᵀ: the (k, k) products of all pairs of entries of z."""
    return np.array([[a * b for b in z] for a in z])


def system(at: Regression) -> Sides:
    """A x = v, with A and v summed term by term, at the solution."""
    x, k = at.solved.x, len(at.x)
    A = sum((outer(z) for z in at.Z), at.lam * np.eye(k))
    v = sum((y * z for y, z in zip(at.y, at.Z, strict=True)), np.zeros(k))
    return Sides(A @ x, v, "matrix times solution, and right-hand side", scale=at.size(x))


def solution(at: Regression) -> Sides:
    """The library's solution, and Σ_f s_f/(s_f² + λ) p_f q_fᵀy from Z = Σ_f s_f q_f p_fᵀ, which forms no A."""
    lam, rank, k = at.lam, at.solved.rank, len(at.x)
    Q, s, P = np.linalg.svd(at.Z, full_matrices=False)
    Q, s, P = Q[:, :rank], s[:rank], P[:rank]
    other = P.T @ (s / (s**2 + lam) * (Q.T @ at.y))
    squares = np.append(s**2, [0.0] * (lam > 0 and len(s) < k)) + lam
    spread = squares.max(initial=0.0) / squares.min() if len(squares) else 1.0
    rounding = 10 * k * np.finfo(np.float64).eps * spread
    compared = "the library's solution, and the same by singular values"
    return Sides(at.solved.x, other, compared, tolerance=max(1e-8, rounding), note=_singular(at))


def minimum(at: Regression) -> Sides:
    """The loss at the solution, and the lowest one among many changed vectors."""
    x, k = at.solved.x, len(at.x)
    ways = np.vstack([np.eye(k), np.random.default_rng(0).standard_normal((16, k))])
    sizes = max(1.0, float(np.abs(x).max())) * np.array([0.01, 0.1, 1.0])
    moves = np.concatenate([sign * size * ways for sign in (1, -1) for size in sizes])
    others = at.loss(np.vstack([x + moves, at.x]))
    compared = f"{at.share}: solved, and the lowest of {len(others)} other values"
    return Sides(float(at.loss(x)), others.min(), compared, "≤", scale=float(at.loss(np.zeros(k))), tolerance=1e-10)


def empty(at: Regression) -> str:
    """What to say of a row without ratings; nothing of any other."""
    return "" if len(at.y) else f"This row holds no {at.rated}, so every sum in it is empty and its solution is 0."


def _singular(at: Regression) -> str:
    if at.solved.unique:
        return ""
    k = len(at.x)
    return (
        f"Here is no inverse: {len(at.y)} {at.rated} give the {k} × {k} matrix rank {at.solved.rank} (E11). "
        "Many vectors solve the line above; the shortest of them is taken, and the other lines hold as written."
    )
