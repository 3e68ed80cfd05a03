"""What a kernel's machine code is made from, beside its own file: the files of the kernels it calls, and constants.

numba compiles callees and constants of other modules into a kernel, and looks at the kernel's own file alone when
it decides whether the machine code is still right.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from types import CodeType, FunctionType, ModuleType
from typing import Any

import numpy as np

_CONSTANTS = (bool, int, float, complex, str, bytes, tuple, np.generic)

Source = tuple[str, object]
"""A file with its time and size, or a constant's name with its value."""


def sources(kernel: Any) -> tuple[Source, ...]:
    """Return what the machine code of a kernel is made from, in a fixed order.

    Parameters
    ----------
    kernel : numba dispatcher, numba intrinsic or Python function

    Returns
    -------
    tuple of (str, object)
        The files (path, time and size) of the kernel and of all that it calls, and the constants (name, value)
        that these read from their modules. Plain functions that are no kernels, such as those of numpy, are left
        out: numba has its own versions of them.
    """
    found: dict[str, object] = {}
    seen: set[int] = set()
    _gather(kernel, found, seen)
    return tuple(sorted(found.items(), key=lambda item: item[0]))


def _gather(kernel: Any, found: dict[str, object], seen: set[int]) -> None:
    function = _function_of(kernel)
    if function is None or id(function) in seen:
        return
    seen.add(id(function))
    path = Path(function.__code__.co_filename)
    if str(path) not in found:
        found[str(path)] = _stamp(path)
    for name, value in _read_by(function):
        if isinstance(value, _CONSTANTS):
            found[f"{function.__module__}.{name}"] = repr(value)
        elif isinstance(value, np.ndarray):
            found[f"{function.__module__}.{name}"] = (value.dtype.str, value.shape, value.tobytes())
        else:
            _gather(value, found, seen)


def _function_of(kernel: Any) -> FunctionType | None:
    """Return the Python function of a dispatcher or an intrinsic, None of anything else."""
    if isinstance(kernel, FunctionType):
        return kernel
    for attribute in ("py_func", "_defn"):
        function = getattr(kernel, attribute, None)
        if isinstance(function, FunctionType):
            return function
    return None


def _read_by(function: FunctionType) -> Iterator[tuple[str, Any]]:
    """Yield what a function reads from its module, from modules that its module imports, and from its closure."""
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        yield name, cell.cell_contents
    names = _names(function.__code__)
    for name in names:
        if name not in function.__globals__:
            continue
        value = function.__globals__[name]
        if not isinstance(value, ModuleType):
            yield name, value
        elif not value.__name__.startswith("numpy"):
            yield from (
                (f"{name}.{other}", getattr(value, other)) for other in names if hasattr(value, other)
            )


def _names(code: CodeType) -> list[str]:
    """Return the names that a function's code, and code within it, looks up."""
    names = list(code.co_names)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            names += _names(constant)
    return names


def _stamp(path: Path) -> object:
    try:
        status = path.stat()
    except OSError:  # typed in an interpreter, say
        return None
    return status.st_mtime_ns, status.st_size
