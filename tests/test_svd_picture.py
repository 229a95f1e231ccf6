"""The picture: grey values, honest rank, and holes where they are said to be."""

import numpy as np
import pytest

from mfcore import lowrank
from mfcore.data import picture


def test_it_is_grey_and_takes_many_triplets_to_draw_exactly() -> None:
    P = picture.lighthouse()
    assert P.shape == (picture.HEIGHT, picture.WIDTH)
    assert P.min() >= 0
    assert P.max() <= 1
    shares = lowrank.energy(lowrank.decomposed(P).s, float((P**2).sum()))
    assert shares[0] < 0.95
    assert np.linalg.matrix_rank(P) > 50
    assert (picture.lighthouse() == P).all()


def test_what_is_seen_is_the_picture_and_as_much_of_it_as_asked_for() -> None:
    P = picture.lighthouse()
    R = picture.observed(P, 0.5, seed=1)
    assert R.n == P.size // 2
    assert (P.shape[0], P.shape[1]) == (R.N, R.M)
    np.testing.assert_array_equal(R.r, P[R.i, R.j])
    assert picture.observed(P, 1.0).n == P.size
    assert picture.observed(P, 0.5, seed=2).digest != R.digest
    with pytest.raises(ValueError, match="above 0"):
        picture.observed(P, 0.0)
