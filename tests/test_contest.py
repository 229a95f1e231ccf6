"""The contest: who beats what, folds, choices and spread, what is timed, and what is shipped."""

import warnings
from types import SimpleNamespace

import numpy as np
import pytest

from mfcore import LeastNormWarning, contest, data, entrants, metrics
from mfcore.contest import Plan
from mfcore.entrants import BASELINES, ENTRANTS
from mfcore.errors import DivergedError
from mfview import contest as shipped
from tests.oracles import observed

BY_NAME = {entrant.name: entrant for entrant in ENTRANTS}
NAMES = list(BY_NAME)
pytestmark = pytest.mark.filterwarnings("ignore::mfcore.LeastNormWarning")


@pytest.fixture(scope="module")
def R():
    return data.load("planted", N=150, M=60, density=0.5)[0]


@pytest.fixture(scope="module")
def parts(R):
    return R.split(test=0.1, seed=0)


@pytest.fixture(scope="module")
def fits(R):
    with warnings.catch_warnings():
        warnings.simplefilter("ignore", LeastNormWarning)
        return tuple(contest.run(R, Plan(k=3, folds=1)))


def test_seconds_are_of_training_alone_and_add_up_until_the_epoch_that_counts(parts, monkeypatch):
    """A clock that only training and scoring move: an epoch takes 1, 2, 4, … seconds, a score 1000."""
    now, entrant = [5.0], BY_NAME["ALS"]
    real = contest.predict

    def states(train, cells, seed):
        for t, s in enumerate(entrant.choices(2)[0].states(train, cells, seed)):
            now[0] += 2.0**t
            yield s

    def predict(*given):
        now[0] += 1000
        return real(*given)

    monkeypatch.setattr(contest, "time", SimpleNamespace(process_time=lambda: now[0]))
    monkeypatch.setattr(contest, "predict", predict)
    for at in (0, 3, 7):
        assert contest.one(entrant, entrants.Choice("", states), *parts, at=at).seconds == 2 ** (at + 1) - 1


def test_every_model_beats_the_mean_and_the_best_beat_the_biases(fits):
    tests = {row.name: row.test for row in contest.rows(fits)}
    assert list(tests) == NAMES
    assert all(tests[name] < tests["μ"] for name in NAMES[1:])
    for name in ("ALS", "PMF", "Bayesian MF", "embeddings"):
        assert tests[name] < tests["μ + b + c"]


def test_units_come_as_they_were_announced(fits):
    plan = Plan(k=3, folds=1)
    assert len(fits) == len(plan.units)
    for fit, (fold, name, said) in zip(fits, plan.units, strict=True):
        assert (fit.fold, fit.name) == (fold, name)
        assert fit.trial == bool(said)
        assert not said or fit.said == said


def test_settings_and_the_end_are_the_best_of_the_trials(fits):
    for name in NAMES:
        trials = [fit for fit in fits if fit.name == name and fit.trial]
        (final,) = [fit for fit in fits if fit.name == name and not fit.trial]
        assert len(final.rmse) == BY_NAME[name].T + 1
        if trials:
            best = min(trials, key=lambda fit: min(fit.rmse[min(1, BY_NAME[name].T) :]))
            assert final.said == best.said
            assert final.at == best.at == int(np.argmin(best.rmse[min(1, final.at) :])) + min(1, final.at)
        else:
            assert final.at == BY_NAME[name].T


def test_trials_see_the_training_part_alone(R, monkeypatch):
    seen = []
    real = contest.one
    monkeypatch.setattr(contest, "one", lambda *a, **kw: seen.append((a[2], a[3], kw)) or real(*a, **kw))
    list(contest.run(R, Plan(k=2, folds=2, names=("ALS",))))
    for fold, (train, test) in enumerate(R.parts(folds=2)):
        held = observed(test)
        per = len(seen) // 2
        for inner, valid, kw in seen[fold * per : (fold + 1) * per]:
            if kw.get("trial"):
                assert observed(inner) | observed(valid) == observed(train)
                assert held.keys().isdisjoint(observed(inner) | observed(valid))


