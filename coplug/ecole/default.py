"""The marker with which a caller asks for an environment's or dynamics' default."""

from __future__ import annotations

from typing import Final


class DefaultType:
    """Type of :data:`Default`; equal to every other such object and to the string ``"Default"``."""

    def __eq__(self, other: object) -> bool:
        return isinstance(other, DefaultType) or (isinstance(other, str) and other == "Default")

    def __hash__(self) -> int:
        return hash("Default")

    def __repr__(self) -> str:
        return "Default"


Default: Final = DefaultType()
"""As an observation, reward or information function: the environment's own; as an action: SCIP's own rule."""
