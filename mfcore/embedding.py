"""Matrix factorization as a network (notes §13–14): two tables of embeddings and a dot product, fitted by descent.

    r̂_ij − μ = w_iᵀu_j + b_i + c_j          w_i = W[i], u_j = U[j]; b and c are tables of width 1

A user's id picks a row of W, an item's a row of U; the target is r − μ. J is `als`'s, and where ALS solves for a block
at a time, here every batch of ratings moves all four tables a step down the slope of its own share of J. The L2 terms
make the minimum the maximum a posteriori of §11.

Source of the descents: Robbins and Monro (1951); Polyak (1964); Kingma and Ba (2015).
"""

from dataclasses import dataclass, field, replace
from numbers import Integral, Real
from typing import Any, Literal, NamedTuple

import numpy as np

from mfcore import als, kernels, nn
from mfcore.descent import bounded
from mfcore.kernels import sgd
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings


@dataclass(frozen=True, slots=True)
class Config:
    """What is fitted and how.

    k, lam, biases, weighted, dtype: as in `als.Config`.
    rule: the optimizer and its learning rate η.  batch: B, ratings a step, ≥ 1.
    decay: ≥ 0; epoch t descends at η/(1 + decay·(t − 1)).
    init_scale: > 0; how long the first vectors are, in lengths of `als.init`'s.
    kernel: of J and of steps of one rating, as in `als.Config`.

    Raises ValueError on a value outside these.
    """

    k: int = 10
    lam: float = 5.0
    biases: bool = True
    weighted: bool = False
    rule: nn.Rule = field(default_factory=lambda: nn.Rule("adam", 0.005))
    batch: int = 256
    decay: float = 0.0
    init_scale: float = 0.1
    dtype: Literal["float32", "float64"] = "float64"
    kernel: kernels.Form = "auto"

    def __post_init__(self) -> None:
        self.solved()  # which minds k, lam, dtype and kernel
        if not isinstance(self.batch, Integral) or self.batch < 1:
            raise ValueError(f"batch counts ratings and is a whole number from 1 on, not {self.batch!r}")
        if not isinstance(self.decay, Real) or not 0 <= self.decay < np.inf:
            raise ValueError(f"decay is a finite number ≥ 0, not {self.decay!r}")
        if not isinstance(self.init_scale, Real) or not 0 < self.init_scale < np.inf:
            raise ValueError(f"init_scale is a finite number > 0, not {self.init_scale!r}")

    def solved(self) -> als.Config:
        """The same model and the same J for ALS."""
        joint = self.biases
        return als.Config(self.k, self.lam, self.biases, joint, self.weighted, self.dtype, self.kernel)

    def rate_at(self, t: int) -> float:
        """η of the epoch that follows t epochs: η/(1 + decay·t)."""
        return self.rule.rate / (1 + self.decay * t)

    @property
    def plain(self) -> bool:
        """Whether every step is plain descent on one rating, of which there is a fast form."""
        return self.rule.name == "sgd" and self.batch == 1


@dataclass(frozen=True, slots=True, eq=False)
class State(als.State):
    """`als.State` after t epochs, and with it what the optimizer remembers."""

    moments: nn.Moments

    @property
    def params(self) -> nn.Params:
        """The tables by their names; those a model without biases does not move are not remembered and not here."""
        return {name: getattr(self, name) for name in self.moments.mean}


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: `als.init`'s start, `cfg.init_scale` as long. Whoever nobody rated has a vector of 0, and will keep it."""
    s = als.init(R, cfg.solved(), rng)
    scale = np.dtype(cfg.dtype).type(cfg.init_scale)
    W, U = s.W * scale * (R.users_counts > 0)[:, None], s.U * scale * (R.items_counts > 0)[:, None]
    params = {"W": W, "U": U} | ({"b": s.b, "c": s.c} if cfg.biases else {})
    return State(0, W, U, s.b, s.c, s.mu, nn.at_rest(params))


class Batch(NamedTuple):
    """Some ratings: users i, items j, stars r, and what each is charged for its user's and item's rows; (B,) each."""

    i: Ints
    j: Ints
    r: Floats
    lam_i: Floats
    lam_j: Floats

    def at(self, places: Any) -> "Batch":
        """Those at some places."""
        return Batch(*(part[places] for part in self))


def everything(R: Ratings, cfg: Config) -> Batch:
    """All ratings as one batch, in the order of R.i, R.j, R.r."""
    i, j = R.i, R.j
    of_i, of_j = charges(R, cfg)
    return Batch(i, j, R.r.astype(cfg.dtype), of_i[i], of_j[j])


