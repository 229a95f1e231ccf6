"""Layers, losses and optimizers, each forward and backward beside its equation (notes §13–17); see `activations` too.

A layer is two functions. Forward maps its input to its output; backward takes g = ∂J/∂output and gives ∂J/∂input and
∂J/∂parameters, by the chain rule and nothing else. Parameters are arrays that are passed in and never changed; the
optimizers give new ones. Letters of shapes: B rows in a batch, V rows in a table, k, p and q widths, n observed cells.

What a user rated is a row of a csr matrix, of which only the stored cells exist: no function here writes out the
others. Source of the layers: Goodfellow, Bengio and Courville (2016), Deep learning, chapters 6 to 8.
"""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mfcore.activations import ACTIVATIONS as ACTIVATIONS
from mfcore.activations import Activated as Activated
from mfcore.activations import Activation as Activation
from mfcore.notation import equation
from mfcore.ratings import Floats, Ints

Params = Mapping[str, Floats]


@equation(r"\mathrm{onehot}(i)\, W = W_{i}", notes="13")
def lookup(W: Floats, i: Ints) -> Floats:
    """z = W[i]: row i of the table, what its one-hot row times W would give (notes §13)."""
    z: Floats = W[i]  # (B, k)
    return z


@equation(r"\frac{\partial J}{\partial W} = \mathrm{onehot}(i)^\top g", notes="13")
def lookup_back(g: Floats, i: Ints, V: int) -> Floats:
    """∂J/∂W = onehot(i)ᵀ g: each g is added to the row its id picked; rows that nobody picked get 0."""
    k = g.shape[1]
    cells = i.astype(np.intp)[:, None] * k + np.arange(k)  # (B, k)
    return np.bincount(cells.ravel(), g.ravel(), V * k).reshape(V, k).astype(g.dtype, copy=False)  # (V, k)


@equation(r"\mathrm{onehot}(i)_v = [\,v = i\,]", notes="13")
def one_hot(i: Ints, V: int, dtype: Any = np.float64) -> csr_array:
    """A single 1 in each row, at i (B,); B numbers stored and not B·V."""
    B = len(i)
    return csr_array((np.ones(B, dtype), i, np.arange(B + 1)), shape=(B, V))  # (B, V)


@equation(r"y = \sum_f p_f\, q_f", notes="14")
def dot(p: Floats, q: Floats) -> Floats:
    """y = pᵀq for each row of a batch (notes §14). p, q: (B, k)."""
    y: Floats = np.einsum("bk,bk->b", p, q)  # (B,)
    return y


@equation(
    r"\frac{\partial J}{\partial p} = g\, q, \qquad \frac{\partial J}{\partial q} = g\, p",
    notes="14",
)
def dot_back(g: Floats, p: Floats, q: Floats) -> tuple[Floats, Floats]:
    """∂J/∂p = g q and ∂J/∂q = g p: each vector's slope is the other vector. g: (B,)."""
    return g[:, None] * q, g[:, None] * p  # (B, k), (B, k)


@equation(r"y = x A + a", notes="15, 16")
def dense(x: Floats | csr_array, A: Floats, a: Floats) -> Floats:
    """y = xA + a. x: (B, p), dense or csr; A: (p, q); a: (q,)."""
    y: Floats = x @ A + a  # (B, q)
    return y


@equation(
    r"\frac{\partial J}{\partial A} = x^\top g, \qquad \frac{\partial J}{\partial a} = \sum_b g_b,"
    r" \qquad \frac{\partial J}{\partial x} = g A^\top",
    notes="15, 16",
)
def dense_back(g: Floats, x: Floats | csr_array, A: Floats) -> tuple[Floats, Floats, Floats | None]:
    """∂J/∂A = xᵀg, ∂J/∂a = Σ_b g_b, ∂J/∂x = gAᵀ; None for the last where x is csr, an input and no layer's output."""
    gx = None if isinstance(x, csr_array) else g @ A.T  # (B, p)
    return x.T @ g, g.sum(axis=0), gx  # (p, q), (q,)


@equation(r"\hat r_{bj} = h_b^\top V_j + c_j \quad \text{where } (b, j) \text{ is stored}", notes="16, 18")
def sampled(h: Floats, V: Floats, c: Floats, at: csr_array) -> Floats:
    """hᵀ_b V_j + c_j at the n stored cells (b, j) of `at`, in their order (notes §16, 18): the mask is the structure.

    h: (B, p); V: (M, p); c: (M,); at: (B, M) csr, whose values are not looked at.
    """
    b, j = rows_of(at), at.indices
    y: Floats = np.einsum("np,np->n", h[b], V[j]) + c[j]  # (n,)
    return y


