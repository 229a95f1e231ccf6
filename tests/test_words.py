"""Word vectors: counts and PPMI as literal loops, the factors as the best of their rank, and the queen found."""

from itertools import product

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as some

from mfcore import interpret, lowrank, nn, words
from mfcore.data import corpus

TEXTS = some.lists(some.lists(some.sampled_from("abcdef"), max_size=9), min_size=1, max_size=8).filter(
    lambda text: any(text)
)
TINY = (("a", "b", "a"), ("b",), (), ("c", "a", "b", "b"))


def counted(sentences, ids, window):
    n = np.zeros((len(ids), len(ids)), int)
    for sentence in sentences:
        for t, word in enumerate(sentence):
            for s, other in enumerate(sentence):
                if s != t and abs(s - t) <= window:
                    n[ids[word], ids[other]] += 1
    return n


def informed(n):
    P = np.zeros(n.shape)
    for i, j in product(range(len(n)), repeat=2):
        if n[i, j]:
            p, p_i, p_j = n[i, j] / n.sum(), n[i].sum() / n.sum(), n[:, j].sum() / n.sum()
            P[i, j] = max(0.0, np.log(p / (p_i * p_j)))
    return P


def trained(sentences=2000, seed=0, window=4, k=12):
    said = corpus.sentences(sentences, seed)
    ids = words.vocabulary(said)
    return ids, words.embedded(words.ppmi(words.cooccurrences(said, ids, window)), k).W


def planted(ids):
    return [tuple(ids[word] for word in four) for four in corpus.analogies()]


@settings(deadline=None)
@given(TEXTS, some.integers(1, 12))
def test_counts_are_the_loop_and_symmetric(text, window) -> None:
    ids = words.vocabulary(text)
    n = words.cooccurrences(text, ids, window)
    np.testing.assert_array_equal(n, counted(text, ids, window))
    np.testing.assert_array_equal(n, n.T)


@settings(deadline=None)
@given(TEXTS, some.integers(1, 4))
def test_ppmi_is_the_loop_symmetric_and_zero_where_nobody_met(text, window) -> None:
    ids = words.vocabulary(text)
    n = words.cooccurrences(text, ids, window)
    if not n.sum():
        with pytest.raises(ValueError, match="nothing to count"):
            words.ppmi(n)
        return
    P = words.ppmi(n)
    np.testing.assert_allclose(P, informed(n), atol=1e-12)
    np.testing.assert_array_equal(P, P.T)
    assert not P[n == 0].any()
    np.testing.assert_allclose(words.ppmi(7 * n), P, atol=1e-12)  # shares do not ask how long the text was


def test_words_that_meet_as_often_as_by_chance_have_none() -> None:
    p = np.array([2, 3, 5])
    np.testing.assert_allclose(words.ppmi(np.outer(p, p)), 0, atol=1e-12)


def test_ids_go_by_frequency_then_by_the_alphabet() -> None:
    assert words.vocabulary(TINY) == {"b": 0, "a": 1, "c": 2}
    assert words.vocabulary((("b", "c", "a", "c"),)) == {"c": 0, "a": 1, "b": 2}


def test_what_cannot_be_counted_is_refused_in_words() -> None:
    ids = words.vocabulary(TINY)
    for window in (0, -1):
        with pytest.raises(ValueError, match="at least 1 word"):
            words.cooccurrences(TINY, ids, window)
    with pytest.raises(KeyError, match="z"):
        words.cooccurrences((("z",),), ids, 1)
    alone = words.cooccurrences((("a",),), {"a": 0}, 3)
    assert alone.tolist() == [[0]]
    with pytest.raises(ValueError, match="nothing to count"):
        words.ppmi(alone)
    P = words.ppmi(words.cooccurrences(TINY, ids, 2))
    for k in (4, -1):
        with pytest.raises(ValueError, match="3 singular triplets"):
            words.embedded(P, k)
    with pytest.raises(ValueError, match="at least one sentence"):
        corpus.sentences(0)


