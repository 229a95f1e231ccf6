"""Reading the vectors (notes §3, 4; E10, E12): what adds up to a prediction, who is near whom, what lies at an end."""

from dataclasses import replace
from typing import Any, ClassVar, Literal, NamedTuple, Protocol, TypeVar

import numpy as np

from mfcore.notation import equation
from mfcore.ratings import Floats, Ints


class Vectors(Protocol):
    """A State with vectors and biases, of whatever model."""

    __dataclass_fields__: ClassVar[dict[str, Any]]

    @property
    def W(self) -> Floats: ...
    @property
    def U(self) -> Floats: ...
    @property
    def b(self) -> Floats: ...
    @property
    def c(self) -> Floats: ...
    @property
    def mu(self) -> float: ...


S = TypeVar("S", bound=Vectors)


class Example(NamedTuple):
    """A user's taste w and a film's content u on the five axes of notes §3."""

    w: tuple[float, ...]
    u: tuple[float, ...]


AXES = ("action", "comedy", "romance", "horror", "animation")
TASTE = (1.0, 0.8, -1.0, 0.1, 1.0)
MATCH = Example(TASTE, (1.0, 1.5, -1.3, 0.0, 1.2))
CLASH = Example(TASTE, (-1.0, -1.0, 1.0, 0.0, -1.0))


@equation(r"w_i^\top u_j = \sum_{f=1}^{k} w_{if}\,u_{jf}", notes="2, 3")
def contributions(w: Floats, u: Floats) -> Floats:
    """The k terms w_f·u_f whose sum is wᵀu. w, u: (k,); returns (k,)."""
    return w * u


@equation(r"\|w\| = \sqrt{\textstyle\sum_f w_f^2}", notes="3")
def norm(w: Floats) -> Floats:
    """‖w‖ of a vector (k,), or of every row of (m, k)."""
    length: Floats = np.linalg.norm(w, axis=-1)
    return length


@equation(r"\cos\theta = \frac{w^\top u}{\|w\|\,\|u\|}", notes="3")
def cosine(w: Floats, u: Floats) -> Floats:
    """cos θ between w and every row of u: (k,) with (k,) gives a number, with (m, k) gives (m,).

    0 where either vector is 0: it points nowhere.
    """
    norms = np.linalg.norm(w) * np.linalg.norm(u, axis=-1)
    dots: Floats = np.asarray(u @ w)
    cos: Floats = np.divide(dots, norms, out=np.zeros_like(dots), where=norms > 0)
    return cos


def angle(w: Floats, u: Floats) -> float:
    """θ between w and u in degrees, from 0 to 180; 90 where either vector is 0."""
    return float(np.degrees(np.arccos(np.clip(cosine(w, u), -1.0, 1.0))))


def plane(w: Floats, u: Floats) -> tuple[Floats, Floats]:
    """w and u in the plane they span, lengths and angle as they are: w along the first axis, u above it.

    w, u: (k,).  Returns two (2,), with the same norms and the same dot product.
    """
    theta = np.radians(angle(w, u))
    return np.array([norm(w), 0.0]), norm(u) * np.array([np.cos(theta), np.sin(theta)])


@equation(r"w_f \cdot \operatorname{sd}_j(u_{jf})", notes="3, 4")
def reach(w: Floats, U: Floats) -> Floats:
    """What one standard deviation of the films on each axis is worth to this taste. w: (k,), U: (m, k); (k,)."""
    worth: Floats = w * U.std(axis=0)
    return worth


class Parts(NamedTuple):
    """What adds up to one prediction: the k products w_f·u_f, b_i, c_j and μ."""

    terms: Floats
    b: float
    c: float
    mu: float

    @property
    def total(self) -> float:
        """r̂_ij, the sum of all parts."""
        return float(self.terms.sum() + self.b + self.c + self.mu)


@equation(r"\hat r_{ij} = \mu + b_i + c_j + \sum_{f=1}^{k} w_{if}\,u_{jf}", notes="3, 7")
def parts(s: Vectors, i: int, j: int) -> Parts:
    """The prediction r̂_ij of a trained State, taken apart (notes §3, 7)."""
    return Parts(contributions(s.W[i], s.U[j]), float(s.b[i]), float(s.c[j]), float(s.mu))


def rotation(k: int, seed: int) -> Floats:
    """Q: a k×k rotation or reflection drawn at random, QᵀQ = I."""
    Q: Floats = np.linalg.qr(np.random.default_rng(seed).standard_normal((k, k)))[0]
    return Q


@equation(r"(W Q)\,(U Q)^\top = W Q Q^\top U^\top = W U^\top", notes="4")
def turned(s: S, Q: Floats) -> S:
    """The State with W Q for W and U Q for U: other axes, the same predictions and the same J (notes §4; E10)."""
    return replace(s, W=s.W @ Q, U=s.U @ Q)


def neighbours(U: Floats, j: int, by: Literal["dot", "cosine"] = "cosine", n: int = 10) -> tuple[Ints, Floats]:
    """The n items nearest to item j, nearest first, and their scores; j itself is left out.

    by="dot" scores u_jᵀu, which a long vector wins (E12); by="cosine" scores the angle alone.
    U: (M, k).  Raises ValueError on another `by`.
    """
    if by not in ("dot", "cosine"):
        raise ValueError(f'by is "dot" or "cosine", not {by!r}')
    score = U @ U[j] if by == "dot" else cosine(U[j], U)
    order = np.argsort(-score, kind="stable")
    order = order[order != j][:n]
    return order, score[order]


def median(of: Floats | Ints, items: Ints) -> float:
    """The median of a property of these items, such as their number of ratings or their length. of: (M,)."""
    return float(np.median(of[items]))


def rank_correlation(x: Any, y: Any) -> float:
    """Spearman's ρ: the correlation of the ranks of x and y, equal values sharing their mean rank. x, y: (n,).

    NaN where all of x or all of y are equal.
    """
    a, b = _ranks(np.asarray(x)), _ranks(np.asarray(y))
    a, b = a - a.mean(), b - b.mean()
    scale = float(np.sqrt((a @ a) * (b @ b)))
    return float(a @ b) / scale if scale else float("nan")


def _ranks(x: Any) -> Floats:
    _, group, sizes = np.unique(x, return_inverse=True, return_counts=True)
    last = np.cumsum(sizes)
    ranks: Floats = (last - (sizes - 1) / 2.0)[group]
    return ranks


def extremes(U: Floats, axis: int, n: int = 5) -> tuple[Ints, Ints]:
    """The n items lowest and the n highest on one axis, the outermost first. U: (M, k)."""
    order = np.argsort(U[:, axis], kind="stable")
    return order[:n], order[::-1][:n]
