"""Chapter 12's page: its numbers are the library's, its jobs end, odd links get a message."""

import json
import re
from dataclasses import replace
from functools import partial

import numpy as np
import pytest

from mfapp import autoencoder, autoencoder_mask, autoencoder_pictures, autoencoder_ratings, frame, jobs, runs
from mfcore import autorec, denoise, fit, metrics, nn, trials
from mfcore.data import pictures
from mfcore.notation import equation_of
from mfview import completed, hole, noised
from tests import pages
from tests.pages import alts, press, text

open_page = partial(pages.open_page, "autoencoder")

RATINGS, PICTURES, MASK, DROPOUT = "Ratings in, ratings out", "Pictures", "The mask", "Dropout"
VIEWS = [RATINGS, PICTURES, MASK, DROPOUT]
REVEAL = "Show the answer without a guess"


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


@pytest.mark.parametrize("f", nn.ACTIVATIONS)
def test_the_chosen_activation_is_shown_forward_and_backward(f) -> None:
    shown = pages.latex(finished(open_page(data="tiny", f=f, epochs="1")))
    for name in nn.ACTIVATIONS:
        forward, back = (equation_of(way).latex for way in nn.ACTIVATIONS[name])
        assert (
            (forward + frame.TRAIL in shown.splitlines()) == (back + frame.TRAIL in shown.splitlines()) == (name == f)
        )


def test_dropout_is_shown_forward_and_backward() -> None:
    shown = pages.latex(finished(open_page(view=DROPOUT, data="tiny", epochs="1")))
    for way in (nn.dropout, nn.dropout_back):
        assert equation_of(way).latex in shown


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


@pytest.mark.parametrize(
    ("word", "share", "rho"), [("scattered pixels", 50, "0.25"), ("a square", 20, "0.75"), ("from below", 30, "0")]
)
def test_a_face_is_completed_as_the_library_completes_it(word, share, rho) -> None:
    at = open_page(view=PICTURES, damage=word, share=str(share), noise=rho, face="7")
    assert not at.warning
    x = completed.new()[6:7]
    kind = autoencoder_pictures.KINDS[word]
    m = pictures.damage(completed.NEW, kind, share / 100, seed=3).astype(np.float32)[6:7]
    none, chosen = (
        denoise.rmse_hidden(x, denoise.complete(completed.state(cfg, whole=True), x, m, cfg), m)
        for cfg in (completed.WHOLE[0.0], completed.WHOLE[float(rho)])
    )
    mean = denoise.rmse_hidden(x, completed.mean_picture()[None], m)
    assert f"**{int((1 - m).sum())} of 400 pixels are gone.**" in text(at)
    assert f"with ρ = {rho} misses the hidden ones by **{chosen:.3f}** grey values" in text(at)
    beside = f"never saw noise by **{none:.3f}**" if float(rho) else f"which looks at nothing, by **{mean:.3f}**"
    assert beside in text(at)
    assert f"Learnt with ρ = {rho}, RMSE {chosen:.3f}" in alts(at)


def test_the_noise_is_a_slider_over_what_is_shipped() -> None:
    at = open_page(view=PICTURES)
    slider = at.select_slider(key="noise")
    assert list(slider.options) == [f"{rho:g}" for rho in completed.NOISES]
    slider.set_value(0.0).run()
    assert not at.exception
    assert "Mean of all pictures, RMSE" in alts(at)


@pytest.mark.parametrize("kind", pictures.KINDS)
def test_noise_fills_holes_better_than_none_and_than_the_mean_wherever_it_is_asked_to(kind) -> None:
    found = {name: dict(points) for name, points in completed.errors(kind).items()}
    for share in (20, 30):
        assert found["ρ = 0.5"][share] < found["ρ = 0"][share] < found[completed.COPY][share]
        assert found["ρ = 0.5"][share] < found[completed.MEAN][share]


def test_pictures_are_there_before_the_predictions_and_the_answers_after() -> None:
    at = open_page(view=PICTURES)
    faces, masked = alts(at).splitlines()
    assert "Learnt with ρ = 0.5" in faces
    assert "Learnt with ρ = 0," not in faces
    assert "Masked" in masked
    assert "Unmasked" not in masked
    assert "60% of it" not in text(at)
    assert "Why a copy is no use" not in [h.value for h in at.header]
    press(press(at, REVEAL), REVEAL)
    assert "Learnt with ρ = 0, RMSE" in alts(at)
    assert "Unmasked, RMSE" in alts(at)
    assert "60% of it" in text(at)
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


@pytest.mark.parametrize(("name", "epochs"), [("tiny", 1), ("tiny", 5), ("planted", 1), ("planted", 12)])
def test_the_mask_is_called_lowest_only_where_it_is(name, epochs) -> None:
    at = finished(open_page(view=MASK, data=name, epochs=str(epochs), hidden="2", lam="100"))
    train, test = runs.dataset(name).R.split(test=0.1, seed=0)
    cfg = autorec.Config(hidden=2, lam=100.0, dtype="float32")
    last = {row.way: row for row in trials.by_mask(train, test, cfg, T=epochs)}
    lower = [way for way in (trials.UNMASKED, trials.STARS) if last[way].test < last[trials.MASKED].test]
    assert ("The mask has the lowest error." in text(at)) == (not lower)
    assert (f"Lower than with the mask, so far: {', '.join(lower)}." in text(at)) == bool(lower)


