"""Derivations line by line, one module a model: what is written, why it follows, and its check on the numbers in view.

A module defines `of(…)`, its lines, and `at(…)`, the numbers they are checked on; `check(of(…), at(…))` brings both
together for a page, and `lesson.holds` one line of them for a lesson.
"""

from mfview.derivations.step import Line, Sides, Step, check

__all__ = ["Line", "Sides", "Step", "check"]
