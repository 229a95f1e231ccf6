"""Probabilistic matrix factorization (notes §11): what least squares and ridge say, said in probabilities.

    r_ij ~ N(w_iᵀu_j, σ²)          w_i ~ N(0, λ_W⁻¹ I), u_j ~ N(0, λ_U⁻¹ I), λ_W and λ_U precisions

    p(W, U | R) ∝ p(R | W, U) p(W) p(U)

Without a prior the top of it is maximum likelihood, MLE; with one it is maximum a posteriori, MAP (E3). Here it is
climbed a block at a time, each solved exactly by the ridge regression of `als` at λ = λ_W σ² or λ_U σ² (E5);
`ascent` climbs the same densities by steps along their gradient. With biases, [w_i, b_i] ~ N(0, λ_W⁻¹ I), likewise
[u_j, c_j], and the mean of a rating is w_iᵀu_j + b_i + c_j + μ.

Source: Salakhutdinov and Mnih (2007), Probabilistic matrix factorization.
"""

from collections.abc import Callable
from dataclasses import dataclass, replace
from math import log, pi
from numbers import Real
from typing import Any, Literal

import numpy as np

from mfcore import als, kernels
from mfcore.als import charges
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings


@dataclass(frozen=True, slots=True)
class Config:
    """What is fitted and how.

    k: latent dimensionality, ≥ 1.  sigma: σ of a rating, in stars, > 0; None learns it with the rest.
    lam_prior: λ_W = λ_U, the precision of every entry of a vector, ≥ 0; 0 is no prior (MLE); None learns it.
    tied: whether λ_W and λ_U that are learnt are one number.
    biases, dtype, kernel: as in `als.Config`; with biases they are solved along with the vectors.

    Raises ValueError on a value outside these.
    """

    k: int = 10
    sigma: float | None = None
    lam_prior: float | None = 5.0
    tied: bool = True
    biases: bool = False
    dtype: Literal["float32", "float64"] = "float64"
    kernel: kernels.Form = "auto"

    def __post_init__(self) -> None:
        if self.sigma is not None and not (isinstance(self.sigma, Real) and 0 < self.sigma < np.inf):
            raise ValueError(f"sigma is a finite number > 0, or None, not {self.sigma!r}")
        if self.lam_prior is not None and not (isinstance(self.lam_prior, Real) and 0 <= self.lam_prior < np.inf):
            raise ValueError(f"lam_prior is a finite number ≥ 0, or None, not {self.lam_prior!r}")
        self.ridge(0.0)  # which minds k, dtype and kernel

    def ridge(self, lam: float) -> als.Config:
        """The ridge regression at λ_ridge = `lam` that has the same vectors and biases."""
        return als.Config(self.k, lam, self.biases, joint=self.biases, dtype=self.dtype, kernel=self.kernel)

    @property
    def width(self) -> int:
        """How many numbers describe a user or an item: k, and the bias where there is one."""
        return self.k + self.biases


@dataclass(frozen=True, slots=True, eq=False)
class State(als.State):
    """`als.State`, and with it sigma (σ, stars), lam_W and lam_U, the precisions of the priors."""

    sigma: float
    lam_W: float
    lam_U: float

    @property
    def T(self) -> "State":
        """The State of the transposed problem: users and items change places. Shares all memory."""
        return around(als.State(self.t, self.U, self.W, self.c, self.b, self.mu), self.sigma, self.lam_U, self.lam_W)


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: `als.init`'s start. What is to be learnt begins at the spread of the ratings, and at that of W: λ = k."""
    s = als.init(R, cfg.ridge(0.0), rng)
    spread = float(np.sqrt(np.mean((R.r.astype(np.float64) - R.mu) ** 2)))
    sigma = cfg.sigma or max(spread, least_sigma(R))
    lam = float(cfg.k if cfg.lam_prior is None else cfg.lam_prior)
    return around(s, float(sigma), lam, lam)


def around(s: als.State, sigma: float, lam_W: float, lam_U: float) -> State:
    """The vectors and biases of any State of the family, taken as the parameters of these densities."""
    return State(s.t, s.W, s.U, s.b, s.c, s.mu, sigma, lam_W, lam_U)


