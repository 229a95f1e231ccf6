"""Bayesian matrix factorization (notes §12): everything is a random variable, and a fit is a chain of draws.

    r_ij ~ N(w_iᵀu_j + b_i + c_j + μ, 1/α)
    x_i = [w_i, b_i] ~ N(m, Λ⁻¹), [u_j, c_j] ~ N(m′, Λ′⁻¹), (m, Λ) and (m′, Λ′) ~ Normal–Wishart, α ~ Gamma

A sweep of Gibbs sampling draws each block given the others and the ratings. The States of `run.steps` are then draws
from the posterior, neighbours alike; the first ones still tell of the start. How many to leave out there (burn-in)
and which to use (thinning) is the caller's:

    s = fit(bpmf, train, cfg, T=20)                                             # burn-in
    s = fit(bpmf, train, cfg, T=200, start=bpmf.watch(s, test.i, test.j))       # each draw adds to s.seen
    s.seen.mean, s.seen.interval(0.8)
    s = fit(bpmf, train, cfg, T=200, start=bpmf.watch(s, test.i, test.j, every=5))   # every fifth does

Source: Salakhutdinov and Mnih (2008), Bayesian probabilistic matrix factorization using Markov chain Monte Carlo;
biases as a coordinate more, and α drawn as well.
"""

from dataclasses import dataclass, replace
from math import lgamma, log, pi, sqrt
from numbers import Integral, Real
from typing import Any, Literal

import numpy as np

from mfcore import als, kernels
from mfcore.kernels.draws import draw_rows
from mfcore.notation import equation
from mfcore.predictive import Predictive
from mfcore.ratings import Floats, Ints, Ratings

# Weak opinions about the priors: m ~ N(0, (β₀Λ)⁻¹) and Λ ~ Wishart(I, ν₀ = d), as published; α ~ Gamma(a, rate a).
BETA0, A0 = 2.0, 1.0


@dataclass(frozen=True, slots=True)
class Config:
    """What is drawn and how.

    k: latent dimensionality, ≥ 1.  alpha: the precision of a rating, 1/σ², > 0; None draws it with the rest.
    dtype: of W, U, b and c.  kernel: "numpy", "numba", or "auto", as in `als.Config`.

    Raises ValueError on a value outside these.
    """

    k: int = 10
    alpha: float | None = None
    dtype: Literal["float32", "float64"] = "float64"
    kernel: kernels.Form = "auto"

    def __post_init__(self) -> None:
        self.start()  # which refuses a k, dtype or kernel that cannot be meant
        if self.alpha is not None and not (isinstance(self.alpha, Real) and 0 < self.alpha < np.inf):
            raise ValueError(f"alpha is a finite number > 0, or None, not {self.alpha!r}")

    def start(self) -> als.Config:
        """ALS with the same k, dtype and kernel: a chain starts where it does."""
        return als.Config(k=self.k, joint=True, dtype=self.dtype, kernel=self.kernel)


@dataclass(frozen=True, slots=True, eq=False)
class Prior:
    """N(m, Λ⁻¹) of the rows [w_i, b_i]: m (d,), Lam (d, d), d = k + 1. In float64."""

    m: Floats
    Lam: Floats


