"""Folding in (notes §3, 4, 6–9, 12): a newcomer's vector, the shares of their ratings, and what is not known of them.

x is [w, b], z_j is [u_j, 1]; without biases w and u_j. Each side goes a route of its own, as in `regression`.
"""

from dataclasses import dataclass, replace
from functools import cached_property

import numpy as np

from mfcore import Ratings, als, fold_in
from mfcore.fold_in import Folded
from mfcore.ratings import Floats
from mfview.derivations import regression
from mfview.derivations.regression import Regression
from mfview.derivations.step import Sides, Step

VECTOR, SHARES, DOUBT = "Your vector", "The shares", "How sure"
PARTS = (VECTOR, SHARES, DOUBT)


@dataclass(frozen=True, eq=False)
class At(Regression):
    """A newcomer's x among all of J, a film j to predict, a place n among what they rated, and σ.

    R: the ratings of everybody else.
    """

    f: Folded
    R: Ratings
    j: int
    n: int
    sigma: float

    @property
    def z(self) -> Floats:
        """z_j of the film to predict."""
        z: Floats = fold_in.directions(self.f, [self.j])[0]
        return z

    @property
    def rest(self) -> Folded:
        """Without rating n."""
        return fold_in.without(self.f, self.n)

    @cached_property
    def joint(self) -> tuple[Floats, Floats]:
        """The covariance of x, and of the rating of film j, given the ratings, from one Gaussian of them all."""
        d, n = len(self.x), len(self.y)
        prior = self.sigma**2 / self.lam * np.eye(d)
        up = np.vstack([np.eye(d), self.z[None], self.Z])
        noise = np.diag([0.0] * d + [self.sigma**2] * (n + 1))
        whole = up @ prior @ up.T + noise
        gain = np.linalg.solve(whole[d + 1 :, d + 1 :], whole[d + 1 :, : d + 1]).T
        cov = whole[: d + 1, : d + 1] - gain @ whole[d + 1 :, : d + 1]
        return cov[:d, :d], cov[d, d]


def at(f: Folded, R: Ratings, j: int, n: int, sigma: float) -> At:
    """The newcomer f of a State trained on R, who rated something. f.lam > 0, and not weighted."""
    users = np.append(R.i, [R.N] * len(f.items))
    values = np.append(R.r.astype(np.float64), f.r)
    more = Ratings.from_codes(users, np.append(R.j, f.items), values, np.arange(R.N + 1), R.item_ids)

    def J(x: Floats) -> float:
        return als.objective(_appended(f, x), more, f.cfg)

    return At(f.Z, f.y, f.row.x, f.lam, f.row, J, f, R, j, n, sigma, share="your share of J")


def _appended(f: Folded, x: Floats) -> als.State:
    """The State with a row more, which holds x."""
    k = f.cfg.k
    return replace(f.s, W=np.vstack([f.s.W, x[:k]]), b=np.append(f.s.b, x[k] if f.cfg.biases else 0.0))


def of(part: str) -> tuple[Step[At], ...]:
    """The lines of one of PARTS. Raises LookupError on another."""
    return {VECTOR: _VECTOR, SHARES: _SHARES, DOUBT: _DOUBT}[part]


def _prediction(at: At) -> Sides:
    every = np.arange(len(at.f.s.U))
    trained = als.predict(_appended(at.f, at.x), np.full(len(every), at.R.N), every)
    compared = "all films: folded in, and as the model predicts for one user more"
    return Sides(fold_in.predict(at.f, every), trained, compared)


def _inserted(at: At) -> Sides:
    right = float(at.z @ np.linalg.solve(at.solved.A, at.Z.T @ at.y))
    return Sides(float(at.z @ at.x), right, "what your vector adds to this film, and the solution put in", scale=0.01)


def _summed(at: At) -> Sides:
    shares = [float(at.z @ np.linalg.solve(at.solved.A, z)) * y for z, y in zip(at.Z, at.y, strict=True)]
    r = fold_in.predict(at.f, [at.j])[0] - at.f.s.mu - at.f.s.c[at.j]
    return Sides(float(r), sum(shares), "r̂ − μ − c, and the shares one by one", scale=0.01)


def _slope(at: At) -> Sides:
    more = [fold_in.fold(at.f.s, at.f.items, at.f.r + one, at.f.cfg) for one in np.eye(len(at.y))]
    left = [float((fold_in.predict(other, [at.j]) - fold_in.predict(at.f, [at.j]))[0]) for other in more]
    right = np.array([float(at.z @ np.linalg.solve(at.solved.A, z)) for z in at.Z])
    return Sides(np.array(left), right, "r̂ after a star more for each film, folded in anew, and the factor", scale=0.01)