@equation(
    r"\log p(R \mid W, U) = -\frac{|\Omega|}{2}\log 2\pi\sigma^2"
    r" - \frac{1}{2\sigma^2}\sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2",
    notes="11",
)
def log_likelihood(s: State, R: Ratings, cfg: Config) -> float:
    """log Π_Ω N(r_ij; r̂_ij, σ²) = −|Ω|/2 log 2πσ² − Σ_Ω (r_ij − r̂_ij)²/2σ² (notes §11), in float64."""
    return -R.n / 2 * log(2 * pi * s.sigma**2) - als.squared_error(s, R, cfg.ridge(0.0)) / (2 * s.sigma**2)


@equation(
    r"\log p(W)\,p(U) = \frac{Nk}{2}\log\frac{\lambda_W}{2\pi} - \frac{\lambda_W}{2}\|W\|_F^2"
    r" + \frac{Mk}{2}\log\frac{\lambda_U}{2\pi} - \frac{\lambda_U}{2}\|U\|_F^2",
    notes="11",
)
def log_prior(s: State, R: Ratings, cfg: Config) -> float:
    """log Π_i N(w_i; 0, λ_W⁻¹I) Π_j N(u_j; 0, λ_U⁻¹I) (notes §11; E4), in float64; 0 without a prior.

    A density of N(0, λ⁻¹) for each of the N·k entries of W, so √(λ_W/2π) to the power N·k; M·k for U. With biases
    an entry more in every row.
    """
    return _log_rows(s.W, s.b, s.lam_W, cfg) + _log_rows(s.U, s.c, s.lam_U, cfg)


def _log_rows(W: Floats, b: Floats, lam: float, cfg: Config) -> float:
    if not lam:
        return 0.0
    return len(W) * cfg.width / 2 * log(lam / (2 * pi)) - lam / 2 * _squares(W, b, cfg)


def _squares(W: Floats, b: Floats, cfg: Config) -> float:
    """‖W‖²_F + ‖b‖², the b of a model without biases being 0."""
    return charges(W, b, None, cfg.ridge(0.0))


@equation(
    r"p(r_{ij} \mid w_i, u_j) = \frac{1}{\sqrt{2\pi}\,\sigma}\, e^{-(r_{ij} - \hat r_{ij})^2 / 2\sigma^2}", notes="11"
)
def density(r: Floats, mean: float, sigma: float) -> Floats:
    """N(r; r̂, σ²): how probable a rating of r is, per star (notes §11). r: any shape, in stars."""
    found: Floats = np.exp(-((np.asarray(r, np.float64) - mean) ** 2) / (2 * sigma**2)) / (np.sqrt(2 * np.pi) * sigma)
    return found


@equation(r"\log p(W, U \mid R) = \log p(R \mid W, U) + \log p(W) + \log p(U) - \log p(R)", notes="11")
def log_posterior(s: State, R: Ratings, cfg: Config) -> float:
    """log p(R | W, U) + log p(W) + log p(U) (notes §11; E3), without − log p(R), which nothing here can change."""
    return log_likelihood(s, R, cfg) + log_prior(s, R, cfg)


def objective(s: State, R: Ratings, cfg: Config) -> float:
    """−`log_posterior`: what every block lowers, and with lam_prior = 0 minus the log-likelihood."""
    return -log_posterior(s, R, cfg)


@equation(
    r"w_i = \Big(\sum_{j\in\Psi_i} u_j u_j^\top + \lambda_W \sigma^2 I\Big)^{-1} \sum_{j\in\Psi_i} r_{ij}\, u_j",
    notes="11",
)
def update_W(s: State, R: Ratings, cfg: Config) -> State:
    """The highest point of the posterior in W: `als.update_W` at λ = λ_W σ² (notes §11; E5). Warns as it does."""
    top = als.update_W(s, R, cfg.ridge(s.lam_W * s.sigma**2))
    return replace(s, W=top.W, b=top.b)


def update_U(s: State, R: Ratings, cfg: Config) -> State:
    """u_j as w_i, with Ω_j for Ψ_i, at λ = λ_U σ²: items are the users of the transposed matrix."""
    return update_W(s.T, R.T, cfg).T


