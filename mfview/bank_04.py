"""Questions of chapter 4: what biases say, what is lost without them, and how they are solved (notes §7, 9)."""

from dataclasses import replace
from functools import cache

import numpy as np

from mfcore import Ratings, als, data, explained, metrics
from mfview.question import Mistake, Question

K, LAM, T = 5, 10.0, 10

GIVEN = np.array([5.0, 4.0, 3.0])
MU, LAM_HAND = 3.0, 3.0

W_ONE = np.array([1.0, -2.0])
B_ONE, C_ONE, MU_ONE = -0.4, 0.9, 3.5


def _bias(lam: float, mu: float = MU) -> float:
    """b of one user whose films have neither vector nor bias, by the update itself."""
    n = len(GIVEN)
    R = Ratings.from_codes(np.zeros(n, int), np.arange(n), GIVEN, np.arange(1), np.arange(n))
    s = als.State(0, np.zeros((1, 1)), np.zeros((n, 1)), np.zeros(1), np.zeros(n), mu)
    return float(als.update_b(s, R, als.Config(k=1, lam=lam)).b[0])


def _of_great_film(b: float = B_ONE, mu: float = MU_ONE, u: float = 0.0) -> float:
    s = als.State(0, W_ONE[None], np.full((1, 2), u), np.array([b]), np.array([C_ONE]), mu)
    return float(als.predict(s, 0, 0))


@cache
def _real() -> tuple[Ratings, Ratings]:
    return data.load("ml-small")[0].split(test=0.1, seed=0)


@cache
def _errors() -> dict[explained.Kind, float]:
    """RMSE on held-out real ratings after T sweeps, by kind of model."""
    return {kind: list(explained.errors(kind, *_real(), K, LAM, T, 0))[-1][1] for kind in explained.KINDS}


@cache
def _mean_alone() -> float:
    train, test = _real()
    return metrics.rmse(np.full(test.n, train.mu), test.r)


@cache
def _explained() -> tuple[float, float]:
    """R² on held-out real ratings: of the biases alone, and of the whole model."""
    train, test = _real()
    alone = explained.share(explained.biases(train, als.Config(k=1, lam=LAM)), train, test).test
    return alone, 1 - (_errors()[explained.KINDS[2]] / _mean_alone()) ** 2


def _how_much() -> str:
    alone, whole = _explained()
    return next(word for word, least in (("most", 0.8), ("half", 0.35), ("little", -np.inf)) if alone / whole > least)


def _without() -> str:
    error = _errors()
    bare, full = error[explained.KINDS[0]], error[explained.KINDS[2]]
    return "worse-than-mean" if bare > _mean_alone() else "worse" if bare > 1.02 * full else "same"


@cache
def _missed() -> tuple[float, float]:
    """The least and the most that a half sweep in turn misses of the fall of J, over States of the tiny table."""
    R, _ = data.load("tiny")
    cfg = als.Config(k=2, lam=1.0)
    found: list[float] = []
    for seed in range(5):
        s = als.init(R, cfg, np.random.default_rng(seed))
        for _ in range(4):
            found += explained.missed_in_turn(s, R, cfg)
            s = als.sweep(s, R, replace(cfg, joint=False), np.random.default_rng(0))
    return min(found), max(found)


def _which_is_lower() -> str:
    least, most = _missed()
    return "equal" if most <= 0 else "never-higher" if least >= 0 else "depends"


