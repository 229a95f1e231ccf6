"""Questions of chapter 7: what is likeliest, what a prior is worth, what must not be maximised (notes §11; E3–E5)."""

from functools import cache
from math import log, pi, sqrt

import numpy as np

from mfcore import Ratings, data, fit, growth, pmf, surface
from mfcore.data import planted
from mfcore.surface import Point
from mfview.question import Mistake, Question

ERRORS = (1.0, -1.0, 0.5, -0.5, 0.0)
LAM, SIGMA = 4.0, 0.5
N, M, K = 3, 5, 2
RATING, CHARGE = 4.0, 1.0


def _zeros(R: Ratings, k: int, sigma: float, lam: float) -> pmf.State:
    W, U = np.zeros((R.N, k)), np.zeros((R.M, k))
    return pmf.State(0, W, U, np.zeros(R.N), np.zeros(R.M), 0.0, sigma, lam, lam)


def _likeliest() -> float:
    """σ of five ratings whose predictions are all 0."""
    i = np.arange(len(ERRORS))
    R = Ratings.from_codes(np.zeros_like(i), i, np.array(ERRORS), i[:1], i)
    return pmf.update_sigma(_zeros(R, 1, 1.0, 1.0), R, pmf.Config(k=1)).sigma


def _ridge_lam() -> float:
    """The λ of the ridge regression that the closed form of W hands over."""
    s = _zeros(Ratings.from_arrays([0], [0], [1.0]), 1, SIGMA, LAM)
    return pmf.Config(k=1).ridge(s.lam_W * s.sigma**2).lam


def _power() -> float:
    """The power of λ_W/2π in p(W), from how the log-prior of W = U = 0 grows with λ_W."""
    i, j = (at.ravel() for at in np.indices((N, M)))
    R = Ratings.from_codes(i, j, np.ones(N * M), np.arange(N), np.arange(M))
    cfg = pmf.Config(k=K)
    once, twice = (pmf.log_prior(pmf.around(_zeros(R, K, 1.0, 1.0), 1.0, lam, 1.0), R, cfg) for lam in (1.0, 2.0))
    return round((twice - once) / log(2), 10)


@cache
def _split() -> float:
    """wu at the top of the posterior of one rating, k = 1, with λσ² = CHARGE."""
    top = surface.jumps(surface.product(RATING, 1.0, CHARGE), Point(1.0, 1.5), T=200).points[-1]
    return round(top.x * top.y, 6)


@cache
def _noisier() -> str:
    """Where a vector goes when σ doubles and λ_prior stays."""
    made = planted.tiny()
    near, far = (
        np.linalg.norm(
            surface.jumps(surface.taste(made.ratings, 0, made.truth.U, sigma, 2.0), Point(0, 0), 1).points[1]
        )
        for sigma in (0.5, 1.0)
    )
    return "shorter" if far < near else "longer" if far > near else "same"


@cache
def _grown() -> tuple[growth.Grown, growth.Grown, int]:
    """Real films without a prior, with the fewest factors and with the most, and how many ratings each row has."""
    part, least = growth.dense(data.load("ml-small")[0])
    few, *_, many = growth.grow(*part.split(test=0.1, seed=0), lam=0.0)
    return few, many, least


def _more_factors() -> str:
    """What becomes of the errors on train and test as k grows."""
    few, many, _ = _grown()
    if many.test < few.test:
        return "both-better"
    return "train-only" if many.train < few.train else "both-worse"


def _what_more_factors_do() -> str:
    few, many, least = _grown()
    return (
        "The training error can only fall, because the smaller model is inside the larger one: on MovieLens small, "
        f"users and films with at least {least} ratings, from {few.train:.2f} stars at k = {few.k} to {many.train:.2f} "
        f"at k = {many.k}. The test error rises, from {few.test:.2f} to {many.test:.2f}: the extra factors are fitted "
        "to noise, and nothing limits their length."
    )


@cache
def _certain() -> str:
    """Whether W = U = 0 with a λ as large as you like has a higher log posterior than any fit."""
    R = planted.tiny().ratings
    cfg = pmf.Config(k=2, sigma=0.5, lam_prior=None)
    best = pmf.log_posterior(fit(pmf, R, cfg, T=20), R, cfg)
    heights = [pmf.log_posterior(_zeros(R, 2, 0.5, lam), R, cfg) for lam in (1e3, 1e30, 1e60)]
    return "no-top" if best < heights[-1] and heights == sorted(heights) else "fit"