@dataclass(frozen=True, slots=True, eq=False)
class State:
    """The draw of sweep t: W (N, k), U (M, k), b (N,), c (M,), mu (not drawn: the mean of R), alpha = 1/σ².

    prior_W, prior_U: the priors as drawn, of the rows [w_i, b_i] and [u_j, c_j].
    squared_error: Σ_Ω (r_ij − r̂_ij)² of this draw.
    seen: what the draws since `watch` say of the pairs watched; None where none are.  every: which of them count,
    those of the sweeps t that it divides.
    """

    t: int
    W: Floats
    U: Floats
    b: Floats
    c: Floats
    mu: float
    alpha: float
    prior_W: Prior
    prior_U: Prior
    squared_error: float
    seen: Predictive | None = None
    every: int = 1

    @property
    def T(self) -> "State":
        """The State of the transposed problem: users and items change places. Shares all memory."""
        return replace(self, W=self.U, U=self.W, b=self.c, c=self.b, prior_W=self.prior_U, prior_U=self.prior_W)


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: W and U with entries N(0, 1/k), b = c = 0, priors N(0, I), and σ² the variance of the ratings."""

    start, prior = als.init(R, cfg.start(), rng), Prior(np.zeros(cfg.k + 1), np.eye(cfg.k + 1))
    alpha = cfg.alpha or 1 / max(float(R.r.var(dtype=np.float64)), 1e-6)
    s = State(0, start.W, start.U, start.b, start.c, start.mu, float(alpha), prior, prior, 0.0)
    return replace(s, squared_error=squared_error(s, R, cfg))


@equation(
    r"\begin{aligned} \Lambda &\sim \mathcal W\big(W_*, \nu_0 + N\big), \quad"
    r" m \sim \mathcal N\big(\tfrac{N\bar x}{\beta_0 + N}, ((\beta_0 + N)\Lambda)^{-1}\big) \\"
    r" W_*^{-1} &= I + \textstyle\sum_i (x_i - \bar x)(x_i - \bar x)^\top"
    r" + \tfrac{\beta_0 N}{\beta_0 + N}\,\bar x \bar x^\top \end{aligned}",
    notes="12",
)
def update_prior_W(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """Λ ~ Wishart(W*, ν₀ + N), m ~ N(N x̄/(β₀ + N), ((β₀ + N)Λ)⁻¹), given all x_i = [w_i, b_i] (notes §12).

    W*⁻¹ = I + Σ (x_i − x̄)(x_i − x̄)ᵀ + β₀N/(β₀ + N) x̄x̄ᵀ, with ν₀ = d.
    """
    N, d = R.N, cfg.k + 1
    X = np.empty((N, d))
    X[:, :-1], X[:, -1] = s.W, s.b
    mean = X.mean(axis=0)
    X -= mean
    inverse_scale = np.eye(d) + X.T @ X + BETA0 * N / (BETA0 + N) * np.outer(mean, mean)
    F = wishart_factor(inverse_scale, d + N, rng)
    m = N * mean / (BETA0 + N) + np.linalg.solve(F.T, rng.standard_normal(d)) / np.sqrt(BETA0 + N)
    return replace(s, prior_W=Prior(m, F @ F.T))


def wishart_factor(inverse_scale: Floats, nu: float, rng: np.random.Generator) -> Floats:
    """F (d, d) with FFᵀ ~ Wishart(inverse_scale⁻¹, ν), ν ≥ d: Bartlett's decomposition.

    With inverse_scale = CCᵀ: F = C⁻ᵀA, A lower triangular, A_qq² ~ χ²(ν − q), A_pq ~ N(0, 1) below the diagonal.
    """
    d = len(inverse_scale)
    A = np.tril(rng.standard_normal((d, d)), -1)
    np.fill_diagonal(A, np.sqrt(rng.chisquare(nu - np.arange(d))))
    F: Floats = np.linalg.solve(np.linalg.cholesky(inverse_scale).T, A)
    return F


@equation(
    r"\begin{aligned} \begin{bmatrix} w_i \\ b_i \end{bmatrix} &\sim \mathcal N\big(A_i^{-1} v_i,\, A_i^{-1}\big),"
    r" \qquad z_j = \begin{bmatrix} u_j \\ 1 \end{bmatrix} \\"
    r" A_i &= \alpha \sum_{j\in\Psi_i} z_j z_j^\top + \Lambda, \quad"
    r" v_i = \alpha \sum_{j\in\Psi_i} (r_{ij} - c_j - \mu)\, z_j + \Lambda m \end{aligned}",
    notes="12",
)
def update_W(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """[w_i, b_i] ~ N(A_i⁻¹v_i, A_i⁻¹) for every user i (notes §12).

    A_i = α Σ_Ψi z_j z_jᵀ + Λ, v_i = α Σ_Ψi (r_ij − c_j − μ) z_j + Λm, z_j = [u_j, 1]. With m = 0 and Λ = λI the mean
    is als's joint update at λ/α (E5).
    """
    noise = rng.standard_normal((R.N, cfg.k + 1), cfg.dtype)
    noise /= sqrt(s.alpha)
    Q, h = s.prior_W.Lam / s.alpha, s.prior_W.Lam @ s.prior_W.m / s.alpha  # both sides divided by α
    X, missed = draw_rows(R, s.U, s.c, s.mu, Q, h, noise, cfg.kernel)
    return replace(s, W=X[:, :-1], b=X[:, -1], squared_error=missed)


def update_prior_U(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """The items' m and Λ as the users': items are the users of the transposed matrix (notes §12)."""
    return update_prior_W(s.T, R.T, cfg, rng).T


def update_U(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """[u_j, c_j] as [w_i, b_i], with Ω_j for Ψ_i (notes §12)."""
    return update_W(s.T, R.T, cfg, rng).T


@equation(
    r"\alpha \sim \mathrm{Gamma}\Big(a + \tfrac12|\Omega|,\; a + \tfrac12"
    r"\sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2\Big)",
    notes="12",
)
def update_alpha(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """α ~ Gamma(a + |Ω|/2, rate a + Σ_Ω (r_ij − r̂_ij)²/2), the sum as the last update of rows left it (notes §12)."""
    if cfg.alpha is not None:
        return s
    return replace(s, alpha=float(rng.gamma(A0 + R.n / 2, 1 / (A0 + s.squared_error / 2))))


BLOCKS = (update_prior_W, update_W, update_prior_U, update_U, update_alpha)


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One draw of every block given the others; what is watched has then been seen once more."""
    for update in BLOCKS:
        s = update(s, R, cfg, rng)
    s = replace(s, t=s.t + 1)
    if s.seen is None or s.t % s.every:
        return s
    return replace(s, seen=s.seen.add(predict(s, s.seen.i, s.seen.j), s.alpha))


