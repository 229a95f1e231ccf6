"""Reading the vectors: contributions, angles, neighbours, rotations, against loops and invariances."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from hypothesis.extra.numpy import arrays

from mfcore import als, data, fit, interpret

SIZES = st.integers(1, 8)
ENTRIES = st.floats(-5, 5).map(lambda x: round(x, 3))


@st.composite
def pairs(draw: st.DrawFn) -> tuple[np.ndarray, np.ndarray]:
    k = draw(SIZES)
    return draw(arrays(float, k, elements=ENTRIES)), draw(arrays(float, k, elements=ENTRIES))


@pytest.fixture(scope="module")
def trained() -> tuple:
    R, _ = data.load("planted")
    return R, fit(als, R, als.Config(k=4, lam=2.0), T=4)


def test_the_examples_of_the_notes() -> None:
    """§3: 1·1 + .8·1.5 + 1·1.3 + .1·0 + 1·1.2 = 4.7 and −1 − .8 − 1 + 0 − 1 = −3.8."""
    for example, sum_by_hand in ((interpret.MATCH, 4.7), (interpret.CLASH, -3.8)):
        terms = interpret.contributions(np.array(example.w), np.array(example.u))
        assert terms.sum() == pytest.approx(sum_by_hand, abs=1e-12)
        assert len(terms) == len(interpret.AXES)


@settings(deadline=None)
@given(pairs())
def test_contributions_sum_to_the_dot_product(wu) -> None:
    w, u = wu
    assert interpret.contributions(w, u).sum() == pytest.approx(
        sum(float(a) * float(b) for a, b in zip(w, u, strict=True))
    )


@settings(deadline=None)
@given(pairs())
def test_norms_times_cosine_is_the_dot_product(wu) -> None:
    w, u = wu
    product = interpret.norm(w) * interpret.norm(u) * interpret.cosine(w, u)
    assert product == pytest.approx(float(w @ u), abs=1e-9)
    assert product == pytest.approx(
        interpret.norm(w) * interpret.norm(u) * np.cos(np.radians(interpret.angle(w, u))), abs=1e-6
    )


@settings(deadline=None)
@given(pairs())
def test_the_plane_keeps_lengths_and_dot_product(wu) -> None:
    w, u = wu
    flat_w, flat_u = interpret.plane(w, u)
    assert flat_w.shape == flat_u.shape == (2,)
    assert np.linalg.norm(flat_w) == pytest.approx(float(np.linalg.norm(w)), abs=1e-12)
    assert np.linalg.norm(flat_u) == pytest.approx(float(np.linalg.norm(u)), abs=1e-9)
    assert flat_w @ flat_u == pytest.approx(float(w @ u), abs=1e-6)
    assert flat_w[1] == 0
    assert flat_u[1] >= 0


@settings(deadline=None)
@given(pairs(), st.floats(0.125, 8))
def test_the_cosine_ignores_lengths_and_the_dot_product_does_not(wu, factor: float) -> None:
    """E12."""
    w, u = wu
    assert interpret.cosine(w, factor * u) == pytest.approx(float(interpret.cosine(w, u)), abs=1e-9)
    doubled = interpret.contributions(w, factor * u).sum()
    assert doubled == pytest.approx(factor * interpret.contributions(w, u).sum(), abs=1e-9)


def test_a_vector_of_zeros_points_nowhere() -> None:
    w, zero = np.array([1.0, 2.0]), np.zeros(2)
    assert interpret.cosine(w, zero) == 0
    assert interpret.angle(zero, w) == 90


@pytest.mark.parametrize("by", ["dot", "cosine"])
def test_neighbours_against_a_loop(by, trained) -> None:
    _, s = trained
    found, scores = interpret.neighbours(s.U, 7, by, n=6)

    def score(u: np.ndarray, v: np.ndarray) -> float:
        dot = sum(float(a) * float(b) for a, b in zip(u, v, strict=True))
        return dot if by == "dot" else dot / (sum(float(a) ** 2 for a in u) * sum(float(b) ** 2 for b in v)) ** 0.5

    by_hand = sorted(((score(s.U[7], u), j) for j, u in enumerate(s.U) if j != 7), reverse=True)[:6]
    assert found.tolist() == [j for _, j in by_hand]
    np.testing.assert_allclose(scores, [x for x, _ in by_hand], rtol=1e-12)


def test_a_longer_vector_climbs_by_dot_product_and_not_by_cosine(trained) -> None:
    """E12: stretch a film ten times, and it is nearest by dot product; by cosine it stays where it was."""
    _, s = trained
    j = 3
    behind = interpret.neighbours(s.U, j, "dot", n=20)[0][-1]
    longer = s.U.copy()
    longer[behind] *= 10
    assert interpret.neighbours(longer, j, "dot", n=1)[0][0] == behind
    assert interpret.neighbours(longer, j, "cosine")[0].tolist() == interpret.neighbours(s.U, j, "cosine")[0].tolist()


def test_neighbours_refuse_another_measure(trained) -> None:
    with pytest.raises(ValueError, match="dot"):
        interpret.neighbours(trained[1].U, 0, "euclid")


def test_the_parts_add_up_to_the_prediction(trained) -> None:
    R, s = trained
    for i, j in [(0, 0), (5, 100), (R.N - 1, R.M - 1)]:
        found = interpret.parts(s, i, j)
        assert found.total == pytest.approx(float(als.predict(s, np.array([i]), np.array([j]))[0]), rel=1e-12)
        assert found.terms.shape == (4,)


def test_turned_axes_change_every_product_and_no_prediction_and_no_objective(trained) -> None:
    """E10: with λ a rotation, and without λ any invertible matrix, leaves J where it is."""
    R, s = trained
    Q = interpret.rotation(4, seed=1)
    np.testing.assert_allclose(Q.T @ Q, np.eye(4), atol=1e-12)
    other = interpret.turned(s, Q)
    cfg = als.Config(k=4, lam=2.0)
    assert als.objective(other, R, cfg) == pytest.approx(als.objective(s, R, cfg), rel=1e-12)
    np.testing.assert_allclose(als.predict(other, R.i, R.j), als.predict(s, R.i, R.j), atol=1e-10)
    before, after = interpret.parts(s, 2, 9), interpret.parts(other, 2, 9)
    assert after.total == pytest.approx(before.total, abs=1e-10)
    assert not np.isclose(after.terms, before.terms, atol=1e-3).any()
    A = Q + np.triu(np.ones((4, 4)))
    stretched = replace(s, W=s.W @ A, U=np.linalg.solve(A, s.U.T).T)
    assert als.objective(stretched, R, replace(cfg, lam=0.0)) == pytest.approx(
        als.objective(s, R, replace(cfg, lam=0.0)), rel=1e-8
    )


def test_rank_correlation_against_counting_pairs_and_its_invariances() -> None:
    rng = np.random.default_rng(0)
    x, y = rng.integers(0, 9, 60), rng.standard_normal(60)

    def ranks(v):  # the mean place among all, by comparing every pair
        return np.array([sum((b < a) + 0.5 * (b == a) for b in v) for a in v])

    assert interpret.rank_correlation(x, y) == pytest.approx(float(np.corrcoef(ranks(x), ranks(y))[0, 1]))
    assert interpret.rank_correlation(np.exp(x), y**3) == pytest.approx(interpret.rank_correlation(x, y))
    assert interpret.rank_correlation(x, x) == pytest.approx(1)
    assert interpret.rank_correlation(x, -x) == pytest.approx(-1)
    assert np.isnan(interpret.rank_correlation(np.ones(5), np.arange(5)))


def test_extremes_and_medians() -> None:
    U = np.array([[0.0, 3], [2, 1], [-1, 2], [5, 0]])
    low, high = interpret.extremes(U, 0, n=2)
    assert low.tolist() == [2, 0]
    assert high.tolist() == [3, 1]
    assert interpret.median(np.array([10, 1, 5, 7]), np.array([0, 2, 3])) == 7


def test_reach_is_what_a_standard_deviation_of_the_films_changes_a_product_by() -> None:
    rng = np.random.default_rng(0)
    w, U = rng.standard_normal(3), rng.standard_normal((50, 3))
    for f in range(3):
        up = U.mean(axis=0) + np.eye(3)[f] * np.sqrt(np.mean((U[:, f] - U[:, f].mean()) ** 2))
        assert interpret.reach(w, U)[f] == pytest.approx(up @ w - U.mean(axis=0) @ w)
