"""Folding in: the row that training would solve, shares that add up, and a variance that conditioning finds too."""

from dataclasses import replace
from itertools import pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import DataError, Ratings, als, calibration, fit, fold_in
from mfcore.data.planted import planted
from tests import oracles

KINDS = {
    "plain": dict(biases=False),
    "biases in turn": dict(),
    "joint": dict(joint=True),
    "weighted": dict(joint=True, weighted=True),
    "plain, weighted": dict(biases=False, weighted=True),
}
JOINT = als.Config(k=3, lam=0.7, joint=True)


def trained(kind="joint", lam=0.7, k=3):
    R, rng = oracles.random_ratings(12, 9, 0.6, seed=3)
    cfg = als.Config(k=k, lam=lam, **KINDS[kind])
    return R, fit(als, R, cfg, 6), cfg, rng


def appended(R, s, items, r):
    """The ratings with one user more, and the State with a row for them that is yet to be solved."""
    i, j, values = np.append(R.i, [R.N] * len(items)), np.append(R.j, items), np.append(R.r, r)
    more = Ratings.from_codes(i, j, values, np.arange(R.N + 1), R.item_ids)
    return more, replace(s, W=np.vstack([s.W, np.ones(s.W.shape[1])]), b=np.append(s.b, 1.0 if s.mu else 0.0))


ITEMS, STARS = [7, 2, 4, 0], [4.5, 1.0, 3.0, 5.0]


@pytest.mark.parametrize("kind", KINDS)
def test_a_newcomer_gets_the_row_that_training_would_solve_for_them(kind) -> None:
    R, s, cfg, _ = trained(kind)
    more, start = appended(R, s, ITEMS, STARS)
    if cfg.biases and not cfg.joint:
        end = start
        for _ in range(400):  # w given b, b given w: its end is what both together are
            end = als.update_b(als.update_W(end, more, cfg), more, cfg)
    else:
        end = als.update_W(start, more, cfg)
    f = fold_in.fold(s, ITEMS, STARS, cfg)
    np.testing.assert_allclose(f.w, end.W[-1], rtol=1e-10, atol=1e-12)
    assert f.b == pytest.approx(end.b[-1], rel=1e-10, abs=1e-12)
    every = np.arange(R.M)
    np.testing.assert_allclose(fold_in.predict(f, every), als.predict(end, np.full(R.M, R.N), every), rtol=1e-10)


@pytest.mark.parametrize("kind", KINDS)
def test_j_is_flat_at_a_newcomer_s_row(kind) -> None:
    R, s, cfg, _ = trained(kind)
    more, start = appended(R, s, ITEMS, STARS)
    f = fold_in.fold(s, ITEMS, STARS, cfg)

    def J(x) -> float:
        W, b = start.W.copy(), start.b.copy()
        W[-1], b[-1] = x[: cfg.k], x[cfg.k] if cfg.biases else 0.0
        return als.objective(replace(start, W=W, b=b), more, cfg)

    for step in 0.125 * np.eye(len(f.row.x)):
        assert J(f.row.x + step) - J(f.row.x - step) == pytest.approx(0, abs=1e-9)
        assert J(f.row.x + step) > J(f.row.x)


@pytest.mark.parametrize("kind", KINDS)
def test_a_new_film_is_a_new_user_of_the_transposed_state(kind) -> None:
    _, s, cfg, _ = trained(kind)
    f = fold_in.fold(s.T, [3, 8, 1], [2.0, 4.0, 4.5], cfg)
    Z = np.column_stack([s.W[f.items], np.ones(3)])[:, : len(f.row.x)]
    lam = cfg.lam * (3 if cfg.weighted else 1)
    y = f.r - s.b[f.items] - s.mu
    np.testing.assert_allclose(f.row.x, np.linalg.lstsq(*stacked(Z, y, lam), rcond=None)[0], rtol=1e-10)
    assert fold_in.predict(f, [5])[0] == pytest.approx(s.mu + f.b + s.b[5] + s.W[5] @ f.w)


def stacked(Z, y, lam):
    d = Z.shape[1]
    return np.vstack([Z, lam**0.5 * np.eye(d)]), np.append(y, np.zeros(d))


