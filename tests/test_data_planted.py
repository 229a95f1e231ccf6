"""The planted world is what it says: this truth, this much noise, these long tails; and the tiny one fits a slide."""

from typing import Any

import numpy as np
import pytest

from mfcore import als, data, fit, metrics
from mfcore.data.planted import planted, tiny
from mfcore.data.titles import GENRES


def test_the_noise_about_the_truth_is_normal_with_sigma() -> None:
    p = planted(N=400, M=200, density=0.3, noise=0.3, seed=4)
    R = p.ratings
    error = R.r - als.predict(p.truth, R.i, R.j)
    n = R.n
    assert (n, p.sigma) == (24_000, 0.3)
    assert abs(error.mean()) < 4 * 0.3 / np.sqrt(n)
    assert abs(error.std() / 0.3 - 1) < 4 / np.sqrt(2 * n)
    assert abs((np.abs(error) < 0.3).mean() - 0.6827) < 4 * np.sqrt(0.68 * 0.32 / n)


def test_without_noise_the_ratings_have_the_rank_of_the_truth() -> None:
    p = planted(N=40, M=30, k=4, density=1, noise=0, seed=2)
    R = p.ratings
    dense = R.by_user.toarray()
    s = p.truth
    spectrum = np.linalg.svd(dense - s.b[:, None] - s.c - s.mu, compute_uv=False)
    assert spectrum[3] > 1e-3 * spectrum[0]
    assert spectrum[4] < 1e-12 * spectrum[0]
    np.testing.assert_allclose(dense, s.W @ s.U.T + s.b[:, None] + s.c + s.mu)


def test_als_recovers_the_truth_to_about_sigma() -> None:
    p = planted(N=500, M=150, k=3, density=0.5, noise=0.3, seed=1)
    train, test = p.ratings.split(0.1, seed=0)
    s = fit(als, train, als.Config(k=3, lam=0.3), T=15, seed=0)
    reached = metrics.rmse(als.predict(s, test.i, test.j), test.r)
    best = metrics.rmse(als.predict(p.truth, test.i, test.j), test.r)
    assert abs(best - 0.3) < 0.02
    assert best < reached < 1.1 * best
    everywhere = np.indices((500, 150)).reshape(2, -1)
    assert metrics.rmse(als.predict(s, *everywhere), als.predict(p.truth, *everywhere)) < 0.5 * p.sigma


