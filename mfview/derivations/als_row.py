"""One unknown of a State (notes §6, 7, 9): w_i, b_i, both together, or a film's, as the regression that it solves."""

from dataclasses import dataclass, replace
from typing import Literal

import numpy as np

from mfcore import Ratings, als
from mfcore.ratings import Floats
from mfcore.ridge import Row, ridge_row
from mfview.derivations.regression import Regression, empty
from mfview.derivations.step import Sides

Block = Literal["W", "b", "Wb", "U", "c", "Uc"]
FILMS: dict[Block, Block] = {"U": "W", "c": "b", "Uc": "Wb"}


@dataclass(frozen=True, slots=True, eq=False)
class At(Regression):
    """User i's unknown with what it was solved from; a film's is that of a user in the transposed problem."""

    s: als.State
    R: Ratings
    cfg: als.Config
    i: int


def at(block: Block, s: als.State, R: Ratings, cfg: als.Config, row: int) -> At:
    """One row of a block, in float64 whatever the State's dtype.

    block: "W" is w_i on r_ij − b_i − c_j − μ, "b" is b_i on r_ij − w_iᵀu_j − c_j − μ, "Wb" is [w_i, b_i] together;
    "U", "c", "Uc" are the film's.  row: i, or j.
    """
    if block in FILMS:
        return at(FILMS[block], s.T, R.T, cfg, row)
    s = replace(s, **{name: getattr(s, name).astype(np.float64) for name in ("W", "U", "b", "c")})
    cfg = replace(cfg, dtype="float64", joint=block == "Wb")
    j, r = R.of_user(row)
    y, ones = r.astype(np.float64) - s.c[j] - s.mu, np.ones((len(j), 1))
    w, b = s.W[row], s.b[row : row + 1]
    Z, y, x = {
        "W": (s.U[j], y - s.b[row], w),
        "b": (ones, y - s.U[j] @ w, b),
        "Wb": (np.hstack([s.U[j], ones]), y, np.append(w, b)),
    }[block]
    solved = _bias(Z, y, s, R, cfg, row) if block == "b" else als.row(s, R, cfg, row)

    def J(x: Floats) -> float:
        W, b = s.W.copy(), s.b.copy()
        if block != "b":
            W[row] = x[: s.W.shape[1]]
        if block != "W":
            b[row] = x[-1]
        return als.objective(replace(s, W=W, b=b), R, cfg)

    return At(Z, y, x, cfg.lam, solved, J, s, R, cfg, row)


def _bias(Z: Floats, y: Floats, s: als.State, R: Ratings, cfg: als.Config, row: int) -> Row:
    """The 1×1 system of a bias, solved by the update that trains it."""
    return replace(ridge_row(Z, y, cfg.lam), x=als.update_b(s, R, cfg).b[row : row + 1])


def prediction(at: At) -> Sides:
    """r̂_ij as the library predicts it, and as a sum of k products and the biases."""
    s, i, j = at.s, at.i, at.R.Psi(at.i)
    products = [sum(s.W[i, f] * s.U[jj, f] for f in range(s.W.shape[1])) for jj in j]
    summed = np.array(products, np.float64) + s.b[i] + s.c[j] + s.mu
    return Sides(als.predict(s, np.full(len(j), i), j), summed, "every prediction in this row", note=empty(at))


def symmetry(at: At) -> Sides:
    """J of the problem and of the transposed one."""
    J = als.objective(at.s, at.R, at.cfg)
    compared = "J with users and films exchanged, and J"
    return Sides(als.objective(at.s.T, at.R.T, at.cfg), J, compared, scale=fitted_exactly(at.R))


def objective(at: At) -> Sides:
    """J from the library, and summed row by row."""
    s = at.s
    rows = ((i, *at.R.of_user(i)) for i in range(at.R.N))
    errors = sum(float(((r - s.U[j] @ s.W[i] - s.b[i] - s.c[j] - s.mu) ** 2).sum()) for i, j, r in rows)
    J = errors + at.cfg.lam * sum(float(sum((X**2).ravel())) for X in (s.W, s.U, s.b, s.c))
    compared = "J from the library, and summed row by row"
    return Sides(als.objective(s, at.R, at.cfg), J, compared, scale=fitted_exactly(at.R))


def fitted_exactly(R: Ratings) -> float:
    """A J below this is what rounding left of an exact fit, and tells two sums apart by nothing else."""
    return 1e-6 * float(np.sum(R.r.astype(np.float64) ** 2))
