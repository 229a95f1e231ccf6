"""Questions of chapter 3: one small system of equations after the other (notes §6, 8; E2, E11)."""

import warnings
from functools import cache
from itertools import pairwise

import numpy as np

from mfcore import LeastNormWarning, als, data, trace
from mfcore.ridge import ridge_row
from mfview.question import Mistake, Question

U_ONE = np.array([[1.0], [2.0]])
R_ONE = np.array([2.0, 5.0])
TABLE = "Two films have $u_1 = 1$ and $u_2 = 2$ ($k = 1$). A user rated them 2 and 5."

K, RATINGS = 10, 200
WHO, K_SHORT = "Fatou", 4


def _w(lam: float) -> float:
    return float(ridge_row(U_ONE, R_ONE, lam).x[0])


def _size() -> float:
    return float(ridge_row(np.zeros((RATINGS, K)), np.zeros(RATINGS), 1.0).A.size)


@cache
def _short_row() -> tuple[int, int]:
    """Rank of A for the user with few ratings, and how many ratings that user has."""
    R, _ = data.load("tiny")
    cfg = als.Config(k=K_SHORT, lam=0, biases=False)
    i = R.user_ids.tolist().index(WHO)
    s = als.init(R, cfg, np.random.default_rng(0))
    return als.row(s, R, cfg, i).rank, len(R.Psi(i))


@cache
def _losses() -> tuple[tuple[float, ...], tuple[float, ...]]:
    """J after every block, and test RMSE after every sweep, of a plain fit with many dimensions."""
    R, _ = data.load("planted", density=0.3)
    train, test = R.split(test=0.2, seed=0)
    cfg = als.Config(k=5, lam=0, biases=False)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeastNormWarning)
        points = [point for point, _ in trace(als, train, test, cfg, T=12)]
    return tuple(p.J for p in points), tuple(p.test for p in points if p.block != "update_W")


def _what_happens() -> str:
    J, test = _losses()
    falls = all(after <= before * (1 + 1e-9) for before, after in pairwise(J))
    rises = any(after > before for before, after in pairwise(test))
    return {(True, True): "only-train", (True, False): "both", (False, True): "neither", (False, False): "only-test"}[
        falls, rises
    ]


