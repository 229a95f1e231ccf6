"""Chapter 12's page: its numbers are the library's, its jobs end, odd links get a message."""

from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mfapp import autoencoder, autoencoder_pictures, autoencoder_ratings, runs
from mfcore import autorec, denoise, fit, metrics, trials
from mfcore.data import pictures
from mfview import completed, noised
from tests import pages
from tests.pages import alts, press, text

open_page = partial(pages.open_page, "autoencoder")

RATINGS, PICTURES, MASK, DROPOUT = "Ratings in, ratings out", "Pictures", "The mask", "Dropout"
VIEWS = [RATINGS, PICTURES, MASK, DROPOUT]


def finished(at):
    """The page once its job has ended."""
    for _ in range(80):
        if not any(b.label == "Cancel" for b in at.button):
            return at
        at.run()
        assert not at.exception
    raise AssertionError("the job does not end")


@pytest.mark.parametrize("name", ["planted", "tiny"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_and_ends_on_small_data(view, name) -> None:
    at = finished(open_page(view=view, data=name, epochs="3"))
    assert not at.error
    assert not at.warning


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_real_films(view) -> None:
    at = open_page(view=view, epochs="2")
    assert not at.error
    assert not at.warning


@pytest.mark.parametrize(("by", "f"), [("a user", "tanh"), ("a film", "sigmoid")])
def test_the_row_is_that_of_the_library(by, f) -> None:
    at = finished(open_page(data="planted", by=by, f=f, hidden="5", lam="3", rho="0.3", epochs="6", seed="2"))
    ds = runs.dataset("planted")
    train, test = ds.R.split(test=0.1, seed=2)
    whose = "users" if by == "a user" else "items"
    cfg = autorec.Config(hidden=5, activation=f, lam=3.0, rho=0.3, by=whose, dtype="float32")
    s = fit(autorec, train, cfg, T=6, seed=2)
    errors = [metrics.rmse(autorec.predict(s, part.i, part.j), part.r) for part in (train, test)]
    assert f"After epoch 6: **{errors[0]:.3f}** stars of error" in text(at)
    assert f"**{errors[1]:.3f}** on ratings that were held out" in text(at)
    done = autorec.counted(train, cfg)
    assert (
        f"**{done.rows:,}** {'users' if by == 'a user' else 'films'}, {cfg.batch} at a time | {done.steps:,} |"
        in text(at)
    )
    assert f"**{train.n:,}** ratings | {train.n:,} |" in text(at)
    params = autorec.parameters(s, cfg)
    assert f"{sum(x.size for x in params.values()):,} numbers in all" in text(at)


@pytest.mark.parametrize("transposed", [False, True])
def test_places_of_a_row_are_fed_held_out_or_holes(transposed) -> None:
    ds = runs.dataset("planted")
    train, test = ds.R.split(test=0.1, seed=0)
    cfg = autorec.Config(hidden=4, by="items" if transposed else "users")
    s = fit(autorec, train, cfg, T=2)
    s, train, test = (s.T, train.T, test.T) if transposed else (s, train, test)
    names = tuple(str(n) for n in range(train.M))
    for i in range(0, train.N, 17):
        cells = autoencoder_ratings.cells(s, train, test, i, names)
        for cell in cells:
            j = int(cell.name)
            assert cell.given == (train.by_user[i, j] if j in train.Psi(i) else None)
            assert cell.held_out == (test.by_user[i, j] if j in test.Psi(i) else None)
            by_hand = s.W[i] @ s.U[j] + s.b[i] + s.c[j] + s.mu
            assert cell.predicted == pytest.approx(float(by_hand))
        holes = [cell for cell in cells if cell.given is None and cell.held_out is None]
        assert len(holes) == autoencoder_ratings.HOLES
        assert len({cell.name for cell in cells}) == len(cells)


@pytest.mark.parametrize(("word", "share", "rho"), [("scattered pixels", 50, "0.25"), ("a square", 20, "0.75")])
def test_a_face_is_completed_as_the_library_completes_it(word, share, rho) -> None:
    at = open_page(view=PICTURES, damage=word, share=str(share), noise=rho, face="7")
    x = completed.new()[6:7]
    kind = autoencoder_pictures.KINDS[word]
    m = pictures.damage(completed.NEW, kind, share / 100, seed=3).astype(np.float32)[6:7]
    wrong = [
        denoise.missed(x, denoise.complete(completed.state(cfg, whole=True), x, m, cfg), m)
        for cfg in (completed.WHOLE[0.0], completed.WHOLE[float(rho)])
    ]
    assert f"**{int((1 - m).sum())} of 400 pixels are gone.**" in text(at)
    assert f"by **{wrong[0]:.3f}** grey values" in text(at)
    assert f"with ρ = {rho} by **{wrong[1]:.3f}**" in text(at)
    assert f"RMSE {wrong[1]:.3f}" in alts(at)


@pytest.mark.parametrize("kind", pictures.KINDS)
def test_noise_fills_holes_better_than_none_and_than_the_mean_wherever_it_is_asked_to(kind) -> None:
    found = {name: dict(points) for name, points in completed.errors(kind).items()}
    for share in (20, 30):
        assert found["ρ = 0.5"][share] < found["ρ = 0"][share] < found[completed.COPY][share]
        assert found["ρ = 0.5"][share] < found[completed.MEAN][share]


def test_the_comparison_waits_for_a_prediction_or_a_changed_control() -> None:
    at = open_page(view=PICTURES)
    assert "Why a copy is no use" not in [h.value for h in at.header]
    at = press(at, "Show the answer without a guess")
    assert "Why a copy is no use" in [h.value for h in at.header]
    found = {name: dict(points) for name, points in completed.errors("pixels").items()}
    here = {name: points[autoencoder_pictures.START] for name, points in found.items()}
    best = min((name for name in here if name.startswith("ρ")), key=here.__getitem__)
    assert f"Best: **{best}**, with {here[best]:.3f}" in text(at)
    assert f"**{here['ρ = 0']:.3f}**, worse than the mean of all training pictures" in text(at)


def test_the_picture_changes_at_once_and_the_text_with_it() -> None:
    at = open_page(view=PICTURES)
    before = text(at)
    at.slider(key="share").set_value(90).run()
    assert not at.exception
    assert "**360 of 400 pixels are gone.**" in text(at)
    assert before != text(at)


def test_the_mask_gets_the_errors_of_the_library() -> None:
    at = finished(open_page(view=MASK, data="planted", epochs="4", hidden="10"))
    train, test = runs.dataset("planted").R.split(test=0.1, seed=0)
    cfg = autorec.Config(hidden=10, lam=10.0, dtype="float32")
    last = {row.way: row for row in trials.by_mask(train, test, cfg, T=4)}
    for way, row in last.items():
        assert f"| {way} | {row.test:.3f} | {row.train:.3f} | {row.mean:.2f} |" in text(at)
    assert last[trials.MASKED].test < last[trials.UNMASKED].test < last[trials.STARS].test


def test_a_rating_of_mu_counts_on_the_page_too() -> None:
    at = open_page(view=MASK, data="tiny", epochs="1")
    rows = [line for line in text(at).splitlines() if line.startswith(("| a hole", "| a rating of μ"))]
    hole, rating = (line.split("|") for line in rows)
    assert hole[2] == rating[2] == " 0 "
    assert float(rating[3]) > float(hole[3])
    assert hole[4] != rating[4]


def test_dropout_opens_on_what_is_shipped_and_says_it() -> None:
    at = open_page(view=DROPOUT)
    ds = runs.dataset("ml-small")
    rows = noised.find(ds.key, noised.CFG, noised.T, noised.SEED)
    best = min(rows, key=lambda row: row.test)
    assert not any(b.label == "Cancel" for b in at.button)
    assert f"**{best.test:.3f}, at ρ = {best.rho:g}**" in text(at)
    assert best.rho > 0
    assert rows[-1].train > rows[0].train


def test_dropout_fits_what_is_not_shipped() -> None:
    at = finished(open_page(view=DROPOUT, data="tiny", by="a user", epochs="3", lam="3", hidden="5"))
    train, test = runs.dataset("tiny").R.split(test=0.1, seed=0)
    cfg = autorec.Config(hidden=5, lam=3.0, dtype="float32")
    found = list(trials.by_noise(train, test, cfg, noised.RHOS, T=3))
    assert f"Without noise: {found[0].train:.3f} on what goes in, {found[0].test:.3f}" in text(at)


def test_a_run_keeps_one_state_and_every_error() -> None:
    ds = runs.dataset("tiny")
    cfg = autorec.Config(hidden=3)
    found = list(autoencoder.learn(ds, cfg, T=4, seed=1))
    assert [row.t for row in found] == [0, 1, 2, 3, 4]
    assert all(row.latest is found[0].latest for row in found)
    train, _ = ds.R.split(test=0.1, seed=1)
    again = fit(autorec, train, cfg, T=4, seed=1)
    np.testing.assert_array_equal(found[-1].latest.state.W, again.W)
    assert autorec.counted(train, replace(cfg, by="items")).rows == train.M


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(
        hidden="3.5", lam="x", rho="2", epochs="0", seed="-1", by="nobody", f="step",
        damage="paint", share="5", face="99", noise="0.1", hole="nowhere",
    )  # fmt: skip
    at = open_page(view=view, data="tiny", **odd)
    said = " ".join(w.value for w in at.warning)
    learning = ("hidden", "lam", "epochs", "seed", "by", "f")
    expected = {
        RATINGS: (*learning, "rho"),
        PICTURES: ("damage", "share", "face", "noise"),
        MASK: (*learning, "hole"),
        DROPOUT: learning,
    }
    for name in expected.get(view, ("view",)):
        assert f"`{name}={odd.get(name, view)}`" in said
