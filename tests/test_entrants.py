"""Every entrant: each model of the project among them, blind to what it is asked for, counted by its arrays."""

import importlib
import pkgutil
from itertools import pairwise

import numpy as np
import pytest

import mfcore
from mfcore import Ratings, data, entrants
from mfcore.entrants import BASELINES, ENTRANTS, Cells
from tests.oracles import observed

BY_NAME = {entrant.name: entrant for entrant in ENTRANTS}
NAMES = list(BY_NAME)
pytestmark = pytest.mark.filterwarnings("ignore::mfcore.LeastNormWarning")
# Modules with the four names of a model that are no model of their own.
OTHER_WAYS = {
    "mfcore.as_written": "ALS with the notes' slips, for chapter 5",
    "mfcore.ascent": "another way up PMF's posterior, for chapter 7",
}


@pytest.fixture(scope="module")
def parts():
    return data.load("planted", N=150, M=60, density=0.5)[0].split(test=0.1, seed=0)


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
        nth(BY_NAME[name], train, Cells(test.i, test.j), 0)
    assert set(of.values()) == models - set(OTHER_WAYS)
    assert set(OTHER_WAYS) < models
    assert set(NAMES) - set(of) == set(BASELINES)  # which are means and biases, and no module's


@pytest.mark.parametrize("name", NAMES)
def test_no_entrant_can_know_what_it_is_asked_for(parts, name):
    """Metamorphic: other values at the test positions, and no prediction changes."""
    train, test = parts
    spoilt = Ratings.from_codes(test.i, test.j, 5.5 - test.r, test.user_ids, test.item_ids)
    assert np.abs(spoilt.r - test.r).max() > 1
    entrant = BY_NAME[name]
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
    entrant, cells = BY_NAME[name], Cells(test.i, test.j)
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
        np.testing.assert_allclose(entrants.predict(nth(BY_NAME[name], train, cells, 0), cells), values, rtol=1e-9)


def test_the_shrunken_biases_solve_their_own_equations(parts):
    """b_i = Σ(r − c_j − μ)/(|Ψ_i| + λ) and c_j likewise, both at once: the lowest point of J."""
    train, test = parts
    cells = Cells(test.i, test.j)
    s = nth(BY_NAME["μ + b + c"], train, cells, 0, choice=1)  # λ = 3
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


def test_the_watched_chain_averages_its_draws(parts):
    """The mean of what each draw after the burn-in predicts, draw by draw."""
    from mfcore import bpmf, steps

    train, test = parts
    cells, entrant = Cells(test.i, test.j), BY_NAME["Bayesian MF"]
    s = nth(entrant, train, cells, entrants.BURN + 3)
    draws = steps(bpmf, train, bpmf.Config(k=3), 5)
    each = [bpmf.predict(next(draws), test.i, test.j) for _ in range(entrants.BURN + 4)]
    np.testing.assert_allclose(entrants.predict(s, cells), np.mean(each[-3:], axis=0))
    alone = nth(entrant, train, cells, entrants.BURN)
    np.testing.assert_allclose(entrants.predict(alone, cells), each[entrants.BURN])
