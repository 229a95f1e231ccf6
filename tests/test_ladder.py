"""The ladder: every rung makes the same sweep from the same start, and says what it keeps."""

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import Ratings, als, kernels, ladder, scaling, storage
from mfcore.ladder import Rung
from tests import oracles

RUNGS = [r for r in ladder.RUNGS if r.key != "compiled" or kernels.available()]
KEYS = [r.key for r in RUNGS]
PLAIN = als.Config(k=3, lam=0.8, biases=False)


def climbed(rung: Rung, s: als.State, R: Ratings, cfg: als.Config) -> als.State:
    end: als.State = rung.sweep(s, rung.keep(R), cfg)
    return end


@settings(max_examples=40, deadline=None)
@given(
    seed=some.integers(0, 10_000),
    k=some.integers(1, 7),
    lam=some.sampled_from([0.01, 1.0, 50.0]),
    density=some.sampled_from([0.05, 0.4, 1.0]),
)
def test_every_rung_is_the_model_s_own_sweep(seed: int, k: int, lam: float, density: float) -> None:
    R, rng = oracles.random_ratings(11, 8, density, seed)
    cfg = als.Config(k=k, lam=lam, biases=False, kernel="numpy")
    s = oracles.random_state(R, k, rng, biases=False)
    expected = als.sweep(s, R, cfg, rng)
    for rung in RUNGS:
        end = climbed(rung, s, R, cfg)
        np.testing.assert_allclose(end.W, expected.W, rtol=1e-9, atol=1e-11, err_msg=rung.key)
        np.testing.assert_allclose(end.U, expected.U, rtol=1e-9, atol=1e-11, err_msg=rung.key)
        assert (end.t, end.W.dtype) == (s.t + 1, np.float64)


@pytest.mark.parametrize("rung", RUNGS, ids=KEYS)
def test_on_long_tails_too_and_from_sweep_to_sweep(rung: Rung) -> None:
    R = scaling.grown(3_000)
    s = mine = als.init(R, PLAIN, np.random.default_rng(1))
    for _ in range(3):
        s, mine = als.sweep(s, R, PLAIN, np.random.default_rng(0)), climbed(rung, mine, R, PLAIN)
    assert ladder.apart(mine, s) < 1e-10
    assert mine.t == 3


@pytest.mark.parametrize("rung", RUNGS, ids=KEYS)
def test_a_row_by_hand_and_the_state_before_unchanged(rung: Rung) -> None:
    """One user, two films, k = 1, λ = 1: w = (2·1 + 4·2) / (1 + 4 + 1), and then each u_j = r w / (w² + 1)."""
    R = Ratings.from_arrays([0, 0], [0, 1], [2.0, 4.0])
    s = als.State(0, np.array([[9.0]]), np.array([[1.0], [2.0]]), np.zeros(1), np.zeros(2), 0.0)
    end = climbed(rung, s, R, als.Config(k=1, lam=1.0, biases=False))
    w = 10 / 6
    np.testing.assert_allclose(end.W, [[w]])
    np.testing.assert_allclose(end.U, [[2 * w / (w * w + 1)], [4 * w / (w * w + 1)]])
    assert (s.t, s.W[0, 0], s.U[1, 0]) == (0, 9.0, 2.0)


@pytest.mark.parametrize("rung", RUNGS, ids=KEYS)
def test_a_row_without_ratings_gets_zeros(rung: Rung) -> None:
    R = Ratings.from_codes(np.array([0]), np.array([1]), np.array([3.0]), np.arange(2), np.arange(2))
    s = oracles.random_state(R, 2, np.random.default_rng(0), biases=False)
    end = climbed(rung, s, R, als.Config(k=2, lam=0.5, biases=False))
    assert not end.W[1].any()
    assert not end.U[0].any()
    assert end.W[0].any()


@pytest.mark.parametrize("rung", RUNGS[:2], ids=KEYS[:2])
@pytest.mark.parametrize("cfg", [als.Config(), replace(PLAIN, weighted=True)], ids=["biases", "weighted"])
def test_what_the_written_out_rungs_do_not_do_they_refuse(rung: Rung, cfg: als.Config) -> None:
    R, rng = oracles.random_ratings(4, 4, 0.8, 0)
    with pytest.raises(ValueError, match="plain MF"):
        climbed(rung, als.init(R, cfg, rng), R, cfg)


def test_the_notes_books_hold_every_pair_once_each_way() -> None:
    R, _ = oracles.random_ratings(9, 7, 0.3, 3)
    r, Psi, Omega = ladder.books(R)
    assert r == oracles.observed(R)
    assert Psi == [sorted(j for i, j in r if i == user) for user in range(R.N)]
    assert Omega == [sorted(i for i, j in r if j == item) for item in range(R.M)]


def test_how_far_apart_two_states_are() -> None:
    s = als.State(0, np.array([[4.0, -8.0]]), np.array([[2.0, 1.0]]), np.zeros(1), np.zeros(1), 0.0)
    assert ladder.apart(s, s) == 0
    assert ladder.apart(replace(s, W=s.W + np.array([[0, 0.8]])), s) == pytest.approx(0.1)
    assert ladder.apart(replace(s, U=s.U - np.array([[0.5, 0]])), s) == pytest.approx(0.25)
    bigger = [replace(x, W=7 * x.W) for x in (replace(s, W=s.W + np.array([[0, 0.8]])), s)]
    assert ladder.apart(*bigger) == pytest.approx(0.1)


def test_bytes_of_what_is_kept() -> None:
    R = scaling.grown(500)
    arrays = [a for m in (R.by_user, R.by_item) for a in (m.data, m.indices, m.indptr)]
    assert ladder.bytes_kept(R) == sum(a.nbytes for a in arrays)
    assert ladder.bytes_kept(ladder.books(R)) == storage.bytes_of(ladder.books(R)) > 5 * ladder.bytes_kept(R)
