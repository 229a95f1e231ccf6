"""Chapter 10's page: its numbers are the library's, jobs can be stopped, odd links get a message."""

import re
from dataclasses import replace
from functools import partial
from itertools import islice

import numpy as np
import pytest

from mfapp import jobs, network, network_descent, network_gradient, network_graph, network_pmf, network_rates, runs
from mfcore import Ratings, als, data, embedding, fit, nn, pmf, steps
from mfcore.notation import equation_of
from mfview import descents
from mfview.derivations import network as derivation
from mfview.descents import Plan
from tests import pages
from tests.pages import alts, finished, latex, press, text

open_page = partial(pages.open_page, "mf_as_network")

GRAPH, GRADIENT, DESCENT, RATES, PMF = (
    "The graph",
    "One gradient",
    "Descent against ALS",
    "Learning rate",
    "It is PMF",
)
BYS = list(network_descent.BYS)
VIEWS = [GRAPH, GRADIENT, DESCENT, RATES, PMF]
REVEAL = "Show the answer without a guess"


def revealed(at):
    """The page with every prediction settled."""
    while any(b.label == REVEAL for b in at.button):
        press(at, REVEAL)
    return at


def tiny(k=2, lam=0.0, rate=0.1):
    """The ratings of the graph, its settings, and the pair it opens on: Ana and the film of hers that most rated."""
    R = data.load("tiny")[0]
    cfg = embedding.Config(k=k, lam=lam, rule=nn.Rule("sgd", rate), batch=1, init_scale=1.0)
    return R, cfg, 0, int(R.Psi(0)[R.items_counts[R.Psi(0)].argmax()])


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_by_itself_and_without_a_warning(view) -> None:
    at = revealed(open_page(view=view))
    assert not at.warning
    assert view == PMF or not any(b.label == "Cancel" for b in at.button)
    finished(at)
    assert alts(at) or view == GRADIENT


@pytest.mark.parametrize("name", ["tiny", "planted", "ml-small"])
@pytest.mark.parametrize("view", [GRAPH, DESCENT, RATES])
def test_views_open_on_all_data(view, name) -> None:
    at = revealed(open_page(view=view, data=name, epochs="2", batch="4096", k="2"))
    assert not at.warning


@pytest.mark.parametrize("step", [0, 1, 4])
def test_a_step_is_the_library_s(step) -> None:
    at = open_page(step=str(step), lam="3")
    R, cfg, i, j = tiny(lam=3.0)
    x = derivation.alone(R, cfg, i, j)
    s = next(steps(embedding, R, cfg, 0))
    for _ in range(step):
        s = embedding.step(s, x, cfg)
    e = float(embedding.residuals(s, x)[0])
    assert float(at.metric[0].value.replace("−", "-")) == pytest.approx(e, abs=6e-4)
    assert f"the prediction is {float(als.predict(s, i, j)):.2f}" in alts(at)
    before = s if step == 0 else None
    if before is not None:
        g = embedding.gradient_of_one(s, R, cfg, i, j)
        assert f"| {g.b:.3f} |".replace("-", "−") in text(at)


def test_steps_of_one_rating_shrink_its_error_and_a_press_is_a_step() -> None:
    at = open_page()
    before = abs(float(at.metric[0].value.replace("−", "-")))
    press(at, "Step")
    after = abs(float(at.metric[0].value.replace("−", "-")))
    R, cfg, i, j = tiny()
    s = next(steps(embedding, R, cfg, 0))
    lengths = s.W[i] @ s.W[i] + s.U[j] @ s.U[j]
    e = float(embedding.residuals(s, derivation.alone(R, cfg, i, j))[0])
    by_hand = e * (1 - 4 * 0.1 - 2 * 0.1 * lengths) - (2 * 0.1 * e) ** 2 * (s.W[i] @ s.U[j])
    assert after == pytest.approx(abs(by_hand), abs=6e-4)
    assert after < before


def test_a_rate_that_explodes_is_named_with_its_step_and_the_last_good_tables_stay() -> None:
    at = open_page(rate="1")
    R, cfg, i, j = tiny(rate=1.0)
    s, x = next(steps(embedding, R, cfg, 0)), derivation.alone(R, cfg, i, j)
    taken = 0
    while all(np.abs(p).max() <= 1e6 for p in s.params.values()):
        s, taken = embedding.step(s, x, cfg), taken + 1
    assert [e.value for e in at.error] == [
        f"Learning rate too large at step {taken}: the numbers diverged. The last good tables are kept."
    ]
    assert f"{taken - 1} steps" in alts(at)


