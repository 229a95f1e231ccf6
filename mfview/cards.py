"""The equation card: an equation, where the notes state it, and the source of the function that computes it."""

import inspect
from collections.abc import Callable
from dataclasses import dataclass

import numpy as np

from mfcore.notation import equation_of
from mfcore.ratings import Floats


@dataclass(frozen=True, slots=True)
class Card:
    """What is shown beside a number: `latex`, the notes' paragraphs, the function's name and its source as it ran."""

    latex: str
    notes: str
    name: str
    source: str


def card(function: Callable[..., object]) -> Card:
    """The card of a function marked with @equation; its source is read from the running function, never copied.

    Raises LookupError if the function carries no equation.
    """
    marked = equation_of(function)
    lines = inspect.getsource(function).splitlines()
    start = next(n for n, line in enumerate(lines) if line.startswith("def "))
    return Card(marked.latex, marked.notes, function.__name__, "\n".join(lines[start:]))


def matrix(A: Floats, digits: int = 2) -> str:
    """A vector (as a column) or matrix of numbers in LaTeX."""
    rows = np.atleast_2d(A) if A.ndim == 2 else np.asarray(A)[:, None]
    body = r" \\ ".join(" & ".join(number(x, digits) for x in row) for row in rows)
    return rf"\begin{{pmatrix}} {body} \end{{pmatrix}}"


def number(x: float, digits: int = 2) -> str:
    """A number in LaTeX, rounded; large and tiny ones in powers of ten."""
    if x and not 10.0**-digits <= abs(x) < 1e5:
        mantissa, power = f"{x:.{digits}e}".split("e")
        return rf"{mantissa}\cdot 10^{{{int(power)}}}"
    return f"{x:.{digits}f}"
