"""Training a network by the margin losses, with the duals of each sample as parameters beside its weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray

from coplug.models.cost_network import CostNetwork
from coplug.models.weights_directory import export_network
from coplug.problems.contextual_lp.data import Observations
from coplug.problems.contextual_lp.decisions import observe
from coplug.problems.contextual_lp.features import fitted_scale
from coplug.problems.contextual_lp.program import LinearProgram
from coplug.training.contextual_lp.losses import margin_loss
from coplug.training.contextual_lp.recipe import ContextualRecipe
from coplug.training.device import find_device, seeded
from coplug.training.reporter import Reporter

DUAL_RATE = 10.0
"""Duals take steps of so many times the size of the weights'."""


def train_network(
    program: LinearProgram,
    data: Observations,
    recipe: ContextualRecipe,
    predicted: NDArray[np.int64] | None,
    folder: Path,
    more: dict[str, Any],
    reporter: Reporter,
) -> None:
    """Train a network and write its weights to a folder.

    Parameters
    ----------
    program : LinearProgram
    data : Observations
        With decisions.
    recipe : ContextualRecipe
        ``epochs`` passes over the data in batches of ``batch``, with Adam; ``strength`` decays weights.
    predicted : int64, shape (n_predicted,), optional
        Variables whose costs are predicted; all if not given.
    folder : Path
    more : mapping
        What the configuration keeps besides.
    reporter : Reporter
    """
    observed, (matrix, slack) = observe(program, data.chosen("training")), program.equalities
    device, n = find_device(recipe.device), program.n_columns
    with seeded(recipe.seed, device):
        network = CostNetwork(data.contexts.shape[1], n, recipe.width, recipe.depth)
        scale = fitted_scale(data.contexts)
        network.centre.copy_(torch.from_numpy(scale.centre))
        network.spread.copy_(torch.from_numpy(scale.spread))
        mask = np.ones(n, np.float32)
        if predicted is not None:
            mask[:] = 0
            mask[predicted] = 1
            network.known.copy_(torch.from_numpy(np.where(mask, 0.0, program.objective)))
            _silence(network, mask)
        network = network.to(device)
        contexts = torch.from_numpy(data.contexts).float().to(device)
        signs = torch.from_numpy(observed.signs).float().to(device)
        rows = torch.from_numpy(matrix).float().to(device)
        duals = torch.zeros(len(data), len(matrix), device=device, requires_grad=True)
        groups = [
            {"params": network.parameters(), "lr": recipe.rate, "weight_decay": recipe.strength},
            {"params": [duals], "lr": DUAL_RATE * recipe.rate, "weight_decay": 0.0},
        ]
        optimizer = torch.optim.AdamW(groups)
        slacks = torch.zeros(len(data), len(slack), device=device)
        reporter.start(0, recipe.epochs, -(-len(data) // recipe.batch))
        for epoch in range(recipe.epochs):
            order, total = torch.randperm(len(data), device=device), 0.0
            for part in torch.split(order, recipe.batch):
                costs = torch.cat([program.sign * network(contexts[part]), slacks[part]], dim=1)
                loss = margin_loss(
                    costs, duals[part], signs[part], rows, recipe.margin, recipe.method == "cilp"
                )
                optimizer.zero_grad()
                torch.autograd.backward(loss)
                optimizer.step()
                if predicted is not None:
                    _silence(network, mask)
                total += float(loss.detach()) * len(part)
            reporter.epoch({"epoch": float(epoch), "train_loss": total / len(data)})
    sizes = {"n_contexts": data.contexts.shape[1], "n_costs": n, "width": recipe.width, "depth": recipe.depth}
    export_network(network.cpu(), folder, "network-costs", sizes, **more)


@torch.no_grad()
def _silence(network: CostNetwork, mask: NDArray[np.float32]) -> None:
    """Set to 0 what the last layer says of costs that are known."""
    last, keep = network.last, torch.from_numpy(mask).to(network.known.device)
    last.weight.mul_(keep[:, None])
    last.bias.mul_(keep)
