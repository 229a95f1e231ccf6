"""The copy trap (notes §19): an autoencoder scored on what it was fed, and on what it was not.

    r̂_ij = μ + (x_i B)_j,     x_ij = r_ij − μ where a rating is fed in, 0 elsewhere

Linear autoencoders, so that each is a formula. With h hidden units B = V_h V_hᵀ: from nothing at all to a copy. With
noise on the input, ρ of it dropped, B = (G + ρ/(1−ρ) diag G)⁻¹ G, G = XᵀX: from a copy back to a prediction. B = I
is the copy itself. One rule computes all errors; they differ in what is fed in and in what is scored.

Source: Baldi and Hornik (1989) for the hidden units; Chen, Xu, Weinberger and Sha (2012) for noise averaged out.
"""

from collections.abc import Iterable, Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mfcore import metrics
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings

MOST_COLUMNS = 1000  # B has as many rows and columns
_BLOCK = 1024  # rows or cells looked at together


def narrow(R: Ratings, most: int = MOST_COLUMNS) -> Ratings:
    """R or Rᵀ, whichever has fewer columns, with the `most` of them that hold most ratings: what B can be made for."""
    R = R.T if R.N < R.M else R
    if most >= R.M:
        return R
    kept = np.sort(np.argsort(-R.items_counts, kind="stable")[:most])
    place = np.full(R.M, -1)
    place[kept] = np.arange(most)
    j = place[R.j]
    return Ratings.from_codes(R.i[j >= 0], j[j >= 0], R.r[j >= 0], R.user_ids, R.item_ids[kept])


def together(train: Ratings, test: Ratings) -> Ratings:
    """The ratings of both parts of a split as one again."""
    i, j = np.concatenate([train.i, test.i]), np.concatenate([train.j, test.j])
    return Ratings.from_codes(i, j, np.concatenate([train.r, test.r]), train.user_ids, train.item_ids)


def rows(R: Ratings, mu: float) -> csr_array:
    """x_ij = r_ij − μ where R has a rating: what is fed in. N×M csr, float64; a rating of μ stays stored."""
    a = R.by_user
    return csr_array((a.data.astype(np.float64) - mu, a.indices, a.indptr), shape=a.shape)


def copy(M: int) -> Floats:
    """B = I: the output is the input, so r̂ is μ wherever nothing was fed in."""
    return np.eye(M)


@equation(r"B = V_h V_h^\top = \arg\min_{\operatorname{rank} B \le h} \|X - XB\|_F^2", notes="16")
def hidden(V: Floats, h: int) -> Floats:
    """B = V_h V_hᵀ of the first h `directions` (notes §16): encoder V_h, a code of h numbers, decoder V_hᵀ. (M, M)."""
    B: Floats = V[:, :h] @ V[:, :h].T
    return B


def gram(train: Ratings) -> Floats:
    """G = XᵀX of the training rows, (M, M)."""
    x = rows(train, train.mu)
    G: Floats = (x.T @ x).toarray()
    return G


def directions(train: Ratings) -> Floats:
    """V (M, M), orthonormal: the directions in which rows of r − μ differ, the one with most of it first."""
    _, V = np.linalg.eigh(gram(train))
    return np.ascontiguousarray(V[:, ::-1])


@equation(r"B = \Big(G + \tfrac{\rho}{1-\rho}\operatorname{diag} G\Big)^{-1} G, \qquad G = X^\top X", notes="17")
def denoising(G: Floats, rho: float) -> Floats:
    """B = (G + ρ/(1−ρ) diag G)⁻¹ G minimises E‖X − X̃B‖²_F, every entry of X̃ being 0 with probability ρ (notes §17).

    What is kept of X̃ is divided by 1 − ρ. ρ = 0 is no noise, and B = I wherever G has an inverse. G: `gram`; (M, M).
    Raises ValueError unless 0 ≤ ρ < 1.
    """
    if not 0 <= rho < 1:
        raise ValueError(f"rho is a share from 0 up to, but not at, 1, not {rho!r}")
    if rho == 0:
        return np.asarray(np.linalg.lstsq(G, G)[0])
    d = np.diag(G)
    B: Floats = np.linalg.solve(G + np.diag(np.where(d > 0, rho / (1 - rho) * d, 1.0)), G)  # 0 for an empty column
    return B


def outputs(B: Floats, x: csr_array, i: Ints, j: Ints) -> Floats:
    """(x_i B)_j at cells (i, j): (n,). Only rows that are asked for are multiplied, some at a time."""
    users, own = np.unique(i, return_inverse=True)
    found = np.zeros(len(i))
    for start in range(0, len(users), _BLOCK):
        here = (own >= start) & (own < start + _BLOCK)
        y = x[users[start : start + _BLOCK]] @ B  # (_BLOCK, M)
        found[here] = y[own[here] - start, j[here]]
    return found