@pytest.mark.parametrize("k", [1, 5, 20, 55])
def test_the_tables_are_the_best_of_their_rank(k) -> None:
    said = corpus.sentences(500)
    ids = words.vocabulary(said)
    P = words.ppmi(words.cooccurrences(said, ids, 3))
    W, C = words.embedded(P, k)
    left, s, right = np.linalg.svd(P)
    np.testing.assert_allclose(W @ C.T, (left[:, :k] * s[:k]) @ right[:k], atol=1e-8)
    np.testing.assert_allclose(((P - W @ C.T) ** 2).sum(), (s[k:] ** 2).sum(), atol=1e-8)
    for table in (W, C):  # each carries the root of every singular value
        np.testing.assert_allclose(table.T @ table, np.diag(s[:k]), atol=1e-8)
    np.testing.assert_allclose(np.abs(W), np.abs(C), atol=1e-6)  # of a symmetric table: one is the other up to signs


@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize("sentences", [1000, 2000, 5000])
def test_king_less_man_and_woman_is_queen(sentences, seed) -> None:
    ids, W = trained(sentences, seed)
    found, cosines = words.analogy(W, ids["king"], ids["man"], ids["woman"])
    assert list(ids)[found[0]] == "queen"
    assert cosines[0] > 0.8
    assert words.share_right(W, planted(ids)) > 0.7
    assert words.share_right(W, planted(ids)) >= words.share_right(W, planted(ids), exclude=False)


def test_with_every_dimension_nearly_all_analogies_hold_even_with_the_given_words_left_in() -> None:
    ids, W = trained(k=20)
    assert words.share_right(W, planted(ids), exclude=False) > 0.95


def test_an_analogy_against_a_loop_with_the_given_words_left_out_and_in() -> None:
    ids, W = trained(300)
    a, b, c = (ids[word] for word in ("prince", "boy", "girl"))
    x = W[a] - W[b] + W[c]
    np.testing.assert_array_equal(words.target(W, a, b, c), x)
    by_hand = sorted(
        ((sum(x * w) / (sum(x * x) * sum(w * w)) ** 0.5, q) for q, w in enumerate(W)), key=lambda pair: -pair[0]
    )
    for exclude in (True, False):
        left = [(cosine, q) for cosine, q in by_hand if not exclude or q not in (a, b, c)][:10]
        found, cosines = words.analogy(W, a, b, c, exclude=exclude)
        assert found.tolist() == [q for _, q in left]
        np.testing.assert_allclose(cosines, [cosine for cosine, _ in left])


@pytest.mark.parametrize("exclude", [True, False])
def test_what_points_the_other_way_is_last_and_not_first(exclude) -> None:
    """On a circle: x = w_a − w_b + w_c points along the first axis, and row 3 straight away from it."""
    turns = np.array([0.0, 0.25, 0.25, 0.5, 0.05, 0.4])
    W = np.column_stack([np.cos(2 * np.pi * turns), np.sin(2 * np.pi * turns)])
    found, cosines = words.analogy(W, 0, 1, 2, exclude=exclude)
    np.testing.assert_allclose(words.target(W, 0, 1, 2), [1, 0], atol=1e-15)
    assert found.tolist() == ([4, 5, 3] if exclude else [0, 4, 1, 2, 5, 3])
    assert cosines[-1] == pytest.approx(-1)
    np.testing.assert_allclose(cosines, W[found, 0], atol=1e-15)


def test_turned_and_stretched_axes_change_no_cosine() -> None:
    ids, W = trained(300)
    a, b, c = (ids[word] for word in ("king", "man", "woman"))
    Q = interpret.rotation(W.shape[1], seed=3)
    for other in (W @ Q, 2.5 * W):
        assert words.analogy(other, a, b, c)[0].tolist() == words.analogy(W, a, b, c)[0].tolist()
        np.testing.assert_allclose(words.analogy(other, a, b, c)[1], words.analogy(W, a, b, c)[1], atol=1e-12)


