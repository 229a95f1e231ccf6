"""Chapter 1's page: the numbers it shows are the library's, links open what they name, odd links say so."""

from functools import partial

import pytest

from mfapp import runs
from mfcore import overview, storage
from mfview import labels
from tests import pages
from tests.pages import alts, text

open_page = partial(pages.open_page, "ratings_matrix")


@pytest.mark.parametrize("name", ["ml-small", "planted", "tiny"])
def test_it_shows_how_much_is_known(name: str) -> None:
    R = runs.dataset(name).R
    at = open_page(data=name)
    shown = text(at)
    assert f"{R.N * R.M:,} cells" in shown
    assert f"{R.n:,}" in shown
    assert f"{R.density:.2%}" in shown
    half = overview.holding(R.users_counts), overview.holding(R.items_counts)
    assert f"**{half[0]:,}** of {R.N:,} users" in shown
    assert f"**{half[1]:,}** of {R.M:,} films" in shown
    assert not at.warning


def test_a_square_says_what_it_stands_for() -> None:
    R = runs.dataset("ml-small").R
    seen = overview.tiles(R, overview.by_count(R.users_counts), overview.by_count(R.items_counts))
    at = open_page(order="by number of ratings")
    assert f"{seen.users} users × {seen.films} films = {seen.users * seen.films:,} cells" in text(at)
    assert "most ratings first" in alts(at)


def test_the_tiny_table_is_shown_whole() -> None:
    at = open_page(data="tiny")
    assert "6 users and 8 films" in alts(at)
    assert "One square" not in text(at)


def test_memory_is_measured_and_what_is_scaled_says_so() -> None:
    R = runs.dataset("planted").R
    at = open_page(data="planted", view="Memory")
    shown = alts(at)
    for store in storage.measured(R):
        assert f"{labels.size(store.bytes)} (measured)" in shown
    assert "(scaled)" in shown
    few = open_page(data="tiny", view="Memory")
    assert "(scaled)" not in alts(few)
    assert "too few to extrapolate from" in text(few)


def test_the_numbers_of_the_notes_by_link_and_by_button() -> None:
    at = open_page(view="Two thin tables", N="130000", M="26000", n="20000000")
    assert f"{storage.parameters(storage.NOTES):,}" in text(at)
    assert f"**{storage.break_even(storage.NOTES):,.1f}**" in text(at)
    assert "3.38 billion cells" in alts(at)
    pressed = open_page(view="Two thin tables")
    next(b for b in pressed.button if b.label.startswith("The notes")).click().run()
    assert (pressed.number_input(key="N").value, pressed.number_input(key="n").value) == (130_000, 20_000_000)
    assert text(pressed).count("1,560,000") == 1


def test_beyond_the_break_even_the_tables_are_larger() -> None:
    at = open_page(view="Two thin tables", k="11")
    assert "more than the" in text(at)
    assert "W and U are the larger" in text(at)


def test_more_ratings_than_cells_is_told() -> None:
    at = open_page(view="Two thin tables", N="6", M="8", n="49")
    assert any("do not fit into 48 cells" in w.value for w in at.warning)


def test_a_stored_zero_is_explained_once_the_question_is_settled() -> None:
    at = open_page(view="A stored 0")
    assert not at.metric
    next(b for b in at.button if b.label.startswith("Show the answer")).click().run()
    assert [m.value for m in at.metric] == ["2.17", "3.25"]


def test_an_odd_link_gets_a_message_for_each_of_its_parts() -> None:
    at = open_page(
        k="999", N="abc", M="-1", n="1e3", w1="99", data="nope", item="zzz", user="zzz", view="zzz", order="x"
    )
    said = " ".join(w.value for w in at.warning)
    for part in ("`k=999`", "`N=abc`", "`M=-1`", "`n=1e3`", "`data=nope`", "`view=zzz`", "`order=x`"):
        assert part in said
