"""Chapter 14's page: the numbers shown are the library's, every control does what it says, odd links get a message."""

from functools import partial

import numpy as np
import pytest

from mfapp import runs, you, you_list, you_sure, you_why
from mfapp.bayesian_intervals import TOLD
from mfcore import Ratings, als, calibration, data, fit, fold_in, interpret, rotation
from mfview import labels, shelves, style
from mfview.chapters import by_slug
from mfview.derivations import fold_in as lines
from tests import pages
from tests.pages import alts, drawn, press, text, trace

open_page = partial(pages.open_page, "you")

LIST, WHY, SURE, PROOF = VIEWS = ["Your list", "Why this film?", "How sure is it?", "Derivation"]
CFG = als.Config(k=3, lam=1.0, joint=True)
ON_PLANTED = dict(data="planted", k="3", lam="1")
# Films 26, 84 and 43, as the link numbers them, of the planted ratings.
OWN = {25: 5.0, 83: 1.0, 42: 4.0}
RATED = "26:5 84:1 43:4"


@pytest.fixture(scope="module")
def planted():
    """The planted ratings, a model of all of them, and who rated three films folded in."""
    ds = runs.dataset("planted")
    s = fit(als, ds.R, CFG, you.T)
    return ds, s, fold_in.fold(s, [*OWN], [*OWN.values()], CFG)


def best(ds, f, by=None):
    """The list as the page should have it; on planted ratings 50 of a film are few enough to ask for."""
    enough = np.flatnonzero(ds.R.items_counts >= you.LEAST)
    assert len(enough) >= you.ENOUGH
    rest = enough[~np.isin(enough, f.items)]
    value = fold_in.predict(f, rest) if by is None else by(rest)
    return rest[np.argsort(-value, kind="stable")[: you.LIST]]


@pytest.mark.parametrize("name", ["ml-small", "planted", "tiny"])
@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_on_all_data_with_a_picture(view, name) -> None:
    at = open_page(view=view, data=name)
    assert not at.error
    assert not at.warning
    assert len(at.tabs) == len(VIEWS)
    assert alts(at) or view == PROOF
    assert "nan" not in text(at) + alts(at)


@pytest.mark.parametrize("view", VIEWS)
def test_every_view_opens_with_nothing_rated_and_on_ratings_that_are_all_alike(view) -> None:
    at = open_page(view=view, rated="none", data="tiny")
    assert not at.error
    assert not at.warning
    if view in (WHY, PROOF):
        assert any("Nothing is rated" in box.value for box in at.info)
    alike = open_page(view=view, own=pages.alike())
    assert not alike.error
    assert not alike.warning
    assert "nan" not in text(alike) + alts(alike)


def test_the_list_is_the_library_s_by_stars_and_by_taste(planted) -> None:
    ds, s, f = planted
    at = open_page(rated=RATED, **ON_PLANTED)
    for asked, by in ((None, None), (you_list.TASTE, lambda j: s.U[j] @ f.w)):
        if asked:
            at = open_page(rated=RATED, by=asked, **ON_PLANTED)
        listed = best(ds, f, by)
        shown = drawn(at, "Your list")
        np.testing.assert_allclose(trace(shown, "yours: r̂")["x"], fold_in.predict(f, listed), rtol=1e-4)
        np.testing.assert_allclose(trace(shown, "everybody's: μ + c")["x"], s.mu + s.c[listed], rtol=1e-4)
        assert [note["text"] for note in shown["layout"]["annotations"]] == [ds.labels[j] for j in listed]
        top = int(listed[0])
        assert f"**3 ratings of yours, 4 numbers about you.** Your bias is b = {style.signed(f.b)}" in text(at)
        assert f"{style.signed(float(s.U[top] @ f.w))} for your taste, so r̂ = " in text(at)
        assert f"r̂ = {labels.decimal(fold_in.predict(f, [top])[0])}." in text(at)


