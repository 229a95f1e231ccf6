"""From one rating's Gaussian to ridge regression (notes §11; E3–E5), every line on the numbers in view."""

from dataclasses import dataclass, replace
from math import exp, log, pi, sqrt

import numpy as np

from mfcore import Ratings, als, ascent, pmf
from mfcore.ratings import Floats
from mfview.derivations.step import Sides, Step

FACTORS = 6  # of the product, which of all ratings is too small a number for a float
H = 0.125  # of central differences, which are exact for a quadratic


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """Ratings, the parameters in view, and another set of parameters to compare them with; one user's row i.

    Without biases, and λ_W = λ_U > 0, as the notes have it.
    """

    R: Ratings
    s: pmf.State
    other: pmf.State
    cfg: pmf.Config
    i: int

    @property
    def ridge(self) -> als.Config:
        """λ_ridge = λ_prior σ² (E5)."""
        return self.cfg.ridge(self.s.lam_W * self.s.sigma**2)

    @property
    def errors(self) -> list[float]:
        """r_ij − r̂_ij, sum by sum."""
        s = self.s
        return [
            float(r) - sum(float(a * b) for a, b in zip(s.W[i], s.U[j], strict=True))
            for i, j, r in zip(self.R.i, self.R.j, self.R.r, strict=True)
        ]


def at(s: pmf.State, R: Ratings, cfg: pmf.Config, i: int) -> At:
    """The parameters of `s` with fixed σ and λ; what they are compared with is drawn beside them."""
    rng = np.random.default_rng(0)
    beside = {name: getattr(s, name) + rng.standard_normal(getattr(s, name).shape) for name in ("W", "U")}
    return At(R, s, replace(s, **beside), cfg, i)


def _product(at: At) -> Sides:
    few, variance = at.errors[:FACTORS], at.s.sigma**2
    product = float(np.prod([exp(-(e**2) / (2 * variance)) / sqrt(2 * pi * variance) for e in few]))
    formula = (2 * pi * variance) ** (-len(few) / 2) * exp(-sum(e**2 for e in few) / (2 * variance))
    return Sides(product, formula, f"the densities of {len(few)} ratings multiplied, and one exponential of a sum")


def _log_likelihood(at: At) -> Sides:
    summed = sum(-log(sqrt(2 * pi) * at.s.sigma) - e**2 / (2 * at.s.sigma**2) for e in at.errors)
    return Sides(pmf.log_likelihood(at.s, at.R, at.cfg), summed, "by the library, and rating by rating")


def _maximum_likelihood(at: At) -> Sides:
    gain = pmf.log_likelihood(at.other, at.R, at.cfg) - pmf.log_likelihood(at.s, at.R, at.cfg)
    none = at.cfg.ridge(0.0)
    fall = als.squared_error(at.s, at.R, none) - als.squared_error(at.other, at.R, none)
    compared = "how the log-likelihood changes between two places, and the squared errors"
    return Sides(gain, fall / (2 * at.s.sigma**2), compared, scale=abs(pmf.log_likelihood(at.s, at.R, at.cfg)))


def _prior(at: At) -> Sides:
    lam = at.s.lam_W
    entries = [*np.ravel(at.s.W), *np.ravel(at.s.U)]
    summed = sum(log(sqrt(lam / (2 * pi))) - lam / 2 * float(x) ** 2 for x in entries)
    compared = f"the library's log-prior, and {len(entries)} one-dimensional densities, entry by entry"
    return Sides(pmf.log_prior(at.s, at.R, at.cfg), summed, compared, scale=float(len(entries)))


def _posterior(at: At) -> Sides:
    gain = pmf.log_posterior(at.other, at.R, at.cfg) - pmf.log_posterior(at.s, at.R, at.cfg)
    parts = sum(f(at.other, at.R, at.cfg) - f(at.s, at.R, at.cfg) for f in (pmf.log_likelihood, pmf.log_prior))
    compared = "how the log posterior changes between two places, and its two parts: log p(R) is the same at both"
    return Sides(gain, parts, compared)


def _written_out(at: At) -> Sides:
    s, R, k = at.s, at.R, at.cfg.k
    likelihood = -R.n / 2 * log(2 * pi * s.sigma**2) - sum(e**2 for e in at.errors) / (2 * s.sigma**2)
    lengths = float(np.sum(s.W**2) + np.sum(s.U**2))
    prior = (R.N + R.M) * k / 2 * log(s.lam_W / (2 * pi)) - s.lam_W / 2 * lengths
    return Sides(pmf.log_posterior(s, R, at.cfg), likelihood + prior, "by the library, and term by term")