QUESTIONS = (
    Question(
        "04-alone",
        "biases",
        f"Real films, k = {K}, λ = {LAM:g}. Vectors $w_i$ and $u_j$ join the biases. Of all that the whole model then "
        "explains of *held-out* ratings, how much did $b_i$ and $c_j$ explain without any vector?",
        _how_much,
        lambda: (
            f"R² is {_explained()[0]:.3f} without vectors and {_explained()[1]:.3f} with them. How kind a user is and "
            "how well liked a film is say most of it; on training ratings the vectors look far better than they are."
        ),
        (
            "How well could you guess a rating if you knew only how kind the user is and how good the film?",
            "Vectors have far more numbers to learn by heart with. Does that help with ratings they have not seen?",
            "In training the vectors' step is nearly as high as the biases' two. Held out it is a low one.",
        ),
        (
            Mistake(lambda: "little", "The vectors' step is low: the biases' two alone reach nearly as high."),
            Mistake(lambda: "half", "That is about right in training. Held-out ratings tell another story."),
        ),
        {
            "little": "Less than a third: taste is what counts",
            "half": "About a half",
            "most": "More than four fifths",
        },
    ),
    Question(
        "04-great-film",
        "biases",
        f"A great film, liked whatever one's taste: $u_j = 0$ and $c_j = {C_ONE:g}$, with $\\mu = {MU_ONE:g}$. What is "
        f"predicted for a user with $w_i = (1, -2)$ and $b_i = {B_ONE:g}$?",
        _of_great_film,
        lambda: f"$0 + ({B_ONE:g}) + {C_ONE:g} + {MU_ONE:g} = {_of_great_film():g}$. The user's taste never comes up.",
        (
            "What is $w_i^\\top u_j$ if $u_j$ is all zeros?",
            "$\\hat r_{ij} = w_i^\\top u_j + b_i + c_j + \\mu$.",
            "The user is less kind than most: $b_i$ lowers the prediction.",
        ),
        (
            Mistake(lambda: _of_great_film(b=-B_ONE), "The sign of $b_i$: this user rates lower than most."),
            Mistake(lambda: _of_great_film(mu=0.0), "$\\mu$ is missing: biases only say how far from the mean."),
            Mistake(lambda: _of_great_film(b=0.0), "You left out the user's own bias."),
            Mistake(lambda: _of_great_film(u=1.0), "You added $w_i$ itself. It is multiplied by $u_j = 0$ first."),
        ),
        unit="stars",
    ),
    Question(
        "04-without",
        "biases",
        f"Real films, k = {K} and λ = {LAM:g}. The biases and $\\mu$ are switched off and $\\hat r_{{ij}}$ is "
        "$w_i^\\top u_j$ alone. What happens to the error on held-out ratings?",
        _without,
        lambda: (
            f"RMSE {_errors()[explained.KINDS[0]]:.3f}, while predicting $\\mu$ for everybody has {_mean_alone():.3f} "
            f"and the biased model {_errors()[explained.KINDS[2]]:.3f}. λ pulls short vectors towards 0, and 0 means "
            f"zero stars; around $\\mu$ the same product has {_errors()[explained.KINDS[1]]:.3f}."
        ),
        (
            "What does the model predict for a film with one or two ratings, whose vector λ keeps short?",
            "A product of short vectors is near 0. Are ratings near 0?",
            "Compare with the error of predicting the mean for everyone.",
        ),
        (
            Mistake(
                lambda: "same",
                "A vector *could* play the part of a bias, if one of the k were spent on it and λ charged nothing.",
            ),
            Mistake(lambda: "worse", "It is worse than that: look at the films with few ratings."),
        ),
        {
            "same": "It hardly changes: a vector can do what a bias does",
            "worse": "It rises, but stays below that of predicting μ for everyone",
            "worse-than-mean": "It rises above that of predicting μ for everyone",
        },
    ),
    Question(
        "04-joint",
        "biases",
        "From the same State, $w_i$ and $b_i$ of all users are solved in turn, or together in one system. "
        "Which ends with the lower $J$?",
        _which_is_lower,
        lambda: (
            f"Over 20 sweeps of the tiny table a half sweep in turn misses between {_missed()[0]:.1%} and "
            f"{_missed()[1]:.1%} of the fall. The joint minimum is never above what solving step by step reaches."
        ),
        (
            "What does each of the two steps in turn hold fixed?",
            "The joint solve may choose any pair $(w_i, b_i)$, including the pair that two steps reach.",
            "So can it be higher?",
        ),
        (
            Mistake(
                lambda: "equal",
                "The first step knows only the old $b_i$. In general its $w_i$ does not suit the new one.",
            ),
            Mistake(
                lambda: "depends",
                "For one block the State makes no difference. Over whole runs it does: they go different ways.",
            ),
        ),
        {
            "never-higher": "Together: never higher, and in general lower",
            "equal": "Both the same: both set the same gradients to zero",
            "depends": "It depends on the State",
        },
    ),
    Question(
        "04-by-hand",
        "biases",
        "A user gave 5, 4 and 3 stars to three films with no vector and no bias ($u_j = 0$, $c_j = 0$). "
        f"$\\mu = {MU:g}$ and $\\lambda = {LAM_HAND:g}$. What is $b_i$?",
        lambda: _bias(LAM_HAND),
        lambda: (
            f"$(2 + 1 + 0) / (3 + {LAM_HAND:g}) = {_bias(LAM_HAND):g}$. Without λ it is the mean of what is left, "
            f"{_bias(0.0):g}; λ counts as {LAM_HAND:g} more ratings of exactly μ."
        ),
        (
            "What is left of each rating once $\\mu$ is taken away?",
            "Add up what is left, and divide by $|\\Psi_i| + \\lambda$.",
            "The sum is $2 + 1 + 0$.",
        ),
        (
            Mistake(lambda: _bias(0.0), "That is the mean of what is left: λ is missing in the denominator."),
            Mistake(
                lambda: _bias(len(GIVEN) * LAM_HAND),
                "That is $1/(|\\Psi_i|(1 + \\lambda))$, as the notes write it (E2). λ is added to the count once.",
            ),
            Mistake(lambda: _bias(LAM_HAND, mu=0.0), "Take $\\mu$ away from every rating first."),
            Mistake(lambda: float((GIVEN - MU).sum()), "That is the sum. Divide it by $|\\Psi_i| + \\lambda$."),
        ),
        unit="stars",
    ),
)
