"""Chapter 14's pictures: what is drawn is what was given, and is said in words."""

import numpy as np
import pytest

from mfcore import Ratings, data
from mfview import shelves, style
from mfview.figures import posterior
from mfview.figures import you as figures


def test_a_list_shows_both_ends_of_every_film_the_first_on_top() -> None:
    names, before, after = ["<b>Alien</b>", "Heat", "Big"], np.array([4.0, 3.5, 3.0]), np.array([4.5, 3.0, 3.0])
    fig = figures.moved(names, before, after, ("before", "after"), title="List")
    between, circles, diamonds = fig.data
    np.testing.assert_allclose(circles.x, before)
    np.testing.assert_allclose(diamonds.x, after)
    assert list(circles.y) == list(diamonds.y) == [2, 1, 0]
    np.testing.assert_allclose(between.x, [4, 4.5, np.nan, 3.5, 3, np.nan, 3, 3, np.nan])
    assert [note.text for note in fig.layout.annotations] == ["&lt;b&gt;Alien&lt;/b&gt;", "Heat", "Big"]
    assert "3 films, before and after, in stars: <b>Alien</b> 4.00, 4.50; Heat 3.50, 3.00" in style.alt_of(fig)


def test_a_vector_s_strongest_axis_is_on_top_between_its_own_films() -> None:
    reach = np.array([0.1, -0.4, 0.0])
    low, high = [["a", "b"], ["c"], ["e"]], [["A"], ["C"], ["E"]]
    fig = figures.vector(reach, low, high)
    np.testing.assert_allclose(fig.data[0].x, [-0.4, 0.1, 0.0], rtol=1e-6)
    assert list(fig.data[0].y) == [2, 1, 0]
    assert list(fig.data[0].text) == ["−0.40", "+0.10", "+0.00"]
    assert [note.text for note in fig.layout.annotations] == ["c", "C", "a<br>b", "A", "e", "E"]
    assert "−0.40 from c towards C; +0.10 from a, b towards A" in style.alt_of(fig)
    assert list(fig.data[0].marker.pattern.shape) == ["/", "", ""], "signs are told apart without colour"


def test_a_vector_of_zeros_is_drawn_all_the_same() -> None:
    fig = figures.vector(np.zeros(2), [[], []], [[], []])
    assert np.isfinite(fig.layout.xaxis.range).all()
    assert "no film" in style.alt_of(fig)


@pytest.mark.parametrize("doubt", [np.array([0.4, 0.3, 0.2]), np.array([0.4])])
def test_narrowing_draws_every_count_and_the_noise_that_stays(doubt) -> None:
    fig = figures.narrowing(doubt, 0.7, 10)
    np.testing.assert_allclose(fig.data[0].y, doubt, rtol=1e-6)
    assert list(fig.data[0].x) == list(range(len(doubt)))
    np.testing.assert_allclose(fig.data[1].y, 0.7)
    said = f"{doubt[0]:.3f} stars with nothing rated to {doubt[-1]:.3f} with {len(doubt) - 1} rated"
    assert said in style.alt_of(fig)


def test_intervals_without_held_out_ratings_speak_of_none() -> None:
    mean, doubt = np.array([3.0, 4.0]), np.array([0.2, 0.3])
    fig = posterior.intervals(["a", "b"], mean, doubt, (mean - 1, mean + 1), np.full(2, np.nan), 0.8)
    assert "held-out" not in style.alt_of(fig)
    assert "held-out rating" not in [trace.name for trace in fig.data]


def made(r, items=None) -> Ratings:
    return Ratings.from_arrays(np.arange(len(r)), items or [f"f{n % 9}" for n in range(len(r))], r)


@pytest.mark.parametrize(
    ("r", "expected"),
    [
        (np.arange(30) % 10 / 2 + 0.5, (1, 2, 3, 4, 5)),
        (np.full(30, 4.0), (1, 2, 3, 4, 5)),
        (np.arange(30) % 10 + 1.0, tuple(range(1, 11))),
        (np.arange(30) % 2 + 0.0, (0, 1)),
        (np.arange(101) + 0.0, (0, 25, 50, 75, 100)),
        (np.full(30, 80.0), (80,)),
    ],
    ids=["half stars", "all alike", "ten", "likes", "percent", "one number"],
)
def test_films_are_rated_on_the_scale_of_the_ratings(r, expected) -> None:
    assert shelves.levels(made(r)) == expected


@pytest.mark.parametrize("name", ["ml-small", "planted", "tiny"])
def test_shelves_are_of_films_of_these_data_and_on_their_scale(name) -> None:
    R, films = data.load(name)
    names = [films.label(j) for j in range(R.M)]
    found = shelves.shelves(R, names, films.genres)
    assert found
    for what, shelf in found.items():
        assert set(shelf.values()) <= set(shelves.levels(R))
        assert all(R.items_counts[j] for j in shelf)
        if name == "ml-small":
            assert {names[j]: stars for j, stars in shelf.items()} == shelves.REAL[what]
        elif what != shelves.FIRST:
            genre = what.removeprefix("Loves ")
            high = max(shelf.values())
            assert all((genre in films.genres[j]) == (stars == high) for j, stars in shelf.items())
    assert (name == "ml-small") == (list(found) == list(shelves.REAL))


def test_films_without_genres_are_liked_and_not_liked_in_turn() -> None:
    R = made(np.arange(30) % 10 / 2 + 0.5)
    (shelf,) = shelves.shelves(R, [str(x) for x in R.item_ids], [()] * R.M).values()
    assert list(shelf.values()) == [5, 2] * (len(shelf) // 2)
    counts = R.items_counts[list(shelf)]
    assert (np.diff(counts) <= 0).all()
