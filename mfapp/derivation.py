"""A derivation on the page: every line, why it follows, and whether it holds on the numbers in view."""

from collections.abc import Sequence

import numpy as np
import streamlit as st

from mfcore.ratings import Floats
from mfview import cards
from mfview.derivations import Line, Sides

SHOWN = 3  # entries of a vector that fit on a phone's line


def show(checked: Sequence[Line]) -> None:
    """The lines one below the other, each with both of its sides: what `derivations.check` returns."""
    wrong = [step.name for step, sides in checked if not sides.holds]
    if wrong:
        st.error(f"These lines do not hold on the numbers in view: {', '.join(wrong)}.", icon=":material/error:")
    else:
        st.markdown(f":material/task_alt: All {len(checked)} lines hold on the numbers in view.")
    for number, (step, sides) in enumerate(checked, 1):
        with st.container(border=True):
            st.markdown(f"**{number} · {step.name}**  \n{step.reason}\n\n$$\n{step.latex}\n$$")
            st.markdown(verdict(sides))


def verdict(sides: Sides) -> str:
    """Whether a line holds, and the two numbers that say so, in Markdown."""
    if sides.holds:
        mark, sign = ":material/check_circle: **Holds.**", "=" if sides.relation == "=" else r"\le"
    else:
        mark, sign = ":material/error: **Does not hold.**", r"\ne" if sides.relation == "=" else r"\not\le"
    numbers = f"${_short(sides.left, sides.size)} {sign} {_short(sides.right, sides.size)}$"
    below = float(np.min(np.subtract(sides.right, sides.left)))
    if sides.relation == "≤" and below > 0:
        apart = f"less, by {below:.2g}"
    else:
        apart = f"relative difference {sides.difference:.0e}" if sides.difference else "no difference"
    note = f"  \n:material/info: {sides.note}" if sides.note else ""
    return f"{mark} {numbers}  \n:small[{_sentence(sides.compared)}: {apart}.]{note}"


def _short(side: float | Floats, size: float) -> str:
    """A side in LaTeX: a number, or the first entries of a vector, or those of the first of several vectors."""
    x = np.asarray(side)
    x = np.where(np.abs(x) < 1e-9 * size, 0.0, x)  # what rounding left of a 0
    if x.ndim == 0 or x.shape == (1,):
        return cards.number(x.item(), 4)
    if x.size == 0:
        return r"(\,)"
    first = x if x.ndim == 1 else x[0]
    entries = [cards.number(float(entry), 3) for entry in first[:SHOWN]]
    more = [r"\dots"] if len(first) > SHOWN or len(x) * (x.ndim - 1) > 1 else []
    return "(" + r",\; ".join(entries + more) + ")"


def _sentence(text: str) -> str:
    return text[:1].upper() + text[1:]
