"""Chapter 7's derivation holds on any ratings, and a wrong library is found out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import als, ascent, fit, pmf
from mfview.derivations import check
from mfview.derivations import pmf as derivation
from tests import oracles


def lines(at: derivation.At) -> dict[str, bool]:
    return {line.step.name: line.sides.holds for line in check(derivation.LINES, at)}


def problem(N=6, M=5, k=2, seed=0, sigma=0.6, lam=2.0, T=1) -> derivation.At:
    R, rng = oracles.random_ratings(N, M, 0.6, seed)
    cfg = pmf.Config(k=k, sigma=sigma, lam_prior=lam)
    return derivation.at(fit(pmf, R, cfg, T, seed), R, cfg, int(rng.integers(N)))


@settings(deadline=None, max_examples=20)
@given(
    st.integers(1, 7), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99),
    st.sampled_from([0.1, 0.5, 2.0]), st.sampled_from([0.1, 2.0, 100.0]), st.integers(0, 4),
)  # fmt: skip
def test_every_line_holds_wherever_it_is_checked(N, M, k, seed, sigma, lam, T) -> None:
    for name, holds in lines(problem(N, M, k, seed, sigma, lam, T)).items():
        assert holds, name


def test_a_prior_with_a_single_factor_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """E4, as the notes write it."""
    at = problem()
    right = pmf._log_rows
    monkeypatch.setattr(
        pmf, "_log_rows", lambda W, b, lam, cfg: right(W, b, lam, cfg) - (W.size - 1) / 2 * np.log(lam / (2 * np.pi))
    )
    found = lines(at)
    assert not found["Priors"]
    assert not found["Written out"]
    assert found["The constant is constant"]  # the argmax does not mind


def test_one_lambda_for_both_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    """E5: ridge given the prior's own λ."""
    at = problem()
    monkeypatch.setattr(derivation.At, "ridge", property(lambda at: at.cfg.ridge(at.s.lam_W)))
    found = lines(at)
    for name in ("That is ridge", "The constant is constant", "The same slopes", "The same solution"):
        assert not found[name]


def test_a_wrong_gradient_and_a_wrong_top_are_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    at = problem()
    slopes, update = ascent.gradient, pmf.update_W
    monkeypatch.setattr(ascent, "gradient", lambda s, R, cfg: slopes(replace(s, lam_W=2 * s.lam_W), R, cfg))
    assert not lines(at)["The same slopes"]
    monkeypatch.setattr(pmf, "update_W", lambda s, R, cfg: replace(t := update(s, R, cfg), W=1.1 * t.W))
    found = lines(at)
    assert not found["A maximum"]
    assert not found["The same solution"]


def test_a_wrong_error_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    at = problem()
    right = als.squared_error
    monkeypatch.setattr(als, "squared_error", lambda s, R, cfg: 2 * right(s, R, cfg))
    found = lines(at)
    assert not found["Its logarithm"]
    assert not found["Written out"]
