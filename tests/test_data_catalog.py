"""Titles as people write them, and a catalog in the order of the columns."""

import numpy as np
import pytest

from mfcore.data.catalog import Catalog, Film, split_title


@pytest.mark.parametrize(
    ("text", "title", "year"),
    [
        ("Orchard, The (1999)", "The Orchard", 1999),
        ("Orchard (1999)", "Orchard", 1999),
        ("Orchard", "Orchard", 0),
        ("  Orchard,  A  (1999)  ", "A Orchard", 1999),
        ("Avventura, L' (1960)", "L'Avventura", 1960),
        ("City of Pears, The (Cité des poires, La) (1995)", "The City of Pears (La Cité des poires)", 1995),
        ("Pears (a.k.a. Quinces) (Poires, Les) (1995)", "Pears (a.k.a. Quinces) (Les Poires)", 1995),
        ("Pear II (Second Bite), The (2011)", "The Pear II (Second Bite)", 2011),
        ("Pears, Inc. (2001)", "Pears, Inc.", 2001),
        ("Pears, the (2001)", "the Pears", 2001),
        ("Pears and the (1999) Plums (2003)", "Pears and the (1999) Plums", 2003),
        ("Pear Street (2007-2010)", "Pear Street", 2007),
        ("Pear Street (2007–)", "Pear Street", 2007),
        ("2001 (1968)", "2001", 1968),
        ("(500) Pears (2009)", "(500) Pears", 2009),
        ("(1999)", "(1999)", 1999),
        ("", "", 0),
        ("Pears (x) (y", "Pears (x) (y", 0),
    ],
)
def test_a_title_is_turned_the_right_way_round(text: str, title: str, year: int) -> None:
    assert split_title(text) == (title, year)


@pytest.fixture
def films() -> Catalog:
    known = {7: Film("Les Poires", 1960, ("Drama",)), 3: Film("Crème", 0, ("Comedy", "Drama")), 9: Film("Ice Crème")}
    return Catalog.of(np.array([9, 3, 5, 7]), known, "made up")


def test_entries_stand_in_the_order_of_the_ids(films: Catalog) -> None:
    assert films.titles.tolist() == ["Ice Crème", "Crème", "film 5", "Les Poires"]
    assert films.years.tolist() == [0, 0, 0, 1960]
    assert films.genres == ((), ("Comedy", "Drama"), (), ("Drama",))
    assert [films.label(j) for j in (2, 3)] == ["film 5", "Les Poires (1960)"]


def test_an_id_that_is_text_is_its_own_title() -> None:
    assert Catalog.of(np.array(["Pear", "5"], object), {}, "").titles.tolist() == ["Pear", "5"]
    assert Catalog.of([("a", 1)], {}, "").titles.tolist() == ["film ('a', 1)"]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("crème", [1, 0]),
        ("CREME ", [1, 0]),
        ("196", [3]),
        ("", [0, 1, 2, 3]),
        ("poires (1960)", [3]),
        ("(", [3]),
        ("x", []),
    ],
)
def test_find_ignores_case_and_accents(films: Catalog, text: str, found: list[int]) -> None:
    assert films.find(text).tolist() == found