def watch(s: State, i: Ints, j: Ints, every: int = 1) -> State:
    """The same draw; from here on sweeps add what they predict for the pairs (i, j) to `s.seen`, begun anew. (n,) each.

    every: a sweep adds its draw if it divides t. Thinned draws say a little less than all of them, but each costs a
    look at all n pairs, and neighbours are alike.  Raises ValueError unless it is a whole number from 1 on.
    """
    if not isinstance(every, Integral) or every < 1:
        raise ValueError(f"every is a whole number from 1 on, not {every!r}")
    return replace(s, seen=Predictive.of(i, j), every=int(every))


@equation(r"\hat r_{ij} = w_i^\top u_j + b_i + c_j + \mu", notes="2, 7")
def predict(s: State, i: Any, j: Any) -> Floats:
    """r̂_ij of this one draw, for pairs of row numbers i, j of equal shape; the posterior's mean is `s.seen.mean`."""
    return kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, i, j)


def squared_error(s: State, R: Ratings, cfg: Config) -> float:
    """Σ_Ω (r_ij − r̂_ij)², accumulated in float64: what `s.squared_error` holds, looked up anew."""
    return kernels.squared_error(R, s.W, s.U, s.b, s.c, s.mu, cfg)


def objective(s: State, R: Ratings, cfg: Config) -> float:
    """−log p(R, W, U, b, c, m, Λ, m′, Λ′, α), all constants in it (notes §12). A chain wanders: it need not fall."""
    likelihood = (R.n * log(s.alpha / (2 * pi)) - s.alpha * squared_error(s, R, cfg)) / 2
    of_alpha = 0.0 if cfg.alpha else A0 * log(A0) - lgamma(A0) + (A0 - 1) * log(s.alpha) - A0 * s.alpha
    return -float(likelihood + of_alpha + _log_rows(s.W, s.b, s.prior_W) + _log_rows(s.U, s.c, s.prior_U))


def _log_rows(W: Floats, b: Floats, prior: Prior) -> float:
    """log p of all rows [w_i, b_i] given m and Λ, and of m and Λ."""
    X = np.column_stack([W, b]).astype(np.float64, copy=False) - prior.m
    N, d = X.shape
    m, Lam, half_log_det = prior.m, prior.Lam, np.linalg.slogdet(prior.Lam)[1] / 2
    rows = N * (half_log_det - d / 2 * log(2 * pi)) - np.einsum("nd,nd->", X, X @ Lam) / 2
    of_m = half_log_det + d / 2 * log(BETA0 / (2 * pi)) - BETA0 / 2 * m @ Lam @ m
    log_gamma_d = d * (d - 1) / 4 * log(pi) + sum(lgamma((d - q) / 2) for q in range(d))
    of_Lam = -half_log_det - np.trace(Lam) / 2 - d * d / 2 * log(2) - log_gamma_d
    return float(rows + of_m + of_Lam)
