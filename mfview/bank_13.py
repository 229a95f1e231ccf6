"""Questions of chapter 13: what a copy scores, how errors part ways, what leaks, who comes first (notes §19)."""

from functools import cache

import numpy as np

from mfcore import Ratings, contest, data, fills, metrics, trap
from mfcore.entrants import BASELINES
from mfview import contest as shipped
from mfview.question import Mistake, Question

GIVEN, SAID = np.array([4.0, 2.0, 5.0]), np.array([3.0, 2.5, 4.5])
CELLS = 12
TRAIN, HELD = 3.0, 5.0
RHOS = (0.0, 0.4, 0.8)


def _j_test() -> float:
    return metrics.mse(SAID, GIVEN)


@cache
def _split() -> tuple[Ratings, Ratings]:
    return trap.narrow(data.load("planted")[0]).split(test=0.1, seed=0)


@cache
def _identity() -> str:
    """What a copy scores on the framework's loss, and on the test positions."""
    train, test = _split()
    found = trap.errors(trap.copy(train.M), train, test)
    mean = metrics.rmse(np.full(test.n, train.mu), test.r)
    if found.framework == 0.0 and np.isclose(found.test, mean):
        return "zero-mean"
    return "zero-zero" if found.test == 0.0 else "mean-mean"


@cache
def _wider() -> str:
    """How both errors move from the best width to full width."""
    train, test = _split()
    found = trap.by_hidden(train, test, trap.directions(train), range(1, train.M + 1))
    low = int(np.argmin(found.test))
    return _moves(found, low, -1)


@cache
def _noisier() -> str:
    """How both errors move from no noise to much of it, at full width."""
    return _moves(trap.by_noise(*_split(), RHOS), 0, -1)


def _moves(found: trap.Errors, start: int, end: int) -> str:
    said = ("falls" if way[end] < way[start] else "rises" for way in (found.framework, found.test))
    return "-".join(said)


def _item_mean() -> float:
    """How much smaller the miss of an item mean becomes when it knew the rating it is tested on."""
    users, films = np.arange(2), np.zeros(2, int)
    ids = np.arange(2), np.arange(1)
    everything = Ratings.from_codes(users, films, np.array([TRAIN, HELD]), *ids)
    train = Ratings.from_codes(users[:1], films[:1], np.array([TRAIN]), *ids)
    means = (fills.item_means(seen).at(users[1:], films[1:]) for seen in (train, everything))
    clean, leaked = (abs(HELD - float(F[0])) for F in means)
    return round(clean - leaked, 10)


@cache
def _winner() -> str:
    """Which kind of model comes first on the default data."""
    fits = shipped.find(data.load(shipped.DATA)[0].digest, shipped.PLAN)
    assert fits is not None
    first = min(contest.rows(fits), key=lambda row: row.test).name
    kinds = {"Bayesian MF": "bayes", "MF + network": "network", "AutoRec by users": "autoencoder"}
    kinds |= {"AutoRec by items": "autoencoder"} | dict.fromkeys(BASELINES, "baseline")
    return kinds.get(first, "point")


