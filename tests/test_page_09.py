"""Chapter 9's page: its words and films are the library's, every share is recomputed, odd links get a message."""

from functools import partial

import numpy as np
import pytest

from mfapp import embeddings, embeddings_films, embeddings_sums, embeddings_words, jobs, runs
from mfcore import als, data, fit, interpret, nearness, words
from mfcore.data import corpus
from tests import pages
from tests.pages import alts, cancelled, finished, press, text

open_page = partial(pages.open_page, "embeddings")

ROW, TABLE, KING = "An id and its row", "Words from sentences", "King − man + woman"
NEAR, SUMS, PROOF = "Films near films", "Film − film + film", "Derivation"


def vectors(sentences: int, window: int, k: int, seed: int):
    said = corpus.sentences(sentences, seed)
    ids = words.vocabulary(said)
    P = words.ppmi(words.cooccurrences(said, ids, window))
    return ids, P, words.embedded(P, k).W


@pytest.mark.parametrize("view", [ROW, TABLE, KING, PROOF])
def test_every_view_on_words_opens(view) -> None:
    at = open_page(view=view)
    assert not at.error
    assert not at.warning


@pytest.mark.parametrize("name", ["ml-small", "planted", "tiny"])
@pytest.mark.parametrize("view", [NEAR, SUMS])
def test_every_view_on_films_opens_on_all_data(view, name) -> None:
    at = finished(open_page(view=view, data=name))
    assert not at.error
    assert not at.warning


@pytest.mark.parametrize("view", [NEAR, SUMS])
def test_training_films_can_be_stopped(monkeypatch, view) -> None:
    monkeypatch.setattr(jobs, "BATCH", -1.0)  # one sweep between two pictures
    at = open_page(view=view, data="planted", seed="11" if view == NEAR else "13")
    assert cancelled(at) < embeddings_films.T
    assert not at.get("plotly_chart")
    monkeypatch.undo()
    finished(press(at, "Go on"))
    assert at.get("plotly_chart")


@pytest.mark.parametrize("i", ["0", "5"])
def test_the_id_picks_its_row_and_the_bill_is_right(i) -> None:
    at = open_page(id=i)
    assert f"Row {i}, {list(corpus.PEOPLE)[int(i)]}, is multiplied by 1" in alts(at)
    assert "the same to the last bit" in text(at)
    assert not at.table
    assert "two embedding tables" not in text(at)
    press(press(at, "Show the answer without a guess"), "Show the answer without a guess")
    assert f"{data.load('ml-small')[0].M * 10:,}" in at.table[0].value.to_string()
    assert "two embedding tables" in text(at)


def test_the_tables_are_the_librarys_and_the_energy_too() -> None:
    at = open_page(view=TABLE, sentences="500", window="3", k="7", seed="2")
    ids, P, _ = vectors(500, 3, 7, 2)
    s = np.linalg.svd(P, compute_uv=False)
    assert f"**two tables of 7 columns keep {(s[:7] ** 2).sum() / (s**2).sum():.0%} of its energy**" in text(at)
    assert f"500 sentences from a small grammar with {len(ids)} words" in text(at)
    people = [ids[name] for name in corpus.PEOPLE]
    near = np.delete(P[:, people], people, axis=0)
    assert f"The largest PPMI, {near.max():.3g}," in alts(at)
    at = open_page(view=TABLE, columns="all words")
    assert f"A table of {len(embeddings.build(2000, 4, 0).ids)} neighbours by" in alts(at)


def test_what_comes_of_the_sums_with_the_given_words_left_in_waits_for_a_prediction() -> None:
    at = open_page(view=KING)
    assert "given words left out: " in alts(at)
    assert "left in: " not in alts(at)
    assert "may be the answer, **" not in text(at)
    press(at, "Show the answer without a guess")
    assert "left in: " in alts(at)
    assert "may be the answer, **" in text(at)


