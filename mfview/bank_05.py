"""Questions of chapter 5: what λ does, to which λ errors point, and whose bias it holds back (notes §8, 9; E2)."""

from functools import cache

import numpy as np

from mfcore import als, as_written, data, fit, metrics, regression, study
from mfcore.as_written import Losses
from mfcore.data.planted import planted
from mfcore.ridge import ridge_row
from mfview import precomputed
from mfview.question import Mistake, Question

LAMS = (0.0, 0.01, 1.0, 100.0)
X_ONE, Y_ONE, LAM_ONE = np.eye(2), np.array([6.0, -2.0]), 3.0
RATINGS, MEAN, LAM = 20, 0.6, 5.0
W = np.array([[1.0, 2.0], [2.0, 0.0], [0.0, -1.0]])
GRID = precomputed.GRID


@cache
def _path() -> regression.Path:
    return regression.path(regression.generate(12, 0.4, 0), regression.generate(100, 0.4, 10_000), 10, LAMS)


def _train_picks() -> str:
    return {0: "zero", len(LAMS) - 1: "large"}.get(int(np.argmin(_path().train)), "between")


def _shrunk() -> float:
    return float(ridge_row(X_ONE, Y_ONE, LAM_ONE).x[0])


@cache
def _large_lambda() -> str:
    """What is predicted at an enormous λ, by trying which of the candidates it is."""
    R, _ = data.load("tiny")
    s = fit(als, R, als.Config(k=2, lam=1e12), T=5)
    predicted = als.predict(s, R.i, R.j)
    candidates = {
        "zero": np.zeros(R.n),
        "mean": np.full(R.n, R.mu),
        "user": np.array([R.of_user(i)[1].mean() for i in R.i]),
        "film": np.array([R.of_item(j)[1].mean() for j in R.j]),
    }
    return min(candidates, key=lambda word: metrics.rmse(predicted, candidates[word]))


@cache
def _grid() -> tuple[study.Mean, ...]:
    """The shipped fits of every pair. Raises LookupError if they are not those of the data that come with the app."""
    fits = precomputed.find(data.load(precomputed.DATA)[0].digest, GRID)
    if fits is None:
        raise LookupError(f"no fits of {precomputed.DATA} are shipped")
    return study.means(fits)


def _closest() -> study.Mean:
    """The pair that meets its training ratings best."""
    return min(_grid(), key=lambda row: row.train)


def _few() -> float:
    """The lowest test error of the smallest k."""
    return study.best([row for row in _grid() if row.k == GRID.ks[0]]).test


