"""Residual learning (notes §15): a factorization and a network side by side, their outputs added.

    r̂_ij = MF_ij + ANN_ij        MF_ij = w_iᵀu_j + b_i + c_j + μ        ANN_ij = dense(… f(dense([p_i, q_j])))

Both branches see the same two ids. MF has the tables of `embedding`; the network has tables P and Q of its own, since
what helps a product is not what helps a layer, as wide as a vector and its bias. It puts p_i and q_j side by side and
sends them through dense layers down to one number. Its last layer starts at 0, and with it its output: the model
begins as MF. Where MF came first, p_i and q_j begin as copies of what it found.

    J = Σ_Ω (r_ij − r̂_ij)² + λ(‖W‖² + ‖U‖² + ‖b‖² + ‖c‖²) + ν Σ_Ω (‖p_i‖² + ‖q_j‖² + Σ_l ‖A_l‖²)

Source: He et al. (2016), Deep residual learning; Cheng et al. (2016), Wide & deep learning.
"""

from collections.abc import Callable
from dataclasses import dataclass, field, replace
from itertools import pairwise
from numbers import Integral, Real
from typing import Any, Literal, NamedTuple

import numpy as np

from mfcore import als, embedding, metrics, nn
from mfcore.descent import bounded
from mfcore.embedding import Batch
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints, Ratings
from mfcore.run import fit

BRANCH = ("W", "U", "b", "c")  # MF's parameters, by name
PAIRS = 1 << 16  # that go through the layers at a time


@dataclass(frozen=True, slots=True)
class Config:
    """What is fitted and how.

    k, lam: of the MF branch, as in `als.Config`; it has biases.
    hidden: widths of the layers between [p_i, q_j], 2(k + 1) numbers, and the output.
    activation: "relu" or "tanh", after each of those.  lam_net: ν ≥ 0, charged once per rating.
    staged: MF first, by `sweeps` of ALS, and then the network alone on what is left; else both together from the start.
    rule: the optimizer and its learning rate.  batch: ratings a step, ≥ 1.  dtype: of all arrays.

    Raises ValueError on a value outside these.
    """

    k: int = 5
    lam: float = 5.0
    hidden: tuple[int, ...] = (32, 16)
    activation: Literal["relu", "tanh"] = "tanh"
    lam_net: float = 1e-5
    staged: bool = False
    sweeps: int = 15
    rule: nn.Rule = field(default_factory=lambda: nn.Rule("adam", 0.005))
    batch: int = 256
    dtype: Literal["float32", "float64"] = "float64"

    def __post_init__(self) -> None:
        self.mf()  # which minds k, lam, batch and dtype
        if not all(isinstance(n, Integral) and n >= 1 for n in (self.sweeps, *self.hidden)):
            raise ValueError(f"sweeps and widths are whole numbers from 1 on, not {self.sweeps!r} and {self.hidden!r}")
        if self.activation not in ("relu", "tanh"):
            raise ValueError(f'activation is "relu" or "tanh", not {self.activation!r}')
        if not isinstance(self.lam_net, Real) or not 0 <= self.lam_net < np.inf:
            raise ValueError(f"lam_net is a finite number ≥ 0, not {self.lam_net!r}")

    def mf(self) -> embedding.Config:
        """The MF branch as a model of its own."""
        return embedding.Config(k=self.k, lam=self.lam, rule=self.rule, batch=self.batch, dtype=self.dtype)

    def alone(self) -> als.Config:
        """The MF branch as ALS fits it."""
        return als.Config(k=self.k, lam=self.lam, joint=True, dtype=self.dtype)


