"""A game with a network's opinion."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from coplug.algorithms.guided import GuidedModel
from coplug.contracts.game import Game
from coplug.training.outputs import outputs_of


def network_model(game: Game, network: Any, device: torch.device) -> GuidedModel:
    """Return what :func:`coplug.algorithms.mcts.search` searches.

    Parameters
    ----------
    game : Game
    network : callable
        Takes encoded states as a tensor; returns logits, shape (n, k), of the first k actions, and values, shape (n,).
        No other action may be legal in these states. If it has a method ``compiled()``, what that returns is asked
        instead, with arrays for tensors: a faster way to compute the same, with the weights that the network has now.
    device : torch.device
    """
    compiled = getattr(network, "compiled", None)
    return GuidedModel(game, partial(_by_torch, network, device) if compiled is None else compiled())


@torch.no_grad()
def _by_torch(
    network: Any, device: torch.device, encoded: NDArray[np.float32]
) -> tuple[NDArray[Any], NDArray[Any]]:
    logits, values = outputs_of(network, torch.from_numpy(encoded).to(device))
    return logits.double().cpu().numpy(), values.double().cpu().numpy()
