"""The compiled form of `sgd`: rows of whole cache lines, [w_i, b_i, 1] and [u_j, 1, c_j], moved in vectors."""

from collections.abc import Callable
from typing import Any, cast

import numpy as np
from llvmlite import ir
from numba import njit, prange, types
from numba.core import cgutils
from numba.extending import intrinsic

from mfcore.kernels.numba_form import threads, whole_lines
from mfcore.kernels.sgd import Blocks, Tables
from mfcore.kernels.tile import FUSED, LINE, Matrix
from mfcore.ratings import Floats, Ints

THREADED = 1 << 21  # ratings from which a second thread pays: threads meet after every stratum


def _over_vectors(build: Any, x: Matrix, body: Callable[[Any, int], None]) -> None:
    """body(column, shift) for every vector of a row of whole cache lines."""
    line = ir.Constant(x.width.type, LINE // x.size)
    with cgutils.for_range(build, build.udiv(x.width, line)) as loop:
        column = build.mul(loop.index, line)
        for shift in range(0, LINE // x.size, x.lanes):
            body(column, shift)


@intrinsic
def _dot(typing: Any, X: Any, i: Any, Y: Any, j: Any) -> Any:
    """X[i]ᵀY[j]: lane by lane, then one half of the lanes with the other."""

    def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        x, y = Matrix(context, build, X, arguments[0]), Matrix(context, build, Y, arguments[2])
        total = cgutils.alloca_once(build, x.vector)  # type: ignore[no-untyped-call]
        build.store(ir.Constant(x.vector, None), total)

        def add(column: Any, shift: int) -> None:
            product = build.fmul(x.load(arguments[1], column, shift), y.load(arguments[3], column, shift), flags=FUSED)
            build.store(build.fadd(build.load(total), product, flags=FUSED), total)

        _over_vectors(build, x, add)
        vector, lanes, whole = build.load(total), x.lanes, ir.IntType(32)
        while lanes > 1:
            lanes //= 2
            halves = (ir.Constant(ir.VectorType(whole, lanes), [*range(at, at + lanes)]) for at in (0, lanes))
            vector = build.fadd(*(build.shuffle_vector(vector, vector, half) for half in halves))
        return build.extract_element(vector, ir.Constant(whole, 0))

    return X.dtype(X, types.intp, Y, types.intp), emit


@intrinsic
def _move(typing: Any, X: Any, i: Any, Y: Any, j: Any, e: Any, of_i: Any, of_j: Any, free: Any) -> Any:
    """X[i] += free[0] (e Y[j] − of_i X[i]), Y[j] += free[1] (e X[i] − of_j Y[j]), both from the rows as they were."""

    def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        x, y, f = (Matrix(context, build, kind, arguments[at]) for kind, at in ((X, 0), (Y, 2), (free, 7)))
        nowhere, first = ir.Constant(x.vector, ir.Undefined), ir.Constant(ir.IntType(32), 0)
        everywhere = ir.Constant(ir.VectorType(ir.IntType(32), x.lanes), None)

        def splat(number: Any) -> Any:
            return build.shuffle_vector(build.insert_element(nowhere, number, first), nowhere, everywhere)

        e, of_i, of_j = (splat(arguments[at]) for at in (4, 5, 6))
        users, items = (ir.Constant(ir.IntType(64), row) for row in (0, 1))

        def move(column: Any, shift: int) -> None:
            p, q = x.load(arguments[1], column, shift), y.load(arguments[3], column, shift)
            for own, other, charge, side, to, row in ((p, q, of_i, users, x, 1), (q, p, of_j, items, y, 3)):
                step = build.fsub(build.fmul(e, other, flags=FUSED), build.fmul(charge, own, flags=FUSED), flags=FUSED)
                moved = build.fadd(own, build.fmul(f.load(side, column, shift), step, flags=FUSED), flags=FUSED)
                to.store(moved, arguments[row], column, shift)

        _over_vectors(build, x, move)
        return context.get_dummy_value()

    number = X.dtype
    return types.void(X, types.intp, Y, types.intp, number, number, number, free), emit


dot, move = cast(Callable[..., Any], _dot), cast(Callable[..., None], _move)


@njit(cache=True, nogil=True, parallel=True, error_model="numpy")
def _epoch(
    i: Ints,
    j: Ints,
    r: Floats,
    ends: Ints,
    strata: Ints,
    X: Floats,
    Y: Floats,
    of_i: Floats,
    of_j: Floats,
    mu: Any,
    two: Any,
    free: Floats,
) -> None:
    for stratum in strata:
        for g in prange(len(stratum)):
            block = stratum[g]
            for t in range(ends[block[0], block[1]], ends[block[0], block[1] + 1]):
                e = X.dtype.type(r[t]) - mu - dot(X, i[t], Y, j[t])
                move(X, i[t], Y, j[t], two * e, two * of_i[i[t]], two * of_j[j[t]], free)


def epoch(
    x: Blocks,
    strata: Ints,
    tables: Tables,
    mu: float,
    charges: tuple[Floats, Floats],
    rate: float,
    biases: bool,
) -> Tables:
    """See `sgd.epoch`."""
    W, U, b, c = tables
    k, number = W.shape[1], W.dtype.type
    X, Y = (
        whole_lines(len(W), k + 2, W.dtype),
        whole_lines(len(U), k + 2, U.dtype),
    )  # rows [w_i, b_i, 1] and [u_j, 1, c_j]
    X[:, :k], X[:, k], X[:, k + 1] = W, b, 1
    Y[:, :k], Y[:, k], Y[:, k + 1] = U, 1, c
    free = np.zeros((2, X.shape[1]), W.dtype)  # 1 where a row moves
    free[:, :k], free[0, k], free[1, k + 1] = 1, biases, biases
    with threads(len(x.r) if len(x.r) >= THREADED else 0):
        _epoch(x.i, x.j, x.r, x.ends, strata, X, Y, *charges, number(mu), number(2 * rate), free)
    return X[:, :k].copy(), Y[:, :k].copy(), X[:, k].copy(), Y[:, k + 1].copy()
