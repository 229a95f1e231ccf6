"""All rows at once: the same systems as `ridge.ridge_row`, in two forms that are tested equal to looping it.

numpy_form needs no compiler (it runs in Pyodide); numba_form is compiled. `Config.kernel` chooses; "auto" takes numba
from AUTO_FROM ratings on where it is installed, and numpy below, where compiling would take longer than fitting. The
choice hangs on nothing else, so that the same fit gives the same bits.
"""

import warnings
from collections.abc import Sequence
from functools import cache
from types import ModuleType
from typing import Any, Literal, Protocol

import numpy as np
from numpy.typing import NDArray

from mfcore.errors import LeastNormWarning, outgrown
from mfcore.kernels import numpy_form
from mfcore.ratings import Floats, Ratings

Form = Literal["auto", "numpy", "numba"]
AUTO_FROM = 200_000
BYTES_A_LINE = 20  # of a text table


class HasKernel(Protocol):
    """What every function here reads of a model's Config."""

    @property
    def kernel(self) -> Form: ...


class HasTerms(HasKernel, Protocol):
    """What the solvers read of a model's Config."""

    @property
    def lam(self) -> float: ...
    @property
    def biases(self) -> bool: ...
    @property
    def joint(self) -> bool: ...
    @property
    def weighted(self) -> bool: ...


def solve_rows(R: Ratings, U: Floats, b: Floats, c: Floats, mu: float, cfg: HasTerms) -> tuple[Floats, Floats]:
    """All w_i given U (notes §6, 7, 9), and b: with cfg.biases and cfg.joint solved along, else as given.

    U: (M, k), b: (N,), c: (M,); returns W: (N, k) and b: (N,) of U's dtype. No argument is changed. A row without
    ratings gets 0.
    Warns LeastNormWarning with the number of rated rows that had no unique solution. Raises DataError where numbers
    grow beyond U's dtype.
    """
    W, new_b, short = solve_counted(R, U, b, c, mu, cfg)
    if short:
        warnings.warn(
            f"{short} of {R.N} rows have no unique solution at λ = {cfg.lam:g}; the least-norm one was taken (E11)",
            LeastNormWarning,
            stacklevel=3,
        )
    return W, new_b


def solve_counted(R: Ratings, U: Floats, b: Floats, c: Floats, mu: float, cfg: HasTerms) -> tuple[Floats, Floats, int]:
    """`solve_rows` without its warning: W, b, and the number it would name."""
    joint = cfg.biases and cfg.joint
    with np.errstate(over="ignore", invalid="ignore"):
        W, new_b, short = _form(cfg.kernel, R.n).solve_rows(R, U, b, c, mu, cfg.lam, joint, cfg.weighted)
    return _held(W), _held(new_b), short


def solve_biases(R: Ratings, W: Floats, U: Floats, c: Floats, mu: float, cfg: HasTerms) -> Floats:
    """All b_i = Σ_Ψi (r − w_iᵀu_j − c_j − μ) / (|Ψ_i| + λ); 0 for a row without ratings. (N,) of W's dtype."""
    with np.errstate(over="ignore", invalid="ignore"):
        b: Floats = _form(cfg.kernel, R.n).solve_biases(R, W, U, c, mu, cfg.lam, cfg.weighted)
    return _held(b)


def squared_error(R: Ratings, W: Floats, U: Floats, b: Floats, c: Floats, mu: float, cfg: HasKernel) -> float:
    """Σ_Ω (r_ij − r̂_ij)², accumulated in float64."""
    with np.errstate(over="ignore", invalid="ignore"):
        error = float(_form(cfg.kernel, R.n).squared_error(R, W, U, b, c, mu))
    if not np.isfinite(error):
        raise outgrown(W.dtype)
    return error


def predict_pairs(W: Floats, U: Floats, b: Floats, c: Floats, mu: float, i: Any, j: Any) -> Floats:
    """w_iᵀu_j + b_i + c_j + μ for pairs of row numbers of equal shape; "auto" by the number of pairs.

    Raises IndexError beyond the rows of W and U (−1 is the last one), TypeError for numbers that are not whole.
    """
    i, j = np.broadcast_arrays(i, j)
    _within(i, W)
    _within(j, U)
    with np.errstate(over="ignore", invalid="ignore"):
        flat: Floats = _form("auto", i.size).predict_pairs(W, U, b, c, mu, i.ravel(), j.ravel())
    return _held(flat).reshape(i.shape)