@equation(
    r"\frac{\partial J}{\partial h} = G V, \qquad \frac{\partial J}{\partial V} = G^\top h,"
    r" \qquad \frac{\partial J}{\partial c} = \sum_b G_b",
    notes="16, 18",
)
def sampled_back(g: Floats, h: Floats, V: Floats, at: csr_array) -> tuple[Floats, Floats, Floats]:
    """∂J/∂h = GV, ∂J/∂V = Gᵀh, ∂J/∂c = Σ_b G_b, where G (B, M) holds g (n,) in the stored cells of `at`."""
    G = csr_array((g, at.indices, at.indptr), shape=at.shape)
    gh: Any = G @ V  # (B, p)
    gV: Any = G.T @ h  # (M, p)
    return gh, gV, G.sum(axis=0)  # (B, p), (M, p), (M,)


def rows_of(at: csr_array) -> Ints:
    """The row of every stored cell."""
    return np.repeat(np.arange(at.shape[0]), np.diff(at.indptr))  # (n,)


@equation(r"\tilde x = m \odot x, \qquad m \in \{0, \tfrac{1}{1-\rho}\}, \quad p(m = 0) = \rho", notes="17")
def dropout(shape: Any, rho: float, rng: np.random.Generator, dtype: Any = np.float64) -> Floats:
    """m, to multiply x with, and g on the way back: 0 with probability ρ, else 1/(1−ρ), so that E[m x] = x (notes §17).

    Raises ValueError unless 0 ≤ ρ < 1. Source: Srivastava et al. (2014), Dropout.
    """
    if not 0 <= rho < 1:
        raise ValueError(f"the share to drop lies from 0 up to, but not at, 1, not {rho}")
    m: Floats = (rng.random(shape) >= rho).astype(dtype) / (1 - rho)  # of that shape
    return m


@equation(r"\frac{\partial J}{\partial x} = m \odot g", notes="17")
def dropout_back(g: Floats, m: Floats) -> Floats:
    """∂J/∂x = m ⊙ g: what was dropped is not to blame, and the rest as much more as it counted more (notes §17)."""
    return m * g  # x's shape


@equation(r"J = \frac{1}{\sum m} \sum_{b,j} m_{bj}\,(r_{bj} - \hat r_{bj})^2", notes="18, 19")
def masked_error(r: Floats, r_hat: Floats, m: Floats) -> float:
    """J = Σ m (r − r̂)² / Σ m: a mean over the cells with m = 1, whatever stands in the others (notes §18, 19).

    r, r_hat, m: (B, M).
    """
    return float((m * (r - r_hat) ** 2).sum(dtype=np.float64) / m.sum(dtype=np.float64))  # ()


@equation(r"\frac{\partial J}{\partial \hat r} = -\frac{2}{\sum m}\, m\,(r - \hat r)", notes="18, 19")
def masked_error_back(r: Floats, r_hat: Floats, m: Floats) -> Floats:
    """∂J/∂r̂ = −2 m (r − r̂)/Σ m: exactly 0 wherever m is (notes §18, 19). r, r_hat, m: (B, M)."""
    g: Floats = -2 * m * (r - r_hat) / m.sum(dtype=r_hat.dtype)
    return g  # (B, M)


@equation(r"J = \lambda \|x\|^2", notes="8, 9")
def l2(x: Floats, lam: float) -> float:
    """J = λ‖x‖², what length costs, in float64 (notes §8, 9). x: any shape."""
    return lam * float((x.astype(np.float64) ** 2).sum())  # ()


@equation(r"\frac{\partial J}{\partial x} = 2 \lambda x", notes="8, 9")
def l2_back(x: Floats, lam: float | Floats) -> Floats:
    """∂J/∂x = 2λx: a step against it shortens x by a share. lam: a number, or one for every row, (V, 1)."""
    return 2 * lam * x  # x's shape


@dataclass(frozen=True, slots=True)
class Rule:
    """How a gradient becomes a step.

    name: "sgd", "momentum" or "adam".  rate: η > 0.  beta: how much of the last step is kept (momentum), or of the
    mean gradient (Adam).  beta2, eps: of Adam's mean square, and what keeps its root from 0, itself > 0.

    Raises ValueError on a value outside these.
    """

    name: Literal["sgd", "momentum", "adam"] = "adam"
    rate: float = 0.001
    beta: float = 0.9
    beta2: float = 0.999
    eps: float = 1e-8

    def __post_init__(self) -> None:
        if self.name not in ("sgd", "momentum", "adam"):
            raise ValueError(f'an optimizer is "sgd", "momentum" or "adam", not {self.name!r}')
        if not 0 < self.rate < np.inf:
            raise ValueError(f"the learning rate is a finite number > 0, not {self.rate!r}")
        if not (0 <= self.beta < 1 and 0 <= self.beta2 < 1):
            raise ValueError(f"beta and beta2 lie from 0 up to, but not at, 1, not {self.beta!r} and {self.beta2!r}")
        if not 0 < self.eps < np.inf:
            raise ValueError(f"eps is a finite number > 0, not {self.eps!r}")


