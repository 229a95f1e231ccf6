"""AutoRec's network: slopes by finite differences, the notes' loops as oracle, and what a mask means."""

import tracemalloc
from dataclasses import replace
from math import exp, tanh

import numpy as np
import pytest

from mfcore import Ratings, autorec, data, fit, metrics, nn
from tests import oracles
from tests.autorecs import BY, problem

ACTIVATIONS = list(nn.ACTIVATIONS)
LITERAL = {
    "identity": lambda x: x,
    "sigmoid": lambda x: 1 / (1 + exp(-x)),
    "relu": lambda x: max(x, 0.0),
    "tanh": tanh,
}


@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_the_gradient_of_every_parameter_is_the_slope_of_the_loss(activation, masked) -> None:
    R, cfg, s, rng = problem(activation=activation, masked=masked, rho=0.4)
    X, counts = autorec.centred(R, s.mu, cfg)[:5], R.items_counts
    keep = nn.dropout(X.nnz, cfg.rho, rng)
    params = {name: x.copy() for name, x in autorec.parameters(s, cfg).items()}
    found = autorec.gradient(params, X, counts, cfg, keep)
    assert set(found) == {"A", "a", "U", "c"}
    for name, theta in params.items():
        slopes = oracles.slopes(lambda: autorec.loss(params, X, counts, cfg, keep), theta)
        assert np.abs(found[name] - slopes).max() < 1e-6 * np.abs(slopes).max(), name


@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_codes_predictions_and_J_are_the_notes_triple_loop(activation, masked, by) -> None:
    R, cfg, s, _ = problem(activation=activation, masked=masked, by=by)
    rows, ratings = (s, oracles.observed(R)) if by == "users" else (s.T, oracles.observed(R.T))
    f, (N, M) = LITERAL[activation], (len(rows.W), len(rows.U))
    J = cfg.lam * sum(float(x) ** 2 for X in (rows.A, rows.U) for x in X.ravel())
    for i in range(N):
        code = [
            f(sum((r - s.mu) * rows.A[j, q] for (user, j), r in ratings.items() if user == i) + rows.a[q])
            for q in range(cfg.hidden)
        ]
        assert rows.W[i] == pytest.approx(code, abs=1e-12)
        for j in range(M):
            r_hat = sum(code[q] * rows.U[j, q] for q in range(cfg.hidden)) + rows.c[j] + s.mu
            at = (i, j) if by == "users" else (j, i)
            assert autorec.predict(s, *at) == pytest.approx(r_hat)
            if (i, j) in ratings:
                J += (ratings[i, j] - r_hat) ** 2
            elif not masked:
                J += (r_hat - s.mu) ** 2
    assert autorec.objective(s, R, cfg) == pytest.approx(J)


@pytest.mark.parametrize("batch", [1, 2, 3, 4, 9])
@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
def test_batches_add_up_to_J_and_to_its_gradient(batch, masked) -> None:
    R, cfg, s, rng = problem(masked=masked)
    X, params = autorec.centred(R, s.mu, cfg), autorec.parameters(s, cfg)
    parts = [X[rows] for rows in nn.batches(R.N, batch, rng)]
    assert sum(autorec.loss(params, x, R.items_counts, cfg) for x in parts) == pytest.approx(
        autorec.objective(s, R, cfg)
    )
    whole = autorec.gradient(params, X, R.items_counts, cfg)
    summed = [autorec.gradient(params, x, R.items_counts, cfg) for x in parts]
    for name, g in whole.items():
        np.testing.assert_allclose(sum(part[name] for part in summed), g, atol=1e-11)


def test_a_film_nobody_in_the_batch_rated_has_no_gradient_at_all() -> None:
    R, cfg, s, rng = problem(N=12, M=20, density=0.15, rho=0.3)
    X = autorec.centred(R, s.mu, cfg)[:4]
    g = autorec.gradient(autorec.parameters(s, cfg), X, R.items_counts, cfg, nn.dropout(X.nnz, 0.3, rng))
    unseen = np.setdiff1d(np.arange(R.M), X.indices)
    assert 0 < len(unseen) < R.M
    for name in ("A", "U", "c"):
        assert not g[name][unseen].any(), name
        assert g[name][X.indices].any(), name


def test_what_stands_in_a_cell_without_a_rating_never_counts() -> None:
    """Whatever the rows of films that nobody in the batch rated hold, the others' slopes are the same to the bit."""
    R, cfg, s, _ = problem(N=12, M=20, density=0.15)
    X = autorec.centred(R, s.mu, cfg)[:4]
    far = {name: x.copy() for name, x in autorec.parameters(s, cfg).items()}
    unseen = np.setdiff1d(np.arange(R.M), X.indices)
    for name in ("A", "U", "c"):
        far[name][unseen] = 1e6
    one, other = (autorec.gradient(p, X, R.items_counts, cfg) for p in (autorec.parameters(s, cfg), far))
    assert np.array_equal(one["a"], other["a"])
    assert np.array_equal(one["U"][X.indices], other["U"][X.indices])


