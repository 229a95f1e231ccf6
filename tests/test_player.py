"""The player's arithmetic, held to lists written out by hand."""

import pytest

from mfapp import player

ROWS = (0, 1, 2, 3, 4, 5)
HALVES = (0, 2, 5, 7, 10)


@pytest.mark.parametrize(
    ("last", "gaps", "expected"),
    [(5, (1,), ROWS), (10, (2, 3), HALVES), (10, (5,), (0, 5, 10)), (4, (3,), (0, 3, 4)), (0, (1,), (0,))],
)
def test_stops(last, gaps, expected) -> None:
    assert player.stops(last, *gaps) == expected


@pytest.mark.parametrize(("at", "expected"), list(enumerate([2, 2, 5, 5, 5, 7, 7, 10, 10, 10, 10])))
def test_forward_goes_to_the_next_stop_and_stays_at_the_last(at, expected) -> None:
    assert player.forward(at, HALVES) == expected


@pytest.mark.parametrize(("at", "expected"), list(enumerate([0, 0, 0, 2, 2, 2, 5, 5, 7, 7, 7])))
def test_back_goes_to_the_stop_before_and_stays_at_the_first(at, expected) -> None:
    assert player.back(at, HALVES) == expected


def test_back_undoes_forward_from_every_stop_but_the_last() -> None:
    for stop in HALVES[:-1]:
        assert player.back(player.forward(stop, HALVES), HALVES) == stop
