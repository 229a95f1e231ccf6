"""ALS against the notes: its objective, each update, and what must not change when the problem is turned around."""

import warnings
from dataclasses import replace
from itertools import islice, pairwise

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import LeastNormWarning, Ratings, als, fit, metrics, steps
from tests import oracles

FORMS = ["numpy", "numba"]
TERMS = [
    pytest.param(dict(biases=biases, joint=joint, weighted=weighted), id=name)
    for name, biases, joint, weighted in (
        ("plain", False, False, False),
        ("plain, weighted", False, False, True),
        ("biased", True, False, False),
        ("biased, weighted", True, False, True),
        ("joint", True, True, False),
        ("joint, weighted", True, True, True),
    )
]


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("lam", [0.0, 0.7])
def test_the_objective_is_the_double_loop(terms, lam, kernel):
    R, rng = oracles.random_ratings(13, 9, 0.4, seed=1)
    cfg = als.Config(k=4, lam=lam, kernel=kernel, **terms)
    s = oracles.random_state(R, 4, rng, biases=cfg.biases)
    expected = oracles.J(oracles.observed(R), s, lam, cfg.weighted)
    assert als.objective(s, R, cfg) == pytest.approx(expected, rel=1e-9)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("terms", TERMS)
def test_every_update_is_the_notes_loop(terms, kernel):
    R, rng = oracles.random_ratings(13, 9, 0.5, seed=2)
    cfg = als.Config(k=3, lam=0.7, kernel=kernel, **terms)
    s = oracles.random_state(R, 3, rng, biases=cfg.biases)
    for turn, rows, (update_vectors, update_bias) in (
        (lambda x: x, R.N, (als.update_W, als.update_b)),
        (lambda x: x.T, R.M, (als.update_U, als.update_c)),
    ):
        ratings = oracles.observed(turn(R))
        new = turn(update_vectors(s, R, cfg))
        for i in range(rows):
            if cfg.joint:
                expected = oracles.w_and_b(ratings, turn(s), i, cfg.lam, cfg.weighted)
                np.testing.assert_allclose([*new.W[i], new.b[i]], expected, rtol=1e-9)
            else:
                np.testing.assert_allclose(new.W[i], oracles.w(ratings, turn(s), i, cfg.lam, cfg.weighted), rtol=1e-9)
        new = turn(update_bias(s, R, cfg))
        expected = [oracles.b(ratings, turn(s), i, cfg.lam, cfg.weighted) for i in range(rows)]
        np.testing.assert_allclose(new.b, expected, rtol=1e-9)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("terms", TERMS)
@pytest.mark.parametrize("lam", [0.0, 0.7])
def test_after_its_update_a_block_has_no_slope(terms, lam, kernel):
    R, rng = oracles.random_ratings(8, 7, 0.9, seed=3)
    ratings = oracles.observed(R)
    cfg = als.Config(k=2, lam=lam, kernel=kernel, **terms)
    s = oracles.random_state(R, 2, rng, biases=cfg.biases)
    for update in als.blocks(cfg):
        own = {"update_W": "W", "update_b": "b", "update_U": "U", "update_c": "c"}[update.__name__]
        before = np.abs(oracles.gradient(ratings, s, own, lam, cfg.weighted)).max()
        s = update(s, R, cfg)
        solved = [own, {"W": "b", "U": "c"}[own]] if cfg.joint else [own]
        for name in solved:
            assert np.abs(oracles.gradient(ratings, s, name, lam, cfg.weighted)).max() < 1e-6 * max(1, before)


@st.composite
def problems(draw):
    N, M, k = (draw(st.integers(1, most)) for most in (9, 9, 5))
    R, _ = oracles.random_ratings(N, M, draw(st.floats(0.05, 1)), draw(st.integers(0, 10**6)))
    biases = draw(st.booleans())
    cfg = als.Config(
        k=k,
        lam=draw(st.sampled_from([0.0, 0.0, 1e-3, 0.1, 1.0, 30.0])),
        biases=biases,
        joint=biases and draw(st.booleans()),
        weighted=draw(st.booleans()),
        kernel=draw(st.sampled_from(FORMS)),
    )
    return R, cfg


@settings(deadline=None, max_examples=150, derandomize=True)
@given(problems(), st.integers(0, 1000))
def test_the_objective_never_rises(problem, seed):
    R, cfg = problem
    s = als.init(R, cfg, np.random.default_rng(seed))
    J = als.objective(s, R, cfg)
    rounding = 1e-10 * float(R.r @ R.r)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeastNormWarning)
        for _ in range(4):
            for update in als.blocks(cfg):
                s = update(s, R, cfg)
                lower = als.objective(s, R, cfg)
                assert lower <= J * (1 + 1e-10) + rounding, update.__name__
                J = lower


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("terms", TERMS)
def test_numbering_users_and_films_otherwise_changes_nothing_else(terms, kernel):
    R, rng = oracles.random_ratings(20, 15, 0.4, seed=4)
    cfg = als.Config(k=3, lam=0.5, kernel=kernel, **terms)
    p, q = rng.permutation(R.N), rng.permutation(R.M)  # row p[i] of the second problem is row i of the first
    other = Ratings.from_codes(p[R.i], q[R.j], R.r, np.arange(R.N), np.arange(R.M))
    s = als.init(R, cfg, rng)
    back = np.argsort(p), np.argsort(q)
    turned = replace(s, W=s.W[back[0]], U=s.U[back[1]])
    s, turned = fit(als, R, cfg, 5, start=s), fit(als, other, cfg, 5, start=turned)
    for ours, theirs, order in ((s.W, turned.W, p), (s.U, turned.U, q), (s.b, turned.b, p), (s.c, turned.c, q)):
        np.testing.assert_allclose(theirs[order], ours, rtol=1e-8, atol=1e-10)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("joint", [False, True])