def _best_pair() -> str:
    found = study.best(_grid())
    many, held = found.k > GRID.ks[len(GRID.ks) // 2], found.lam > GRID.lams[len(GRID.lams) // 2]
    return {(True, False): "free", (False, False): "few", (True, True): "held", (False, True): "both"}[many, held]


def _left(rule: str) -> float:
    """The bias of a user whose ratings lie MEAN above the rest of the model on average."""
    return MEAN * float(getattr(as_written.shrinkage(np.array(RATINGS), LAM), rule))


@cache
def _slip() -> tuple[Losses, Losses]:
    """Both rules' losses at the end on the 60 × 40 problem."""
    R = planted(N=60, M=40, k=3, density=0.4).ratings
    cfg = als.Config(k=3, lam=0.5)
    return as_written.losses(fit(als, R, cfg, 20), R, cfg), as_written.losses(fit(as_written, R, cfg, 20), R, cfg)


def _winners() -> str:
    exact, written = _slip()
    on_J, on_other = exact.stated < written.stated, exact.per_rating < written.per_rating
    return {(True, True): "exact", (False, False): "written", (True, False): "each", (False, True): "crossed"}[
        on_J, on_other
    ]


QUESTIONS = (
    Question(
        "05-train-picks",
        "regularization",
        "A polynomial is fitted to 12 noisy points with every λ from 0 to large. If the *training* error alone may "
        "choose, which λ will it choose?",
        _train_picks,
        lambda: (
            f"With powers up to 10 the training error is {_path().train[0]:.3f} for λ = 0 and {_path().train[-1]:.3f} "
            f"for λ = {LAMS[-1]:g}: it only ever rises. The test error is lowest at λ = {LAMS[_path().best]:g} of "
            "these four."
        ),
        (
            "With λ = 0, what is it that w minimises?",
            "Charging for w can only move the curve away from the best fit to the training points.",
            "Nothing fits the training points better than least squares without a charge.",
        ),
        (
            Mistake(
                lambda: "between",
                "That is where the *test* error is lowest. The training error has nothing to gain from a charge.",
            ),
            Mistake(lambda: "large", "A large λ flattens the curve, which fits the training points worst."),
        ),
        {"zero": "λ = 0", "between": "A λ in between", "large": "The largest λ"},
    ),
    Question(
        "05-factor",
        "regularization",
        "$X^\\top X = I$ and $X^\\top y = (6, -2)$. What is the first weight at $\\lambda = 3$?",
        _shrunk,
        lambda: (
            f"$(\\lambda I + I)\\,w = X^\\top y$, so $w = X^\\top y / (1 + \\lambda)$ and $w_1 = {_shrunk():g}$. Here, "
            "where every weight has a single unit of data behind it, $1/(1+\\lambda)$ is right."
        ),
        (
            "Put $X^\\top X = I$ into $w = (\\lambda I + X^\\top X)^{-1} X^\\top y$.",
            "$\\lambda I + I = (1 + \\lambda)\\,I$.",
            "Divide 6 by $1 + 3$.",
        ),
        (
            Mistake(lambda: float(Y_ONE[0]), "That is the weight at $\\lambda = 0$."),
            Mistake(lambda: float(Y_ONE[0]) / LAM_ONE, "You divided by $\\lambda$. $X^\\top X$ adds 1 to it."),
            Mistake(lambda: float(Y_ONE[0]) - LAM_ONE, "$\\lambda$ divides, it does not subtract."),
            Mistake(lambda: _shrunk() * Y_ONE[1] / Y_ONE[0], "That is the second weight."),
        ),
    ),
    Question(
        "05-large-lambda",
        "regularization",
        "$\\hat r_{ij} = w_i^\\top u_j + b_i + c_j + \\mu$, and λ is made enormous. What does the model predict?",
        _large_lambda,
        lambda: (
            "Everything that λ is charged for goes to 0: $W$, $U$, $b$ and $c$. $\\mu$ is not charged, so every "
            "prediction is the mean of all ratings."
        ),
        (
            "What is the cheapest thing to do when any length costs a fortune?",
            "Which of the letters stand in the penalty, and which does not?",
            "$\\lambda(\\|W\\|_F^2 + \\|U\\|_F^2 + \\|b\\|^2 + \\|c\\|^2)$: there is no $\\mu$ in it.",
        ),
        (
            Mistake(lambda: "zero", "That is so without μ, as in chapter 3. Here μ stands outside the penalty."),
            Mistake(lambda: "user", "That would need $b_i$, and $b_i$ is charged like the rest."),
            Mistake(lambda: "film", "That would need $c_j$, and $c_j$ is charged like the rest."),
        ),
        {
            "zero": "0 for every pair",
            "mean": "μ, the mean of all ratings, for every pair",
            "user": "Each user's own mean",
            "film": "Each film's own mean",
        },
    ),
    Question(
        "05-grid",
        "regularization",
        f"MovieLens small, k from {GRID.ks[0]} to {GRID.ks[-1]} and λ from {GRID.lams[0]:g} to {GRID.lams[-1]:g}. "
        "*Training* ratings are fitted best by many factors with hardly any λ. Which pair predicts *held-out* ratings "
        "best?",
        _best_pair,
        lambda: (
            f"RMSE {study.best(_grid()).test:.3f} at k = {study.best(_grid()).k} and λ = {study.best(_grid()).lam:g}. "
            f"Where the training error is lowest, at k = {_closest().k} and λ = {_closest().lam:g}, the test error is "
            f"{_closest().test:.3f}. With k = {GRID.ks[0]} no λ brings it below {_few():.3f}: λ restrains the model "
            "more selectively than a small k does."
        ),
        (
            "Many factors can learn noise by heart. What holds them back without taking what they learn of taste?",
            "A small k leaves out directions of taste for everybody. λ leaves out most where ratings are few.",
            "A vector that λ keeps short does no harm, and λ hardly shortens one with many ratings behind it.",
        ),
        (
            Mistake(lambda: "free", "That pair has learnt its training ratings by heart, noise and all."),
            Mistake(
                lambda: "few", "A small k holds back too, but everybody alike, even users with hundreds of ratings."
            ),
            Mistake(lambda: "both", "Held back twice: with the right λ the factors left out would have been of use."),
        ),
        {
            "free": "The same: many factors, hardly any λ",
            "few": "Few factors, hardly any λ",
            "held": "Many factors, held back by a large λ",
            "both": "Few factors and a large λ",
        },
    ),
    Question(
        "05-frobenius",
        "regularization",
        "$W$ has the rows $(1, 2)$, $(2, 0)$ and $(0, -1)$. What is $\\|W\\|_F^2$?",
        lambda: study.squared_norm(W),
        lambda: f"$5 + 4 + 1 = {study.squared_norm(W):g}$: the squared lengths of the rows, added up.",
        (
            "What is the squared length of the first row?",
            "$1^2 + 2^2 = 5$. Do the same for the others.",
            "$5 + 4 + 1$.",
        ),
        (
            Mistake(lambda: float(np.linalg.norm(W)), "That is $\\|W\\|_F$. The question asks for its square."),
            Mistake(lambda: float(np.linalg.norm(W, axis=1).sum()), "You added the lengths. Add their squares."),
            Mistake(lambda: float(W.sum() ** 2), "Square each entry first, then add."),
            Mistake(lambda: float(W.sum()), "Those are the entries themselves. Add their squares."),
        ),
    ),
    Question(
        "05-bias",
        "regularization",
        f"A user's {RATINGS} ratings lie {MEAN:g} stars above the rest of the model on average, and $\\lambda = "
        f"{LAM:g}$. What is the $b_i$ that minimises the $J$ of §9?",
        lambda: _left("exact"),
        lambda: (
            f"The sum of what is left over is ${RATINGS} \\cdot {MEAN:g}$, divided by $|\\Psi_i| + \\lambda = "
            f"{RATINGS + LAM:g}$. The rule in the notes would leave only {_left('written'):.2g}."
        ),
        (
            "$b_i$ is a sum over the ratings, divided by something.",
            f"The sum is {RATINGS} times the mean {MEAN:g}.",
            f"Divide {RATINGS * MEAN:g} by $|\\Psi_i| + \\lambda$.",
        ),
        (
            Mistake(
                lambda: _left("written"),
                "That is $1/(|\\Psi_i|(1+\\lambda))$, slip E2: it charges this bias once for each of its ratings.",
            ),
            Mistake(lambda: MEAN, "That is the mean without any charge, $\\lambda = 0$."),
            Mistake(
                lambda: MEAN / LAM, "You divided the mean by $\\lambda$. Divide the sum by $|\\Psi_i| + \\lambda$."
            ),
            Mistake(lambda: RATINGS * MEAN, "That is the sum. Divide it by $|\\Psi_i| + \\lambda$."),
            Mistake(
                lambda: MEAN / (RATINGS + LAM),
                "The mean is divided already. It is the sum that is divided by $|\\Psi_i| + \\lambda$.",
            ),
        ),
    ),
    Question(
        "05-slip-wins",
        "regularization",
        "Both rules run from the same start. J charges every bias once; J′ charges it once for each of its ratings. "
        "Which rule ends lower on which?",
        _winners,
        lambda: (
            f"On the 60 × 40 problem: on J {_slip()[0].stated:.0f} (exact) against {_slip()[1].stated:.0f} (written), "
            f"on J′ {_slip()[0].per_rating:.0f} against {_slip()[1].per_rating:.0f}. Each rule sets the slope of its "
            "own objective to zero."
        ),
        (
            "Each update is the zero of some derivative. Of which objective?",
            "$|\\Psi_i|(1+\\lambda) = |\\Psi_i| + \\lambda|\\Psi_i|$. Where would such a term come from?",
            "From a charge of $\\lambda|\\Psi_i|\\,b_i^2$: that is J′.",
        ),
        (
            Mistake(lambda: "exact", "On J it does. But on J′ its biases are longer than that charge would have them."),
            Mistake(lambda: "written", "On J′ it does. But on J it holds its biases back more than J asks for."),
            Mistake(lambda: "crossed", "Exactly the other way round."),
        ),
        {
            "exact": "The exact rule on both",
            "written": "The written rule on both",
            "each": "The exact rule on J, the written rule on J′",
            "crossed": "The written rule on J, the exact rule on J′",
        },
    ),
)
