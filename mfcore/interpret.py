"""Reading the vectors (notes §3, 4; E10, E12): what adds up to a prediction, who is near whom, what lies at an end."""

from typing import Literal

import numpy as np

from mfcore.notation import equation
from mfcore.ratings import Floats, Ints


@equation(r"w_i^\top u_j = \sum_{f=1}^{k} w_{if}\,u_{jf}", notes="2, 3")
def contributions(w: Floats, u: Floats) -> Floats:
    """The k terms w_f·u_f whose sum is wᵀu. w, u: (k,); returns (k,)."""
    return w * u


@equation(r"\cos\theta = \frac{w^\top u}{\|w\|\,\|u\|}", notes="3")
def cosine(w: Floats, u: Floats) -> Floats:
    """cos θ between w and every row of u: (k,) with (k,) gives a number, with (m, k) gives (m,).

    0 where either vector is 0: it points nowhere.
    """
    norms = np.linalg.norm(w) * np.linalg.norm(u, axis=-1)
    dots: Floats = np.asarray(u @ w)
    cos: Floats = np.divide(dots, norms, out=np.zeros_like(dots), where=norms > 0)
    return cos


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


def extremes(U: Floats, axis: int, n: int = 5) -> tuple[Ints, Ints]:
    """The n items lowest and the n highest on one axis, the outermost first. U: (M, k)."""
    order = np.argsort(U[:, axis], kind="stable")
    return order[:n], order[::-1][:n]
