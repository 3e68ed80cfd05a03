"""Which versions are at work, in the shape of Ecole's ``version`` module."""

from __future__ import annotations

import platform
from dataclasses import dataclass
from pathlib import Path

import pyscipopt

from coplug.scip.library import load_library
from coplug.version import __version__

INTERFACE_VERSION = "0.8.1"
"""The version of Ecole whose interface ``coplug.ecole`` follows."""


@dataclass(frozen=True)
class VersionInfo:
    """A version in three numbers, and how it was built.

    ``revision`` names coplug's version where Ecole has a commit; nothing of coplug is compiled before it is
    installed, so ``build_type``, ``build_time`` and ``build_compiler`` say so.
    """

    major: int
    minor: int
    patch: int
    revision: str = ""
    build_type: str = ""
    build_os: str = ""
    build_time: str = ""
    build_compiler: str = ""


def get_ecole_lib_version() -> VersionInfo:
    """Return the version of Ecole's interface that this package follows, and coplug's own as its revision."""
    major, minor, patch = (int(part) for part in INTERFACE_VERSION.split("."))
    return VersionInfo(
        major,
        minor,
        patch,
        revision=f"coplug {__version__}",
        build_type="none",
        build_os=platform.system(),
        build_time="at run time",
        build_compiler="numba",
    )


def get_ecole_lib_path() -> str:
    """Return the folder of this package."""
    return str(Path(__file__).parent)


def get_scip_lib_version() -> VersionInfo:
    """Return the version of the SCIP that runs."""
    return _scip_version()


def get_scip_buildtime_version() -> VersionInfo:
    """Return the version of SCIP that PySCIPOpt's wheel was built with: the one that it carries."""
    return _scip_version()


def get_scip_lib_path() -> str:
    """Return the path of the SCIP library that runs, or why it is not known."""
    library = load_library()
    return library.path or library.reason


def _scip_version() -> VersionInfo:
    model = pyscipopt.Model()
    return VersionInfo(model.getMajorVersion(), model.getMinorVersion(), model.getTechVersion())