def test_the_vector_is_yours_on_turned_axes_between_the_films_at_their_ends(planted) -> None:
    ds, s, f = planted
    shown = drawn(open_page(rated=RATED, **ON_PLANTED), "Your vector")
    known = np.flatnonzero(ds.R.items_counts >= you.LEAST)
    Q = rotation.varimax(s.U[known])
    reach = interpret.reach(f.w @ Q, s.U[known] @ Q)
    order = np.argsort(-np.abs(reach), kind="stable")
    np.testing.assert_allclose(shown["data"][0]["x"], reach[order], rtol=1e-3, atol=1e-6)
    low, high = interpret.extremes(s.U[known] @ Q, int(order[0]), 1)
    for note, q in zip(shown["layout"]["annotations"][:2], (low[0], high[0]), strict=True):
        assert note["text"].startswith(labels.short(ds.labels[known[q]], 24))


def test_pressing_stars_and_shelves_changes_the_list_and_the_link(planted) -> None:
    ds, s, _ = planted
    at = open_page(rated=RATED, **ON_PLANTED)
    before = alts(at)
    next(c for c in at.segmented_control if c.key == "_stars_83").set_value(5.0).run()
    f = fold_in.fold(s, [*OWN], [5, 5, 4], CFG)
    assert f"b = {style.signed(f.b)}" in text(at)
    assert alts(at) != before
    assert at.query_params["rated"] == "26:5 84:5 43:4"

    picked = at.multiselect[0]
    picked.set_value([*picked.value, ds.labels[9]]).run()
    assert any("1 film without a rating yet" in box.value for box in at.info)
    assert f"b = {style.signed(f.b)}" in text(at), "a film without stars counts for nothing"
    next(c for c in at.segmented_control if c.key == "_stars_9").set_value(2.0).run()
    assert "**4 ratings of yours" in text(at)
    assert f"b = {style.signed(fold_in.fold(s, [25, 83, 42, 9], [5, 5, 4, 2], CFG).b)}" in text(at)
    assert not any("without a rating" in box.value for box in at.info)
    at.multiselect[0].set_value([ds.labels[9]]).run()
    assert "**1 rating of yours" in text(at)

    press(at, "An empty shelf")
    assert "You have rated nothing, so w = 0 and b = 0" in text(at)
    assert at.session_state["rated"] == "none"
    made = you.shelves_of(ds)
    for what in (list(made)[1], next(iter(made))):
        press(at, what)
        shelf = made[what]
        assert f"b = {style.signed(fold_in.fold(s, [*shelf], [*shelf.values()], CFG).b)}" in text(at)
    assert "rated" not in at.query_params, "the shelf the page opens with needs no words in the link"


def test_a_shelf_stays_with_its_data_for_the_visit() -> None:
    tiny, planted = runs.dataset("tiny"), runs.dataset("planted")
    asked = f"{tiny.R.item_ids[2]}:5"
    at = open_page(data="tiny", rated=asked, view=WHY)
    assert at.multiselect[0].value == [tiny.labels[2]]
    data = next(box for box in at.selectbox if box.key == "data")
    data.set_value("planted").run()
    assert at.multiselect[0].value == [planted.labels[j] for j in next(iter(you.shelves_of(planted).values()))]
    assert not at.warning
    at.switch_page(by_slug("plain_mf").page).run()
    at.switch_page(by_slug("you").page).run()
    next(box for box in at.selectbox if box.key == "data").set_value("tiny").run()
    assert not at.exception
    assert at.session_state["rated"] == asked


