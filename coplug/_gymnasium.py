"""Registering the environments as soon as Gymnasium is there, and not importing it for that."""

from __future__ import annotations

import importlib.abc
import importlib.machinery
import importlib.util
import sys
from collections.abc import Sequence
from types import ModuleType


def register_with_gymnasium() -> None:
    """Make ``coplug/...`` known to Gymnasium now, or right after it is imported.

    Gymnasium 1.x knows no entry points: of ``gymnasium.make("coplug:coplug/Branching-v1")`` it imports ``coplug``,
    which does nothing where that was imported before.
    """
    if "gymnasium" in sys.modules:
        import coplug.envs  # noqa: F401 # registers
    else:
        sys.meta_path.insert(0, _AfterGymnasium())


class _AfterGymnasium(importlib.abc.MetaPathFinder):
    """Finds Gymnasium as the other finders do, once, and has its import followed by the registration."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> importlib.machinery.ModuleSpec | None:
        if fullname != "gymnasium":
            return None
        sys.meta_path.remove(self)
        spec = importlib.util.find_spec(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _ThenRegister(spec.loader)
        return spec


class _ThenRegister(importlib.abc.Loader):
    def __init__(self, loader: importlib.abc.Loader) -> None:
        self._loader = loader

    def create_module(self, spec: importlib.machinery.ModuleSpec) -> ModuleType | None:
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        assert module.__spec__ is not None
        module.__spec__.loader = module.__loader__ = self._loader
        self._loader.exec_module(module)
        import coplug.envs  # noqa: F401 # registers
