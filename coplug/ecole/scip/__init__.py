"""Ecole's ``scip`` module: the model that environments, dynamics and data functions work on."""

from __future__ import annotations

from typing import Any

from coplug.ecole.errors import ScipError
from coplug.ecole.renamed import warn_renamed
from coplug.ecole.scip import callback
from coplug.ecole.scip.callback import HeurTiming
from coplug.ecole.scip.model import Model
from coplug.scip.stage import Stage

__all__ = ["HeurTiming", "Model", "ScipError", "Stage", "callback"]


def __getattr__(name: str) -> Any:
    if name == "Exception":
        warn_renamed("ecole.scip.Exception", "ecole.scip.ScipError")
        return ScipError
    raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