def test_reasons_are_the_library_s_shares_and_add_up(planted) -> None:
    ds, s, f = planted
    j = 9
    at = open_page(view=WHY, rated=RATED, item=ds.labels[j], **ON_PLANTED)
    shares = fold_in.shares(f, [j])[0]
    r = float(fold_in.predict(f, [j])[0])
    assert f"{labels.markdown(ds.labels[j])}: everybody's {labels.decimal(s.mu + s.c[j])}, and with 3 shares" in text(
        at
    )
    shown = drawn(at, labels.short(ds.labels[j], 38))
    bars = next(one for one in shown["data"] if one["type"] == "bar")
    np.testing.assert_allclose(bars["x"][:-1], sorted(shares, key=abs, reverse=True), rtol=1e-6)
    assert bars["x"][-1] == pytest.approx(r - s.mu - s.c[j])
    for n, word in ((shares.argmax(), "for"), (shares.argmin(), "against")):
        told = f"Most {word} it speaks *{labels.markdown(ds.labels[f.items[n]])}* ({style.signed(shares[n])})."
        assert (told in text(at)) == (abs(round(shares[n], 2)) > 0 and (shares[n] > 0) == (word == "for"))
    assert "with it" not in alts(at)


def test_taking_a_rating_away_is_solving_without_it(planted) -> None:
    ds, _, f = planted
    j, film = 9, 83
    at = open_page(view=WHY, rated=RATED, item=ds.labels[j], without=ds.labels[film], **ON_PLANTED)
    rest = fold_in.fold(f.s, [25, 42], [5.0, 4.0], CFG)
    before, after = (float(fold_in.predict(x, [j])[0]) for x in (f, rest))
    foreseen = float(fold_in.predict(rest, [film])[0])
    assert f"is **{labels.decimal(after)}** in place of {labels.decimal(before)}" in text(at)
    assert f"a change of {style.signed(after - before)}." in text(at)
    assert f"{labels.decimal(foreseen)} was to be expected for the film; you gave 1." in text(at)
    assert f"surprise, {style.signed(1 - foreseen)}, is lost" in text(at)
    shown = [j, *(q for q in best(ds, f) if q != j)]
    np.testing.assert_allclose(trace(drawn(at, "Without"), "without")["x"], fold_in.predict(rest, shown), rtol=1e-4)


def test_many_shares_are_told_as_the_largest_and_the_rest() -> None:
    ds = runs.dataset("planted")
    ids = ds.R.item_ids[np.argsort(-ds.R.items_counts)[: you_why.SHOWN + 4]]
    at = open_page(view=WHY, rated=" ".join(f"{x}:{n % 5 + 1}" for n, x in enumerate(ids)), **ON_PLANTED)
    assert "4 others" in alts(at)
    assert f"with {len(ids)} shares" in text(at)


@pytest.mark.parametrize("share", TOLD)
def test_intervals_are_the_library_s(planted, share) -> None:
    ds, s, f = planted
    at = open_page(view=SURE, rated=RATED, share=f"{share:.0%}", **ON_PLANTED)
    sigma, listed = fold_in.noise(s, ds.R, CFG), best(ds, f)
    seen = fold_in.predictive(f, listed, sigma)
    low, high = seen.interval(share)
    assert f"r̂ = {labels.decimal(seen.mean[0])} ± {seen.doubt[0]:.2f} stars of doubt" in text(at)
    assert f"σ = {sigma:.2f} on top" in text(at)
    assert f"with probability {share:.0%} you would give between {low[0]:.1f} and {high[0]:.1f}" in text(at)
    bars = trace(drawn(at, f"{share:.0%} intervals"), f"{share:.0%} of ratings")["x"]
    np.testing.assert_allclose(np.reshape(bars, (-1, 3))[::-1, :2], np.column_stack([low, high]), rtol=1e-3)


