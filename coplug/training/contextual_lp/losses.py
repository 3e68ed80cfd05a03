"""The margin losses for networks of torch, with the duals of each sample found inside."""

from __future__ import annotations

import numpy as np
import torch

from coplug.problems.contextual_lp.decisions import observe
from coplug.problems.contextual_lp.margin_qp import BETWEEN
from coplug.problems.contextual_lp.program import LinearProgram

STEPS = 30
"""Of Newton's method for the duals; it is finite on piecewise quadratic functions, and a few are usual."""

DAMPING = 1e-4
STIFFNESS = 1e4
"""Of the rows that shall be 0 under ``mom``, when duals are found."""


def margin_loss(
    costs: torch.Tensor,
    duals: torch.Tensor,
    signs: torch.Tensor,
    matrix: torch.Tensor,
    margin: float = 1.0,
    squared: bool = False,
) -> torch.Tensor:
    """Return the mean loss of samples; see :mod:`coplug.problems.contextual_lp.margin_qp`.

    Parameters
    ----------
    costs : shape (n, m)
        For minimising, slack variables included.
    duals : shape (n, rows)
    signs : shape (n, m)
    matrix : shape (rows, m)
    margin : float
    squared : bool
        ``cilp``; else ``mom``, under which rows between their bounds, whose equations a network cannot be held to, cost
        half the square of their reduced costs.
    """
    reduced = costs - duals @ matrix
    short = torch.relu(margin - signs * reduced) * (signs.abs() == 1)
    level = 0.5 * (reduced * (signs == BETWEEN)) ** 2
    return ((0.5 * short**2 if squared else short) + level).sum() / len(costs)


class MarginLoss(torch.nn.Module):
    """Loss of predicted costs by observed decisions: no costs are needed, and no program is solved.

    The duals are those that minimise the squared violations for the costs at hand, so that the gradient by the costs is
    that of ``cilp`` (by the envelope theorem); under ``mom`` they are those of the basis where that is unique.

    Parameters
    ----------
    program : LinearProgram
    squared : bool
        ``cilp``; else ``mom``.
    margin : float
    """

    def __init__(self, program: LinearProgram, *, squared: bool = True, margin: float = 1.0) -> None:
        super().__init__()
        self.program, self.squared, self.margin = program, squared, margin
        matrix, slack = program.equalities
        self.n_slacks = len(slack)
        self.register_buffer("matrix", torch.from_numpy(matrix))

    def forward(self, predicted: torch.Tensor, decisions: torch.Tensor) -> torch.Tensor:
        """Return the mean loss.

        Parameters
        ----------
        predicted : shape (n, n_columns)
            Costs in the program's own sense.
        decisions : shape (n, n_columns)
            Such as ``w`` of PyEPO's ``optDataset``.

        Raises
        ------
        InstanceError
            If a decision is not feasible.
        """
        matrix = self.get_buffer("matrix")
        found = observe(self.program, np.asarray(decisions.detach().cpu(), np.float64))
        signs = torch.from_numpy(found.signs).to(matrix)
        costs = self.program.sign * predicted.to(matrix)
        if self.n_slacks:
            costs = torch.cat([costs, costs.new_zeros(len(costs), self.n_slacks)], dim=1)
        duals = best_duals(costs.detach(), signs, matrix, self.margin, 1.0 if self.squared else STIFFNESS)
        return margin_loss(costs, duals, signs, matrix, self.margin, self.squared).to(predicted)


@torch.no_grad()
def best_duals(
    costs: torch.Tensor, signs: torch.Tensor, matrix: torch.Tensor, margin: float, level: float
) -> torch.Tensor:
    """Return the duals of least squared violations, rows between bounds weighing ``level``, shape (n, rows)."""
    duals = costs.new_zeros(len(costs), len(matrix))
    at_bound, between = signs.abs() == 1, signs == BETWEEN
    ridge = DAMPING * torch.eye(len(matrix), dtype=costs.dtype, device=costs.device)
    for _ in range(STEPS):
        reduced = costs - duals @ matrix
        short = torch.relu(margin - signs * reduced) * at_bound
        pull = signs * short - level * reduced * between
        weight = (short > 0).to(costs) + level * between
        curved = (weight[:, None, :] * matrix) @ matrix.T + ridge
        step = torch.linalg.solve(curved, pull @ matrix.T)
        duals = duals - step
        if float(step.abs().max()) < 1e-9:
            break
    return duals