@dataclass(frozen=True, slots=True, eq=False)
class State(embedding.State):
    """`embedding.State`, and the network's tables P (N, k+1), Q (M, k+1) and layers A_l, a_l after them.

    moments: of what descent moves; where MF came first and stays, of the network alone.
    """

    P: Floats
    Q: Floats
    A: tuple[Floats, ...]
    a: tuple[Floats, ...]
    activation: nn.Activated

    @property
    def whole(self) -> nn.Params:
        """All parameters by name: W, U, b, c, P, Q, and A0, a0, A1, … in their order."""
        layers = {f"{letter}{n}": x for letter, of in (("A", self.A), ("a", self.a)) for n, x in enumerate(of)}
        return {name: getattr(self, name) for name in (*BRANCH, "P", "Q")} | layers

    @property
    def params(self) -> nn.Params:
        """Those that descent moves."""
        return {name: x for name, x in self.whole.items() if name in self.moments.mean}

    def having(self, moved: nn.Params, moments: nn.Moments) -> "State":
        """The same with these parameters in the places of theirs."""
        whole: dict[str, Any] = {**self.whole, **moved}
        A, a = (tuple(whole.pop(f"{letter}{n}") for n in range(len(self.A))) for letter in "Aa")
        return replace(self, moments=moments, A=A, a=a, **whole)


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: `embedding.init`'s tables, or with cfg.staged those that ALS ends at, and a network that says 0.

    p_i starts as ALS's [w_i, b_i] and q_j as its [u_j, c_j], or else at random, with entries N(0, 1/(k+1)) and 0 where
    nobody rated. A_l is uniform within ±√(6/(inputs + outputs)) and a_l = 0, the last layer all 0.
    Source: Glorot and Bengio (2010).
    """
    mf: als.State
    if cfg.staged:
        mf = first(R, cfg, rng)
        P, Q = np.column_stack([mf.W, mf.b]), np.column_stack([mf.U, mf.c])
    else:
        mf = embedding.init(R, cfg.mf(), rng)
        sides = ((R.N, R.users_counts), (R.M, R.items_counts))
        P, Q = (rng.standard_normal((n, cfg.k + 1)) * (counts > 0)[:, None] / np.sqrt(cfg.k + 1) for n, counts in sides)
    widths = (2 * cfg.k + 2, *cfg.hidden, 1)
    bounds = [(np.sqrt(6 / (p + q)), (p, q)) for p, q in pairwise(widths)]
    A = [rng.uniform(-bound, bound, shape) for bound, shape in bounds[:-1]] + [np.zeros(widths[-2:])]
    P, Q = P.astype(cfg.dtype), Q.astype(cfg.dtype)
    weights, offsets = (tuple(x.astype(cfg.dtype) for x in of) for of in (A, [np.zeros(q) for q in widths[1:]]))
    s = State(0, mf.W, mf.U, mf.b, mf.c, mf.mu, nn.at_rest({}), P, Q, weights, offsets, cfg.activation)
    moved = {name: x for name, x in s.whole.items() if not cfg.staged or name not in BRANCH}
    return replace(s, moments=nn.at_rest(moved))


def first(R: Ratings, cfg: Config, rng: np.random.Generator) -> als.State:
    """MF alone: `cfg.sweeps` sweeps of ALS from its random start."""
    return fit(als, R, cfg.alone(), cfg.sweeps, start=als.init(R, cfg.alone(), rng))


class Parts(NamedTuple):
    """The two shares of a prediction, in stars; their sum is r̂."""

    mf: Floats
    network: Floats


def layers(s: State, i: Ints, j: Ints) -> list[Floats]:
    """[p_i, q_j] (B, 2·width) and each layer's output after it; the last, (B, 1), is ANN (notes §15).

    dense, f, dense, f, …, dense: the output itself is not bent.
    """
    f, last = nn.ACTIVATIONS[s.activation].f, len(s.A) - 1
    outputs = [np.hstack([nn.lookup(s.P, i), nn.lookup(s.Q, j)])]
    for n, (A, a) in enumerate(zip(s.A, s.a, strict=True)):
        y = nn.dense(outputs[-1], A, a)
        outputs.append(y if n == last else f(y))
    return outputs


def layers_back(g: Floats, s: State, x: Batch, outputs: list[Floats]) -> nn.Params:
    """By name, ∂J/∂ of the network's parameters, where g (B,) is ∂J/∂ANN and outputs are `layers`'."""
    f, last = nn.ACTIVATIONS[s.activation], len(s.A) - 1
    grads, back = {}, g[:, None]
    for n in range(last, -1, -1):
        if n < last:
            back = f.back(back, outputs[n + 1])
        grads[f"A{n}"], grads[f"a{n}"], onward = nn.dense_back(back, outputs[n], s.A[n])
        assert onward is not None  # no input is sparse
        back = onward
    gp, gq = np.split(back, 2, axis=1)
    return grads | {"P": nn.lookup_back(gp, x.i, len(s.P)), "Q": nn.lookup_back(gq, x.j, len(s.Q))}


@equation(r"\hat r_{ij} = \underbrace{w_i^\top u_j + b_i + c_j + \mu}_{\text{MF}} + \text{ANN}(p_i, q_j)", notes="15")
def parts(s: State, i: Any, j: Any) -> Parts:
    """MF_ij and ANN_ij for pairs of row numbers i, j of equal shape (notes §15)."""
    i, j = np.asarray(i), np.asarray(j)
    flat_i, flat_j = i.ravel(), j.ravel()
    blocks = [slice(n, n + PAIRS) for n in range(0, max(i.size, 1), PAIRS)]
    network = [layers(s, flat_i[block], flat_j[block])[-1][:, 0] for block in blocks]
    return Parts(als.predict(s, i, j), np.concatenate(network).reshape(i.shape))


def predict(s: State, i: Any, j: Any) -> Floats:
    """r̂_ij = MF_ij + ANN_ij for pairs of row numbers i, j of equal shape (notes §15)."""
    mf, network = parts(s, i, j)
    return mf + network


Target = Callable[[State, Batch], Floats]


@equation(r"y_{ij} = r_{ij} - \text{MF}_{ij}", notes="15")
def rest(s: State, x: Batch) -> Floats:
    """y = r − MF: the residual of the rating, which is what the network is to say (notes §15; E6). (B,)"""
    return embedding.residuals(s, x)


@equation(r"y_{ij} = \hat r_{ij} - \text{MF}_{ij}", notes="15")
def rest_as_written(s: State, x: Batch) -> Floats:
    """y = r̂ − MF, as the notes write it: the network's own output, so there is nothing to learn from it (E6). (B,)"""
    mf, network = parts(s, x.i, x.j)
    y: Floats = (mf + network) - mf
    return y


