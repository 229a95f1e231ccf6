"""Generated faces: a seed is a set of them, grey values are grey, and a part of a face tells of the rest."""

import numpy as np
import pytest

from mfcore.data import pictures


def test_they_are_grey_values_of_their_shape_and_the_seed_decides() -> None:
    X = pictures.faces(40, seed=3)
    assert X.shape == (40, pictures.PIXELS)
    assert X.min() >= 0
    assert X.max() <= 1
    np.testing.assert_array_equal(X, pictures.faces(40, seed=3))
    assert not np.array_equal(X, pictures.faces(40, seed=4))
    assert (X.std(axis=1) > 0.1).all()  # nobody is a plain sheet of paper


def test_heads_are_brighter_than_the_paper_and_pupils_are_dark() -> None:
    X = pictures.faces(60, seed=1).reshape(-1, pictures.SIDE, pictures.SIDE)
    cheek, corner = X[:, 11, 9:11].mean(axis=1), X[:, 0, 0]
    assert (cheek > corner).mean() > 0.9
    eyes = X[:, 6:11]
    assert (eyes.reshape(60, -1).min(axis=1) < 0.2).mean() > 0.9


def test_one_half_tells_of_the_other() -> None:
    """A linear guess of the right half from the left one misses far less than the mean picture does."""
    X = pictures.faces(1500, seed=0).reshape(-1, pictures.SIDE, pictures.SIDE)
    left, right = (half.reshape(len(X), -1) for half in (X[:, :, :10], X[:, :, 10:]))
    left, right = left - left[:1000].mean(axis=0), right - right[:1000].mean(axis=0)
    ridge = left[:1000].T @ left[:1000] + np.eye(left.shape[1])
    guess = left[1000:] @ np.linalg.solve(ridge, left[:1000].T @ right[:1000])
    assert ((right[1000:] - guess) ** 2).mean() < 0.4 * (right[1000:] ** 2).mean()


def test_no_picture_cannot_be_asked_for() -> None:
    with pytest.raises(ValueError, match="at least one"):
        pictures.faces(0)


@pytest.mark.parametrize(("kind", "share"), [("pixels", 0.3), ("pixels", 0.9), ("block", 0.25), ("half", 0.5)])
def test_damage_takes_the_share_it_is_asked_to(kind, share) -> None:
    m = pictures.damage(30, kind, share, seed=2)
    assert set(np.unique(m)) == {0.0, 1.0}
    np.testing.assert_allclose(1 - m.mean(axis=1), share, atol=0.02)
    np.testing.assert_array_equal(m, pictures.damage(30, kind, share, seed=2))


def test_pixels_fall_anywhere_and_a_block_is_one_square() -> None:
    m = pictures.damage(200, "pixels", 0.5, seed=0)
    assert m.mean(axis=0).min() > 0.3
    assert m.mean(axis=0).max() < 0.7
    for hole in 1 - pictures.damage(20, "block", 0.2, seed=0).reshape(-1, pictures.SIDE, pictures.SIDE):
        rows, columns = np.nonzero(hole)
        assert np.ptp(rows) == np.ptp(columns)
        assert hole.sum() == (np.ptp(rows) + 1) ** 2


def test_more_damage_covers_what_less_damage_did() -> None:
    for kind in pictures.KINDS:
        less, more = (pictures.damage(10, kind, share, seed=5) for share in (0.2, 0.6))
        assert (more <= less).all(), kind


@pytest.mark.parametrize("share", [-0.1, 1.1, float("nan")])
def test_a_share_is_a_share(share) -> None:
    with pytest.raises(ValueError, match="share"):
        pictures.damage(1, "pixels", share)