def test_without_the_mask_a_lower_error_is_said_to_be_one() -> None:
    rows = {way: trials.Scored(way, 1, 0.5, test, 1.5, np.zeros(1)) for way, test in zip(
        (trials.MASKED, trials.UNMASKED, trials.STARS), (1.1, 1.0, 3.0), strict=True)}  # fmt: skip
    assert f"Lower than with the mask, so far: {trials.UNMASKED}." in autoencoder_mask._said(rows, 1.05)


def test_ways_in_one_table_are_after_the_same_epoch(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = open_page(view=MASK, data="planted", hidden="5", epochs="9", seed="3")
    done = pages.cancelled(at, runs=4)
    assert done % 3, "one of the three is an epoch ahead"
    assert f"| after epoch {done // 3 - 1} |" in text(at)
    train, test = runs.dataset("planted").R.split(test=0.1, seed=3)
    cfg = autorec.Config(hidden=5, lam=10.0, dtype="float32")
    last = {row.way: row for row in list(trials.by_mask(train, test, cfg, T=3, seed=3))[: done // 3 * 3]}
    for way, row in last.items():
        assert f"| {way} | {row.test:.3f} | {row.train:.3f} | {row.mean:.2f} |" in text(at)


def test_the_mask_s_predictions_come_after_the_reader_s(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = open_page(view=MASK)
    for _ in range(3):
        at.run()
    press(at, "Cancel")
    assert "masked from" in alts(at)
    across = json.loads(at.get("plotly_chart")[0].proto.spec)["layout"]["xaxis"]
    assert across["range"][0] <= 0 < 10 <= across["range"][1]  # of all ten epochs, from the first on
    assert across["dtick"] == 1
    assert trials.UNMASKED not in text(at) + alts(at)
    press(at, REVEAL)
    assert f"| {trials.UNMASKED} |" in text(at)
    assert f"{trials.UNMASKED} from" in alts(at)
    linked = open_page(view=MASK, hidden="50")
    for _ in range(3):
        linked.run()
    press(linked, "Cancel")
    assert f"| {trials.UNMASKED} |" in text(linked)


def test_a_rating_of_mu_counts_on_the_page_too_and_the_question_names_the_same_numbers() -> None:
    def rows(at):
        return [line.split("|") for line in text(at).splitlines() if line.startswith(("| a hole", "| a rating of μ"))]

    at = open_page(view=MASK, data="tiny", epochs="1")
    R = runs.dataset("tiny").R
    s = fit(autorec, R, hole.CFG, hole.T)
    i, j = hole.named()[hole.farthest()]
    known = trials.at_mean(s, R, hole.CFG, i, j)
    without, withheld = rows(at)
    assert without[3] == f" {known.J[0]:.4f} "
    assert withheld[2:5] == [" ? "] * 3
    press(press(at, REVEAL), REVEAL)
    assert f"from {known.J[0]:.4f} to {known.J[1]:.4f}" in text(at)
    without, rated = rows(at)
    assert without[2] == rated[2] == " 0 "
    assert rated[3] == f" {known.J[1]:.4f} "
    assert float(rated[3]) > float(without[3])
    other = next(name for name in hole.named() if name != hole.farthest())
    assert "?" not in "".join(rows(open_page(view=MASK, data="tiny", epochs="1", hole=other))[1])


def test_a_run_can_be_stopped_and_keeps_its_epochs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)  # one epoch between two pictures
    at = open_page(data="planted", epochs="60", hidden="5")
    for _ in range(3):
        at.run()
    press(at, "Cancel")
    done = int(re.search(r"Cancelled after (\d+) of 61; what was found is kept", text(at))[1])
    assert 3 <= done < 61
    assert f"After epoch {done - 1}: " in text(at)
    at.run()
    assert f"After epoch {done - 1}: " in text(at)
    press(at, "Go on")
    assert any(b.label == "Cancel" for b in at.button)
    assert f"After epoch {done - 1}: " not in text(at)


def test_dropout_can_be_stopped_too(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)
    at = press(open_page(view=DROPOUT, data="planted", epochs="20", hidden="5", seed="8"), "Cancel")
    assert re.search(r"Cancelled after [1-9]", text(at))


def test_dropout_opens_on_what_is_shipped_and_says_it() -> None:
    at = open_page(view=DROPOUT)
    ds = runs.dataset("ml-small")
    rows = noised.find(ds.key, noised.CFG, noised.T, noised.SEED)
    best = min(rows, key=lambda row: row.test)
    assert not any(b.label == "Cancel" for b in at.button)
    assert f"**{best.test:.3f}, at ρ = {best.rho:g}**" in text(at)
    assert best.rho > 0
    assert rows[-1].train > rows[0].train


@pytest.mark.parametrize(("name", "by"), [("planted", "a film"), ("planted", "a user"), ("ml-small", "a film")])
def test_how_long_a_row_is_is_counted_and_not_assumed(name, by) -> None:
    quick = {} if name == "ml-small" else {"epochs": "1"}  # what is shipped is there at once
    at = open_page(view=DROPOUT, data=name, by=by, **quick)
    train, _ = runs.dataset(name).R.split(test=0.1, seed=0)
    rows = train.j if by == "a film" else train.i
    counts = np.bincount(rows, minlength=train.M if by == "a film" else train.N)
    whose = "films" if by == "a film" else "users"
    assert f"Half of the {whose} have {np.median(counts):g} ratings or fewer." in text(at)
    assert "a handful" not in text(at)


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
