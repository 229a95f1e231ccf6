"""Chapter 13's page: its numbers are the library's, the contest runs and stops, odd links get a message."""

import re
import time

import numpy as np
import pytest

from mfapp import jobs, runs, test_error_contest, test_error_split, test_error_trap
from mfcore import contest, data, leaks, metrics, trap
from mfcore.contest import Plan
from mfcore.entrants import BASELINES, ENTRANTS
from mfview import contest as shipped
from tests.pages import alts, cancelled, finished, latex, open_page, press, text

TRAP, SPLIT, CONTEST = "The copy trap", "A clean split", "Every model"
VIEWS = [TRAP, SPLIT, CONTEST]
REVEAL = "Show the answer without a guess"


def page(view, **params):
    return finished(open_page("test_error", view=view, **params))


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_without_a_warning_and_by_itself(view) -> None:
    at = page(view)
    assert not at.error
    assert not at.warning
    assert not any(b.label == "Cancel" or b.label.startswith("Fit ") for b in at.button)


def split(name, seed=0):
    return trap.narrow(data.load(name)[0]).split(test=0.1, seed=seed)


@pytest.mark.parametrize(("name", "h"), [("planted", 120), ("tiny", 2)])
def test_the_trap_shows_the_four_errors_of_one_width(name, h) -> None:
    at = page(TRAP, data=name, hidden=str(h))
    train, test = split(name)
    found = trap.errors(trap.hidden(trap.directions(train), h), train, test)
    for error in (found.framework, found.unmasked, found.leak):
        assert f"| {error + 0.0:.4f} |" in text(at)
    assert f"**{found.test:.4f}**" in text(at)
    assert f"| {metrics.rmse(np.full(test.n, train.mu), test.r):.4f} |" in text(at)


def test_a_single_rating_is_shown_fed_in_and_not() -> None:
    at = page(TRAP, data="planted", hidden="120")
    train, test = split("planted")
    r = test.r[np.argmax(np.abs(test.r - train.mu))]
    assert (
        f"**{r:g}** stars: fed in, it comes out as {r:.2f}; not fed in, it is predicted as **{train.mu:.2f}**"
        in text(at)
    )


def test_the_slide_has_three_ways_to_feed_and_to_score() -> None:
    at = page(TRAP)
    tiny = data.load("tiny")[0]
    train, test = tiny.split(test=0.2, seed=0)
    said = alts(at)
    for fed, both in ((test, test.n), (tiny, test.n), (train, 0)):
        assert f"{fed.n} are fed in and {test.n} are scored; {both} are both" in said


def widths(name, seed=0):
    """What the page tries on a split, and the errors of it."""
    known = test_error_trap._known.__wrapped__(runs.dataset(name), "", seed)
    return known, trap.by_hidden(known.train, known.test, trap.directions(known.train), known.widths)


@pytest.mark.parametrize("seed", range(10))
def test_what_is_said_of_width_holds_on_the_smallest_data(seed) -> None:
    known, found = widths("tiny", seed)
    low, said = int(np.argmin(found.test)), text(page(TRAP, data="tiny", seed=str(seed)))
    assert f"The test error is lowest at h = **{known.widths[low]}**" in said
    assert "both errors fall" not in said
    rise = re.search(r"the test error rises from \*\*([\d.]+)\*\* to \*\*([\d.]+)\*\*", said)
    assert (rise is None) == (low == len(known.widths) - 1) == ("no narrower network does better" in said)
    assert ("no wider network does better" in said) == (low == 0)
    if rise:
        assert float(rise[1]) < float(rise[2])
        fall = re.search(r"goes on falling from ([\d.]+) to \*\*([\d.]+)\*\*", said)
        assert float(fall[1]) > float(fall[2])


@pytest.mark.parametrize("seed", range(10))
def test_what_is_said_of_noise_holds_on_the_smallest_data(seed) -> None:
    found = trap.by_noise(*split("tiny", seed), test_error_trap.RHOS)
    said = text(page(TRAP, data="tiny", seed=str(seed), capacity=test_error_trap.NOISE))
    better = re.search(r"the test error gets better, down to \*\*([\d.]+)\*\* at ρ = ([\d.]+)\.", said)
    assert (better is None) == (found.test.min() == found.test[0]) == ("never better than the copy's" in said)
    if better:
        assert float(better[1]) < found.test[0]
        assert float(better[2]) == test_error_trap.RHOS[int(np.argmin(found.test))] > 0
    signs = np.sign(np.diff(found.framework)), np.sign(np.diff(found.test))
    assert f"At {np.count_nonzero(signs[0] == -signs[1])} of 6 steps" in said


