"""What a question is: a prompt, an answer that the library computes, hints, and the wrong answers it knows."""

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from typing import Literal

Answer = float | str


@dataclass(frozen=True, slots=True)
class Mistake:
    """A wrong answer that people arrive at, computed as they compute it, and what to say to them."""

    answer: Callable[[], Answer]
    why: str


@dataclass(frozen=True, slots=True)
class Verdict:
    """Whether an answer is right, and what to say: Markdown with LaTeX."""

    right: bool
    message: str


@dataclass(frozen=True, slots=True)
class Question:
    """One question of a chapter.

    key: the chapter's number and a name, as in "02-second-example".  chapter: its slug.
    prompt, hints (from a nudge to nearly the answer): Markdown with LaTeX.
    answer: computed when it is needed, never typed in; a word of `options` where there are any, else a number.
    explain: how the answer comes about, with its numbers.
    tolerance: how far a number may lie from the answer, in the answer's unit.  unit: the words behind the number.
    """

    key: str
    chapter: str
    prompt: str
    answer: Callable[[], Answer]
    explain: Callable[[], str]
    hints: tuple[str, str, str]
    mistakes: tuple[Mistake, ...] = ()
    options: Mapping[str, str] = field(default_factory=dict)
    tolerance: float = 0.005
    unit: str = ""

    @property
    def kind(self) -> Literal["number", "choice"]:
        """How it is answered."""
        return "choice" if self.options else "number"

    @property
    def solution(self) -> str:
        """The answer in words, and how it comes about."""
        answer = self.answer()
        shown = self.options[answer] if isinstance(answer, str) else f"{readable(answer)} {self.unit}".strip()
        return f"**{shown}.** {self.explain()}"

    def check(self, given: object) -> Verdict:
        """Compare an answer: a number, or text that reads as one; for a choice, the option's word or its text."""
        return self._check_choice(given) if self.options else self._check_number(given)

    def why(self, given: Answer) -> str:
        """What probably went wrong on the way to `given`."""
        for mistake in self.mistakes:
            if self._same(given, mistake.answer()):
                return mistake.why
        answer = self.answer()
        if isinstance(answer, str) or isinstance(given, str):
            return "That is not it. A hint may help."
        if self._same(given, -answer):
            return "The size is right, but the sign is not."
        if answer and given and _is_power_of_ten(given / answer):
            return "The digits are right, but the decimal point or the unit is not."
        return f"That is too {'high' if given > answer else 'low'}. A hint may help."

    def _check_choice(self, given: object) -> Verdict:
        said = given.strip().casefold() if isinstance(given, str) else ""
        word = next((word for word, text in self.options.items() if said in (word.casefold(), text.casefold())), None)
        if word is None:
            return Verdict(False, f"Choose one of: {', '.join(self.options)}.")
        return self._verdict(word)

    def _check_number(self, given: object) -> Verdict:
        try:
            number = float(given.replace(",", ".").replace("−", "-") if isinstance(given, str) else given)  # type: ignore[arg-type]
        except (TypeError, ValueError):
            return Verdict(False, "The answer is a number.")
        return self._verdict(number) if math.isfinite(number) else Verdict(False, "The answer is a finite number.")

    def _verdict(self, given: Answer) -> Verdict:
        if self._same(given, self.answer()):
            return Verdict(True, f"Yes. {self.explain()}")
        return Verdict(False, self.why(given))

    def _same(self, a: Answer, b: Answer) -> bool:
        if isinstance(a, str) or isinstance(b, str):
            return a == b
        return abs(a - b) <= self.tolerance * (1 + 1e-9)


def readable(x: float) -> str:
    """A number with no more digits than it needs, thousands apart, and a true minus sign."""
    text = f"{x:,.0f}" if x == round(x) else f"{x:.4g}"
    return text.replace("-", "−")


def _is_power_of_ten(ratio: float) -> bool:
    power = math.log10(ratio) if ratio > 0 else 0.5
    return round(power) != 0 and abs(power - round(power)) < 0.002
