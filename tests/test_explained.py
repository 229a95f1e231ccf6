"""What biases explain: second routes to every number, nesting, and what is promised of λ, order and the joint solve."""

from dataclasses import replace

import numpy as np
import pytest

from mfcore import Ratings, als, data, explained, fit, metrics, steps
from mfcore.ratings import Floats
from tests import oracles

CFG = als.Config(k=2, lam=0.7)


@pytest.fixture(scope="module")
def split() -> tuple[Ratings, Ratings]:
    return data.load("planted")[0].split(test=0.2, seed=0)


@pytest.fixture(scope="module")
def fitted(split) -> als.State:
    return fit(als, split[0], CFG, 5)


def normal_equations(R: Ratings, lam: float) -> Floats:
    """[b, c] of μ + b_i + c_j in one go: ridge regression on one column a user and one a film."""
    X = np.zeros((R.n, R.N + R.M))
    X[np.arange(R.n), R.i] = 1
    X[np.arange(R.n), R.N + R.j] = 1
    stacked = np.vstack([X, np.sqrt(lam) * np.eye(R.N + R.M)])
    return np.linalg.lstsq(stacked, np.concatenate([R.r - R.mu, np.zeros(R.N + R.M)]), rcond=None)[0]


@pytest.mark.parametrize("lam", [0.3, 5.0])
def test_biases_alone_are_the_ridge_regression_on_indicator_columns(lam) -> None:
    R, _ = oracles.random_ratings(12, 9, 0.6, seed=1)
    s, x = explained.biases(R, als.Config(k=2, lam=lam)), normal_equations(R, lam)
    np.testing.assert_allclose(np.concatenate([s.b, s.c]), x, atol=1e-3)
    assert not s.W.any()
    assert not s.U.any()


@pytest.mark.parametrize("lam", [0.0, 0.7, 20.0])
def test_biases_alone_are_stationary(lam, split) -> None:
    cfg = als.Config(k=1, lam=lam)
    s = explained.biases(split[0], cfg)
    J = als.objective(s, split[0], cfg)
    for update in (als.update_b, als.update_c):
        assert als.objective(update(s, split[0], cfg), split[0], cfg) == pytest.approx(J, rel=1e-7)


def test_without_users_or_items_their_bias_stays_zero(split) -> None:
    train, _ = split
    only_b = explained.biases(train, CFG, items=False)
    seen = [train.of_user(i)[1] for i in range(train.N)]
    np.testing.assert_allclose(only_b.b, [(r - train.mu).sum() / (len(r) + CFG.lam) for r in seen])
    assert not only_b.c.any()
    assert not explained.biases(train, CFG, users=False).b.any()
    neither = explained.biases(train, CFG, users=False, items=False)
    assert explained.share(neither, train, train).train == pytest.approx(0)


def test_r_squared_by_a_second_route_and_at_its_landmarks() -> None:
    rng = np.random.default_rng(0)
    r, predicted = rng.normal(size=50), rng.normal(size=50)
    mu = float(r.mean())
    assert explained.r_squared(predicted, r, mu) == pytest.approx(1 - ((r - predicted) ** 2).mean() / r.var())
    assert explained.r_squared(r, r, mu) == 1
    assert explained.r_squared(np.full(50, mu), r, mu) == pytest.approx(0)
    assert explained.r_squared(2 * mu - r, r, mu) == pytest.approx(-3)
    assert np.isnan(explained.r_squared(predicted, np.full(50, 3.0), 3.0))


def test_a_model_that_nests_another_explains_more_of_train_without_lambda(split, fitted) -> None:
    train, test = split
    free = als.Config(k=2, lam=0.0)
    share = {name: explained.share(s, train, test) for name, s in explained.ladder(train, free).items()}
    assert share["μ"].train == pytest.approx(0)
    for one in ("μ + b", "μ + c"):
        assert 0 < share[one].train < share["μ + b + c"].train
    s = fit(als, train, free, 15)
    assert explained.share(s, train, test).train > share["μ + b + c"].train
    assert explained.share(fitted, train, test) == pytest.approx(
        [1 - metrics.mse(als.predict(fitted, R.i, R.j), R.r) / np.mean((R.r - train.mu) ** 2) for R in split]
    )


