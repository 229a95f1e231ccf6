"""What is reported and never minimised: errors of predictions on observed ratings (notes §6, 19)."""

from typing import NamedTuple

import numpy as np

from mfcore.notation import equation
from mfcore.ratings import Floats


@equation(r"\mathrm{MSE} = \frac{1}{|\Omega|}\sum_{(i,j)\in\Omega}(r_{ij}-\hat r_{ij})^2", notes="19")
def mse(predicted: Floats, r: Floats) -> float:
    """MSE = mean of (r − r̂)². predicted, r: (n,).  Accumulated in float64."""
    e = np.asarray(r, np.float64) - predicted
    return float(np.einsum("n,n->", e, e) / len(e)) if len(e) else float("nan")


@equation(r"\mathrm{RMSE} = \sqrt{\mathrm{MSE}}", notes="19")
def rmse(predicted: Floats, r: Floats) -> float:
    """RMSE = √MSE, in the units of the ratings. predicted, r: (n,)."""
    return float(np.sqrt(mse(predicted, r)))


@equation(r"\mathrm{MAE} = \frac{1}{|\Omega|}\sum_{(i,j)\in\Omega}|r_{ij}-\hat r_{ij}|", notes="19")
def mae(predicted: Floats, r: Floats) -> float:
    """MAE = mean of |r − r̂|, in the units of the ratings. predicted, r: (n,)."""
    e = np.abs(np.asarray(r, np.float64) - predicted)
    return float(e.mean()) if len(e) else float("nan")


class Fall(NamedTuple):
    """By how much a mean squared error is lower, and the standard error of that; in squares of stars."""

    mean: float
    error: float

    def beyond(self, errors: float) -> bool:
        """Whether it is more than so many standard errors; of a single rating nothing can be said."""
        return self.mean > errors * self.error


@equation(
    r"d_{ij} = (r_{ij} - \hat r_{ij})^2 - (r_{ij} - \hat r'_{ij})^2, \qquad"
    r" \bar d \pm \frac{\operatorname{sd}(d)}{\sqrt{|\Omega|}}",
    notes="15, 19",
)
def fall(before: Floats, after: Floats, r: Floats) -> Fall:
    """The mean of d = (r − r̂)² − (r − r̂′)², and its standard error. before, after: r̂, r̂′ (n,), r: (n,), n ≥ 1.

    In pairs, rating by rating: what makes a rating hard for both falls out. The error is infinite where n is 1.
    Source: Diebold and Mariano (1995), Comparing predictive accuracy.
    """
    stars = np.asarray(r, np.float64)
    d = (stars - before) ** 2 - (stars - after) ** 2
    return Fall(float(d.mean()), float(d.std(ddof=1) / np.sqrt(len(d))) if len(d) > 1 else np.inf)
