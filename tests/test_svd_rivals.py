"""The contests: norms by hand, SVD first on full matrices and never below it, errors with holes as the models say."""

import numpy as np
import pytest

from mfcore import als, data, fills, fit, impute, metrics, rivals, svd
from mfcore.data import planted


def test_distances_are_the_norms_by_their_definitions() -> None:
    rng = np.random.default_rng(0)
    X, Y = rng.standard_normal((2, 7, 5))
    d = rivals.distance("any", 3, X, Y)
    assert d.frobenius == pytest.approx(sum((x - y) ** 2 for x, y in zip(X.ravel(), Y.ravel(), strict=True)) ** 0.5)
    x = rng.standard_normal(5)
    for _ in range(2000):  # the power method, by its own route to the largest ‖E x‖
        x = (X - Y).T @ ((X - Y) @ x)
        x /= np.linalg.norm(x)
    assert d.spectral == pytest.approx(np.linalg.norm((X - Y) @ x), rel=1e-9)


def test_on_random_columns_nothing_within_them_is_nearer() -> None:
    rng = np.random.default_rng(1)
    X = rng.standard_normal((9, 6))
    near = rivals.on_random_columns(X, 2, rng)
    assert np.linalg.matrix_rank(near) == 2
    rows = np.linalg.svd(near)[2][:2]  # the space drawn
    for _ in range(100):
        assert np.linalg.norm(X - rng.standard_normal((9, 2)) @ rows) >= np.linalg.norm(X - near)
    coefficients = np.linalg.lstsq(rows.T, X.T, rcond=None)[0]
    np.testing.assert_allclose(coefficients.T @ rows, near, atol=1e-10)


def test_svd_comes_first_on_a_full_matrix_and_als_comes_down_to_it() -> None:
    X = planted.planted(60, 40, density=1.0, seed=1).ratings.by_user.toarray()
    found = rivals.on_a_full_matrix(X, (1, 3, 6), sweeps=(1, 200))
    assert [d.name for d in found[:4]] == ["SVD", "ALS, 1 sweep", "ALS, 200 sweeps", "random columns"]
    for k in (1, 3, 6):
        best, soon, late, chance = (d for d in found if d.k == k)
        rest = np.linalg.svd(X, compute_uv=False)[k:]
        assert best.frobenius == pytest.approx(np.sqrt((rest**2).sum()))
        assert best.spectral == pytest.approx(rest[0])
        assert best.frobenius <= late.frobenius * (1 + 1e-12) <= soon.frobenius * (1 + 1e-9) < chance.frobenius
        assert late.frobenius == pytest.approx(best.frobenius, rel=1e-4)


def test_each_unit_is_the_error_of_the_model_it_names() -> None:
    train, test = data.load("planted")[0].split(0.1, seed=0)
    plan = rivals.Plan(ks=(1, 4), lam=3.0, T=4, seed=7)
    units = list(rivals.with_holes(train, test, plan))
    assert len(units) == len(plan.names) == 5 + 3 * 2
    for unit, said in zip(units, plan.names, strict=True):
        assert all(said.startswith(error.name) for error in unit)
        assert all(f"k = {error.k}" in said for error in unit) or len(unit) == 2
    by = {(e.name, e.k): e for unit in units for e in unit}
    models = {
        ("SVD, item means", 4): (svd, fit(svd, train, svd.Config(k=4, fill=fills.item_means), 4)),
        (rivals.HARD, 1): (impute, fit(impute, train, impute.Config(k=1, lam=0.0), 4)),
        (rivals.SOFT, 4): (impute, fit(impute, train, impute.Config(k=4, lam=3.0), 4)),
        (rivals.ALS, 4): (als, fit(als, train, als.Config(k=4, lam=3.0), 4, 7)),
    }
    for key, (model, s) in models.items():
        for part, error in ((train, by[key].train), (test, by[key].test)):
            assert error == pytest.approx(metrics.rmse(model.predict(s, part.i, part.j), part.r), rel=1e-6)


def test_ranks_beyond_a_small_table_are_left_out() -> None:
    train, test = data.load("tiny")[0].split(0.2, seed=0)
    units = rivals.with_holes(train, test, rivals.Plan(ks=(2, 6, 7, 40), T=1))
    assert {e.k for unit in units for e in unit} == {2, 6}


@pytest.mark.parametrize("seed", range(4))
def test_with_holes_the_order_of_full_matrices_turns_round(seed) -> None:
    """E9: from three cells in ten, ALS comes nearer to the cells not seen than SVD with any filling."""
    X = planted.planted(120, 60, density=1.0, seed=seed).ratings.by_user.toarray()
    seen, unseen = rivals.full(X).split(0.7, seed=seed)
    best = {}
    for unit in rivals.with_holes(seen, unseen, rivals.Plan(ks=(2, 4, 6), lam=2.0, T=15)):
        for e in unit:
            best[e.name] = min(best.get(e.name, np.inf), e.test)
    assert min(best, key=best.__getitem__) == rivals.ALS
    assert max(best, key=best.__getitem__) == "SVD, zeros"
    assert all(best[rivals.ALS] < 0.9 * best[name] for name in rivals.SVD_NAMES.values())
