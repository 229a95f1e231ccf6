"""Chapter 10's derivation holds on any rating, and a wrong library is found out."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import embedding, fit, nn
from mfview.derivations import check
from mfview.derivations import network as derivation
from tests import oracles


def problem(N=6, M=5, k=2, seed=0, lam=0.7, T=2) -> derivation.At:
    R, rng = oracles.random_ratings(N, M, 0.6, seed)
    cfg = embedding.Config(k=k, lam=lam, rule=nn.Rule("sgd", 0.05), batch=3, init_scale=1.0)
    n = int(rng.integers(R.n))
    return derivation.at(fit(embedding, R, cfg, T, seed), R, cfg, int(R.i[n]), int(R.j[n]))


def lines(at: derivation.At) -> dict[str, bool]:
    return {line.step.name: line.sides.holds for line in check(derivation.LINES, at)}


@settings(deadline=None, max_examples=20)
@given(
    st.integers(1, 7), st.integers(1, 6), st.integers(1, 4), st.integers(0, 99),
    st.sampled_from([0.0, 0.7, 30.0]), st.integers(0, 3),
)  # fmt: skip
def test_every_line_holds_wherever_it_is_checked(N, M, k, seed, lam, T) -> None:
    for name, holds in lines(problem(N, M, k, seed, lam, T if lam < 1 else 0)).items():
        assert holds, name


def test_the_three_ways_to_one_gradient_agree_and_none_is_another() -> None:
    at = problem(k=3)
    hand, layers, moved = (way(at) for way in (derivation.by_hand, derivation.by_layers, derivation.by_differences))
    assert set(hand) == set(layers) == set(moved) == {"W", "U", "b", "c"}
    for name in hand:
        np.testing.assert_allclose(layers[name], hand[name], rtol=1e-10)
        np.testing.assert_allclose(moved[name], hand[name], rtol=1e-8, atol=1e-10)
        assert np.abs(hand[name]).min() > 1e-6


def test_without_biases_only_the_vectors_have_slopes() -> None:
    at = problem()
    cfg = replace(at.cfg, biases=False)
    at = derivation.at(fit(embedding, at.R, cfg, 0), at.R, cfg, at.i, at.j)
    for way in (derivation.by_hand, derivation.by_layers, derivation.by_differences):
        assert set(way(at)) == {"W", "U"}


@pytest.mark.parametrize(
    ("name", "wrong", "found"),
    [
        ("dot_back", lambda g, p, q: (g[:, None] * p, g[:, None] * q), {"Back through the dot product"}),
        ("lookup", lambda W, i: W[i - 1], {"The loss of one rating", "All losses are J", "The user's vector"}),
    ],
)
def test_a_wrong_layer_is_found_out(name, wrong, found, monkeypatch: pytest.MonkeyPatch) -> None:
    at = problem()
    monkeypatch.setattr(nn, name, wrong)
    held = lines(at)
    assert not any(held[line] for line in found | {"The layers say the same"})


def test_a_wrong_hand_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    at, right = problem(), embedding.gradient_of_one

    def twice_charged(s, R, cfg, i, j):
        return right(s, R, replace(cfg, lam=2 * cfg.lam), i, j)

    monkeypatch.setattr(embedding, "gradient_of_one", twice_charged)
    held = lines(at)
    for name in ("The user's vector", "The film's vector", "The biases", "All of a user's ratings"):
        assert not held[name]
    monkeypatch.setattr(embedding, "gradient_of_one", lambda *args: right(*args)._replace(e=-right(*args).e))
    assert not lines(at)["Back through the square"]


def test_uphill_is_found_out(monkeypatch: pytest.MonkeyPatch) -> None:
    at, right = problem(), derivation.by_hand
    monkeypatch.setattr(derivation, "by_hand", lambda at: {name: -g for name, g in right(at).items()})
    assert not lines(at)["Downhill"]


def test_a_pair_without_a_rating_has_no_gradient() -> None:
    at = problem()
    i, j = next((i, j) for i in range(at.R.N) for j in range(at.R.M) if j not in at.R.Psi(i))
    with pytest.raises(LookupError):
        derivation.at(at.s, at.R, at.cfg, i, j)
