"""The question bank: its answers are the library's, and the usual wrong answers are each told apart."""

import ast

import numpy as np
import pytest
from streamlit.testing.v1 import AppTest

from mfcore import als, data, interpret, ridge, storage
from mfview import chapters, questions
from mfview.question import Mistake, Question
from tests.conftest import ROOT

KEYS = [question.key for question in questions.ALL]
NUMBERS = [question.key for question in questions.ALL if question.kind == "number"]
MISTAKES = [(question.key, n) for question in questions.ALL for n in range(len(question.mistakes))]


def second_route(key):
    """Each answer once more, by hand."""
    tiny, _ = data.load("tiny")
    w, match, clash = ([1, 0.8, -1, 0.1, 1], [1, 1.5, -1.3, 0, 1.2], [-1, -1, 1, 0, -1])
    return {
        "01-density": 20 / 3380 * 100,
        "01-parameters": 1.56,
        "01-largest-k": max(k for k in range(1000) if 156_000 * k <= 20_000_000),
        "01-zero": 3,
        "01-psi": sum(user == "Fatou" for user in tiny.user_ids[tiny.i]),
        "02-first-example": sum(a * b for a, b in zip(w, match, strict=True)),
        "02-second-example": sum(a * b for a, b in zip(w, clash, strict=True)),
        "02-cosine": 4.7 / (sum(a * a for a in w) * sum(b * b for b in match)) ** 0.5,
        "02-doubled": "product",
        "02-two-dislikes": "raises",
        "03-one-dimension": min(np.arange(0, 4, 0.001), key=lambda w: (2 - w) ** 2 + (5 - 2 * w) ** 2),
        "03-lambda": min(np.arange(0, 4, 0.001), key=lambda w: (2 - w) ** 2 + (5 - 2 * w) ** 2 + w**2),
        "03-system-size": 100,
        "03-rank": 3,
        "03-what-falls": "only-train",
        "05-train-picks": "zero",
        "05-factor": 6 / (1 + 3),
        "05-large-lambda": "mean",
        "05-grid": "held",
        "05-frobenius": 1 + 4 + 4 + 1,
        "05-bias": min(np.arange(0, 1, 0.0001), key=lambda b: 20 * (0.6 - b) ** 2 + 5 * b**2),
        "05-slip-wins": "each",
        "06-numbers": 8 * 96 + 8 * 144,
        "06-index": 2**2 + 1**2,
        "06-zeros": (4 + 0) / 2,
        "06-best": "equal",
        "06-axes": "prediction",
        "04-alone": "most",
        "04-great-film": 3.5 + 0.9 - 0.4,
        "04-without": "worse-than-mean",
        "04-joint": "never-higher",
        "04-by-hand": min(np.arange(-2, 2, 0.001), key=lambda b: sum((r - 3 - b) ** 2 for r in (5, 4, 3)) + 3 * b**2),
        "07-sigma": ((1 + 1 + 0.25 + 0.25 + 0) / 5) ** 0.5,
        "07-split": max(np.arange(0.1, 3, 0.001), key=lambda w: -((4 - w * w) ** 2) / 2 - w * w) ** 2,
        "07-translate": 4 * 0.5**2,
        "07-exponent": 3 * 2 / 2,
        "07-noisier": "shorter",
        "07-more-factors": "train-only",
        "07-certain": "no-top",
        "08-more-draws": "same",
        "08-which-wider": "few",
        "08-noise-stays": (0.09 + 0.16) ** 0.5,
        "08-interval": 3.6 + 2 * 0.8,
        "08-overfit": "map",
        "08-average-w": "nothing",
        "09-one-hot": sum(1 for _row in range(1000) for _column in range(10)),
        "09-rows-learn": len(set("3137")),
        "09-ppmi": np.log((20 / 4000) / ((100 / 4000) * (200 / 4000))),
        "09-left-in": "fewer",
        "09-films": "hardly",
        "11-residual": 4 - 3.4,
        "11-more-factors": "closer",
        "11-bilinear": "none",
        "11-real-share": "little",
        "11-first-step": "last",
        "11-slip": "nothing",
        "11-layers": sum(p * q + q for p, q in ((4, 32), (32, 16), (16, 1))),
        "11-shares": "sum",
        "12-by-hand": 0.4 - 0.5 * 0.2 + 0.1,
        "12-passes": sum(1 for _ in range(0, 130_000, 64)),
        "12-new-user": "sum",
        "12-no-noise": "worse",
        "12-black-holes": (60 * 0.5 + 40 * 0) / 100,
        "12-unmasked": "mu",
        "12-equal-mu": "counts",
        "12-scale": 1.5 / 0.8,
        "10-one-step": 2 - 2 * (2 * 0.1 * 2),
        "10-by-hand": ((2 - 1.001 * 3 + 2) ** 2 - (2 - 0.999 * 3 + 2) ** 2) / 0.002,
        "10-how-many": 2 * (2 + 1),
        "10-who-is-first": "als",
        "10-batch": 2 * 1024 / 256,
        "10-too-large": min(eta for eta in np.arange(0.3, 1, 0.001) if abs(1 - 4 * eta) > 1 - 1e-9),
        "10-weight-decay": 2 * 0.5**2 / 10,
        "13-by-hand": (1**2 + 0.5**2 + 0.5**2) / 3,
        "13-identity": "zero-mean",
        "13-capacity": "falls-rises",
        "13-noise": "rises-falls",
        "13-item-mean": (5 - 3) - (5 - (3 + 5) / 2),
        "13-winner": "bayes",
        "14-nothing-rated": "known",
        "14-by-hand": min(np.arange(-2, 2, 0.001), key=lambda w: (2 - 2 * w) ** 2 + w * w),
        "14-share": 1.5 * (2 / 5) * 1,
        "14-removed": "nothing",
        "14-next": "film",
        "14-spread": (0.64 + 0.64 * 0.44) ** 0.5,
        "14-linear": "vector",
        "15-n-doubles": (2 * 40e6 * 110 + 156_000 * 1000 / 3) / (40e6 * 110 + 156_000 * 1000 / 3),
        "15-k-doubles": (40e6 * 420 + 156_000 * 8000 / 3) / (40e6 * 110 + 156_000 * 1000 / 3),
        "15-both-double": 2 * 2,
        "15-every-cell": 3380 / 20,
        "15-order": "rounding",
    }[key]


