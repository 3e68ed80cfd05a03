"""``import coplug.ecole.as_ecole`` makes ``import ecole`` mean ``coplug.ecole``, for code whose imports are fixed.

With pytest: ``pytest -p coplug.ecole.as_ecole``. It refuses where the real Ecole is imported already.
"""

from __future__ import annotations

import importlib
import pkgutil
import sys

import coplug.ecole
import coplug.ecole.core


def install() -> None:
    """Register every module of ``coplug.ecole`` under its name in Ecole.

    Raises
    ------
    ImportError
        If another package called ``ecole`` was imported before.
    """
    present = sys.modules.get("ecole")
    if present is not None and present is not coplug.ecole:
        raise ImportError("the package ecole is imported already; import coplug.ecole.as_ecole before it")
    sys.modules["ecole"] = coplug.ecole
    for found in pkgutil.iter_modules(coplug.ecole.__path__):
        if found.name in ("as_ecole", "doctor"):
            continue
        module = importlib.import_module(f"coplug.ecole.{found.name}")
        sys.modules[f"ecole.{found.name}"] = module
        if found.name in coplug.ecole.core.__all__:
            sys.modules[f"ecole.core.{found.name}"] = module


install()