QUESTIONS = (
    Question(
        "03-one-dimension",
        "plain_mf",
        f"{TABLE} Which $w$ makes $J = (2 - w)^2 + (5 - 2w)^2$ smallest?",
        lambda: _w(0.0),
        lambda: (
            f"$w = \\sum r u / \\sum u^2 = {R_ONE @ U_ONE[:, 0]:g} / {(U_ONE**2).sum():g} = {_w(0.0):g}$. "
            "With $k = 1$ the matrix is a single number."
        ),
        (
            "Set the derivative of $J$ to zero.",
            "$w \\sum_j u_j^2 = \\sum_j r_j u_j$.",
            "The right-hand side is $2 \\cdot 1 + 5 \\cdot 2$. The sum of the squares is $1 + 4$.",
        ),
        (
            Mistake(
                lambda: float((R_ONE / U_ONE[:, 0]).mean()),
                "That is the mean of $r/u$. Least squares lets the film with the larger $u$ count for more.",
            ),
            Mistake(
                lambda: float(R_ONE.sum() / U_ONE.sum()),
                "You divided $\\sum r$ by $\\sum u$. Each term is multiplied by $u$ first, in both sums.",
            ),
            Mistake(
                lambda: float(R_ONE @ U_ONE[:, 0] / U_ONE.sum()),
                "The denominator is $\\sum u^2$: you left out the square.",
            ),
            Mistake(lambda: float(R_ONE @ U_ONE[:, 0]), "That is the right-hand side. Divide it by $\\sum u^2$."),
            Mistake(lambda: _w(1.0), "That is the answer with $\\lambda = 1$. Here nothing is charged for $w$."),
        ),
    ),
    Question(
        "03-lambda",
        "plain_mf",
        f"{TABLE} Now $\\lambda = 1$: $J$ gains the term $w^2$. Which $w$ is best?",
        lambda: _w(1.0),
        lambda: f"$w = 12 / (5 + \\lambda) = {_w(1.0):g}$, smaller than the ${_w(0.0):g}$ without $\\lambda$.",
        (
            "The new term adds $2\\lambda w$ to the derivative.",
            "$w\\,(\\sum_j u_j^2 + \\lambda) = \\sum_j r_j u_j$.",
            "$\\lambda$ is added once: $5 + 1$.",
        ),
        (
            Mistake(
                lambda: _w(0.0) / 2,
                "You multiplied by $1 + \\lambda$. $\\lambda$ is added to $\\sum u^2$, not multiplied by it (E2).",
            ),
            Mistake(
                lambda: _w(float(len(R_ONE))),
                "You added $\\lambda$ once per rating, as some libraries do. This $J$ charges each vector once.",
            ),
            Mistake(lambda: _w(0.0), "That is the answer without $\\lambda$."),
            Mistake(lambda: _w(0.0) - 1, "$\\lambda$ stands under the fraction, beside $\\sum u^2$."),
            Mistake(
                lambda: float(R_ONE @ U_ONE[:, 0] / ((U_ONE**2).sum() - 1)),
                "The sign of $\\lambda$: it is added to $\\sum u^2$.",
            ),
        ),
    ),
    Question(
        "03-system-size",
        "plain_mf",
        f"$k = {K}$, and user $i$ has {RATINGS} ratings. How many numbers does $\\sum_j u_j u_j^\\top$ hold?",
        _size,
        lambda: f"It is $k \\times k$. More ratings are added to it; they do not make it larger than {K} × {K}.",
        (
            "$u_j$ has $k$ entries. What is the shape of $u_j u_j^\\top$?",
            "Adding matrices does not change their shape.",
            "$k \\times k$.",
        ),
        (
            Mistake(lambda: RATINGS * K, "Those are the numbers in the vectors that go into it."),
            Mistake(lambda: RATINGS**2, "The matrix is as wide as a vector is long: $k$."),
            Mistake(lambda: K, "That is the right-hand side, a vector. The matrix has $k$ rows of $k$ numbers."),
            Mistake(
                lambda: RATINGS * K**2, "Each of the matrices has $k^2$ numbers, but they are added to a single one."
            ),
        ),
        tolerance=0.0,
    ),
    Question(
        "03-rank",
        "plain_mf",
        f"In the tiny table {WHO} has rated 3 films. With $k = {K_SHORT}$ and $\\lambda = 0$, what is the rank of the "
        f"{K_SHORT} × {K_SHORT} matrix of this user's system?",
        lambda: _short_row()[0],
        lambda: (
            f"Each $u_j u_j^\\top$ has rank 1, so {_short_row()[1]} of them cannot reach {K_SHORT}: no inverse "
            "(E11). The shortest of all solutions is taken, or $\\lambda > 0$."
        ),
        (
            "What is the rank of a single $u_j u_j^\\top$?",
            "The rank of a sum is at most the sum of the ranks.",
            "One for each film this user rated.",
        ),
        (
            Mistake(lambda: K_SHORT, f"Rank {K_SHORT} takes {K_SHORT} linearly independent vectors."),
            Mistake(lambda: 1, "That is the rank of one term $u_j u_j^\\top$. There is one for every rating."),
        ),
        tolerance=0.0,
    ),
    Question(
        "03-what-falls",
        "plain_mf",
        "Plain matrix factorization with many dimensions is trained sweep after sweep. What is certain to fall, or "
        "at least not to rise?",
        _what_happens,
        lambda: (
            f"On planted ratings $J$ falls from {_losses()[0][1]:.0f} to {_losses()[0][-1]:.0f} over 12 sweeps, while "
            f"the test RMSE goes from {min(_losses()[1]):.2f} at its best to {_losses()[1][-1]:.2f}. Only what is "
            "minimised has to fall."
        ),
        (
            "Which of the two numbers do the updates look at?",
            "Every update solves its row exactly, for the training ratings.",
            "The test ratings have no say in any update.",
        ),
        (
            Mistake(
                lambda: "both",
                "The updates never see a test rating. Watch the two curves part as the fit learns the noise.",
            ),
            Mistake(
                lambda: "neither", "Each update takes the lowest point of its own part of $J$, so $J$ cannot rise."
            ),
            Mistake(lambda: "only-test", "It is the other way round: the updates are made of the training ratings."),
        ),
        {
            "only-train": "The training loss J, but not the test error",
            "both": "Both the training loss J and the test error",
            "only-test": "The test error, but not the training loss J",
            "neither": "Neither",
        },
    ),
)
