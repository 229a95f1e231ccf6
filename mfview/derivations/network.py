"""The gradient of one rating's loss, from the look-ups to the step, every line on the numbers in view (notes §14)."""

from dataclasses import dataclass, replace

import numpy as np

from mfcore import Ratings, als, embedding, nn
from mfcore.ratings import Floats
from mfview.derivations.step import Sides, Step

H = 0.125  # of central differences, which are exact for the loss: it is quadratic in every single number
SMALL = 1e-3  # of a step downhill, for vectors and errors of length 1


@dataclass(frozen=True, slots=True, eq=False)
class At:
    """The tables in view, and the rating r_ij whose gradient it is."""

    R: Ratings
    s: embedding.State
    cfg: embedding.Config
    i: int
    j: int
    x: embedding.Batch

    @property
    def hand(self) -> embedding.OfOne:
        """The gradient by hand."""
        return embedding.gradient_of_one(self.s, self.R, self.cfg, self.i, self.j)

    def moved(self, name: str, values: Floats) -> embedding.State:
        """The State with the row that this rating picked from one table replaced."""
        table = getattr(self.s, name).copy()
        table[self.i if name in ("W", "b") else self.j] = values
        return replace(self.s, **{name: table})

    def row(self, name: str) -> Floats:
        """The row that this rating picked from one table; a bias is an array of no dimensions."""
        return np.asarray(getattr(self.s, name)[self.i if name in ("W", "b") else self.j])

    def slope(self, name: str) -> Floats:
        """∂ℓ by that row, by finite differences."""
        return nn.differences(lambda row: float(embedding.losses(self.moved(name, row), self.x)[0]), self.row(name), H)


def at(s: embedding.State, R: Ratings, cfg: embedding.Config, i: int, j: int) -> At:
    """The rating of i and j with the tables of `s`. Raises LookupError if there is none."""
    return At(R, s, cfg, i, j, alone(R, cfg, i, j))


def alone(R: Ratings, cfg: embedding.Config, i: int, j: int) -> embedding.Batch:
    """The rating of user i and item j as a batch of one. Raises LookupError if there is none."""
    found = np.flatnonzero((R.i == i) & (R.j == j))
    if not len(found):
        raise LookupError(f"user {i} has not rated item {j}")
    return embedding.everything(R, cfg).at(found)


def by_layers(at: At) -> dict[str, Floats]:
    """The rows that the rating picked, out of the gradient that came back through the layers."""
    g = embedding.gradient(at.s, at.x, at.cfg.biases)
    return {name: np.asarray(g[name][at.i if name in ("W", "b") else at.j]) for name in at.s.params}


def by_hand(at: At) -> dict[str, Floats]:
    """The same rows by hand."""
    g = at.hand
    found = {"W": g.w, "U": g.u, "b": np.asarray(g.b), "c": np.asarray(g.c)}
    return {name: found[name] for name in at.s.params}


def by_differences(at: At) -> dict[str, Floats]:
    """The same rows by finite differences."""
    return {name: at.slope(name) for name in at.s.params}


def _lookup(at: At) -> Sides:
    product = nn.one_hot(np.array([at.i]), at.R.N) @ at.s.W
    return Sides(np.ravel(product), at.s.W[at.i], f"a product with {at.R.N} rows, and a row that is picked")


def _forward(at: At) -> Sides:
    y = sum(float(p * q) for p, q in zip(at.s.W[at.i], at.s.U[at.j], strict=True))
    y += float(at.s.b[at.i]) + float(at.s.c[at.j])
    left = float(als.predict(at.s, at.i, at.j)) - at.s.mu
    return Sides(left, y, "the prediction less μ, and the sum number by number", scale=at.s.mu)