@pytest.mark.parametrize("by", BY)
def test_a_rating_equal_to_the_mean_adds_nothing_to_the_code_but_counts_in_J(by) -> None:
    R, cfg, s, _ = problem(by=by, lam=0.0)
    i, j = np.argwhere(R.by_user.toarray() == 0)[0]
    arrays = np.append(R.i, i), np.append(R.j, j), np.append(R.r, s.mu)
    more = Ratings.from_codes(*arrays, R.user_ids, R.item_ids)
    assert more.n == R.n + 1
    t = autorec.encode(s, more, cfg)
    assert np.array_equal(t.W, s.W)
    assert np.array_equal(t.U, s.U)
    error = float(s.mu - autorec.predict(s, i, j))
    assert autorec.objective(t, more, cfg) - autorec.objective(s, R, cfg) == pytest.approx(error**2)
    row, column = (i, j) if by == "users" else (j, i)
    rows = s if by == "users" else s.T
    before, after = (
        autorec.gradient(autorec.parameters(s, cfg), autorec.centred(P, s.mu, cfg), np.ones(len(rows.U)), cfg)
        for P in (R, more)
    )
    np.testing.assert_allclose((after["U"] - before["U"])[column], -2 * error * rows.W[row], atol=1e-12)
    assert after["c"][column] - before["c"][column] == pytest.approx(-2 * error)


def test_the_mistake_is_charged_without_a_dense_matrix() -> None:
    N = M = 20_000
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, N * M, 30_000))
    R = Ratings.from_codes(*np.divmod(pairs, M), rng.random(len(pairs)), np.arange(N), np.arange(M))
    cfg = autorec.Config(hidden=4, batch=5_000, masked=False)
    tracemalloc.start()
    try:
        assert autorec.objective(fit(autorec, R, cfg, T=1), R, cfg) > 0
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.02 * N * M * 8


def test_without_the_mask_predictions_shrink_to_what_the_holes_were_filled_with() -> None:
    train, test = data.load("planted")[0].split(0.1, seed=0)
    for filled, centred in ((train.mu, True), (0.0, False)):
        cfg = autorec.Config(hidden=10, lam=1.0, centred=centred, activation="identity")
        right, wrong = (fit(autorec, train, replace(cfg, masked=masked), T=30) for masked in (True, False))
        off = [np.abs(autorec.predict(s, test.i, test.j) - filled).mean() for s in (right, wrong)]
        missed = [metrics.rmse(autorec.predict(s, test.i, test.j), test.r) for s in (right, wrong)]
        assert off[1] < off[0]
        assert missed[1] > missed[0]


@pytest.mark.parametrize("activation", ACTIVATIONS)
def test_a_user_without_ratings_has_the_code_of_the_bias_alone(activation) -> None:
    R = Ratings.from_codes(
        np.array([0, 0, 2]), np.array([0, 1, 1]), np.array([4.0, 2.0, 5.0]), np.arange(3), np.arange(3)
    )
    cfg = autorec.Config(hidden=2, activation=activation)
    s = fit(autorec, R, cfg, T=5)
    assert np.array_equal(s.W[1], cfg.f.f(s.a))
    i, j = np.divmod(np.arange(9), 3)
    assert np.isfinite(autorec.predict(s, i, j)).all()
    assert autorec.predict(s, i[j == 2], j[j == 2]) == pytest.approx(s.mu), "a film without ratings is predicted as μ"


@pytest.mark.parametrize("by", BY)
def test_someone_new_is_encoded_and_not_fitted(by) -> None:
    R, cfg, s, rng = problem(by=by)
    own = R if by == "users" else R.T
    values = rng.integers(1, 6, own.M).astype(float)
    new = Ratings.from_codes(np.zeros(own.M, int), np.arange(own.M), values, np.array(["new"]), own.item_ids)
    t = autorec.encode(s, new if by == "users" else new.T, cfg)
    rows = t if by == "users" else t.T
    assert rows.W.shape == (1, cfg.hidden)
    np.testing.assert_allclose(rows.W[0], cfg.f.f((values - s.mu) @ rows.A + rows.a))
    assert rows.U is (s if by == "users" else s.T).U
    short = Ratings.from_codes(np.array([0]), np.array([0]), np.array([3.0]), np.array(["new"]), np.array([0]))
    with pytest.raises(ValueError, match="places for ratings"):
        autorec.encode(s, short if by == "users" else short.T, cfg)
    again = autorec.encode(t, R, cfg)
    assert np.array_equal(again.W, s.W)
    assert np.array_equal(again.U, s.U)
