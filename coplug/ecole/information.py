"""Functions whose data an environment returns as additional information."""

from __future__ import annotations

from typing import Any

from coplug.ecole.scip import Model

__all__ = ["Nothing"]


class Nothing:
    """No information: an empty dictionary."""

    def before_reset(self, model: Model) -> None:
        """Do nothing."""

    def extract(self, model: Model, done: bool = False) -> dict[str, Any]:
        """Return an empty dictionary."""
        return {}