@settings(max_examples=60, deadline=None, derandomize=True)
@given(
    kind=some.sampled_from([*KINDS]),
    lam=some.sampled_from([1e-3, 0.7, 50.0]),
    rated=some.lists(some.integers(0, 8), min_size=1, max_size=9, unique=True),
    seed=some.integers(0, 99),
)
def test_shares_add_up_and_are_linear_in_the_ratings(kind, lam, rated, seed) -> None:
    _, s, cfg, _ = trained(kind, lam)
    rng, every = np.random.default_rng(seed), np.arange(9)
    r = rng.integers(1, 11, len(rated)) / 2
    f = fold_in.fold(s, rated, r, cfg)
    shares = fold_in.shares(f, every)
    base = s.mu + s.c
    np.testing.assert_allclose(base + shares.sum(axis=1), fold_in.predict(f, every), rtol=1e-9, atol=1e-9)
    n = int(rng.integers(len(rated)))
    moved = f.r.copy()
    moved[n] += 1.5
    other = fold_in.fold(s, f.items, moved, cfg)
    unit = fold_in.predict(other, every) - fold_in.predict(f, every)
    np.testing.assert_allclose(unit * f.y[n], 1.5 * shares[:, n], rtol=1e-7, atol=1e-8)


def test_their_order_changes_not_a_bit() -> None:
    _, s, cfg, rng = trained()
    f = fold_in.fold(s, ITEMS, STARS, cfg)
    for _ in range(5):
        p = rng.permutation(len(ITEMS))
        g = fold_in.fold(s, np.array(ITEMS)[p], np.array(STARS)[p], cfg)
        assert g.items.tolist() == sorted(ITEMS)
        np.testing.assert_array_equal(g.row.x, f.row.x)
        np.testing.assert_array_equal(fold_in.shares(g, [1, 5]), fold_in.shares(f, [1, 5]))


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("n", range(len(ITEMS)))
def test_without_a_rating_is_the_fold_of_the_others(kind, n) -> None:
    _, s, cfg, _ = trained(kind)
    order = np.argsort(ITEMS)
    keep = np.delete(order, n)
    other = fold_in.fold(s, np.array(ITEMS)[keep], np.array(STARS)[keep], cfg)
    f = fold_in.fold(s, ITEMS, STARS, cfg)
    np.testing.assert_array_equal(fold_in.without(f, n).row.x, other.row.x)
    if not cfg.weighted:  # one rating less changes r̂ by what it surprised the others with
        j, A = np.arange(9), f.row.A
        Z, z = fold_in.directions(f, j), f.Z[n]
        surprise = f.y[n] - z @ other.row.x
        told = Z @ np.linalg.solve(A, z) * surprise
        np.testing.assert_allclose(fold_in.predict(f, j) - fold_in.predict(other, j), told, atol=1e-10)


def test_a_film_rated_next_lowers_the_variances_as_folding_it_in_does_whatever_its_rating() -> None:
    _, s, cfg, _ = trained()
    f, listed, sigma = fold_in.fold(s, ITEMS, STARS, cfg), [1, 3, 5], 0.6
    told = fold_in.falls(f, listed, [1, 6, 8], sigma)
    before = fold_in.predictive(f, listed, sigma).squares.sum()
    for q, fall in zip([1, 6, 8], told, strict=True):
        for stars in (0.5, 5.0):
            after = fold_in.predictive(fold_in.fold(s, [*ITEMS, q], [*STARS, stars], cfg), listed, sigma)
            assert before - after.squares.sum() == pytest.approx(fall, rel=1e-9)
    assert (told > 0).all()


@pytest.mark.parametrize("kind", ["plain", "joint"])
def test_the_variance_is_that_of_a_joint_gaussian_given_the_ratings(kind) -> None:
    """x, the ratings and the new ratings as one big Gaussian, conditioned by the formula for blocks."""
    _, s, cfg, _ = trained(kind)
    f, asked, sigma = fold_in.fold(s, ITEMS, STARS, cfg), np.array([1, 5, 6]), 0.6
    Z = fold_in.directions(f, np.append(f.items, asked))
    prior = sigma**2 / cfg.lam * np.eye(Z.shape[1])  # E5
    whole = Z @ prior @ Z.T + sigma**2 * np.eye(len(Z))
    n = len(f.items)
    gain = np.linalg.solve(whole[:n, :n], whole[:n, n:]).T
    mean, cov = gain @ f.y, whole[n:, n:] - gain @ whole[:n, n:]
    seen = fold_in.predictive(f, asked, sigma)
    np.testing.assert_allclose(seen.mean, s.mu + s.c[asked] + mean, rtol=1e-9)
    np.testing.assert_allclose(seen.spread**2, np.diag(cov), rtol=1e-9)
    np.testing.assert_allclose(seen.doubt**2, np.diag(cov) - sigma**2, rtol=1e-9)
    of_x = fold_in.covariance(f, sigma)
    z = fold_in.directions(f, asked)
    np.testing.assert_allclose(z @ of_x @ z.T + sigma**2 * np.eye(3), cov, rtol=1e-9, atol=1e-12)


