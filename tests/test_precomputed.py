"""The studies that come with the package are those of the default data, complete, and the ones that a fit gives."""

import json
from dataclasses import replace

import pytest

from mfcore import data, study
from mfview import precomputed
from mfview.precomputed import CURVE, GRID


@pytest.fixture(scope="module")
def R():
    return data.load(precomputed.DATA)[0]


def test_they_are_of_the_default_data_and_of_nothing_else(R):
    assert precomputed.find(R.digest, CURVE)
    assert precomputed.find(R.split(seed=0)[0].digest, CURVE) is None
    assert precomputed.find(R.digest, replace(CURVE, seed=1)) is None
    assert precomputed.find(R.digest, replace(CURVE, T=CURVE.T + 1)) is None


@pytest.mark.parametrize("plan", precomputed.plans(), ids=lambda p: f"{len(p.ks)}k-{p.folds}folds-{p.weighted}")
def test_every_plan_is_there_with_every_fit_in_its_place(R, plan):
    found = precomputed.find(R.digest, plan)
    assert [(fit.fold, fit.k, fit.lam) for fit in found] == [plan.at(n) for n in range(plan.size)]


def test_nothing_is_shipped_that_nobody_asks_for():
    held = json.loads(precomputed.FILE.read_text(encoding="utf-8"))["studies"]
    assert len(held) == len(precomputed.plans()) == len(set(precomputed.plans()))


@pytest.mark.parametrize(
    ("plan", "fold", "k", "lam"),
    [
        (CURVE, 0, 5, 15.0),
        (replace(CURVE, folds=3), 2, 5, 100.0),
        (precomputed.charging(replace(CURVE, folds=10), True), 7, 5, 0.15),
        (GRID, 0, 1, 10.0),
        (precomputed.charging(GRID, True), 0, 3, 0.3),
    ],
)
def test_a_fit_made_now_is_the_one_that_was_shipped(R, plan, fold, k, lam):
    train, test = list(R.parts(plan.folds, plan.seed))[fold]
    fresh = study.one(train, test, plan, k, lam, fold)
    shipped = precomputed.find(R.digest, plan)[[plan.at(n) for n in range(plan.size)].index((fold, k, lam))]
    assert shipped[:3] == fresh[:3]
    assert (shipped.train, shipped.test) == pytest.approx((fresh.train, fresh.test), rel=1e-4)
    assert shipped.lengths == pytest.approx(fresh.lengths, rel=1e-3)


def test_what_is_built_is_what_is_read(monkeypatch, tmp_path):
    R = data.load("planted", N=30, M=20)[0]
    plan = study.Plan(ks=(1, 2), lams=(0.5, 2.0), folds=2, T=2)
    said = []
    monkeypatch.setattr(precomputed, "plans", lambda: (plan,))
    monkeypatch.setattr(precomputed, "FILE", tmp_path / "built.json")
    precomputed.FILE.write_text(precomputed.build(R, said.append), encoding="utf-8")
    precomputed._shipped.cache_clear()
    try:
        found = precomputed.find(R.digest, plan)
    finally:
        precomputed._shipped.cache_clear()
    assert len(said) == 1
    for shipped, fresh in zip(found, study.run(R, plan), strict=True):
        assert shipped[:3] == fresh[:3]
        assert (shipped.test, *shipped.lengths) == pytest.approx((fresh.test, *fresh.lengths), rel=1e-4)
