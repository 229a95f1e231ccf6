"""AutoRec learning: an epoch by a second route, what it must find, both forms the same, and what it may cost."""

import tracemalloc
from dataclasses import replace
from itertools import islice

import numpy as np
import pytest
from numba import get_num_threads, set_num_threads
from scipy.linalg import subspace_angles

from mfcore import Ratings, autorec, data, fit, metrics, nn, steps
from mfcore.descent import epochs
from mfcore.errors import DivergedError
from mfcore.kernels.autorec_numba import WORTH
from mfcore.kernels.numba_form import THREADED
from mfcore.ratings import Floats
from mfcore.run import Model
from tests import oracles
from tests.autorecs import BY, problem


def spread(params: nn.Params) -> Floats:
    return np.concatenate([params[name].ravel() for name in sorted(params)])


def full(N: int, M: int, rank: int, seed: int) -> tuple[Ratings, Floats]:
    """A matrix without holes, of columns with mean 0, that needs more than `rank` dimensions, and its entries."""
    rng = np.random.default_rng(seed)
    Q, _ = np.linalg.qr(rng.normal(size=(N, M)))
    X = (Q - Q.mean(axis=0)) @ np.diag(np.r_[np.linspace(3, 2, rank), np.full(M - rank, 0.5)])
    X = X @ np.linalg.qr(rng.normal(size=(M, M)))[0]
    X -= X.mean(axis=0)
    i, j = np.divmod(np.arange(N * M), M)
    return Ratings.from_codes(i, j, X.ravel(), np.arange(N), np.arange(M)), X


def test_a_linear_autoencoder_of_a_full_matrix_spans_the_principal_components() -> None:
    R, X = full(30, 8, rank=2, seed=0)
    rule = nn.Rule("adam", 0.02)
    cfg = autorec.Config(hidden=2, activation="identity", lam=0, batch=30, rule=rule, centred=False)
    s = fit(autorec, R, cfg, T=300, seed=1)
    s = fit(autorec, R, replace(cfg, rule=nn.Rule("adam", 0.001)), T=300, seed=1, start=s)
    _, singular, Vt = np.linalg.svd(X)
    assert np.abs(subspace_angles(s.U, Vt[:2].T)).max() < 1e-3
    assert autorec.objective(s, R, cfg) == pytest.approx((singular[2:] ** 2).sum(), rel=1e-5)


@pytest.mark.parametrize("activation", ["identity", "sigmoid", "tanh"])
def test_one_row_is_learnt_by_heart(activation) -> None:
    R = Ratings.from_arrays([0] * 5, [0, 1, 2, 3, 4], [1.0, 5.0, 2.5, 4.0, 3.0])
    cfg = autorec.Config(hidden=4, activation=activation, lam=0, rule=nn.Rule("adam", 0.05))
    assert autorec.objective(fit(autorec, R, cfg, T=800), R, cfg) < 1e-6


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("batch", [4, 5, 12])
def test_an_epoch_is_the_steps_of_its_batches_one_after_the_other(rule, batch) -> None:
    """The second route: whole arrays, whole gradients, and `nn.step` on them; rows not in the batch stay."""
    R, cfg, s, _ = problem(N=12, M=9, density=0.3, rule=nn.Rule(rule, 0.05), batch=batch, rho=0.2)
    s = fit(autorec, R, cfg, T=1, start=s)  # so that there are moments
    rng = np.random.default_rng([7, 2])
    params, moments = autorec.parameters(s, cfg), s.moments
    sizes = []
    for rows in nn.batches(R.N, batch, rng):
        X = autorec.centred(R, s.mu, cfg)[rows]
        g = autorec.gradient(params, X, R.items_counts, cfg, nn.dropout(X.nnz, cfg.rho, rng))
        g = {name: x * R.N / (len(rows) * R.n) for name, x in g.items()}
        new, after = nn.step(params, g, moments, cfg.rule)
        seen = np.isin(np.arange(R.M), X.indices)

        def kept(new: nn.Params, old: nn.Params, seen: Floats = seen) -> nn.Params:
            """The rows that somebody in the batch rated; a for everyone."""
            whole = {name: (seen if x.ndim == 1 else seen[:, None]) for name, x in new.items()} | {"a": True}
            return {name: np.where(whole[name], x, old[name]) for name, x in new.items()}

        params = kept(new, params)
        moments = nn.Moments(after.steps, kept(after.mean, moments.mean), kept(after.square, moments.square))
        sizes.append(len(rows))
    found = autorec.sweep(s, R, cfg, np.random.default_rng([7, 2]))
    assert sum(sizes) == R.N
    assert min(sizes) > 0, "no batch is empty where the size divides N"
    assert found.moments.steps - s.moments.steps == len(sizes) == autorec.counted(R, cfg).steps
    for name, x in autorec.parameters(found, cfg).items():
        np.testing.assert_allclose(x, params[name], atol=1e-13)
        np.testing.assert_allclose(found.moments.mean[name], moments.mean[name], atol=1e-13)
        np.testing.assert_allclose(found.moments.square[name], moments.square[name], atol=1e-13)


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
def test_where_every_film_is_in_the_batch_the_step_is_the_usual_one(rule) -> None:
    R, _ = full(8, 5, rank=2, seed=4)
    cfg = autorec.Config(hidden=3, rule=nn.Rule(rule, 0.05), batch=8)
    s = fit(autorec, R, cfg, T=2)
    params = autorec.parameters(s, cfg)
    g = autorec.gradient(params, autorec.centred(R, s.mu, cfg), R.items_counts, cfg)
    expected, _ = nn.step(params, {name: x / R.n for name, x in g.items()}, s.moments, cfg.rule)
    found = autorec.parameters(fit(autorec, R, cfg, T=1, start=s), cfg)
    np.testing.assert_allclose(spread(found), spread(expected), atol=1e-13)