@equation(r"\sigma^2 = \frac{1}{|\Omega|}\sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2", notes="11")
def update_sigma(s: State, R: Ratings, cfg: Config) -> State:
    """σ² = mean of (r_ij − r̂_ij)², where ∂ log p/∂σ is 0 (notes §11): σ is the training RMSE.

    No smaller than a millionth of the ratings' size: an exact fit would be infinitely likely at σ = 0.
    """
    mean = als.squared_error(s, R, cfg.ridge(0.0)) / max(R.n, 1)
    return replace(s, sigma=max(float(np.sqrt(mean)), least_sigma(R)))


@equation(r"\lambda = \frac{(N + M)\,k}{\|W\|_F^2 + \|U\|_F^2}", notes="11")
def update_lam(s: State, R: Ratings, cfg: Config) -> State:
    """λ_W = λ_U = (N + M)k/(‖W‖²_F + ‖U‖²_F), where ∂ log p/∂λ is 0 (notes §11; E4).

    One over the mean square of an entry. With the single factor λ of slip E4 the numerator would be 2.
    """
    squares = _squares(s.W, s.b, cfg) + _squares(s.U, s.c, cfg)
    lam = _precision((len(s.W) + len(s.U)) * cfg.width, squares)
    return replace(s, lam_W=lam, lam_U=lam)


@equation(r"\lambda_W = \frac{Nk}{\|W\|_F^2}, \qquad \lambda_U = \frac{Mk}{\|U\|_F^2}", notes="11")
def update_lams(s: State, R: Ratings, cfg: Config) -> State:
    """λ_W = Nk/‖W‖²_F and λ_U = Mk/‖U‖²_F, each where its own slope is 0 (notes §11; E4).

    With the vectors free as well there is no end to it unless N = M: (aW, U/a, λ_W/a², λ_U a²) fits the ratings as
    well for every a, and changes the log posterior by (M − N)k log a.
    """
    lam_W = _precision(len(s.W) * cfg.width, _squares(s.W, s.b, cfg))
    return replace(s, lam_W=lam_W, lam_U=_precision(len(s.U) * cfg.width, _squares(s.U, s.c, cfg)))


def _precision(numbers: int, squares: float) -> float:
    """Numbers over their squares; held where vectors of 0 would make it infinite."""
    return numbers / max(squares, numbers * 1e-12)


def least_sigma(R: Ratings) -> float:
    """The least σ that a fit is taken to have, in stars: a millionth of the largest rating. At 0 densities end."""
    return 1e-6 * max(float(np.abs(R.r).max(initial=0.0)), 1e-6)


def scales(cfg: Config) -> tuple[Callable[[State, Ratings, Config], State], ...]:
    """The updates of what `cfg` leaves to be learnt besides vectors and biases."""
    sigma = (update_sigma,) if cfg.sigma is None else ()
    lam = () if cfg.lam_prior is not None else (update_lam if cfg.tied else update_lams,)
    return sigma + lam


def blocks(cfg: Config) -> tuple[Callable[[State, Ratings, Config], State], ...]:
    """The updates of one sweep in their order; each finds the top of the posterior in its block, so it never falls."""
    return update_W, update_U, *scales(cfg)


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One pass over all blocks. Nothing is drawn."""
    for update in blocks(cfg):
        s = update(s, R, cfg)
    return replace(s, t=s.t + 1)


def predict(s: State, i: Any, j: Any) -> Floats:
    """r̂_ij, the mean of N(r̂_ij, σ²), for pairs of row numbers i, j of equal shape: `als.predict`."""
    return als.predict(s, i, j)


@equation(
    r"-2\sigma^2 \log p(W, U \mid R) - J = |\Omega|\,\sigma^2 \log 2\pi\sigma^2"
    r" - (N + M)\,k\,\sigma^2 \log\frac{\lambda_{\text{prior}}}{2\pi} + \text{const}",
    notes="9, 11",
)
def apart(s: State, R: Ratings, cfg: Config) -> float:
    """What −2σ² `log_posterior` has more than ridge's J at λ = λ_prior σ², in stars² (notes §9, 11; E4, E5).

    Neither W nor U is in it: two objectives a constant apart have the same minimiser. The const of the equation is
    2σ² log p(R), which `log_posterior` leaves out.
    """
    rows = sum(len(X) * log(lam / (2 * pi)) for X, lam in ((s.W, s.lam_W), (s.U, s.lam_U)) if lam)
    return s.sigma**2 * (R.n * log(2 * pi * s.sigma**2) - cfg.width * rows)
