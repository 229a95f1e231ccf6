"""What the views of chapter 7 share: the controls of σ and of a prior's precision, and MAP fits of real ratings."""

from collections.abc import Sequence

from mfapp import controls, runs, state
from mfcore import als, pmf
from mfview import precomputed

K, T = precomputed.CURVE.ks[0], precomputed.CURVE.T
SIGMAS = (0.1, 0.2, 0.3, 0.5, 0.7, 0.8, 1.0, 1.5, 2.0)
PRIORS = (0.0, 0.1, 0.3, 1.0, 2.0, 3.0, 5.0, 10.0, 15.0, 20.0, 30.0, 50.0, 100.0)
SIGMA = state.Param(
    "sigma", "σ · noise of a rating", "The standard deviation of a rating around its prediction, in stars."
)
PRIOR = state.Param(
    "prior",
    r"$\lambda_{\text{prior}}$ · precision of the prior",
    "Every entry of W and U is drawn from N(0, 1/λ) before any rating is seen. 0 is no prior: maximum likelihood.",
)


def sigma(default: float, values: Sequence[float] = SIGMAS) -> float:
    """The noise of a rating, in stars."""
    return controls.one_of(SIGMA, default, values)


def prior(default: float, values: Sequence[float] = PRIORS) -> float:
    """The precision of an entry of a vector before any rating is seen."""
    return controls.one_of(PRIOR, default, values)


def fitted(ds: runs.Dataset, k: int, sigma: float, lam: float, seed: int) -> pmf.State:
    """MAP with biases after `T` sweeps on the training part: ridge's fit at λ_prior σ², kept for all visitors (E5)."""
    ridge = als.Config(k=k, lam=round(lam * sigma**2, 9), joint=True)
    s = runs.trajectory(ds, ridge, T, seed).states[-1]
    return pmf.around(s, sigma, lam, lam)
