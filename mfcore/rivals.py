"""Who comes nearest with k columns (notes §5, 10; E9): SVD and its rivals, on a full matrix and on one with holes."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, NamedTuple

import numpy as np

from mfcore import als, fills, impute, lowrank, metrics, svd
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings
from mfcore.run import fit


class Distance(NamedTuple):
    """How far a rank-k matrix is from X. frobenius: all errors together.  spectral: the worst direction."""

    name: str
    k: int
    frobenius: float
    spectral: float


@equation(r"\|E\|_F = \sqrt{\textstyle\sum_{ij} e_{ij}^2}, \qquad \|E\|_2 = \max_{\|x\|=1} \|E x\|", notes="5")
def distance(name: str, k: int, X: Floats, nearby: Floats) -> Distance:
    """The two norms of X − nearby."""
    E = X - nearby
    return Distance(name, k, float(np.linalg.norm(E)), float(np.linalg.norm(E, 2)))


def on_random_columns(X: Floats, k: int, rng: np.random.Generator) -> Floats:
    """The matrix nearest to X whose rows lie in a k-dimensional space drawn at random."""
    basis = np.linalg.qr(rng.standard_normal((X.shape[1], k)))[0]
    near: Floats = X @ basis @ basis.T
    return near


def full(X: Floats) -> Ratings:
    """Every cell of X as a rating."""
    i, j = (index.ravel() for index in np.indices(X.shape))
    return Ratings.from_codes(i, j, X.ravel(), np.arange(X.shape[0]), np.arange(X.shape[1]))


def on_a_full_matrix(X: Floats, ks: Sequence[int], sweeps: Sequence[int] = (1, 20), seed: int = 0) -> list[Distance]:
    """Truncated SVD, plain ALS after so many sweeps, and random columns, for every k."""
    R, found, rng = full(X), lowrank.decomposed(X), np.random.default_rng(seed)
    out = []
    for k in ks:
        W, U = lowrank.folded(found.first(k))
        out.append(distance("SVD", k, X, W @ U.T))
        cfg = als.Config(k=k, lam=0.0, biases=False)
        for T in sweeps:
            s = fit(als, R, cfg, T, seed)
            out.append(distance(f"ALS, {T} sweep{'s' if T > 1 else ''}", k, X, s.W @ s.U.T))
        out.append(distance("random columns", k, X, on_random_columns(X, k, rng)))
    return out


class Error(NamedTuple):
    """RMSE of one method at one k, on the ratings it was given and on those it was not."""

    name: str
    k: int
    train: float
    test: float


SVD_NAMES = {
    fills.zeros: "SVD, zeros",
    fills.mean: "SVD, μ",
    fills.user_means: "SVD, user means",
    fills.item_means: "SVD, item means",
    fills.both_means: "SVD, both means",
}
HARD, SOFT, ALS = "filled again (λ = 0)", "filled again, shrunk by λ", "ALS, no fill"


class Plan(NamedTuple):
    """What is compared. ks: ranks.  lam: λ of soft-impute and of ALS.  T: sweeps.  seed: of ALS's start."""

    ks: tuple[int, ...] = (1, 2, 3, 5, 8, 12, 20)
    lam: float = 10.0
    T: int = 10
    seed: int = 0

    @property
    def names(self) -> list[str]:
        """What each unit of `with_holes` is about."""
        return [*SVD_NAMES.values(), *(f"{name}, k = {k}" for name in (HARD, SOFT, ALS) for k in self.ks)]


def with_holes(train: Ratings, test: Ratings, plan: Plan) -> Iterator[tuple[Error, ...]]:
    """Every fill decomposed once, then filled again and again, with λ and without, and ALS, which fills nothing.

    One unit of work after the other, as `plan.names` lists them. ALS has biases, the others the means that take
    their place; k beyond min(N, M) is left out.
    """
    ks = [k for k in plan.ks if k <= min(train.N, train.M)] or [1]
    score = partial(_error, train, test)
    for fill, name in SVD_NAMES.items():
        whole = svd.fit_at_once(train, svd.Config(k=max(ks), fill=fill))
        yield tuple(score(name, k, svd.predict, svd.truncated(whole, k)) for k in ks)
    soft = impute.Config(lam=plan.lam, fill=fills.both_means)
    for name, cfg in ((HARD, replace(soft, lam=0.0)), (SOFT, soft)):
        for k in ks:
            yield (score(name, k, impute.predict, fit(impute, train, replace(cfg, k=k), plan.T)),)
    for k in ks:
        yield (score(ALS, k, als.predict, fit(als, train, als.Config(k=k, lam=plan.lam), plan.T, plan.seed)),)


def _error(
    train: Ratings, test: Ratings, name: str, k: int, predict: Callable[[als.State, Any, Any], Floats], s: als.State
) -> Error:
    return Error(name, k, *(metrics.rmse(predict(s, part.i, part.j), part.r) for part in (train, test)))
