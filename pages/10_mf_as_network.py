"""Chapter 10: two look-ups and a dot product; one gradient three ways; descents against ALS; rates; and it is PMF."""

import streamlit as st

from mfapp import frame, network_descent, network_gradient, network_graph, network_pmf, network_rates, views

chapter = frame.start("mf_as_network")
st.latex(
    r"\begin{aligned} \hat y &= W[i]^\top\, U[j] + b[i] + c[j] \\"
    r" y &= r_{ij} - \mu, \qquad \theta \leftarrow \theta - \eta\, \nabla (y - \hat y)^2 \end{aligned}\,"
)
graph, gradient, descent, rates, pmf = network_graph, network_gradient, network_descent, network_rates, network_pmf
views.show(
    {
        "The graph": views.View(graph.view, {"k": graph.K, "lam": graph.LAM, "rate": graph.RATE}),
        "One gradient": views.View(gradient.view, {"k": gradient.K, "lam": gradient.LAM}),
        "Descent against ALS": views.View(descent.view, descent.DEFAULTS),
        "Learning rate": views.View(rates.view, rates.DEFAULTS),
        "It is PMF": views.View(pmf.view, {"k": pmf.K, "sigma": pmf.SIGMA, "prior": pmf.PRIOR}),
    }
)
frame.end(chapter)
