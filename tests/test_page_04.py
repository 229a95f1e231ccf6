"""Chapter 4's page: the numbers shown are the library's, every control does what it says, odd links get a message."""

import time
from functools import partial
from itertools import islice

import numpy as np
import pytest

from mfapp import biases, biases_films, biases_fits, biases_proof, controls, jobs, runs
from mfcore import Ratings, als, explained, fit, metrics, steps
from mfview import labels, style
from mfview.chapters import by_slug
from tests import pages
from tests.pages import alts, press, text

open_page = partial(pages.open_page, "biases")

VIEWS = ["What biases explain", "Everyone likes it", "With and without", "In turn or together", "Derivation"]


@pytest.fixture(scope="module")
def planted():
    ds = runs.dataset("planted")
    train, test = ds.R.split(test=0.1, seed=0)
    return ds, train, test, fit(als, train, als.Config(k=3, lam=1.0, joint=True), biases.T)


ON_PLANTED = dict(data="planted", k="3", lam="1")


@pytest.mark.parametrize("name", ["ml-small", "planted", "tiny"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_all_data(view, name) -> None:
    at = open_page(view=view, data=name)
    assert not at.error
    assert not at.warning
    assert len(at.tabs) == len(VIEWS)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_without_lambda(view) -> None:
    assert not open_page(view=view, data="tiny", lam="0", k="4").error


def test_the_stairs_are_those_of_the_library(planted) -> None:
    _, train, test, s = planted
    at = open_page(**ON_PLANTED)
    both, full = (
        explained.share(explained.biases(train, als.Config(lam=1.0)), train, test),
        explained.share(s, train, test),
    )
    assert f"**{both.test:.1%}** of it on held-out ratings (training {both.train:.1%})" in text(at)
    assert f"it is {full.test:.1%} (training {full.train:.1%})" in text(at)
    assert f"**{both.test / full.test:.0%}** of what the whole model explains of held-out ratings" in text(at)
    assert f"μ = {train.mu:.2f} explains 0 by definition" in text(at)
    first = explained.share(explained.biases(train, als.Config(lam=1.0), items=False), train, test)
    assert f"with + b {first.train:.2f} and {first.test:.2f}" in alts(at)
    other = open_page(first="films: c", **ON_PLANTED)
    assert "with + c " in alts(other)
    assert f"{full.test:.1%}" in text(other)


def test_what_vectors_add_waits_for_a_prediction_and_for_nobody_who_changes_a_control() -> None:
    train, test = runs.dataset("ml-small").R.split(test=0.1, seed=0)
    cfg = als.Config(k=biases.K, lam=biases.LAM, joint=True)
    both = explained.share(explained.biases(train, cfg), train, test)
    full = explained.share(fit(als, train, cfg, biases.T), train, test)
    at = open_page()
    needs_none = f"**{both.test / full.test:.0%}** of what"
    assert f"**{both.test:.1%}**" in text(at)
    assert needs_none not in text(at)
    assert "with + wᵀu" not in alts(at)
    press(at, "Show the answer without a guess")
    assert needs_none in text(at)
    assert f"with + wᵀu {full.train:.2f} and {full.test:.2f}" in alts(at)
    assert "with + wᵀu" in alts(open_page(lam="1"))


def test_the_line_moves_with_its_controls() -> None:
    for height, draw in ((3.5, 0), (-2.0, 5)):
        at = open_page(data="tiny", height=f"{height:g}", draw=str(draw))
        x, y = explained.scatter(height, draw)
        found = [explained.line(x, y, intercept=intercept) for intercept in (False, True)]
        for line in found:
            assert f"m = **{labels.decimal(line.m)}**" in text(at)
        assert f"**, and J is {found[0].J:.1f}." in text(at)
        assert f"** and J = {found[1].J:.1f}; the points were made with a slope of {explained.SLOPE:g}" in text(at)


def test_somebody_new_gets_what_is_known(planted) -> None:
    ds, _, _, s = planted
    i, j = 4, 9
    at = open_page(user=str(ds.R.user_ids[i]), item=ds.labels[j], **ON_PLANTED)
    shown = at.table[0].value["r̂"].tolist()
    pairs = [(i, j), (None, j), (i, None), (None, None)]
    assert shown == [labels.decimal(explained.known(s, a, b)) for a, b in pairs]
    assert shown[0] == labels.decimal(float(als.predict(s, i, j)))
    assert f"Here b = {style.signed(s.b[i])} and c = {style.signed(s.c[j])} stars." in text(at)


def test_films_never_seen_in_training_are_counted_and_scored() -> None:
    train, test = runs.dataset("ml-small").R.split(test=0.1, seed=0)
    new = (train.items_counts == 0)[test.j]
    s = fit(als, train, als.Config(k=biases.K, lam=biases.LAM, joint=True), biases.T)
    error = metrics.rmse(als.predict(s, test.i[new], test.j[new]), test.r[new])
    at = open_page()
    assert labels.counted(int(new.sum()), "held-out rating") in text(at)
    assert (
        f"{error:.3f} stars (RMSE), μ alone by {metrics.rmse(np.full(new.sum(), train.mu), test.r[new]):.3f}"
        in text(at)
    )


def test_a_film_is_split_into_bias_and_taste(planted) -> None:
    ds, train, _, s = planted
    j = int(np.argmax(train.items_counts))
    at = open_page(view=VIEWS[1], item=ds.labels[j], **ON_PLANTED)
    assert f"**{explained.spread(s, train)[j]:.2f}**" in text(at)
    i, r = train.T.of_user(j)
    alone = metrics.rmse(s.mu + s.b[i] + s.c[j], r)
    whole = metrics.rmse(als.predict(s, i, np.full(len(i), j)), r)
    assert f"these ratings is {alone:.2f} stars (RMSE); with the product it is {whole:.2f}." in text(at)
    assert f"{len(i)} training ratings with a mean of {r.mean():.2f} stars" in text(at)
    own = f"Its bias is **{style.signed(s.c[j])}**, its raters' own {style.signed(s.b[i].mean())} on average"
    assert own in text(at)


def test_films_of_both_kinds_are_named_by_their_numbers() -> None:
    train, _ = runs.dataset("ml-small").R.split(test=0.1, seed=0)
    s = fit(als, train, als.Config(k=biases.K, lam=biases.LAM, joint=True), biases.T)
    spread, titles = explained.spread(s, train), runs.dataset("ml-small").labels
    enough, _ = biases_films.drawn(train.items_counts)
    liked, divides = max(enough, key=lambda j: s.c[j] - spread[j]), max(enough, key=lambda j: spread[j] - abs(s.c[j]))
    at = open_page(view=VIEWS[1])
    for kind, j in (("liked by everyone", liked), ("a matter of taste", divides)):
        film = f"{kind}: *{labels.markdown(titles[j])}* (c = {style.signed(s.c[j])}, spread {spread[j]:.2f})"
        assert film in text(at)
        assert f"{kind}: {titles[j]}" in alts(at)


def test_films_shown_have_enough_ratings_and_few_data_show_some() -> None:
    many = np.array([10] * 30 + [60] * 25)
    assert biases_films.drawn(many)[0].tolist() == list(range(30, 55))
    few, least = biases_films.drawn(np.array([1, 2, 3, 0]))
    assert (few.tolist(), least) == ([0, 1, 2], 1)


def finished(at):
    for _ in range(40):
        if "_with_and_without_cancel" not in [b.key for b in at.button]:
            return at
        time.sleep(jobs.TICK)
        at.run()
    raise AssertionError("the fits do not end")


@pytest.mark.parametrize("along", ["k", "sweeps"])
def test_with_and_without_are_the_models_fitted_by_themselves(planted, along) -> None:
    _, train, test, _ = planted
    at = finished(open_page(view=VIEWS[2], along=along, **ON_PLANTED))
    ks = biases_fits.KS if along == "k" else (3,)
    for kind in explained.KINDS:
        last = [list(explained.errors(kind, train, test, k, 1.0, biases_fits.T, 0))[-1] for k in ks]
        best = min(last, key=lambda both: both[1])
        assert f"**{best[1]:.3f}** at k = {ks[last.index(best)]} (train {best[0]:.3f})" in text(at)
    assert f"μ alone has {metrics.rmse(np.full(test.n, train.mu), test.r):.3f}" in alts(at)


def test_in_turn_and_together_report_both_runs(planted) -> None:
    _, train, test, s = planted
    at = open_page(view=VIEWS[3], **ON_PLANTED)
    turn = als.Config(k=3, lam=1.0)
    ends = fit(als, train, turn, biases_fits.T), s
    J, errors = zip(
        *((als.objective(x, train, turn), metrics.rmse(als.predict(x, test.i, test.j), test.r)) for x in ends),
        strict=True,
    )
    assert f"J is {J[0]:,.0f} in turn and {J[1]:,.0f} together" in text(at)
    assert f"the run *{'in turn' if J[0] < J[1] else 'together'}* is the lower one" in text(at)
    assert f"miss by {errors[0]:.4f} and {errors[1]:.4f} stars" in text(at)
    states = islice(steps(als, train, turn), biases_fits.HALVES)
    missed = np.array([explained.missed_in_turn(x, train, turn) for x in states])
    assert f"misses {missed.min():.1%} to {missed.max():.1%} of the fall" in text(at)
    assert f"between {missed.min():.1%} and {missed.max():.1%}, never below 0" in alts(at)


def test_what_is_missed_in_turn_waits_for_a_prediction() -> None:
    at = open_page(view=VIEWS[3])
    assert "never below 0" not in alts(at)
    assert "never the higher one" not in text(at)
    press(at, "Show the answer without a guess")
    assert "never below 0" in alts(at)
    assert "never the higher one" in text(at)


@pytest.mark.parametrize("solve", list(biases_proof.UNKNOWNS))
@pytest.mark.parametrize("lam", ["0", "1"])
def test_every_derivation_holds(solve, lam) -> None:
    at = open_page(view=VIEWS[4], data="tiny", solve=solve, lam=lam)
    assert any("lines hold" in m.value for m in at.markdown)
    assert ("Not what is written" in text(at)) == (solve in ("bᵢ", "cⱼ") and lam == "1")


def test_a_derivation_is_of_the_row_in_the_sidebar() -> None:
    users = runs.dataset("tiny").R.user_ids
    shown = {text(open_page(view=VIEWS[4], data="tiny", user=str(user))) for user in users[:3]}
    assert len(shown) == 3


@pytest.mark.parametrize("view", VIEWS)
@pytest.mark.parametrize(
    ("i", "j", "r"),
    [
        (np.arange(40) % 6, np.arange(40), np.full(40, 3.0)),
        (np.zeros(12, int), np.arange(12), np.arange(12) % 5 + 1.0),
        (np.arange(12), np.zeros(12, int), np.arange(12) % 5 + 1.0),
    ],
    ids=["constant ratings", "one user", "one film"],
)
def test_odd_data_of_one_s_own_open_in_every_view(view, i, j, r, monkeypatch) -> None:
    R = Ratings.from_arrays(i, j, r)
    ds = runs.Dataset(R.digest, R, runs.dataset("tiny").films, tuple(f"film {x}" for x in R.item_ids))
    monkeypatch.setattr(controls, "data", lambda: ds)
    at = open_page(view=view)
    assert not at.error
    assert "nan" not in text(at) + alts(at)


def test_errors_on_held_out_ratings_wait_for_a_prediction() -> None:
    at = finished(open_page(view=VIEWS[2]))
    assert "RMSE on train" in alts(at)
    assert "RMSE on held out" not in alts(at)
    assert "Lowest RMSE" not in text(at)
    press(at, "Show the answer without a guess")
    assert "Answer:" in text(at)
    assert "RMSE on held out" in alts(at)
    assert "Lowest RMSE" in text(at)


def test_what_the_chapter_says_of_its_scenarios_is_so() -> None:
    ds = runs.dataset("ml-small")
    train, test = ds.R.split(test=0.1, seed=0)
    s = fit(als, train, als.Config(k=biases.K, lam=biases.LAM, joint=True), biases.T)
    taste, vectors, _ = by_slug("biases").scenarios
    j = ds.labels.index(taste.params["item"])
    assert "near 0" in taste.notice
    assert abs(s.c[j]) < 0.1
    assert "by half a star" in taste.notice
    assert explained.spread(s, train)[j] == pytest.approx(0.5, abs=0.05)
    lam = float(vectors.params["lam"])
    found = {
        x: (
            explained.share(explained.biases(train, als.Config(lam=x)), train, test),
            explained.share(fit(als, train, als.Config(k=biases.K, lam=x, joint=True), biases.T), train, test),
        )
        for x in (lam, biases.LAM)
    }
    assert "the third step goes down" in vectors.notice
    assert found[lam][1].test < found[lam][0].test
    assert found[lam][1].train > found[biases.LAM][1].train + 0.1
    assert abs(found[lam][0].test - found[biases.LAM][0].test) < 0.05, "the biases hardly mind"


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(k="999", lam="abc", seed="-1", sweeps="x", item="zzz", user="zzz", first="x", height="9", draw="-3")
    at = open_page(view=view, along="mile", solve="x", log="maybe", data="tiny", **odd)
    said = " ".join(w.value for w in at.warning)
    assert "`k=999`" in said
    assert "`lam=abc`" in said
    assert "`seed=-1`" in said
    assert ("`view=zzz`" in said) == (view == "zzz")
    own = {
        VIEWS[0]: ["item=zzz", "user=zzz", "first=x", "height=9", "draw=-3"],
        VIEWS[1]: ["item=zzz"],
        VIEWS[2]: ["along=mile"],
        VIEWS[4]: ["solve=x", "sweeps=x", "user=zzz"],
    }
    for asked in own.get(view, ()):
        assert f"`{asked}`" in said


def test_what_was_said_of_the_link_outlasts_the_runs_of_a_job_and_no_press(monkeypatch) -> None:
    monkeypatch.setattr(jobs, "BATCH", 600)  # the job ends within its first run, and has the page run once more
    at = open_page(view=VIEWS[2], data="tiny", k="999")
    assert "_with_and_without_cancel" not in [b.key for b in at.button]
    assert sum("`k=999`" in w.value for w in at.warning) == 1
    press(at, "Hint 1 of 3")
    assert not at.warning