def test_a_pair_without_a_rating_goes_forward_only() -> None:
    at = open_page(user="Fatou", item="Wrong Tuba")
    assert any("has not rated" in info.value for info in at.info)
    assert "nothing goes back" in alts(at)
    assert not any(b.label == "Step" for b in at.button)
    instead = open_page(view=GRADIENT, user="Fatou", item="Wrong Tuba")
    assert any("has not rated" in info.value for info in instead.info)
    assert "All 13 lines hold" in text(instead)


@pytest.mark.parametrize(("k", "lam"), [("1", "0.0"), ("2", "0.5"), ("6", "10.0")])
def test_three_columns_agree_and_every_line_holds(k, lam) -> None:
    at = open_page(view=GRADIENT, k=k, lam=f"{float(lam):g}")
    rows = next(m.value for m in at.markdown if m.value.startswith("| | by hand")).splitlines()[2:]
    assert len(rows) == 2 * int(k) + 2
    for row in rows:
        assert len({cell.strip() for cell in row.split("|")[2:5]}) == 1
    R, _, i, j = tiny()
    cfg = embedding.Config(
        k=int(k), lam=float(lam), rule=nn.Rule("sgd", network_gradient.RATE), batch=5, init_scale=1.0
    )
    s = fit(embedding, R, cfg, network_gradient.EPOCHS)
    g = embedding.gradient_of_one(s, R, cfg, i, j)
    assert f"{g.w[0]:.6f}".replace("-", "−") in rows[0]
    assert f"= {g.w[0]:.3f}".replace("-", "−") in latex(at)
    assert "All 13 lines hold" in text(at)


@pytest.mark.parametrize("view", [DESCENT, RATES])
@pytest.mark.parametrize("optimizer", network.OPTIMIZERS)
def test_the_chosen_optimizer_is_shown_as_it_runs(view, optimizer) -> None:
    at = open_page(view=view, data="tiny", optimizer=optimizer, epochs="1")
    own = network.OPTIMIZERS[optimizer]
    for name, function in (("sgd", nn.sgd), ("momentum", nn.momentum), ("adam", nn.adam)):
        assert (equation_of(function).latex in latex(at)) == (name == own)
        assert (f"def {name}(" in "\n".join(code.value for code in at.code)) == (name == own)


def test_the_charge_s_way_back_is_shown_where_it_is_the_prior() -> None:
    assert equation_of(nn.l2_back).latex in latex(finished(open_page(view=PMF)))


def test_als_and_the_usual_descents_come_with_the_project() -> None:
    at = revealed(open_page(view=DESCENT))
    R = data.load("ml-small")[0]
    train, test = R.split(test=0.1, seed=0)
    solved = next(islice(descents.follow(train, test, descents.SIDE_BY_SIDE[0]), 30, None))
    assert f"ALS {solved.J:,.5g}" in alts(at)
    for plan in descents.SIDE_BY_SIDE:
        assert f"| {plan.name} | {descents.find(R.digest, plan).seen[-1].J:,.0f} |" in text(at)
    by = revealed(open_page(view=DESCENT, by="seconds"))
    assert "against seconds of training" in alts(by)


def test_als_is_drawn_once_the_prediction_is_made_or_a_control_says_more() -> None:
    at = open_page(view=DESCENT)
    assert "Adam" in alts(at)
    drawn_to_its_end = re.compile(r"at the end: [^.]*\bALS \d")
    assert not drawn_to_its_end.search(alts(at))
    assert "| ALS |" not in text(at)
    press(at, REVEAL)
    for seen in (at, open_page(view=DESCENT, by="seconds"), open_page(view=DESCENT, rate="0.01", epochs="2")):
        shown = finished(seen)
        assert drawn_to_its_end.search(alts(shown))
        assert "| ALS |" in text(shown)


def test_pmf_shows_its_picture_at_once_and_says_the_charge_after_the_prediction() -> None:
    at = finished(open_page(view=PMF))
    assert "One difference" in text(at)
    assert "always" in alts(at)
    said = "λ = 2 · 0.5² = **0.5**"
    assert said not in text(at)
    assert said in text(press(at, REVEAL))
    assert "λ = 3 · 0.5² = **0.75**" in text(open_page(view=PMF, prior="3"))


def test_another_descent_is_run_beside_als() -> None:
    at = finished(revealed(open_page(view=DESCENT, data="planted", optimizer="SGD", rate="1", epochs="4", seed="3")))
    train, test = data.load("planted")[0].split(test=0.1, seed=3)
    for rule in (None, nn.Rule("sgd", 1.0)):
        plan = Plan(rule, 256, 5, 15.0, 4, 3)
        last = descents.whole(train, test, plan).seen[-1]
        assert f"| {plan.name} | {last.J:,.0f} |" in text(at)


