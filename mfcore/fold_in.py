"""Folding in: somebody new from a few ratings, with every film held fixed (notes §3, 4, 6–9, 12).

Once U, c and μ are known, a newcomer's x = [w, b] is one ridge regression on their own ratings; nothing is trained
again. With z_j = [u_j, 1], y_j = r_j − c_j − μ and A = Σ z zᵀ + λI

    x = A⁻¹ Σ y_l z_l        r̂_j = μ + c_j + z_jᵀx = μ + c_j + Σ_l (z_jᵀA⁻¹z_l) y_l

so each rating has a share in each prediction. Ridge is the top of a posterior, λ = λ_prior σ² (§11, E5), whose
covariance is σ²A⁻¹: what is not known of the newcomer. That U and c are estimates too is left out (§12 keeps it in).
A new film is a new user of the transposed State: fold(s.T, users, r, cfg). Without biases x = w, z_j = u_j, y_j = r_j.

Sources: Sarwar, Karypis, Konstan and Riedl (2002), Incremental singular value decomposition algorithms for highly
scalable recommender systems (fold-in); Sherman and Morrison (1950), Adjustment of an inverse matrix.
"""

from dataclasses import dataclass, replace
from typing import Any

import numpy as np

from mfcore import als, pmf
from mfcore.errors import DataError
from mfcore.notation import equation
from mfcore.predictive import Predictive
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.ridge import Row, ridge_row


@dataclass(frozen=True, slots=True, eq=False)
class Folded:
    """A newcomer beside a trained State, in float64.

    s, cfg: what was trained, and how.  items: (n,) what they rated, ascending.  r: (n,) their ratings, in stars.
    Z: (n, d) a row z_l a rating, d = k + 1, or k without biases.  y: (n,) r − c_l − μ.  lam: what x is charged, λ, or
    λn with cfg.weighted.  row: the system A x = v and its solution.
    """

    s: als.State
    cfg: als.Config
    items: Ints
    r: Floats
    Z: Floats
    y: Floats
    lam: float
    row: Row

    @property
    def w(self) -> Floats:
        """(k,) the vector."""
        return self.row.x[: self.s.U.shape[1]]

    @property
    def b(self) -> float:
        """The bias, in stars; 0 in a model without biases."""
        return float(self.row.x[-1]) if self.cfg.biases else 0.0


@equation(
    r"\begin{bmatrix} w \\ b \end{bmatrix} = \Big(\sum_l z_l z_l^\top + \lambda I\Big)^{-1}"
    r"\sum_l (r_l - c_l - \mu)\, z_l, \qquad z_l = \begin{bmatrix} u_l \\ 1 \end{bmatrix}",
    notes="6, 7, 9",
)
def fold(s: als.State, items: Any, r: Any, cfg: als.Config) -> Folded:
    """[w, b] = (Σ z zᵀ + λI)⁻¹ Σ (r_l − c_l − μ) z_l: the row that `als.update_W` with joint=True would solve for them.

    items: (n,) row numbers j of the State's items, no two alike.  r: (n,) ratings in stars.  cfg: the State's own.
    Nothing rated (n = 0) leaves x = 0, so that c_j + μ is predicted. Where λ = 0 and fewer than d ratings span d
    directions, the shortest solution (E11).

    Raises DataError on lists of unequal length, an item that is none of the State's or named twice, or a rating that
    is not a finite number.
    """
    j, given = _checked(len(s.U), np.asarray(items), np.asarray(r))
    s = replace(s, **{name: getattr(s, name).astype(np.float64, copy=False) for name in ("W", "U", "b", "c")})
    cfg = replace(cfg, joint=cfg.biases, dtype="float64")
    Z, y, lam = als.regression(s, j, given, 0.0, cfg)
    return Folded(s, cfg, j, given, Z, y, lam, ridge_row(Z, y, lam))


