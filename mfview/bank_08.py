"""Questions of chapter 8: what draws are for, what they can and cannot take away, and what to average (notes §12)."""

from functools import cache

import numpy as np

from mfcore import als, bpmf, data, fit, metrics
from mfcore.data.planted import planted
from mfcore.predictive import Predictive
from mfcore.ratings import Ratings
from mfcore.run import steps
from mfview.question import Mistake, Question

FEW, MANY = 30, 300
DOUBT, SIGMA = 0.3, 0.4
MEAN, SPREAD, SHARE = 3.6, 0.8, 0.95
KS, LAM = (5, 20), 0.1
SEEDS = 20


@cache
def _doubts() -> tuple[float, float]:
    """The median doubt about all cells of the tiny table after FEW and after MANY draws of one chain."""
    R, _ = data.load("tiny")
    i, j = (place.ravel() for place in np.indices((R.N, R.M)))
    cfg = bpmf.Config(k=2)
    s = bpmf.watch(fit(bpmf, R, cfg, T=50), i, j)
    found = []
    for draws in (FEW, MANY - FEW):
        s = fit(bpmf, R, cfg, draws, start=s)
        assert s.seen is not None
        found.append(float(np.median(s.seen.doubt)))
    return found[0], found[1]


def _ten_times_the_draws() -> str:
    few, many = _doubts()
    outcomes = {"same": 1.0, "root": 0.1**0.5, "tenth": 0.1, "grows": 10**0.5}
    return min(outcomes, key=lambda word: abs(np.log(many / few / outcomes[word])))


@cache
def _sparse_and_busy() -> tuple[float, float]:
    """Mean doubt about pairs of the tenth of planted films with fewest ratings, and of the tenth with most."""
    R = planted(density=0.1).ratings
    order = np.argsort(R.items_counts, kind="stable")
    i, j = (place.ravel() for place in np.indices((R.N, R.M)))
    cfg = bpmf.Config(k=5)
    seen = fit(bpmf, R, cfg, 60, start=bpmf.watch(fit(bpmf, R, cfg, T=20), i, j)).seen
    assert seen is not None
    doubt = seen.doubt.reshape(R.N, R.M)
    tenth = R.M // 10
    return float(doubt[:, order[:tenth]].mean()), float(doubt[:, order[-tenth:]].mean())


def _wider() -> str:
    sparse, busy = _sparse_and_busy()
    return "same" if abs(np.log(sparse / busy)) < 0.1 else "few" if sparse > busy else "many"


def _predictive(mean: float, doubt: float, sigma: float) -> Predictive:
    """Two draws that lie `doubt` on either side of the mean."""
    nowhere = np.zeros(1, np.int64)
    seen = Predictive.of(nowhere, nowhere)
    for side in (-1, 1):
        seen = seen.add(np.array([mean + side * doubt]), sigma**-2)
    return seen


def _upper() -> float:
    return float(_predictive(MEAN, 0.0, SPREAD).interval(SHARE)[1][0])


@cache
def _errors() -> tuple[tuple[float, float], tuple[float, float]]:
    """Test RMSE at both of KS: of MAP with a small λ, and of the mean of 60 draws."""
    train, test = planted(density=0.2).ratings.split(test=0.2, seed=0)
    point, mean = [], []
    for k in KS:
        s = fit(als, train, als.Config(k=k, lam=LAM, joint=True), T=20)
        point.append(metrics.rmse(als.predict(s, test.i, test.j), test.r))
        cfg = bpmf.Config(k=k)
        seen = fit(bpmf, train, cfg, 60, start=bpmf.watch(fit(bpmf, train, cfg, T=20), test.i, test.j)).seen
        assert seen is not None
        mean.append(metrics.rmse(seen.mean, test.r))
    return (point[0], point[1]), (mean[0], mean[1])


def _who_overfits() -> str:
    point, mean = (after > 1.05 * before for before, after in _errors())
    return {(True, False): "map", (True, True): "both", (False, True): "bayes", (False, False): "neither"}[point, mean]


