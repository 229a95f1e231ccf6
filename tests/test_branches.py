"""MF with a network against MF alone: what is found and what is not, what decides it, and what is kept of a run."""

from dataclasses import replace

import numpy as np
import pytest

from mfcore import Ratings, als, branches, metrics, nn, residual
from mfcore.branches import Plan
from mfcore.data.worlds import world
from mfcore.residual import Config


def plan(**given):
    rule = nn.Rule("adam", 0.01)
    return Plan(Config(k=1, lam=1.0, staged=True, rule=rule, dtype="float32", **given), T=14, patience=5)


def judged(R, p):
    """The epochs, the one that is kept, and the verdicts on validation and on test."""
    train, *held_out = branches.three(R, p.seed)
    found = list(branches.watch(R, p))
    (best, state), first = branches.best(found), branches.alone(train, p)
    return (
        found,
        best,
        *(branches.verdict(als.predict(first, x.i, x.j), residual.predict(state, x.i, x.j), x.r) for x in held_out),
    )


@pytest.mark.parametrize("seed", range(4))
def test_a_limit_is_found_that_a_product_cannot_say(seed):
    w = world("limit", seed=seed)
    found, best, valid, test = judged(w.ratings, replace(plan(), seed=seed))
    assert valid.found
    assert best.valid == min(look.valid for look in found)
    assert test.fall > 8 * test.error  # ratings that decided nothing say it too
    above, left = test.mf - w.sigma, test.both - w.sigma
    assert left < 0.5 * above
    assert best.spread > 0.2


@pytest.mark.parametrize("seed", range(12))
def test_where_all_is_a_product_early_stopping_says_so(seed):
    """The epoch it keeps is MF alone, though with other seeds this or that later one has a lower validation error."""
    w = world("product", seed=seed)
    found, best, valid, test = judged(w.ratings, replace(plan(), seed=seed))
    assert best.t == 0
    assert best.spread == 0
    assert len(found) == 1 + plan().patience
    assert not valid.found
    assert test.both == test.mf == best.test


@pytest.mark.parametrize("seed", range(3))
def test_trained_together_a_network_takes_its_share_of_a_product_and_is_not_taken_for_a_find(seed):
    w, p = world("product", seed=seed), replace(plan(), seed=seed, T=20)
    _, best, valid, _ = judged(w.ratings, replace(p, cfg=replace(p.cfg, staged=False)))
    assert best.spread > 0.1
    assert not valid.found


def test_where_the_network_is_kept_is_decided_on_validation(monkeypatch):
    """Other stars in the test part, and the same epochs are kept; other stars for validation, and they are not."""
    R = world("limit", N=100, M=60).ratings
    parts = branches.three(R, 0)

    def kept(place):
        given = list(parts)
        x = given[place]
        given[place] = Ratings.from_codes(x.i, x.j, x.r[::-1].copy(), x.user_ids, x.item_ids)
        monkeypatch.setattr(branches, "three", lambda R, seed: tuple(given))
        return [look.kept for look in branches.watch(R, replace(plan(), patience=99))]

    monkeypatch.setattr(branches, "three", lambda R, seed: parts)
    found = [look.kept for look in branches.watch(R, replace(plan(), patience=99))]
    assert sum(found) > 1
    assert kept(2) == found
    assert kept(1) != found


def test_looks_are_what_their_states_say_and_the_best_comes_back():
    R = world("limit", N=100, M=60).ratings
    p = plan()
    train, valid, test = branches.three(R, p.seed)
    assert train.n + valid.n + test.n == R.n
    found, best, *_ = judged(R, p)
    assert best.t > 0
    assert best.valid == min(look.valid for look in found)
    assert [look.state is not None for look in found] == [look.kept for look in found]
    assert not any(look.kept for look in found[best.t + 1 :])
    for look in (found[0], best):
        for part, said in ((train, look.train), (valid, look.valid), (test, look.test)):
            assert metrics.rmse(residual.predict(look.state, part.i, part.j), part.r) == pytest.approx(said, rel=1e-6)
        mf, network = residual.parts(look.state, test.i, test.j)
        assert look.mf == pytest.approx(metrics.rmse(mf, test.r))
        assert look.spread == pytest.approx(network.std())
    assert found[0].test == found[0].mf == pytest.approx(best.mf)


def test_a_run_on_the_slip_stays_where_mf_was():
    R = world("limit", N=60, M=40).ratings
    found = list(branches.watch(R, replace(plan(lam_net=0.0), slip=True)))
    assert found[-1].test == pytest.approx(found[0].test, abs=1e-6)
    assert found[-1].spread < 1e-6


def test_a_verdict_is_a_mean_of_differences_with_its_standard_error():
    r, mf, both = np.array([1.0, 2.0, 3.0]), np.array([2.0, 2.0, 1.0]), np.array([1.5, 2.0, 2.0])
    d = np.array([1 - 0.25, 0.0, 4 - 1])
    said = branches.verdict(mf, both, r)
    assert said.fall == pytest.approx(d.mean())
    assert said.error == pytest.approx(d.std(ddof=1) / np.sqrt(3))
    assert said.explained == pytest.approx(1 - 1.25 / 5)
    assert (said.mf, said.both) == pytest.approx((np.sqrt(5 / 3), np.sqrt(1.25 / 3)))
    assert not said.found
    sure = said._replace(error=said.fall / (branches.LUCK + 0.01))
    assert sure.found
    assert not sure._replace(error=said.fall / (branches.LUCK - 0.01)).found
    assert not branches.verdict(mf[:1], both[:1], r[:1]).found  # one rating proves nothing


def test_ordered_cells_are_means_of_sorted_blocks():
    rng = np.random.default_rng(0)
    cells, a, z = rng.standard_normal((6, 4)), rng.random(6), rng.random(4)
    np.testing.assert_array_equal(branches.ordered(cells, a, z), cells[np.argsort(-a)][:, np.argsort(z)])
    small = branches.ordered(cells, a, z, size=2)
    rows = np.argsort(-a)[:3]
    np.testing.assert_allclose(small[0, 1], cells[rows][:, np.argsort(z)[2:]].mean())
    assert small.shape == (2, 2)