def charges(R: Ratings, cfg: Config) -> tuple[Floats, Floats]:
    """λ/|Ψ_i| (N,) and λ/|Ω_j| (M,): so much of a row's penalty is each of its ratings'; with cfg.weighted λ."""
    counts = (np.maximum(n, 1) for n in (R.users_counts, R.items_counts))
    of_i, of_j = (np.asarray(cfg.lam / (np.ones(len(n)) if cfg.weighted else n), cfg.dtype) for n in counts)
    return of_i, of_j


@equation(
    r"\ell_{ij} = (r_{ij} - \hat r_{ij})^2 + \tfrac{\lambda}{|\Psi_i|}\big(\|w_i\|^2 + b_i^2\big)"
    r" + \tfrac{\lambda}{|\Omega_j|}\big(\|u_j\|^2 + c_j^2\big), \qquad J = \sum_{(i,j)\in\Omega} \ell_{ij}",
    notes="9, 14",
)
def losses(s: als.State, x: Batch) -> Floats:
    """ℓ = e² + λ/|Ψ_i| (‖w_i‖² + b_i²) + λ/|Ω_j| (‖u_j‖² + c_j²) of every rating: summed over Ω they are J. (B,)"""
    e = residuals(s, x)
    of_user = nn.dot(s.W[x.i], s.W[x.i]) + s.b[x.i] ** 2
    of_item = nn.dot(s.U[x.j], s.U[x.j]) + s.c[x.j] ** 2
    found: Floats = e**2 + x.lam_i * of_user + x.lam_j * of_item
    return found


@equation(r"e_{ij} = r_{ij} - \mu - (w_i^\top u_j + b_i + c_j)", notes="14")
def residuals(s: als.State, x: Batch) -> Floats:
    """e = (r − μ) − (w_iᵀu_j + b_i + c_j): target less output, forward through look-ups and dot product. (B,)"""
    e: Floats = x.r - s.mu - (nn.dot(nn.lookup(s.W, x.i), nn.lookup(s.U, x.j)) + s.b[x.i] + s.c[x.j])
    return e


@equation(
    r"g = \frac{1}{B}\sum_{(i,j)} \nabla \ell_{ij}, \qquad"
    r" \frac{\partial J}{\partial W} = \mathrm{onehot}(i)^\top \frac{\partial J}{\partial p}",
    notes="13, 14",
)
def gradient(s: als.State, x: Batch, biases: bool = True) -> nn.Params:
    """The mean of ∇ℓ over a batch, backward through the network's layers (notes §14).

    By name, each of its table's shape: rows that no rating of the batch picked are 0.
    """
    B = len(x.r)
    p, q = nn.lookup(s.W, x.i), nn.lookup(s.U, x.j)  # (B, k)
    g = residuals(s, x) * (-2 / B)  # ∂/∂r̂, (B,)
    gp, gq = nn.dot_back(g, p, q)
    of_i, of_j = x.lam_i * (1 / B), x.lam_j * (1 / B)
    gp, gq = gp + nn.l2_back(p, of_i[:, None]), gq + nn.l2_back(q, of_j[:, None])
    if not biases:
        return {"W": nn.lookup_back(gp, x.i, len(s.W)), "U": nn.lookup_back(gq, x.j, len(s.U))}
    gb, gc = g + nn.l2_back(s.b[x.i], of_i), g + nn.l2_back(s.c[x.j], of_j)
    # A bias is a table of width 1 beside W's: one way back for both.
    of_users = nn.lookup_back(np.column_stack([gp, gb]), x.i, len(s.W))
    of_items = nn.lookup_back(np.column_stack([gq, gc]), x.j, len(s.U))
    return {"W": of_users[:, :-1], "U": of_items[:, :-1], "b": of_users[:, -1], "c": of_items[:, -1]}


class OfOne(NamedTuple):
    """The gradient of one rating's loss: its error e, and ∂ℓ by w_i (k,), u_j (k,), b_i and c_j."""

    e: float
    w: Floats
    u: Floats
    b: float
    c: float


