"""What every derivation is made of: a line, why it follows, and both of its sides in numbers."""

from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Generic, Literal, NamedTuple, TypeVar

import numpy as np

from mfcore.ratings import Floats

C = TypeVar("C")


@dataclass(frozen=True, slots=True, eq=False)
class Sides:
    """Both sides of one line, in numbers.

    left, right: numbers or arrays of equal shape.  compared: what they are and where they were evaluated.
    relation: "=", or "≤" where the line claims a minimum.  scale: the size against which a difference counts,
    where the sides themselves may be 0.  tolerance: the relative difference that rounding alone explains.
    note: what is special about these numbers; empty where nothing is.
    """

    left: float | Floats
    right: float | Floats
    compared: str
    relation: Literal["=", "≤"] = "="
    scale: float = 0.0
    tolerance: float = 1e-8
    note: str = ""

    @property
    def difference(self) -> float:
        """The largest |left − right| (with ≤: left − right, where positive) relative to the largest number in it."""
        gap = np.subtract(self.left, self.right)
        worst = float(np.max(np.abs(gap) if self.relation == "=" else np.maximum(gap, 0), initial=0.0))
        return worst / self.size if worst else 0.0

    @property
    def size(self) -> float:
        """The largest number that takes part."""
        return max(self.scale, *(float(np.max(np.abs(side), initial=0.0)) for side in (self.left, self.right)))

    @property
    def holds(self) -> bool:
        """Whether the line is true here, up to rounding. False if a number is missing (NaN)."""
        return self.difference <= self.tolerance


@dataclass(frozen=True, slots=True, eq=False)
class Step(Generic[C]):
    """One line: its name, the line in LaTeX, why it follows from those above, and its check.

    compare: works out both sides in the context C, the numbers that this derivation is about.
    """

    name: str
    latex: str
    reason: str
    compare: Callable[[C], Sides] = field(repr=False)


class Line(NamedTuple):
    """A line together with its two sides on the numbers in view."""

    step: Step[Any]
    sides: Sides


def check(steps: Sequence[Step[C]], at: C) -> tuple[Line, ...]:
    """Every line with both of its sides on the numbers `at`."""
    return tuple(Line(step, step.compare(at)) for step in steps)
