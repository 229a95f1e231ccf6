"""A denoising autoencoder of pictures (notes §16–18): AutoRec with pictures for users and pixels for items.

What is seen of a picture goes in, less the mean grey μ, so that a hole is a 0; a hidden code of it is made; a grey
value comes out for every pixel. While it learns, ρ of what is seen is hidden from it as well:

    z = m ⊙ (x − μ) · p/Σm,    h = f(zA + a),    x̂ = hV + c + μ

with m = 1 where a pixel is seen, and p/Σm to make up for those that are not. Source: Vincent et al. (2010), Stacked
denoising autoencoders.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from numbers import Integral
from typing import NamedTuple

import numpy as np

from mfcore import descent, nn
from mfcore.notation import equation
from mfcore.ratings import Floats

RULE = nn.Rule("adam", rate=0.002)
LOOKED_AT = 10  # pictures, after every pass: whether what comes out is still a grey value


@dataclass(frozen=True, slots=True)
class Config:
    """hidden: numbers in a code, ≥ 1.  rho: 0 ≤ ρ < 1, the share of seen pixels that is hidden while it learns.

    masked: whether the loss counts only pixels that are known; unmasked, an unknown one counts as the 0 it holds,
    which is black.  batch: pictures a step, ≥ 1.  rule: how it steps.  Raises ValueError on other values.
    """

    hidden: int = 128
    activation: nn.Activated = "relu"
    rho: float = 0.5
    masked: bool = True
    batch: int = 50
    rule: nn.Rule = RULE

    def __post_init__(self) -> None:
        for name, value in (("hidden", self.hidden), ("batch", self.batch)):
            if not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} is an integer from 1 on, not {value!r}")
        if self.activation not in nn.ACTIVATIONS:
            raise ValueError(f"activation is one of {', '.join(nn.ACTIVATIONS)}, not {self.activation!r}")
        if not 0 <= self.rho < 1:
            raise ValueError(f"rho is a share from 0 up to, but not at, 1, not {self.rho!r}")


class Pictures(NamedTuple):
    """X (n, p): a picture a row, 0 where unknown.  known (n, p): 1.0 where known, else 0.  mu: the mean of those."""

    X: Floats
    known: Floats
    mu: float

    @classmethod
    def of(cls, X: Floats, known: Floats) -> "Pictures":
        """With what is not known set to 0. Raises ValueError where a picture has no known pixel."""
        if not known.any(axis=1).all():
            raise ValueError("a picture without a single known pixel says nothing")
        return cls(X * known, known, float((X * known).sum() / known.sum()))


class State(NamedTuple):
    """After t passes: A (p, hidden), a (hidden,), V (hidden, p), c (p,) by name, μ, and the optimizer's memory."""

    t: int
    params: nn.Params
    mu: float
    moments: nn.Moments


def init(P: Pictures, cfg: Config, rng: np.random.Generator) -> State:
    """A and V with variance 2/(width of their input) and 1/(that width), a = c = 0: x̂ begins near μ."""
    p, q = P.X.shape[1], cfg.hidden
    params = dict(
        A=rng.standard_normal((p, q)) * np.sqrt(2 / p),
        a=np.zeros(q),
        V=rng.standard_normal((q, p)) * np.sqrt(1 / q),
        c=np.zeros(p),
    )
    params = {name: x.astype(P.X.dtype) for name, x in params.items()}
    return State(0, params, P.mu, nn.at_rest(params))


@equation(r"z = m \odot (x - \mu) \cdot \frac{p}{\sum m}", notes="17")
def seen(X: Floats, m: Floats, mu: float) -> Floats:
    """z = m ⊙ (x − μ) · p/Σm: what goes in. A hole is 0, and what is seen weighs more the less there is of it.

    X, m: (n, p); m is 1.0 where a pixel is seen, else 0. A picture of which nothing is seen gives 0 throughout.
    """
    share = m.mean(axis=1, keepdims=True)
    z: Floats = m * (X - X.dtype.type(mu)) / np.maximum(share, 1 / X.shape[1])
    return z


