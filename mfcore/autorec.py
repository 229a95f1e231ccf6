"""AutoRec (notes §16–19): a network that gives a user's ratings back, through a code of them narrower than the ratings.

    w_i = f(Σ_Ψi m_ij (r_ij − μ) A_j + a)          the code of user i: a row of A for every film that was rated
    r̂_ij = w_iᵀu_j + c_j + μ                       the decoder, linear, asked for observed cells alone
    J = Σ_Ω (r_ij − r̂_ij)² + λ(‖A‖²_F + ‖U‖²_F)     biases a and c are not charged

So it is a factorization whose W is computed from the ratings instead of being learnt: a new user costs a sum, not a
fit. m_ij is the noise of §17: 0 with probability ρ, else 1/(1 − ρ); 1 throughout when nothing is being learnt. What is
stored was rated: a rating of exactly μ adds 0 to the sum, as a missing one does, but counts in J, as a missing one does
not.

A pass goes over N users, not over n ratings. A batch B of them is charged what makes J when summed over batches,

    J_B = Σ_{i∈B} Σ_Ψi [(r_ij − r̂_ij)² + (λ/|Ω_j|)(‖A_j‖² + ‖u_j‖²)],

in which only films occur that somebody in B rated: no other row of A, U and c moves, nor do its moments ("lazy"
optimizers; where every film is in every batch they are the usual ones). A step goes along ∂J_B times N/(|B| n), which
on average is ∂J/n whatever the batch. by="items" is all of this on Rᵀ: codes of films, decoded for users.

Source: Sedhain, Menon, Sanner and Xie (2015), AutoRec: autoencoders meet collaborative filtering.
"""

from dataclasses import dataclass, replace
from numbers import Integral, Real
from types import ModuleType
from typing import Any, Literal, NamedTuple

import numpy as np
from scipy.sparse import csr_array

from mfcore import als, descent, kernels, nn
from mfcore.autorec_network import Pass, code, forward, gradient, loss, move, squared_sum_all_cells
from mfcore.notation import equation
from mfcore.ratings import Floats, Ratings

__all__ = [
    "Config",
    "Counted",
    "Pass",
    "State",
    "centred",
    "code",
    "counted",
    "encode",
    "forward",
    "gradient",
    "init",
    "loss",
    "objective",
    "parameters",
    "predict",
    "squared_sum_of_holes",
    "sweep",
]

RULE = nn.Rule("adam", rate=0.005)
SHORT = 0.05
COMPILED_FROM = 20_000  # ratings: numpy's epoch of so many takes some hundredths of a second


@dataclass(frozen=True, slots=True)
class Config:
    """What is fitted and how.

    hidden: width of a code, ≥ 1.  activation: f.  lam: λ ≥ 0, finite.  rho: ρ, the share of input ratings that are
    dropped, 0 ≤ ρ < 1.  by: whose ratings are a row of input, "users" or "items".
    batch: rows in a batch, ≥ 1.  rule: how a gradient becomes a step.
    centred: with μ the mean of the ratings, or 0, so that the input is stars as they are.
    masked: whether cells without a rating stay out of J. False is the mistake of counting each as a rating of μ (of 0
    stars where not centred).
    dtype, kernel: as in `als.Config`, but that "auto" takes numba from COMPILED_FROM ratings on.

    Raises ValueError on a value outside these.
    """

    hidden: int = 50
    activation: nn.Activated = "sigmoid"
    lam: float = 10.0
    rho: float = 0.0
    by: Literal["users", "items"] = "users"
    batch: int = 64
    rule: nn.Rule = RULE
    centred: bool = True
    masked: bool = True
    dtype: Literal["float32", "float64"] = "float64"
    kernel: kernels.Form = "auto"

    def __post_init__(self) -> None:
        for name, value in (("hidden", self.hidden), ("batch", self.batch)):
            if not isinstance(value, Integral) or value < 1:
                raise ValueError(f"{name} is a whole number from 1 on, not {value!r}")
        if self.activation not in nn.ACTIVATIONS:
            raise ValueError(f"activation is one of {', '.join(nn.ACTIVATIONS)}, not {self.activation!r}")
        if not isinstance(self.rho, Real) or not 0 <= self.rho < 1:
            raise ValueError(f"rho is a share from 0 up to, but not at, 1, not {self.rho!r}")
        if self.by not in ("users", "items"):
            raise ValueError(f'by is "users" or "items", not {self.by!r}')
        als.Config(lam=self.lam, dtype=self.dtype, kernel=self.kernel)  # which minds these three

    @property
    def f(self) -> nn.Activation:
        """The activation by its name."""
        return nn.ACTIVATIONS[self.activation]


