"""Chapter 5: ridge regression on points, then λ on real ratings, then k with λ, then a slip in the notes."""

import streamlit as st

from mfapp import frame, regularization_curve, regularization_grid, regularization_points, regularization_slip, views

chapter = frame.start("regularization")
st.latex(
    r"\begin{aligned} J = {} & \sum_{(i,j)\in\Omega} \big(r_{ij} - \hat r_{ij}\big)^2 \\"
    r" & {} + \lambda\,\big(\|W\|_F^2 + \|U\|_F^2 + \|b\|^2 + \|c\|^2\big) \end{aligned}\,"
)
points, curve, grid, slip = regularization_points, regularization_curve, regularization_grid, regularization_slip
views.show(
    {
        "A line and a polynomial": views.View(points.view, {"lam": points.LAM}),
        "λ on real films": views.View(curve.view, {"k": curve.K, "lam": curve.LAM, "sweeps": curve.T}),
        "k × λ": views.View(grid.view, {"sweeps": grid.T}),
        "A slip (E2)": views.View(slip.view, {"k": slip.K, "lam": slip.LAM, "sweeps": slip.T}),
    }
)
frame.end(chapter)
