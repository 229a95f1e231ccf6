"""A chain followed: what is kept of a sweep is the sampler's, what ships is what would be drawn now."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from mfcore import als, bpmf, chain, data, fit, metrics, steps
from mfcore.chain import Plan
from mfcore.predictive import Predictive
from mfview import posterior


@pytest.fixture(scope="module")
def parts():
    return data.load("planted")[0].split(test=0.1, seed=0)


@pytest.fixture(scope="module")
def followed(parts):
    plan = Plan(bpmf.Config(k=3), seed=2, burn=4, draws=17, users=(0, 7, 30), items=(2, 5))
    return plan, tuple(chain.run(*parts, plan))


def test_every_draw_is_the_sampler_s(parts, followed):
    train, test = parts
    plan, draws = followed
    assert [d.t for d in draws] == list(range(1, plan.size + 1))
    for s, d in zip(islice(steps(bpmf, train, plan.cfg, plan.seed), 1, None), draws, strict=False):
        assert d.alpha == s.alpha
        assert d.train == pytest.approx(metrics.rmse(bpmf.predict(s, train.i, train.j), train.r), rel=1e-9)
        assert d.alone == metrics.rmse(bpmf.predict(s, test.i, test.j), test.r)
        for user, i in enumerate(plan.users):
            expected = bpmf.predict(s, np.full(2, i), np.array(plan.items))
            np.testing.assert_allclose(chain.predicted([d], user, [0, 1])[0], expected, atol=1e-5)


def test_the_mean_of_the_draws_is_that_of_watching(parts, followed):
    train, test = parts
    plan, draws = followed
    s = bpmf.watch(fit(bpmf, train, plan.cfg, plan.burn, plan.seed), test.i, test.j)
    seen = fit(bpmf, train, plan.cfg, plan.draws, plan.seed, s).seen
    np.testing.assert_array_equal(seen.mean, draws[-1].seen.mean)
    assert draws[-1].together == metrics.rmse(seen.mean, test.r)
    assert np.isnan([d.together for d in draws[: plan.burn]]).all()
    looks = [d.seen for d in draws if d.seen is not None]
    assert [look.draws for look in looks] == [2, 4, 6, 8, 10, 12, 14, 16, 17]  # LOOKS of them, and the end
    assert chain.last_look(draws[:-2]) is looks[-3]
    assert chain.last_look(draws[: plan.burn]) is None


def test_the_moments_of_kept_rows_are_those_of_their_predictions(followed):
    plan, draws = followed
    counted = draws[plan.burn :]
    seen, r = chain.predictive(counted, 1, [0, 1]), chain.predicted(counted, 1, [0, 1])
    np.testing.assert_allclose(seen.mean, r.mean(axis=0))
    np.testing.assert_allclose(seen.doubt, r.std(axis=0))
    assert seen.noise == pytest.approx(np.mean([1 / d.alpha for d in counted]))
    for item in (0, 1):
        columns = [chain.predicted(counted, user, [item])[:, 0] for user in range(len(plan.users))]
        np.testing.assert_allclose(chain.predicted_to_all(counted, item), np.column_stack(columns))


def test_rivals_are_the_posterior_mean_and_als(parts):
    train, test = parts
    plan = Plan(bpmf.Config(k=2), burn=3, draws=5)
    rival = chain.rival(train, test, plan, (1.0, 8.0), T=4)
    draws = tuple(chain.run(train, test, plan))
    assert rival.bayes == draws[-1].together
    s = fit(als, train, als.Config(k=2, lam=8.0, joint=True), 4)
    assert rival.points[1] == metrics.rmse(als.predict(s, test.i, test.j), test.r)


def test_a_rival_s_steps_are_sweeps_and_then_the_rival(parts):
    plan, lams = Plan(bpmf.Config(k=2), burn=3, draws=5), (1.0, 8.0)
    found = list(chain.rival_steps(*parts, plan, lams, T=4))
    assert len(found) == chain.rival_size(plan, lams, T=4) == 8 + 2 * 4 + 1
    assert not any(found[:-1])
    assert found[-1] == chain.rival(*parts, plan, lams, T=4)


def test_chains_in_turn_are_the_chains_as_far_as_all_have_come(parts):
    plans = [Plan(bpmf.Config(k=2), seed, burn=2, draws=3, users=(1,), items=(4,)) for seed in (5, 6, 7)]
    draws = list(chain.in_turn(*parts, plans))
    assert [d.t for d in draws[:7]] == [1, 1, 1, 2, 2, 2, 3]
    for plan, one in zip(plans, chain.parted(draws, 3), strict=True):
        alone = list(chain.run(*parts, plan))
        assert [d.alpha for d in one] == [d.alpha for d in alone]
        np.testing.assert_array_equal([d.users for d in one], [d.users for d in alone])
    assert [len(one) for one in chain.parted(draws[:8], 3)] == [2, 2, 2]
    assert [len(one) for one in chain.parted(draws[:2], 3)] == [0, 0, 0]


def test_what_is_offered_are_the_busiest_and_some_of_the_others():
    counts = np.r_[np.arange(200), np.zeros(50, int)]
    rows = posterior.offered(counts, 10, [3, 240])
    assert {*range(190, 200), 3, 240} <= set(rows)
    assert 0 not in rows
    assert len(rows) == 10 + posterior.SPREAD + 2
    assert list(rows) == sorted(rows)
    assert posterior.offered(np.array([2, 0, 5]), 60) == (0, 2)


@pytest.fixture(scope="module")
def small():
    R, films = data.load(posterior.DATA)
    return R, films, *R.split(test=0.1, seed=0)


def test_what_ships_is_what_would_be_drawn_now(small):
    """The plan, the first draws of every chain, and, by the digest, the ratings."""
    R, films, train, test = small
    plan, draws = posterior.find(R.digest, Plan(bpmf.Config(k=posterior.K)))
    assert plan == posterior.plan_of(R, films)
    several = posterior.several(plan, *posterior.pair_of(R, films))
    for one, held in zip((plan, *several), (draws, *posterior.find_chains(R.digest, several)), strict=True):
        assert [d.t for d in held] == list(range(1, plan.size + 1))
        for now, then in zip(islice(chain.run(train, test, one), 3), held, strict=False):
            np.testing.assert_allclose(now[1:4], then[1:4], rtol=1e-6)
            np.testing.assert_allclose(now.users, then.users, atol=1e-4)
            np.testing.assert_allclose(now.items, then.items, atol=1e-4)


def test_what_ships_hangs_together(small):
    """The moments that ship are of the test pairs, and give the error that the last draw states."""
    R, _, train, test = small
    _, draws = posterior.find(R.digest, Plan(bpmf.Config(k=posterior.K)))
    seen = draws[-1].seen
    assert isinstance(seen, Predictive)
    np.testing.assert_array_equal(np.array([seen.i, seen.j]), np.array([test.i, test.j]))
    assert metrics.rmse(seen.mean, test.r) == pytest.approx(draws[-1].together, rel=1e-6)
    assert seen.draws == len(draws) - 20
    rivals = posterior.find_rivals(R.digest, 0)
    assert [one.k for one in rivals] == list(posterior.KS)
    assert next(one.bayes for one in rivals if one.k == posterior.K) == pytest.approx(draws[-1].together, rel=1e-9)
    s = fit(als, train, als.Config(k=2, lam=posterior.LAMS[1], joint=True), 15)
    expected = metrics.rmse(als.predict(s, test.i, test.j), test.r)
    assert next(one.points[1] for one in rivals if one.k == 2) == pytest.approx(expected, rel=1e-6)


def test_other_plans_are_not_shipped(small):
    R, *_ = small
    plan, _ = posterior.find(R.digest, Plan(bpmf.Config(k=posterior.K)))
    assert posterior.find("other", plan) is None
    assert posterior.find(R.digest, replace(plan, seed=1)) is None
    assert posterior.find(R.digest, replace(plan, draws=10)) is None
    assert posterior.find_chains(R.digest, posterior.several(plan, 0, 0)) is None
    assert posterior.find_rivals(R.digest, 1) is None