@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("by", BY)
def test_without_the_mask_a_step_is_the_usual_one_on_whole_arrays(by, rule) -> None:
    """The second route writes out every cell, 0 where there is no rating, and lets the layers do the rest.

    All rows step, those of columns that nobody in the batch rated too: unmasked, their cells count as well.
    """
    R, cfg, s, _ = problem(N=8, M=11, density=0.25, by=by, rule=nn.Rule(rule, 0.05), batch=3, masked=False)
    s = fit(autorec, R, cfg, T=1, start=s)  # so that there are moments
    own = R if by == "users" else R.T
    params, moments, rng = autorec.parameters(s, cfg), s.moments, np.random.default_rng([7, s.t + 1])
    dense, rated, unseen = np.zeros((own.N, own.M)), np.zeros((own.N, own.M), bool), False
    dense[own.i, own.j], rated[own.i, own.j] = own.r - s.mu, True
    for rows in nn.batches(own.N, 3, rng):
        X = dense[rows]
        h = cfg.f.f(nn.dense(X, params["A"], params["a"]))
        gV, gc, gh = nn.dense_back(-2 * (X - nn.dense(h, params["U"].T, params["c"])), h, params["U"].T)
        gA, ga, _ = nn.dense_back(cfg.f.back(gh, h), X, params["A"])
        lam = cfg.lam * (rated[rows].sum(axis=0) / np.maximum(rated.sum(axis=0), 1))[:, None]
        g = {"A": gA + nn.l2_back(params["A"], lam), "a": ga, "U": gV.T + nn.l2_back(params["U"], lam), "c": gc}
        scale = own.N / (len(rows) * R.n)
        params, moments = nn.step(params, {name: x * scale for name, x in g.items()}, moments, cfg.rule)
        unseen |= bool((~rated[rows].any(axis=0)).any())
    assert unseen
    found = fit(autorec, R, cfg, T=1, seed=7, start=s)
    for name, x in autorec.parameters(found, cfg).items():
        np.testing.assert_allclose(x, params[name], atol=1e-12)
        np.testing.assert_allclose(found.moments.mean[name], moments.mean[name], atol=1e-12)


