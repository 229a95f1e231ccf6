"""Chapter 13: the framework's loss against an honest test, a clean split, and every model on one."""

import streamlit as st

from mfapp import frame, test_error_contest, test_error_split, test_error_trap, views

chapter = frame.start("test_error")
st.latex(
    r"\begin{aligned} J_\text{test} &= \frac{1}{|\Omega_\text{test}|} \sum_{i,j}"
    r" m_{ij}^\text{test} \big(r_{ij} - \hat r_{ij}\big)^2 \\"
    r" \hat r_i &= f(\text{training ratings of } i) \end{aligned}\,"
)
trap, split, contest = test_error_trap, test_error_split, test_error_contest
views.show(
    {
        "The copy trap": views.View(trap.view, {"data": trap.DATA}),
        "A clean split": views.View(split.view, {"data": "ml-small", "k": split.K, "lam": split.LAM}),
        "Every model": views.View(contest.view, {"data": "ml-small", "k": contest.K}),
    }
)
frame.end(chapter)