@pytest.mark.parametrize("key", KEYS)
def test_the_answer_is_right_by_a_second_route(key):
    verdict = questions.check(key, second_route(key))
    assert verdict.right
    assert verdict.message.startswith("Yes.")


@pytest.mark.parametrize(("key", "n"), MISTAKES)
def test_a_usual_mistake_is_wrong_and_has_its_own_message(key, n):
    question = questions.by_key(key)
    mistake = question.mistakes[n]
    verdict = question.check(mistake.answer())
    assert not verdict.right
    assert verdict.message == mistake.why


@pytest.mark.parametrize("key", KEYS)
def test_messages_differ_and_hints_are_three(key):
    question = questions.by_key(key)
    said = [mistake.why for mistake in question.mistakes]
    assert len(set(said)) == len(said)
    assert len({*question.hints}) == 3
    if question.kind == "choice":
        assert {question.answer(), *(mistake.answer() for mistake in question.mistakes)} == set(question.options)


def test_every_chapter_has_three_questions_and_every_question_a_chapter():
    for chapter in chapters.CHAPTERS:
        found = questions.of_chapter(chapter.slug)
        assert len(found) >= 3
        assert all(question.key.startswith(f"{chapter.number:02d}-") for question in found)
    assert {question.chapter for question in questions.ALL} <= {chapter.slug for chapter in chapters.CHAPTERS}
    assert len(set(KEYS)) == len(KEYS)


def said_in(folder: str) -> set[str]:
    """The keys of questions that stand in the code of a folder."""
    nodes = [node for path in (ROOT / folder).glob("*.py") for node in ast.walk(ast.parse(path.read_text("utf-8")))]
    return {node.value for node in nodes if isinstance(node, ast.Constant) and node.value in KEYS}


def test_every_question_is_asked_on_a_page_or_in_a_lesson():
    asked = said_in("mfapp")
    assert {key for key in KEYS if key[:2] in ("06", "07", "08")} <= asked
    assert {*KEYS} == asked | said_in("lessons")


@pytest.mark.parametrize(
    ("key", "module", "name", "broken"),
    [
        ("01-density", storage, "cells", lambda size: 1),
        ("01-parameters", storage, "parameters", lambda size: 1),
        ("01-largest-k", storage, "break_even", lambda size: 7.0),
        ("02-first-example", interpret, "contributions", lambda w, u: w + u),
        ("02-second-example", interpret, "contributions", lambda w, u: w + u),
        ("02-cosine", interpret, "cosine", lambda w, u: np.float64(0.5)),
    ],
)
def test_answers_follow_the_library(key, module, name, broken, monkeypatch):
    before = questions.by_key(key).answer()
    monkeypatch.setattr(module, name, broken)
    assert questions.by_key(key).answer() != before


