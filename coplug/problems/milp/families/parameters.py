"""What a family writes into its instances about its parameters."""

from __future__ import annotations

from dataclasses import field, fields
from typing import Any

_LATER = "coplug.later"


def later(default: float) -> Any:
    """Return a dataclass field for a parameter that a family got after its first instances were drawn.

    Instances name it only where it differs from its default: so those drawn before stay the same to the byte.
    """
    return field(default=default, metadata={_LATER: True})


def recorded(family: Any) -> dict[str, float]:
    """Return what an instance records of its family's parameters, in the order of the fields.

    Parameters
    ----------
    family : dataclass instance

    Returns
    -------
    dict
        Every parameter, except those declared by :func:`later` that have their default.
    """
    values = ((parameter, getattr(family, parameter.name)) for parameter in fields(family))
    return {
        parameter.name: value
        for parameter, value in values
        if not (_LATER in parameter.metadata and value == parameter.default)
    }