class Moments(NamedTuple):
    """What an optimizer remembers between steps: their number, and by parameter a running mean and mean square."""

    steps: int
    mean: Params
    square: Params


def at_rest(params: Params) -> Moments:
    """Before the first step: 0 throughout."""
    return Moments(0, *({name: np.zeros_like(x) for name, x in params.items()} for _ in range(2)))


@equation(r"\theta \leftarrow \theta - \eta\, g", notes="14")
def sgd(x: Floats, g: Floats, rate: float) -> Floats:
    """θ − ηg: against the gradient. x, g: of any one shape."""
    return x - rate * g  # x's shape


@equation(r"v \leftarrow \beta v + g, \qquad \theta \leftarrow \theta - \eta\, v", notes="14")
def momentum(x: Floats, g: Floats, v: Floats, rate: float, beta: float) -> tuple[Floats, Floats]:
    """θ − ηv and v = βv + g: steps that agree add up. Source: Polyak (1964). x, g, v: of any one shape."""
    v = beta * v + g
    return x - rate * v, v  # x's shape, both


@equation(
    r"m \leftarrow \beta m + (1-\beta) g, \quad v \leftarrow \beta_2 v + (1-\beta_2) g^2, \quad"
    r" \theta \leftarrow \theta - \eta\, \frac{m / (1 - \beta^t)}{\sqrt{v / (1 - \beta_2^t)} + \varepsilon}",
    notes="14",
)
def adam(x: Floats, g: Floats, m: Floats, v: Floats, t: int, rule: Rule) -> tuple[Floats, Floats, Floats]:
    """Step t = 1, 2, … of Adam, each entry at a rate of its own; the powers of β undo the start at 0.

    x, g, m, v: of any one shape. Source: Kingma and Ba (2015), Adam, algorithm 1.
    """
    m, v = rule.beta * m + (1 - rule.beta) * g, rule.beta2 * v + (1 - rule.beta2) * g**2
    mean, square = m / (1 - rule.beta**t), v / (1 - rule.beta2**t)
    return x - rule.rate * mean / (np.sqrt(square) + rule.eps), m, v  # x's shape, all three


def step(params: Params, grads: Params, moments: Moments, rule: Rule) -> tuple[Params, Moments]:
    """All parameters one step further by `rule`, and what it will remember. Names and shapes of all three agree."""
    t = moments.steps + 1
    new, mean, square = {}, dict(moments.mean), dict(moments.square)
    for name, x in params.items():
        g = grads[name]
        if rule.name == "sgd":
            new[name] = sgd(x, g, rule.rate)
        elif rule.name == "momentum":
            new[name], mean[name] = momentum(x, g, mean[name], rule.rate, rule.beta)
        else:
            new[name], mean[name], square[name] = adam(x, g, mean[name], square[name], t, rule)
    return new, Moments(t, mean, square)


@equation(
    r"\frac{\partial f}{\partial x_n} \approx \frac{f(x + h\,\mathbf e_n) - f(x - h\,\mathbf e_n)}{2h}", notes="14"
)
def differences(f: Callable[[Floats], float], x: Floats, h: float = 1e-5) -> Floats:
    """∂f/∂x, each entry moved by h to either side: it knows no chain rule, so it can tell whether one is right.

    x: of any shape, which is the result's.  Exact, up to rounding, where f is quadratic in every single entry.
    """
    found = np.zeros(x.shape)
    for at in np.ndindex(x.shape):
        e = np.zeros(x.shape)
        e[at] = h
        found[at] = (f(x + e) - f(x - e)) / (2 * h)
    return found


def batches(n: int, B: int, rng: np.random.Generator) -> list[Ints]:
    """0 … n−1 in a random order, cut into batches of B, the last of them smaller where B does not divide n.

    Raises ValueError unless B ≥ 1.
    """
    if B < 1:
        raise ValueError(f"a batch holds one row or more, not {B}")
    order = rng.permutation(n)
    return [order[start : start + B] for start in range(0, n, B)]
