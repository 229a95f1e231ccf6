"""The question bank of all chapters: `check(key, given)` says whether an answer is right and, if not, why."""

from mfview import (
    bank_01,
    bank_02,
    bank_03,
    bank_04,
    bank_05,
    bank_06,
    bank_07,
    bank_08,
    bank_09,
    bank_10,
    bank_11,
    bank_12,
    bank_13,
    bank_14,
    bank_15,
)
from mfview.question import Mistake, Question, Verdict

__all__ = ["ALL", "Mistake", "Question", "Verdict", "by_key", "check", "of_chapter"]

ALL = (
    *bank_01.QUESTIONS,
    *bank_02.QUESTIONS,
    *bank_03.QUESTIONS,
    *bank_04.QUESTIONS,
    *bank_05.QUESTIONS,
    *bank_06.QUESTIONS,
    *bank_07.QUESTIONS,
    *bank_08.QUESTIONS,
    *bank_09.QUESTIONS,
    *bank_10.QUESTIONS,
    *bank_11.QUESTIONS,
    *bank_12.QUESTIONS,
    *bank_13.QUESTIONS,
    *bank_14.QUESTIONS,
    *bank_15.QUESTIONS,
)


def by_key(key: str) -> Question:
    """The question of that key. Raises LookupError if there is none."""
    for question in ALL:
        if question.key == key:
            return question
    raise LookupError(f"no question is called {key!r}")


def of_chapter(slug: str) -> tuple[Question, ...]:
    """The questions of a chapter in their order."""
    return tuple(question for question in ALL if question.chapter == slug)


def check(key: str, given: object) -> Verdict:
    """Whether `given` answers the question, and what to say. Raises LookupError on an unknown key."""
    return by_key(key).check(given)
