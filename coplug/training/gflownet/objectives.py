"""The losses on a policy and its trajectories: one evaluation of the network for all states of a batch."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass

import numpy as np
import torch
from torch import Tensor

from coplug.errors import RecipeError
from coplug.training.gflownet.losses import (
    Balance,
    EdgeTerms,
    PathTerms,
    detailed_balance,
    flow_matching,
    subtrajectory_balance,
    trajectory_balance,
)
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.trajectories import Trajectories, orphan
from coplug.training.named import import_named


@dataclass(frozen=True)
class Objective:
    """A way to train a GFlowNet.

    Attributes
    ----------
    balance : callable
        From policy, trajectories and the lambda of SubTB to the loss and learned log-rewards.
    log_z : callable
        From a policy to its log Z, a tensor of shape ().
    has_one_log_z : bool
        Whether the network's parameter ``log_z`` is learned, so that all trajectories must have one source.
    has_state_flows : bool
        Whether flows of states are learned, which may be forward-looking.
    has_backward_policy : bool
        Whether P_B is used, which may be regularised.
    """

    balance: Callable[[Policy, Trajectories, float], Balance]
    log_z: Callable[[Policy], Tensor]
    has_one_log_z: bool = False
    has_state_flows: bool = False
    has_backward_policy: bool = True


def path_of(policy: Policy, trajectories: Trajectories) -> PathTerms:
    """Evaluate each action of each trajectory, with gradient.

    Raises
    ------
    RecipeError
        If a state that is no source has no parent.
    """
    mask = trajectories.mask
    rows, columns = np.nonzero(mask)
    scores, places = policy.visited(trajectories.states[mask])
    log_forward = _entries(
        scores.forward_logits.log_softmax(dim=1), places, policy.tensor(trajectories.actions[mask])
    )
    # An action is undone from the state that it led to, the next one of the same trajectory.
    after = np.flatnonzero(columns > 0)
    undone = policy.tensor(trajectories.actions[rows[after], columns[after] - 1])
    log_undo = scores.backward_logits.log_softmax(dim=1)
    at_after = places[policy.tensor(after)]
    log_backward = _entries(log_undo, at_after, undone)
    n_parents = (scores.backward_logits > torch.finfo(log_undo.dtype).min).sum(dim=1)
    if not n_parents[at_after].all():
        raise orphan(policy.environment)

    def padded(values: Tensor, rows: np.ndarray, columns: np.ndarray) -> Tensor:
        place = (policy.tensor(rows), policy.tensor(columns))
        return values.new_zeros(mask.shape).index_put(place, values)

    return PathTerms(
        padded(log_forward, rows, columns),
        padded(log_backward, rows[after], columns[after] - 1),
        padded(scores.log_flow.index_select(0, places), rows, columns),
        _rewards(policy, trajectories, log_forward),
        policy.tensor(trajectories.lengths),
        _divergence(log_undo, n_parents, at_after),
    )


def _rewards(policy: Policy, trajectories: Trajectories, like: Tensor) -> Tensor | None:
    known = trajectories.log_reward
    return None if known is None else policy.tensor(known).to(like.dtype)


def _entries(table: Tensor, rows: Tensor, columns: Tensor) -> Tensor:
    """Return single entries of a table, shape (n,), with a gradient that is cheap where rows come often."""
    return table.flatten().gather(0, rows * table.shape[1] + columns)


def _divergence(log_backward: Tensor, n_parents: Tensor, rows: Tensor) -> Tensor:
    """Return the mean of KL(uniform over parents || P_B) over these rows, all of which have parents; else 0."""
    if not len(rows):
        return log_backward.new_zeros(())
    exists = log_backward > torch.finfo(log_backward.dtype).min / 2
    counts = n_parents.clamp(min=1).to(log_backward.dtype)
    mean = torch.where(exists, log_backward, 0.0).sum(dim=1) / counts
    return -(mean + counts.log()).gather(0, rows).mean()


def edges_of(policy: Policy, trajectories: Trajectories) -> EdgeTerms:
    """Evaluate the edges around each state that the trajectories visit, with gradient.

    Raises
    ------
    RecipeError
        If a state that is no source has no parent.
    """
    environment, mask = policy.environment, trajectories.mask
    states = trajectories.states[mask]
    inner = states[np.nonzero(mask)[1] > 0]
    exists = environment.backward_mask(inner)
    if not exists.any(axis=1).all():
        raise orphan(environment)
    children, actions = np.nonzero(exists)
    parents = environment.backward_step(inner[children], actions)
    logits = policy.scores(np.concatenate([inner, trajectories.objects, parents])).forward_logits
    log_out, at_objects, at_parents = torch.split(logits, [len(inner), len(trajectories), len(parents)])
    flow = at_parents.gather(1, policy.tensor(actions)[:, None])[:, 0]
    none = logits.new_full(exists.shape, torch.finfo(logits.dtype).min)
    return EdgeTerms(
        none.index_put((policy.tensor(children), policy.tensor(actions)), flow),
        log_out,
        at_objects[:, -1],
        _rewards(policy, trajectories, logits),
    )


def _source_flow(policy: Policy) -> Tensor:
    return policy.scores(policy.environment.initial(1)).log_flow[0]


def _source_outflow(policy: Policy) -> Tensor:
    return policy.scores(policy.environment.initial(1)).forward_logits[0].logsumexp(dim=0)


OBJECTIVES = {
    "fm": Objective(
        lambda policy, batch, _: flow_matching(edges_of(policy, batch)),
        _source_outflow,
        has_backward_policy=False,
    ),
    "db": Objective(
        lambda policy, batch, _: detailed_balance(path_of(policy, batch)), _source_flow, has_state_flows=True
    ),
    "tb": Objective(
        lambda policy, batch, _: trajectory_balance(path_of(policy, batch), policy.network.log_z),
        lambda policy: policy.network.log_z,
        has_one_log_z=True,
    ),
    "subtb": Objective(
        lambda policy, batch, decay: subtrajectory_balance(path_of(policy, batch), decay),
        _source_flow,
        has_state_flows=True,
    ),
}
"""By the name that a recipe gives them."""


def find_objective(name: str) -> Objective:
    """Return the objective of a name among :data:`OBJECTIVES`, or of a ``package.module:object``.

    Raises
    ------
    RecipeError
        If there is none.
    """
    if name in OBJECTIVES:
        return OBJECTIVES[name]
    choices = f"{', '.join(OBJECTIVES)} or package.module:object"
    if ":" not in name:
        raise RecipeError(f"loss is {name!r}, expected one of {choices}")
    found = import_named(name, "loss")
    if not isinstance(found, Objective):
        raise RecipeError(f"loss {name!r} is a {type(found).__name__}, expected an Objective")
    return found
