"""The ends of the range: rows, k and λ at their smallest and largest, numbers at the edge of float32, and Ctrl-C."""

import _thread
import itertools
import threading
import warnings
from collections.abc import Iterator
from dataclasses import replace

import numba
import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from mfcore import DataError, LeastNormWarning, Ratings, als, fit, kernels, steps
from mfcore.kernels import numba_form
from tests import oracles

FORMS = ["numpy", "numba"]
LAMBDAS = [0.0, 1e-12, 0.3, 1e12]


def literal(R: Ratings, s: als.State, cfg: als.Config, i: int) -> tuple[np.ndarray, np.ndarray, np.ndarray, float]:
    """z_j and y_j of row i one by one in float64, the shortest minimiser, and the λ it is charged."""
    Z, y = [], []
    for j, r in zip(*R.of_user(i), strict=True):
        u = [float(x) for x in s.U[j]]
        Z.append([*u, 1.0] if cfg.joint else u)
        y.append(float(r) - float(s.c[j]) - s.mu - (0.0 if cfg.joint else float(s.b[i])))
    Z, y = np.array(Z).reshape(len(y), cfg.k + cfg.joint), np.array(y)
    lam = cfg.lam * len(y) if cfg.weighted else cfg.lam
    left, sizes, right = np.linalg.svd(Z, full_matrices=False)
    seen = sizes > 1e-13 * max(1.0, sizes.max(initial=0))
    shrunk = np.where(seen, sizes / np.where(seen, sizes**2 + lam, 1), 0)
    return Z, y, right.T @ (shrunk * (left.T @ y)), lam


def charge(Z: np.ndarray, y: np.ndarray, x: np.ndarray, lam: float) -> float:
    return float(((y - Z @ x) ** 2).sum() + lam * (x @ x))


@settings(max_examples=80, deadline=None)
@given(
    st.integers(1, 9),
    st.integers(1, 9),
    st.sampled_from([0.05, 0.4, 1.0]),
    st.integers(1, 12),
    st.sampled_from(LAMBDAS),
    st.booleans(),
    st.booleans(),
    st.sampled_from(["float32", "float64"]),
    st.sampled_from([1.0, 1e6]),
    st.integers(0, 10**6),
)
def test_every_row_is_as_good_as_the_literal_minimum(N, M, density, k, lam, joint, weighted, dtype, scale, seed):
    R, rng = oracles.random_ratings(N, M, density, seed)
    R = Ratings.from_codes(R.i, R.j, R.r * scale, np.arange(N), np.arange(M))
    s = oracles.random_state(R, k, rng, biases=True, dtype=dtype)
    for form in FORMS:
        cfg = als.Config(k=k, lam=lam, joint=joint, weighted=weighted, dtype=dtype, kernel=form)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore", LeastNormWarning)
            W, b = kernels.solve_rows(R, s.U, s.b, s.c, s.mu, cfg)
        for i in range(N):
            found = np.array([*W[i], b[i]] if joint else W[i], float)
            Z, y, best, charged = literal(R, s, cfg, i)
            if not len(y):
                assert not found.any()
                continue
            # y is a difference of numbers as large as the ratings, so it has what rounding leaves of it.
            rounding = len(y) * (8 * np.finfo(dtype).eps * (5 * scale + 10)) ** 2
            loose = 1e-9 if dtype == "float64" else 2e-3
            assert charge(Z, y, found, charged) <= charge(Z, y, best, charged) + loose * float(y @ y) + rounding
            if dtype == "float64":
                assert np.linalg.norm(found) <= (1 + 1e-5) * np.linalg.norm(best) + 1e-5 * np.abs(y).max()


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("lam", [0.1, 1e12])
@pytest.mark.parametrize("joint", [False, True])
def test_constant_ratings_are_predicted_and_leave_nothing_to_vectors(joint, lam, form):
    R, _ = oracles.random_ratings(12, 9, 0.5, seed=1)
    R = Ratings.from_codes(R.i, R.j, np.full(R.n, 3.7), np.arange(R.N), np.arange(R.M))
    s = fit(als, R, als.Config(k=3, lam=lam, joint=joint, kernel=form), T=5)
    np.testing.assert_allclose(als.predict(s, *np.indices((R.N, R.M))), 3.7, rtol=1e-12)
    np.testing.assert_allclose(s.W @ s.U.T, 0, atol=1e-12)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("joint", [False, True])