def test_adding_a_number_to_every_rating_moves_the_mean_alone(joint, kernel):
    R, _ = oracles.random_ratings(20, 15, 0.4, seed=5)
    higher = Ratings.from_codes(R.i, R.j, R.r + 7.25, R.user_ids, R.item_ids)
    cfg = als.Config(k=3, lam=0.5, joint=joint, kernel=kernel)
    a, b = fit(als, R, cfg, 6, seed=1), fit(als, higher, cfg, 6, seed=1)
    assert b.mu == pytest.approx(a.mu + 7.25)
    for name in ("W", "U", "b", "c"):
        np.testing.assert_allclose(getattr(b, name), getattr(a, name), rtol=1e-8, atol=1e-10)


def test_an_invertible_matrix_between_the_factors_leaves_predictions_and_a_rotation_leaves_J():
    R, rng = oracles.random_ratings(12, 10, 0.5, seed=6)
    cfg = als.Config(k=4, lam=0.5)
    s = oracles.random_state(R, 4, rng, biases=True)
    Q = rng.normal(size=(4, 4)) + 2 * np.eye(4)
    mixed = replace(s, W=s.W @ Q, U=np.linalg.solve(Q, s.U.T).T)
    np.testing.assert_allclose(als.predict(mixed, R.i, R.j), als.predict(s, R.i, R.j), rtol=1e-9)
    assert als.objective(mixed, R, cfg) != pytest.approx(als.objective(s, R, cfg), rel=1e-3)
    rotation = np.linalg.qr(Q)[0]
    turned = replace(s, W=s.W @ rotation, U=s.U @ rotation)
    assert als.objective(turned, R, cfg) == pytest.approx(als.objective(s, R, cfg), rel=1e-12)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
@pytest.mark.parametrize("terms", TERMS)
def test_the_same_seed_gives_the_same_bits_and_a_snapshot_resumes_them(terms, dtype, kernel):
    R, _ = oracles.random_ratings(30, 20, 0.4, seed=7)
    cfg = als.Config(k=3, lam=0.5, dtype=dtype, kernel=kernel, **terms)
    history = list(islice(steps(als, R, cfg, seed=3), 7))
    again = fit(als, R, cfg, 6, seed=3)
    resumed = fit(als, R, cfg, 4, seed=3, start=history[2])
    for name in ("W", "U", "b", "c"):
        assert getattr(again, name).dtype == dtype
        np.testing.assert_array_equal(getattr(again, name), getattr(history[6], name))
        np.testing.assert_array_equal(getattr(resumed, name), getattr(history[6], name))
    assert [s.t for s in history] == list(range(7))
    assert resumed.t == 6
    assert not np.array_equal(fit(als, R, cfg, 6, seed=4).W, again.W)


@pytest.mark.parametrize("lam", [0.0, 0.5])
@pytest.mark.parametrize("weighted", [False, True])
def test_the_rows_of_a_sweep_one_by_one_end_where_the_sweep_does(lam, weighted):
    R, rng = oracles.random_ratings(9, 7, 0.3, seed=8)
    cfg = als.Config(k=3, lam=lam, biases=False, weighted=weighted)
    s = als.init(R, cfg, rng)
    walk = list(als.row_steps(s, R, cfg))
    assert [(step.block, step.at) for step in walk] == [("W", i) for i in range(R.N)] + [("U", j) for j in range(R.M)]
    for step, following in pairwise(walk):
        assert following.before is step.after
    for step in walk:
        block = getattr(step.after, step.block)
        changed = np.flatnonzero((block != getattr(step.before, step.block)).any(axis=1))
        assert set(changed) <= {step.at}
        np.testing.assert_array_equal(block[step.at], step.row.x)
        J = [als.objective(x, R, cfg) for x in (step.before, step.after)]
        assert J[1] <= J[0] * (1 + 1e-12)
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeastNormWarning)
        swept = als.sweep(s, R, cfg, rng)
    np.testing.assert_allclose(walk[-1].after.W, swept.W, rtol=1e-7, atol=1e-10)
    np.testing.assert_allclose(walk[-1].after.U, swept.U, rtol=1e-7, atol=1e-10)
    assert walk[-1].after.t == swept.t == 1


