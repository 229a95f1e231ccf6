"""The form without a compiler: all Gram matrices in one sparse product, then batched solves."""

from typing import Any

import numpy as np

from mfcore.ratings import Floats, Ratings
from mfcore.ridge import ridge_row


def solve_rows(
    R: Ratings, U: Floats, b: Floats, c: Floats, mu: float, lam: float, joint: bool, weighted: bool
) -> tuple[Floats, Floats, int]:
    k = U.shape[1]
    Z = np.column_stack([U, np.ones(len(U), U.dtype)]) if joint else U
    X = np.zeros((R.N, Z.shape[1]), U.dtype)
    short = 0
    for i in range(R.N):
        j, r = R.of_user(i)
        y = r.astype(U.dtype) - c[j] - U.dtype.type(mu)
        if not joint:
            y = y - b[i]
        solved = ridge_row(Z[j], y, lam * len(j) if weighted else lam)
        X[i] = solved.x
        short += not solved.unique
    return X[:, :k], X[:, k] if joint else b, short


def solve_biases(R: Ratings, W: Floats, U: Floats, c: Floats, mu: float, lam: float, weighted: bool) -> Floats:
    n = R.users_counts
    e = R.r - predict_pairs(W, U, np.zeros(R.N, W.dtype), c, mu, R.i, R.j)
    sums = np.bincount(R.i, e, minlength=R.N)
    below = n + lam * (n if weighted else 1.0)
    means: Floats = np.divide(sums, below, out=np.zeros(R.N), where=n > 0)
    return means.astype(W.dtype)


def predict_pairs(W: Floats, U: Floats, b: Floats, c: Floats, mu: float, i: Any, j: Any) -> Floats:
    dots: Floats = np.einsum("...k,...k->...", W[i], U[j])
    return np.asarray(dots + b[i] + c[j] + W.dtype.type(mu))