@equation(r"\hat x = f(z A + a)\, V + c + \mu", notes="16")
def complete(s: State, X: Floats, m: Floats, cfg: Config) -> Floats:
    """x̂ = f(zA + a)V + c + μ for every pixel, seen or not. X, m: (n, p), as in `seen`."""
    return _forward(s.params, seen(X, m, s.mu), s.mu, cfg)[1]


def _forward(params: nn.Params, z: Floats, mu: float, cfg: Config) -> tuple[Floats, Floats]:
    h = nn.ACTIVATIONS[cfg.activation].f(nn.dense(z, params["A"], params["a"]))  # (n, hidden)
    return h, nn.dense(h, params["V"], params["c"]) + z.dtype.type(mu)  # …, (n, p)


def rmse_hidden(X: Floats, x_hat: Floats, m: Floats) -> float:
    """RMSE in grey values over the pixels that were not seen, m = 0. Raises ValueError if all were."""
    if m.all():
        raise ValueError("every pixel was seen, so there is nothing to complete")
    return float(np.sqrt(nn.masked_error(X, x_hat, 1 - m)))


def loss(params: nn.Params, P: Pictures, m: Floats, cfg: Config) -> float:
    """Σ known (x − x̂)² / Σ known, where m (n, p) was seen; unmasked, over all pixels, the unknown ones taken as 0."""
    x_hat = _forward(params, seen(P.X, m, P.mu), P.mu, cfg)[1]
    return nn.masked_error(P.X, x_hat, _counted(P, cfg))


@equation(
    r"""\begin{aligned} G &= -\tfrac{2}{\sum m}\, m \odot (x - \hat x) \\
    \tfrac{\partial J}{\partial V} &= h^\top G, \quad g = G V^\top \odot f' \\
    \tfrac{\partial J}{\partial A} &= z^\top g \end{aligned}""",
    notes="16, 17, 18",
)
def gradient(params: nn.Params, P: Pictures, m: Floats, cfg: Config) -> nn.Params:
    """∂loss/∂(A, a, V, c): back through the decoder, the activation and the encoder. m: (n, p), what was seen."""
    z = seen(P.X, m, P.mu)
    h, x_hat = _forward(params, z, P.mu, cfg)
    G = nn.masked_error_back(P.X, x_hat, _counted(P, cfg))  # (n, p)
    gV, gc, gh = nn.dense_back(G, h, params["V"])
    assert gh is not None
    gA, ga, _ = nn.dense_back(nn.ACTIVATIONS[cfg.activation].back(gh, h), z, params["A"])
    return dict(A=gA, a=ga, V=gV, c=gc)


def sweep(s: State, P: Pictures, cfg: Config, rng: np.random.Generator) -> State:
    """One pass over the pictures in batches, every batch with noise of its own.

    Raises DivergedError, with s, where the learning rate was too large: where a parameter is not `descent.held`, or
    what comes out for the first pictures is not `descent.near` what is known of them.
    """
    params, moments = s.params, s.moments
    with np.errstate(over="ignore", invalid="ignore"):
        for rows in nn.batches(len(P.X), cfg.batch, rng):
            part = Pictures(P.X[rows], P.known[rows], s.mu)
            m = part.known * (nn.dropout(part.X.shape, cfg.rho, rng) > 0)
            params, moments = nn.step(params, gradient(params, part, m, cfg), moments, cfg.rule)
        after, X, known = State(s.t + 1, params, s.mu, moments), P.X[:LOOKED_AT], P.known[:LOOKED_AT]
        descent.held(params, after.t, s)
        descent.near(complete(after, X, known, cfg)[known > 0], X[known > 0], after.t, s)
    return after


def states(P: Pictures, cfg: Config, seed: int = 0) -> Iterator[State]:
    """The States of t = 0, 1, 2, …, without end. Pass t draws from `default_rng([seed, t])`, as `run.steps` does.

    Raises DivergedError as `sweep` does; all States before have been yielded.
    """
    s = init(P, cfg, np.random.default_rng([seed, 0]))
    while True:
        yield s
        s = sweep(s, P, cfg, np.random.default_rng([seed, s.t + 1]))


def _counted(P: Pictures, cfg: Config) -> Floats:
    return P.known if cfg.masked else np.ones_like(P.known)
