"""Branching policies from weights directories."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.errors import PolicyError, WeightsError
from coplug.inference.weights import load_config, load_network
from coplug.scip.traits import PolicyTraits

PROBLEM = "milp"
"""What the architectures of these weights serve."""


class Scorer(Protocol):
    """What an architecture builds whose problem is ``milp``."""

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.floating[Any]] | None:
        """Score candidates; see :class:`coplug.contracts.policy.BranchingPolicy`."""
        ...


@dataclass(frozen=True, kw_only=True)
class KernelPolicy(PolicyTraits):
    """Scores candidates with a network from a weights directory, whose configuration has the traits.

    Attributes
    ----------
    name : str
        Name of the policy.
    network : Scorer
        The compiled network.
    """

    name: str
    network: Scorer

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.floating[Any]] | None:
        """Score candidates; see :class:`coplug.contracts.policy.BranchingPolicy`."""
        return self.network.scores(state, candidates)

    def warm_up(self) -> None:
        """Compile what the network needs, or read it from the cache, on a state of one row and one column."""
        columns, rows = np.ones((1, N_COLUMN_FEATURES)), np.ones((1, N_ROW_FEATURES))
        state = NodeState(columns, rows, np.array([0, 1]), np.zeros(1, np.int32), np.ones(1), 0)
        self.scores(state, np.zeros(1, np.int32))


def load_kernel_policy(directory: Path, name: str | None = None) -> KernelPolicy:
    """Load a policy from a weights directory.

    Parameters
    ----------
    directory : Path
    name : str, optional
        That of the directory by default.

    Raises
    ------
    WeightsError
        If the weights or their configuration do not fit this version of coplug.
    """
    network, config = load_network(directory, PROBLEM)
    if not callable(getattr(network, "scores", None)):
        raise WeightsError(
            f"{directory}: its network is a {type(network).__name__} without scores; expected a coplug Scorer"
        )
    traits = _traits(directory, config)
    return KernelPolicy(name=name or directory.absolute().name, network=network, **vars(traits))


def load_traits(directory: Path) -> PolicyTraits:
    """Read what a policy brings from a weights directory, without its weights.

    Raises
    ------
    WeightsError
        If the configuration cannot be read, or does not fit this version of coplug.
    """
    return _traits(directory, load_config(directory))


def _traits(directory: Path, config: Mapping[str, Any]) -> PolicyTraits:
    try:
        return PolicyTraits.from_config(config)
    except PolicyError as error:
        raise WeightsError(f"{directory}: {error}") from error
