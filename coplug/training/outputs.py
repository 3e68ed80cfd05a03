"""Asking a network that somebody else may have written."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from coplug.errors import CoplugError, RecipeError, in_one_line


def outputs_of(network: Callable[[Any], Any], observed: Any) -> Any:
    """Return what a network says of what is observed.

    Raises
    ------
    RecipeError
        If it cannot take that, as one that was made for another environment.
    """
    try:
        return network(observed)
    except CoplugError:
        raise
    except Exception as error:  # a network's code may raise anything
        raise RecipeError(
            f"the network cannot take what is observed here: {in_one_line(error)}; "
            "choose one that was made for this environment"
        ) from error
