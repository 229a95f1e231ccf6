"""Why sums of word vectors work, line by line: from counts to PPMI, to two tables, to ratios (notes §13)."""

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mfcore import interpret, nn, words
from mfcore.ratings import Floats, Ints
from mfview.derivations.step import Sides, Step


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """A table of counts, its PPMI, the tables W and C with all columns and with k, and four words a, b, c, d."""

    n: Ints
    P: Floats
    whole: words.Tables
    k: int
    a: int
    b: int
    c: int
    d: int

    @property
    def kept(self) -> words.Tables:
        return words.Tables(self.whole.W[:, : self.k], self.whole.C[:, : self.k])

    @property
    def given(self) -> Floats:
        """p(j | i), a row for every word that has neighbours; 0 in the rows of others."""
        total = self.n.sum(axis=1, keepdims=True)
        share: Floats = np.divide(self.n, total, out=np.zeros(self.n.shape), where=total > 0)
        return share

    @property
    def common(self) -> NDArray[np.intp]:
        """The neighbours that all four words have more often than by chance."""
        return np.flatnonzero((self.P[[self.a, self.b, self.c, self.d]] > 0).all(axis=0))

    @property
    def summed(self) -> Floats:
        """PPMI_aj − PPMI_bj + PPMI_cj for every j."""
        total: Floats = self.P[self.a] - self.P[self.b] + self.P[self.c]
        return total


def at(n: Ints, k: int, four: tuple[int, int, int, int]) -> At:
    """n: counts, (V, V).  k: 0 to V.  four: the ids of a, b, c and d."""
    P = words.ppmi(n)
    return At(n, P, words.embedded(P, len(n)), k, *four)


def _row(at: At) -> Sides:
    i = np.arange(len(at.n))
    product = nn.one_hot(i, len(i)).toarray() @ at.kept.W
    return Sides(product, nn.lookup(at.kept.W, i), "all one-hot rows times W, and the rows of W")


def _conditional(at: At) -> Sides:
    share = at.n.sum(axis=0) / at.n.sum()
    i, j = np.nonzero(at.P)
    lift = np.log(at.given[i, j]) - np.log(share[j])
    return Sides(at.P[i, j], lift, "every cell above 0, by p(i, j) and by p(j | i)")


def _indifferent(at: At) -> Sides:
    share = at.n.sum(axis=1)
    chance = words.ppmi(np.outer(share, share))
    return Sides(chance, np.zeros(at.n.shape), "PPMI of a text where neighbours do not matter, and 0", scale=1.0)


def _nearest(at: At) -> Sides:
    W, C = at.kept
    s = np.linalg.svd(at.P, compute_uv=False)
    size = float((s**2).sum())
    lost = float(((at.P - W @ C.T) ** 2).sum())
    return Sides(lost, float((s[at.k :] ** 2).sum()), "squared errors of all cells, and s² left out", scale=size)


def _linear(at: At) -> Sides:
    W, C = at.kept
    product = W @ C.T
    summed = product[at.a] - product[at.b] + product[at.c]
    x = words.target(W, at.a, at.b, at.c)
    return Sides(C @ x, summed, "the sum against every neighbour, and three rows of WCᵀ", scale=_size(at))


def _whole(at: At) -> Sides:
    x = words.target(at.whole.W, at.a, at.b, at.c)
    return Sides(at.whole.C @ x, at.summed, "the same with all columns, and three rows of PPMI", scale=_size(at))


def _ratios(at: At) -> Sides:
    a, b, c, d = at.given[[at.a, at.b, at.c, at.d]][:, at.common]
    missed = at.P[at.d, at.common] - at.summed[at.common]
    note = "" if len(at.common) else "No word is near all four more often than by chance: there is nothing to compare."
    ratios = np.log(d / c) - np.log(a / b)
    compared = f"what d misses, at {len(at.common)} words near all four, and the two log ratios"
    return Sides(missed, ratios, compared, scale=_size(at), note=note)


def _turned(at: At) -> Sides:
    W, _ = at.kept
    Q = interpret.rotation(at.k, seed=1)
    x = words.target(W, at.a, at.b, at.c)
    return Sides(
        interpret.cosine(x @ Q, W @ Q), interpret.cosine(x, W), "the cosines of all words, turned and not", scale=1.0
    )


def _size(at: At) -> float:
    return float(np.abs(at.P).max())


LINES: tuple[Step[At], ...] = (
    Step(
        "A row by its id",
        r"\mathrm{onehot}(i)\, W = W_i = w_i",
        "Every row but one is multiplied by 0.",
        _row,
    ),
    Step(
        "A question of the neighbour",
        r"\log \frac{p_{ij}}{p_i\, p_j} = \log \frac{p(j \mid i)}{p_j}",
        "$p_{ij} = p_i\\, p(j \\mid i)$: how much more often is $j$ there if $i$ is?",
        _conditional,
    ),
    Step(
        "Indifference is 0",
        r"p_{ij} = p_i\, p_j \;\Rightarrow\; \mathrm{PPMI}_{ij} = 0",
        "Words that go with every other word tell nothing, however frequent they are. Here on a table with the same "
        "words, each as frequent as it is, spread by chance.",
        _indifferent,
    ),
    Step(
        "A factorization",
        r"\begin{aligned} \mathrm{PPMI} &\approx W C^\top \\"
        r"\|\mathrm{PPMI} - W C^\top\|_F^2 &= \sum_{f > k} s_f^2 \end{aligned}",
        "With $W = U_k\\sqrt{S_k}$ and $C = V_k\\sqrt{S_k}$ nothing of rank $k$ is nearer (Eckart and Young, "
        "chapter 6): every cell is known, so SVD may be used.",
        _nearest,
    ),
    Step(
        "Sums pass through",
        r"\begin{aligned} x &= w_a - w_b + w_c \\"
        r"x^\top c_j &= w_a^\top c_j - w_b^\top c_j + w_c^\top c_j \end{aligned}",
        "A product is linear: what holds for vectors holds for the cells they predict.",
        _linear,
    ),
    Step(
        "With all columns",
        r"x^\top c_j = \mathrm{PPMI}_{aj} - \mathrm{PPMI}_{bj} + \mathrm{PPMI}_{cj}",
        "At $k = V$ nothing is lost. With fewer columns it holds as far as $W C^\\top$ is near PPMI.",
        _whole,
    ),
    Step(
        "It is about ratios",
        r"\begin{aligned} & \mathrm{PPMI}_{dj} - x^\top c_j \\"
        r"&= \log \frac{p(j \mid d)}{p(j \mid c)} - \log \frac{p(j \mid a)}{p(j \mid b)} \end{aligned}",
        "The $p_j$ cancel. So $d$ is the answer if what changes from $c$ to $d$ is what changes from $b$ to $a$: if "
        "*palace* is as many times more frequent near queen than near woman as near king than near man. The maximum "
        "with 0 spoils it for words rarer than by chance, so it is checked on words near all four.",
        _ratios,
    ),
    Step(
        "Axes turn",
        r"\cos(Q^\top x,\; Q^\top w) = \cos(x, w)",
        "Lengths and angles do not depend on how the axes lie, so a single column of $W$ means nothing yet (E10).",
        _turned,
    ),
)
