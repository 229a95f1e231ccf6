"""Slip E2 (notes §9): the objective whose lowest point is 1/(|Ψ_i|(1+λ)), from J' to the written b_i line by line."""

from dataclasses import replace

import numpy as np

from mfcore import Ratings, als, as_written
from mfcore.ratings import Floats
from mfcore.ridge import ridge_row
from mfview.derivations import als_row, regression
from mfview.derivations.als_row import At
from mfview.derivations.step import Sides, Step

_MISS = r"(r_{ij} - w_i^\top u_j - b_i - c_j - \mu)"
_LEFT = r"(r_{ij} - w_i^\top u_j - c_j - \mu)"
_SUM = r"\sum_{j\in\Psi_i}"
_COUNT = r"|\Psi_i|"


def at(s: als.State, R: Ratings, cfg: als.Config, i: int) -> At:
    """User i's bias as the regression that the written rule solves: charged λ for every one of its ratings.

    Raises ValueError where `as_written` refuses cfg.
    """
    as_written.blocks(cfg)
    exact = als_row.at("b", s, R, cfg, i)
    lam = cfg.lam * len(exact.y)
    b = as_written.update_b(exact.s, R, exact.cfg).b[i : i + 1]

    def J(x: Floats) -> float:
        moved = exact.s.b.copy()
        moved[i] = x[0]
        return as_written.objective(replace(exact.s, b=moved), R, exact.cfg)

    solved = replace(ridge_row(exact.Z, exact.y, lam), x=b)
    return replace(exact, lam=lam, solved=solved, J=J, share="this user's share of J′")


def of() -> tuple[Step[At], ...]:
    """The lines from J' to the bias as the notes write it; with λ = 0 they are true as well."""
    return (
        Step(
            "Objective",
            rf"\begin{{aligned}} J' = {{}} & \sum_{{(i,j)\in\Omega}} {_MISS}^2 + \lambda\big(\|W\|_F^2 + \|U\|_F^2\big)"
            r" \\ & {} + \lambda\Big(\sum_i |\Psi_i|\, b_i^2 + \sum_j |\Omega_j|\, c_j^2\Big) \end{aligned}",
            "As $J$, but every rating is charged for the two biases it takes part in, so $b_i^2$ is charged "
            "$|\\Psi_i|$ times.",
            _objective,
        ),
        Step(
            "Own terms",
            rf"\begin{{aligned}} J' &= J'_i(b_i) + \text{{terms without }} b_i \\"
            rf" J'_i(b_i) &= {_SUM} {_MISS}^2 + \lambda\,{_COUNT}\,b_i^2 \end{{aligned}}",
            "$b_i$ occurs only in the ratings of user $i$; all other unknowns are held fixed.",
            regression.own_terms,
        ),
        Step(
            "Gradient",
            rf"\frac{{\partial J'}}{{\partial b_i}} = 2{_SUM} {_MISS}(-1) + 2\lambda\,{_COUNT}\,b_i",
            "The chain rule, as for $J$; the last term has gained the factor $|\\Psi_i|$.",
            regression.gradient,
        ),
        Step(
            "Set to zero",
            rf"2{_SUM} {_MISS}(-1) + 2\lambda\,{_COUNT}\,b_i = 0",
            "$J'$ is a parabola in $b_i$ that opens upwards, lowest where it is flat.",
            regression.zero,
        ),
        Step(
            "Rearranged",
            rf"{_SUM} b_i + \lambda\,{_COUNT}\,b_i = {_SUM} {_LEFT}",
            "Divide by 2 and move the terms without $b_i$ to the right.",
            regression.rearranged,
        ),
        Step(
            "Counted",
            rf"{_COUNT}(1 + \lambda)\,b_i = {_SUM} {_LEFT}",
            f"There are ${_COUNT}$ equal terms, and this time $\\lambda$ occurs ${_COUNT}$ times too: it can be "
            "factored out. In $J$ it occurs once, and cannot.",
            _counted,
        ),
        Step(
            "Solved",
            rf"b_i = \frac{{1}}{{{_COUNT}(1 + \lambda)}} {_SUM} {_LEFT}",
            "The formula in the notes: the right answer to this question.",
            regression.solution,
        ),
        Step(
            "Not the exact rule",
            rf"J'_i(b_i) \le J'_i\Big(\frac{{1}}{{{_COUNT} + \lambda}} {_SUM} {_LEFT}\Big)",
            "What is lowest on $J$ is no lower than this on $J'$: each rule wins on its own objective.",
            _other_rule,
        ),
        Step(
            "A minimum",
            r"J'_i(b_i) \le J'_i(b_i + d) \quad\text{for every } d",
            "A parabola that opens upwards has one lowest point.",
            regression.minimum,
        ),
    )


def _objective(at: At) -> Sides:
    """J' by the library, and with the charge on biases written out rating by rating."""
    s, lam = at.s, at.cfg.lam
    total = lam * (float((s.W**2).sum()) + float((s.U**2).sum()))
    for i, j, r in zip(at.R.i.tolist(), at.R.j.tolist(), at.R.r.tolist(), strict=True):
        e = r - float(s.W[i] @ s.U[j]) - s.b[i] - s.c[j] - s.mu
        total += float(e**2 + lam * (s.b[i] ** 2 + s.c[j] ** 2))
    compared = "J′ from the library, and summed rating by rating"
    return Sides(as_written.objective(s, at.R, at.cfg), total, compared, scale=als_row.fitted_exactly(at.R))


def _counted(at: At) -> Sides:
    n, x = len(at.y), float(at.solved.x[0])
    left, right = n * (1 + at.cfg.lam) * x, float(sum(at.y.tolist()))
    return Sides(left, right, "both sides at the solution", scale=at.size(at.solved.x))


def _other_rule(at: At) -> Sides:
    exact = np.array([at.y.sum() / max(len(at.y) + at.cfg.lam, 1e-300)])
    compared = "this user's share of J′: at the written value, and at the exact rule's"
    scale = float(at.loss(np.zeros(1)))
    return Sides(float(at.loss(at.solved.x)), float(at.loss(exact)), compared, "≤", scale=scale, tolerance=1e-10)
