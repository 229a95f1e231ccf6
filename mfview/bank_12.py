"""Questions of chapter 12: a code by hand, what a pass goes over, why noise, and what the mask is (notes §16–18)."""

from functools import cache

import numpy as np
from scipy.sparse import csr_array

from mfcore import autorec, denoise, fit, nn, trials
from mfcore.data import pictures
from mfcore.data.planted import planted
from mfcore.ratings import Ratings
from mfview import completed, hole, labels
from mfview.question import Mistake, Question

X, A, BIAS = np.array([1.0, -0.5]), np.array([[0.4], [0.2]]), 0.1
USERS, RATINGS, BATCH = 130_000, 20_000_000, 64
RHO, ABOVE = 0.2, 1.5
SHARE, GREY, UNKNOWN = 0.7, 0.5, 0.4
SMALL = autorec.Config(hidden=4, lam=1.0, batch=16)


def _code() -> float:
    row = csr_array((X, np.arange(2), np.array([0, 2])), shape=(1, 2))
    params = {"A": A, "a": np.array([BIAS])}
    return float(autorec.code(params, row, autorec.Config(hidden=1, activation="identity"))[0, 0])


def _steps() -> float:
    return float(len(nn.batches(USERS, BATCH, np.random.default_rng(0))))


def _scaled() -> float:
    m = nn.dropout(100, RHO, np.random.default_rng(0))
    return float(ABOVE * m.max())


@cache
def _newcomer() -> str:
    """What `encode` changes when a row is added to the users a network was fitted to."""
    R = planted(N=60, M=40, density=0.4).ratings
    known = R.i < R.N - 1
    before = Ratings.from_codes(R.i[known], R.j[known], R.r[known], R.user_ids[:-1], R.item_ids)
    s = fit(autorec, before, SMALL, T=3)
    after = autorec.encode(s, R, SMALL)
    if not all(np.array_equal(x, autorec.parameters(after, SMALL)[name]) for name, x in _learnt(s).items()):
        return "again"
    return "sum" if np.array_equal(after.W[:-1], s.W) and len(after.W) == R.N else "vector"


def _learnt(s: autorec.State) -> nn.Params:
    return autorec.parameters(s, SMALL)


@cache
def _completions() -> tuple[float, float, float]:
    """RMSE where SHARE of new pictures is gone: learnt without noise, with ρ = 0.5, and the mean picture."""
    x = completed.new()
    m = pictures.damage(len(x), "pixels", SHARE, seed=3).astype(np.float32)
    by_rho = [
        denoise.rmse_hidden(x, denoise.complete(completed.state(cfg, whole=True), x, m, cfg), m)
        for cfg in (completed.WHOLE[0.0], completed.WHOLE[0.5])
    ]
    mean = denoise.rmse_hidden(x, np.broadcast_to(completed.mean_picture(), x.shape), m)
    return by_rho[0], by_rho[1], mean


def _without_noise() -> str:
    none, noisy, mean = _completions()
    return "worse" if none > mean else "same" if none < 1.1 * noisy else "between"


def _black() -> float:
    """The constant with the least unmasked error on pictures that hold 0 where nothing is known."""
    known = np.ones((10, 10))
    known.flat[: round(UNKNOWN * known.size)] = 0
    greys = np.linspace(0, 1, 1001)
    return float(min(greys, key=lambda c: nn.masked_error(GREY * known, np.full((10, 10), c), np.ones((10, 10)))))


@cache
def _unmasked() -> str:
    """Where the test predictions of an unmasked network lie: their mean, and whether they still differ."""
    train, test = planted(N=60, M=40, density=0.2).ratings.split(test=0.1, seed=0)
    said = {}
    for way in (trials.MASKED, trials.UNMASKED):
        s = fit(autorec, train, trials.ways(SMALL)[way], T=10)
        said[way] = autorec.predict(s, test.i, test.j)
    wrong, right = said[trials.UNMASKED], said[trials.MASKED]
    if wrong.std() > 0.9 * right.std():
        return "same"
    return "mu" if abs(wrong.mean() - train.mu) < abs(wrong.mean()) else "zero"


def _equal() -> str:
    found = hole.rated_mu(hole.farthest())
    fed, counts = found.fed > 0, found.J[1] != found.J[0]
    return {(False, True): "counts", (False, False): "nothing", (True, True): "both", (True, False): "input"}[
        fed, counts
    ]


