"""Chapter 2's page: the numbers it shows are the library's, links open what they name, odd links say so."""

from functools import partial

import numpy as np
import pytest

from mfapp import runs
from mfcore import Ratings, als, fit, interpret
from mfcore.data.catalog import Catalog
from mfview import labels
from tests import pages
from tests.pages import alts, text

open_page = partial(pages.open_page, "dot_product")

REAL, NEAR = "A real user and film", "Neighbours"


def shown(name: str) -> tuple[Ratings, Catalog]:
    """The data as the app shows them."""
    ds = runs.dataset(name)
    return ds.R, ds.films


@pytest.fixture(scope="module")
def trained() -> tuple:
    R, films = shown("planted")
    train, test = R.split(test=0.1, seed=0)
    return R, films, train, test, fit(als, train, als.Config(k=5, lam=5.0), T=15)


def test_it_opens_on_the_first_example() -> None:
    at = open_page()
    assert "wᵀu is 4.70" in alts(at)
    assert "**4.70**" in text(at)
    assert not at.warning


def test_a_link_carries_the_edited_vectors() -> None:
    u = interpret.CLASH.u
    at = open_page(**{f"u{f}": f"{x:.1f}" for f, x in enumerate(u, 1)})
    assert not at.warning
    assert "wᵀu is −3.80" in alts(at)
    at = open_page(w1="-2.0", u1="1.5")
    expected = float(interpret.contributions(np.array(interpret.MATCH.w), np.array(interpret.MATCH.u))[1:].sum() - 3)
    assert f"wᵀu is {labels.decimal(expected)}" in alts(at)


def test_the_second_example_is_predicted_before_it_is_shown() -> None:
    at = open_page()
    assert not any(b.label == "Show it in the picture" for b in at.button)
    next(b for b in at.button if b.label.startswith("Show the answer")).click().run()
    next(b for b in at.button if b.label == "Show it in the picture").click().run()
    assert not at.exception
    assert [at.slider(key=f"u{f}").value for f in range(1, 6)] == list(interpret.CLASH.u)
    assert "wᵀu is −3.80" in alts(at)
    next(b for b in at.button if b.label == "Back to the first film").click().run()
    assert "wᵀu is 4.70" in alts(at)


def test_the_prediction_is_the_librarys_and_its_parts_add_up(trained) -> None:
    R, films, train, test, s = trained
    i, j = int(test.i[0]), int(test.j[0])
    at = open_page(data="planted", view=REAL, user=str(R.user_ids[i]), item=films.label(j))
    assert not at.warning
    predicted = float(als.predict(s, np.array([i]), np.array([j]))[0])
    assert f"**{predicted:.2f}** stars" in text(at)
    assert f"**{float(test.r[0]):g}**, held out" in text(at)
    assert f"r̂ is {predicted:.2f}" in alts(at)
    seen = int(train.j[0])
    at = open_page(data="planted", view=REAL, user=str(R.user_ids[int(train.i[0])]), item=films.label(seen))
    assert "the model learnt from it" in text(at)


def test_turning_the_axes_changes_the_terms_and_not_the_prediction() -> None:
    plain, turned = open_page(view=REAL), open_page(view=REAL, turn="true")
    assert not turned.warning
    assert alts(plain) != alts(turned)
    assert next(m.value for m in plain.markdown if "predicts" in m.value) in text(turned)


def test_neighbours_are_the_librarys(trained) -> None:
    R, films, train, _, s = trained
    j = int(np.argmax(R.items_counts))
    at = open_page(data="planted", view=NEAR, item=films.label(j))
    assert len(at.table) == 2
    for table, by in zip(at.table, ("dot", "cosine"), strict=True):
        found, scores = interpret.neighbours(s.U, j, by, n=8)
        assert table.value["Film"].tolist() == [labels.markdown(films.label(q)) for q in found]
        assert table.value.iloc[:, 1].tolist() == [labels.decimal(x) for x in scores]
        assert f"**{interpret.median(train.items_counts, found):g}**" in text(at)


@pytest.mark.parametrize("name", ["planted", "tiny"])
@pytest.mark.parametrize("view", [REAL, NEAR])
def test_every_view_opens_on_all_data(name: str, view: str) -> None:
    at = open_page(data=name, view=view, k="20", lam="0")
    assert not at.warning


def test_an_odd_link_gets_a_message_for_each_of_its_parts() -> None:
    odd = dict(
        k="999", w1="99", u5="nan", data="nope", item="zzz", user="zzz", view="zzz", lam="x", seed="-1", turn="x"
    )
    at = open_page(**odd)
    said = " ".join(w.value for w in at.warning)
    for name, value in odd.items():
        assert f"`{name}={value}`" in said
