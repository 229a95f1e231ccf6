"""Tie a function to the equation it computes, and nothing more."""

from collections.abc import Callable
from dataclasses import dataclass
from typing import TypeVar

F = TypeVar("F", bound=Callable[..., object])


@dataclass(frozen=True, slots=True)
class Equation:
    """A displayed equation and the place it comes from.

    latex: the equation, without dollar signs.
    notes: the paragraphs of the lecture notes that state it, as "6" or "6, 7, 9".
    """

    latex: str
    notes: str


def equation(latex: str, *, notes: str) -> Callable[[F], F]:
    """Mark the decorated function as the code of `latex`; the function itself is returned unchanged."""

    def mark(function: F) -> F:
        function.__dict__["equation"] = Equation(latex, notes)
        return function

    return mark


def equation_of(function: Callable[..., object]) -> Equation:
    """The equation a function was marked with.

    Raises LookupError if it carries none.
    """
    found = getattr(function, "equation", None)
    if not isinstance(found, Equation):
        raise LookupError(f"{getattr(function, '__name__', function)!r} carries no equation")
    return found