def test_doubt_narrows_as_the_shelf_fills_and_the_best_next_film_is_offered(planted) -> None:
    ds, s, f = planted
    at = open_page(view=SURE, rated=RATED, **ON_PLANTED)
    sigma, listed = fold_in.noise(s, ds.R, CFG), best(ds, f)
    told = [
        np.mean(fold_in.predictive(fold_in.fold(s, [*OWN][:n], [*OWN.values()][:n], CFG), listed, sigma).squares) ** 0.5
        for n in range(4)
    ]
    np.testing.assert_allclose(trace(drawn(at, "Doubt as you rate"), "doubt about r̂")["y"], told, rtol=1e-4)
    assert f"3 ratings took doubt about the list from ±{told[0]:.2f} to ±{told[3]:.2f} stars" in text(at)
    offered = [j for j in range(ds.R.M) if j not in OWN]
    falls = fold_in.falls(f, listed, offered, sigma)
    top = offered[int(falls.argmax())]
    asked = next(c for c in at.segmented_control if c.key.startswith("_next_"))
    assert asked.key == f"_next_{top}"
    before = fold_in.predictive(f, listed, sigma).squares.sum()
    assert asked.label.startswith(labels.markdown(f"−{falls.max() / before:.1%} · {ds.labels[top][:12]}"))
    asked.set_value(4.0).run()
    assert at.session_state["rated"] == f"{RATED} {ds.R.item_ids[top]}:4"
    assert "4 ratings took doubt about the list" in text(at)
    assert f"_next_{top}" not in [c.key for c in at.segmented_control]


def test_other_people_are_asked_whether_intervals_keep_their_word(planted, monkeypatch) -> None:
    ds, _, _ = planted
    monkeypatch.setattr(you_sure, "RARE", 60)
    said = text(open_page(view=SURE, seed="1", **ON_PLANTED))
    train, test = ds.R.split(test=0.1, seed=1)
    s = fit(als, train, CFG, you.T, seed=1)
    seen = fold_in.of_others(s, train, test, CFG, fold_in.noise(s, train, CFG))
    for share, part in zip(TOLD, calibration.curve(seen, test.r, TOLD), strict=True):
        assert f"{share:.0%} intervals hold **{part:.1%}**" in said
    counts = train.items_counts[test.j]
    low, high = seen.interval(0.8)
    inside = (low <= test.r) & (test.r <= high)
    rare = counts < you_sure.RARE
    assert rare.any()
    assert f"fewer than {you_sure.RARE} training ratings 80% intervals hold {inside[rare].mean():.1%}" in said


def test_what_to_rate_next_waits_for_a_prediction_and_for_nobody_who_changes_a_control() -> None:
    at = open_page(view=SURE)
    assert "Rate one of these next" not in text(at)
    press(at, "Show the answer without a guess")
    assert "Rate one of these next" in text(at)
    assert "Rate one of these next" in text(open_page(view=SURE, rated="318:5"))


def test_ratings_that_tell_no_noise_say_so() -> None:
    at = open_page(view=SURE, data="tiny", k="10", lam="0.01")
    assert any("How sure cannot be told" in box.value for box in at.info)
    assert not alts(at)
    assert any("lines hold" in m.value for m in open_page(view=PROOF, data="tiny", k="10", lam="0.01").markdown)


@pytest.mark.parametrize("part", lines.PARTS)
def test_every_derivation_holds_on_the_numbers_in_view(part, planted) -> None:
    ds, s, _ = planted
    at = open_page(view=PROOF, part=part, rated=RATED, item=ds.labels[9], **ON_PLANTED)
    assert f"All {len(lines.of(part))} lines hold" in text(at)
    assert f"your 3 ratings and on *{labels.markdown(ds.labels[9])}*" in text(at)
    assert f"taken away is that of *{labels.markdown(ds.labels[25])}*" in text(at)
    assert f"σ = {fold_in.noise(s, ds.R, CFG):.2f}" in text(at)


def test_own_ratings_of_any_ids_can_be_rated_and_linked() -> None:
    i, j = (place.ravel() for place in np.indices((8, 6)))
    R = Ratings.from_arrays(i, [f"a b:{n}" for n in j], (i * j) % 10 + 1.0)
    own = runs.named(R, data.load("tiny")[1].of(R.item_ids, {}, ""))
    at = open_page(own=own, rated="a%20b%3A1:10 a%20b%3A2:3")
    assert not at.warning
    assert at.multiselect[0].value == ["a b:1", "a b:2"]
    s = fit(als, R, als.Config(k=you.K, lam=you.LAM, joint=True), you.T)
    f = fold_in.fold(s, [1, 2], [10.0, 3.0], als.Config(k=you.K, lam=you.LAM, joint=True))
    assert f"b = {style.signed(f.b)}" in text(at)
    assert at.segmented_control[1].options == [str(n) for n in range(1, 11)]
    assert at.session_state["rated"] == "a%20b%3A1:10 a%20b%3A2:3"


