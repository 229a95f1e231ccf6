"""Columns added one after another: the fit at k begins at that of a smaller k, and train falls while test rises."""

from itertools import pairwise

import numpy as np
import pytest

from mfcore import Ratings, als, data, growth
from mfcore.data import planted


def test_the_core_is_the_largest_part_in_which_all_have_enough() -> None:
    rng = np.random.default_rng(0)
    i, j = np.nonzero(rng.random((30, 20)) < 0.5)
    R = Ratings.from_codes(i, j, rng.standard_normal(len(i)), np.arange(100, 130), np.arange(200, 220))
    for least in (1, 6, 8):
        found = growth.core(R, least)
        users, items = set(R.user_ids.tolist()), set(R.item_ids.tolist())
        triples = list(zip(R.user_ids[R.i].tolist(), R.item_ids[R.j].tolist(), R.r.tolist(), strict=True))
        while True:  # one row at a time, whoever has too few goes
            left = [t for t in triples if t[0] in users and t[1] in items]
            poor = {u for u in users if sum(t[0] == u for t in left) < least}
            scarce = {m for m in items if sum(t[1] == m for t in left) < least}
            if not poor and not scarce:
                break
            users, items = (users - {min(poor)}, items) if poor else (users, items - {min(scarce)})
        mine = zip(found.user_ids[found.i].tolist(), found.item_ids[found.j].tolist(), found.r.tolist(), strict=True)
        assert sorted(mine) == sorted(left)
        assert min(found.users_counts.min(), found.items_counts.min()) >= least
    assert growth.core(R, 25) is None


def test_the_dense_part_has_the_most_that_leaves_enough() -> None:
    real, least = growth.dense(data.load("ml-small")[0])
    assert least == 50
    assert min(real.users_counts.min(), real.items_counts.min()) >= 50
    tiny = data.load("tiny")[0]
    assert growth.dense(tiny) == (tiny, 1)


def test_more_columns_change_no_prediction_at_first() -> None:
    R = planted.planted(30, 20, k=2).ratings
    s = als.init(R, als.Config(k=2), np.random.default_rng(0))
    t = growth.wider(s, 5, np.random.default_rng(1))
    assert (t.W.shape, t.U.shape) == ((30, 5), (20, 5))
    assert (t.U[:, 2:] != 0).all()
    np.testing.assert_allclose(als.predict(t, R.i, R.j), als.predict(s, R.i, R.j))


@pytest.mark.parametrize("seed", range(3))
def test_without_a_prior_train_falls_and_test_rises_and_no_prior_is_nearer_on_train(seed) -> None:
    """The likelihood's maximum, as far as it is found: it grows with k and is above every MAP estimate."""
    part, _ = growth.dense(data.load("ml-small")[0])
    held = part.split(test=0.1, seed=seed)
    mle, weak, strong = (list(growth.grow(*held, lam=lam, seed=seed)) for lam in (0.0, 1.0, 15.0))
    assert [row.k for row in mle] == list(growth.KS)
    assert all(after.train < before.train for before, after in pairwise(mle))
    assert all(after.test > before.test for before, after in pairwise(mle))
    for free, some, more in zip(mle, weak, strong, strict=True):
        assert free.train < some.train < more.train
    assert strong[-1].test < strong[0].test < mle[-1].test
    assert mle[-1].test > 1.4 * mle[0].test
