"""Chapter 7: a rating as a draw from a Gaussian; likelihood, prior, posterior; MAP is ridge; σ and λ learnt."""

import streamlit as st

from mfapp import frame, pmf, pmf_learnt, pmf_overfit, pmf_prior, pmf_proof, pmf_rating, pmf_surface, views

chapter = frame.start("pmf")
st.latex(
    r"\begin{aligned} r_{ij} &\sim \mathcal N\big(w_i^\top u_j,\; \sigma^2\big) \\"
    r" w_i,\, u_j &\sim \mathcal N\big(0,\; \lambda^{-1} I\big) \end{aligned}\,"
)
rating, plane, proof, prior, learnt = pmf_rating, pmf_surface, pmf_proof, pmf_prior, pmf_learnt
views.show(
    {
        "One rating": views.View(rating.view, {"k": pmf.K, "sigma": rating.SIGMA, "prior": rating.PRIOR}),
        "Two parameters": views.View(plane.view, {"sigma": plane.SIGMA, "prior": plane.PRIOR, "sweeps": plane.T}),
        "MAP = ridge (E5)": views.View(
            proof.view, {"k": proof.K, "sigma": proof.SIGMA, "prior": proof.PRIOR, "sweeps": proof.T}
        ),
        "Strong or weak": views.View(prior.view, {"k": pmf.K, "sigma": prior.SIGMA, "prior": prior.PRIOR}),
        "MLE and k": views.View(pmf_overfit.view),
        "σ and λ learnt (E4)": views.View(learnt.view, {"k": pmf.K, "prior": learnt.PRIOR, "sweeps": learnt.T}),
    }
)
frame.end(chapter)