def _system_without(at: At) -> Sides:
    z, rest = at.Z[at.n], at.rest
    right = at.solved.v - (at.y[at.n] - z @ rest.row.x) * z
    return Sides(at.solved.A @ rest.row.x, right, "the vector solved from the others, put in", scale=at.size(at.x))


def _removed(at: At) -> Sides:
    rest, z = at.rest, at.Z[at.n]
    left = (fold_in.predict(at.f, [at.j]) - fold_in.predict(rest, [at.j]))[0]
    right = at.z @ np.linalg.solve(at.solved.A, z) * (at.y[at.n] - z @ rest.row.x)
    return Sides(float(left), float(right), "r̂ solved anew without the rating, and the formula", scale=0.01)


def _map(at: At) -> Sides:
    def log_density(x: Floats) -> float:
        spread = at.sigma / at.lam**0.5
        likely = sum(-0.5 * ((y - x @ z) / at.sigma) ** 2 for y, z in zip(at.y, at.Z, strict=True))
        return float(likely - 0.5 * sum((entry / spread) ** 2 for entry in x))

    left = log_density(at.x) - log_density(at.moved)
    right = float(at.loss(at.moved) - at.loss(at.x)) / (2 * at.sigma**2)
    return Sides(left, right, "by how much the logarithm falls when 1 is added to each entry", scale=1e-3)


def _curvature(at: At) -> Sides:
    d = len(at.x)
    h = regression.H * np.eye(d)
    L = at.loss
    left = [[L(h[a] + h[b]) - L(h[a] - h[b]) - L(h[b] - h[a]) + L(-h[a] - h[b]) for b in range(d)] for a in range(d)]
    curved = np.array(left) / (4 * regression.H**2) / (2 * at.sigma**2)
    rounding = 1e-9 * float(at.loss(np.ones(d))) / at.sigma**2
    compared = "curvature of −log p by finite differences, and the formula"
    return Sides(curved, at.solved.A / at.sigma**2, compared, scale=rounding / 1e-8)


def _covariance(at: At) -> Sides:
    compared = "σ²A⁻¹, and one Gaussian of x and all ratings, given the ratings"
    return Sides(fold_in.covariance(at.f, at.sigma), at.joint[0], compared)


def _variance(at: At) -> Sides:
    spread = fold_in.predictive(at.f, [at.j], at.sigma).spread[0]
    return Sides(float(spread**2), float(at.joint[1]), "a rating's variance, and the same Gaussian's")


def _inverse(at: At) -> Sides:
    A, z, eye = at.solved.A, at.z, np.eye(len(at.x))
    left = np.linalg.solve(A + np.outer(z, z), eye)
    over, inverse = np.linalg.solve(A, z), np.linalg.solve(A, eye)
    return Sides(left, inverse - np.outer(over, over) / (1 + z @ over), "the inverse anew, and the old one corrected")


def _fall(at: At) -> Sides:
    """Of the doubt about the film itself, which is rated with μ: any rating does."""
    if at.j in at.f.items:
        before = at.z @ np.linalg.solve(at.solved.A, at.z)
        after = at.z @ np.linalg.solve(at.solved.A + np.outer(at.z, at.z), at.z)
        left = at.sigma**2 * float(before - after)
    else:
        more = fold_in.fold(at.f.s, [*at.f.items, at.j], [*at.f.r, at.f.s.mu], at.f.cfg)
        both = [fold_in.predictive(g, [at.j], at.sigma).squares[0] for g in (at.f, more)]
        left = float(both[0] - both[1])
    right = float(fold_in.falls(at.f, [at.j], [at.j], at.sigma)[0])
    return Sides(left, right, "the variance of r̂ before and after, and the formula", scale=1e-3 * at.sigma**2)