@pytest.mark.parametrize("window", ["1", "4"])
def test_the_sum_and_all_sums_are_the_librarys(window) -> None:
    at = open_page(view=KING, window=window, k="10", sentences="1000", seed="1")
    ids, _, W = vectors(1000, int(window), 10, 1)
    a, b, c = (ids[word] for word in ("king", "man", "woman"))
    found, cosines = words.analogy(W, a, b, c, 1)
    assert f"**king − man + woman = {list(ids)[found[0]]}**, at a cosine of {cosines[0]:.2f}" in text(at)
    winner = list(ids)[words.analogy(W, a, b, c, 1, exclude=False)[0][0]]
    assert (f"**{winner}** would have won" in text(at)) == (winner != list(ids)[found[0]])
    planted = [tuple(ids[word] for word in four) for four in corpus.analogies()]
    out, inside = (words.share_right(W, planted, exclude) for exclude in (True, False))
    assert f"**{out:.0%} come out right** if the three given words are left out" in text(at)
    assert f"may be the answer, **{inside:.0%}** come out right" in text(at)
    apart = np.linalg.norm(W[found[0]] - words.target(W, a, b, c))
    assert f"it is {apart:.2f} from the orange tip" in text(at)


def test_at_its_defaults_the_page_finds_the_queen() -> None:
    assert "**king − man + woman = queen**" in text(open_page(view=KING))


@pytest.mark.parametrize("three", [("he", "his", "her"), ("king", "king", "boy"), ("girl", "girl", "girl")])
def test_any_three_words_can_be_asked(three) -> None:
    at = open_page(view=KING, **dict(zip("abc", three, strict=True)))
    assert not at.warning
    assert f"**{three[0]} − {three[1]} + {three[2]} = " in text(at)
    if three == ("he", "his", "her"):
        assert "= she**" in text(at)


@pytest.mark.parametrize(("k", "window"), [("1", "1"), ("20", "8")])
def test_every_line_of_the_derivation_holds(k, window) -> None:
    at = open_page(view=PROOF, k=k, window=window, sentences="200")
    assert "All 8 lines hold" in text(at)


def test_neighbours_and_what_they_are_worth() -> None:
    at = finished(open_page(view=NEAR, data="planted", k="4", lam="3", seed="1"))
    ds = runs.dataset("planted")
    cast = embeddings_films.cast_of(ds)
    U, other = (fit(als, ds.R, als.Config(k=4, lam=3.0, joint=True), 15, seed).U[cast.j] for seed in (1, 2))
    here, there = (nearness.nearest(V, embeddings_films.NEAR) for V in (U, other))
    again, same = nearness.overlap(here, there).mean(), nearness.agreement(here, cast.has).mean()
    chance = nearness.agreement_by_chance(cast.has).mean()
    assert f"**{again:.0%}** are among its 10 nearest from another start" in text(at)
    assert f"**{same:.0%}** share a genre with it ({chance:.0%} by chance)" in text(at)
    assert "Here nearness means something" in text(at)
    film = int(np.argmax(ds.R.items_counts))
    rows, _ = interpret.neighbours(U, int(np.flatnonzero(cast.j == film)[0]), n=8)
    shown = at.table[0].value["Film"].tolist()
    assert [title.replace("\\", "") for title in shown] == [cast.titles[q] for q in rows]


def test_the_groups_of_films_are_counted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(embeddings_films, "GROUPS", 3)
    at = finished(open_page(view=NEAR, data="tiny"))
    assert "in 3 groups of equal size" in text(at)
    assert "a fifth" not in text(at)
    assert len(pages.trace(pages.drawn(at, "A film's"), "near again")["x"]) == 3


def test_neighbours_of_real_films_are_called_a_hint() -> None:
    assert "a hint, not a fact" in text(finished(open_page(view=NEAR)))


