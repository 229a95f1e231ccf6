"""Every entrant: blind to what it is asked for, counted by its arrays, better than μ; folds, choices and spread."""

import importlib
import pkgutil
import warnings
from itertools import pairwise
from types import SimpleNamespace

import numpy as np
import pytest

import mfcore
from mfcore import LeastNormWarning, Ratings, contest, data, entrants, metrics
from mfcore.contest import Plan
from mfcore.entrants import BASELINES, ENTRANTS, Cells
from mfcore.errors import DivergedError
from mfview import contest as shipped
from tests.oracles import observed

NAMES = [entrant.name for entrant in ENTRANTS]
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


# Modules with the four names of a model that are no model of their own.
OTHER_WAYS = {
    "mfcore.as_written": "ALS with the notes' slips, for chapter 5",
    "mfcore.ascent": "another way up PMF's posterior, for chapter 7",
}


def by_name(name):
    return next(entrant for entrant in ENTRANTS if entrant.name == name)


def nth(entrant, train, cells, t, k=3, choice=0):
    states = entrant.choices(k)[choice].states(train, cells, 5)
    for _ in range(t + 1):
        s = next(states)
    return s


def test_every_model_of_the_project_takes_part(parts, monkeypatch):
    """Whatever module has init, sweep, objective and predict is a model: a new one is missed here until it enters."""
    modules = [importlib.import_module(f"mfcore.{found.name}") for found in pkgutil.iter_modules(mfcore.__path__)]
    models = {
        module.__name__
        for module in modules
        if all(hasattr(module, name) for name in ("init", "sweep", "objective", "predict"))
    }
    of = {}
    real = entrants.steps

    def steps(model, *given):
        of[name] = model.__name__
        return real(model, *given)

    monkeypatch.setattr(entrants, "steps", steps)
    train, test = parts
    for name in NAMES:
        nth(by_name(name), train, Cells(test.i, test.j), 0)
    assert set(of.values()) == models - set(OTHER_WAYS)
    assert set(OTHER_WAYS) < models
    assert set(NAMES) - set(of) == set(BASELINES)  # which are means and biases, and no module's


def test_seconds_are_of_training_alone_and_add_up_until_the_epoch_that_counts(parts, monkeypatch):
    """A clock that only training and scoring move: an epoch takes 1, 2, 4, … seconds, a score 1000."""
    now, entrant = [5.0], by_name("ALS")
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


@pytest.mark.parametrize("name", NAMES)
def test_no_entrant_can_know_what_it_is_asked_for(parts, name):
    """Metamorphic: other values at the test positions, and no prediction changes."""
    train, test = parts
    spoilt = Ratings.from_codes(test.i, test.j, 5.5 - test.r, test.user_ids, test.item_ids)
    assert np.abs(spoilt.r - test.r).max() > 1
    entrant = by_name(name)
    t = min(entrant.T, entrants.BURN + 2)
    choice = len(entrant.choices(3)) - 1
    found = []
    for part in (test, spoilt):
        cells = Cells(part.i, part.j)
        found.append(entrants.predict(nth(entrant, train, cells, t, choice=choice), cells))
    np.testing.assert_array_equal(*found)
    assert found[0].shape == test.r.shape


@pytest.mark.parametrize("name", NAMES)
def test_the_training_ratings_do_matter(parts, name):
    train, test = parts
    other = Ratings.from_codes(train.i, train.j, 5.0 - 0.5 * train.r, train.user_ids, train.item_ids)
    entrant, cells = by_name(name), Cells(test.i, test.j)
    a, b = (entrants.predict(nth(entrant, part, cells, min(entrant.T, 2)), cells) for part in (train, other))
    assert np.abs(a - b).max() > 1e-3


def test_baselines_are_the_literal_means(parts):
    train, test = parts
    own, cells = observed(train), Cells(test.i, test.j)
    mu = sum(own.values()) / len(own)

    def mean(side, at):
        return np.mean([r for pair, r in own.items() if pair[side] == at] or [mu])

    expected = {
        "μ": [mu] * test.n,
        "user means": [mean(0, i) for i in test.i.tolist()],
        "item means": [mean(1, j) for j in test.j.tolist()],
    }
    for name, values in expected.items():
        np.testing.assert_allclose(entrants.predict(nth(by_name(name), train, cells, 0), cells), values, rtol=1e-9)