@pytest.mark.parametrize("masked", [True, False], ids=["masked", "unmasked"])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("by", BY)
def test_ratings_of_exactly_the_mean_count_in_both_forms_alike(by, rule, masked) -> None:
    """A third of all ratings is the mean itself: 0 once it is taken off, and not the same as no rating."""
    rng = np.random.default_rng(3)
    places = rng.permutation(30 * 20)[:180]
    r = rng.permutation(np.repeat([2.0, 3.0, 4.0], 60))
    R = Ratings.from_codes(*np.divmod(places, 20), r, np.arange(30), np.arange(20))
    assert R.mu == 3.0
    cfg = autorec.Config(
        hidden=5, by=by, rule=nn.Rule(rule, 0.05), batch=8, activation="tanh", masked=masked, kernel="numpy"
    )
    assert (autorec.centred(R, R.mu, cfg).data == 0).sum() == 60
    plain, compiled = (fit(autorec, R, replace(cfg, kernel=kernel), T=3) for kernel in ("numpy", "numba"))
    for name in ("W", "U", "b", "c", "A", "a"):
        np.testing.assert_allclose(getattr(compiled, name), getattr(plain, name), atol=1e-11, err_msg=name)
    # And they do count: without them it is another model.
    there = R.r != 3.0
    fewer = Ratings.from_codes(R.i[there], R.j[there], R.r[there], R.user_ids, R.item_ids)
    assert fewer.mu == 3.0
    assert np.abs(fit(autorec, fewer, cfg, T=3).U - plain.U).max() > 1e-3


@pytest.mark.parametrize("rho", [0.0, 0.4])
@pytest.mark.parametrize("rule", ["sgd", "momentum", "adam"])
@pytest.mark.parametrize("by", BY)
@pytest.mark.parametrize("dtype", ["float32", "float64"])
def test_the_compiled_form_gives_the_same_to_rounding(dtype, by, rule, rho) -> None:
    R, _ = oracles.random_ratings(60, 40, 0.2, seed=1)
    cfg = autorec.Config(
        hidden=5, by=by, rule=nn.Rule(rule, 0.02), batch=16, rho=rho, dtype=dtype, activation="tanh", kernel="numpy"
    )
    plain, compiled = (fit(autorec, R, replace(cfg, kernel=kernel), T=3) for kernel in ("numpy", "numba"))
    close = 1e-4 if dtype == "float32" else 1e-11
    for name in ("W", "U", "b", "c", "A", "a"):
        one, other = getattr(plain, name), getattr(compiled, name)
        assert one.dtype == other.dtype == dtype
        np.testing.assert_allclose(other, one, atol=close, err_msg=name)
    for part in ("mean", "square"):
        for name, x in getattr(plain.moments, part).items():
            np.testing.assert_allclose(getattr(compiled.moments, part)[name], x, atol=close)
    assert compiled.moments.steps == plain.moments.steps


def test_the_bits_do_not_depend_on_the_number_of_threads() -> None:
    R, _ = oracles.random_ratings(600, 500, 0.3, seed=2, dtype="float32")
    cfg = autorec.Config(hidden=48, batch=200, rho=0.3, dtype="float32", kernel="numba")
    assert cfg.batch / R.N * R.n * cfg.hidden / WORTH > THREADED, "a second thread does wake"
    every = get_num_threads()
    found = []
    try:
        for threads in {1, every}:
            set_num_threads(threads)
            found.append(fit(autorec, R, cfg, T=2))
    finally:
        set_num_threads(every)
    for s in found[1:]:
        for name in ("W", "U", "c", "A", "a"):
            assert np.array_equal(getattr(s, name), getattr(found[0], name)), name


@pytest.mark.parametrize("rho", [0.0, 0.3])
def test_by_items_is_by_users_of_the_transpose(rho) -> None:
    R, _ = oracles.random_ratings(14, 9, 0.4, seed=5)
    cfg = autorec.Config(hidden=3, by="items", batch=4, rho=rho)
    s, t = fit(autorec, R, cfg, T=3), fit(autorec, R.T, replace(cfg, by="users"), T=3)
    for name in ("W", "U", "b", "c", "A", "a"):
        assert np.array_equal(getattr(s, name), getattr(t.T, name)), name
    assert (s.W.shape, s.U.shape, s.A.shape, s.b.shape, s.c.shape) == ((14, 3), (9, 3), (14, 3), (14,), (9,))
    assert autorec.objective(s, R, cfg) == pytest.approx(autorec.objective(t, R.T, replace(cfg, by="users")))