def test_a_film_outside_the_cast_has_neighbours_too() -> None:
    ds = runs.dataset("ml-small")
    rare = ds.labels[int(np.argmin(ds.R.items_counts))]
    at = finished(open_page(view=NEAR, item=rare))
    assert not at.warning
    assert len(at.table[0].value) == 8


@pytest.mark.parametrize(("name", "worth"), [("planted", True), ("ml-small", False)])
def test_sums_of_films_are_counted_after_a_guess(name, worth) -> None:
    at = finished(open_page(view=SUMS, data=name))
    assert "random sums" not in text(at)
    finished(press(at, "Show the answer without a guess"))
    ds = runs.dataset(name)
    cast = embeddings_films.cast_of(ds)
    triples = nearness.analogies(cast.has, embeddings_sums.TRIPLES, np.random.default_rng(0))
    cfg = als.Config(k=embeddings_films.K, lam=embeddings_films.LAM, joint=True)
    score = nearness.scored(fit(als, ds.R, cfg, 15, 0).U[cast.j], cast.has, triples)
    assert f"**Right: {score.arithmetic:.0%}.** By chance it would be {score.chance:.0%}" in text(at)
    assert ("no single neighbour does" in text(at)) == worth
    assert ("adds next to nothing" in text(at)) != worth


@pytest.mark.parametrize("view", [NEAR, SUMS])
def test_ratings_of_ones_own_without_genres_are_shown_and_not_scored(view) -> None:
    R, films = data.load("planted")
    own = runs.named(R, type(films)(films.titles, films.years, ((),) * R.M, films.credit))
    at = open_page(view=view, data="yours")
    at.session_state["_own_ratings"] = own
    finished(at.run())
    if view == SUMS:
        press(at, "Show the answer without a guess")
        assert any("differ by exactly one genre" in i.value for i in at.info)
    else:
        assert "have no genres" in text(at)
    assert not at.exception
    assert len(at.get("plotly_chart"))


def test_scenarios_show_what_they_promise() -> None:
    ids, _, W = vectors(2000, 1, embeddings.K, 0)
    four = [ids[name] for name in ("king", "queen", "man", "woman")]
    assert min(interpret.cosine(W[four[0]], W[four])) > 0.95
    assert words.analogy(W, four[0], four[2], four[3], 1)[0][0] == four[1]
    assert words.analogy(W, four[0], four[2], four[3], 1, exclude=False)[0][0] != four[1]
    ids, _, W = vectors(2000, 4, 2, 0)
    assert list(ids)[words.analogy(W, ids["king"], ids["man"], ids["woman"], 1)[0][0]] != "queen"


@pytest.mark.parametrize("view", [ROW, TABLE, KING, NEAR, SUMS, PROOF, "zzz"])
def test_odd_links_get_messages(view) -> None:
    odd = dict(
        id="8", sentences="3", window="0", k="999", seed="-1", columns="none", a="cat", b="<b>", c="", lam="x",
        item="nothing", first="no film", less="no film", plus="no film",
    )  # fmt: skip
    at = open_page(view=view, **odd)
    said = " ".join(w.value for w in at.warning)
    words_ = ("sentences", "window", "k", "seed")
    expected = {
        ROW: ("id",),
        TABLE: (*words_, "columns"),
        KING: (*words_, "a", "b", "c"),
        NEAR: ("k", "lam", "seed", "item"),
        PROOF: (*words_, "a", "b", "c"),
        SUMS: ("k", "lam", "seed", "first", "less", "plus"),
    }
    for name in expected.get(view, ("view",)):
        assert f"`{name}={odd.get(name, view)}`" in said


def test_films_that_were_chosen_are_dropped_where_they_do_not_exist() -> None:
    at = open_page(view=SUMS, data="ml-small")
    at.selectbox(key="data").set_value("tiny").run()
    assert not at.exception
    assert at.selectbox(key="first").value in runs.dataset("tiny").labels


def test_ks_on_the_page_are_those_of_the_slider() -> None:
    assert max(embeddings_words.KS) == embeddings.MOST