def test_lambda_shrinks_what_biases_explain_of_train(split) -> None:
    train, test = split
    found = [
        explained.share(explained.biases(train, als.Config(k=1, lam=lam)), train, test).train
        for lam in (0, 1, 10, 1e3, 1e12)
    ]
    assert found == sorted(found, reverse=True)
    assert found[-1] == pytest.approx(0, abs=1e-6)


def test_spread_is_the_deviation_of_the_product_film_by_film(split, fitted) -> None:
    train, _ = split
    spread = explained.spread(fitted, train)
    for j in (0, 7, train.M - 1):
        i = train.Omega(j)
        assert spread[j] == pytest.approx(float(np.std(fitted.W[i] @ fitted.U[j])) if len(i) else 0.0)
    turned = replace(fitted, W=fitted.W[:, ::-1], U=fitted.U[:, ::-1])
    np.testing.assert_allclose(explained.spread(turned, train), spread)


def test_what_is_known_of_somebody_new_is_what_a_row_of_zeros_predicts(fitted) -> None:
    new_user = replace(fitted, W=np.vstack([fitted.W, np.zeros(2)]), b=np.append(fitted.b, 0.0))
    new_both = replace(new_user, U=np.vstack([fitted.U, np.zeros(2)]), c=np.append(fitted.c, 0.0))
    N, M = len(fitted.b), len(fitted.c)
    for i, j in ((3, 5), (None, 5), (3, None), (None, None)):
        expected = als.predict(new_both, N if i is None else i, M if j is None else j)
        assert explained.known(fitted, i, j) == pytest.approx(float(expected))
    assert explained.known(fitted, None, None) == fitted.mu


def test_absent_from_training_the_library_predicts_the_mean_and_the_known_bias() -> None:
    R = Ratings.from_codes(
        np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([5.0, 3.0, 1.0]), np.arange(3), np.arange(3)
    )
    s = fit(als, R, als.Config(k=2, lam=0.5, joint=True), 5)
    assert (s.b[2], s.c[2]) == (0, 0)
    assert als.predict(s, 0, 2) == pytest.approx(explained.known(s, 0, None))
    assert als.predict(s, 2, 1) == pytest.approx(explained.known(s, None, 1))
    assert als.predict(s, 2, 2) == pytest.approx(R.mu)


@pytest.mark.parametrize("kind", explained.KINDS)
def test_errors_are_those_of_the_model_fitted_by_itself(kind, split) -> None:
    train, test = split
    found = list(explained.errors(kind, train, test, 2, 0.7, 4, 3))
    assert len(found) == 5
    biased = kind == explained.KINDS[2]
    cfg = als.Config(k=2, lam=0.7, biases=biased, joint=biased)
    shift = train.mu if kind == explained.KINDS[1] else 0.0  # the second kind is plain factorization of r − μ
    moved = Ratings.from_codes(train.i, train.j, train.r - shift, train.user_ids, train.item_ids)
    s = fit(als, moved, cfg, 4, seed=3)
    expected = [metrics.rmse(als.predict(s, R.i, R.j) + shift, R.r) for R in split]
    assert found[-1] == pytest.approx(expected)


@pytest.mark.parametrize("lam", [0.0, 0.1, 3.0])
@pytest.mark.filterwarnings("ignore::mfcore.LeastNormWarning")
def test_solving_together_is_never_above_solving_in_turn(lam) -> None:
    for seed in range(4):
        R, rng = oracles.random_ratings(14, 11, 0.6, seed=seed)
        cfg = als.Config(k=3, lam=lam)
        parts = explained.missed_in_turn(oracles.random_state(R, 3, rng, biases=True), R, cfg)
        assert all(0 < part < 1 for part in parts)