def _checked(M: int, j: Any, r: Any) -> tuple[Ints, Floats]:
    """Items ascending, so that their order changes not even a last bit, and the ratings beside them."""
    if j.ndim != 1 or j.shape != r.shape:
        raise DataError(f"items and ratings are two lists of equal length, not of shapes {j.shape} and {r.shape}")
    if len(j) and not np.issubdtype(j.dtype, np.integer):
        raise DataError(f"items are row numbers, whole numbers from 0 to {M - 1}, not {j.dtype}")
    j = j.astype(np.int64)
    if len(outside := j[(j < 0) | (j >= M)]):
        raise DataError(f"there is no item {outside[0]}: items are numbered from 0 to {M - 1}")
    order = np.argsort(j, kind="stable")
    j = j[order]
    if len(twice := j[1:][j[1:] == j[:-1]]):
        raise DataError(f"item {twice[0]} is rated twice: keep one of its ratings")
    try:
        r = r.astype(np.float64)[order]
    except (TypeError, ValueError) as e:
        raise DataError(f"a rating is not a number: {e}") from e
    if not np.isfinite(r).all():
        n = int(np.argmin(np.isfinite(r)))
        raise DataError(f"the rating of item {j[n]} is {r[n]}, not a finite number")
    return j, r


def without(f: Folded, n: int) -> Folded:
    """The same newcomer without rating n of 0 … len(f.items) − 1, solved anew."""
    keep = np.arange(len(f.items)) != n
    return fold(f.s, f.items[keep], f.r[keep], f.cfg)


def directions(f: Folded, j: Any) -> Floats:
    """(m, d) rows z_j = [u_j, 1] of items j (m,), or u_j without biases: what x is multiplied with."""
    U = f.s.U[j]
    return np.column_stack([U, np.ones(len(U))]) if f.cfg.biases else U


@equation(r"\hat r_j = \mu + c_j + z_j^\top x", notes="2, 7")
def predict(f: Folded, j: Any) -> Floats:
    """r̂_j = μ + c_j + z_jᵀx of items j (m,), in stars. Returns (m,)."""
    found: Floats = f.s.mu + f.s.c[j] + directions(f, j) @ f.row.x
    return found


@equation(
    r"\hat r_j = \mu + c_j + \sum_l s_{jl}, \qquad s_{jl} = \big(z_j^\top A^{-1} z_l\big)\,(r_l - c_l - \mu)",
    notes="3, 4, 7",
)
def shares(f: Folded, j: Any) -> Floats:
    """s_jl = (z_jᵀA⁻¹z_l) y_l: what each rating adds to the prediction for items j (m,), in stars. Returns (m, n).

    Together with μ + c_j they are r̂_j, exactly. Raises ValueError where A has no inverse (λ = 0, E11).
    """
    return (directions(f, j) @ _over(f, f.Z.T)) * f.y


def covariance(f: Folded, sigma: float) -> Floats:
    """σ²A⁻¹ (d, d): the posterior covariance of x with λ_prior = λ/σ². Raises ValueError where A has no inverse."""
    return sigma**2 * _over(f, np.eye(len(f.row.A)))


@equation(r"\mathrm{Var}(r_j) = \sigma^2\,\big(1 + z_j^\top A^{-1} z_j\big)", notes="11, 12")
def predictive(f: Folded, j: Any, sigma: float) -> Predictive:
    """What the newcomer will give items j (m,): mean r̂_j, doubt σ√(z_jᵀA⁻¹z_j), and noise σ² on top (notes §12).

    sigma: σ of a rating, in stars (see `noise`).  As of one draw, whose squares are the variance itself.
    Only x is in doubt: U and c count as known, so intervals are narrower than those of `bpmf`. With cfg.weighted the
    prior that λn stands for depends on n, which no prior should.  Raises ValueError where A has no inverse.
    """
    Z = directions(f, j)
    doubt = np.einsum("md,dm->m", Z, _over(f, Z.T))
    return Predictive(np.zeros(len(Z), np.int64), np.asarray(j), 1, predict(f, j), sigma**2 * doubt, sigma**2)


@equation(
    r"\sum_j \mathrm{Var}(\hat r_j) - \mathrm{Var}'(\hat r_j) ="
    r"\sigma^2 \sum_j \frac{(z_j^\top A^{-1} z_l)^2}{1 + z_l^\top A^{-1} z_l}",
    notes="12",
)
def falls(f: Folded, listed: Any, asked: Any, sigma: float) -> Floats:
    """By how much the variances of r̂ of the listed items (m,) fall in sum if one more item is rated, in stars².

    asked: (q,) which item, one at a time; returns (q,).  The rating itself does not matter, and need not be known:
    A′ = A + z_l z_lᵀ, whose inverse is the one of Sherman and Morrison.
    Raises ValueError where A has no inverse, and with cfg.weighted: there one rating more also changes λn.
    """
    if f.cfg.weighted:
        raise ValueError("with weighted=True one rating more also raises what x is charged: fold it in and compare")
    Z, over = directions(f, asked), _over(f, directions(f, asked).T)  # q×d, d×q
    fallen: Floats = ((directions(f, listed) @ over) ** 2).sum(axis=0) / (1 + np.einsum("qd,dq->q", Z, over))
    return sigma**2 * fallen


