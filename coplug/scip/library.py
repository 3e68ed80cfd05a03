"""Finding the libscip that PySCIPOpt runs on, and the named C functions the kernels need."""

from __future__ import annotations

import ctypes
import functools
import re
import sys
from dataclasses import dataclass
from pathlib import Path

import llvmlite.binding as llvm
import pyscipopt

from coplug.scip.symbols import REQUIRED_SYMBOLS

SUPPORTED_MAJOR_VERSION = 10
"""The major version of SCIP whose C signatures the kernels were written against."""


_LIBRARY_NAME = re.compile(r"(lib)?scip([-.][\w.-]*)?\.(so|dylib|dll)([.\d]*)$")
"""Not ``libscipy_openblas``, which numpy brings along."""


@dataclass(frozen=True)
class Library:
    """What is known about the SCIP library in this process.

    Attributes
    ----------
    path : str or None
        The shared library that PySCIPOpt uses, or ``None`` where it could not be found.
    reason : str
        Empty when the compiled kernels can use it; otherwise why they cannot.
    """

    path: str | None
    reason: str

    @property
    def usable(self) -> bool:
        """Whether the compiled kernels can call into it."""
        return not self.reason


def _mapped_library() -> Path | None:
    """Return the libscip mapped into this process (Linux: what PySCIPOpt really loaded)."""
    maps = Path("/proc/self/maps")
    if not maps.exists():
        return None
    for line in maps.read_text().splitlines():
        path = line.partition("/")[2]
        if _LIBRARY_NAME.match(Path(path).name):
            return Path("/" + path)
    return None


def _bundled_library() -> Path | None:
    """Return the libscip that a PySCIPOpt wheel carries (macOS, Windows) or a conda environment holds."""
    package = Path(pyscipopt.__file__).parent
    folders = [
        package.parent / "pyscipopt.libs",
        package.parent / "PySCIPOpt.libs",
        package / ".dylibs",
        package,
        Path(sys.prefix) / "lib",
        Path(sys.prefix) / "Library" / "bin",
    ]
    for folder in folders:
        files = sorted(folder.iterdir()) if folder.is_dir() else []
        for file in files:
            if _LIBRARY_NAME.match(file.name):
                return file
    return None


def _why_unusable(handle: ctypes.CDLL) -> str:
    missing = [name for name in REQUIRED_SYMBOLS if not hasattr(handle, name)]
    if missing:
        return f"it does not export {', '.join(missing[:3])}" + (" and others" if len(missing) > 3 else "")
    major = int(handle.SCIPmajorVersion())
    if major != SUPPORTED_MAJOR_VERSION:
        return f"it is SCIP {major}, and the kernels were written for SCIP {SUPPORTED_MAJOR_VERSION}"
    return ""


@functools.cache
def load_library() -> Library:
    """Find libscip and make its functions visible to compiled kernels; never raises.

    Must run before a kernel that calls SCIP is compiled or loaded from the cache.
    """
    path = _mapped_library() or _bundled_library()
    if path is None:
        return Library(None, "no libscip was found beside PySCIPOpt")
    try:
        handle = ctypes.CDLL(str(path))
    except OSError as error:
        return Library(str(path), f"it cannot be loaded ({error})")
    reason = _why_unusable(handle)
    if not reason:
        llvm.load_library_permanently(str(path))
    return Library(str(path), reason)


def scip_pointer(model: pyscipopt.Model) -> int:
    """Return the address of the ``SCIP`` struct behind a PySCIPOpt model, which keeps its ownership."""
    get_pointer = ctypes.pythonapi.PyCapsule_GetPointer
    get_pointer.restype = ctypes.c_void_p
    get_pointer.argtypes = [ctypes.py_object, ctypes.c_char_p]
    address = get_pointer(model.to_ptr(False), b"scip")
    assert address is not None
    return int(address)
