"""The innermost loop of the compiled form: a few rows of ZᵀZ, every sum kept in a register.

Written in LLVM's language, because out of a loop over arrays the compiler stores each sum after every term.
"""

from collections.abc import Callable
from typing import Any

from llvmlite import ir
from numba import types
from numba.core import cgutils
from numba.extending import intrinsic

VECTOR_BYTES = 32
FUSED = ("contract",)  # a product and its sum may be rounded once


def tile(rows: int, vectors: int) -> Callable[..., None]:
    """A compiled function tile(Z, n, p, q, G): G[p:p+rows, q:q+w] += Z[:n, p:p+rows]ᵀ Z[:n, q:q+w].

    Z: (≥n, m), G: (m, m), both C-contiguous and of one dtype; w: the elements in `vectors` 32-byte vectors.
    rows·vectors sums plus their operands should fit the processor's 16 vector registers.
    """

    @intrinsic  # type: ignore[untyped-decorator]
    def add(typing: Any, Z: Any, n: Any, p: Any, q: Any, G: Any) -> Any:
        return types.void(Z, types.intp, types.intp, types.intp, G), _emit(Z, G, rows, vectors)

    return add  # type: ignore[no-any-return]


def _emit(Z: Any, G: Any, rows: int, vectors: int) -> Callable[..., Any]:
    size = Z.dtype.bitwidth // 8
    lanes = VECTOR_BYTES // size

    def emit(context: Any, build: Any, signature: Any, arguments: Any) -> Any:
        z, g = (context.make_array(kind)(context, build, arguments[at]) for kind, at in ((Z, 0), (G, 4)))
        n, p, q = arguments[1:4]
        width = build.extract_value(z.shape, 1)
        vector = ir.VectorType(context.get_data_type(Z.dtype), lanes)
        zero, nowhere = ir.Constant(vector, None), ir.Constant(vector, ir.Undefined)
        first = ir.Constant(ir.VectorType(ir.IntType(32), lanes), None)

        def place(array: Any, row: Any, column: Any, shift: int) -> Any:
            column = build.add(column, ir.Constant(column.type, shift))
            return build.gep(array.data, [build.add(build.mul(row, width), column)])

        def as_vector(pointer: Any) -> Any:
            return build.bitcast(pointer, vector.as_pointer())

        def everywhere(number: Any) -> Any:
            one = build.insert_element(nowhere, number, ir.Constant(ir.IntType(32), 0))
            return build.shuffle_vector(one, nowhere, first)

        sums = {(r, h): cgutils.alloca_once(build, vector) for r in range(rows) for h in range(vectors)}
        for total in sums.values():
            build.store(zero, total)
        with cgutils.for_range(build, n) as loop:
            right = [build.load(as_vector(place(z, loop.index, q, h * lanes)), align=size) for h in range(vectors)]
            for r in range(rows):
                left = everywhere(build.load(place(z, loop.index, p, r)))
                for h in range(vectors):
                    product = build.fmul(left, right[h], flags=FUSED)
                    build.store(build.fadd(build.load(sums[r, h]), product, flags=FUSED), sums[r, h])
        for (r, h), total in sums.items():
            to = as_vector(place(g, build.add(p, ir.Constant(p.type, r)), q, h * lanes))
            build.store(build.fadd(build.load(to, align=size), build.load(total)), to, align=size)
        return context.get_dummy_value()

    return emit