@dataclass(frozen=True, slots=True, eq=False)
class State(als.State):
    """`als.State`, and with it A and a (hidden,) of the encoder and what the optimizer remembers.

    By users W are the codes of the training rows, U and c the decoder, A is (M, hidden) and b is 0; by items U are the
    codes, W and b the decoder, A is (N, hidden) and c is 0. moments: by names of the users' form, A, a, U, c.
    """

    A: Floats
    a: Floats
    moments: nn.Moments

    @property
    def T(self) -> "State":
        """The State of the transposed problem: users and items change places. Shares all memory."""
        return State(self.t, self.U, self.W, self.c, self.b, self.mu, self.A, self.a, self.moments)


def _by_users(cfg: Config) -> Config:
    return replace(cfg, by="users")


def init(R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """t = 0: A with entries N(0, s²/p), p the mean of |Ψ_i|, so that a code's sum is of order s; U, N(0, s²/hidden).

    With s = SHORT the strong directions come first. Biases are 0, and so are the rows of A and U of films that nobody
    rated.
    """
    if cfg.by == "items":
        return init(R.T, _by_users(cfg), rng).T
    rated = (R.items_counts > 0)[:, None]

    def normal(variance: float) -> Floats:
        drawn: Floats = rng.standard_normal((R.M, cfg.hidden)) * (SHORT * np.sqrt(variance)) * rated
        return drawn.astype(cfg.dtype)

    A, U = normal(R.N / max(R.n, 1)), normal(1 / cfg.hidden)
    a, c = np.zeros(cfg.hidden, cfg.dtype), np.zeros(R.M, cfg.dtype)
    moments = nn.at_rest({"A": A, "a": a, "U": U, "c": c})
    W, b = np.empty((0, cfg.hidden), cfg.dtype), np.empty(0, cfg.dtype)
    return encode(State(0, W, U, b, c, R.mu if cfg.centred else 0.0, A, a, moments), R, cfg)


def parameters(s: State, cfg: Config) -> nn.Params:
    """A, a, U, c of the users' form; by items U is the State's W and c its b."""
    s = s.T if cfg.by == "items" else s
    return {"A": s.A, "a": s.a, "U": s.U, "c": s.c}


def centred(R: Ratings, mu: float, cfg: Config) -> csr_array:
    """r_ij − μ where there is a rating (N×M csr): what is stored stays stored, zeros too."""
    own = R.by_user if cfg.by == "users" else R.by_item
    return csr_array((own.data.astype(cfg.dtype) - np.dtype(cfg.dtype).type(mu), own.indices, own.indptr), own.shape)


def encode(s: State, R: Ratings, cfg: Config) -> State:
    """s with the codes of R's rows in place of those it had (notes §16): what is fed in, `predict` then starts from.

    R may hold users that were never seen (by items: films): a new one costs a sum. Its columns are those s was trained
    with. Raises ValueError if there are more or fewer.
    """
    if cfg.by == "items":
        return encode(s.T, R.T, _by_users(cfg)).T
    if len(s.A) != R.M:
        raise ValueError(f"a row has {len(s.A)} places for ratings here, not {R.M}")
    X, compiled = centred(R, s.mu, cfg), _compiled(R, cfg)
    with np.errstate(over="ignore", invalid="ignore"):
        W = cfg.f.f(compiled.sums(X, s.A) + s.a) if compiled else code(parameters(s, cfg), X, cfg)
    return replace(s, W=W, b=np.zeros(R.N, cfg.dtype))


def _compiled(R: Ratings, cfg: Config) -> ModuleType | None:
    if not (cfg.masked and kernels.compiled(cfg.kernel, R.n, COMPILED_FROM)):
        return None
    from mfcore.kernels import autorec_numba

    return autorec_numba


def sweep(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    """One epoch: every user once, in batches in a random order, a step for each; then the codes of all (notes §16).

    Raises DivergedError as `descent.bounded` does, where the learning rate was too large.
    """
    after = _swept(s.T, R.T, _by_users(cfg), rng).T if cfg.by == "items" else _swept(s, R, cfg, rng)
    return descent.bounded(after, s, parameters(after, cfg), R, predict)


def _swept(s: State, R: Ratings, cfg: Config, rng: np.random.Generator) -> State:
    X, counts, compiled = centred(R, s.mu, cfg), R.items_counts, _compiled(R, cfg)
    take = compiled.move if compiled else move
    with np.errstate(over="ignore", invalid="ignore"):
        # Changed in place below, a batch's rows at a time: copies of their own.
        params, mean, square = (
            {name: x.copy() for name, x in of.items()} for of in (parameters(s, cfg), *s.moments[1:])
        )
        moments = nn.Moments(s.moments.steps, mean, square)
        for rows in nn.batches(R.N, cfg.batch, rng):
            batch = X[rows]
            keep = nn.dropout(batch.nnz, cfg.rho, rng, X.dtype) if cfg.rho else None
            moments = take(params, moments, batch, counts, cfg, keep, R.N / (len(rows) * max(R.n, 1)))
    A, a, U, c = (params[name] for name in ("A", "a", "U", "c"))
    return encode(replace(s, t=s.t + 1, A=A, a=a, U=U, c=c, moments=moments), R, cfg)


@equation(
    r"J = \sum_{(i,j)\in\Omega} (r_{ij} - \hat r_{ij})^2 + \lambda\big(\|A\|_F^2 + \|U\|_F^2\big)", notes="16, 18"
)
def objective(s: State, R: Ratings, cfg: Config) -> float:
    """J = Σ_Ω (r_ij − r̂_ij)² + λ(‖A‖²_F + ‖U‖²_F) (notes §16, 18), in float64, at the codes s holds, without noise.

    With masked=False also Σ (r̂_ij − μ)² over the cells without a rating.
    """
    params = parameters(s, cfg)
    squares = sum(float(np.einsum("mk,mk->", params[name], params[name], dtype=np.float64)) for name in ("A", "U"))
    missed = kernels.squared_error(R, s.W, s.U, s.b, s.c, s.mu, cfg)
    return missed + cfg.lam * squares + (0.0 if cfg.masked else squared_sum_of_holes(s, R, cfg))


def squared_sum_of_holes(s: State, R: Ratings, cfg: Config) -> float:
    """Σ (r̂_ij − μ)² over the cells without a rating, in float64: what the mistake charges besides (notes §18)."""
    if cfg.by == "items":
        return squared_sum_of_holes(s.T, R.T, _by_users(cfg))
    at_ratings = np.sum((predict(s, R.i, R.j) - s.mu) ** 2, dtype=np.float64)
    return squared_sum_all_cells(s.W, s.U, s.c) - float(at_ratings)


def predict(s: State, i: Any, j: Any) -> Floats:
    """r̂_ij = w_iᵀu_j + c_j + μ for pairs of row numbers i, j of equal shape: `als.predict`, at the codes s holds.

    Those are of the training ratings: test positions are scored with the training ratings as input (notes §19).
    """
    return als.predict(s, i, j)


class Counted(NamedTuple):
    """What an epoch goes over: rows of input, steps, the ratings in them, and how many of these the median row has."""

    rows: int
    steps: int
    ratings: int
    median: float


def counted(R: Ratings, cfg: Config) -> Counted:
    """N rows (by items M) in ⌈N/batch⌉ steps, against n ratings, one at a time (notes §16)."""
    counts = R.users_counts if cfg.by == "users" else R.items_counts
    return Counted(len(counts), -(-len(counts) // cfg.batch), R.n, float(np.median(counts)))