def test_rows_are_means_and_spreads_of_the_final_fits(R):
    plan = Plan(k=2, folds=3, names=("μ", "ALS"))
    found = tuple(contest.run(R, plan))
    for row in contest.rows(found):
        own = [fit for fit in found if fit.name == row.name and not fit.trial]
        tests = [fit.rmse[fit.at] for fit in own]
        mean = sum(tests) / 3
        assert row.folds == 3
        assert row.test == pytest.approx(mean)
        assert row.spread == pytest.approx((sum((x - mean) ** 2 for x in tests) / 2) ** 0.5)
        assert row.curve[-1] == pytest.approx(sum(fit.rmse[-1] for fit in own) / 3)
        assert row.seconds == sorted(fit.seconds for fit in own)[1]
    mu = next(row for row in contest.rows(found) if row.name == "μ")
    held = [metrics.rmse(np.full(test.n, train.mu), test.r) for train, test in R.parts(plan.folds, plan.seed)]
    assert mu.tests == pytest.approx(held)
    assert contest.rows(found[:1])[0].spread == 0.0


def test_the_same_seed_gives_the_same_errors(parts):
    entrant = BY_NAME["embeddings"]
    first, second = (contest.one(entrant, entrant.choices(2)[0], *parts, seed=3) for _ in range(2))
    assert first.rmse == second.rmse


def test_an_entrant_that_diverges_is_out_from_there_on(parts):
    entrant = BY_NAME["embeddings"]

    def states(train, cells, seed):
        for t, s in enumerate(entrant.choices(2)[0].states(train, cells, seed)):
            if t == 3:
                raise DivergedError(t)
            yield s

    whole = contest.one(entrant, entrant.choices(2)[0], *parts)
    found = contest.one(entrant, entrants.Choice("too fast", states), *parts, trial=True)
    assert found.rmse[:3] == whole.rmse[:3]
    assert found.rmse[3:] == (np.inf,) * (entrant.T - 2)
    assert found.at == 1 + int(np.argmin(whole.rmse[1:3]))


def test_what_is_shipped_is_complete_and_of_the_default_data():
    R, _ = data.load(shipped.DATA)
    found = shipped.find(R.digest, shipped.PLAN)
    assert {(fit.name, fit.fold) for fit in found} == {(name, fold) for name in NAMES for fold in range(5)}
    assert shipped.find(R.digest, Plan(k=shipped.PLAN.k + 1)) is None
    assert shipped.find(R.split(seed=0)[0].digest, shipped.PLAN) is None
    rows = contest.rows(found)
    assert [row.name for row in rows[:4]] == list(BASELINES)


@pytest.mark.parametrize("name", ["user means", "μ + b + c", "ALS", "truncated SVD"])
def test_a_fit_made_now_is_the_one_that_was_shipped(name):
    R, _ = data.load(shipped.DATA)
    fold = 3
    train, test = list(R.parts(shipped.PLAN.folds, shipped.PLAN.seed))[fold]
    (kept,) = [fit for fit in shipped.find(R.digest, shipped.PLAN) if (fit.name, fit.fold) == (name, fold)]
    entrant = BY_NAME[name]
    choice = next(choice for choice in entrant.choices(shipped.PLAN.k) if choice.said == kept.said)
    fresh = contest.one(entrant, choice, train, test, shipped.PLAN.seed, fold, at=kept.at)
    assert fresh.rmse == pytest.approx(kept.rmse, rel=1e-4)
    assert fresh.parameters == kept.parameters


def test_what_is_built_is_what_is_read(R, monkeypatch, tmp_path):
    plan, said = Plan(k=2, folds=2, names=("μ", "ALS")), []
    monkeypatch.setattr(shipped, "FILE", tmp_path / "built.json")
    shipped.FILE.write_text(shipped.build(R, plan, said.append), encoding="utf-8")
    shipped._shipped.cache_clear()
    try:
        found = shipped.find(R.digest, plan)
        fresh = [fit for fit in contest.run(R, plan) if not fit.trial]
        assert len(said) == len(plan.units)
        assert [(fit.name, fit.fold, fit.said, fit.at) for fit in found] == [
            (fit.name, fit.fold, fit.said, fit.at) for fit in fresh
        ]
        for kept, fit in zip(found, fresh, strict=True):
            assert kept.rmse == pytest.approx(fit.rmse, rel=1e-4)
        assert "cores" in shipped.measured_on()
    finally:
        shipped._shipped.cache_clear()