@equation(
    r"J = \frac{1}{|\Omega_\text{scored}|} \sum_{i=1}^N \sum_{j=1}^M"
    r" m_{ij}^{\text{scored}}\,\big(r_{ij} - \hat r_{ij}\big)^2, \qquad \hat r_{ij} = \mu + (x_i^{\text{fed}} B)_j",
    notes="19",
)
def error(B: Floats, fed: Ratings, scored: Ratings, mu: float) -> float:
    """J = 1/|Ω_scored| Σ m_ij (r_ij − r̂_ij)², r̂_ij = μ + (x_i B)_j with x the rows of `fed`, in stars² (notes §19).

    fed = train, scored = test: J_test. fed = scored = test: the framework's validation loss. Both parts fed in: a leak.
    """
    return metrics.mse(outputs(B, rows(fed, mu), scored.i, scored.j), scored.r.astype(np.float64) - mu)


@equation(r"\frac{1}{NM}\sum_{i=1}^N\sum_{j=1}^M \big(x_{ij} - (x_i B)_j\big)^2", notes="18, 19")
def unmasked(B: Floats, fed: Ratings, mu: float) -> float:
    """1/(N·M) ‖X − XB‖²_F, input against output over all cells, a hole being a 0 like any other; in stars²."""
    x = rows(fed, mu)
    D = np.eye(len(B)) - B
    return max(float(np.sum(D * ((x.T @ x) @ D))), 0.0) / (fed.N * fed.M)


class Errors(NamedTuple):
    """RMSE in stars, scored in four ways: numbers of one network, or (p,) of a row of networks.

    framework: test ratings fed in, test ratings scored.  unmasked: the same over all N·M cells.
    leak: train and test fed in, test scored.  test: √J_test, train fed in, test scored.
    """

    framework: Floats
    unmasked: Floats
    leak: Floats
    test: Floats


class Network(NamedTuple):
    """What one network gives: its `Errors`, and what it says, in stars, of the test rating `farthest` from μ.

    own: with that rating fed in.  honest: with the training ratings fed in.
    """

    errors: Errors
    own: float
    honest: float


def errors(B: Floats, train: Ratings, test: Ratings, both: Ratings | None = None) -> Errors:
    """One network, scored in four ways. both: `together` of the two parts, where it is at hand."""
    mu, both = train.mu, together(train, test) if both is None else both
    found = (
        error(B, test, test, mu),
        unmasked(B, test, mu),
        error(B, both, test, mu),
        error(B, train, test, mu),
    )
    return Errors(*np.sqrt(found))


def farthest(test: Ratings, mu: float) -> int:
    """Which test rating lies farthest from μ: where a copy and a prediction differ most."""
    return int(np.argmax(np.abs(test.r - mu)))


def wider(train: Ratings, test: Ratings, V: Floats, widths: Sequence[int]) -> Iterator[Network]:
    """`hidden(V, h)` for one h of `widths` after the other, ascending: each adds the directions since the last one."""
    mu, t, own = train.mu, farthest(test, train.mu), rows(test, train.mu)
    fed = (own, rows(together(train, test), mu), rows(train, mu))
    r, said = test.r.astype(np.float64) - mu, np.zeros((len(fed), test.n))  # r − μ, and r̂ − μ by what is fed in
    left = float(own.data @ own.data)  # ‖X − XB‖²_F
    for start, end in pairwise((0, *widths)):
        added = V[:, start:end]
        codes = [x @ added for x in fed]  # (N, end − start) each
        said += np.stack([_at_cells(P, added, test) for P in codes])
        left -= float(np.sum(codes[0] ** 2))
        framework, leak, honest = np.sqrt(np.mean((r - said) ** 2, axis=1))
        unmasked = np.sqrt(max(left, 0.0) / (test.N * test.M))
        yield Network(Errors(framework, unmasked, leak, honest), mu + float(said[0, t]), mu + float(said[2, t]))


def _at_cells(P: Floats, V: Floats, at: Ratings) -> Floats:
    """(P Vᵀ)_ij at the cells of `at`, some at a time. (n,)"""
    parts = (slice(start, start + _BLOCK) for start in range(0, at.n, _BLOCK))
    return np.concatenate([np.einsum("nd,nd->n", P[at.i[part]], V[at.j[part]]) for part in parts])


def noisier(train: Ratings, test: Ratings, rhos: Sequence[float]) -> Iterator[Network]:
    """`denoising` for one ρ after the other; what all of them share is made once."""
    mu, t, both, G = train.mu, farthest(test, train.mu), together(train, test), gram(train)
    i, j = test.i[t : t + 1], test.j[t : t + 1]
    for rho in rhos:
        B = denoising(G, rho)
        own, honest = (mu + float(outputs(B, rows(fed, mu), i, j)[0]) for fed in (test, train))
        yield Network(errors(B, train, test, both), own, honest)


def stacked(found: Iterable[Network]) -> Errors:
    """The errors of a row of networks, one at least: (p,) each."""
    return Errors(*(np.array(way) for way in zip(*(network.errors for network in found), strict=True)))


def opposed(found: Errors) -> int:
    """Of the steps from one network to the next: how many lower one of the framework's loss and √J_test, not both."""
    return int(np.sum(np.diff(found.framework) * np.diff(found.test) < 0))


def by_hidden(train: Ratings, test: Ratings, V: Floats, widths: Sequence[int]) -> Errors:
    """`errors` of `hidden(V, h)` for all h of `widths`, ascending."""
    return stacked(wider(train, test, V, widths))


def by_noise(train: Ratings, test: Ratings, rhos: Sequence[float]) -> Errors:
    """`errors` of `denoising` for every ρ."""
    return stacked(noisier(train, test, rhos))
