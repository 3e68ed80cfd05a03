"""The network of a GFlowNet on states with a fixed encoding: one body; heads for P_F, P_B and the flow; and log Z."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from .weights_directory import export_network, load_module


class GFlowNetMLP(nn.Module):
    """A multilayer perceptron with three heads.

    Parameters
    ----------
    n_features : int
    n_actions : int
        The stop among them, at least 2.
    width, depth : int
        Units of a hidden layer, and the number of those.
    learned_backward : bool
        Otherwise P_B is uniform over parents.

    Attributes
    ----------
    log_z : Parameter, shape ()
        Log of the total flow; trained by trajectory balance alone.
    """

    def __init__(
        self, n_features: int, n_actions: int, width: int = 64, depth: int = 2, learned_backward: bool = True
    ) -> None:
        super().__init__()
        self.sizes = {
            "n_features": n_features,
            "n_actions": n_actions,
            "width": width,
            "depth": depth,
            "learned_backward": learned_backward,
        }
        n_inputs = [n_features, *[width] * (depth - 1)]
        layers: list[nn.Module] = []
        for n_in in n_inputs:
            layers += [nn.Linear(n_in, width), nn.LeakyReLU()]
        self.body = nn.Sequential(*layers)
        self.forward_head = nn.Linear(width, n_actions)
        self.backward_head = nn.Linear(width, n_actions - 1) if learned_backward else None
        self.flow_head = nn.Linear(width, 1)
        self.log_z = nn.Parameter(torch.zeros(()))

    def forward(self, features: Tensor) -> tuple[Tensor, Tensor, Tensor]:
        """Evaluate states.

        Parameters
        ----------
        features : float32, shape (n, n_features)

        Returns
        -------
        forward_logits : float32, shape (n, n_actions)
        backward_logits : float32, shape (n, n_actions - 1)
            All 0 if P_B is not learned.
        log_flow : float32, shape (n,)
        """
        hidden = self.body(features)
        forward_logits = self.forward_head(hidden)
        if self.backward_head is None:
            backward_logits = torch.zeros_like(forward_logits[:, 1:])
        else:
            backward_logits = self.backward_head(hidden)
        return forward_logits, backward_logits, self.flow_head(hidden)[:, 0]

    def export(self, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory: ``model.safetensors``, and ``config.json`` with the sizes and ``info``.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, "gflownet-mlp", self.sizes, training=dict(info))


def load(directory: Path) -> tuple[GFlowNetMLP, dict[str, Any]]:
    """Read what :meth:`GFlowNetMLP.export` wrote: the network, and all of ``config.json``.

    Raises
    ------
    WeightsError
        If a file is missing or cannot be read, or is not of this architecture.
    """
    model, config = load_module(directory, "gflownet-mlp")
    assert isinstance(model, GFlowNetMLP)
    return model, config