def test_it_learns_what_was_planted_from_a_start_that_knows_nothing() -> None:
    train, test = data.load("planted")[0].split(0.1, seed=0)
    for by in BY:
        found = list(islice(epochs(autorec, train, test, autorec.Config(by=by, lam=5.0), T=20), 21))
        assert found[-1].J < 0.5 * found[0].J
        assert found[-1].valid < metrics.rmse(np.full(test.n, train.mu), test.r) - 0.1


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_an_epoch_never_writes_out_the_cells_without_a_rating(kernel) -> None:
    N = M = 20_000
    rng = np.random.default_rng(0)
    pairs = np.unique(rng.integers(0, N * M, 60_000))
    R = Ratings.from_codes(*np.divmod(pairs, M), rng.random(len(pairs)), np.arange(N), np.arange(M))
    cfg = autorec.Config(hidden=8, batch=2_000, rho=0.5, kernel=kernel)
    s = fit(autorec, R, cfg, T=1)  # compiled, where it is
    tracemalloc.start()
    try:
        autorec.objective(autorec.sweep(s, R, cfg, rng), R, cfg)
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert peak < 0.02 * N * M * 8
    assert cfg.batch * M * 8 > 3 * peak, "not even one batch"


@pytest.mark.parametrize("kernel", ["numpy", "numba"])
def test_a_rate_too_large_is_told_with_its_epoch_and_earlier_epochs_are_kept(kernel) -> None:
    R, _ = oracles.random_ratings(40, 30, 0.4, seed=0)
    cfg = autorec.Config(hidden=4, rule=nn.Rule("sgd", 1e4), activation="identity", batch=10, kernel=kernel)
    kept = []
    with pytest.raises(DivergedError, match="learning rate too large at epoch 1"):
        kept.extend(epochs(autorec, R, R, cfg, T=50))
    assert [epoch.t for epoch in kept] == [0]
    assert np.isfinite(kept[0].state.U).all()


@pytest.mark.parametrize("by", BY)
def test_any_state_resumes_bit_for_bit_and_is_left_as_it_was(by) -> None:
    R, _ = oracles.random_ratings(14, 9, 0.4, seed=5)
    cfg = autorec.Config(hidden=3, by=by, batch=4, rho=0.3)
    states = list(islice(steps(autorec, R, cfg, seed=4), 6))
    frozen = {name: x.copy() for name, x in autorec.parameters(states[2], cfg).items()}
    resumed = fit(autorec, R, cfg, T=3, seed=4, start=states[2])
    assert resumed.t == states[5].t == 5
    for name in ("W", "U", "b", "c", "A", "a"):
        assert np.array_equal(getattr(resumed, name), getattr(states[5], name))
    for name, x in autorec.parameters(states[2], cfg).items():
        assert np.array_equal(x, frozen[name])
    other = fit(autorec, R, cfg, T=5, seed=5)
    assert not np.array_equal(other.A, resumed.A)


@pytest.mark.parametrize(("N", "M"), [(1, 1), (1, 4), (4, 1)])
@pytest.mark.parametrize("kernel", ["numpy", "numba"])
@pytest.mark.parametrize("by", BY)
def test_the_smallest_problems(N, M, kernel, by) -> None:
    i, j = np.divmod(np.arange(N * M), M)
    R = Ratings.from_codes(i, j, 1.0 + np.arange(N * M), np.arange(N), np.arange(M))
    s = fit(autorec, R, autorec.Config(hidden=1, by=by, kernel=kernel, batch=3), T=3)
    assert np.isfinite(autorec.predict(s, i, j)).all()


def test_an_epoch_goes_over_rows_and_not_over_ratings() -> None:
    R, _ = oracles.random_ratings(10, 6, 0.9, seed=0)
    assert autorec.counted(R, autorec.Config(batch=5)) == (10, 2, R.n, np.median(np.diff(R.by_user.indptr)))
    assert autorec.counted(R, autorec.Config(batch=4, by="items")) == (6, 2, R.n, np.median(np.diff(R.by_item.indptr)))


@pytest.mark.parametrize(
    "settings",
    [
        {"hidden": 0},
        {"hidden": 2.5},
        {"batch": 0},
        {"lam": -1},
        {"lam": np.inf},
        {"rho": 1.0},
        {"rho": -0.1},
        {"rho": "x"},
        {"by": "films"},
        {"activation": "softmax"},
        {"dtype": "int8"},
        {"kernel": "gpu"},
    ],
)
def test_values_outside_the_model_are_refused(settings) -> None:
    with pytest.raises(ValueError, match=next(iter(settings))):
        autorec.Config(**settings)


def test_autorec_is_a_model_like_the_others() -> None:
    model: Model = autorec
    assert hash(autorec.Config()) == hash(autorec.Config())
    assert model.predict is autorec.predict