@equation(
    r"\begin{aligned} \tfrac{\partial \ell}{\partial w_i} &= -2 e_{ij} u_j + 2\tfrac{\lambda}{|\Psi_i|} w_i &"
    r" \tfrac{\partial \ell}{\partial b_i} &= -2 e_{ij} + 2\tfrac{\lambda}{|\Psi_i|} b_i \\"
    r" \tfrac{\partial \ell}{\partial u_j} &= -2 e_{ij} w_i + 2\tfrac{\lambda}{|\Omega_j|} u_j &"
    r" \tfrac{\partial \ell}{\partial c_j} &= -2 e_{ij} + 2\tfrac{\lambda}{|\Omega_j|} c_j \end{aligned}",
    notes="14",
)
def gradient_of_one(s: als.State, R: Ratings, cfg: Config, i: int, j: int) -> OfOne:
    """The gradient of ℓ_ij by hand: no other row of any table is in it (notes §14).

    Raises LookupError if user i did not rate item j.
    """
    Psi, r = R.of_user(i)
    place = int(np.searchsorted(Psi, j))
    if place == len(Psi) or Psi[place] != j:
        raise LookupError(f"user {i} has not rated item {j}")
    of_i = cfg.lam if cfg.weighted else cfg.lam / len(Psi)
    of_j = cfg.lam if cfg.weighted else cfg.lam / len(R.Omega(j))
    w, u, b, c = s.W[i], s.U[j], float(s.b[i]), float(s.c[j])
    e = float(r[place]) - s.mu - (float(w @ u) + b + c)
    return OfOne(
        e,
        w=-2 * e * u + 2 * of_i * w,
        u=-2 * e * w + 2 * of_j * u,
        b=(-2 * e + 2 * of_i * b) * cfg.biases,
        c=(-2 * e + 2 * of_j * c) * cfg.biases,
    )


@equation(r"\theta \leftarrow \theta - \eta_t\, g, \qquad \eta_t = \frac{\eta}{1 + \text{decay}\,(t - 1)}", notes="14")
def step(s: State, x: Batch, cfg: Config) -> State:
    """One step of `cfg.rule` down the gradient of one batch, at the rate of epoch t + 1 (notes §14).

    Rows that the batch did not pick stay as they are, and so does what is remembered of them.
    """
    return _stepped(_copied(s), x, cfg)


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One epoch: every rating once, in batches drawn anew; plain steps of one rating in the order of `kernels.sgd`.

    Raises DivergedError as `descent.bounded` does, where the learning rate was too large.
    """
    with np.errstate(over="ignore", invalid="ignore"):
        after = _one_by_one(s, R, cfg, rng) if cfg.plain else _batch_by_batch(s, R, cfg, rng)
    after = replace(after, t=s.t + 1)
    return bounded(after, s, after.params, R, predict)


def _batch_by_batch(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    ratings, s = everything(R, cfg), _copied(s)
    for places in nn.batches(R.n, cfg.batch, rng):
        s = _stepped(s, ratings.at(places), cfg)
    return s


def _one_by_one(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    W, U, b, c = sgd.epoch(
        R, (s.W, s.U, s.b, s.c), s.mu, charges(R, cfg), cfg.rate_at(s.t), cfg.biases, rng, cfg.kernel
    )
    return replace(s, W=W, U=U, b=b, c=c, moments=s.moments._replace(steps=s.moments.steps + R.n))


def _copied(s: State) -> State:
    """The same in memory of its own."""
    steps, mean, square = s.moments
    kept = nn.Moments(steps, *({name: x.copy() for name, x in part.items()} for part in (mean, square)))
    return replace(s, W=s.W.copy(), U=s.U.copy(), b=s.b.copy(), c=s.c.copy(), moments=kept)


def _stepped(s: State, x: Batch, cfg: Config) -> State:
    """`step` in the memory of s: the network of the picked rows alone makes it, and they are put back."""
    (users, i), (items, j) = (np.unique(ids, return_inverse=True) for ids in (x.i, x.j))
    rows = {"W": users, "U": items, "b": users, "c": items}
    tables = {"W": s.W, "U": s.U, "b": s.b, "c": s.c}

    def picked(whole: nn.Params) -> nn.Params:
        return {name: table[rows[name]] for name, table in whole.items()}

    near, moments = picked(tables), nn.Moments(s.moments.steps, picked(s.moments.mean), picked(s.moments.square))
    g = gradient(State(s.t, **near, mu=s.mu, moments=moments), x._replace(i=i, j=j), cfg.biases)
    rule = replace(cfg.rule, rate=cfg.rate_at(s.t))
    moved, after = nn.step({name: near[name] for name in g}, g, moments, rule)
    for whole, part in ((tables, moved), (s.moments.mean, after.mean), (s.moments.square, after.square)):
        for name, new in part.items():
            whole[name][rows[name]] = new
    return replace(s, moments=s.moments._replace(steps=after.steps))


def objective(s: als.State, R: Ratings, cfg: Config) -> float:
    """J of `als.objective`, which the losses of all ratings add up to (notes §9, 14)."""
    return als.objective(s, R, cfg.solved())


def predict(s: als.State, i: Any, j: Any) -> Floats:
    """r̂_ij for pairs of row numbers i, j of equal shape: `als.predict`."""
    return als.predict(s, i, j)
