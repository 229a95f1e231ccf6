"""The notes' formulas as literal loops over a dict of ratings: what the library's fast forms are held to."""

from collections.abc import Callable, Iterator

import numpy as np

from mfcore import Ratings, als
from mfcore.ratings import Floats

Observed = dict[tuple[int, int], float]


def observed(R: Ratings) -> Observed:
    return {(int(i), int(j)): float(r) for i, j, r in zip(R.i, R.j, R.r, strict=True)}


def random_ratings(
    N: int, M: int, density: float, seed: int, *, dtype: str = "float64", at_least: int = 1
) -> tuple[Ratings, np.random.Generator]:
    """Ratings in half stars at random places, at least `at_least` of them, and the generator to go on with."""
    rng = np.random.default_rng(seed)
    places = np.flatnonzero(rng.random(N * M) < density)
    if len(places) < at_least:
        places = rng.permutation(N * M)[:at_least]
    r = rng.integers(1, 11, len(places)).astype(dtype) / 2
    i, j = np.divmod(rng.permutation(places), M)
    return Ratings.from_codes(i, j, r, np.arange(N), np.arange(M)), rng


def random_state(R: Ratings, k: int, rng: np.random.Generator, *, biases: bool, dtype: str = "float64") -> als.State:
    W, U, b, c = (rng.normal(size=shape).astype(dtype) for shape in ((R.N, k), (R.M, k), R.N, R.M))
    return als.State(0, W, U, b * biases, c * biases, R.mu if biases else 0.0)


def predicted(s: als.State, i: int, j: int) -> float:
    return sum(float(s.W[i, f]) * float(s.U[j, f]) for f in range(s.W.shape[1])) + float(s.b[i] + s.c[j]) + s.mu


def J(ratings: Observed, s: als.State, lam: float, weighted: bool = False) -> float:
    """§6, §7, §9 and, weighted, the objective behind slip E2."""
    total = 0.0
    for (i, j), r in ratings.items():
        total += (r - predicted(s, i, j)) ** 2
    for X, bias, side in ((s.W, s.b, 0), (s.U, s.c, 1)):
        for row in range(len(X)):
            times = sum(pair[side] == row for pair in ratings) if weighted else 1
            total += lam * times * (sum(float(x) ** 2 for x in X[row]) + float(bias[row]) ** 2)
    return total


def w(ratings: Observed, s: als.State, i: int, lam: float, weighted: bool = False) -> Floats:
    """w_i = (Σ u_j u_jᵀ + λI)⁻¹ Σ (r_ij − b_i − c_j − μ) u_j, over Ψ_i."""
    k = s.W.shape[1]
    own = [(j, r) for (user, j), r in ratings.items() if user == i]
    A = np.eye(k) * lam * (len(own) if weighted else 1)
    v = np.zeros(k)
    for j, r in own:
        A += np.outer(s.U[j], s.U[j])
        v += (r - s.b[i] - s.c[j] - s.mu) * s.U[j]
    return np.linalg.solve(A, v)


def w_and_b(ratings: Observed, s: als.State, i: int, lam: float, weighted: bool = False) -> Floats:
    """[w_i, b_i] as one system: u_j gains a 1."""
    k = s.W.shape[1]
    own = [(j, r) for (user, j), r in ratings.items() if user == i]
    A = np.eye(k + 1) * lam * (len(own) if weighted else 1)
    v = np.zeros(k + 1)
    for j, r in own:
        z = np.array([*s.U[j], 1.0])
        A += np.outer(z, z)
        v += (r - s.c[j] - s.mu) * z
    return np.linalg.solve(A, v)


def b(ratings: Observed, s: als.State, i: int, lam: float, weighted: bool = False) -> float:
    """b_i = Σ (r_ij − w_iᵀu_j − c_j − μ) / (|Ψ_i| + λ), over Ψ_i."""
    own = [r - (predicted(s, i, j) - s.b[i]) for (user, j), r in ratings.items() if user == i]
    return sum(own) / (len(own) + lam * (len(own) if weighted else 1))


def gradient(ratings: Observed, s: als.State, name: str, lam: float, weighted: bool) -> Floats:
    """∂J by one array of the State, entry by entry, from central differences."""
    h = 1e-4
    block = getattr(s, name)
    slopes = np.zeros(block.shape)
    for at in np.ndindex(block.shape):
        up, down = (J(ratings, moved, lam, weighted) for moved in _moved(s, name, at, h))
        slopes[at] = (up - down) / (2 * h)
    return slopes


def _moved(s: als.State, name: str, at: tuple[int, ...], h: float) -> Iterator[als.State]:
    for step in (h, -h):
        parts = {part: getattr(s, part) for part in ("W", "U", "b", "c")}
        parts[name] = parts[name].copy()
        parts[name][at] += step
        yield als.State(s.t, **parts, mu=s.mu)


def slopes(J: Callable[[], float], theta: Floats, h: float = 1e-5) -> Floats:
    """∂J by theta, entry by entry, from central differences: theta is moved in place, and put back."""
    found = np.zeros(theta.shape)
    for at in np.ndindex(theta.shape):
        kept = theta[at]
        theta[at] = kept + h
        up = J()
        theta[at] = kept - h
        found[at] = (up - J()) / (2 * h)
        theta[at] = kept
    return found