@pytest.mark.parametrize(
    ("view", "params", "kept"),
    [
        (TRAP, dict(seed="11"), lambda n: f"from 1 to {widths('planted', 11)[0].widths[n - 1]}."),
        (
            TRAP,
            dict(seed="11", capacity=test_error_trap.NOISE, rho="0.1"),
            lambda n: f"from 0 to {test_error_trap.RHOS[n - 1]:g}.",
        ),
        (SPLIT, dict(data="planted", seed="11"), lambda n: f"{n} ways to predict, each made"),
    ],
    ids=["width", "noise", "split"],
)
def test_what_takes_long_can_be_stopped_and_keeps_what_it_found(monkeypatch, view, params, kept) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)  # one unit between two pictures
    at = open_page("test_error", view=view, **params)
    assert kept(cancelled(at)) in alts(at)
    press(at, "Go on")
    finished(at)


def of_capacity(at):
    """The page once the second of its questions, that beside the curves, is settled: at first it hides their end."""
    [b for b in at.button if b.label == REVEAL][1].click().run()
    assert not at.exception
    return at


def test_the_end_of_the_curves_comes_after_the_prediction_or_a_moved_slider() -> None:
    known, found = widths("planted")
    low = int(np.argmin(found.test))
    ends = [f"{way[-1]:.3f}" for way in (found.framework, found.test)]
    at = page(TRAP)
    assert at.session_state["hidden"] <= known.widths[low]
    assert f"hidden units (log scale), from 1 to {known.widths[low]}." in alts(at)
    assert f"rises from **{found.test[low]:.3f}**" not in text(at)
    assert ends[1] not in alts(at)
    for shown in (of_capacity(at), page(TRAP, hidden="120"), page(TRAP, seed="1")):
        assert f"hidden units (log scale), from 1 to {known.train.M}." in alts(shown)
        assert "and the test error rises from **" in text(shown)
    noisy = page(TRAP, capacity=test_error_trap.NOISE)
    assert "from 0 to 0." in alts(noisy)
    assert "the test error gets better" not in text(noisy)
    assert "the test error gets better" in text(of_capacity(noisy))


@pytest.mark.parametrize("rho", ["0", "0.6"])
def test_noise_shows_its_own_network(rho) -> None:
    at = page(TRAP, data="planted", capacity=test_error_trap.NOISE, rho=rho)
    if rho == "0":
        of_capacity(at)
    train, test = split("planted")
    found = trap.errors(trap.denoising(trap.gram(train), float(rho)), train, test)
    assert f"**{found.test:.4f}**" in text(at)
    assert f"| {found.framework:.4f} |" in text(at)
    best = trap.by_noise(train, test, test_error_trap.RHOS).test.min()
    assert f"down to **{best:.3f}**" in text(at)


def test_the_code_beside_the_equations_is_there() -> None:
    at = page(TRAP)
    assert "def error(" in "\n".join(code.value for code in at.code)
    assert r"\operatorname{diag} G" in latex(at)


def test_the_split_shows_every_leak() -> None:
    at = page(SPLIT, data="planted", k="3", lam="5")
    R = data.load("planted")[0]
    train, test = R.split(test=0.1, seed=0)
    found = {leak.name: leak for leak in leaks.found(R, train, test, 3, 5.0)}
    means = found["item means"]
    assert f"miss by **{means.leaked:.3f}** stars; the true error is **{means.clean:.3f}**" in text(at)
    splits = [leaks.described(R, kind, 5.0) for kind in test_error_split.KINDS]
    assert f"| held out: a tenth of | {' | '.join(test_error_split.KINDS)} |" in text(at)
    for shown in ([f"{s.test:,}" for s in splits], [f"{s.rmse:.3f}" for s in splits], [f"{s.users:,}" for s in splits]):
        assert f"| {' | '.join(shown)} |" in text(at)


def test_a_split_that_cannot_be_made_is_left_out() -> None:
    at = page(SPLIT, data="tiny")
    assert "| held out: a tenth of | ratings | whole users |" in text(at)


