"""Bytes and integers at an address: kernels that get numbers alone count no references, which costs more than a token.

Whoever takes the address of an array or a text holds that as long as the address is used.
"""

from __future__ import annotations

from typing import Any

import numpy as np
from llvmlite import ir
from numba import types
from numba.extending import intrinsic

_BYTE, _INTEGER = ir.IntType(8), ir.IntType(64)


def address_and_size(text: bytes) -> tuple[int, int]:
    """Return where a text lies and how many bytes it has."""
    return np.frombuffer(text, np.uint8).ctypes.data, len(text)


def _pointer(builder: Any, address: Any, index: Any, kind: ir.Type) -> Any:
    return builder.gep(builder.inttoptr(address, kind.as_pointer()), [index])


@intrinsic  # type: ignore[untyped-decorator] # numba is untyped
def byte_at(typing_context: Any, address: Any, index: Any) -> Any:
    """Load byte number ``index`` from ``address``."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, index = arguments
        return builder.zext(builder.load(_pointer(builder, address, index, _BYTE)), _INTEGER)

    return types.int64(types.intp, types.intp), codegen


@intrinsic  # type: ignore[untyped-decorator] # numba is untyped
def integer_at(typing_context: Any, address: Any, index: Any) -> Any:
    """Load 64-bit integer number ``index`` from ``address``."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, index = arguments
        return builder.load(_pointer(builder, address, index, _INTEGER))

    return types.int64(types.intp, types.intp), codegen


@intrinsic  # type: ignore[untyped-decorator] # numba is untyped
def put_integer(typing_context: Any, address: Any, index: Any, value: Any) -> Any:
    """Store a 64-bit integer as number ``index`` at ``address``."""

    def codegen(context: Any, builder: Any, signature: Any, arguments: Any) -> Any:
        address, index, stored = arguments
        builder.store(stored, _pointer(builder, address, index, _INTEGER))
        return context.get_dummy_value()

    return types.void(types.intp, types.intp, types.int64), codegen