def test_a_descent_can_be_stopped_and_keeps_what_it_found(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)  # one epoch between two pictures
    at = open_page(view=DESCENT, data="planted", epochs="60", batch="4096", seed="7", optimizer="momentum")
    for _ in range(3):
        at.run()
    press(at, "Cancel")
    done = int(re.search(r"Cancelled after (\d+) of 122; what was found is kept", text(at))[1])
    assert 3 <= done < 122
    assert "ALS" in alts(at)
    at.run()
    assert f"Cancelled after {done} of" in text(at)
    press(at, "Go on")
    assert any(b.label == "Cancel" for b in at.button)


@pytest.mark.parametrize("by", ["epochs", "seconds"])
def test_ratings_that_are_met_exactly_are_drawn_beside_those_that_are_not(by) -> None:
    at = finished(revealed(open_page(view=DESCENT, data="tiny", lam="0", epochs="5", by=by)))
    assert "end: ALS" in alts(at)


def test_own_ratings_that_are_all_alike_are_descended_on_too(monkeypatch: pytest.MonkeyPatch) -> None:
    """J is 0 from the first sweep on, and a logarithm of it is asked for."""
    tiny = runs.dataset("tiny")
    alike = Ratings.from_codes(tiny.R.i, tiny.R.j, np.full(tiny.R.n, 4.0), tiny.R.user_ids, tiny.R.item_ids)
    own = replace(tiny, R=alike, key="alike")
    monkeypatch.setattr(network_descent.controls, "data", lambda *_: own)
    at = finished(revealed(open_page(view=DESCENT, lam="0", epochs="3")))
    assert "end: ALS" in alts(at)


def in_units(monkeypatch, shipped):
    """Here a sweep of ALS takes a second and an epoch of descent two; what is shipped took `shipped` times as long."""
    follow, find = descents.follow, descents.find

    def timed(train, test, plan):
        for one in follow(train, test, plan):
            yield one._replace(seconds=float(one.t) * (1 if plan.rule is None else 2))

    def slower(digest, plan):
        curve = find(digest, plan)
        return curve and curve._replace(seen=tuple(one._replace(seconds=shipped * one.seconds) for one in curve.seen))

    monkeypatch.setattr(descents, "follow", timed)
    monkeypatch.setattr(descents, "find", slower)


@pytest.mark.parametrize("shipped", [1, 1000])
@pytest.mark.parametrize("by", ["epochs", "seconds"])
def test_seconds_of_two_machines_are_never_compared(monkeypatch, shipped, by) -> None:
    in_units(monkeypatch, shipped)
    monkeypatch.setattr(network_descent, "NEAR", 1.5)  # so that few epochs are enough to get there
    at = finished(open_page(view=DESCENT, rate="0.01", epochs="3", by=by))
    R = data.load("ml-small")[0]
    plans = [Plan(rule, T=3) for rule in (None, nn.Rule("adam", 0.01))]
    assert [descents.find(R.digest, plan) is not None for plan in plans] == [True, False]
    solved, mine = (descents.whole(*R.split(test=0.1, seed=0), plan) for plan in plans)
    first, here = (
        descents.arrived(descents.Curve(curve.seen[1:]), 1.5 * solved.seen[-1].J) for curve in (solved, mine)
    )
    assert f" and {2 * here.t / first.t:.2g} times the time" in text(at)


def test_against_seconds_only_what_ran_here_is_drawn(monkeypatch: pytest.MonkeyPatch) -> None:
    in_units(monkeypatch, 1000)
    asked = dict(view=DESCENT, rate="0.003", epochs="3")
    by_epochs, by_seconds = (pages.drawn(finished(open_page(**asked, by=by)), "J, the same") for by in BYS)
    assert {line["name"] for line in by_epochs["data"]} == {"ALS", "SGD", "momentum", "Adam"}
    assert {line["name"] for line in by_seconds["data"]} == {"ALS", "Adam"}
    np.testing.assert_array_equal(pages.trace(by_seconds, "ALS")["x"], [1, 2, 3])
    assert "SGD, momentum were timed on another machine" in text(finished(open_page(**asked, by="seconds")))


def test_a_ratio_of_times_has_two_digits() -> None:
    assert [network_descent._times(x) for x in (274.4, 1234.0, 9.96, 2.0, 0.034)] == [
        "274",
        "1,234",
        "10",
        "2",
        "0.034",
    ]


def test_both_programs_that_are_pmf_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = open_page(view=PMF, seed="11")
    assert pages.cancelled(at) < len(network_pmf.SEEN)
    assert "One difference" not in text(at)
    monkeypatch.undo()
    assert "One difference" in text(finished(press(at, "Go on")))


def test_a_descent_that_explodes_keeps_its_epochs() -> None:
    wild = finished(
        revealed(open_page(view=DESCENT, data="planted", optimizer="SGD", rate="32", batch="16", epochs="5"))
    )
    assert any("learning rate too large at epoch" in error.value for error in wild.error)
    assert "ALS" in alts(wild)


