"""Ridge regression (notes §8): w = (λI + XᵀX)⁻¹ Xᵀy from J, line by line, in matrices."""

from dataclasses import dataclass

import numpy as np

from mfcore import regression as model
from mfcore.ratings import Floats
from mfcore.regression import Points
from mfcore.ridge import augmented, ridge_row
from mfview.derivations import regression
from mfview.derivations.regression import Regression
from mfview.derivations.step import Sides, Step


@dataclass(frozen=True, slots=True, eq=False)
class At(Regression):
    """Points as a regression: Z = X, the powers of x; y with its mean taken off; x = w at the λ in view."""


def at(points: Points, degree: int, lam: float) -> At:
    """The points fitted at λ with powers of x up to `degree`, ≥ 1: of a constant alone, ȳ leaves nothing to fit."""
    X, y = model.powers(points.x, degree), points.y - points.y.mean()

    def J(w: Floats) -> float:
        e = y - X @ w
        return float(e @ e + lam * (w @ w))

    solved = ridge_row(X, y, lam)
    return At(X, y, solved.x, lam, solved, J, share="J", rated="points")


def of(lam: float) -> tuple[Step[At], ...]:
    """The lines from J to w (notes §8), with λ's terms where λ > 0."""
    ridge = lam > 0
    charge, slope, extra, eye = (
        (r" + \lambda\|w\|^2", r" + 2\lambda w", r" + \lambda w", r"\lambda I + ") if ridge else ("", "", "", "")
    )
    squares = r" + \lambda\,w^\top w" if ridge else ""
    system = rf"({eye}X^\top X)" if ridge else r"(X^\top X)"
    charged = " and $\\lambda$ for every squared weight" if ridge else ""
    return (
        Step(
            "Prediction",
            r"\hat y_n = w^\top x_n, \qquad \hat y = Xw",
            "A row $x_n$ of $X$ holds the powers of one point's $x$; all predictions at once are one product.",
            _prediction,
        ),
        Step(
            "Objective",
            rf"J = \sum_n (y_n - \hat y_n)^2{charge} = (y - Xw)^\top(y - Xw){squares}",
            f"The squared misses{charged}. A sum of squares is a vector times itself.",
            _objective,
        ),
        Step(
            "Multiplied out",
            rf"J = y^\top y - 2\,w^\top X^\top y + w^\top X^\top X\,w{squares}",
            "$y^\\top X w$ and $w^\\top X^\\top y$ are the same number, so it occurs twice.",
            _multiplied_out,
        ),
        Step(
            "Gradient",
            rf"\frac{{\partial J}}{{\partial w}} = -2X^\top y + 2X^\top X\,w{slope}",
            "A linear term leaves its factor, a quadratic one twice its matrix times $w$.",
            regression.gradient,
        ),
        Step(
            "Set to zero",
            rf"-2X^\top y + 2X^\top X\,w{slope} = 0",
            "$J$ opens upwards in every direction, so it is lowest where it is flat.",
            regression.zero,
        ),
        Step(
            "Rearranged",
            rf"X^\top X\,w{extra} = X^\top y",
            "Divide by 2 and move the terms without $w$ to the right.",
            regression.rearranged,
        ),
        Step(
            "Normal equations",
            rf"{system}\,w = X^\top y",
            "$\\lambda w = \\lambda I w$: without the $I$ a number would be added to a matrix."
            if ridge
            else "$w$ is the last factor of the only term: as many equations as weights.",
            regression.system,
        ),
        Step(
            "Solved",
            rf"w = {system}^{{-1}} X^\top y",
            "$X^\\top X$ bends up or is flat, and $\\lambda I$ bends up: their sum always has an inverse."
            if ridge
            else "Where there are fewer points than weights there is no inverse (E11).",
            regression.solution,
        ),
        Step(
            "The same by plain least squares",
            r"w = \arg\min_w \left\| \begin{pmatrix} y \\ 0 \end{pmatrix} - "
            r"\begin{pmatrix} X \\ \sqrt\lambda\,I \end{pmatrix} w \right\|^2",
            "The lower rows miss by $\\sqrt\\lambda\\,w_f$ each, and their squares add up to $\\lambda\\|w\\|^2$: "
            "the same $J$, written differently.",
            _stacked,
        ),
        Step(
            "A minimum",
            r"J(w) \le J(w + d) \quad\text{for every } d",
            "The curvature of $J$ is twice the matrix above, which bends down in no direction.",
            regression.minimum,
        ),
    )


def _prediction(at: At) -> Sides:
    sums = np.array([sum(a * b for a, b in zip(row, at.x, strict=True)) for row in at.Z])
    return Sides(at.Z @ at.x, sums, "every prediction: the product, and sums written out")


def _objective(at: At) -> Sides:
    misses = sum(
        (t - sum(a * b for a, b in zip(row, at.x, strict=True))) ** 2 for row, t in zip(at.Z, at.y, strict=True)
    )
    by_sum = float(misses + at.lam * sum(w * w for w in at.x))
    return Sides(by_sum, at.J(at.x), "J point by point, and as vectors", scale=1e-6 * _largest(at, at.x))


def _multiplied_out(at: At) -> Sides:
    """At the moved weights, where no term is small by accident of the fit."""
    w, X, y = at.moved, at.Z, at.y
    terms = (y @ y, -2 * (w @ (X.T @ y)), w @ (X.T @ X) @ w, at.lam * (w @ w))
    compared = "J in its terms, and as it was, 1 away from the fit"
    return Sides(float(sum(terms)), at.J(w), compared, scale=_largest(at, w))


def _stacked(at: At) -> Sides:
    found = np.linalg.lstsq(*augmented(at.Z, at.y, at.lam), rcond=None)[0]
    s = np.linalg.svd(at.Z, compute_uv=False)
    spread = (s[0] ** 2 + at.lam) / max(s[-1] ** 2 + at.lam, 1e-300)
    rounding = max(1e-8, 100 * np.finfo(np.float64).eps * spread)
    return Sides(at.solved.x, found, "the formula, and numpy's lstsq on the taller system", tolerance=rounding)


def _largest(at: At, w: Floats) -> float:
    """What J would be if no two of its terms cancelled: rounding is a share of this."""
    return float(((np.abs(at.y) + np.abs(at.Z) @ np.abs(w)) ** 2).sum()) + at.lam * float(w @ w)
