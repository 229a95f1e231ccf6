"""Other axes: the same predictions by any invertible change, J kept by rotations alone; varimax against a search."""

import numpy as np
import pytest

from mfcore import als, data, fit, interpret, rotation
from mfcore.data import planted

RNG = np.random.default_rng(0)


@pytest.fixture(scope="module")
def trained() -> tuple:
    made = planted.planted(density=0.5, seed=2)
    return made, fit(als, made.ratings, als.Config(k=5, lam=2.0, biases=False), T=15)


def test_any_invertible_change_keeps_predictions_and_only_rotations_keep_J(trained) -> None:
    """E10."""
    made, s = trained
    R, cfg = made.ratings, als.Config(k=5, lam=2.0, biases=False)
    A = np.eye(5) + 0.4 * RNG.standard_normal((5, 5))
    other = rotation.changed(s, A)
    np.testing.assert_allclose(als.predict(other, R.i, R.j), als.predict(s, R.i, R.j), atol=1e-10)
    assert als.objective(other, R, cfg) > als.objective(s, R, cfg) * 1.001
    plain = als.Config(k=5, lam=0.0, biases=False)
    assert als.objective(other, R, plain) == pytest.approx(als.objective(s, R, plain), rel=1e-9)
    Q = interpret.rotation(5, seed=3)
    for ours, theirs in zip((rotation.changed(s, Q).W, rotation.changed(s, Q).U), (s.W @ Q, s.U @ Q), strict=True):
        np.testing.assert_allclose(ours, theirs, atol=1e-12)
    with pytest.raises(np.linalg.LinAlgError):
        rotation.changed(s, np.ones((5, 5)))


def test_turning_moves_two_axes_and_no_other() -> None:
    U = RNG.standard_normal((8, 4))
    Q = rotation.turn(4, 1, 3, 90.0)
    np.testing.assert_allclose(Q.T @ Q, np.eye(4), atol=1e-15)
    turned = U @ Q
    np.testing.assert_allclose(turned[:, [0, 2]], U[:, [0, 2]])
    np.testing.assert_allclose(turned[:, 1], U[:, 3], atol=1e-15)  # clockwise: what pointed up now points right
    np.testing.assert_allclose(turned[:, 3], -U[:, 1], atol=1e-15)
    back = rotation.turn(4, 1, 3, -90.0)
    np.testing.assert_allclose(Q @ back, np.eye(4), atol=1e-15)
    for f, g in ((1, 1), (0, 4), (-1, 2)):
        with pytest.raises(ValueError, match="two of the axes"):
            rotation.turn(4, f, g, 10.0)


def test_simplicity_against_a_loop() -> None:
    U = RNG.standard_normal((6, 3))
    by_hand = 0.0
    for f in range(3):
        squares = [U[j, f] ** 2 for j in range(6)]
        by_hand += sum(x**2 for x in squares) / 6 - (sum(squares) / 6) ** 2
    assert rotation.simplicity(U) == pytest.approx(by_hand)


def test_a_share_is_the_part_of_the_items_that_count() -> None:
    U = np.zeros((10, 4))
    U[:3, 0], U[:, 1], U[5, 2] = -2.0, 7.0, 0.1
    np.testing.assert_allclose(rotation.share(U), [0.3, 1.0, 0.1, 0.0])
    assert rotation.share(RNG.standard_normal((200_000, 1)))[0] == pytest.approx(1 / 3, rel=0.02)
    ordered = U @ rotation.by_share(U)
    assert (np.diff(rotation.share(ordered)) >= 0).all()
    np.testing.assert_array_equal(np.sort(ordered, axis=1), np.sort(U, axis=1))


@pytest.mark.parametrize("seed", range(4))
def test_varimax_beats_every_turn_of_every_plane(seed: int) -> None:
    """Stationary, and no single plane has a better angle: what the pairwise algorithm of 1958 ends with."""
    U = np.random.default_rng(seed).standard_normal((40, 4)) ** 3
    Q = rotation.varimax(U)
    np.testing.assert_allclose(Q.T @ Q, np.eye(4), atol=1e-12)
    reached = rotation.simplicity(U @ Q)
    assert reached >= rotation.simplicity(U)
    for f in range(4):
        for g in range(f):
            angles = [rotation.simplicity(U @ Q @ rotation.turn(4, f, g, a)) for a in np.arange(-45, 45.5, 0.5)]
            assert max(angles) <= reached * (1 + 1e-7)
            h = 1e-3
            up, down = (rotation.simplicity(U @ Q @ rotation.turn(4, f, g, a)) for a in (h, -h))
            assert abs(up - down) / (2 * h) < 1e-5 * reached


def test_varimax_finds_axes_that_were_turned_away() -> None:
    """Items that load on one axis each, mixed by a random rotation: found again, up to order and sign."""
    U = np.zeros((60, 4))
    U[np.arange(60), np.arange(60) % 4] = RNG.uniform(1, 2, 60)
    mixed = U @ interpret.rotation(4, seed=5)
    found = np.abs(mixed @ rotation.varimax(mixed))
    order = np.argsort(np.argmax(found, axis=0) % 4)  # item j loads on axis j mod 4
    np.testing.assert_allclose(found[:, order], U, atol=1e-6)


@pytest.mark.parametrize("U", [np.zeros((5, 3)), np.ones((5, 1)), np.eye(3)])
def test_varimax_of_what_has_no_shape_is_a_rotation_all_the_same(U) -> None:
    Q = rotation.varimax(U)
    np.testing.assert_allclose(Q.T @ Q, np.eye(U.shape[1]), atol=1e-12)


def test_correlations_are_numpys_and_what_is_the_same_for_all_gets_zero() -> None:
    U = RNG.standard_normal((30, 2))
    U[:, 1] = 4.2
    genres = [("a", "b") if j % 3 else ("b",) for j in range(30)]
    found = rotation.genre_correlations(U, genres, ["a", "b"])
    has = np.array([j % 3 > 0 for j in range(30)], float)
    assert found[0, 0] == pytest.approx(np.corrcoef(U[:, 0], has)[0, 1])
    assert (found[:, 1] == 0).all()
    assert (found[1] == 0).all()


def test_on_planted_data_varimax_brings_the_genres_out(trained) -> None:
    """The true axes are genres there, so that better axes must agree with genres better than random ones."""
    made, s = trained
    names = rotation.common_genres(made.films.genres)
    assert len(names) == 5

    def best(U: np.ndarray) -> float:
        return float(np.abs(rotation.genre_correlations(U, made.films.genres, names)).max(axis=1).mean())

    after = best(s.U @ rotation.varimax(s.U))
    turned = [best(s.U @ interpret.rotation(5, seed=q)) for q in range(20)]
    assert after > max(turned)
    assert after > 0.75


def test_common_genres_leave_out_the_rare_and_the_universal() -> None:
    genres = [("all", "x", "y")] * 4 + [("all", "x")] * 2 + [("all", "z")] * 2
    assert rotation.common_genres(genres) == ["x", "y"]
    assert rotation.common_genres(genres, most=1) == ["x"]
    assert rotation.common_genres(data.load("tiny")[1].genres) == ["comedy", "horror"]