def narrowing(f: Folded, order: Any, listed: Any, sigma: float) -> Floats:
    """The doubt about the listed items (m,) after none, one, … all of the ratings, in stars, root mean square.

    order: (n,) places in f.items, in the order in which they are rated.  Returns (n + 1,).
    """
    parts = [fold(f.s, f.items[order[:n]], f.r[order[:n]], f.cfg) for n in range(len(order) + 1)]
    return np.array([np.sqrt(np.mean(predictive(part, listed, sigma).doubt ** 2)) for part in parts])


def _over(f: Folded, B: Floats) -> Floats:
    """A⁻¹B. Raises ValueError where there is no A⁻¹."""
    if not f.row.unique:
        raise ValueError("λ = 0 and too few ratings leave A without an inverse (E11): take λ > 0")
    solved: Floats = np.linalg.solve(f.row.A, B)
    return solved


@equation(r"\mathrm{df} = \sum_i \operatorname{tr}\Big(A_i^{-1} \sum_{j\in\Psi_i} z_j z_j^\top\Big)", notes="8, 9")
def freedom(s: als.State, R: Ratings, cfg: als.Config) -> float:
    """Σ_i tr(A_i⁻¹ Σ_Ψi z zᵀ): how many numbers the users' rows use up, given the films', of N·d that they hold.

    A direction in which Σ z zᵀ is e counts e/(e + λ), so less where λ holds back more. For the films' pass s.T, R.T.
    """
    Z = s.U.astype(np.float64)
    if cfg.biases:
        Z = np.column_stack([Z, np.ones(len(Z))])
    d, rated = Z.shape[1], R.by_user.copy()
    rated.data = np.ones(R.n)
    outer = np.einsum("ma,mb->mab", Z, Z).reshape(-1, d * d)
    e = np.linalg.eigvalsh((rated @ outer).reshape(-1, d, d))
    e = np.where(e > d * np.finfo(np.float64).eps * e[:, -1:], e, 0.0)
    lam = cfg.lam * (R.users_counts[:, None] if cfg.weighted else np.ones((R.N, 1)))
    return float(np.divide(e, e + lam, out=np.zeros_like(e), where=e > 0).sum())


@equation(
    r"\sigma^2 = \frac{\sum_{\Omega} (r_{ij} - \hat r_{ij})^2}{|\Omega| - \mathrm{df} - \mathrm{df}'}", notes="11"
)
def noise(s: als.State, R: Ratings, cfg: als.Config) -> float:
    """σ in stars, from how far the State misses the ratings R that it was trained on.

    A fit comes closer to its own ratings than to new ones, so the squares are divided not by their number but by what
    the fit leaves free of it: df is the users' `freedom`, df′ the films'. For small changes of all rows together the
    fit uses at most their sum, so on that account σ is rather too large than too small. What λ keeps the fit from
    reaching is counted as noise too, and a model that is wrong puts its error there.

    Raises DataError if less than one rating is left over.
    """
    left = R.n - freedom(s, R, cfg) - freedom(s.T, R.T, cfg)
    if left < 1:
        raise DataError(f"{R.n} ratings leave nothing over to tell noise by: raise λ, lower k, or bring more ratings")
    return max(float(np.sqrt(als.squared_error(s, R, cfg) / left)), pmf.least_sigma(R))


def of_others(s: als.State, train: Ratings, test: Ratings, cfg: als.Config, sigma: float) -> Predictive:
    """`predictive` of every pair of `test`, each user folded in from their ratings in `train`, in the order of test.i.

    s: trained on `train`, whose W and b are not looked at.
    """
    users = [i for i in range(test.N) if len(test.Psi(i))]
    seen = [predictive(fold(s, *train.of_user(i), cfg), test.Psi(i), sigma) for i in users]
    mean, squares = (np.concatenate([getattr(one, name) for one in seen]) for name in ("mean", "squares"))
    return Predictive(test.i, test.j, 1, mean, squares, sigma**2)