def _turned(at: At) -> Sides:
    s = at.s
    lengths = float(np.sum(s.W**2) + np.sum(s.U**2))
    right = sum(e**2 for e in at.errors) + s.lam_W * s.sigma**2 * lengths + pmf.apart(s, at.R, at.cfg)
    return Sides(2 * s.sigma**2 * pmf.objective(s, at.R, at.cfg), right, "−2σ² log p, and its terms")


def _ridge(at: At) -> Sides:
    s = at.s
    left = 2 * s.sigma**2 * pmf.objective(s, at.R, at.cfg) - pmf.apart(s, at.R, at.cfg)
    return Sides(left, als.objective(s, at.R, at.ridge), "−2σ² log p less its constant, and chapter 5's J")


def _constant(at: At) -> Sides:
    gaps = [
        2 * at.s.sigma**2 * pmf.objective(s, at.R, at.cfg) - als.objective(s, at.R, at.ridge) for s in (at.s, at.other)
    ]
    size = als.objective(at.other, at.R, at.ridge)
    return Sides(gaps[0], gaps[1], "the difference of the two objectives at two places", scale=size)


def _slopes(at: At) -> Sides:
    s, i = at.s, at.i

    def J(w: Floats) -> float:
        W = s.W.copy()
        W[i] = w
        return als.objective(replace(s, W=W), at.R, at.ridge)

    steps = H * np.eye(at.cfg.k)
    by_differences = np.array([(J(s.W[i] + h) - J(s.W[i] - h)) / (2 * H) for h in steps])
    g = ascent.gradient(s, at.R, at.cfg).W[i]
    compared = "the gradient of the log posterior, and slopes of J by finite differences over −2σ²"
    scale = float(als.objective(s, at.R, at.ridge)) / s.sigma**2
    return Sides(g, -by_differences / (2 * s.sigma**2), compared, scale=scale)


def _solved(at: At) -> Sides:
    top = pmf.update_W(at.s, at.R, at.cfg).W[at.i]
    return Sides(top, als.row(at.s, at.R, at.ridge, at.i).x, "the peak of the posterior in w, and ridge's solution")


def _highest(at: At) -> Sides:
    top = pmf.update_W(at.s, at.R, at.cfg)
    rng = np.random.default_rng(1)
    others = [replace(top, W=top.W + size * rng.standard_normal(top.W.shape)) for size in (0.01, 0.1, 1.0) * 10]
    best = max(pmf.log_posterior(s, at.R, at.cfg) for s in others)
    height = pmf.log_posterior(top, at.R, at.cfg)
    return Sides(best, height, f"the highest of {len(others)} other places, and the peak", "≤", tolerance=1e-12)