_VECTOR: tuple[Step[At], ...] = (
    Step(
        "Yours alone",
        r"J = \sum_l (y_l - x^\top z_l)^2 + \lambda\|x\|^2 + \text{const}",
        "$U$, $c$ and $\\mu$ are held fixed, and nobody else's row has your $x$ in it. $y_l = r_l - c_l - \\mu$ is "
        "what you gave film $l$ above what everybody gives it.",
        regression.own_terms,
    ),
    Step(
        "Gradient",
        r"\frac{\partial J}{\partial x} = \sum_l 2\,(y_l - x^\top z_l)\,(-z_l) + 2\lambda x",
        "The chain rule, rating by rating. A square leaves twice itself.",
        regression.gradient,
    ),
    Step(
        "Set to zero",
        r"\sum_l 2\,(y_l - x^\top z_l)\,(-z_l) + 2\lambda x = 0",
        "$J$ opens upwards in $x$, so it is lowest where it is flat.",
        regression.zero,
    ),
    Step(
        "Rearranged",
        r"\sum_l (x^\top z_l)\,z_l + \lambda x = \sum_l y_l\,z_l",
        "Divide by 2 and move what has no $x$ to the right.",
        regression.rearranged,
    ),
    Step(
        "Normal equations",
        r"A\,x = \sum_l y_l\,z_l, \qquad A = \sum_l z_l z_l^\top + \lambda I",
        "$(x^\\top z)\\,z = z z^\\top x$, and $x$ leaves the sum.",
        regression.system,
    ),
    Step(
        "Solved",
        r"x = A^{-1} \sum_l y_l\,z_l",
        "One small system: nothing else of the model is touched, however many people it was trained on.",
        regression.solution,
    ),
    Step(
        "A minimum",
        r"J(x) \le J(x + d) \quad\text{for every } d",
        "$A$ bends up in every direction, by $\\lambda$ at least.",
        regression.minimum,
    ),
    Step(
        "Your predictions",
        r"\hat r_j = \mu + c_j + z_j^\top x",
        "You are one row more of $W$ and $b$: every film can be predicted now.",
        _prediction,
    ),
)

_SHARES: tuple[Step[At], ...] = (
    Step(
        "Put in",
        r"z_j^\top x = z_j^\top A^{-1} \sum_l y_l\,z_l",
        "What your vector and bias add to film $j$, with the solution in place of $x$.",
        _inserted,
    ),
    Step(
        "Drawn into the sum",
        r"\hat r_j - \mu - c_j = \sum_l \big(z_j^\top A^{-1} z_l\big)\,y_l",
        "A sum may be multiplied term by term. Each term belongs to one of your ratings: its share.",
        _summed,
    ),
    Step(
        "Linear",
        r"\frac{\partial \hat r_j}{\partial r_l} = z_j^\top A^{-1} z_l",
        "$A$ knows which films you rated, not how. So a star more for film $l$ always counts the same.",
        _slope,
    ),
    Step(
        "Without one of them",
        r"A\,x' = \sum_l y_l\,z_l - (y_n - x'^\top z_n)\,z_n",
        "$x'$ solves $(A - z_n z_n^\\top)\\,x' = \\sum_l y_l z_l - y_n z_n$. Move $z_n z_n^\\top x'$ to the right.",
        _system_without,
    ),
    Step(
        "What it changed",
        r"\hat r_j - \hat r_j' = \big(z_j^\top A^{-1} z_n\big)\,(y_n - x'^\top z_n)",
        "Multiply by $z_j^\\top A^{-1}$. In place of $y_n$ stands the surprise: what the others did not foresee of it.",
        _removed,
    ),
)

_DOUBT: tuple[Step[At], ...] = (
    Step(
        "Ridge as a density",
        r"\log p(x \mid r) = -\frac{1}{2\sigma^2}\Big(\sum_l (y_l - x^\top z_l)^2 + \lambda\|x\|^2\Big) + \text{const}",
        "A Gaussian for each rating, and before them a prior of variance $\\sigma^2/\\lambda$ for each entry of $x$ "
        "(§11; E5). Its top is the $x$ that you have.",
        _map,
    ),
    Step(
        "Curvature",
        r"-\frac{\partial^2 \log p}{\partial x\,\partial x^\top} = \frac{A}{\sigma^2}",
        "The logarithm is quadratic in $x$, so its curvature is the same everywhere.",
        _curvature,
    ),
    Step(
        "Covariance",
        r"\operatorname{Cov}(x) = \sigma^2 A^{-1}",
        "A Gaussian's covariance is the inverse of its curvature: sharply bent is well known.",
        _covariance,
    ),
    Step(
        "A rating's variance",
        r"\operatorname{Var}(r_j) = \sigma^2\,\big(1 + z_j^\top A^{-1} z_j\big)",
        "$\\hat r_j$ is a constant plus $z_j^\\top x$, and the noise comes on top.",
        _variance,
    ),
    Step(
        "One rating more",
        r"(A + z z^\top)^{-1} = A^{-1} - \frac{A^{-1} z\, z^\top A^{-1}}{1 + z^\top A^{-1} z}",
        "Sherman and Morrison. Multiply both sides by $A + z z^\\top$ to see it. Here $z$ is that of the film in view.",
        _inverse,
    ),
    Step(
        "What that takes away",
        r"\operatorname{Var}(\hat r_j) - \operatorname{Var}'(\hat r_j) ="
        r"\sigma^2\,\frac{(z_j^\top A^{-1} z)^2}{1 + z^\top A^{-1} z}",
        "$z_j^\\top$ from the left, $z_j$ from the right. No rating is in it, so it is known before you rate. "
        "Checked for the film in view as the one to rate.",
        _fall,
    ),
)
