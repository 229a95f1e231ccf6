"""Questions of chapter 2: a rating as a dot product (notes §2, 3; E12)."""

import numpy as np

from mfcore import interpret
from mfcore.interpret import CLASH, MATCH
from mfcore.ratings import Floats
from mfview.question import Mistake, Question


def _vectors(example: interpret.Example) -> tuple[Floats, Floats]:
    return np.array(example.w), np.array(example.u)


def _dot(example: interpret.Example) -> float:
    return float(interpret.contributions(*_vectors(example)).sum())


def _sum_written_out(example: interpret.Example) -> str:
    terms = [f"{x:g}" if x >= 0 else f"({x:g})" for x in interpret.contributions(*_vectors(example)) + 0.0]
    return f"${' + '.join(terms)} = {_dot(example):.1f}$."


def _norms(example: interpret.Example) -> float:
    w, u = _vectors(example)
    return float(np.linalg.norm(w) * np.linalg.norm(u))


def _cosine(example: interpret.Example) -> float:
    return float(interpret.cosine(*_vectors(example)))


def _written(x: tuple[float, ...]) -> str:
    entries = r",\; ".join(f"{value:g}" for value in x)
    return f"({entries})"


def _prompt(example: interpret.Example) -> str:
    return f"$w_i = {_written(example.w)}$ and $u_j = {_written(example.u)}$."


def _doubled() -> str:
    """What doubling u_j does to the product and to the cosine, in the words of the options."""
    w, u = _vectors(MATCH)
    product = float(interpret.contributions(w, 2 * u).sum() / interpret.contributions(w, u).sum())
    cos = float(interpret.cosine(w, 2 * u) / interpret.cosine(w, u))
    return {(2, 1): "product", (2, 2): "both", (1, 1): "neither", (1, 2): "cosine"}[round(product), round(cos)]


def _two_dislikes() -> str:
    return "raises" if interpret.contributions(np.array([-1.0]), np.array([-1.3]))[0] > 0 else "lowers"


_EXAMPLE_HINTS = (
    "Multiply the two vectors entry by entry, then add.",
    "Mind the signs: − times − is +, and − times + is −.",
)

