"""Word vectors by factorizing a table of counts (notes §13): sentences → co-occurrences → PPMI → truncated SVD.

    PPMI ≈ W Cᵀ,  W = U_k √S_k,  C = V_k √S_k

W has a row for every word, C one for every word as a neighbour of others. Every cell of the table is known, the zeros
too, so the best W and C of rank k are read off an SVD. Levy and Goldberg (2014, Neural word embedding as implicit
matrix factorization) showed that word2vec's skip-gram with negative sampling factorizes the same table, shifted and
without the maximum; the roots of S are those of Levy, Goldberg and Dagan (2015).
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from itertools import chain
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mfcore import interpret, lowrank
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints


class Tables(NamedTuple):
    """W: (V, k), the words' vectors.  C: (V, k), their vectors as neighbours."""

    W: Floats
    C: Floats


def vocabulary(sentences: Sequence[Sequence[str]]) -> dict[str, int]:
    """The id of every word: 0 for the most frequent; equally frequent ones in the order of the alphabet."""
    times = Counter(chain.from_iterable(sentences))
    return {word: i for i, word in enumerate(sorted(times, key=lambda word: (-times[word], word)))}


@equation(r"n_{ij} = \sum_{t} \sum_{0 < |d| \le h} [x_t = i]\,[x_{t+d} = j]", notes="13")
def cooccurrences(sentences: Sequence[Sequence[str]], ids: Mapping[str, int], window: int) -> Ints:
    """n_ij: how often word j stands at most h = `window` words from word i, in one sentence. (V, V), symmetric.

    Raises ValueError if the window is below 1, and KeyError on a word that has no id.
    """
    if window < 1:
        raise ValueError(f"a window reaches at least 1 word to either side, not {window}")
    x = np.array([ids[word] for sentence in sentences for word in sentence], np.intp)
    of = np.repeat(np.arange(len(sentences)), [len(sentence) for sentence in sentences])
    V = len(ids)
    n = np.zeros((V, V), np.int64)
    for d in range(1, min(window, len(x) - 1) + 1):
        together = of[:-d] == of[d:]
        n += np.bincount(x[:-d][together] * V + x[d:][together], minlength=V * V).reshape(V, V)
    return n + n.T


@equation(
    r"\mathrm{PPMI}_{ij} = \max\Big(0,\; \log \frac{p_{ij}}{p_i\, p_j}\Big), \qquad p_{ij} = n_{ij} / n", notes="13"
)
def ppmi(n: Ints) -> Floats:
    """Positive pointwise mutual information: log of how much more often than by chance; 0 where it is not more. (V, V).

    n: counts ≥ 0, (V, V).  Pairs never seen together get 0. Raises ValueError if there is no pair at all.
    Source: Church and Hanks (1990); Bullinaria and Levy (2007).
    """
    if not n.sum():
        raise ValueError("no two words ever stand within the window: there is nothing to count")
    p = n / n.sum()
    by_chance = np.outer(p.sum(axis=1), p.sum(axis=0))
    lift = np.divide(p, by_chance, out=np.ones_like(p), where=p > 0)
    positive: Floats = np.maximum(0.0, np.log(lift))
    return positive


@equation(
    r"\begin{aligned} W &= U_k \sqrt{S_k}, \quad C = V_k \sqrt{S_k} \\ \mathrm{PPMI} &\approx W C^\top \end{aligned}",
    notes="10, 13",
)
def embedded(P: Floats, k: int) -> Tables:
    """The two tables of rank k whose product is nearest to P, with the root of every singular value in each.

    P: (V, V).  Raises ValueError if k is not between 0 and V.
    """
    found = lowrank.top(lowrank.SparsePlusLowRank.of(csr_array(P)), k)
    root = np.sqrt(found.s)
    return Tables(found.left * root, found.right * root)


@equation(r"x = w_a - w_b + w_c, \qquad \arg\max_{d \notin \{a, b, c\}} \cos(x, w_d)", notes="13")
def analogy(W: Floats, a: int, b: int, c: int, n: int = 10, exclude: bool = True) -> tuple[Ints, Floats]:
    """The n rows of W nearest by angle to w_a − w_b + w_c, nearest first, and their cosines.

    exclude: leave out a, b and c themselves, as is usual, and which is a help: they are often nearest. W: (V, k).
    """
    score = interpret.cosine(target(W, a, b, c), W)
    order = np.argsort(-score, kind="stable")
    if exclude:
        order = order[~np.isin(order, (a, b, c))]
    return order[:n], score[order[:n]]


@equation(r"x = w_a - w_b + w_c", notes="13")
def target(W: Floats, a: int, b: int, c: int) -> Floats:
    """w_a − w_b + w_c: the fourth corner of a parallelogram. (k,)."""
    x: Floats = W[a] - W[b] + W[c]
    return x


def share_right(W: Floats, quadruples: Sequence[tuple[int, int, int, int]], exclude: bool = True) -> float:
    """The share of analogies (a, b, c, d) whose first answer is d."""
    right = [analogy(W, a, b, c, 1, exclude)[0][0] == d for a, b, c, d in quadruples]
    return float(np.mean(right))


class Plane(NamedTuple):
    """Rows seen in a plane: where they fall, (V, 2), and how far from it they are, (V,)."""

    at: Floats
    off: Floats


def seen_from(W: Floats, a: int, b: int, c: int) -> Plane:
    """All rows of W in the plane through w_a, w_b and w_c: b at the origin, c along the first axis, a above it.

    The three and w_a − w_b + w_c lie in it; lengths and angles there are true. Other rows fall onto it. Where the
    three lie on one line, or on one point, that line or point takes the plane's place.
    """
    V = W - W[b]
    e = np.zeros((2, W.shape[1]))
    for row, v in zip(e, (V[c], V[a]), strict=True):
        rest = v - (e @ v) @ e
        length = interpret.norm(rest)
        if length > 1e-9 * max(float(interpret.norm(v)), 1e-300):
            row[:] = rest / length
    at = V @ e.T
    return Plane(at, interpret.norm(V - at @ e))