def _loss(at: At) -> Sides:
    s, lam = at.s, at.cfg.lam
    seen, watched = len(at.R.Psi(at.i)), len(at.R.Omega(at.j))
    of_user = float(np.sum(s.W[at.i] ** 2) + s.b[at.i] ** 2)
    of_film = float(np.sum(s.U[at.j] ** 2) + s.c[at.j] ** 2)
    counted = at.hand.e**2 + lam / seen * of_user + lam / watched * of_film
    return Sides(float(embedding.losses(s, at.x)[0]), counted, "the library's loss of this rating, and its three terms")


def _all(at: At) -> Sides:
    summed = float(embedding.losses(at.s, embedding.everything(at.R, at.cfg)).sum())
    return Sides(summed, als.objective(at.s, at.R, at.cfg.solved()), f"{at.R.n} losses added up, and chapter 5's J")


def _error(at: At) -> Sides:
    y, target = float(als.predict(at.s, at.i, at.j)) - at.s.mu, float(at.x.r[0]) - at.s.mu
    slope = nn.differences(lambda y: float((target - y) ** 2), np.asarray(y), H)
    return Sides(float(slope), -2 * at.hand.e, "the slope of (y − ŷ)² by finite differences, and −2e")


def _dot(at: At) -> Sides:
    w, u = at.s.W[at.i], at.s.U[at.j]
    slope = nn.differences(lambda w: float(w @ u), w, H)
    return Sides(slope, nn.dot_back(np.ones(1), w[None], u[None])[0][0], "the slope by finite differences, and u")


def _of(name: str, at: At) -> Sides:
    compared = "the slope of ℓ by finite differences, and by the formula"
    return Sides(at.slope(name), by_hand(at)[name], compared, scale=float(embedding.losses(at.s, at.x)[0]))


def _biases(at: At) -> Sides:
    left, right = (np.array([found["b"], found["c"]]) for found in (by_differences(at), by_hand(at)))
    compared = "the slopes for both biases, by finite differences and by the formula"
    return Sides(left, right, compared, scale=float(embedding.losses(at.s, at.x)[0]))


def _layers(at: At) -> Sides:
    left, right = (np.concatenate([np.ravel(x) for x in found.values()]) for found in (by_layers(at), by_hand(at)))
    return Sides(left, right, "what came back through the layers, and the formulas", scale=abs(at.hand.e))


def _others(at: At) -> Sides:
    g = embedding.gradient(at.s, at.x, at.cfg.biases)
    others = np.concatenate([np.ravel(np.delete(g[n], at.i if n in ("W", "b") else at.j, axis=0)) for n in g])
    return Sides(others, np.zeros(len(others)), f"the {len(others)} other numbers of the gradient, and 0")


def _summed(at: At) -> Sides:
    total = np.sum([embedding.gradient_of_one(at.s, at.R, at.cfg, at.i, int(j)).w for j in at.R.Psi(at.i)], axis=0)
    row = als.row(at.s, at.R, replace(at.cfg.solved(), joint=False), at.i)
    slope = 2 * (row.A @ at.s.W[at.i] - row.v)
    compared = f"the gradients of {len(at.R.Psi(at.i))} ratings added up, and what ALS sets to 0"
    return Sides(total, slope, compared, scale=float(np.abs(row.v).max(initial=0.0)))


def _downhill(at: At) -> Sides:
    g, s = by_hand(at), at.s
    size = 1 + sum(float(np.sum(at.row(name) ** 2)) for name in g) + at.hand.e**2 + 2 * at.cfg.lam
    for name, slope in g.items():
        s = replace(s, **{name: getattr(at.moved(name, at.row(name) - SMALL / size * slope), name)})
    after, before = (float(embedding.losses(tables, at.x)[0]) for tables in (s, at.s))
    return Sides(after, before, "ℓ after a small step, and before", "≤", tolerance=1e-12)