@cache
def _averaged() -> tuple[float, float]:
    """The spread of the products of mean vectors, and of the mean of the products, over SEEDS chains with k = 1."""
    R = _one_factor()
    W, U, products = [], [], []
    for seed in range(SEEDS):
        for s in steps(bpmf, R, bpmf.Config(k=1), seed):
            if s.t >= 30:
                W.append(s.W)
                U.append(s.U)
                products.append(s.W @ s.U.T)
            if s.t == 50:
                break
    return float((np.mean(W, axis=0) @ np.mean(U, axis=0).T).std()), float(np.mean(products, axis=0).std())


def _one_factor() -> Ratings:
    rng = np.random.default_rng(0)
    w, u = rng.standard_normal(40), rng.standard_normal(30)
    i, j = np.nonzero(rng.random((40, 30)) < 0.5)
    r = 3 + w[i] * u[j] + 0.3 * rng.standard_normal(len(i))
    return Ratings.from_codes(i, j, r, np.arange(40), np.arange(30))


def _what_remains() -> str:
    of_means, of_products = _averaged()
    ratio = of_means / of_products
    return "nothing" if ratio < 0.5 else "same" if ratio < 1.5 else "more"


QUESTIONS = (
    Question(
        "08-more-draws",
        "bayesian_mf",
        f"A chain has given {FEW} draws of $\\hat r$, and goes on to {MANY}. What happens to the uncertainty, the "
        "standard deviation of $\\hat r$ over the draws?",
        _ten_times_the_draws,
        lambda: (
            f"On the tiny table it is {_doubts()[0]:.2f} stars after {FEW} draws and {_doubts()[1]:.2f} after {MANY}. "
            "Draws show the posterior; they do not narrow it. Only ratings do. What shrinks is the error of the "
            "*mean* of the draws."
        ),
        (
            "Throw a die 30 times, then 300 times. How far do the throws scatter?",
            "The draws come from a distribution that the ratings fix.",
            "More draws give a sharper picture of the same width.",
        ),
        (
            Mistake(
                lambda: "root", "That is the error of the mean of the draws. The draws themselves scatter as before."
            ),
            Mistake(lambda: "tenth", "Nothing here falls like 1/n: no rating was added."),
            Mistake(lambda: "grows", "A chain that has arrived stays in the same region, however long it runs."),
        ),
        {
            "same": "It stays about the same",
            "root": "It falls to about a third, by √10",
            "tenth": "It falls to a tenth",
            "grows": "It grows by √10",
        },
    ),
    Question(
        "08-which-wider",
        "bayesian_mf",
        "One user, two films: one with 5 ratings and one with 200. Which $\\hat r$ is more uncertain?",
        _wider,
        lambda: (
            "On planted ratings the uncertainty about the tenth of the films with fewest ratings is "
            f"{_sparse_and_busy()[0]:.2f} stars, about the tenth with most {_sparse_and_busy()[1]:.2f}."
        ),
        (
            "What fixes a film's vector $u_j$ and its bias $c_j$?",
            "Each rating adds $\\alpha z z^\\top$ to the film's precision $A_j$.",
            "The covariance is $A_j^{-1}$: the more terms in the sum, the smaller.",
        ),
        (
            Mistake(lambda: "many", "More ratings make $A_j$ larger, and the covariance is its inverse."),
            Mistake(lambda: "same", "The user's part is the same. The film's part is not."),
        ),
        {"few": "The film with 5 ratings", "many": "The film with 200 ratings", "same": "Both alike"},
    ),
    Question(
        "08-noise-stays",
        "bayesian_mf",
        f"Doubt about $\\hat r$ is {DOUBT:g} stars, the noise $\\sigma$ is {SIGMA:g}. What is the standard deviation "
        "of the rating itself?",
        lambda: float(_predictive(MEAN, DOUBT, SIGMA).spread[0]),
        lambda: (
            f"$\\sqrt{{{DOUBT:g}^2 + {SIGMA:g}^2}} = {float(_predictive(MEAN, DOUBT, SIGMA).spread[0]):g}$. With ever "
            f"more ratings the first part goes to 0 and {SIGMA:g} remains."
        ),
        (
            "Which of the two add up: standard deviations or variances?",
            "$\\mathrm{Var}(r) = \\mathrm{Var}(\\hat r) + \\sigma^2$.",
            "Add the squares and take the root.",
        ),
        (
            Mistake(lambda: DOUBT + SIGMA, "You added standard deviations. Variances of independent parts add up."),
            Mistake(lambda: DOUBT**2 + SIGMA**2, "That is the variance. Take its root."),
            Mistake(lambda: SIGMA, "That is the noise alone: it would be right if $\\hat r$ were known."),
            Mistake(lambda: DOUBT, "That is the doubt about the prediction. A rating has noise on top."),
        ),
        unit="stars",
    ),
    Question(
        "08-interval",
        "bayesian_mf",
        f"A rating has mean {MEAN:g} and standard deviation {SPREAD:g} stars, doubt and noise together. What is the "
        f"upper end of its {SHARE:.0%} interval?",
        _upper,
        lambda: (
            f"${MEAN:g} + 1.96 \\cdot {SPREAD:g} = {_upper():.2f}$. That lies beyond five stars: the Gaussian knows "
            "nothing about the scale. Which ratings lie inside does not change."
        ),
        (
            "The interval is symmetric about the mean.",
            "2.5% of a Gaussian lie above its upper end.",
            "That end is 1.96 standard deviations above the mean.",
        ),
        (
            Mistake(
                lambda: float(_predictive(MEAN, 0.0, SPREAD).interval(2 * SHARE - 1)[1][0]),
                "5% lie above your value. A 95% interval leaves 2.5% on either side.",
            ),
            Mistake(lambda: MEAN + SPREAD, "One standard deviation on either side holds about 68%."),
            Mistake(lambda: float(_predictive(MEAN, 0.0, SPREAD).interval(SHARE)[0][0]), "That is the lower end."),
        ),
        tolerance=0.04,
        unit="stars",
    ),
    Question(
        "08-overfit",
        "bayesian_mf",
        f"Ratings with 5 planted factors are fitted with $k = {KS[0]}$ and with $k = {KS[1]}$. For which is the test "
        f"RMSE with {KS[1]} clearly worse: MAP with $\\lambda = {LAM:g}$, or the mean of the draws?",
        _who_overfits,
        lambda: (
            f"MAP goes from {_errors()[0][0]:.2f} to {_errors()[0][1]:.2f}, the mean of the draws from "
            f"{_errors()[1][0]:.2f} to {_errors()[1][1]:.2f}. Dimensions that the ratings say nothing about are drawn "
            "in all directions and average out; MAP takes one direction and believes in it."
        ),
        (
            "What does each do with a dimension about which the ratings say nothing?",
            "MAP needs one value for it, and a small λ hardly holds it back.",
            "Draws differ in it from sweep to sweep, and their mean is near 0.",
        ),
        (
            Mistake(lambda: "both", "Look at what the draws do with a dimension that nothing fixes: they cancel."),
            Mistake(lambda: "bayes", "It is the other way round: averaging is what protects."),
            Mistake(lambda: "neither", "A small λ lets each of 20 dimensions fit noise, and test ratings pay for it."),
        ),
        {
            "map": "MAP only",
            "both": "Both",
            "bayes": "The mean of the draws only",
            "neither": "Neither",
        },
    ),
    Question(
        "08-average-w",
        "bayesian_mf",
        "To save memory you average W and U over the draws of many chains, and multiply the two means. How much of the "
        "taste, $W U^\\top$, is left?",
        _what_remains,
        lambda: (
            f"In {SEEDS} chains with $k = 1$ the mean of the products spreads over {_averaged()[1]:.2f} stars, the "
            f"product of the means over {_averaged()[0]:.2f}. $(-w)(-u) = wu$: both signs are equally likely, and "
            "their mean is 0."
        ),
        (
            "Change the sign of all of W and of all of U. What happens to the predictions?",
            "If $w$ and $-w$ are equally good, what is the mean of $w$?",
            "Average what can be known: the products (E10).",
        ),
        (
            Mistake(lambda: "same", "The mean of a product is not the product of the means, here least of all (E10)."),
            Mistake(lambda: "more", "Averaging never lengthens a vector: what points both ways cancels out."),
        ),
        {"nothing": "Little or nothing", "same": "All of it", "more": "More than there was"},
    ),
)