def test_the_plane_holds_the_parallelogram_and_every_distance_in_it() -> None:
    ids, W = trained(300)
    a, b, c, d = (ids[word] for word in ("king", "man", "woman", "queen"))
    at, off = words.seen_from(W, a, b, c)
    np.testing.assert_allclose(off[[a, b, c]], 0, atol=1e-12)
    np.testing.assert_allclose(at[b], 0)
    assert at[c, 1] == pytest.approx(0, abs=1e-12)
    assert at[a, 1] > 0
    for p, q in ((a, b), (a, c), (b, c)):
        assert np.linalg.norm(at[p] - at[q]) == pytest.approx(np.linalg.norm(W[p] - W[q]))
    corner = at[a] - at[b] + at[c]
    apart = np.linalg.norm(W[d] - words.target(W, a, b, c))
    assert np.hypot(np.linalg.norm(at[d] - corner), off[d]) == pytest.approx(apart)


def test_a_plane_that_shrank_to_a_line_or_a_point() -> None:
    W = np.array([[1.0, 0], [2, 0], [4, 0], [0, 3]])
    line = words.seen_from(W, 0, 1, 2)
    assert line.at[:, 1].tolist() == [0, 0, 0, 0]
    assert line.off.tolist() == [0, 0, 0, 3]
    point = words.seen_from(W, 1, 1, 1)
    assert not point.at.any()
    np.testing.assert_allclose(point.off, np.linalg.norm(W - W[1], axis=1))


@settings(deadline=None)
@given(some.integers(1, 30), some.integers(1, 6), some.integers(0, 99))
def test_a_one_hot_row_times_the_table_is_the_look_up_to_the_last_bit(V, k, seed) -> None:
    rng = np.random.default_rng(seed)
    W, i = rng.standard_normal((V, k)), rng.integers(0, V, 5)
    hot = nn.one_hot(i, V)
    assert hot.nnz == 5
    np.testing.assert_array_equal(hot @ W, nn.lookup(W, i))
    np.testing.assert_array_equal(hot.toarray() @ W, nn.lookup(W, i))


def test_the_grammar_is_seeded_and_says_what_it_should() -> None:
    assert corpus.sentences(50, 1) == corpus.sentences(50, 1) != corpus.sentences(50, 2)
    said = corpus.sentences(4000)
    kinds = corpus.kinds()
    assert set(kinds) == set(corpus.FEATURES)
    assert {part for pattern in corpus.PATTERNS for part in pattern if part.isupper()} == {*corpus.CHOICES, "NAME"}
    for name, person in corpus.PEOPLE.items():
        around = [word for sentence in said if name in sentence for word in sentence]
        for feature, (_, without, with_it) in ((f, choice) for choice in corpus.CHOICES.values() for f in [choice[0]]):
            own, other = (with_it, without) if getattr(person, feature) else (without, with_it)
            assert sum(word in own for word in around) > 5 * sum(word in other for word in around)


def test_the_planted_analogies_are_the_parallelograms_of_the_features() -> None:
    found = corpus.analogies()
    assert ("king", "man", "woman", "queen") in found
    assert len(set(found)) == len(found) == 8 * 3 * 2
    for four in found:
        a, b, c, d = (np.array(corpus.PEOPLE[word], int) for word in four)
        np.testing.assert_array_equal(a - b + c, d)
        assert np.abs(a - b).sum() == np.abs(b - c).sum() == 1


def test_embedded_is_what_lowrank_finds() -> None:
    P = informed(counted(TINY, words.vocabulary(TINY), 2))
    whole = lowrank.decomposed(P)
    W, C = words.embedded(P, 2)
    np.testing.assert_allclose(W**2, whole.left[:, :2] ** 2 * whole.s[:2], atol=1e-12)
    np.testing.assert_allclose(W @ C.T, (whole.left[:, :2] * whole.s[:2]) @ whole.right[:, :2].T, atol=1e-12)
