"""Chapter 8: a posterior instead of a point; its draws, its intervals and their word, MAP beside it, and its chains."""

import streamlit as st

from mfapp import bayesian, bayesian_chains, bayesian_intervals, bayesian_map, bayesian_rating, frame, views

chapter = frame.start("bayesian_mf")
st.latex(
    r"\begin{aligned} r_{ij} &\sim \mathcal N\big(w_i^\top u_j + b_i + c_j + \mu,\; \sigma^2\big) \\"
    r" \begin{bmatrix} w_i \\ b_i \end{bmatrix} &\sim \mathcal N\big(m, \Lambda^{-1}\big), \qquad"
    r" p(W, U, b, c, m, \Lambda, \sigma \mid R) \text{ in place of its highest point} \end{aligned}\,"
)
point = {"k": bayesian.K, "lam": bayesian.LAM}
views.show(
    {
        "A rating": views.View(bayesian_rating.view, point),
        "A user's films": views.View(bayesian_intervals.films, point),
        "Do they keep their word?": views.View(bayesian_intervals.word, point),
        "Against MAP": views.View(bayesian_map.view, point),
        "Chains": views.View(bayesian_chains.view, point),
    }
)
frame.end(chapter)
