"""The matrix from afar: squares, cells, tails and zeros, each against a literal count."""

import numpy as np
import pytest

from mfcore import Ratings, data, overview


@pytest.fixture(scope="module")
def R() -> Ratings:
    return data.load("planted")[0]


@pytest.mark.parametrize("most", [(7, 11), (1, 1), (10_000, 10_000), (300, 7)])
def test_squares_against_counting_every_cell(most: tuple[int, int], R: Ratings) -> None:
    rng = np.random.default_rng(1)
    users, films = rng.permutation(R.N), rng.permutation(R.M)
    seen = overview.tiles(R, users, films, most)
    assert seen.share.shape <= most
    rated = {(int(i), int(j)) for i, j in zip(R.i, R.j, strict=True)}
    for a, b in [(0, 0), (seen.share.shape[0] - 1, seen.share.shape[1] - 1), (seen.share.shape[0] // 2, 0)]:
        inside = [
            (int(i), int(j)) in rated
            for i in users[a * seen.users : (a + 1) * seen.users]
            for j in films[b * seen.films : (b + 1) * seen.films]
        ]
        assert seen.share[a, b] == pytest.approx(sum(inside) / len(inside))


def test_squares_hold_all_ratings_whatever_the_order(R: Ratings) -> None:
    users, films = overview.by_count(R.users_counts), overview.by_count(R.items_counts)
    seen = overview.tiles(R, users, films, (R.N, R.M))
    assert seen.share.sum() == R.n
    by_user = seen.share.sum(axis=1)
    assert (np.diff(by_user) <= 0).all()
    assert sorted(users.tolist()) == list(range(R.N))


def test_cells_are_the_ratings_and_holes_are_nan() -> None:
    R = Ratings.from_arrays(["a", "a", "b"], ["x", "y", "y"], [0.0, 4.0, 2.5])
    seen = overview.cells(R, np.array([1, 0]), np.array([1, 0]))
    np.testing.assert_array_equal(seen, [[2.5, np.nan], [4.0, 0.0]])


def test_the_histogram_counts_every_rating(R: Ratings) -> None:
    values, counts = overview.histogram(R)
    assert counts.sum() == R.n
    assert float(values @ counts) / R.n == pytest.approx(overview.mean(R)) == pytest.approx(R.mu)


def test_ranked_counts_fall_and_keep_both_ends(R: Ratings) -> None:
    ranks, counts = overview.ranked(R.items_counts, points=20)
    assert (ranks[0], ranks[-1]) == (1, R.M)
    assert (counts[0], counts[-1]) == (R.items_counts.max(), R.items_counts.min())
    assert (np.diff(counts) <= 0).all()


@pytest.mark.parametrize("share", [0.1, 0.5, 1.0])
def test_how_few_hold_a_share(share: float, R: Ratings) -> None:
    few = overview.holding(R.items_counts, share)
    top = sorted(R.items_counts.tolist(), reverse=True)
    assert sum(top[:few]) >= share * R.n > sum(top[: few - 1])


def test_a_stored_zero_is_a_rating() -> None:
    R = Ratings.from_arrays(["Ana", "Ana"], ["Wrong Tuba", "Night Marsh"], [0, 4])
    assert R.n == 2
    assert overview.mean(R) == 2
    assert overview.mean_without_zeros(R) == 4
    assert np.isnan(overview.mean_without_zeros(Ratings.from_arrays([1], [1], [0.0])))
