"""The network in torch, and what it learns."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import torch
from torch import Tensor, nn

from coplug.families import generate_instances
from coplug.models.weights_directory import export_network

from .packing import best, features


class BagNetwork(nn.Module):
    """A linear score of value and weight."""

    def __init__(self) -> None:
        super().__init__()
        self.score = nn.Linear(2, 1)

    def forward(self, x: Tensor) -> Tensor:
        """Return the scores of items, shape (n_items,)."""
        return self.score(x)[:, 0]


class BagTask:
    """Tell the items of best packings."""

    metric, maximize = "valid_loss", False

    def __init__(self, n_bags: int = 50) -> None:
        self.examples = []
        for drawn in generate_instances("random_bags", n_bags, 1):
            inside = np.isin(np.arange(len(drawn.instance.values)), best(drawn.instance))
            pair = features(drawn.instance), inside.astype(np.float32)
            self.examples.append(tuple(map(torch.from_numpy, pair)))

    def __len__(self) -> int:
        return len(self.examples)

    def prepare(self, network: nn.Module, reporter: Any) -> None:
        """Do nothing."""

    def batches(
        self, groups: Iterable[Sequence[int]], device: torch.device
    ) -> Iterator[tuple[Tensor, Tensor]]:
        """Yield items of several bags at once."""
        for group in groups:
            x, y = zip(*(self.examples[number] for number in group), strict=True)
            yield torch.cat(x).to(device), torch.cat(y).to(device)

    def loss(self, network: nn.Module, batch: tuple[Tensor, Tensor]) -> Tensor:
        """Return the cross entropy."""
        return nn.functional.binary_cross_entropy_with_logits(network(batch[0]), batch[1])

    def contents(self, batch: tuple[Tensor, Tensor]) -> Mapping[str, Any]:
        """Return the batch."""
        return {"x": batch[0], "y": batch[1]}

    def evaluate(self, network: nn.Module) -> dict[str, float]:
        """Return the loss of all examples."""
        (batch,) = self.batches([range(len(self))], torch.device("cpu"))
        with torch.no_grad():
            return {"valid_loss": float(self.loss(network, batch))}

    def export(self, network: nn.Module, directory: Path, info: Mapping[str, Any]) -> None:
        """Write the weights."""
        export_network(network, directory, "bag-linear", {}, training=dict(info))