def test_people_and_films_are_long_tailed_and_nobody_is_left_out() -> None:
    p = planted(N=400, M=200, density=0.15, seed=7)
    for counts in (p.ratings.users_counts, p.ratings.items_counts):
        top = np.sort(counts)[::-1]
        share = top[: len(top) // 10].sum() / top.sum()
        assert share > 0.2
        assert top[0] > 4 * np.median(top)
    assert p.ratings.users_counts.min() >= 3
    assert p.ratings.n == round(0.15 * 400 * 200)
    # Good films are seen more often.
    assert np.corrcoef(p.truth.c, np.log(p.ratings.items_counts + 1))[0, 1] > 0.3


def test_half_stars_are_half_stars() -> None:
    exact, rounded = planted(seed=5), planted(seed=5, step=0.5)
    assert rounded.ratings.by_user.nnz == exact.ratings.by_user.nnz
    assert set(rounded.ratings.r) <= set(np.arange(1, 11) / 2)
    np.testing.assert_array_equal(rounded.ratings.r, np.clip(np.round(exact.ratings.r * 2) / 2, 0.5, 5))
    assert (rounded.ratings.r == 5).mean() < 0.15
    assert 0.7 < rounded.ratings.r.std() < 1.3
    assert 3 < rounded.ratings.mu < 4


def test_a_film_has_most_of_its_first_genre() -> None:
    p = planted(N=50, M=300, seed=3)
    own = [GENRES.index(g[0]) for g in p.films.genres]
    share = (p.truth.U.argmax(1) == own).mean()
    assert share > 0.9
    assert all(1 <= len(g) <= 2 and len(set(g)) == len(g) for g in p.films.genres)
    assert {g[0] for g in p.films.genres} == set(GENRES)


def test_titles_are_all_different_even_when_sequels_are_needed() -> None:
    for M, k in ((120, 5), (1500, 5), (500, 1)):
        titles = planted(N=5, M=M, k=k, density=0.5).films.titles
        assert len(set(titles)) == M
    assert any(title.endswith(" 2") for title in titles)


@pytest.mark.parametrize("k", [1, 2, 5, 8])
def test_the_same_seed_is_the_same_world(k: int) -> None:
    one, same, other = (planted(N=30, M=20, k=k, seed=seed) for seed in (6, 6, 8))
    assert one.ratings.digest == same.ratings.digest != other.ratings.digest
    assert list(one.films.titles) == list(same.films.titles)
    assert one.truth.W.shape == (30, k)
    assert one.truth.U.shape == (20, k)


@pytest.mark.parametrize("size", [dict(N=1, M=1, density=1), dict(N=7, M=2, density=0.1), dict(N=3, M=40, density=1.0)])
def test_small_worlds_have_as_many_ratings_as_asked(size: dict[str, Any]) -> None:
    assert planted(**size).ratings.n == round(size["density"] * size["N"] * size["M"])


@pytest.mark.parametrize(
    "wrong",
    [
        *(dict(N=0), dict(M=-1), dict(k=0), dict(noise=-0.1), dict(noise=float("nan")), dict(step=0), dict(density=0)),
        *(dict(density=1.01), dict(density=float("nan")), dict(N=2, M=2, density=0.01)),
    ],
)
def test_impossible_worlds_are_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(ValueError, match=r"needed|above 0 and at most 1"):
        planted(**wrong)


def test_the_tiny_world_fits_a_slide_and_shows_what_it_should() -> None:
    p = tiny()
    R = p.ratings
    assert (R.N, R.M, R.n) == (6, 8, 30)
    assert min(R.users_counts) == 3
    assert min(R.items_counts) >= 3
    assert set(R.r) <= set(np.arange(2, 11) / 2)
    assert (R.r.min(), R.r.max()) == (1, 5)
    assert max(len(title) for title in p.films.titles) <= 14
    assert len(set(p.films.titles)) == 8
    # Every rating is its truth rounded to a half, and the truth stays on the scale even where nobody rated.
    cells = p.truth.W @ p.truth.U.T
    assert np.abs(R.r - cells[R.i, R.j]).max() <= 0.25
    assert p.sigma == pytest.approx(metrics.rmse(cells[R.i, R.j], R.r))
    assert cells.min() >= 0.75
    assert cells.max() <= 5.25


@pytest.mark.parametrize("seed", range(10))
def test_plain_mf_finds_the_two_tastes_of_the_tiny_world(seed: int) -> None:
    p = tiny()
    s = fit(als, p.ratings, als.Config(k=2, lam=0, biases=False), T=25, seed=seed)
    guess, cells = s.W @ s.U.T, p.truth.W @ p.truth.U.T
    # Least squares lies nearer to the ratings than the truth does, and still near the truth where nobody rated.
    assert metrics.rmse(guess[p.ratings.i, p.ratings.j], p.ratings.r) < p.sigma
    assert np.abs(guess - cells).max() < 0.75
    for i, taste in ((0, "comedy"), (2, "horror")):
        assert set(np.argsort(-guess[i])[:3]) <= {j for j, own in enumerate(p.films.genres) if taste in own}


def test_load_gives_the_same_by_name() -> None:
    assert data.load("tiny")[0].digest == tiny().ratings.digest
    R, films = data.load("planted", N=20, M=10, density=0.5, seed=9)
    assert R.digest == planted(N=20, M=10, density=0.5, seed=9, step=0.5).ratings.digest
    unrounded, _ = data.load("planted", N=20, M=10, density=0.5, seed=9, step=None)
    assert unrounded.digest == planted(N=20, M=10, density=0.5, seed=9).ratings.digest
    assert len(films.titles) == len(films.years) == len(films.genres) == R.M == 10
