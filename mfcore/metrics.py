"""What is reported and never minimised: errors of predictions on observed ratings (notes §6, 19)."""

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