def _from_to() -> str:
    before, after = hole.rated_mu(hole.farthest()).J
    return f"from {before:.4f} to {after:.4f}"


QUESTIONS = (
    Question(
        "12-by-hand",
        "autoencoder",
        "Someone rated two films: one star above $\\mu$, and half a star below. The films' rows of $A$ are the single "
        f"numbers {A[0, 0]:g} and {A[1, 0]:g}, $a = {BIAS:g}$, and $f$ is the identity. What is the code $w$?",
        _code,
        lambda: f"$1 \\cdot {A[0, 0]:g} + (-0.5) \\cdot {A[1, 0]:g} + {BIAS:g} = {_code():g}$.",
        (
            "Each rating, less $\\mu$, multiplies its film's row of $A$.",
            "The products are added, and then $a$.",
            f"$1 \\cdot {A[0, 0]:g} - 0.5 \\cdot {A[1, 0]:g} + {BIAS:g}$.",
        ),
        (
            Mistake(lambda: _code() - BIAS, "The bias $a$ is missing."),
            Mistake(
                lambda: float(np.abs(X) @ A[:, 0]) + BIAS, "The second rating lies below $\\mu$: it counts as −0.5."
            ),
            Mistake(lambda: float(A.sum()) + BIAS, "A row of $A$ is multiplied by the rating, less $\\mu$."),
        ),
    ),
    Question(
        "12-passes",
        "autoencoder",
        f"{USERS:,} users gave {RATINGS:,} ratings. A user-based autoencoder takes {BATCH} rows at a step. How many "
        "steps are there in one epoch?",
        _steps,
        lambda: (
            f"${USERS:,} / {BATCH} = {USERS / BATCH:,.2f}$, and the last batch is smaller: {_steps():,.0f} steps. "
            f"Descent on single ratings would take {RATINGS:,}."
        ),
        (
            "One sample is one user, with all of their ratings.",
            f"Divide {USERS:,} by {BATCH}.",
            "What is left over is a batch too.",
        ),
        (
            Mistake(lambda: float(USERS // BATCH), "Some rows are left over, and they too must be learnt from."),
            Mistake(lambda: float(RATINGS // BATCH), "You divided the ratings. A sample here is a user."),
            Mistake(lambda: float(USERS), "That is how many rows there are. A step takes many at once."),
        ),
        tolerance=0.0,
    ),
    Question(
        "12-new-user",
        "autoencoder",
        "Somebody new has rated ten films, all of them known. What must be learnt before a user-based autoencoder can "
        "predict the rest?",
        _newcomer,
        lambda: (
            "Nothing: the code is a sum of rows of $A$, which are learnt already. Factorization would have to solve "
            "for a new $w_i$ first."
        ),
        (
            "Which letters belong to a user, and which to films?",
            "$A$, $a$, $U$ and $c$ are all there is, and none has a row for users.",
            "$w_i = f(\\sum (r_{ij} - \\mu) A_j + a)$ can be computed at once.",
        ),
        (
            Mistake(lambda: "vector", "So it is in chapter 3. Here $w_i$ is computed and not learnt."),
            Mistake(lambda: "again", "Nothing that is learnt belongs to one user, so nothing is out of date."),
        ),
        {"sum": "Nothing: a sum will do", "vector": "Their own vector $w_i$", "again": "Everything, again"},
    ),
    Question(
        "12-no-noise",
        "autoencoder",
        f"A network was trained, without noise, to reproduce whole faces. Now {SHARE:.0%} of a new face's pixels are "
        "gone. How well does it complete them?",
        _without_noise,
        lambda: (
            f"RMSE on the hidden pixels: {_completions()[0]:.3f}, and {_completions()[2]:.3f} for the mean of all "
            f"training pictures. The same network, trained with ρ = 0.5, misses by {_completions()[1]:.3f}."
        ),
        (
            "What does a network do when it has to reproduce its input?",
            "A copy of holes is holes.",
            "Somebody who always shows the mean picture at least shows a face.",
        ),
        (
            Mistake(lambda: "same", "It was never asked for anything that it could not see."),
            Mistake(lambda: "between", "It passes the holes on, and does worse than not looking at all."),
        ),
        {
            "same": "As well as one trained with noise",
            "between": "Less well, but better than the mean picture",
            "worse": "Worse than the mean picture",
        },
    ),
    Question(
        "12-black-holes",
        "autoencoder",
        f"Every training picture has mean grey {GREY:g}, but {UNKNOWN:.0%} of its pixels are unknown and stored as 0. "
        "The loss has no mask. What is the mean grey of the network's pictures?",
        _black,
        lambda: (
            f"$(1 - {UNKNOWN:g}) \\cdot {GREY:g} + {UNKNOWN:g} \\cdot 0 = {_black():g}$: each hole is an observation "
            "of black, and squared error is least at the mean of what was observed."
        ),
        (
            "Without a mask, what does the loss take an unknown pixel to be?",
            "The best constant is a mean. Of which numbers?",
            f"{1 - UNKNOWN:.0%} of them are {GREY:g} on average, the others are 0.",
        ),
        (
            Mistake(lambda: GREY, "That is so with the mask. Without it the zeros count."),
            Mistake(lambda: GREY * UNKNOWN, f"{UNKNOWN:.0%} is the unknown part. What is known is the rest."),
            Mistake(lambda: 0.0, "Not all pixels are unknown: some still say what they are."),
        ),
        tolerance=0.01,
    ),
    Question(
        "12-unmasked",
        "autoencoder",
        "Ratings are fed in less $\\mu$, and the loss counts every cell, rated or not. Where do the predictions go?",
        _unmasked,
        lambda: (
            "A hole holds 0, which after centring stands for $\\mu$. There are many more holes than ratings, so "
            "predictions are drawn to $\\mu$, and tastes are wiped out."
        ),
        (
            "What number does a cell hold in which nothing is stored?",
            "0, and what rating is 0 after $\\mu$ has been subtracted?",
            "The network is told many times that almost everybody finds almost everything average.",
        ),
        (
            Mistake(lambda: "zero", "That is so where nothing was subtracted. Here 0 stands for $\\mu$."),
            Mistake(lambda: "same", "The holes are the majority of the cells, and each of them pulls."),
        ),
        {"mu": "Towards $\\mu$", "zero": "Towards 0 stars", "same": "Nowhere: it makes no difference"},
    ),
    Question(
        "12-equal-mu",
        "autoencoder",
        "A rating is exactly $\\mu$, so that 0 is stored for it. What effect does it have, if the mask is the set of "
        "stored cells?",
        _equal,
        lambda: (
            "To the encoder it adds 0, as a hole does. In the loss it counts, as a hole does not: in the cell "
            f"*{labels.markdown(hole.farthest())}* of the tiny table it takes $J$ {_from_to()}, and the prediction is "
            "pulled to $\\mu$."
        ),
        (
            "There are two places: what goes in, and what is compared with what comes out.",
            "In: $0 \\cdot A_j = 0$.",
            "Out: the cell is stored, so $(0 - (\\hat r - \\mu))^2$ is part of $J$.",
        ),
        (
            Mistake(lambda: "nothing", "That is what a mask made of values would do. What is stored was rated."),
            Mistake(lambda: "both", "What goes in is multiplied by 0."),
            Mistake(lambda: "input", "The other way round."),
        ),
        {
            "counts": "Adds nothing to the code, counts in the loss",
            "nothing": "Neither: it is as if it did not exist",
            "both": "Changes the code and counts in the loss",
            "input": "Changes the code, does not count in the loss",
        },
    ),
    Question(
        "12-scale",
        "autoencoder",
        f"Dropout with $\\rho = {RHO:g}$. A rating {ABOVE:g} above $\\mu$ is not dropped. Which number goes in?",
        _scaled,
        lambda: (
            f"${ABOVE:g} / (1 - {RHO:g}) = {_scaled():g}$. Dropped ratings give 0, so on average {ABOVE:g} goes in, as "
            "it will when nothing is dropped any more."
        ),
        (
            "The average of what goes in should be what was rated.",
            f"It goes in with probability $1 - {RHO:g}$, else 0 does.",
            f"Divide by $1 - {RHO:g}$.",
        ),
        (
            Mistake(lambda: ABOVE, f"Then on average only {ABOVE * (1 - RHO):g} would go in."),
            Mistake(lambda: ABOVE * (1 - RHO), "You multiplied. What is left must count for more, not less."),
            Mistake(lambda: ABOVE / RHO, "$\\rho$ is the share that is dropped. Divide by the share that is left."),
        ),
    ),
)