def test_rates_are_judged_by_where_they_end() -> None:
    at = open_page(view=RATES)
    R = data.load("planted")[0]
    curves = {
        rate: descents.find(R.digest, replace(descents.SWEPT, rule=nn.Rule("sgd", rate))) for rate in descents.RATES
    }
    best = descents.lowest(curves)
    assert f"**η = {best:g}** ends lowest with SGD" in text(at)
    assert f"J = {curves[best].seen[-1].J:,.0f}" in text(at)
    said = [*at.info, *at.success, *at.error]
    assert [block.value.split("**")[1] for block in said] == ["Too small.", "About right.", "Exploding."]
    lost = [rate for rate, curve in curves.items() if curve.astray]
    assert f"at epoch {curves[lost[0]].astray}" in at.error[0].value
    assert f"It diverges at η = {', '.join(f'{rate:g}' for rate in lost)}. " in text(at)
    ends = {rate: curve.seen[-1].J for rate, curve in curves.items() if not curve.astray}
    close = [f"{rate:g}" for rate in ends if ends[rate] <= 1.1 * ends[best]]
    verb = "end" if len(close) > 1 else "alone ends"
    assert f"η = {', '.join(close)} {verb} within 10% of that." in text(at)
    assert "on its left" not in text(at)


def test_every_optimizer_begins_at_its_usual_rate() -> None:
    at = open_page(view=RATES, optimizer="Adam")
    assert at.session_state["rate"] == network_rates.USUAL["adam"]
    at.segmented_control(key="optimizer").set_value("momentum").run()
    assert at.session_state["rate"] == network_rates.USUAL["momentum"]
    assert "About right" in at.success[0].value
    kept = open_page(view=RATES, optimizer="Adam", rate="0.3")
    assert kept.session_state["rate"] == 0.3


def test_the_network_ends_where_map_does() -> None:
    at = finished(revealed(open_page(view=PMF, sigma="0.7", prior="3")))
    rows = next(m.value for m in at.markdown if m.value.startswith("| at |")).splitlines()[2:]
    gaps = [float(row.split("**")[1].replace("−", "-")) for row in rows]
    assert len(gaps) == 4
    np.testing.assert_allclose(gaps, gaps[0], atol=2e-6)
    R = data.load("tiny")[0]
    cfg = pmf.Config(k=2, sigma=0.7, lam_prior=3.0, biases=True)
    s = fit(pmf, R, cfg, 0)
    assert gaps[0] == pytest.approx(pmf.apart(s, R, cfg), abs=1e-6)
    slopes = next(m.value for m in at.markdown if "by layers" in m.value and m.value.startswith("| |")).splitlines()[2:]
    for row in slopes:
        left, right = (float(cell.replace("−", "-")) for cell in row.split("|")[2:4])
        assert left == pytest.approx(right, abs=2e-6)


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(k="999", lam="x", rate="7.5", batch="3", optimizer="magic", epochs="0", seed="-1", by="hours")
    odd |= dict(sigma="9", prior="-1", step="999")
    at = open_page(view=view, **odd)
    said = " ".join(w.value for w in at.warning)
    expected = {
        GRAPH: ("k", "lam", "rate", "seed", "step"),
        GRADIENT: ("k", "lam", "seed"),
        DESCENT: ("k", "lam", "rate", "batch", "optimizer", "epochs", "seed", "by"),
        RATES: ("k", "lam", "rate", "batch", "optimizer", "epochs", "seed"),
        PMF: ("k", "sigma", "prior", "seed"),
    }
    for name in expected.get(view, ("view",)):
        assert f"`{name}={odd.get(name, view)}`" in said


def test_what_views_share_keeps_to_each() -> None:
    assert network_graph.RATE in network_graph.RATES
    assert set(network_descent.USUAL.values()) <= set(network_descent.RATES)
    assert set(network_rates.USUAL.values()) <= set(descents.RATES)


def test_rates_of_other_settings_are_run_and_told_when_all_have_ended() -> None:
    at = finished(open_page(view=RATES, data="tiny", epochs="3", batch="16", k="2", optimizer="momentum", rate="1"))
    train, test = data.load("tiny")[0].split(test=0.1, seed=0)
    plan = replace(descents.SWEPT, rule=nn.Rule("momentum", 1.0), batch=16, k=2, T=3)
    curves = {
        rate: descents.whole(train, test, replace(plan, rule=nn.Rule("momentum", rate))) for rate in descents.RATES
    }
    best = descents.lowest(curves)
    assert f"**η = {best:g}** ends lowest with momentum" in text(at)
    assert f"J = {curves[best].seen[-1].J:,.0f}" in text(at)