@equation(
    r"\frac{\partial J}{\partial\,\text{ANN}} = \frac{\partial J}{\partial\,\text{MF}}"
    r" = -\frac{2}{B}\,\big(r_{ij} - \text{MF}_{ij} - \text{ANN}_{ij}\big)",
    notes="15",
)
def gradient(s: State, x: Batch, cfg: Config, target: Target = rest) -> nn.Params:
    """The mean of ∇ℓ over a batch, by name: a sum sends the same slope into both branches (notes §15).

    Each branch learns what the other leaves: the network's target is r − MF, and MF's is r − ANN.
    """
    outputs = layers(s, x.i, x.j)
    network, B = outputs[-1][:, 0], len(x.r)
    grads = dict(layers_back((target(s, x) - network) * (-2 / B), s, x, outputs))
    p, q = np.split(outputs[0], 2, axis=1)
    for name, rows, i, V in (("P", p, x.i, len(s.P)), ("Q", q, x.j, len(s.Q))):
        grads[name] = grads[name] + nn.lookup_back(nn.l2_back(rows, cfg.lam_net / B), i, V)
    for n, A in enumerate(s.A):
        grads[f"A{n}"] = grads[f"A{n}"] + nn.l2_back(A, cfg.lam_net)
    return grads if cfg.staged else {**grads, **embedding.gradient(s, x._replace(r=x.r - network))}


def step(s: State, x: Batch, cfg: Config, target: Target = rest) -> State:
    """One step of `cfg.rule` down the gradient of one batch. Rows of tables that it did not pick stay as they are."""
    return _stepped(_copied(s), x, cfg, target)


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator, target: Target = rest) -> State:
    """One epoch: every rating once, in batches drawn anew. Raises DivergedError as `descent.bounded` does."""
    ratings, after = embedding.everything(R, cfg.mf()), _copied(s)
    with np.errstate(over="ignore", invalid="ignore"):
        for places in nn.batches(R.n, cfg.batch, rng):
            after = _stepped(after, ratings.at(places), cfg, target)
    after = replace(after, t=s.t + 1)
    return bounded(after, s, after.params, R, predict)


def _copied(s: State) -> State:
    """The same, with what descent moves in memory of its own."""
    steps, *remembered = s.moments
    mean, square, params = ({name: x.copy() for name, x in of.items()} for of in (*remembered, s.params))
    return s.having(params, nn.Moments(steps, mean, square))


def _stepped(s: State, x: Batch, cfg: Config, target: Target) -> State:
    """`step` in the memory of s: the network of the picked rows alone makes it, and they are put back."""
    (users, i), (items, j) = (np.unique(ids, return_inverse=True) for ids in (x.i, x.j))
    rows: dict[str, Any] = dict.fromkeys("WbP", users) | dict.fromkeys("UcQ", items)

    def picked(of: nn.Params) -> nn.Params:
        return {name: whole[rows.get(name, ...)] for name, whole in of.items()}

    moments = nn.Moments(s.moments.steps, picked(s.moments.mean), picked(s.moments.square))
    near = s.having(picked(s.whole), moments)
    g = gradient(near, x._replace(i=i, j=j), cfg, target)
    moved, after = nn.step(near.params, g, moments, cfg.rule)
    for old, new in ((s.params, moved), (s.moments.mean, after.mean), (s.moments.square, after.square)):
        for name, part in new.items():
            old[name][rows.get(name, ...)] = part
    return replace(s, moments=s.moments._replace(steps=after.steps))


@equation(
    r"J = \sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2 + \lambda\big(\|W\|_F^2 + \|U\|_F^2 + \|b\|^2 + \|c\|^2\big)"
    r" + \nu \sum_{(i,j)\in\Omega} \big(\|p_i\|^2 + \|q_j\|^2 + \textstyle\sum_l \|A_l\|_F^2\big)",
    notes="15",
)
def objective(s: State, R: Ratings, cfg: Config) -> float:
    """J: squared misses of the sum, λ for MF's rows, ν for every rating's p_i, q_j and all A_l (notes §15)."""
    missed = R.n * metrics.mse(predict(s, R.i, R.j), R.r)
    of_layers = R.n * sum(nn.l2(A, cfg.lam_net) for A in s.A)
    of_rows = sum(
        float((X.astype(np.float64) ** 2).sum(axis=1) @ counts)
        for X, counts in ((s.P, R.users_counts), (s.Q, R.items_counts))
    )
    return missed + als.penalty(s, R, cfg.alone()) + cfg.lam_net * of_rows + of_layers