def test_the_shrunken_biases_solve_their_own_equations(parts):
    """b_i = Σ(r − c_j − μ)/(|Ψ_i| + λ) and c_j likewise, both at once: the lowest point of J."""
    train, test = parts
    cells = Cells(test.i, test.j)
    s = nth(by_name("μ + b + c"), train, cells, 0, choice=1)  # λ = 3
    own = observed(train)
    for i in range(0, train.N, 29):
        rest = [r - s.c[j] - s.mu for (user, j), r in own.items() if user == i]
        assert s.b[i] == pytest.approx(sum(rest) / (len(rest) + 3), abs=1e-3)
    for j in range(0, train.M, 13):
        rest = [r - s.b[i] - s.mu for (i, film), r in own.items() if film == j]
        assert s.c[j] == pytest.approx(sum(rest) / (len(rest) + 3), abs=1e-3)


def test_parameters_are_counted_by_formula(parts):
    train, test = parts
    N, M, k, cells = train.N, train.M, 3, Cells(test.i, test.j)
    tables = (N + M) * (k + 1) + 1
    widths = (2 * (k + 1), 32, 16, 1)
    layers = sum(a * b + b for a, b in pairwise(widths))
    expected = {
        "μ": 1,
        "user means": N + 1,
        "item means": M + 1,
        "μ + b + c": N + M + 1,
        "ALS without λ": N + M,
        "ALS": tables,
        "truncated SVD": (N + M) * 3 + 1,
        "soft-impute": (N + M) * 21 + 1,
        "PMF": tables + 1,
        "Bayesian MF": tables + 1,
        "embeddings": tables,
        "MF + network": tables + (N + M) * (k + 1) + layers,
        "AutoRec by users": 2 * M * 50 + 50 + M + 1,
        "AutoRec by items": 2 * N * 50 + 50 + N + 1,
    }
    assert set(expected) == set(NAMES)
    for entrant in ENTRANTS:
        s = nth(entrant, train, cells, min(entrant.T, 2))
        assert entrant.parameters(s) == expected[entrant.name], entrant.name


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
        assert len(final.rmse) == by_name(name).T + 1
        if trials:
            best = min(trials, key=lambda fit: min(fit.rmse[min(1, by_name(name).T) :]))
            assert final.said == best.said
            assert final.at == best.at == int(np.argmin(best.rmse[min(1, final.at) :])) + min(1, final.at)
        else:
            assert final.at == by_name(name).T


def test_trials_see_the_training_part_alone(R, monkeypatch):
    seen = []
    real = contest.one
    monkeypatch.setattr(contest, "one", lambda *a, **kw: seen.append((a[2], a[3], kw)) or real(*a, **kw))
    list(contest.run(R, Plan(k=2, folds=2, names=("ALS",))))
    for fold, (train, test) in enumerate(contest.parts(R, Plan(folds=2))):
        held = observed(test)
        per = len(seen) // 2
        for inner, valid, kw in seen[fold * per : (fold + 1) * per]:
            if kw.get("trial"):
                assert observed(inner) | observed(valid) == observed(train)
                assert held.keys().isdisjoint(observed(inner) | observed(valid))


def test_the_watched_chain_averages_its_draws(parts):
    """The mean of what each draw after the burn-in predicts, draw by draw."""
    from mfcore import bpmf, steps

    train, test = parts
    cells, entrant = Cells(test.i, test.j), by_name("Bayesian MF")
    s = nth(entrant, train, cells, entrants.BURN + 3)
    draws = steps(bpmf, train, bpmf.Config(k=3), 5)
    each = [bpmf.predict(next(draws), test.i, test.j) for _ in range(entrants.BURN + 4)]
    np.testing.assert_allclose(entrants.predict(s, cells), np.mean(each[-3:], axis=0))
    alone = nth(entrant, train, cells, entrants.BURN)
    np.testing.assert_allclose(entrants.predict(alone, cells), each[entrants.BURN])


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
    held = [metrics.rmse(np.full(test.n, train.mu), test.r) for train, test in contest.parts(R, plan)]
    assert mu.tests == pytest.approx(held)
    assert contest.rows(found[:1])[0].spread == 0.0


def test_the_same_seed_gives_the_same_errors(parts):
    entrant = by_name("embeddings")
    first, second = (contest.one(entrant, entrant.choices(2)[0], *parts, seed=3) for _ in range(2))
    assert first.rmse == second.rmse


def test_an_entrant_that_diverges_is_out_from_there_on(parts):
    entrant = by_name("embeddings")

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
    train, test = list(contest.parts(R, shipped.PLAN))[fold]
    (kept,) = [fit for fit in shipped.find(R.digest, shipped.PLAN) if (fit.name, fit.fold) == (name, fold)]
    entrant = by_name(name)
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
