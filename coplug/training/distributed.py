"""Training in several processes that ``torchrun`` started, each with a part of every batch."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any, TypeVar

import torch
from torch import distributed, nn
from torch.nn.parallel import DistributedDataParallel

from coplug.errors import RecipeError

T = TypeVar("T")


@dataclass(frozen=True, slots=True)
class World:
    """The processes of a run; one that stands alone is a world of size 1.

    Attributes
    ----------
    rank : int
        Number of this process; 0 writes the run directory.
    size : int
        Processes that train together.
    """

    rank: int = 0
    size: int = 1

    @property
    def is_first(self) -> bool:
        """Whether this process writes and evaluates."""
        return self.rank == 0

    def any(self, flag: bool) -> bool:
        """Return whether ``flag`` is true in any process; all must ask."""
        if self.size == 1:
            return flag
        tensor = torch.tensor([float(flag)], device=_device_of_backend())
        distributed.all_reduce(tensor, op=distributed.ReduceOp.MAX)
        return bool(tensor.item())

    def from_first(self, function: Callable[[], T]) -> T:
        """Return what ``function`` gives in the first process, where alone it is called; all must ask."""
        if self.size == 1:
            return function()
        values: list[Any] = [function() if self.is_first else None]
        distributed.broadcast_object_list(values, src=0)
        result: T = values[0]
        return result

    def wrap(self, model: nn.Module) -> nn.Module:
        """Return a model whose gradients are averaged over the processes."""
        return model if self.size == 1 else DistributedDataParallel(model)

    def share(self, batch_size: int) -> int:
        """Return this process's part of a batch.

        Raises
        ------
        RecipeError
            If the batch cannot be divided equally.
        """
        if batch_size % self.size:
            raise RecipeError(
                f"batch_size {batch_size} cannot be divided among {self.size} processes equally"
            )
        return batch_size // self.size


ALONE = World()


@contextmanager
def joined_world(device: torch.device) -> Iterator[World]:
    """Join the processes of ``torchrun``, if there are several, and leave them at the end.

    Raises
    ------
    RecipeError
        If they cannot be joined.
    """
    size = int(os.environ.get("WORLD_SIZE", "1"))
    if size == 1:
        yield ALONE
        return
    try:
        distributed.init_process_group("nccl" if device.type == "cuda" else "gloo")
    except (ValueError, RuntimeError) as error:
        raise RecipeError(
            f"the {size} processes of this run cannot be joined: {error}; start them all with torchrun"
        ) from error
    try:
        yield World(distributed.get_rank(), size)
        # None leaves while another still exchanges: its threads would find the connection closed.
        distributed.barrier()
    finally:
        distributed.destroy_process_group()


def local_device(device: torch.device) -> torch.device:
    """Return this process's own GPU where the recipe just says ``cuda``."""
    if device.type == "cuda" and device.index is None:
        return torch.device("cuda", int(os.environ.get("LOCAL_RANK", "0")))
    return device


def _device_of_backend() -> torch.device:
    is_cuda = distributed.get_backend() == "nccl"
    return torch.device("cuda", torch.cuda.current_device()) if is_cuda else torch.device("cpu")
