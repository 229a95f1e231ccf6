"""descent.py: what an epoch reports, when training stops, what is kept. The model here is one number that moves."""

import itertools
import math
from dataclasses import dataclass, replace
from types import SimpleNamespace
from typing import Any

import numpy as np
import pytest

from mfcore import Ratings, als, autorec, data, descent, embedding, errors, fit, nn, residual
from mfcore.ratings import Floats
from tests.oracles import random_ratings


@dataclass(frozen=True)
class Moves:
    """A State whose prediction is one number; after epoch t it is the t-th of those given."""

    t: int
    x: float


class Model:
    def __init__(self, *path: float) -> None:
        self.path = path

    def init(self, R: Ratings, cfg: None, rng: np.random.Generator) -> Moves:
        return Moves(0, self.path[0])

    def sweep(self, s: Moves, R: Ratings, cfg: None, rng: np.random.Generator) -> Moves:
        return replace(s, t=s.t + 1, x=self.path[s.t + 1])

    def objective(self, s: Moves, R: Ratings, cfg: None) -> float:
        return float(((R.r - s.x) ** 2).sum())

    def predict(self, s: Moves, i: Any, j: Any) -> Floats:
        return np.full(len(i), s.x)


@pytest.fixture(scope="module")
def parts() -> tuple[Ratings, Ratings]:
    R, _ = random_ratings(12, 9, 0.6, 0)
    return R.split(0.3, seed=0)


def test_every_epoch_reports_j_both_errors_and_the_state(parts: tuple[Ratings, Ratings]) -> None:
    train, valid = parts
    found = list(descent.epochs(Model(1.0, 2.0, 3.0), train, valid, None, 2))
    assert [(e.t, e.state.x) for e in found] == [(0, 1.0), (1, 2.0), (2, 3.0)]
    for e in found:
        assert pytest.approx(sum((r - e.state.x) ** 2 for r in train.r)) == e.J
        for told, part in ((e.train, train), (e.valid, valid)):
            assert told == pytest.approx(math.sqrt(sum((r - e.state.x) ** 2 for r in part.r) / part.n))
    assert all(a.seconds <= b.seconds for a, b in itertools.pairwise(found))


def test_it_stops_when_patience_is_out_and_the_best_state_is_the_one_before_it_got_worse(
    parts: tuple[Ratings, Ratings],
) -> None:
    train, valid = parts
    mean = float(valid.r.mean())
    path = [mean + off for off in (2.0, 1.0, 0.1, 0.5, 0.4, 0.3, 0.0)]
    found = list(descent.epochs(Model(*path), train, valid, None, 6, patience=3))
    assert [e.t for e in found] == [0, 1, 2, 3, 4, 5]
    assert descent.best(found).state.x == path[2]
    assert descent.best(descent.epochs(Model(*path), train, valid, None, 6)).t == 6
    assert descent.best(found[:2]).t == 1
    with pytest.raises(ValueError, match="empty"):
        descent.best([])


def test_a_validation_error_that_stays_as_it_is_stops_it_and_the_first_of_equals_is_kept(
    parts: tuple[Ratings, Ratings],
) -> None:
    found = list(descent.epochs(Model(*[2.0] * 9), *parts, None, 8, patience=3))
    assert [e.t for e in found] == [0, 1, 2, 3]
    assert descent.best(found).t == 0


def test_with_a_gain_to_reach_no_epoch_takes_the_place_of_the_first_by_luck(parts: tuple[Ratings, Ratings]) -> None:
    train, valid = parts
    mean = float(valid.r.mean())
    path = [mean + off for off in (1.0, 0.99, 0.9, 0.5, 0.45, 0.44)]

    def fall(t: int) -> tuple[float, float]:
        """Of epoch t against epoch 0, by hand: the mean fall of a squared miss, and its standard error."""
        d = [(r - path[0]) ** 2 - (r - path[t]) ** 2 for r in valid.r]
        at = sum(d) / len(d)
        return at, math.sqrt(sum((x - at) ** 2 for x in d) / (len(d) - 1) / len(d))

    sure = [mean / error for mean, error in map(fall, range(1, 6))]
    assert sure == sorted(sure, reverse=True)
    between = (sure[2] + sure[3]) / 2
    kept = [e.kept for e in descent.epochs(Model(*path), train, valid, None, 5, gain=between)]
    assert kept == [True, True, True, True, False, False]
    least = [e.kept for e in descent.epochs(Model(*path), train, valid, None, 5)]
    assert least == [True] * 6
    found = list(descent.epochs(Model(*path), train, valid, None, 5, patience=2, gain=sure[0] + 0.01))
    assert [e.t for e in found] == [0, 1, 2]
    assert descent.best(found).t == 0


