"""What nearness is worth: every share as a literal loop, and the shares where the answer is known beforehand."""

import numpy as np
import pytest

from mfcore import als, data, fit, interpret, nearness, words

RNG = np.random.default_rng(0)
M, G = 30, 5
U, OTHER = RNG.standard_normal((2, M, 4))
HAS = RNG.random((M, G)) < 0.35


def has_of(films):
    names = sorted({name for own in films.genres for name in own})
    return np.array([[name in own for name in names] for own in films.genres])


def test_the_nearest_against_a_loop() -> None:
    near = nearness.nearest(U, 4)
    for j in range(M):
        score = {q: U[j] @ U[q] / (np.linalg.norm(U[j]) * np.linalg.norm(U[q])) for q in range(M) if q != j}
        assert near[j].tolist() == sorted(score, key=lambda q: -score[q])[:4]


def test_agreement_and_its_chance_against_loops() -> None:
    near = nearness.nearest(U, 6)
    share, chance = nearness.agreement(near, HAS), nearness.agreement_by_chance(HAS)
    for j in range(M):
        own = set(np.flatnonzero(HAS[j]))
        kin = [bool(own & set(np.flatnonzero(HAS[q]))) for q in range(M)]
        assert share[j] == pytest.approx(np.mean([kin[q] for q in near[j]]))
        assert chance[j] == pytest.approx((sum(kin) - kin[j]) / (M - 1))
    everybody = nearness.nearest(U, M - 1)
    np.testing.assert_allclose(nearness.agreement(everybody, HAS), chance)  # with all as neighbours, chance is exact


def test_overlap_against_sets_and_at_its_ends() -> None:
    here, there = nearness.nearest(U, 5), nearness.nearest(OTHER, 5)
    by_hand = [len(set(a) & set(b)) / 5 for a, b in zip(here.tolist(), there.tolist(), strict=True)]
    np.testing.assert_allclose(nearness.overlap(here, there), by_hand)
    assert nearness.overlap(here, here[:, ::-1]).tolist() == [1.0] * M
    everybody = nearness.nearest(U, M - 1), nearness.nearest(OTHER, M - 1)
    np.testing.assert_allclose(nearness.overlap(*everybody), 1.0)


def test_neighbours_do_not_ask_how_the_axes_lie() -> None:
    Q = interpret.rotation(4, seed=1)
    np.testing.assert_array_equal(nearness.nearest(U, 5), nearness.nearest(3 * U @ Q, 5))


def test_triples_are_what_they_promise() -> None:
    found = nearness.analogies(HAS, 60, np.random.default_rng(1))
    assert 0 < len(found) <= 60
    assert len({tuple(three) for three in found.tolist()}) == len(found)
    for a, b, c in found.tolist():
        g_a, g_b, g_c = (set(np.flatnonzero(HAS[q])) for q in (a, b, c))
        (y,) = g_a - g_b
        assert g_a == g_b | {y}
        assert g_b
        assert g_c
        assert y not in g_c
        assert g_b != g_c
    assert nearness.analogies(np.eye(3, dtype=bool), 9, np.random.default_rng(0)).shape == (0, 3)
    assert nearness.analogies(np.zeros((4, 0), bool), 9, np.random.default_rng(0)).shape == (0, 3)


def test_scores_against_a_loop() -> None:
    triples = nearness.analogies(HAS, 25, np.random.default_rng(2))
    right = np.zeros(4)
    for a, b, c in triples.tolist():
        g_a, g_b, g_c = (set(np.flatnonzero(HAS[q])) for q in (a, b, c))
        rest = [q for q in range(M) if q not in (a, b, c)]
        good = {q: (g_a - g_b) <= set(np.flatnonzero(HAS[q])) and bool(g_c & set(np.flatnonzero(HAS[q]))) for q in rest}
        for n, x in enumerate((U[a] - U[b] + U[c], U[c], U[a])):
            best = max(rest, key=lambda q: float(interpret.cosine(x, U[q])))
            right[n] += good[best]
        right[3] += np.mean(list(good.values()))
    np.testing.assert_allclose(nearness.scored(U, HAS, triples), right / len(triples))


def test_vectors_that_are_their_genres_answer_every_sum() -> None:
    has = np.array([[bool(n >> g & 1) for g in range(4)] for n in range(1, 16)])
    score = nearness.scored(has.astype(float), has, nearness.analogies(has, 80, np.random.default_rng(0)))
    assert score.arithmetic == 1.0
    assert score.near_c < 0.75
    assert score.chance < 0.5


def test_planted_films_answer_sums_and_real_ones_hardly() -> None:
    """What the chapter says, held against the data it says it of."""
    cfg = als.Config(k=10, lam=10.0, joint=True)
    scores = {}
    for name, least in (("planted", 1), ("ml-small", 50)):
        R, films = data.load(name)
        j = np.flatnonzero(R.items_counts >= least)
        has = has_of(films)[j]
        V = fit(als, R, cfg, T=10).U[j]
        scores[name] = nearness.scored(V, has, nearness.analogies(has, 150, np.random.default_rng(0)))
    made, real = scores["planted"], scores["ml-small"]
    assert made.arithmetic > made.near_a + 0.15 > made.chance + 0.15
    assert real.arithmetic < max(real.near_a, real.near_c, real.chance) + 0.1


def test_the_answer_is_words_analogy_with_the_given_left_out() -> None:
    a, b, c = nearness.analogies(HAS, 1, np.random.default_rng(3))[0].tolist()
    one = nearness.scored(U, HAS, np.array([[a, b, c]]))
    assert one.arithmetic == nearness.right(HAS, a, b, c)[words.analogy(U, a, b, c, 1)[0][0]]