def test_the_rank_is_that_of_the_library_s_row():
    R, _ = data.load("tiny")
    i = R.user_ids.tolist().index("Fatou")
    s = als.init(R, als.Config(k=4, lam=0, biases=False), np.random.default_rng(5))
    assert questions.by_key("03-rank").answer() == np.linalg.matrix_rank(
        ridge.ridge_row(s.U[R.Psi(i)], R.of_user(i)[1], 0.0).A
    )


@pytest.mark.parametrize("key", NUMBERS)
@pytest.mark.parametrize("given", [None, "", "many", [], float("nan"), float("inf"), "1e999"])
def test_what_is_not_a_number_is_told_so(key, given):
    verdict = questions.check(key, given)
    assert not verdict.right
    assert "number" in verdict.message


def test_numbers_are_read_as_people_write_them():
    for given in ("-3.8", "−3.8", "-3,8", " −3,80 ", np.float32(-3.8), -3.8):
        assert questions.check("02-second-example", given).right


def test_a_choice_is_known_by_its_word_and_its_text():
    assert questions.check("02-two-dislikes", "raises").right
    assert questions.check("02-two-dislikes", "It raises it").right
    assert questions.check("02-two-dislikes", " Raises").right
    assert "Choose one of" in questions.check("02-two-dislikes", np.array([1.0, 2.0])).message
    assert "Choose one of" in questions.check("02-two-dislikes", "perhaps").message


QUESTION = Question(
    "00-test", "none", "?", lambda: 12.0, lambda: "Because.", ("a", "b", "c"), (Mistake(lambda: 7.0, "seven"),)
)


@pytest.mark.parametrize(
    ("given", "said"),
    [(7, "seven"), (-12, "sign"), (1200, "decimal point"), (0.12, "decimal point"), (13, "too high"), (0, "too low")],
)
def test_what_is_said_of_other_wrong_answers(given, said):
    assert said in QUESTION.check(given).message


def test_an_answer_rounded_as_people_round_is_right():
    for key, rounded in (("01-density", 0.6), ("01-density", 0.59), ("02-cosine", 0.97), ("01-parameters", 1.56)):
        assert questions.check(key, rounded).right, key


def test_tolerance_is_absolute():
    assert QUESTION.check(12.005).right
    assert not QUESTION.check(12.006).right


def test_unknown_keys_are_an_error():
    with pytest.raises(LookupError, match="no question"):
        questions.check("99-none", 1)


def page(key: str) -> None:
    import streamlit as st

    from mfapp import quiz

    st.session_state["settled"] = quiz.ask(key)


def asked(key: str) -> AppTest:
    return AppTest.from_function(page, args=(key,)).run()


def press(at: AppTest, label: str) -> AppTest:
    return next(button for button in at.button if label in button.label).click().run()


def test_the_quiz_reveals_nothing_before_a_guess():
    at = asked("02-second-example")
    assert not at.session_state["settled"]
    assert not any("3.8" in text.value for text in [*at.markdown, *at.success, *at.info])


def test_the_quiz_explains_a_wrong_guess_then_accepts_the_right_one():
    at = asked("02-second-example")
    at.number_input[0].set_value(3.8)
    press(at, "Check")
    assert "sign" in at.info[0].value
    assert not at.session_state["settled"]
    at.number_input[0].set_value(-3.8)
    press(at, "Check")
    assert at.success[0].value.startswith("Yes.")
    assert at.session_state["settled"]
    assert not at.exception


def test_hints_come_one_by_one_and_the_answer_on_demand():
    at = asked("02-two-dislikes")
    for number in (1, 2, 3):
        press(at, f"Hint {number}")
        assert sum("**Hint" in text.value for text in at.markdown) == number
    press(at, "Show the answer")
    assert at.session_state["settled"]
    assert "It raises it" in at.markdown[-1].value


def test_checking_without_a_guess_asks_for_one():
    at = press(asked("01-zero"), "Check")
    assert any("Enter a guess" in text.value for text in at.markdown)
    assert not at.session_state["settled"]