QUESTIONS = (
    Question(
        "13-by-hand",
        "test_error",
        f"A table of {CELLS} cells. Three ratings are held out: {GIVEN[0]:g}, {GIVEN[1]:g} and {GIVEN[2]:g}. From the "
        f"training ratings a network predicts {SAID[0]:g}, {SAID[1]:g} and {SAID[2]:g} there. What is "
        r"$J_\text{test}$?",
        _j_test,
        lambda: (
            f"$(1^2 + 0.5^2 + 0.5^2)/3 = {_j_test():g}$: only the test positions are summed, and only they counted."
        ),
        (
            "Which cells have $m_{ij}^\\text{test} = 1$?",
            "Square the three misses and add them.",
            r"Divide by $|\Omega_\text{test}|$, which is 3.",
        ),
        (
            Mistake(lambda: _j_test() * 3 / CELLS, "That divides by all cells; only the test positions count."),
            Mistake(lambda: _j_test() * 3, "That is the sum. $J_\\text{test}$ is the mean over the test positions."),
            Mistake(lambda: float(np.sqrt(_j_test())), "That is its root, the RMSE in stars."),
        ),
        unit="stars²",
    ),
    Question(
        "13-identity",
        "test_error",
        "A network that copies: its output is its input, and μ wherever nothing was fed in. What is the framework's "
        "validation loss, and what is its error at test positions that were not fed in?",
        _identity,
        lambda: (
            "What is fed in comes out, so nothing is missed where input is compared with output. At a position that "
            "was not fed in it says μ, and misses as μ does."
        ),
        (
            "The framework feeds the validation ratings in. What comes out?",
            "The honest test feeds the training ratings. What does a copy say at a position where there was none?",
            "It says μ there.",
        ),
        (
            Mistake(lambda: "zero-zero", "At a test position nothing was fed in, so there is nothing to copy."),
            Mistake(lambda: "mean-mean", "The framework feeds in the very ratings that it compares with."),
        ),
        {
            "zero-mean": "0, and the error of predicting μ",
            "zero-zero": "0 both times",
            "mean-mean": "The error of predicting μ both times",
        },
    ),
    Question(
        "13-capacity",
        "test_error",
        "From the best number of hidden units on, more and more are added, until there are as many as inputs. How do "
        "the framework's loss and the test error move?",
        _wider,
        lambda: (
            "Every extra unit lets more of the input through. The framework's loss ends at 0, with a copy; the test "
            "error goes back to that of μ."
        ),
        (
            "What can a code do that is as wide as its input?",
            "It can pass every rating through unchanged.",
            "The framework calls that perfect; a rating that was not fed in gets μ.",
        ),
        (
            Mistake(lambda: "falls-falls", "The test error does fall at first. But you are past its lowest point."),
            Mistake(
                lambda: "rises-rises", "The framework compares the input with the output: a copy is perfect to it."
            ),
            Mistake(lambda: "rises-falls", "It is the other way round."),
        ),
        {
            "falls-rises": "The framework's loss falls, the test error rises",
            "falls-falls": "Both fall",
            "rises-rises": "Both rise",
            "rises-falls": "The framework's loss rises, the test error falls",
        },
    ),
    Question(
        "13-noise",
        "test_error",
        "A network wide enough to copy is trained with part of its input dropped, and more of it each time. How do the "
        "framework's loss and the test error move?",
        _noisier,
        lambda: (
            "A rating whose own input is gone has to be found in the others. That is what the test asks, and it makes "
            "copying, which the framework rewards, impossible."
        ),
        (
            "What does the network see of a rating whose input was dropped?",
            "Only the other ratings of that row, and what they say of it.",
            "That is just what it is given at a test position.",
        ),
        (
            Mistake(lambda: "falls-rises", "That is what more hidden units do. Noise works against them."),
            Mistake(lambda: "falls-falls", "For a copy the framework's loss was 0. It cannot fall further."),
            Mistake(lambda: "rises-rises", "It copies less, so the framework's loss rises. What is learnt instead?"),
        ),
        {
            "rises-falls": "The framework's loss rises, the test error falls",
            "falls-rises": "The framework's loss falls, the test error rises",
            "falls-falls": "Both fall",
            "rises-rises": "Both rise",
        },
    ),
    Question(
        "13-item-mean",
        "test_error",
        f"A film has two ratings: {TRAIN:g} stars in training, {HELD:g} stars held out. You predict the held-out one "
        "by the film's mean. By how many stars does the miss look smaller if the mean was computed from both?",
        _item_mean,
        lambda: (
            f"Clean: the mean is {TRAIN:g}, the miss {HELD - TRAIN:g}. Leaked: the mean is {(TRAIN + HELD) / 2:g}, the "
            f"miss {HELD - (TRAIN + HELD) / 2:g}. Most films have few ratings, so most films are hit hard."
        ),
        (
            "What is the mean in training alone, and by how much does it miss?",
            "What is the mean of both ratings, and by how much does that miss?",
            "Take the difference of the two misses.",
        ),
        (
            Mistake(lambda: HELD - TRAIN, "That is the miss of the clean mean. The leaked mean misses as well."),
            Mistake(lambda: 0.0, "The held-out rating is half of the leaked mean, which brings it nearer."),
        ),
        tolerance=0.01,
        unit="stars",
    ),
    Question(
        "13-winner",
        "test_error",
        "MovieLens small, five folds: which kind of model has the lowest error on ratings it has never seen?",
        _winner,
        lambda: (
            "The mean over many draws comes first here: with few ratings for most films, admitting doubt is worth more "
            "than another layer. On larger data the order changes."
        ),
        (
            "There are many more films than users. How many ratings will most films have?",
            "A handful. Which model copes best with rows that are hardly determined?",
            "One of them does not settle for a single answer.",
        ),
        (
            Mistake(lambda: "point", "Close: they come next, and need the right λ, which the first does without."),
            Mistake(
                lambda: "network", "It does not come out ahead of the factors beside it: little nonlinear is left."
            ),
            Mistake(lambda: "autoencoder", "An autoencoder has many numbers to learn, and most films few ratings."),
            Mistake(lambda: "baseline", "Baselines are hard to beat here, but they are beaten."),
        ),
        {
            "bayes": "Bayesian factorization, the mean of many draws",
            "point": "Factorization with one best W and U, by ALS, SVD or descent",
            "network": "Factorization with a network beside it",
            "autoencoder": "An autoencoder",
            "baseline": "The means: μ, b and c without any vector",
        },
    ),
)