def test_doubt_narrows_with_every_rating_and_noise_stays() -> None:
    _, s, cfg, _ = trained()
    every, sigma = np.arange(9), 0.6
    seen = [fold_in.predictive(fold_in.fold(s, ITEMS[:n], STARS[:n], cfg), every, sigma) for n in range(5)]
    for before, after in pairwise(seen):
        assert (after.squares <= before.squares + 1e-12).all()
        assert after.squares.sum() < before.squares.sum()
    np.testing.assert_allclose(seen[0].doubt ** 2, sigma**2 / cfg.lam * (1 + (s.U**2).sum(axis=1)))
    assert all((one.spread > sigma).all() for one in seen)


def test_narrowing_follows_the_order_in_which_films_are_rated() -> None:
    _, s, cfg, _ = trained()
    f, listed = fold_in.fold(s, ITEMS, STARS, cfg), [1, 3, 5]
    found = fold_in.narrowing(f, np.searchsorted(f.items, ITEMS), listed, 0.6)
    for n, doubt in enumerate(found):
        part = fold_in.fold(s, ITEMS[:n], STARS[:n], cfg)
        assert doubt**2 == pytest.approx(np.mean(fold_in.predictive(part, listed, 0.6).squares))
    assert len(found) == len(ITEMS) + 1


def test_nothing_rated_leaves_what_everybody_gets() -> None:
    _, s, cfg, _ = trained()
    f = fold_in.fold(s, [], [], cfg)
    np.testing.assert_array_equal(f.row.x, 0)
    np.testing.assert_array_equal(fold_in.predict(f, np.arange(9)), s.mu + s.c)
    assert fold_in.shares(f, [1, 2]).shape == (2, 0)


def test_without_lambda_the_shortest_vector_is_taken_and_nothing_is_said_of_doubt() -> None:
    R, s, cfg, _ = trained("plain", lam=0.0)
    more, start = appended(R, s, ITEMS[:2], STARS[:2])
    with pytest.warns(UserWarning, match="least-norm"):
        end = als.update_W(start, more, cfg)
    f = fold_in.fold(s, ITEMS[:2], STARS[:2], cfg)
    np.testing.assert_allclose(f.w, end.W[-1], rtol=1e-9)
    for ask in (fold_in.shares, lambda f, j: fold_in.predictive(f, j, 1.0), lambda f, j: fold_in.falls(f, j, j, 1.0)):
        with pytest.raises(ValueError, match=r"E11.*take λ > 0"):
            ask(f, [1, 5])
    assert np.isfinite(fold_in.predictive(fold_in.fold(s, ITEMS, STARS, cfg), [1], 1.0).doubt).all()


@pytest.mark.parametrize(
    ("items", "r", "said"),
    [
        ([1, 1], [3, 4], "item 1 is rated twice"),
        ([1, 9], [3, 4], "no item 9: items are numbered from 0 to 8"),
        ([-1], [3], "no item -1"),
        ([1.5], [3], "row numbers"),
        ([1, 2], [3], "equal length"),
        ([[1], [2]], [[3], [4]], "equal length"),
        ([2, 1], [3, np.nan], "item 1 is nan, not a finite"),
        ([2], [np.inf], "item 2 is inf"),
        ([2], ["many"], "not a number"),
    ],
)
def test_what_cannot_be_folded_in_is_refused(items, r, said) -> None:
    _, s, cfg, _ = trained()
    with pytest.raises(DataError, match=said):
        fold_in.fold(s, items, r, cfg)