def _within(rows: NDArray[Any], X: Floats) -> None:
    """Compiled code looks at no bounds: a row that X has not must be found out before."""
    if not rows.size:
        return
    if not np.issubdtype(rows.dtype, np.integer):
        raise TypeError(f"row numbers are integers, not {rows.dtype}")
    for row in int(rows.min()), int(rows.max()):
        if not -len(X) <= row < len(X):
            raise IndexError(f"row {row} of {len(X)}: rows are 0 to {len(X) - 1}")


def _held(X: Floats) -> Floats:
    if not np.isfinite([X.min(initial=0), X.max(initial=0)]).all():  # NaN is the least and the greatest of all
        raise outgrown(X.dtype)
    return X


def sort_form(n: int) -> ModuleType | None:
    """The compiled sorts for building n ratings, by "auto"'s rule; None leaves them to scipy, with equal results."""
    if n < AUTO_FROM or not available():
        return None
    from mfcore.kernels import numba_sort

    return numba_sort


def text_form(size: int) -> ModuleType | None:
    """The compiled reading of a text of so many bytes, where it is large and numba is installed; else None."""
    if size < BYTES_A_LINE * AUTO_FROM or not available():
        return None
    from mfcore.kernels import numba_text

    return numba_text


def available() -> bool:
    """Whether the compiled form can be used here: numba is installed and loads."""
    return _compiled() is not None


def warm(dtypes: Sequence[str] = ("float32", "float64")) -> None:
    """Compile the compiled form, or load it from numba's cache on disk; without numba, do nothing.

    dtypes: of the ratings and States to come; each pair of them has code of its own, which takes memory.
    The first time takes about half a minute, later ones a fraction of a second: call it in the background at start.
    """
    if available():
        if text := text_form(BYTES_A_LINE * AUTO_FROM):
            text.read(b"0,0,0.1" if "float64" in dtypes else b"0,0,0", 0, ",", 3, (0, 1, 2))
        tiny = np.array([0, 0, 1], np.int32), np.array([0, 1, 1], np.int32)
        if sort := sort_form(AUTO_FROM):
            for ids in tiny[0], tiny[0].astype(np.int64):
                sort.numbered(ids, *sort.extent(ids), tiny[0].copy())
            sort.in_order(tiny[0])
        for data in dtypes:
            R = Ratings.from_codes(*tiny, np.ones(3, data), np.arange(2), np.arange(2))
            for dtype in dtypes:
                X, b, form = np.ones((2, 1), dtype), np.zeros(2, dtype), _form("numba", R.n)
                form.solve_rows(R, X, b, b, R.mu, 1.0, True, False)
                form.squared_error(R, X, X, b, b, R.mu)
                form.predict_pairs(X, X, b, b, R.mu, *tiny)
            if sort:
                sort.transposed(sort.by_column(*tiny, np.ones(3, data), (2, 2)))
                for keep in (False, True):
                    sort.rows_sorted(*tiny, np.ones(3, data), (2, 2), keep)


def compiled(kernel: Form, n: int, auto_from: int | None = None) -> bool:
    """Whether n ratings are left to the compiled form: by "auto" from `auto_from` (or AUTO_FROM) on, if it exists."""
    return _form(kernel, n, auto_from) is not numpy_form


def _form(kernel: Form, n: int, auto_from: int | None = None) -> ModuleType:
    few = n < (AUTO_FROM if auto_from is None else auto_from)
    if kernel == "numpy" or (kernel == "auto" and (few or not available())):
        return numpy_form
    form = _compiled()
    if form is None:
        raise ImportError('kernel="numba" needs numba, which is not installed here; "auto" and "numpy" do without')
    return form


@cache
def _compiled() -> ModuleType | None:
    try:
        from mfcore.kernels import numba_form
    except ImportError:
        return None
    return numba_form
