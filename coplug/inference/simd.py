"""Vectors of 16 float32 for numba kernels: what the compiler keeps in registers is then said, not hoped for.

A loop over a row of weights that accumulates in an array is vectorised by LLVM, but its sums live in memory;
the same product written with these vectors ran 3 times as fast and came within a tenth of the processor's
peak. LLVM splits a vector into what the processor has (two registers of AVX2, four of NEON or SSE): the code
is portable.

All functions are for use in compiled code only. None checks bounds.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, cast

from llvmlite import ir
from numba.core import cgutils, types
from numba.core.errors import TypingError
from numba.extending import intrinsic, models, register_model

LANES = 16

_VECTOR = ir.VectorType(ir.FloatType(), LANES)
_INDICES = ir.VectorType(ir.IntType(32), LANES)
_ITEM_BYTES = 4  # arrays are aligned to their items only

Emit = Callable[[Any, Any, Any, Any], Any]

_declare = cast(Callable[..., Any], cgutils.get_or_insert_function)


class Float32x16(types.Type):  # type: ignore[misc,unused-ignore]  # untyped in some versions of numba
    """numba type of a vector of 16 float32, passed by value."""

    def __init__(self) -> None:
        super().__init__(name="Float32x16")


float32x16 = Float32x16()


@register_model(Float32x16)
class _Float32x16Model(models.PrimitiveModel):  # type: ignore[misc,unused-ignore]
    def __init__(self, manager: Any, kind: Any) -> None:
        super().__init__(manager, kind, _VECTOR)  # type: ignore[no-untyped-call,unused-ignore]


def _operation(function: Callable[..., tuple[Any, Emit]]) -> Callable[..., Any]:
    """Make ``function``, which types and emits code, callable in kernels without its ``typing_context``."""
    return cast(Callable[..., Any], intrinsic(function))


def _require_float32_array(array: Any) -> None:
    if not (isinstance(array, types.Array) and array.dtype == types.float32 and array.layout == "C"):
        raise TypingError(f"expected a C-contiguous float32 array, found {array}")


def _pointer(context: Any, builder: Any, kind: Any, array: Any, offset: Any) -> Any:
    data = context.make_array(kind)(context, builder, array).data
    return builder.bitcast(builder.gep(data, [offset]), _VECTOR.as_pointer())


@_operation
def load(typing_context: Any, array: Any, offset: Any) -> tuple[Any, Emit]:
    """Read 16 items of ``array``, float32 and C-contiguous, from the flat position ``offset``."""
    _require_float32_array(array)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        value = builder.load(_pointer(context, builder, signature.args[0], args[0], args[1]))
        value.align = _ITEM_BYTES
        return value

    return float32x16(array, types.intp), emit


@_operation
def store(typing_context: Any, array: Any, offset: Any, value: Any) -> tuple[Any, Emit]:
    """Write 16 items of ``array``, float32 and C-contiguous, from the flat position ``offset``."""
    _require_float32_array(array)

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        written = builder.store(args[2], _pointer(context, builder, signature.args[0], args[0], args[1]))
        written.align = _ITEM_BYTES
        return context.get_dummy_value()

    return types.void(array, types.intp, float32x16), emit


@_operation
def splat(typing_context: Any, value: Any) -> tuple[Any, Emit]:
    """Return a vector of 16 times ``value``, a float32."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        undefined = ir.Constant(_VECTOR, ir.Undefined)
        first = builder.insert_element(undefined, args[0], ir.Constant(ir.IntType(32), 0))
        return builder.shuffle_vector(first, undefined, ir.Constant(_INDICES, [0] * LANES))

    return float32x16(types.float32), emit


@_operation
def splat_halves(typing_context: Any, first: Any, second: Any) -> tuple[Any, Emit]:
    """Return a vector of 8 times ``first``, then 8 times ``second``, float32 both."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector = ir.Constant(_VECTOR, ir.Undefined)
        for lane, value in enumerate(args):
            vector = builder.insert_element(vector, value, ir.Constant(ir.IntType(32), lane))
        lanes = [0] * (LANES // 2) + [1] * (LANES // 2)
        return builder.shuffle_vector(vector, vector, ir.Constant(_INDICES, lanes))

    return float32x16(types.float32, types.float32), emit


@_operation
def multiply(typing_context: Any, a: Any, b: Any) -> tuple[Any, Emit]:
    """Return ``a * b``."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fmul(*args)

    return float32x16(float32x16, float32x16), emit


@_operation
def multiply_add(typing_context: Any, a: Any, b: Any, c: Any) -> tuple[Any, Emit]:
    """Return ``a * b + c``, rounded once where the processor can."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        function = _declare(
            builder.module, ir.FunctionType(_VECTOR, [_VECTOR] * 3), f"llvm.fmuladd.v{LANES}f32"
        )
        return builder.call(function, args)

    return float32x16(float32x16, float32x16, float32x16), emit


@_operation
def add(typing_context: Any, a: Any, b: Any) -> tuple[Any, Emit]:
    """Return ``a + b``."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        return builder.fadd(*args)

    return float32x16(float32x16, float32x16), emit


@_operation
def positive_part(typing_context: Any, a: Any) -> tuple[Any, Emit]:
    """Return 0 where ``a < 0``, else ``a``; NaN stays NaN."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        zero = ir.Constant(_VECTOR, [0.0] * LANES)
        return builder.select(builder.fcmp_ordered("<", args[0], zero), zero, args[0])

    return float32x16(float32x16), emit


@_operation
def total(typing_context: Any, a: Any) -> tuple[Any, Emit]:
    """Return the sum of all 16 items, added up in any order."""

    def emit(context: Any, builder: Any, signature: Any, args: Any) -> Any:
        vector, half = args[0], LANES // 2
        while half:
            lanes = [half + lane if lane < half else 0 for lane in range(LANES)]
            vector = builder.fadd(
                vector, builder.shuffle_vector(vector, vector, ir.Constant(_INDICES, lanes))
            )
            half //= 2
        return builder.extract_element(vector, ir.Constant(ir.IntType(32), 0))

    return types.float32(float32x16), emit