QUESTIONS = (
    Question(
        "02-first-example",
        "dot_product",
        f"{_prompt(MATCH)} What does $w_i^\\top u_j$ come to?",
        lambda: _dot(MATCH),
        lambda: _sum_written_out(MATCH) + " In every product the signs agree, or one factor is 0.",
        (*_EXAMPLE_HINTS, "The first three products are 1, 1.2 and 1.3, and the fourth is 0."),
        (
            Mistake(
                lambda: _dot(MATCH) - 2 * float(interpret.contributions(*_vectors(MATCH))[2]),
                "You counted the third product as negative. Minus times minus is plus: both are negative on romance.",
            ),
            Mistake(lambda: _dot(MATCH) + MATCH.w[3], "The fourth product is $0.1 \\cdot 0 = 0$, not 0.1."),
            Mistake(lambda: _norms(MATCH), "That is $\\|w\\|\\,\\|u\\|$, which $\\cos\\theta$ has yet to multiply."),
            Mistake(lambda: _cosine(MATCH), "That is $\\cos\\theta$, the product divided by both norms."),
            Mistake(lambda: float(sum(MATCH.w) * sum(MATCH.u)), "You added first and then multiplied. Multiply first."),
        ),
        tolerance=0.01,
    ),
    Question(
        "02-second-example",
        "dot_product",
        f"{_prompt(CLASH)} What do you expect $w_i^\\top u_j$ to be?",
        lambda: _dot(CLASH),
        lambda: _sum_written_out(CLASH) + " What this user likes, the film lacks, and the other way round.",
        (*_EXAMPLE_HINTS, "The first two products are −1 and −0.8, the third is $-1 \\cdot 1$, the fourth 0."),
        (
            Mistake(
                lambda: -_dot(CLASH),
                "The size is right and the sign is not: in every product one factor is positive and one negative.",
            ),
            Mistake(lambda: _dot(CLASH) + CLASH.w[3], "The fourth product is $0.1 \\cdot 0 = 0$, not 0.1."),
            Mistake(lambda: _dot(CLASH) - CLASH.w[3], "The fourth product is $0.1 \\cdot 0 = 0$, not −0.1."),
            Mistake(
                lambda: _dot(CLASH) - 2 * float(interpret.contributions(*_vectors(CLASH))[2]),
                "The third product is $-1 \\cdot 1 = -1$. You added it with the wrong sign.",
            ),
            Mistake(
                lambda: -_norms(CLASH),
                "That is $-\\|w\\|\\,\\|u\\|$, as if the two pointed in exactly opposite directions. Multiply by "
                "$\\cos\\theta$.",
            ),
            Mistake(lambda: _norms(CLASH), "That is $\\|w\\|\\,\\|u\\|$, which $\\cos\\theta$ has yet to multiply."),
            Mistake(lambda: _cosine(CLASH), "That is $\\cos\\theta$, the product divided by both norms."),
        ),
        tolerance=0.01,
    ),
    Question(
        "02-cosine",
        "dot_product",
        f"{_prompt(MATCH)} What is $\\cos\\theta$, to two decimals?",
        lambda: _cosine(MATCH),
        lambda: (
            f"$w^\\top u$ is {_dot(MATCH):.1f} and $\\|w\\|\\,\\|u\\|$ is {_norms(MATCH):.2f}: they point almost the "
            f"same way, {interpret.angle(*_vectors(MATCH)):.0f}° apart."
        ),
        (
            "$w^\\top u = \\|w\\|\\,\\|u\\|\\cos\\theta$: solve for $\\cos\\theta$.",
            "$\\|w\\|$ is the square root of the sum of the squares of its entries.",
            f"Divide {_dot(MATCH):.1f} by {_norms(MATCH):.3f}.",
        ),
        (
            Mistake(lambda: _dot(MATCH), "That is the dot product. Divide it by both norms."),
            Mistake(lambda: interpret.angle(*_vectors(MATCH)), "That is the angle in degrees. Take its cosine."),
            Mistake(
                lambda: _dot(MATCH) / _norms(MATCH) ** 2,
                "You divided by the squared norms. Take their square roots.",
            ),
            Mistake(lambda: _dot(MATCH) / float(np.linalg.norm(MATCH.w)), "Divide by $\\|u\\|$ as well."),
            Mistake(lambda: _dot(MATCH) / float(np.linalg.norm(MATCH.u)), "Divide by $\\|w\\|$ as well."),
        ),
    ),
    Question(
        "02-doubled",
        "dot_product",
        "Every entry of a film's $u_j$ is doubled. What happens to its prediction $w_i^\\top u_j$ and to the angle's "
        "$\\cos\\theta$?",
        _doubled,
        lambda: "The film says the same thing louder. The norm takes part in the product and not in the angle (E12).",
        (
            "Does the vector point somewhere else than before?",
            "$w^\\top u = \\|w\\|\\,\\|u\\|\\cos\\theta$. Which of the three factors changes?",
            "Only $\\|u\\|$ changes: it doubles.",
        ),
        (
            Mistake(lambda: "both", "$\\cos\\theta$ never exceeds 1: the angle is the same, the vector is longer."),
            Mistake(lambda: "neither", "The angle stays, but $\\|u\\|$ doubles, and the product with it."),
            Mistake(lambda: "cosine", "It is the other way round: the direction stays, the length changes."),
        ),
        {
            "both": "Both double",
            "product": "The prediction doubles, the cosine stays",
            "cosine": "The cosine doubles, the prediction stays",
            "neither": "Neither changes",
        },
    ),
    Question(
        "02-two-dislikes",
        "dot_product",
        "On one axis $w_{if} = -1$: the user dislikes it. The film has $u_{jf} = -1.3$: the opposite of it. What does "
        "this axis do to the prediction?",
        _two_dislikes,
        lambda: "Minus times minus is plus: lacking what somebody dislikes is a reason to see the film.",
        (
            "A prediction is a sum of products. What is the sign of this one?",
            "$-1 \\cdot -1.3$ is the term.",
            "The term is +1.3.",
        ),
        (
            Mistake(lambda: "lowers", "Both numbers are negative, so their product is positive."),
            Mistake(lambda: "nothing", "Only a factor of 0 does nothing. Minus says dislikes, not indifferent."),
        ),
        {"raises": "It raises it", "lowers": "It lowers it", "nothing": "It does nothing"},
    ),
)
