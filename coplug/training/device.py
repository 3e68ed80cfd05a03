"""Where a recipe runs: its device, torch's threads and generators."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

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


@contextmanager
def seeded(seed: int, device: torch.device) -> Iterator[None]:
    """Seed torch's generators inside the block and give them back as they were."""
    devices = [device] if device.type == "cuda" else []
    with torch.random.fork_rng(devices=devices):
        torch.manual_seed(seed)
        yield


@contextmanager
def threads(number: int) -> Iterator[None]:
    """Let torch compute with so many threads inside the block."""
    before = torch.get_num_threads()
    torch.set_num_threads(number)
    try:
        yield
    finally:
        torch.set_num_threads(before)
