"""Which device a recipe means."""

from __future__ import annotations

import torch

from coplug.errors import RecipeError


def find_device(name: str) -> torch.device:
    """Return the device of a recipe, which ``auto`` leaves to what there is.

    Raises
    ------
    RecipeError
        If it cannot be used.
    """
    if name == "auto":
        return torch.device("cuda" if torch.cuda.is_available() else "cpu")
    try:
        device = torch.device(name)
        torch.empty(0, device=device)
    except (RuntimeError, AssertionError) as error:  # AssertionError: a torch build without that device
        raise RecipeError(
            f"device {name!r} cannot be used: {str(error).splitlines()[0]}; try auto or cpu"
        ) from error
    return device
