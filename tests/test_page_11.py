"""Chapter 11's page: shipped runs open at once, its numbers are the library's, runs can be stopped."""

import re
from dataclasses import replace

import numpy as np
import pytest

from mfapp import jobs, residual_films, residual_worlds
from mfcore import als, branches, metrics, residual
from mfview import labels, watched
from tests.pages import alts, finished, latex, open_page, press, text

WORLDS, FILMS, SLIP = "Two worlds", "Real films", "A slip (E6)"
VIEWS = [WORLDS, FILMS, SLIP]
REVEAL = "Show the answer without a guess"


def page(view, **params):
    return open_page("residual", view=view, **params)


def judged(name, plan):
    R = watched.ratings(name)
    kept, s = branches.best(watched.find(R.digest, plan))
    train, *held_out = branches.three(R, plan.seed)
    first = branches.alone(train, plan)
    return (kept, s), *(
        branches.verdict(als.predict(first, x.i, x.j), residual.predict(s, x.i, x.j), x.r) for x in held_out
    )


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_without_a_warning_and_at_once(view):
    at = page(view)
    assert not at.error
    assert not at.warning
    assert not any(b.label == "Cancel" for b in at.button)
    assert "ANN" in latex(at)


@pytest.mark.parametrize("world", list(residual_worlds.WORLDS))
@pytest.mark.parametrize("trained", ["in stages", "together"])
def test_a_world_says_what_the_shipped_run_came_to(world, trained):
    at = page(WORLDS, world=world, trained=trained)
    if (world, trained) == ("a product", "in stages"):
        assert alts(at).count("over users") == 2
        assert "The network's share" not in alts(at)
        assert "found nothing" not in text(at)
        press(at, REVEAL)
    (kept, _), valid, test = judged(residual_worlds.WORLDS[world], watched.of_world(staged=trained == "in stages"))
    if kept.t:
        assert f"**{test.mf:.4f}** stars and MF + network by **{test.both:.4f}**" in text(at)
        assert f"{labels.decimal(valid.fall, 4)} ± {valid.error:.4f}" in text(at)
    assert (kept.t == 0) == ((world, trained) == ("a product", "in stages")) == ("left out" in text(at))
    assert test.both == test.mf == kept.test or kept.t
    assert f"**epoch {kept.t}**" in text(at).lower()
    assert ("more than luck would give" in text(at)) == (world == "a limit")
    assert ("found nothing" in text(at)) == (world == "a product")
    assert ("fitted without a network" in text(at)) == (trained == "together")
    assert alts(at).count("over users") == 3


def test_another_seed_is_trained_now_and_agrees_with_the_library():
    at = finished(page(WORLDS, seed="3", k="2", lam="3", bent="relu"))
    plan = watched.of_world(2, 3.0, True, 3)
    plan = replace(plan, cfg=replace(plan.cfg, activation="relu"))
    R = watched.made("limit", 3).ratings
    kept, _ = branches.best(list(branches.watch(R, plan)))
    assert f"**{kept.test:.4f}**" in text(at)
    assert f"**epoch {kept.t}**" in text(at)


def test_a_run_can_be_cancelled_and_keeps_its_epochs(monkeypatch):
    monkeypatch.setattr(jobs, "BATCH", -1.0)  # one epoch between two pictures
    at = page(FILMS, seed="4", k="3")
    for _ in range(2):
        at.run()
    press(at, "Cancel")
    done = int(re.search(rf"Cancelled after (\d+) of {watched.of_films().T + 1}; what was found", text(at))[1])
    assert done >= 2
    assert f"RMSE after each of {done - 1} epochs" in alts(at)
    at.run()
    assert f"RMSE after each of {done - 1} epochs" in alts(at)
    assert any(b.label == "Go on" for b in at.button)


def test_real_films_open_on_the_shares_and_say_after_the_prediction_what_they_are_worth():
    at = page(FILMS)
    _, _, v = judged("ml-small", watched.of_films())
    worth = f"**{v.explained:.1%}**"
    assert "the network's one of" in alts(at)
    assert "The prediction" in alts(at)
    assert "RMSE after each" not in alts(at)
    assert worth not in text(at)
    press(at, REVEAL)
    assert "RMSE after each" in alts(at)
    kept, _ = branches.best(watched.find(watched.ratings("ml-small").digest, watched.of_films()))
    assert f"left out of the picture: at {kept.train:.3f}" in text(at)
    assert f"MF + network by **{v.both:.4f}**: the network explains {worth}" in text(at)
    assert "RMSE after each" in alts(page(FILMS, user="15", trained="together"))


