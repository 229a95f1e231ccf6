"""What the lessons need beside the figures: to show one, to ask, to check an answer or a line of a derivation."""

from collections.abc import Sequence
from typing import TypeVar

import numpy as np
import plotly.graph_objects as go
from IPython.display import Markdown, display

from mfcore.ratings import Floats
from mfview import questions, style
from mfview.derivations import Step

C = TypeVar("C")


def show(fig: go.Figure) -> None:
    """A figure on paper of its own, readable on light and dark screens, and below it what it shows, in words."""
    fig = go.Figure(fig)
    fig.update_layout(paper_bgcolor=style.LIGHT.paper, plot_bgcolor=style.LIGHT.paper, margin=dict(l=24, r=24, b=24))
    fig.show(config={"displaylogo": False})
    display(Markdown(f"*{style.alt_of(fig)}*"))  # type: ignore[no-untyped-call]


def ask(key: str) -> None:
    """A question of the bank, its hints and its answer folded away."""
    question = questions.by_key(key)
    choices = "".join(f"\n- `{word!r}`: {text}" for word, text in question.options.items())
    folded = [(f"Hint {n}", hint) for n, hint in enumerate(question.hints, 1)] + [("Answer", question.solution)]
    details = "\n\n".join(f"<details><summary>{title}</summary>\n\n{text}\n\n</details>" for title, text in folded)
    display(Markdown(f"**Question.** {question.prompt}\n{choices}\n\n{details}"))  # type: ignore[no-untyped-call]


def check(key: str, given: object) -> None:
    """Say whether `given` answers the question and, if not, why."""
    if given is ...:
        message = "Replace the three dots with your answer and run this cell again."
    else:
        verdict = questions.check(key, given)
        message = verdict.message if verdict.right else f"Not yet. {verdict.message}"
    display(Markdown(message))  # type: ignore[no-untyped-call]


def holds(steps: Sequence[Step[C]], name: str, at: C) -> None:
    """Print both sides of one line of a derivation on these numbers. Raises AssertionError where it does not hold."""
    sides = next(step for step in steps if step.name == name).compare(at)
    print(f"{name}: {sides.compared}")
    for label, side in (("left", sides.left), ("right", sides.right)):
        print(f"  {label:>5} {_shown(side, sides.size)}")
    assert sides.holds, f"{name} does not hold: relative difference {sides.difference:.1e}"
    within = next((bound for bound in (1e-12, 1e-10) if sides.difference <= bound), sides.tolerance)
    print(f"  {sides.relation} holds, to a relative {within:.0e}")
    if sides.note:
        print(f"  {sides.note}")


def _shown(side: float | Floats, size: float) -> str:
    x = np.asarray(side)
    x = np.where(np.abs(x) < 1e-9 * size, 0.0, x)  # what rounding left of a 0
    return np.array2string(x, precision=4, suppress_small=True, threshold=12, edgeitems=2, prefix=" " * 8)
