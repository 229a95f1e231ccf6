"""Chapter 8: a posterior instead of a point; its draws, its intervals and their word, MAP beside it, and its chains."""

import streamlit as st

from mfapp import bayesian, bayesian_chains, bayesian_intervals, bayesian_map, bayesian_rating, frame, views

chapter = frame.start("bayesian_mf")
st.latex(
    r"\begin{aligned} r_{ij} &\sim \mathcal N\big(w_i^\top u_j + b_i + c_j + \mu,\; \sigma^2\big) \\"
    r" [w_i, b_i] &\sim \mathcal N\big(m, \Lambda^{-1}\big) \\"
    r" [u_j, c_j] &\sim \mathcal N\big(m', \Lambda'^{-1}\big) \end{aligned}\,"
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