def test_who_is_absent_from_training_is_predicted_by_the_mean_and_the_known_bias(joint, form):
    R, _ = oracles.random_ratings(9, 8, 0.6, seed=2)
    kept = (R.i != 4) & (R.j != 5)
    train = Ratings.from_codes(R.i[kept], R.j[kept], R.r[kept], R.user_ids, R.item_ids)
    s = fit(als, train, als.Config(k=2, lam=0.5, joint=joint, kernel=form), T=6)
    others = np.setdiff1d(np.arange(R.M), 5)
    np.testing.assert_array_equal(als.predict(s, np.full(len(others), 4), others), s.c[others] + s.mu)
    users = np.setdiff1d(np.arange(R.N), 4)
    np.testing.assert_array_equal(als.predict(s, users, np.full(len(users), 5)), s.b[users] + s.mu)
    assert als.predict(s, 4, 5) == train.mu
    assert np.abs(s.c[others]).min() > 0


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("data", ["float32", "float64"])
def test_an_endless_lambda_leaves_the_mean(data, form):
    R, _ = oracles.random_ratings(15, 10, 0.5, seed=3, dtype=data)
    s = fit(als, R, als.Config(k=4, lam=1e12, joint=True, dtype=data, kernel=form), T=4)
    np.testing.assert_allclose(als.predict(s, R.i, R.j), R.mu, rtol=1e-6)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize(("scale", "mean"), [(1.0, 3.5), (1e6, 3.5e6), (1e-6, 3.5e-6), (1.0, 1e5)])
def test_a_film_with_200_000_ratings_keeps_its_digits_in_float32(scale, mean, form):
    n, k = 200_000, 3
    rng = np.random.default_rng(5)
    W = rng.normal(size=(n, k)).astype("float32") + np.float32(0.7)
    r = (mean + scale * (W @ [0.5, -0.3, 0.2] + rng.normal(size=n))).astype("float32")
    film = Ratings.from_codes(np.zeros(n, int), np.arange(n), r, np.arange(1), np.arange(n))
    cfg = als.Config(k=k, lam=2.0, joint=True, dtype="float32", kernel=form)
    none = np.zeros(1, "float32"), np.zeros(n, "float32")
    u, c = kernels.solve_rows(film, W, *none, film.mu, cfg)
    s = als.State(0, np.zeros((1, k), "float32"), W, *none, film.mu)
    Z, y, best, _ = literal(film, s, cfg, 0)
    # Ratings far from 0 have been rounded, and so is μ, to half a unit in their last place.
    last_place = float(np.spacing(np.float32(mean)))
    np.testing.assert_allclose([*u[0], c[0]], best, rtol=0, atol=last_place + 3e-5 * scale)
    assert film.mu == pytest.approx(float(np.mean(r.astype("float64"))), rel=1e-12)
    error = kernels.squared_error(film, u, W, c, none[1], film.mu, cfg)
    exact = float(((y - Z @ np.array([*u[0], c[0]], float)) ** 2).sum())
    assert error == pytest.approx(exact, rel=2e-4 + 4 * (last_place / scale) ** 2)


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("joint", [False, True])
@pytest.mark.parametrize(("data", "size"), [("float32", 3e38), ("float64", 1e200)])
def test_numbers_that_do_not_fit_are_refused_and_never_nan(data, size, joint, form):
    rng = np.random.default_rng(6)
    i, j = np.divmod(rng.permutation(200)[:120], 10)
    R = Ratings.from_codes(i, j, (size * rng.choice([-1, 1], 120)).astype(data), np.arange(20), np.arange(10))
    cfg = als.Config(k=3, lam=0.1, joint=joint, dtype="float32", kernel=form)
    with pytest.raises(DataError, match="beyond what float32 holds"):
        fit(als, R, cfg, T=3)
    wide = fit(als, R, replace(cfg, dtype="float64"), T=3)
    assert np.isfinite(als.predict(wide, R.i, R.j)).all()


@pytest.mark.parametrize("form", FORMS)
def test_predictions_and_errors_that_overflow_are_refused(form):
    R, _ = oracles.random_ratings(4, 4, 1.0, seed=7, dtype="float32")
    huge = np.full((4, 2), 1e25, "float32")
    zeros = np.zeros(4, "float32")
    with pytest.raises(DataError, match="beyond what float32 holds"):
        kernels.predict_pairs(huge, huge, zeros, zeros, 0.0, R.i, R.j)
    with pytest.raises(DataError, match="beyond what float32 holds"):
        kernels.squared_error(R, huge, huge, zeros, zeros, 0.0, als.Config(k=2, dtype="float32", kernel=form))