def test_what_is_missed_by_a_second_route() -> None:
    R, rng = oracles.random_ratings(10, 8, 0.7, seed=2)
    s, seen = oracles.random_state(R, 2, rng, biases=True), oracles.observed(R)
    w = np.array([oracles.w(seen, s, i, CFG.lam) for i in range(R.N)])
    after_w = replace(s, W=w)
    turn = replace(after_w, b=np.array([oracles.b(seen, after_w, i, CFG.lam) for i in range(R.N)]))
    both = np.array([oracles.w_and_b(seen, s, i, CFG.lam) for i in range(R.N)])
    joint = replace(s, W=both[:, :2], b=both[:, 2])
    before, in_turn, together = (oracles.J(seen, x, CFG.lam) for x in (s, turn, joint))
    assert explained.missed_in_turn(s, R, CFG)[0] == pytest.approx((in_turn - together) / (before - together))


def test_what_films_miss_is_measured_from_where_the_users_ended() -> None:
    R, rng = oracles.random_ratings(10, 8, 0.7, seed=2)
    s, seen = oracles.random_state(R, 2, rng, biases=True), oracles.observed(R)
    after = replace(s, W=np.array([oracles.w(seen, s, i, CFG.lam) for i in range(R.N)]))
    after = replace(after, b=np.array([oracles.b(seen, after, i, CFG.lam) for i in range(R.N)]))
    turned = als.State(0, after.U, after.W, after.c, after.b, after.mu)  # on R.T films stand where users stood
    expected = explained.missed_in_turn(turned, R.T, CFG)[0]
    assert explained.missed_in_turn(s, R, CFG)[1] == pytest.approx(expected)


def test_extremes_are_the_largest_gaps_of_bias_and_spread_and_never_both() -> None:
    c = np.array([0.9, 0.5, 0.1, -0.6, 0.0, 0.3])
    spread = np.array([0.2, 0.1, 0.4, 0.5, 0.3, 0.3])
    liked, divides = explained.extremes(c, spread, np.arange(6), 2)
    assert (liked.tolist(), divides.tolist()) == ([0, 1], [2, 4])
    liked, divides = explained.extremes(c, spread, np.array([1, 3, 5]), 9)
    assert (liked.tolist(), divides.tolist()) == ([1], [])
    none = explained.extremes(np.full(3, 0.9 * explained.LEAST_GAP), np.zeros(3), np.arange(3), 3)
    assert [len(found) for found in none] == [0, 0]


def test_at_a_minimum_there_is_nothing_left_to_miss() -> None:
    R, _ = oracles.random_ratings(8, 6, 0.8, seed=0)
    s = fit(als, R, als.Config(k=1, lam=5.0), 400)
    assert explained.missed_in_turn(s, R, als.Config(k=1, lam=5.0)) == (0.0, 0.0)


def test_a_line_is_numpy_s_and_no_worse_with_an_intercept() -> None:
    x, y = explained.scatter(3.5, 1)
    free, through = (explained.line(x, y, intercept=intercept) for intercept in (True, False))
    np.testing.assert_allclose((free.m, free.b), np.polyfit(x, y, 1))
    assert through.m == pytest.approx(float(x @ y / (x @ x)))
    assert through.b == 0
    assert free.J < through.J
    np.testing.assert_allclose(free.J, ((y - np.polyval([free.m, free.b], x)) ** 2).sum())


def test_the_points_lie_around_their_line() -> None:
    x, y = explained.scatter(-1.0, 5, n=20_000)
    assert explained.line(x, y, intercept=True)[:2] == pytest.approx((0.5, -1.0), abs=0.02)
    assert float(np.std(y - 0.5 * x + 1)) == pytest.approx(0.4, abs=0.01)
    np.testing.assert_allclose(explained.scatter(2.0, 7)[1] - 2, explained.scatter(0.0, 7)[1], atol=1e-12)


def test_on_real_films_biases_explain_most_of_what_is_explained() -> None:
    train, test = data.load("ml-small")[0].split(test=0.1, seed=0)
    cfg = als.Config(k=5, lam=10.0, joint=True)
    alone = explained.share(explained.biases(train, cfg), train, test)
    whole = explained.share(next(s for s in steps(als, train, cfg) if s.t == 10), train, test)
    assert whole.test > alone.test > 0.8 * whole.test
    assert whole.train > 1.3 * alone.train