LINES: tuple[Step[At], ...] = (
    Step(
        "Likelihood",
        r"p(R \mid W, U) = \prod_{(i,j)\in\Omega} \frac{1}{\sqrt{2\pi\sigma^2}}\,"
        r" e^{-(r_{ij} - w_i^\top u_j)^2 / 2\sigma^2}",
        "Each rating is drawn around its prediction, independently of the others, so densities multiply; and a product "
        "of exponentials is the exponential of a sum.",
        _product,
    ),
    Step(
        "Its logarithm",
        r"\begin{aligned} \log p(R \mid W, U) = {} & -\tfrac{|\Omega|}{2} \log 2\pi\sigma^2 \\"
        r" & {} - \tfrac{1}{2\sigma^2} \textstyle\sum_\Omega (r_{ij} - w_i^\top u_j)^2 \end{aligned}",
        "A logarithm turns products into sums and moves no peak. The product of all ratings would be too small a "
        "number for a computer; its logarithm is not.",
        _log_likelihood,
    ),
    Step(
        "Maximum likelihood is least squares",
        r"\log p(R \mid W, U) = \text{const} - \tfrac{1}{2\sigma^2} \textstyle\sum_\Omega (r_{ij} - w_i^\top u_j)^2",
        "Only the sum of squares has $W$ and $U$ in it: highest likelihood, least squares. $\\sigma$ does not change "
        "where.",
        _maximum_likelihood,
    ),
    Step(
        "Priors",
        r"\begin{aligned} p(W)\,p(U) = {} & \big(\tfrac{\lambda}{2\pi}\big)^{Nk/2} e^{-\lambda\|W\|_F^2/2} \\"
        r" & {} \cdot \big(\tfrac{\lambda}{2\pi}\big)^{Mk/2} e^{-\lambda\|U\|_F^2/2} \end{aligned}",
        "$\\sqrt{\\lambda/2\\pi}$ for each of the $Nk$ entries of $W$ and the $Mk$ of $U$. The notes write it once, "
        "and as $\\lambda/\\sqrt{2\\pi}$ (E4). The peak is not affected; learning $\\lambda$ is.",
        _prior,
    ),
    Step(
        "Bayes: maximum a posteriori",
        r"p(W, U \mid R) = \frac{p(R \mid W, U)\,p(W)\,p(U)}{p(R)}",
        "Its peak is called MAP. The notes call this line MLE (E3), which is the peak of the likelihood alone. $p(R)$ "
        "holds no $W$ and no $U$.",
        _posterior,
    ),
    Step(
        "Written out",
        r"\begin{aligned} & \log p(W, U \mid R) = -\tfrac{|\Omega|}{2} \log 2\pi\sigma^2 \\"
        r" & \quad {} - \tfrac{1}{2\sigma^2} \textstyle\sum_\Omega (r_{ij} - w_i^\top u_j)^2 \\"
        r" & \quad {} + \tfrac{(N+M)k}{2} \log \tfrac{\lambda}{2\pi} \\"
        r" & \quad {} - \tfrac{\lambda}{2}\big(\|W\|_F^2 + \|U\|_F^2\big) - \log p(R) \end{aligned}",
        "The logarithms of the lines above, added. From here on $\\log p(R)$ is left out.",
        _written_out,
    ),
    Step(
        "Times −2σ²",
        r"\begin{aligned} -2\sigma^2 \log p = {} & \textstyle\sum_\Omega (r_{ij} - w_i^\top u_j)^2 \\"
        r" & {} + \lambda\sigma^2\big(\|W\|_F^2 + \|U\|_F^2\big) + \text{const} \end{aligned}",
        "A negative factor turns the highest point into the lowest. The errors lose their $1/2\\sigma^2$, and the "
        "lengths, which had $\\lambda/2$, are left with $\\lambda\\sigma^2$.",
        _turned,
    ),
    Step(
        "That is ridge",
        r"-2\sigma^2 \log p = J + \text{const}, \qquad \lambda_{\text{ridge}} = \lambda_{\text{prior}}\,\sigma^2",
        "Chapter 5's objective, with the same letter for another number (E5): a precision has the unit 1 over stars, "
        "what ridge charges has stars; σ² lies between them.",
        _ridge,
    ),
    Step(
        "The constant is constant",
        r"-2\sigma^2 \log p - J \quad\text{is the same at every } W, U",
        "It is $|\\Omega|\\sigma^2 \\log 2\\pi\\sigma^2 - (N + M)k\\,\\sigma^2 \\log(\\lambda/2\\pi)$, and holds "
        "neither $W$ nor $U$.",
        _constant,
    ),
    Step(
        "The same slopes",
        r"\frac{\partial \log p}{\partial w_i} = \frac{1}{\sigma^2} \sum_{j\in\Psi_i} (r_{ij} - w_i^\top u_j)\,u_j"
        r" - \lambda w_i = -\frac{1}{2\sigma^2} \frac{\partial J}{\partial w_i}",
        "What gradient ascent steps along is what gradient descent on $J$ steps along, backwards and scaled.",
        _slopes,
    ),
    Step(
        "The same solution",
        r"w_i = \Big(\sum_{j\in\Psi_i} u_j u_j^\top + \lambda\sigma^2 I\Big)^{-1} \sum_{j\in\Psi_i} r_{ij}\,u_j",
        "Set either slope to zero.",
        _solved,
    ),
    Step(
        "A maximum",
        r"\begin{aligned} \log p(W + D, U \mid R) & \le \log p(W, U \mid R) \\"
        r" & \text{for every } D \end{aligned}",
        "The log posterior bends down in every direction of $W$, so where it is flat it is highest.",
        _highest,
    ),
)
