"""Ridge regression on points in the plane (notes §7, 8): a line, and powers of x beside it, held back by λ."""

from collections.abc import Mapping, Sequence
from typing import NamedTuple

import numpy as np

from mfcore import metrics
from mfcore.notation import equation
from mfcore.ratings import Floats
from mfcore.ridge import augmented, ridge_row


class Points(NamedTuple):
    """n points: x (n,) between −1 and 1, ascending, and y (n,)."""

    x: Floats
    y: Floats


class Curve(NamedTuple):
    """A fitted ŷ = ȳ + Σ_f w_f x^f: w (degree + 1,) and the mean ȳ, which is taken off first as μ is in MF."""

    w: Floats
    mean: float


class Path(NamedTuple):
    """What becomes of a fit as λ grows: for every λ the weights and the RMSE on both sets of points.

    lams: (L,) ascending.  w: (L, degree + 1).  train, test: (L,).  free: (L,) see `free_numbers`.
    """

    lams: Floats
    w: Floats
    train: Floats
    test: Floats
    free: Floats

    @property
    def best(self) -> int:
        """Where the test error is lowest."""
        return int(np.argmin(self.test))


def truth(x: Floats) -> Floats:
    """The curve behind generated points: 3 + 1.2 sin(3x), which no power of x is. x: any shape."""
    y: Floats = 3 + 1.2 * np.sin(3 * x)
    return y


def generate(n: int, noise: float, seed: int) -> Points:
    """n points around the truth: y = truth(x) + ε, ε ~ N(0, noise²). A seed gives its points every time.

    x is random, one in each nth of the way from −1 to 1, so that no seed leaves a wide gap.

    Raises ValueError unless n ≥ 1 and 0 ≤ noise < ∞.
    """
    if n < 1 or not 0 <= noise < np.inf:
        raise ValueError(f"n ≥ 1 and a finite noise ≥ 0 are needed, not {n} and {noise}")
    rng = np.random.default_rng(seed)
    x = -1 + 2 * (np.arange(n) + rng.random(n)) / n
    return Points(x, truth(x) + noise * rng.standard_normal(n))


def moved(points: Points, to: Mapping[int, float]) -> Points:
    """The points with some of their y replaced. to: {number of the point from 0: its new y}."""
    y = points.y.copy()
    y[list(to)] = list(to.values())
    return Points(points.x, y)


def powers(x: Floats, degree: int) -> Floats:
    """X, the columns 1, x, x², …, x^degree. x: (n,); returns (n, degree + 1)."""
    X: Floats = np.vander(x, degree + 1, increasing=True)
    return X


@equation(r"w = (\lambda I + X^\top X)^{-1} X^\top y", notes="8")
def weights(X: Floats, y: Floats, lam: float) -> Floats:
    """w = (λI + XᵀX)⁻¹ Xᵀy, which minimises ‖y − Xw‖² + λ‖w‖² (notes §8).

    X: (n, k), y: (n,); returns (k,). The solver is the one behind every user's and film's vector; where λ = 0 leaves w
    undetermined it takes the shortest (E11).
    """
    return ridge_row(X, y, lam).x


@equation(
    r"w = \arg\min_w \left\| \begin{pmatrix} y \\ 0 \end{pmatrix} -"
    r" \begin{pmatrix} X \\ \sqrt{\lambda}\, I \end{pmatrix} w \right\|^2",
    notes="8",
)
def by_lstsq(X: Floats, y: Floats, lam: float) -> Floats:
    """The w of `weights` by plain least squares on a taller system: ‖y − Xw‖² + ‖0 − √λ w‖² (notes §8).

    X: (n, k), y: (n,); returns (k,), where λ = 0 leaves it undetermined the shortest.
    """
    taller, padded = augmented(X, y, lam)
    w: Floats = np.linalg.lstsq(taller, padded, rcond=None)[0]
    return w


def fit(points: Points, degree: int, lam: float) -> Curve:
    """Ridge regression of y − ȳ on the powers of x: all weights are charged alike, the constant among them."""
    mean = float(points.y.mean())
    return Curve(weights(powers(points.x, degree), points.y - mean, lam), mean)


@equation(r"\hat y = \bar y + \sum_{f=0}^{d} w_f\, x^f", notes="7, 8")
def predict(curve: Curve, x: Floats) -> Floats:
    """ŷ = ȳ + Σ_f w_f x^f. x: (n,); returns (n,)."""
    y: Floats = curve.mean + powers(x, len(curve.w) - 1) @ curve.w
    return y


def path(train: Points, test: Points, degree: int, lams: Sequence[float]) -> Path:
    """The fits to `train` for every λ, each with its RMSE on `train` and on `test`."""
    curves = [fit(train, degree, lam) for lam in lams]
    seen, unseen = (
        np.array([metrics.rmse(predict(curve, part.x), part.y) for curve in curves]) for part in (train, test)
    )
    free = np.array([free_numbers(powers(train.x, degree), lam) for lam in lams])
    return Path(np.array(lams), np.array([curve.w for curve in curves]), seen, unseen, free)


@equation(r"\mathrm{tr}\big(X(X^\top X + \lambda I)^{-1}X^\top\big) = \sum_f \frac{s_f^2}{s_f^2 + \lambda}", notes="8")
def free_numbers(X: Floats, lam: float) -> float:
    """Σ_f s_f² / (s_f² + λ), s the singular values of X: how many of the k weights the data still decide.

    k (the rank of X) at λ = 0, towards 0 as λ grows. X: (n, k).
    """
    s = np.linalg.svd(X, compute_uv=False)
    squares = s[s > max(X.shape) * np.finfo(np.float64).eps * s[0]] ** 2
    return float((squares / (squares + lam)).sum())
