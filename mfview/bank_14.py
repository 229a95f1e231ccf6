"""Questions of chapter 14: what somebody new gets, what a rating is worth, what makes a model surer (§3, 4, 12)."""

from functools import cache

import numpy as np

from mfcore import als, data, fit, fold_in
from mfcore.fold_in import Folded
from mfview.question import Mistake, Question

U_RATED, U_OTHER, Y, LAM, MORE = 2.0, 1.0, 2.0, 1.0, 1.5
SIGMA, LEVERAGE = 0.8, 0.44
CFG = als.Config(k=2, lam=0.5, joint=True)
RATED, GIVEN = (0, 3, 5), (5.0, 1.0, 4.0)


def _one_dimension(y: float, rated: int = 1) -> Folded:
    """k = 1 and no bias: film 0 with U_RATED, rated y; film 1 with U_OTHER; film 2 whose u² is LEVERAGE."""
    U = np.array([[U_RATED], [U_OTHER], [LEVERAGE**0.5]])
    s = als.State(0, np.zeros((1, 1)), U, np.zeros(1), np.zeros(3), 0.0)
    return fold_in.fold(s, [0][:rated], [y][:rated], als.Config(k=1, lam=LAM, biases=False))


def _by_hand() -> float:
    return float(_one_dimension(Y).w[0])


def _raised() -> float:
    low, high = (fold_in.predict(_one_dimension(y), [1])[0] for y in (Y, Y + MORE))
    return float(high - low)


def _spread() -> float:
    return float(fold_in.predictive(_one_dimension(0.0, rated=0), [2], SIGMA).spread[0])


@cache
def _tiny() -> als.State:
    return fit(als, data.load("tiny")[0], CFG, T=20)


def _nothing_rated() -> str:
    s = _tiny()
    every = np.arange(len(s.U))
    found = fold_in.predict(fold_in.fold(s, [], [], CFG), every)
    outcomes = {"known": s.mu + s.c, "mu": np.full(len(every), s.mu), "zero": np.zeros(len(every))}
    return next((word for word, would in outcomes.items() if np.allclose(found, would)), "any")


def _foreseen() -> str:
    """What goes when a rating goes that the others foresee."""
    s, n = _tiny(), 1
    rest = fold_in.without(fold_in.fold(s, RATED, GIVEN, CFG), n)
    given = list(GIVEN)
    given[n] = float(fold_in.predict(rest, [RATED[n]])[0])
    whole = fold_in.fold(s, RATED, given, CFG)
    others = np.setdiff1d(np.arange(len(s.U)), RATED)
    change = fold_in.predict(rest, others) - fold_in.predict(whole, others)
    if np.allclose(change, 0):
        return "nothing"
    return "share" if np.allclose(change, -fold_in.shares(whole, others)[:, n]) else "every"


def _what_narrows() -> str:
    s = _tiny()

    def doubt(film: int, stars: float) -> float:
        f = fold_in.fold(s, [*RATED, film], [*GIVEN, stars], CFG)
        return float(fold_in.predictive(f, np.arange(len(s.U)), 1.0).squares.sum())

    by_stars = not np.isclose(doubt(1, 1.0), doubt(1, 5.0))
    by_film = not np.isclose(doubt(1, 3.0), doubt(2, 3.0))
    return {(True, False): "film", (False, True): "stars", (True, True): "both", (False, False): "neither"}[
        by_film, by_stars
    ]


def _twice_as_far() -> str:
    s = _tiny()
    base = s.mu + s.c[list(RATED)]
    once, twice = (fold_in.fold(s, RATED, base + far * (np.array(GIVEN) - base), CFG) for far in (1.0, 2.0))
    doubts = [fold_in.predictive(f, np.arange(len(s.U)), 1.0).doubt for f in (once, twice)]
    doubles, same = np.allclose(twice.row.x, 2 * once.row.x), np.allclose(doubts[0], doubts[1])
    return {(True, True): "vector", (True, False): "all", (False, True): "less", (False, False): "less"}[doubles, same]


