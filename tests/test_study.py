"""Studies of λ and k: every fit is the training loop's, folds cover all ratings once, means are means."""

import numpy as np
import pytest

from mfcore import als, data, metrics, run, study
from mfcore.study import Fit, Lengths, Plan
from tests import oracles

PLAN = Plan(ks=(1, 3), lams=(0.5, 5.0), folds=3, T=4, seed=2)


@pytest.fixture(scope="module")
def R():
    return data.load("planted", N=60, M=40, density=0.4)[0]


@pytest.fixture(scope="module")
def fits(R):
    return list(study.run(R, PLAN))


def test_a_plan_says_what_each_of_its_fits_is(fits):
    assert len(fits) == PLAN.size == 12
    assert [PLAN.at(n) for n in range(PLAN.size)] == [(fit.fold, fit.k, fit.lam) for fit in fits]


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("folds", [1, 3])
def test_a_fit_is_the_training_loop_s_scored_by_hand(R, folds, weighted):
    plan = Plan(ks=(2,), lams=(0.3,), folds=folds, weighted=weighted, T=3, seed=5)
    pairs = list(R.folds(folds, 5)) if folds > 1 else [R.split(test=0.1, seed=5)]
    found = list(study.run(R, plan))
    assert len(found) == len(pairs)
    for fit, (train, test) in zip(found, pairs, strict=True):
        s = run.fit(als, train, als.Config(k=2, lam=0.3, joint=True, weighted=weighted), 3, seed=5)
        for part, error in ((train, fit.train), (test, fit.test)):
            squares = [(r - oracles.predicted(s, i, j)) ** 2 for (i, j), r in oracles.observed(part).items()]
            assert error == pytest.approx((sum(squares) / part.n) ** 0.5)
        assert fit.lengths == pytest.approx([float((X**2).sum()) for X in (s.W, s.U, s.b, s.c)])


def test_the_lengths_times_lambda_are_the_penalty(R):
    train, test = R.split(seed=1)
    fit = study.one(train, test, PLAN, 3, 0.7)
    cfg = als.Config(k=3, lam=0.7, joint=True)
    s = run.fit(als, train, cfg, PLAN.T, PLAN.seed)
    assert 0.7 * sum(fit.lengths) == pytest.approx(als.penalty(s, train, cfg))


def test_one_fit_is_done_for_each_step_and_no_more(R, monkeypatch):
    made = []
    monkeypatch.setattr(study, "one", lambda *args: made.append(args))
    steps = study.run(R, PLAN)
    for n in range(3):
        next(steps)
        assert len(made) == n + 1


def test_means_and_spread_are_those_of_the_folds(fits):
    rows = study.means(fits)
    assert [(row.k, row.lam) for row in rows] == [(k, lam) for k in PLAN.ks for lam in PLAN.lams]
    for row in rows:
        own = [fit for fit in fits if (fit.k, fit.lam) == (row.k, row.lam)]
        assert row.folds == len(own) == 3
        tests = [fit.test for fit in own]
        mean = sum(tests) / 3
        assert row.test == pytest.approx(mean)
        assert row.spread == pytest.approx((sum((x - mean) ** 2 for x in tests) / 2) ** 0.5)
        assert row.train == pytest.approx(sum(fit.train for fit in own) / 3)
        length = row.lengths.U
        assert length == pytest.approx(sum(fit.lengths.U for fit in own) / 3)
    assert study.best(rows).test == min(row.test for row in rows)


def test_a_part_of_the_folds_has_a_mean_already():
    made = [Fit(1, 0.5, fold, 1.0 + fold, 2.0 + fold, Lengths(1, 2, 3, 4)) for fold in range(2)]
    assert study.means(made[:1])[0][2:6] == (1, 1.0, 2.0, 0.0)
    assert study.means(made)[0].test == 2.5
    assert study.means([]) == ()


def test_the_frobenius_norm_is_the_sum_of_squared_row_norms():
    W = np.random.default_rng(0).normal(size=(7, 3))
    rows = [sum(x * x for x in row) for row in W]
    assert study.squared_norm(W) == pytest.approx(sum(rows))
    assert study.squared_norm(W) == pytest.approx(np.linalg.norm(W, "fro") ** 2)
    assert study.squared_norm(W) == pytest.approx((np.linalg.svd(W)[1] ** 2).sum())


def test_held_out_error_has_its_lowest_point_inside(R):
    """Neither no λ nor a huge one: the U of the U-curve."""
    plan = Plan(ks=(5,), lams=(0.01, 1.0, 3.0, 1000.0), T=10)
    tests = [fit.test for fit in study.run(R, plan)]
    assert min(tests[1:3]) < min(tests[0], tests[3])


def test_a_huge_lambda_leaves_the_mean(R):
    train, test = R.split(seed=0)
    fit = study.one(train, test, PLAN, 3, 1e12)
    assert fit.test == pytest.approx(metrics.rmse(np.full(test.n, train.mu), test.r))
    assert sum(fit.lengths) < 1e-9
