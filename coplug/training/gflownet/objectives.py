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
from coplug.training.gflownet.trajectories import Trajectories
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
    """

    balance: Callable[[Policy, Trajectories, float], Balance]
    log_z: Callable[[Policy], Tensor]
    has_one_log_z: bool = False
    has_state_flows: bool = False


def path_of(policy: Policy, trajectories: Trajectories) -> PathTerms:
    """Evaluate each action of each trajectory, with gradient."""
    mask = trajectories.mask
    rows, columns = np.nonzero(mask)
    scores = policy.scores(trajectories.states[mask])
    actions = policy.tensor(trajectories.actions[mask])
    log_forward = scores.forward_logits.log_softmax(dim=1).gather(1, actions[:, None])[:, 0]
    # An action is undone from the state that it led to, the next one of the same trajectory.
    after = np.flatnonzero(columns > 0)
    undone = policy.tensor(trajectories.actions[rows[after], columns[after] - 1])
    log_undone = scores.backward_logits[policy.tensor(after)].log_softmax(dim=1)
    log_backward = log_undone.gather(1, undone[:, None])[:, 0]

    def padded(values: Tensor, rows: np.ndarray, columns: np.ndarray) -> Tensor:
        place = (policy.tensor(rows), policy.tensor(columns))
        return values.new_zeros(mask.shape).index_put(place, values)

    return PathTerms(
        padded(log_forward, rows, columns),
        padded(log_backward, rows[after], columns[after] - 1),
        padded(scores.log_flow, rows, columns),
        policy.tensor(trajectories.log_reward).to(log_forward.dtype),
        policy.tensor(trajectories.lengths),
    )


def edges_of(policy: Policy, trajectories: Trajectories) -> EdgeTerms:
    """Evaluate the edges around each state that the trajectories visit, with gradient."""
    environment, mask = policy.environment, trajectories.mask
    states = trajectories.states[mask]
    inner = states[np.nonzero(mask)[1] > 0]
    exists = environment.backward_mask(inner)
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
        policy.tensor(trajectories.log_reward).to(logits.dtype),
    )


def _source_flow(policy: Policy) -> Tensor:
    return policy.scores(policy.environment.initial(1)).log_flow[0]


def _source_outflow(policy: Policy) -> Tensor:
    return policy.scores(policy.environment.initial(1)).forward_logits[0].logsumexp(dim=0)


OBJECTIVES = {
    "fm": Objective(lambda policy, batch, _: flow_matching(edges_of(policy, batch)), _source_outflow),
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
