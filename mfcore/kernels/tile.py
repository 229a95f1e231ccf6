"""The innermost steps of the compiled form, in vectors: fetch and copy a row, multiply rows of ZᵀZ, combine lines.

Written in LLVM's language. Out of loops over arrays, which might overlap for all it knows, the compiler copies numbers
one at a time and stores every sum after every term; here rows move in vectors and sums stay in registers.
"""

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

VECTOR_BYTES = 32
LINE = 64  # bytes of a cache line
Compiled = Callable[..., None]
FUSED = ("contract",)  # a product and its sum may be rounded once


class Matrix:
    """A C-contiguous matrix inside a function being generated: vectors and numbers at (row, column + shift)."""

    def __init__(self, context: Any, build: Any, kind: Any, value: Any) -> None:
        inner = context.make_array(kind)(context, build, value)
        self.build, self.data, self.width = build, inner.data, build.extract_value(inner.shape, 1)
        self.size = kind.dtype.bitwidth // 8
        self.lanes = VECTOR_BYTES // self.size
        self.vector = ir.VectorType(context.get_data_type(kind.dtype), self.lanes)

    def at(self, row: Any, column: Any, shift: int) -> Any:
        build = self.build
        column = build.add(column, ir.Constant(column.type, shift))
        return build.gep(self.data, [build.add(build.mul(row, self.width), column)])

    def load(self, row: Any, column: Any, shift: int) -> Any:
        place = self.build.bitcast(self.at(row, column, shift), self.vector.as_pointer())
        return self.build.load(place, align=self.size)

    def store(self, value: Any, row: Any, column: Any, shift: int) -> None:
        place = self.build.bitcast(self.at(row, column, shift), self.vector.as_pointer())
        self.build.store(value, place, align=self.size)

    def splat(self, row: Any, column: Any, shift: int) -> Any:
        """The number there in every lane of a vector."""
        nowhere = ir.Constant(self.vector, ir.Undefined)
        number = self.build.load(self.at(row, column, shift))
        one = self.build.insert_element(nowhere, number, ir.Constant(ir.IntType(32), 0))
        return self.build.shuffle_vector(one, nowhere, ir.Constant(ir.VectorType(ir.IntType(32), self.lanes), None))


@intrinsic
def _copy_row(typing: Any, X: Any, i: Any, Z: Any, t: Any) -> Any:
    """Z[t] = X[i], for rows of whole cache lines of one dtype."""

    def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        x, z = Matrix(context, build, X, arguments[0]), Matrix(context, build, Z, arguments[2])
        line = ir.Constant(x.width.type, LINE // x.size)
        with cgutils.for_range(build, build.udiv(x.width, line)) as loop:
            column = build.mul(loop.index, line)
            shifts = range(0, LINE // x.size, x.lanes)
            for shift, value in [(shift, x.load(arguments[1], column, shift)) for shift in shifts]:
                z.store(value, arguments[3], column, shift)
        return context.get_dummy_value()

    return types.void(X, types.intp, Z, types.intp), emit


@intrinsic
def _fetch_row(typing: Any, X: Any, i: Any) -> Any:
    """Bring the cache lines of X[i] near, without waiting for them."""

    def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        x, whole = Matrix(context, build, X, arguments[0]), ir.IntType(32)
        byte = ir.IntType(8).as_pointer()
        kind = ir.FunctionType(ir.VoidType(), [byte, whole, whole, whole])
        fetch = build.module.declare_intrinsic("llvm.prefetch", [byte], kind)
        line = ir.Constant(x.width.type, LINE // x.size)
        with cgutils.for_range(build, build.udiv(x.width, line)) as loop:
            place = build.bitcast(x.at(arguments[1], build.mul(loop.index, line), 0), byte)
            build.call(fetch, [place, ir.Constant(whole, 0), ir.Constant(whole, 3), ir.Constant(whole, 1)])
        return context.get_dummy_value()

    return types.void(X, types.intp), emit


copy_row, fetch_row = cast(Compiled, _copy_row), cast(Compiled, _fetch_row)


def _on_lines(combine: Callable[[Any, Any, Any, Any], Any]) -> Compiled:
    """A compiled function (L, to, a, b): L[to] = combine(L[to], L[a], L[b]) for rows of one cache line."""

    @intrinsic
    def apply(typing: Any, L: Any, to: Any, a: Any, b: Any) -> Any:
        def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
            lines = Matrix(context, build, L, arguments[0])
            column = ir.Constant(lines.width.type, 0)
            for shift in range(0, LINE // lines.size, lines.lanes):
                to, a, b = (lines.load(row, column, shift) for row in arguments[1:])
                lines.store(combine(build, to, a, b), arguments[1], column, shift)
            return context.get_dummy_value()

        return types.void(L, types.intp, types.intp, types.intp), emit

    return cast(Compiled, apply)


multiply = _on_lines(lambda build, to, a, b: build.fmul(a, b))
subtract_product = _on_lines(lambda build, to, a, b: build.fsub(to, build.fmul(a, b, flags=FUSED), flags=FUSED))


def tile(rows: int, vectors: int) -> Compiled:
    """A compiled function tile(Z, n, p, q, G): G[p:p+rows, q:q+w] += Z[:n, p:p+rows]ᵀ Z[:n, q:q+w].

    Z: (≥n, m), G: (m, m), both C-contiguous and of one dtype; w: the elements in `vectors` 32-byte vectors.
    rows·vectors sums plus their operands should fit the processor's 16 vector registers.
    """

    @intrinsic
    def add(typing: Any, Z: Any, n: Any, p: Any, q: Any, G: Any) -> Any:
        return types.void(Z, types.intp, types.intp, types.intp, G), _emit(Z, G, rows, vectors)

    return cast(Compiled, add)


def _emit(Z: Any, G: Any, rows: int, vectors: int) -> Callable[..., Any]:
    def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        z, g = Matrix(context, build, Z, arguments[0]), Matrix(context, build, G, arguments[4])
        n, p, q = arguments[1:4]
        places = [(r, h) for r in range(rows) for h in range(vectors)]
        sums = {place: cgutils.alloca_once(build, z.vector) for place in places}  # type: ignore[no-untyped-call]
        for place in places:
            build.store(ir.Constant(z.vector, None), sums[place])
        with cgutils.for_range(build, n) as loop:
            right = [z.load(loop.index, q, h * z.lanes) for h in range(vectors)]
            left = [z.splat(loop.index, p, r) for r in range(rows)]
            for r, h in places:
                product = build.fmul(left[r], right[h], flags=FUSED)
                build.store(build.fadd(build.load(sums[r, h]), product, flags=FUSED), sums[r, h])
        for r, h in places:
            row = build.add(p, ir.Constant(p.type, r))
            g.store(build.fadd(g.load(row, q, h * z.lanes), build.load(sums[r, h])), row, q, h * z.lanes)
        return context.get_dummy_value()

    return emit