QUESTIONS = (
    Question(
        "07-sigma",
        "pmf",
        f"Five predictions miss by ${', '.join(f'{e:g}' for e in ERRORS)}$ stars. Which $\\sigma$ makes these ratings "
        "likeliest?",
        _likeliest,
        lambda: (
            f"$\\sigma^2$ is the mean of the squared misses, {_likeliest() ** 2:.2f}, so $\\sigma$ is their root: "
            "the RMSE."
        ),
        (
            "Write the log-likelihood as a function of $\\sigma$ and set its slope to zero.",
            "$-n \\log\\sigma - \\frac{1}{2\\sigma^2} \\sum e^2$ is flat where $\\sigma^2 = \\frac1n \\sum e^2$.",
            f"The squares add up to {sum(e * e for e in ERRORS):g}; there are {len(ERRORS)} of them; take the root.",
        ),
        (
            Mistake(lambda: _likeliest() ** 2, "That is $\\sigma^2$. $\\sigma$ is in stars: take the root."),
            Mistake(
                lambda: float(np.mean(np.abs(ERRORS))),
                "That is the mean absolute miss. A Gaussian asks for squares; a Laplace density would ask for that.",
            ),
            Mistake(
                lambda: float(np.std(ERRORS, ddof=1)),
                "That divides by n − 1, which corrects for an estimated mean. The likeliest σ divides by n.",
            ),
        ),
        unit="stars",
    ),
    Question(
        "07-split",
        "pmf",
        f"One user gave one film a {RATING:g}; $k = 1$, both vectors unknown, $\\lambda\\sigma^2 = {CHARGE:g}$. "
        "What is $wu$ at the peak of the posterior?",
        _split,
        lambda: (
            f"At the peak $w = u$, so $(r - w^2)\\,w = \\lambda\\sigma^2 w$ and $w^2 = r - \\lambda\\sigma^2 = "
            f"{_split():g}$."
        ),
        (
            "The prior charges $w^2 + u^2$. Of all pairs with the same product, which pays least?",
            "With $w = u$ one slope is left to set to zero: $(r - w^2)\\,w - \\lambda\\sigma^2 w = 0$.",
            "Divide by $w$, which is not 0 here.",
        ),
        (
            Mistake(lambda: RATING, "That is maximum likelihood. The prior pulls both numbers towards 0."),
            Mistake(
                lambda: RATING / (1 + CHARGE),
                "That is ridge with a film known to be $u = 1$. Here $u$ may grow to meet $w$ half-way.",
            ),
        ),
    ),
    Question(
        "07-translate",
        "pmf",
        f"Entries of vectors have precision $\\lambda_{{\\text{{prior}}}} = {LAM:g}$, ratings $\\sigma = {SIGMA:g}$. "
        "Which $\\lambda$ must ridge regression be given to find the MAP estimate?",
        _ridge_lam,
        lambda: f"$\\lambda_{{\\text{{prior}}}}\\,\\sigma^2 = {LAM:g} \\cdot {SIGMA**2:g} = {_ridge_lam():g}$ (E5).",
        (
            "In the log posterior the errors carry $1/2\\sigma^2$ and the lengths $\\lambda/2$.",
            "Ridge's errors carry nothing. Multiply by $2\\sigma^2$.",
            "What is left before the lengths is $\\lambda_{\\text{prior}}\\,\\sigma^2$.",
        ),
        (
            Mistake(lambda: LAM, "The same letter, another number: that is slip E5 of the notes."),
            Mistake(lambda: LAM * SIGMA, "σ stands squared in the exponent."),
            Mistake(
                lambda: LAM / SIGMA**2, "The other way round: noisier ratings must count less, so λ must grow with σ."
            ),
        ),
    ),
    Question(
        "07-exponent",
        "pmf",
        f"There are $N = {N}$ users with $k = {K}$. To which power is $\\lambda/2\\pi$ raised in $p(W)$?",
        _power,
        lambda: (
            f"One factor $\\sqrt{{\\lambda/2\\pi}}$ for each of the $Nk = {N * K}$ entries: the power is "
            f"$Nk/2 = {_power():g}$. The notes write the factor once (E4)."
        ),
        (
            "Write down the density of a single entry of $W$ first.",
            "It has a factor $\\sqrt{\\lambda/2\\pi} = (\\lambda/2\\pi)^{1/2}$.",
            "Entries are independent, so there are as many factors as entries.",
        ),
        (
            Mistake(lambda: 0.5, "That is the factor of one entry."),
            Mistake(lambda: float(N * K), "Each entry brings the root of λ/2π, so half of that."),
            Mistake(lambda: N / 2, "That is one number per user. Each has k."),
        ),
    ),
    Question(
        "07-noisier",
        "pmf",
        "Somebody tells you that ratings are twice as noisy as you thought: $\\sigma$ doubles, "
        "$\\lambda_{\\text{prior}}$ "
        "stays. What happens to the MAP vector of a user whose films are known?",
        _noisier,
        lambda: (
            "$\\lambda_{\\text{ridge}} = \\lambda_{\\text{prior}}\\,\\sigma^2$ is four times as large: ratings that "
            "are worth less are believed less, and the prior pulls harder."
        ),
        (
            "What happens to ridge's λ?",
            "It is $\\lambda_{\\text{prior}}\\,\\sigma^2$.",
            "A larger λ makes a vector shorter.",
        ),
        (
            Mistake(
                lambda: "same",
                "The peak of the likelihood alone would stay. The posterior weighs it against the prior.",
            ),
            Mistake(
                lambda: "longer",
                "Noisier ratings say less about the vector, so it stays nearer to what the prior says.",
            ),
        ),
        options={"longer": "It gets longer", "same": "Nothing", "shorter": "It gets shorter"},
    ),
    Question(
        "07-more-factors",
        "pmf",
        f"Without a prior, k goes from {growth.KS[0]} to {growth.KS[-1]} on films and users with many ratings. What "
        "happens to the errors on training and on test ratings?",
        _more_factors,
        _what_more_factors_do,
        (
            "Can a model with one more column fit the training ratings worse?",
            "What do the extra columns describe, once the patterns are used up?",
            "Noise of the training ratings, which test ratings do not share.",
        ),
        (
            Mistake(
                lambda: "both-better",
                "Training does. But what is fitted to the noise of training ratings does not come back in test "
                "ratings.",
            ),
            Mistake(lambda: "both-worse", "Training cannot get worse: a column of zeros would leave it as it was."),
        ),
        options={
            "both-better": "Both get better",
            "train-only": "Training gets better, test worse",
            "both-worse": "Both get worse",
        },
    ),
    Question(
        "07-certain",
        "pmf",
        "Now $\\lambda$ is learnt as well: W, U and $\\lambda$ go wherever the log posterior is highest. Where is "
        "that?",
        _certain,
        lambda: (
            "At $W = U = 0$ the vectors cost nothing, whatever $\\lambda$ is, and $\\frac{(N+M)k}{2} "
            "\\log\\frac{\\lambda}{2\\pi}$ grows without end: there is no highest point. A climb may still stop on a "
            "hill before that, if the ratings say enough."
        ),
        (
            "Try $W = U = 0$. Which terms of the log posterior are left?",
            f"The squares of all ratings, which are finite, and ${N + M} \\cdot {K}$ halves of $\\log\\lambda$, say.",
            "Let $\\lambda$ grow.",
        ),
        (
            Mistake(lambda: "fit", "That may be a local peak. Compare it with $W = U = 0$ and a very large λ."),
            Mistake(
                lambda: "mle",
                f"At λ = 0 each entry's factor $\\sqrt{{\\lambda/2\\pi}}$ is 0, and its logarithm −∞ "
                f"(at λ = 0.001 it is {log(sqrt(0.001 / (2 * pi))):.2f}).",
            ),
        ),
        options={
            "fit": "At a good fit, with a λ between 0 and infinity",
            "mle": "At λ = 0, which is maximum likelihood",
            "no-top": "There is no highest point",
        },
    ),
)
