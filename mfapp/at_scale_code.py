"""The rungs' code, each beside its equation: what runs when the clock does."""

import inspect
from collections.abc import Callable
from typing import Any

import streamlit as st

from mfapp import controls, frame, quiz, state
from mfcore import als, kernels, ladder, ridge
from mfcore.kernels import numpy_systems, sums

RUNG = state.Param("rung", "Rung")
RUNGS = {"numbers": "number", "rows": "row", "product": "product", "compiled": "compiled", "cluster": "cluster"}
CHANGES = {
    "number": "What the equation says, one number after another: for every row, for every rating in it, for every "
    "entry of the k × k matrix. Python looks up the type of each number before it multiplies, which takes far "
    "longer than multiplying. The ratings are a dict of pairs and two lists of who rated what.",
    "row": "The two inner loops become one matrix product. The ratings of a user are gathered into a small matrix, and "
    "numpy multiplies it with itself in compiled code. What is left to Python is one step per row: it costs the same "
    "whether the row has three ratings or three thousand, so rows with few ratings gain least.",
    "product": "The loop over rows goes too. Pack every $u_j u_j^\\top$ into a row of a table $P$; then all $A_i$ are "
    "one sparse matrix, that of which pairs were rated, times $P$, and all $v_i$ are $R\\,U$. All systems are solved "
    "side by side by a Cholesky factorization that works on one entry of all of them at a time. It needs no compiler, "
    "but $P$ and the systems pass through memory.",
    "compiled": "The loop over rows comes back, in machine code. A row's vectors are copied into a block that stays in "
    "the processor's cache, and the block times itself is $A$, $v$ and nothing else, so that no table of the size of "
    "the data is ever made. Rows are shared out among all cores.",
    "cluster": "For users nothing changes: every worker solves for its own. A film's ratings are spread over "
    "all workers, so each adds up the part of $A_j$ and $v_j$ that its own users make, and only the sums of "
    "all parts are solved. The ratings stay where they are; what travels is one small matrix per film.",
}


def view() -> None:
    """The view: choose a rung."""
    st.markdown("The same equation five times. Only what is done in Python, and what passes through memory, changes.")
    rung = RUNGS[controls.choose(RUNG, list(RUNGS), "numbers")]
    st.markdown(CHANGES[rung])
    if rung == "cluster":
        frame.show_card(sums.partial, "on every worker: $A_j$ and $v_j$ of its own users")
        frame.show_card(sums.solve, "the worker whose turn film j is, with what all have sent")
    else:
        frame.show_card({r.key: r.sweep for r in ladder.RUNGS}[rung])
    for function in inner(rung):
        source = inspect.getsource(getattr(function, "py_func", function))
        st.code(source, language=None, wrap_lines=True)
        frame.note(f"`{function.__module__}.{function.__name__}`")
    st.header("Is it still the same sweep?", anchor=False)
    if quiz.ask("15-order"):
        st.markdown("The view *The same result* puts the rungs beside each other on data of your choice.")


def inner(rung: str) -> tuple[Callable[..., Any], ...]:
    """The functions below a rung's sweep in which its time goes."""
    if rung == "compiled" and kernels.available():
        from mfcore.kernels import numba_form

        return numba_form.row_gram, numba_form.gram, numba_form.solve_systems
    below: dict[str, tuple[Callable[..., Any], ...]] = {
        "number": (ladder.solved,),
        "row": (als.row, ridge.ridge_row),
        "product": (numpy_systems.systems_by_product, numpy_systems.packed, numpy_systems.cholesky_solve),
    }
    return below.get(rung, ())