def test_the_contest_opens_on_what_is_shipped() -> None:
    at = page(CONTEST)
    rows = contest.rows(shipped.find(data.load("ml-small")[0].digest, shipped.PLAN))
    assert {row.name for row in rows if f"{row.name} {row.test:.3f}" in alts(at)} <= {*BASELINES}
    assert f"**{min(row.test for row in rows if row.name in BASELINES):.4f}** stars" in text(at)
    assert "Lowest is" not in text(at)
    press(at, REVEAL)
    for row in rows:
        if row.test < 10:
            assert f"{row.test:.4f} ±\N{NO-BREAK SPACE}{row.spread:.4f} |" in text(at)
        assert f"| {row.parameters:,} |" in text(at)
    floor = next(row for row in rows if row.name == BASELINES[-1])
    best = min(rows, key=lambda row: row.test)
    assert f"misses by **{floor.test:.4f}** stars. Lowest is **{best.name}** with **{best.test:.4f}**" in text(at)
    for row in rows:
        if row.name not in BASELINES and row.test > floor.test:
            assert row.name in text(at).split("**Not below it:**")[1].split(".")[0]


def test_an_entrant_that_diverged_has_no_error_to_show() -> None:
    lost = [contest.Fit("embeddings", f, False, "η = 9", (1.0, np.inf if f else 0.9), 1, 1.0, 10) for f in range(3)]
    (row,) = contest.rows(lost)
    assert test_error_contest._error(row) == "diverged on 2 of 3 folds"
    (one,) = contest.rows(lost[1:2])
    assert test_error_contest._error(one) == "diverged"


def test_a_curve_is_chosen_by_the_link() -> None:
    at = page(CONTEST, curve="Bayesian MF")
    assert "Bayesian MF goes from" in alts(at)
    rows = contest.rows(shipped.find(data.load("ml-small")[0].digest, shipped.PLAN))
    said = text(page(CONTEST, curve="embeddings"))
    own = next(row for row in rows if row.name == "embeddings")
    ends = [f"{lam}, {t} epochs" for lam, t in zip(own.said, own.at, strict=True)]
    assert f"embeddings, chosen in training, by fold: {'; '.join(ends)}." in said


def test_the_defaults_of_the_page_are_those_of_what_is_shipped() -> None:
    assert Plan(k=test_error_contest.K, folds=5, seed=0) == shipped.PLAN
    assert test_error_contest.WAYS["5 folds"] == shipped.PLAN.folds


def test_other_data_are_fitted_when_asked_with_progress_and_can_be_stopped(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)  # one model between two pictures
    at = page(CONTEST, data="planted", k="2", folds="one split")
    plan = Plan(k=2, folds=1)
    assert "Nobody has fitted these" in text(at)
    press(at, f"Fit {len(plan.units)} models")
    end = time.monotonic() + 60
    while "| [μ + b + c](./biases) |" not in text(at):
        assert time.monotonic() < end
        at.run()
    press(at, "Cancel")
    done = int(re.search(rf"Cancelled after (\d+) of {len(plan.units)}; what was found is kept", text(at))[1])
    assert len(BASELINES) <= done < len(plan.units)
    at.run()
    assert f"Cancelled after {done} of" in text(at)
    rows = {}
    for fit in contest.run(data.load("planted")[0], Plan(k=2, folds=1, names=BASELINES)):
        rows[fit.name] = fit.test
    for name in BASELINES:
        assert f"{rows[name]:.4f} |" in text(at)


def test_every_entrant_links_to_a_chapter_that_is_there_or_to_none() -> None:
    from mfview.chapters import CHAPTERS

    slugs = {chapter.slug for chapter in CHAPTERS}
    said = [test_error_contest._name(entrant.name) for entrant in ENTRANTS]
    for entrant, shown in zip(ENTRANTS, said, strict=True):
        assert shown == (f"[{entrant.name}](./{entrant.chapter})" if entrant.chapter in slugs else entrant.name)


@pytest.mark.parametrize("view", VIEWS)
def test_odd_links_get_messages(view) -> None:
    odd = dict(k="999", lam="abc", seed="-1", folds="2", curve="nobody", hidden="7.5", capacity="love")
    heard = {
        TRAP: {"seed", "hidden", "capacity"},
        SPLIT: {"k", "lam", "seed"},
        CONTEST: {"k", "seed", "folds", "curve"},
    }
    said = " ".join(w.value for w in open_page("test_error", view=view, **odd).warning)
    assert {name for name in odd if f"`{name}={odd[name]}`" in said} == heard[view]
    rho = page(TRAP, capacity=test_error_trap.NOISE, rho="2").warning
    assert any("`rho=2`" in w.value for w in rho)