@pytest.mark.parametrize(
    ("rated", "said", "left"),
    [
        ("1:5 99999999:4", ["`rated=99999999:4`", "no film of these data has that id"], "1:5"),
        ("1:5 2:4.5", ["`rated=2:4.5`", "a rating is one of 1, 2, 3, 4, 5"], "1:5"),
        ("1:5 2:nan 3", ["`rated=2:nan`", "`rated=3`"], "1:5"),
        ("1:5 1:4", ["`rated=1:4`", "rated already"], "1:5"),
        ("<script>alert(1)</script>", ["no film of these data"], "none"),
        (":::", ["no film of these data"], "none"),
    ],
)
def test_ratings_in_a_link_that_cannot_be_had_get_messages(rated, said, left) -> None:
    at = open_page(data="planted", rated=rated)
    shown = " ".join(w.value for w in at.warning)
    assert all(part in shown for part in said)
    assert at.session_state["rated"] == left
    assert "<script>" not in text(at)


def test_a_shelf_has_an_end() -> None:
    ids = runs.dataset("planted").R.item_ids[: you.MOST + 5]
    at = open_page(data="planted", rated=" ".join(f"{x}:3" for x in ids))
    assert [f"no more than {you.MOST} films" in w.value for w in at.warning] == [True]
    assert f"**{you.MOST} ratings of yours" in text(at)


@pytest.mark.parametrize("view", [*VIEWS, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(k="999", lam="0", seed="-1", item="zzz", without="zzz", by="zzz", share="30%", part="zzz")
    said = " ".join(w.value for w in open_page(view=view, data="tiny", **odd).warning)
    own = {LIST: ["by=zzz"], WHY: ["item=zzz", "without=zzz"], SURE: ["share=30%"], PROOF: ["part=zzz", "item=zzz"]}
    for asked in ["k=999", "lam=0", "seed=-1", *own.get(view, ["by=zzz", "view=zzz"])]:
        assert f"`{asked}`" in said


def test_what_the_chapter_says_of_its_scenarios_is_so() -> None:
    ds = runs.dataset("ml-small")
    cfg = als.Config(k=you.K, lam=you.LAM, joint=True)
    s = fit(als, ds.R, cfg, you.T)
    _, asteroids, foreseen = by_slug("you").scenarios
    first = drawn(open_page(**asteroids.params), "Your list")["layout"]["annotations"]
    assert [note["text"].split(" (")[0] for note in first[:2]] == ["Independence Day", "Armageddon"]
    rated = {
        ds.R.item_ids.tolist().index(int(word.split(":")[0])): float(word.split(":")[1])
        for word in foreseen.params["rated"].split()
    }
    f = fold_in.fold(s, [*rated], [*rated.values()], cfg)
    n = f.items.tolist().index(ds.labels.index(foreseen.params["without"]))
    j = ds.labels.index(foreseen.params["item"])
    assert f.r[n] == 3
    assert f.y[n] == pytest.approx(-0.87, abs=0.1), "almost a star below everybody"
    assert f"by {-fold_in.shares(f, [j])[0, n]:.2f}." in foreseen.notice
    moved = fold_in.predict(fold_in.without(f, n), np.arange(ds.R.M)) - fold_in.predict(f, np.arange(ds.R.M))
    assert np.abs(moved).max() < 0.01


def test_real_shelves_are_those_of_the_lesson() -> None:
    assert list(you.shelves_of(runs.dataset("ml-small"))) == list(shelves.REAL)
