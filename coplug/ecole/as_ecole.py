"""``import coplug.ecole.as_ecole`` makes ``import ecole`` mean ``coplug.ecole``, for code whose imports are fixed.

It holds in this process and in those that it starts from here on, workers of a pool among them. With pytest:
``pytest -p coplug.ecole.as_ecole``. It refuses where the real Ecole is imported already.
"""

from __future__ import annotations

import importlib
import os
import pkgutil
import sys
from pathlib import Path

import coplug.ecole
import coplug.ecole.core

_SHADOW = str(Path(__file__).parent / "shadow")
"""A folder with a module ``ecole`` that imports this one."""

_NOT_ECOLES = ("coplug.ecole.as_ecole", "coplug.ecole.doctor")


def install() -> None:
    """Register every module of ``coplug.ecole`` under its name in Ecole, and let new processes do the same.

    Raises
    ------
    ImportError
        If another package called ``ecole`` was imported before.
    """
    present = sys.modules.get("ecole")
    if present is not None and present is not coplug.ecole:
        raise ImportError("the package ecole is imported already; import coplug.ecole.as_ecole before it")
    sys.modules["ecole"] = coplug.ecole
    for found in pkgutil.walk_packages(coplug.ecole.__path__, "coplug.ecole."):
        if found.name not in _NOT_ECOLES:
            _register(found.name)
    _reach_new_processes()


def _register(name: str) -> None:
    module = importlib.import_module(name)
    path = name.removeprefix("coplug.ecole.")
    sys.modules[f"ecole.{path}"] = module
    if path.partition(".")[0] in coplug.ecole.core.__all__:
        sys.modules[f"ecole.core.{path}"] = module


def _reach_new_processes() -> None:
    # Most processes read the variable when they start; those of multiprocessing take over this process's path.
    paths = [path for path in os.environ.get("PYTHONPATH", "").split(os.pathsep) if path]
    if _SHADOW not in paths:
        os.environ["PYTHONPATH"] = os.pathsep.join((_SHADOW, *paths))
    if _SHADOW not in sys.path:
        sys.path.insert(0, _SHADOW)


install()