def test_looking_is_not_timed(parts: tuple[Ratings, Ratings], monkeypatch: pytest.MonkeyPatch) -> None:
    """A clock that goes on by 1 in a sweep, by 10 in a start, by 100 and 1000 while J and predictions are looked at."""
    now = 0.0

    def takes(seconds: float, does: Any) -> Any:
        def slow(*given: Any) -> Any:
            nonlocal now
            now += seconds
            return does(*given)

        return slow

    model = Model(1.0, 2.0, 3.0, 4.0)
    for name, seconds in (("init", 10.0), ("sweep", 1.0), ("objective", 100.0), ("predict", 1000.0)):
        setattr(model, name, takes(seconds, getattr(model, name)))
    monkeypatch.setattr(descent, "time", SimpleNamespace(perf_counter=lambda: now))
    found = list(descent.epochs(model, *parts, None, 3))
    assert [e.seconds for e in found] == [10.0, 11.0, 12.0, 13.0]


@pytest.mark.parametrize("wild", [1e9, math.nan, math.inf, -1e200])
def test_divergence_names_its_epoch_and_what_came_before_is_kept(wild: float, parts: tuple[Ratings, Ratings]) -> None:
    found: list[Any] = []
    with pytest.raises(errors.DivergedError, match="learning rate too large at epoch 2") as raised:
        found.extend(descent.epochs(Model(1.0, 2.0, wild, 3.0), *parts, None, 3))
    assert raised.value.t == 2
    assert [e.t for e in found] == [0, 1]
    assert raised.value.last is found[-1].state


@pytest.mark.parametrize("x", [math.nan, math.inf, -2e6])
def test_parameters_out_of_bounds_are_held_back(x: float) -> None:
    fine = {"W": np.array([1.0, -3.0]), "none": np.empty(0)}
    assert descent.held(fine, 4) is fine
    with pytest.raises(errors.DivergedError, match="epoch 4"):
        descent.held(fine | {"b": np.array([0.0, x])}, 4)


@pytest.mark.parametrize("scale", [1e-3, 1.0, 1e4])
def test_predictions_are_lost_where_they_miss_by_ten_times_the_ratings_size(scale: float) -> None:
    r = scale * np.array([3.0, 4.0])
    miss = scale * 5 / math.sqrt(2) * 10  # Σ r² is 25 and 100 times that lies at this miss of each
    descent.near(r + 0.999 * miss, r, 3)
    for predicted in (r + 1.001 * miss, r - 1.001 * miss, np.array([math.nan, r[1]]), np.array([math.inf, r[1]])):
        with pytest.raises(errors.DivergedError, match="epoch 3"):
            descent.near(predicted, r, 3)
    descent.near(np.ones(2), np.zeros(2), 3)  # ratings that are all 0 have no size
    descent.near(np.empty(0), np.empty(0), 3)


ADAM = nn.Rule("adam", 1e3)


@pytest.mark.parametrize(
    ("model", "cfg"),
    [
        (embedding, embedding.Config(rule=ADAM)),
        (embedding, embedding.Config(rule=nn.Rule("sgd", 0.5), batch=1, lam=0.0)),
        (residual, residual.Config(rule=ADAM)),
        (residual, residual.Config(rule=ADAM, staged=True)),
        (autorec, autorec.Config(rule=ADAM)),
        (autorec, autorec.Config(rule=ADAM, by="items", masked=False)),
    ],
)
def test_fit_says_that_the_rate_was_too_large_and_its_error_holds_the_last_good_state(model: Any, cfg: Any) -> None:
    """Without `epochs`, which looks at J: Adam's parameters alone, 1000 a step, would be inside all bounds for long."""
    R, _ = data.load("tiny")
    with pytest.raises(
        errors.DivergedError, match=r"learning rate too large at epoch \d+; the one before is kept"
    ) as e:
        fit(model, R, cfg, 30)
    last = e.value.last
    assert isinstance(last, als.State)
    assert last.t == e.value.t - 1
    again = fit(model, R, cfg, last.t)
    np.testing.assert_array_equal(again.U, last.U)
    assert model.objective(last, R, cfg) < 100 * model.objective(fit(model, R, cfg, 0), R, cfg)


def test_of_many_ratings_a_thousand_evenly_taken_are_looked_at() -> None:
    R, rng = random_ratings(80, 60, 0.5, 1)
    assert R.n > 2 * descent.SAMPLE
    s = als.init(R, als.Config(k=2), rng)
    asked: list[tuple[int, int]] = []

    def predict(s: als.State, i: Any, j: Any) -> Floats:
        asked.extend(zip(i.tolist(), j.tolist(), strict=True))
        return als.predict(s, i, j)

    assert descent.bounded(s, s, {}, R, predict) is s
    rated = list(zip(R.i.tolist(), R.j.tolist(), strict=True))
    assert len(set(asked)) == descent.SAMPLE
    at = [rated.index(pair) for pair in asked]
    assert (at[0], at[-1]) == (0, R.n - 1)
    assert max(np.diff(at)) - min(np.diff(at)) <= 1
    # A thousand that are lost among many: what every place holds is what is compared with it.
    with pytest.raises(errors.DivergedError):
        descent.bounded(s, s, {}, R, lambda s, i, j: np.where(i < 40, 99.0, 3.0))


def test_an_error_without_a_state_promises_none() -> None:
    assert str(errors.DivergedError(4)) == "learning rate too large at epoch 4"
    assert errors.DivergedError(4).last is None
