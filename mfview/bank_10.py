"""Questions of chapter 10: one gradient, one step, the length of steps, and what L2 on embeddings is (notes §14)."""

from functools import cache
from math import sqrt

import numpy as np

from mfcore import Ratings, als, embedding, fit, nn, pmf
from mfcore.data import planted
from mfview.question import Mistake, Question

E, RATE = 2.0, 0.1
W, U, Y = (1.0, 2.0), (3.0, -1.0), 2.0
BATCH, TIMES, ETA = 256, 4, 2.0
PRIOR, SIGMA, SEEN = 2.0, 0.5, 10
LINE = f"$w = ({W[0]:g}, {W[1]:g})$, $u = ({U[0]:g}, {U[1]:g})$, both biases 0"


def _alone(w: tuple[float, ...], u: tuple[float, ...], y: float) -> tuple[embedding.State, Ratings]:
    """One user, one film, one rating of y, with μ = 0 and both biases 0."""
    R = Ratings.from_arrays([0], [0], [y])
    params = {"W": np.array([w]), "U": np.array([u]), "b": np.zeros(1), "c": np.zeros(1)}
    return embedding.State(0, **params, mu=0.0, moments=nn.at_rest(params)), R


def _after(rate: float) -> float:
    """The error E, with vectors of 0, after one step."""
    s, R = _alone((0.0, 0.0), (0.0, 0.0), E)
    cfg = embedding.Config(k=2, lam=0.0, rule=nn.Rule("sgd", rate), batch=1)
    x = embedding.everything(R, cfg)
    return round(float(embedding.residuals(embedding.step(s, x, cfg), x)[0]), 10)


def _no_longer() -> float:
    """The rate from which on a step leaves an error no smaller than it was, by halving."""
    low, high = 0.01, 4.0
    for _ in range(50):
        middle = (low + high) / 2
        low, high = (middle, high) if abs(_after(middle)) < E else (low, middle)
    return round(high, 6)


def _slope() -> float:
    """∂ℓ by the first number of w, λ = 0."""
    s, R = _alone(W, U, Y)
    return float(embedding.gradient_of_one(s, R, embedding.Config(k=2, lam=0.0), 0, 0).w[0])


def _moved() -> float:
    """How many numbers of the tiny table's network have a slope, for one rating."""
    R = planted.tiny().ratings
    cfg = embedding.Config(k=2, lam=0.0, init_scale=1.0)
    g = embedding.gradient(fit(embedding, R, cfg, 1), embedding.everything(R, cfg).at([0]))
    return float(sum(np.count_nonzero(x) for x in g.values()))


@cache
def _first() -> str:
    """Which is lower after one pass over planted ratings."""
    R = planted.planted(100, 60, k=2, density=0.4).ratings
    cfg = embedding.Config(k=2, lam=3.0, rule=nn.Rule("adam", 0.01), batch=64)
    by_als = als.objective(fit(als, R, cfg.solved(), 1), R, cfg.solved())
    by_adam = embedding.objective(fit(embedding, R, cfg, 1), R, cfg)
    return "als" if by_als < by_adam else "adam" if by_adam < by_als else "same"


@cache
def _scaled() -> float:
    """Times which the rate must be taken for batches TIMES as large, from which of some comes nearest in J."""
    R = planted.planted(60, 40, k=2, density=0.4).ratings

    def J(rate: float, batch: int) -> float:
        cfg = embedding.Config(k=2, lam=3.0, rule=nn.Rule("sgd", rate), batch=batch)
        return float(embedding.objective(fit(embedding, R, cfg, 5), R, cfg))

    small = J(0.02, 16)
    times = (1 / TIMES, 1.0, sqrt(TIMES), float(TIMES), float(TIMES * TIMES))
    return ETA * min(times, key=lambda factor: abs(J(0.02 * factor, 16 * TIMES) - small))