def test_row_steps_refuse_biases():
    R, rng = oracles.random_ratings(3, 3, 1, seed=0)
    cfg = als.Config(k=1)
    with pytest.raises(ValueError, match="biases=False"):
        next(als.row_steps(als.init(R, cfg, rng), R, cfg))


@pytest.mark.parametrize("terms", TERMS)
def test_a_row_is_what_the_update_solves(terms):
    R, rng = oracles.random_ratings(9, 7, 0.5, seed=9)
    cfg = als.Config(k=2, lam=0.5, **terms)
    s = oracles.random_state(R, 2, rng, biases=cfg.biases)
    W, U = als.update_W(s, R, cfg), als.update_U(s, R, cfg)
    for i in range(R.N):
        expected = [*W.W[i], W.b[i]] if cfg.joint else W.W[i]
        np.testing.assert_allclose(als.row(s, R, cfg, i).x, expected, rtol=1e-9)
    for j in range(R.M):
        expected = [*U.U[j], U.c[j]] if cfg.joint else U.U[j]
        np.testing.assert_allclose(als.row(s.T, R.T, cfg, j).x, expected, rtol=1e-9)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("terms", [dict(biases=False), dict(biases=True), dict(biases=True, joint=True)])
def test_a_planted_truth_is_found_again_up_to_an_invertible_matrix(terms, kernel):
    rng = np.random.default_rng(10)
    N, M, k, sigma = 200, 120, 3, 0.1
    truth = als.State(0, rng.normal(size=(N, k)), rng.normal(size=(M, k)), np.zeros(N), np.zeros(M), 0.0)
    if terms["biases"]:
        truth = replace(truth, b=rng.normal(size=N) / 2, c=rng.normal(size=M) / 2, mu=3.5)
    i, j = np.divmod(rng.permutation(N * M)[: N * M // 2], M)
    r = als.predict(truth, i, j) + sigma * rng.normal(size=len(i))
    train, test = Ratings.from_codes(i, j, r, np.arange(N), np.arange(M)).split(0.2, seed=0)
    s = fit(als, train, als.Config(k=k, lam=0.01, kernel=kernel, **terms), T=60, seed=0)
    free = k * (N + M) + (N + M) * terms["biases"]
    noise = sigma * np.sqrt(1 - free / train.n)
    assert metrics.rmse(als.predict(s, train.i, train.j), train.r) == pytest.approx(noise, rel=0.05)
    assert sigma < metrics.rmse(als.predict(s, test.i, test.j), test.r) < 1.25 * sigma
    if not terms["biases"]:
        Q = np.linalg.lstsq(s.W, truth.W)[0]
        assert np.std(s.W @ Q - truth.W) < 0.05
        assert np.std(np.linalg.solve(Q, s.U.T).T - truth.U) < 0.05


def test_who_has_no_rating_is_predicted_from_what_is_known_of_the_other():
    R = Ratings.from_codes(
        np.array([0, 0, 1]), np.array([0, 1, 1]), np.array([3.0, 4.0, 5.0]), np.arange(3), np.arange(3)
    )
    for joint in (False, True):
        s = fit(als, R, als.Config(k=2, lam=0.5, joint=joint), T=3)
        assert not s.W[2].any()
        assert s.b[2] == 0
        assert als.predict(s, 2, 1) == pytest.approx(s.c[1] + s.mu)
        assert als.predict(s, 2, 2) == pytest.approx(s.mu)


def test_predictions_keep_the_shape_of_the_pairs():
    R, rng = oracles.random_ratings(6, 5, 0.5, seed=11)
    s = oracles.random_state(R, 2, rng, biases=True)
    table = als.predict(s, np.arange(6)[:, None], np.arange(5))
    np.testing.assert_allclose(table, [[oracles.predicted(s, i, j) for j in range(5)] for i in range(6)], rtol=1e-12)
    assert als.predict(s, 3, 4) == pytest.approx(table[3, 4])
    assert np.shape(als.predict(s, 3, 4)) == ()


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        (dict(k=0), "from 1 on, not 0"),
        (dict(k=2.5), "whole number from 1 on, not 2.5"),
        (dict(lam="5"), "finite number ≥ 0, not '5'"),
        (dict(joint=True, biases=False), "needs biases=True"),
        (dict(lam=-1.0), "not -1"),
        (dict(lam=float("nan")), "not nan"),
        (dict(lam=float("inf")), "not inf"),
        (dict(dtype="float16"), "not 'float16'"),
        (dict(kernel="cuda"), "not 'cuda'"),
    ],
)
def test_a_config_refuses_what_has_no_meaning(wrong, says):
    with pytest.raises(ValueError, match=says):
        als.Config(**wrong)


def test_the_start_has_products_of_the_order_it_promises():
    """w_iᵀu_j of entries N(0, 1/k) has standard deviation 1/√k, whatever k is."""
    R = Ratings.from_arrays(np.arange(400), np.arange(400), np.ones(400))
    for k in (1, 4, 25):
        s = als.init(R, als.Config(k=k), np.random.default_rng(3))
        assert np.std(s.W @ s.U.T) * np.sqrt(k) == pytest.approx(1, abs=0.1)
        assert not s.b.any()
        assert not s.c.any()
