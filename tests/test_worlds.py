"""Worlds with a known rule: what is drawn is what is said, and the two rules differ in what products can say."""

import numpy as np
import pytest

from mfcore import metrics
from mfcore.data.worlds import MEAN, limit, product, world


def doubly_centred(rule, n=400):
    """A rule on an even grid, less what biases say: its row and column means."""
    at = (np.arange(n) + 0.5) / n
    G = rule(at[:, None], at[None, :])
    return G - G.mean(0) - G.mean(1, keepdims=True) + G.mean()


@pytest.mark.parametrize("rule", ["limit", "product"])
def test_ratings_are_the_truth_with_noise_of_sigma(rule):
    w = world(rule, N=150, M=90, density=0.5, noise=0.25, seed=3)
    R = w.ratings
    assert (R.N, R.M, R.n) == (150, 90, round(0.5 * 150 * 90))
    i, j = R.user_ids[R.i] - 1, R.item_ids[R.j] - 1
    assert metrics.rmse(w.truth[i, j], R.r) == pytest.approx(0.25, rel=0.05)
    by_hand = MEAN + 2.0 * {"limit": limit, "product": product}[rule](w.a[7], w.z[11])
    assert w.truth[7, 11] == pytest.approx(by_hand)
    assert len(set(w.films.titles)) == 90
    quiet = world(rule, N=20, M=10, noise=0.0)
    at = quiet.ratings.user_ids[quiet.ratings.i] - 1, quiet.ratings.item_ids[quiet.ratings.j] - 1
    np.testing.assert_allclose(quiet.ratings.r, quiet.truth[at])


def test_both_rules_have_the_same_biases_and_a_joint_part_of_like_strength():
    at = (np.arange(400) + 0.5) / 400
    for rule in (limit, product):
        G = rule(at[:, None], at[None, :])
        np.testing.assert_allclose(G.mean(1), at - 0.5, atol=0.05)
        np.testing.assert_allclose(G.mean(0), 0.5 - at, atol=0.05)
    strong, sharp = doubly_centred(product).var(), 1 / 12
    assert strong == pytest.approx(sharp, rel=0.01)
    assert 0.5 * sharp < doubly_centred(limit).var() < sharp


def test_one_factor_says_all_of_a_product_and_no_few_all_of_a_limit():
    left = {rule: np.linalg.svd(doubly_centred(rule), compute_uv=False) ** 2 for rule in (limit, product)}
    shares = {rule: np.cumsum(s) / s.sum() for rule, s in left.items()}
    assert shares[product][0] > 1 - 1e-9
    assert shares[limit][0] < 0.5
    assert shares[limit][3] < 0.97


def test_the_same_seed_is_the_same_world():
    one, two, other = (world("limit", N=20, M=10, seed=seed) for seed in (1, 1, 2))
    assert one.ratings.digest == two.ratings.digest != other.ratings.digest


@pytest.mark.parametrize("given", [dict(N=0), dict(density=0.0), dict(density=1.5), dict(noise=-1), dict(noise=np.inf)])
def test_numbers_that_leave_no_ratings_are_refused(given):
    with pytest.raises(ValueError, match="are needed"):
        world("limit", **given)


def test_another_rule_is_refused():
    with pytest.raises(ValueError, match="a rule is"):
        world("xor")
