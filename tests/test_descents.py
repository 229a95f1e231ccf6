"""The descents that come with the project are those of the default settings, and what a descent gives now."""

from dataclasses import replace
from itertools import islice

import numpy as np
import pytest

from mfcore import als, data, embedding, nn
from mfcore.errors import DivergedError
from mfview import descents
from mfview.descents import Curve, Plan, Seen

PLANS = [(name, plan) for name, plans in descents.SHIPPED.items() for plan in plans]


@pytest.fixture(scope="module")
def parts():
    found = {name: data.load(name)[0] for name in descents.SHIPPED}
    return {name: (R.digest, *R.split(test=0.1, seed=0)) for name, R in found.items()}


@pytest.mark.parametrize(("name", "plan"), PLANS, ids=[f"{p.name}-{p.rule.rate if p.rule else 0}" for _, p in PLANS])
def test_every_plan_is_there_to_its_last_epoch_or_to_where_it_is_lost(parts, name, plan) -> None:
    curve = descents.find(parts[name][0], plan)
    assert [one.t for one in curve.seen] == list(range(curve.astray or plan.T + 1))
    assert curve.seen[0].seconds <= curve.seen[-1].seconds


@pytest.mark.parametrize(
    ("name", "plan", "epochs"),
    [
        ("ml-small", descents.SIDE_BY_SIDE[0], 30),
        ("ml-small", descents.SIDE_BY_SIDE[1], 1),
        ("ml-small", descents.SIDE_BY_SIDE[3], 1),
        ("planted", replace(descents.SWEPT, rule=nn.Rule("momentum", 0.1)), 3),
        ("planted", replace(descents.SWEPT, rule=nn.Rule("adam", 0.03)), 3),
    ],
)
def test_a_descent_made_now_is_the_one_that_was_shipped(parts, name, plan, epochs) -> None:
    digest, train, test = parts[name]
    shipped = descents.find(digest, plan).seen
    for now, then in zip(islice(descents.follow(train, test, plan), epochs + 1), shipped, strict=False):
        assert now[:4] == pytest.approx(then[:4], rel=1e-4)


def test_a_rate_that_was_lost_is_lost_now(parts) -> None:
    digest, train, test = parts["planted"]
    plan = replace(descents.SWEPT, rule=nn.Rule("sgd", 30.0))
    shipped = descents.find(digest, plan)
    found = descents.whole(train, test, plan)
    assert found.astray == shipped.astray > 0
    assert found.seen[-1][:4] == pytest.approx(shipped.seen[-1][:4], rel=1e-4)
    with pytest.raises(DivergedError, match=f"epoch {found.astray}"):
        list(descents.follow(train, test, plan))


def test_what_is_not_shipped_is_not_found_and_fewer_epochs_are_a_beginning(parts) -> None:
    digest = parts["ml-small"][0]
    plan = descents.SIDE_BY_SIDE[1]
    assert descents.find("another", plan) is None
    assert descents.find(digest, replace(plan, seed=1)) is None
    assert descents.find(digest, replace(plan, T=plan.T + 1)) is None
    short = descents.find(digest, replace(plan, T=4))
    assert short.seen == descents.find(digest, plan).seen[:5]
    wild = replace(descents.SWEPT, rule=nn.Rule("sgd", 30.0), T=1)
    assert descents.find(parts["planted"][0], wild).astray == 1


def test_als_and_a_descent_lower_the_same_j(parts) -> None:
    _, train, test = parts["planted"]
    plan = Plan(None, k=2, lam=3.0, T=2)
    first, *_, last = descents.follow(train, test, plan)
    assert last.J < first.J
    s = als.init(train, plan.cfg.solved(), np.random.default_rng([0, 0]))
    assert embedding.objective(s, train, plan.cfg) == pytest.approx(first.J)


def test_together_is_each_alone(parts) -> None:
    _, train, test = parts["planted"]
    plans = [Plan(nn.Rule("sgd", rate), 256, 2, 3.0, 2) for rate in (0.1, 1e4)] + [Plan(None, 256, 2, 3.0, 2)]
    for plan, curve in zip(plans, descents.together(train, test, plans), strict=True):
        alone = descents.whole(train, test, plan)
        assert curve.astray == alone.astray == (plan.rule is not None and plan.rule.rate > 1)
        assert [one[:4] for one in curve.seen] == [one[:4] for one in alone.seen]


def test_the_first_to_arrive_and_the_lowest_rate() -> None:
    curve = Curve(tuple(Seen(t, J, 1, 1, t) for t, J in enumerate((9.0, 5.0, 3.0))))
    assert descents.arrived(curve, 5.0).t == 1
    assert descents.arrived(curve, 1.0) is None
    worse = Curve(tuple(one._replace(J=one.J + 1) for one in curve.seen))
    lost = Curve((curve.seen[0]._replace(J=0.0),), 1)
    assert descents.lowest({0.1: worse, 1.0: curve, 10.0: lost}) == 1.0
    with pytest.raises(ValueError, match="empty"):
        descents.lowest({10.0: lost})
    assert descents.near({0.1: worse, 1.0: curve, 10.0: lost}) == (1.0,)
    assert descents.near({0.1: worse, 1.0: curve, 10.0: lost}, times=4 / 3) == (0.1, 1.0)


def test_what_is_built_is_what_is_read(monkeypatch, tmp_path) -> None:
    plans = (Plan(None, k=1, T=1), Plan(nn.Rule("sgd", 1e6), 8, 1, 0.0, 2))
    monkeypatch.setattr(descents, "FILE", tmp_path / "built.json")
    said = []
    descents.FILE.write_text(descents.build({"tiny": plans}, said.append), encoding="utf-8")
    descents._shipped.cache_clear()
    try:
        R = data.load("tiny")[0]
        train, test = R.split(test=0.1, seed=0)
        for plan in plans:
            found, fresh = descents.find(R.digest, plan), descents.whole(train, test, plan)
            assert found.astray == fresh.astray
            for one, other in zip(found.seen, fresh.seen, strict=True):
                assert one[:4] == pytest.approx(other[:4], rel=1e-5)
    finally:
        descents._shipped.cache_clear()
    assert len(said) == 1