def test_a_weighted_charge_has_no_next_film() -> None:
    _, s, cfg, _ = trained("weighted")
    with pytest.raises(ValueError, match="weighted"):
        fold_in.falls(fold_in.fold(s, ITEMS, STARS, cfg), [1], [5], 1.0)


def test_float32_states_are_folded_in_in_float64() -> None:
    _, s, cfg, _ = trained()
    narrow = replace(s, **{name: getattr(s, name).astype(np.float32) for name in ("W", "U", "b", "c")})
    f = fold_in.fold(narrow, ITEMS, STARS, replace(cfg, dtype="float32"))
    assert f.row.x.dtype == np.float64
    np.testing.assert_allclose(f.row.x, fold_in.fold(s, ITEMS, STARS, cfg).row.x, rtol=1e-4, atol=1e-5)


@pytest.mark.parametrize("kind", KINDS)
@pytest.mark.parametrize("lam", [0.7, 0.0])
def test_freedom_is_the_sum_of_the_rows_traces(kind, lam) -> None:
    R, s, cfg, _ = trained(kind)
    cfg = replace(cfg, lam=lam)
    told = 0.0
    for i in range(R.N):
        Z = np.column_stack([s.U[R.Psi(i)], np.ones(len(R.Psi(i)))])[:, : cfg.k + cfg.biases]
        charge = lam * (len(Z) if cfg.weighted else 1)
        hat = Z @ np.linalg.pinv(Z.T @ Z + charge * np.eye(Z.shape[1]), rcond=1e-10) @ Z.T
        told += np.trace(hat)
    assert fold_in.freedom(s, R, cfg) == pytest.approx(told, rel=1e-9)


def test_noise_is_the_planted_one_where_training_error_alone_is_too_small() -> None:
    p = planted()
    cfg = als.Config(k=5, lam=1.0, joint=True)
    s = fit(als, p.ratings, cfg, 15)
    bare = (als.squared_error(s, p.ratings, cfg) / p.ratings.n) ** 0.5
    assert abs(fold_in.noise(s, p.ratings, cfg) / p.sigma - 1) < 0.05
    assert bare < 0.9 * p.sigma


def test_ratings_that_leave_nothing_over_tell_no_noise() -> None:
    R, s, cfg, _ = trained(lam=1e-6)
    with pytest.raises(DataError, match="leave nothing over"):
        fold_in.noise(s, R, cfg)


def test_intervals_keep_their_word_about_people_whose_films_are_known() -> None:
    """With the planted U, c, μ and σ, and people drawn from the prior that λ stands for: by 9,000 ratings."""
    p, rng = planted(), np.random.default_rng(5)
    lam, N, seen, held = 2.0, 300, 12, 30
    X = p.sigma / lam**0.5 * rng.standard_normal((N, 6))
    inside = []
    cfg = als.Config(k=5, lam=lam, joint=True)
    for x in X:
        j = rng.permutation(len(p.truth.U))[: seen + held]
        mean = p.truth.mu + p.truth.c[j] + np.column_stack([p.truth.U[j], np.ones(len(j))]) @ x
        r = mean + p.sigma * rng.standard_normal(len(j))
        told = fold_in.predictive(fold_in.fold(p.truth, j[:seen], r[:seen], cfg), j[seen:], p.sigma)
        inside.append([calibration.covered(told, r[seen:], share) for share in (0.5, 0.8, 0.95)])
    np.testing.assert_allclose(np.mean(inside, axis=0), (0.5, 0.8, 0.95), atol=0.02)


def test_intervals_about_held_out_ratings_of_a_trained_model_are_not_far_off() -> None:
    train, test = planted().ratings.split(test=0.1, seed=0)
    cfg = als.Config(k=5, lam=1.0, joint=True)
    s = fit(als, train, cfg, 15)
    sigma = fold_in.noise(s, train, cfg)
    seen = fold_in.of_others(s, train, test, cfg, sigma)
    np.testing.assert_array_equal((seen.i, seen.j), (test.i, test.j))
    t = 17
    alone = fold_in.fold(s, *train.of_user(int(test.i[t])), cfg)
    assert seen.mean[t] == pytest.approx(fold_in.predict(alone, test.j[t : t + 1])[0])
    for share, least in ((0.5, 0.42), (0.8, 0.74), (0.95, 0.9)):
        assert least < calibration.covered(seen, test.r, share) < share + 0.03