def until_interrupted(wait: float, states: Iterator[als.State]) -> Iterator[als.State]:
    threading.Timer(wait, _thread.interrupt_main).start()
    yield from states


@pytest.mark.parametrize("form", FORMS)
def test_a_run_that_is_interrupted_goes_on_bit_for_bit(form, interruptible):
    R, _ = oracles.random_ratings(300, 200, 0.5, seed=8)
    cfg = als.Config(k=8, lam=0.3, kernel=form)
    whole = list(itertools.islice(steps(als, R, cfg), 7))
    threads = numba.get_num_threads()
    kept = [whole[0]]
    for wait in (0.002, 0.005, 0.01, 0.02):  # Ctrl-C, each time somewhere else
        with pytest.raises(KeyboardInterrupt):
            kept.extend(until_interrupted(wait, steps(als, R, cfg, start=kept[-1])))
        assert numba.get_num_threads() == threads
        assert numba_form._alone.acquire(blocking=False), "the lock was left held"
        numba_form._alone.release()
    seen = [s for s in kept if s.t <= 2]
    resumed = fit(als, R, cfg, T=6 - seen[-1].t, start=seen[-1])
    for name in ("W", "U", "b", "c"):
        np.testing.assert_array_equal(getattr(resumed, name), getattr(whole[6], name))


def test_an_interrupt_between_two_blocks_leaves_the_state_before(monkeypatch):
    R, _ = oracles.random_ratings(60, 40, 0.5, seed=9)
    cfg = als.Config(k=4, lam=0.3, kernel="numba")
    run = steps(als, R, cfg)
    before = next(itertools.islice(run, 2, None))
    copies = [X.copy() for X in (before.W, before.U, before.b, before.c)]
    solve, calls = numba_form.solve_systems, []

    def interrupted(*arguments):
        solve(*arguments)
        calls.append(1)
        if len(calls) == 2:
            raise KeyboardInterrupt

    threads = numba.get_num_threads()
    monkeypatch.setattr(numba_form, "solve_systems", interrupted)
    with pytest.raises(KeyboardInterrupt):
        next(run)
    monkeypatch.undo()
    assert numba.get_num_threads() == threads
    for X, copy in zip((before.W, before.U, before.b, before.c), copies, strict=True):
        np.testing.assert_array_equal(X, copy)
    resumed, straight = fit(als, R, cfg, T=3, start=before), fit(als, R, cfg, T=5)
    np.testing.assert_array_equal(resumed.W, straight.W)
    with pytest.raises(StopIteration):
        next(run)


def pairs() -> tuple[Ratings, als.State]:
    R, rng = oracles.random_ratings(30, 20, 0.8, seed=2)
    return R, oracles.random_state(R, 5, rng, biases=True)


@pytest.mark.parametrize("kernel", FORMS)
@pytest.mark.parametrize("side", ["users", "items"])
@pytest.mark.parametrize(
    ("bad", "error"),
    [
        (lambda rows, n: rows + n, IndexError),
        (lambda rows, n: np.where(rows == rows.max(), n, rows), IndexError),
        (lambda rows, n: np.append(rows[:-1], 10**12), IndexError),
        (lambda rows, n: np.append(rows[:-1], -n - 1), IndexError),
        (lambda rows, n: np.append(rows[:-1], np.iinfo(np.int64).min), IndexError),
        (lambda rows, n: rows.astype(np.uint64) + np.uint64(2**63), IndexError),
        (lambda rows, n: rows + 0.5, TypeError),
        (lambda rows, n: rows > 0, TypeError),
    ],
)
def test_rows_that_are_not_there_are_refused_by_both_forms(bad, error, side, kernel, monkeypatch):
    R, s = pairs()
    monkeypatch.setattr(kernels, "AUTO_FROM", 0 if kernel == "numba" else 10**9)
    i, j = (bad(R.i, R.N), R.j) if side == "users" else (R.i, bad(R.j, R.M))
    with pytest.raises(error, match="row"):
        kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, i, j)


@pytest.mark.parametrize("kernel", FORMS)
def test_rows_may_be_counted_from_the_end_and_none_may_be_asked_for(kernel, monkeypatch):
    R, s = pairs()
    monkeypatch.setattr(kernels, "AUTO_FROM", 0 if kernel == "numba" else 10**9)
    got = kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, R.i - R.N, R.j - R.M)
    np.testing.assert_array_equal(got, kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, R.i, R.j))
    assert kernels.predict_pairs(s.W, s.U, s.b, s.c, s.mu, [], []).shape == (0,)