def _decay() -> float:
    """What one rating's loss is charged for ‖w_i‖² where MAP is wanted."""
    R = Ratings.from_arrays([0] * SEEN, list(range(SEEN)), [3.0] * SEEN)
    s = pmf.around(als.init(R, als.Config(k=1), np.random.default_rng(0)), SIGMA, PRIOR, PRIOR)
    of_user, _ = embedding.charges(R, embedding.Config(k=1, lam=s.lam_W * s.sigma**2))
    return float(of_user[0])


QUESTIONS = (
    Question(
        "10-one-step",
        "mf_as_network",
        f"All vectors and biases are 0, $\\lambda = 0$, and the error is $e = {E:g}$ stars. One step of SGD with "
        f"$\\eta = {RATE:g}$ on this rating: what is the error now?",
        lambda: _after(RATE),
        lambda: (
            f"Both biases have slope $-2e$, and each moves by $2\\eta e = {2 * RATE * E:g}$. The vectors' slopes are "
            f"the other vectors, which are 0. So $e(1 - 4\\eta) = {_after(RATE):g}$ is left."
        ),
        (
            "What are the derivatives of the loss with respect to $b$, $c$ and $w$?",
            "$-2e$, $-2e$, and $-2e\\,u = 0$.",
            f"$b$ and $c$ each become ${2 * RATE * E:g}$, and both are in the output.",
        ),
        (
            Mistake(lambda: E * (1 - 2 * RATE), "That is one bias. Both are in the output, and both move."),
            Mistake(
                lambda: E * (1 - RATE),
                "The derivative of $e^2$ with respect to the output is $-2e$, not $-e$; and two biases move.",
            ),
            Mistake(lambda: E * (1 + 4 * RATE), "That is uphill: a step goes against the slope."),
        ),
        unit="stars",
    ),
    Question(
        "10-by-hand",
        "mf_as_network",
        f"{LINE}, the target $y = r - \\mu$ is {Y:g}, $\\lambda = 0$. What is $\\partial\\ell / \\partial w_1$?",
        _slope,
        lambda: (
            f"$\\hat y = {W[0] * U[0] + W[1] * U[1]:g}$, so $e = {Y - W[0] * U[0] - W[1] * U[1]:g}$, and "
            f"$-2e\\,u_1 = {_slope():g}$."
        ),
        (
            "First forward: what is the output, and what is the error?",
            f"$\\hat y = {W[0]:g} \\cdot {U[0]:g} + {W[1]:g} \\cdot ({U[1]:g})$.",
            "The derivative with respect to a number of $w$ is $-2e$ times the number of $u$ that it is multiplied by.",
        ),
        (
            Mistake(
                lambda: -2 * W[0],
                "That is the derivative with respect to $u_1$. Each vector's slope is the other vector.",
            ),
            Mistake(lambda: -U[0], "The square brings a 2."),
        ),
    ),
    Question(
        "10-how-many",
        "mf_as_network",
        "The tiny table's network has 6 users, 8 films and $k = 2$: $12 + 16 + 6 + 8 = 42$ numbers. One rating comes "
        "in, $\\lambda = 0$. How many of the 42 have a slope that is not 0?",
        _moved,
        lambda: f"Two of $w_i$, two of $u_j$, $b_i$ and $c_j$: {_moved():g}. Rows that were not picked played no part.",
        (
            "Which rows of the tables did the two ids pick?",
            "One of $W$ and one of $U$, each with its bias.",
            "$k + k + 1 + 1$.",
        ),
        (
            Mistake(lambda: 42.0, "Most rows were not looked up, and did nothing to the output."),
            Mistake(lambda: 4.0, "Those are the vectors. The two biases move as well."),
        ),
        unit="numbers",
    ),
    Question(
        "10-who-is-first",
        "mf_as_network",
        "The same ratings, the same $J$. Which is lower after **one** pass: a sweep of ALS, or an epoch of Adam in "
        "small batches?",
        _first,
        lambda: (
            "Every row that ALS solves for goes to the bottom of $J$ at once, as far as that row can. A step of "
            "descent knows the slope where it stands, and goes only a little way."
        ),
        (
            "What does one update of ALS do to its block of $J$?",
            "It minimises it, exactly.",
            "How many steps of descent would that take, for a single row?",
        ),
        (
            Mistake(
                lambda: "adam", "It has taken many more steps by then, but each is short and sees only a few ratings."
            ),
            Mistake(lambda: "same", "They end near each other, but after one pass they are far apart."),
        ),
        options={"als": "The sweep of ALS", "adam": "The epoch of Adam", "same": "They are about equal"},
    ),
    Question(
        "10-batch",
        "mf_as_network",
        f"SGD goes well with batches of {BATCH} and $\\eta = {ETA:g}$. Now the batches are {TIMES * BATCH:,} ratings. "
        "With which $\\eta$ is the curve, epoch by epoch, about the same?",
        _scaled,
        lambda: (
            f"The gradient is a mean over the batch, so its size stays, but an epoch has 1/{TIMES} of the steps. "
            f"Steps {TIMES} times as long, $\\eta = {_scaled():g}$, make up for it; as long as they are still short "
            "enough for the curvature."
        ),
        (
            "How many steps are there in an epoch now, compared with before?",
            "And how large is the mean gradient of a larger batch, compared with a smaller one?",
            "About as large. So how long must each of the fewer steps be?",
        ),
        (
            Mistake(lambda: ETA, "The same steps, but a quarter as many in an epoch: it would be slower."),
            Mistake(lambda: ETA / TIMES, "That would be right for a sum over the batch. Here it is a mean."),
            Mistake(
                lambda: ETA * sqrt(TIMES),
                "Scaling by √4 keeps the noise of a step constant. To cover the same distance you need the full factor "
                "of 4.",
            ),
        ),
    ),
    Question(
        "10-too-large",
        "mf_as_network",
        "Vectors of 0, $\\lambda = 0$: a step multiplies this rating's error by $1 - 4\\eta$. From which $\\eta$ on "
        "does the error no longer shrink?",
        _no_longer,
        lambda: (
            f"At $\\eta = {_no_longer():g}$ the factor is $-1$: the step lands as far beyond the target as it started "
            "before it. Beyond that every step makes it worse, without end."
        ),
        (
            "Draw $|1 - 4\\eta|$ against $\\eta$.",
            "It falls to 0, and rises again.",
            "Where is it 1 again?",
        ),
        (
            Mistake(lambda: 0.25, "There one step removes the whole error: that is the best there is."),
            Mistake(lambda: 1.0, "There the factor is −3, and the error has grown threefold."),
        ),
    ),
    Question(
        "10-weight-decay",
        "mf_as_network",
        f"You want the MAP estimate for $\\lambda_{{\\text{{prior}}}} = {PRIOR:g}$ and $\\sigma = {SIGMA:g}$. A user "
        f"has {SEEN} ratings. What must each rating's loss be charged, times $\\|w_i\\|^2$?",
        _decay,
        lambda: (
            f"$\\lambda = \\lambda_{{\\text{{prior}}}}\\,\\sigma^2 = {PRIOR * SIGMA**2:g}$ in all (E5), and each of "
            f"the user's {SEEN} ratings pays its share: ${_decay():g}$."
        ),
        (
            "What is the λ of $J$? Chapter 7 has it.",
            "$\\lambda_{\\text{prior}}\\,\\sigma^2$. But $J$ charges $w_i$ once; the network meets it at every rating.",
            f"Divide by {SEEN}.",
        ),
        (
            Mistake(lambda: PRIOR * SIGMA**2, "That would be charged at each of the ratings: ten times too much."),
            Mistake(
                lambda: PRIOR / SEEN, "That is the precision of the prior. Errors are counted in units of σ² (E5)."
            ),
            Mistake(lambda: PRIOR, "That is the precision of the prior, and it would be charged at every rating."),
        ),
        tolerance=0.0005,
    ),
)