QUESTIONS = (
    Question(
        "14-nothing-rated",
        "you",
        "Somebody new has rated nothing yet, and $\\lambda > 0$. What does the model predict for them and film $j$?",
        _nothing_rated,
        lambda: (
            "With no rating in the sum only $\\lambda\\|x\\|^2$ is left of $J$, which is least at $w = 0$, $b = 0$. "
            "What remains of $\\hat r_j$ is $\\mu + c_j$: everybody's list, the good films first."
        ),
        (
            "Which terms of $J$ have this person's $w$ and $b$ in them?",
            "Only the penalty. Where is it least?",
            "Put $w = 0$ and $b = 0$ into $\\hat r_j = w^\\top u_j + b + c_j + \\mu$.",
        ),
        (
            Mistake(lambda: "zero", "$w$ and $b$ are 0, but $\\mu$ and $c_j$ are not: they come from everybody else."),
            Mistake(lambda: "mu", "Close. But films differ for somebody new as well: what is known of film $j$ alone?"),
            Mistake(lambda: "any", "Without λ it would be so. λ makes one answer the least: which?"),
        ),
        {
            "known": "μ + cⱼ",
            "mu": "μ, the same for every film",
            "zero": "0",
            "any": "It cannot be told: every w fits as well",
        },
    ),
    Question(
        "14-by-hand",
        "you",
        f"One dimension, no bias. You rate one film, with $u = {U_RATED:g}$, and give it {Y:g} stars more than "
        f"everybody does: $y = {Y:g}$. With $\\lambda = {LAM:g}$, what is your $w$?",
        _by_hand,
        lambda: (
            f"$w = \\frac{{u\\,y}}{{u^2 + \\lambda}} = \\frac{{{U_RATED:g} \\cdot {Y:g}}}"
            f"{{{U_RATED:g}^2 + {LAM:g}}} = {_by_hand():g}$."
        ),
        (
            "Fold-in is ridge regression; here with one point and one weight.",
            "$A = u^2 + \\lambda$ and the right-hand side is $u\\,y$.",
            f"Divide {U_RATED * Y:g} by ${U_RATED:g}^2 + {LAM:g}$.",
        ),
        (
            Mistake(lambda: Y / U_RATED, "That would be exact without λ. λ holds w back."),
            Mistake(lambda: Y / (U_RATED**2 + LAM), "The right-hand side is $u\\,y$, not $y$."),
            Mistake(lambda: U_RATED * Y, "That is the right-hand side. Divide by $u^2 + \\lambda$."),
        ),
    ),
    Question(
        "14-share",
        "you",
        f"The same model, and another film with $u = {U_OTHER:g}$. You raise your one rating by {MORE:g} stars. By how "
        "much does $\\hat r$ of the other film rise?",
        _raised,
        lambda: (
            f"$z_j^\\top A^{{-1}} z_l = {U_OTHER:g} \\cdot \\frac{{1}}{{{U_RATED**2 + LAM:g}}} \\cdot {U_RATED:g}$ for "
            f"each star, so {_raised():g} for {MORE:g}. Whatever the rating was before: $\\hat r$ is linear in it."
        ),
        (
            "$\\hat r_j$ is linear in the rating. What is the factor?",
            "$z_j^\\top A^{-1} z_l$, with $z = u$ and $A = u_l^2 + \\lambda$.",
            f"{U_OTHER:g} times {U_RATED:g}, divided by {U_RATED**2 + LAM:g}, times {MORE:g}.",
        ),
        (
            Mistake(lambda: MORE, "Not star for star: the two films are different, and λ holds back."),
            Mistake(lambda: U_OTHER * U_RATED * MORE, "Divide by $A = u_l^2 + \\lambda$."),
            Mistake(lambda: _raised() / MORE, f"That is for one star. You raised the rating by {MORE:g}."),
            Mistake(lambda: U_OTHER / U_RATED * MORE, "That is without λ: $A$ is $u_l^2 + \\lambda$."),
        ),
        unit="stars",
    ),
    Question(
        "14-removed",
        "you",
        "Your other ratings foresee exactly what you gave one film. You take that rating away. What happens to your "
        "other predictions?",
        _foreseen,
        lambda: (
            "What a rating changes is $(z_j^\\top A^{-1} z_n)(y_n - x'^\\top z_n)$, and the second factor, the "
            "surprise, is 0 here. Its share was not 0; the shares of the others grow to fill the gap."
        ),
        (
            "Think of the regression without that point. Where does the line pass?",
            "A point on the line of the others does not move the line.",
            "Only what surprises changes $x$.",
        ),
        (
            Mistake(
                lambda: "share", "Its share goes, but the vector is solved anew and the other shares change as well."
            ),
            Mistake(lambda: "every", "They would, if the rating had told something new."),
        ),
        {
            "nothing": "Nothing",
            "share": "Each loses that rating's share",
            "every": "They move, but not by that share",
        },
    ),
    Question(
        "14-next",
        "you",
        "You are about to rate one film more. On what does it depend how much doubt about your list is left?",
        _what_narrows,
        lambda: (
            "$A$ gains $z z^\\top$: which film it is counts, and the number of stars is nowhere in it. So the best "
            "film to ask about is known before it is rated."
        ),
        (
            "The covariance of $x$ is $\\sigma^2 A^{-1}$. What is in $A$?",
            "$A = \\sum z z^\\top + \\lambda I$, a sum over the films you rated.",
            "Your stars are in the right-hand side only.",
        ),
        (
            Mistake(lambda: "stars", "Stars move the prediction. Which film it is decides how well it is known."),
            Mistake(lambda: "both", "Look for your ratings in $A = \\sum z z^\\top + \\lambda I$."),
            Mistake(lambda: "neither", "A film unlike those on your list tells little about them, a similar one more."),
        ),
        {
            "film": "On which film it is",
            "stars": "On how many stars you give it",
            "both": "On both",
            "neither": "On neither: any rating does the same",
        },
    ),
    Question(
        "14-spread",
        "you",
        f"$\\sigma = {SIGMA:g}$ stars, and for a film $z_j^\\top A^{{-1}} z_j = {LEVERAGE:g}$. What is the standard "
        "deviation of the rating that you would give it?",
        _spread,
        lambda: (
            f"${SIGMA:g} \\cdot \\sqrt{{1 + {LEVERAGE:g}}} = {_spread():g}$. With ever more ratings it would go to "
            f"{SIGMA:g}, and no further."
        ),
        (
            "Two things are in doubt: your vector, and the noise of the one rating.",
            "$\\mathrm{Var}(r_j) = \\sigma^2 (1 + z_j^\\top A^{-1} z_j)$.",
            "Take the root of that.",
        ),
        (
            Mistake(lambda: SIGMA * LEVERAGE**0.5, "That is the doubt about $\\hat r$. A rating has noise on top."),
            Mistake(lambda: SIGMA**2 * (1 + LEVERAGE), "That is the variance. Take its root."),
            Mistake(
                lambda: SIGMA * (1 + LEVERAGE), "Variances are multiplied by 1.44, standard deviations by its root."
            ),
            Mistake(lambda: SIGMA, "That is the noise alone: it would be right if your vector were known."),
        ),
        unit="stars",
    ),
    Question(
        "14-linear",
        "you",
        "Somebody rates the same films as you do, but lies twice as far from everybody ($y$ is doubled for each film). "
        "How do they differ from you?",
        _twice_as_far,
        lambda: (
            "$x = A^{-1} \\sum y_l z_l$, and $A$ is the same: all of $x$ doubles. The covariance $\\sigma^2 A^{-1}$ "
            "does not have $y$ in it: the model is as sure of them as of you."
        ),
        (
            "Where does $y$ stand in the fold-in equation?",
            "Only in the right-hand side, and linearly.",
            "And the covariance is $\\sigma^2 A^{-1}$.",
        ),
        (
            Mistake(lambda: "all", "The covariance is $\\sigma^2 A^{-1}$, and no rating is in $A$."),
            Mistake(lambda: "less", "λ holds both back by the same factors: ridge is linear in $y$."),
        ),
        {
            "vector": "w and b are doubled, the doubt is the same",
            "all": "w, b and the doubt are doubled",
            "less": "w and b are less than doubled, as λ punishes length",
        },
    ),
)
