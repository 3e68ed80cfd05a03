"""What stands for the network of a policy that brings SCIP parameters alone."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.node import NodeState
from coplug.inference.architecture import Config, Tensors


class SettingsAlone:
    """Leaves every node to SCIP."""

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.floating[Any]] | None:
        """Score nothing."""
        return None


def build(tensors: Tensors, config: Config) -> SettingsAlone:
    """Return it."""
    return SettingsAlone()