LINES: tuple[Step[At], ...] = (
    Step(
        "An id is a look-up",
        r"\mathrm{onehot}(i)\, W = w_i^\top",
        "A row with a single 1 in it, times a table, is one row of the table. Nobody computes that product: it is an "
        "index.",
        _lookup,
    ),
    Step(
        "Forward",
        r"\hat y = w_i^\top u_j + b_i + c_j \quad (= \hat r_{ij} - \mu)",
        "A bias is a table of width 1. The target is $y = r_{ij} - \\mu$, so $\\mu$ need not be learnt.",
        _forward,
    ),
    Step(
        "The loss of one rating",
        r"\begin{aligned} \ell = e^2 & + \tfrac{\lambda}{|\Psi_i|}\big(\|w_i\|^2 + b_i^2\big) \\"
        r" & + \tfrac{\lambda}{|\Omega_j|}\big(\|u_j\|^2 + c_j^2\big) \end{aligned}",
        "$e = y - \\hat y$. Every rating pays its share of what its user and its film are charged.",
        _loss,
    ),
    Step(
        "All losses are J",
        r"\sum_{(i,j)\in\Omega} \ell_{ij} = J",
        "User $i$ pays $|\\Psi_i|$ shares of $\\lambda/|\\Psi_i|$. It is the objective of ALS, to the last term.",
        _all,
    ),
    Step(
        "Back through the square",
        r"\frac{\partial e^2}{\partial \hat y} = -2e",
        "$e = y - \\hat y$, and $y$ is given.",
        _error,
    ),
    Step(
        "Back through the dot product",
        r"\frac{\partial \hat y}{\partial w_i} = u_j, \qquad \frac{\partial \hat y}{\partial b_i} = 1",
        "Each vector's slope is the other vector; a sum hands its slope on as it is.",
        _dot,
    ),
    Step(
        "The user's vector",
        r"\frac{\partial \ell}{\partial w_i} = -2e\, u_j + 2\tfrac{\lambda}{|\Psi_i|}\, w_i",
        "The chain rule multiplies what came back so far, $-2e$, by $u_j$; the square of $w_i$ adds its own slope.",
        lambda at: _of("W", at),
    ),
    Step(
        "The film's vector",
        r"\frac{\partial \ell}{\partial u_j} = -2e\, w_i + 2\tfrac{\lambda}{|\Omega_j|}\, u_j",
        "The same with the roles exchanged.",
        lambda at: _of("U", at),
    ),
    Step(
        "The biases",
        r"\begin{aligned} \frac{\partial \ell}{\partial b_i} &= -2e + 2\tfrac{\lambda}{|\Psi_i|}\, b_i \\"
        r" \frac{\partial \ell}{\partial c_j} &= -2e + 2\tfrac{\lambda}{|\Omega_j|}\, c_j \end{aligned}",
        "The same with 1 for the other vector.",
        _biases,
    ),
    Step(
        "The layers say the same",
        r"g \xrightarrow{\;\times\, u_j\;} g\,u_j \xrightarrow{\;\mathrm{onehot}(i)^\top\;} \text{row } i",
        "Each layer's way back is two lines of code that know nothing of the others.",
        _layers,
    ),
    Step(
        "Nothing else moves",
        r"\frac{\partial \ell}{\partial w_{i'}} = 0 \quad (i' \ne i), \qquad"
        r" \frac{\partial \ell}{\partial u_{j'}} = 0 \quad (j' \ne j)",
        "Rows that were not looked up played no part in the output.",
        _others,
    ),
    Step(
        "All of a user's ratings",
        r"\sum_{j\in\Psi_i} \frac{\partial \ell_{ij}}{\partial w_i} = 2\,(A\, w_i - v)"
        r" = \frac{\partial J}{\partial w_i}",
        "ALS sets this sum to zero and solves for $w_i$. Descent takes a step against it, or against a few of its "
        "terms.",
        _summed,
    ),
    Step(
        "Downhill",
        r"\ell(\theta - \eta\, g) \le \ell(\theta) \quad\text{for a small enough } \eta",
        "Against the gradient the loss falls fastest. How small is small enough is the question of the next views.",
        _downhill,
    ),
)