@pytest.mark.parametrize("part", [0, 1, 2])
def test_a_rating_s_line_has_the_colour_of_its_part(part):
    ds = residual_films.runs.dataset("ml-small")
    plan = watched.of_films()
    held = branches.three(ds.R, plan.seed)[part]
    i, j, r = int(held.i[0]), int(held.j[0]), float(held.r[0])
    word = ("train", "validation", "test")[part]
    said = ("learnt from", "decided when to stop", "held out for the test")[part]
    rating, role, where = residual_films._given(ds, plan, i, j)
    assert (rating, role) == (r, word)
    assert said in where


def test_real_films_show_one_prediction_part_by_part():
    R = watched.ratings("ml-small")
    user, film = "15", "Alien (1979)"
    at = press(page(FILMS, user=user, item=film), REVEAL)
    (_, s), _, v = judged("ml-small", watched.of_films())
    i = R.user_ids.astype(str).tolist().index(user)
    j = next(j for j, label in enumerate(residual_films.runs.dataset("ml-small").labels) if label == film)
    mf, network = (float(part) for part in residual.parts(s, i, j))
    assert f"MF says **{mf:.2f}**, the network adds **{labels.decimal(network)}**" in text(at)
    assert f"The prediction {mf + network:.2f} is μ {s.mu:.2f}" in alts(at)
    assert f"**{v.explained:.1%}**" in text(at)


def test_ratings_of_one_s_own_choice_are_trained_on():
    at = finished(page(FILMS, data="tiny", k="2", lam="1"))
    assert not at.error
    R = residual_films.runs.dataset("tiny").R
    kept, _ = branches.best(list(branches.watch(R, watched.of_films(2, 1.0))))
    assert f"**{kept.test:.4f}**" in text(at)


def test_the_slip_shows_both_targets_on_the_same_ratings():
    at = page(SLIP)
    assert "With the target r − MF the test error goes from" in alts(at)
    assert "with r̂ − MF" not in alts(at)
    press(at, REVEAL)
    assert "with r̂ − MF from" in alts(at)
    (_, s), *_ = judged("limit", watched.of_world())
    train, _, _ = branches.three(watched.ratings("limit"), 0)
    mf, network = residual.parts(s, train.i, train.j)
    assert f"**{metrics.rmse(network, train.r - mf):.4f}** stars" in text(at)
    assert "**0.000000**" in text(at)
    first = next(line for line in text(at).splitlines() if line.startswith(f"| {train.r[0]:.2f} |"))
    own, written = (cell.strip() for cell in np.array(first.split("|"))[[3, 5]])
    assert own == written == labels.decimal(network[0])
    assert r"\hat r_{ij} - \text{MF}" in latex(at)


def test_the_slip_on_another_world_is_trained_now():
    at = finished(page(SLIP, seed="2"))
    assert "As written it stays at" in text(at)


@pytest.mark.parametrize("view", VIEWS)
def test_odd_links_get_messages(view):
    odd = dict(k="999", lam="abc", seed="-1", world="moon", trained="never", bent="straight", user="nobody")
    heard = {
        WORLDS: {*odd} - {"user"},
        FILMS: {*odd} - {"world"},
        SLIP: {"k", "lam", "seed"},
    }[view]
    said = " ".join(w.value for w in page(view, **odd).warning)
    assert {name for name in odd if f"`{name}={odd[name]}`" in said} == heard


def test_what_is_shipped_is_what_would_be_trained_now():
    """Two short runs made again, to the bit but for what another machine's sums do to the last digits."""
    for job in watched.shipped():
        R = watched.ratings(job.name)
        shipped = watched.find(R.digest, job.plan)
        assert shipped is not None
        if (job.name == "product" and job.plan.cfg.staged) or job.plan.slip:
            now = list(branches.watch(R, job.plan))
            assert len(now) == len(shipped)
            np.testing.assert_allclose(
                [look[1:-1] for look in now], [look[1:-1] for look in shipped], rtol=2e-3, atol=1e-3
            )
        kept, s = branches.best(shipped)
        _, _, test = branches.three(R, job.plan.seed)
        assert metrics.rmse(residual.predict(s, test.i, test.j), test.r) == pytest.approx(kept.test, rel=1e-5)
