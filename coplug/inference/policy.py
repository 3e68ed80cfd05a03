"""A branching policy that evaluates a GCNN by the fused kernel."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.errors import WeightsError
from coplug.inference.gcnn import GCNNKernel
from coplug.inference.weights import load_config, load_weights
from coplug.scip.reader import CandidateKind
from coplug.scip.state import NodeState


@dataclass
class KernelPolicy:
    """Scores candidates with a network from a weights directory.

    Attributes
    ----------
    name : str
        Name of the policy.
    kernel : GCNNKernel
        The network.
    candidate_kind : "lp" or "pseudo"
        Which candidates it scores, from the optional key ``candidates`` of ``config.json``.
    scip_parameters : mapping
        SCIP parameters that the policy was selected with, from ``scip_parameters``.
    fingerprint : mapping of str to (low, high)
        Ranges of :func:`coplug.scip.structure.structure_metrics` on which the policy is meant to be used.
    shortlist : int or None
        Strong branching and pseudocosts choose among so many first candidates, at least 1, from ``shortlist``.
    shortlist_after : int
        So many decisions in one solve are the network's alone before that, from ``shortlist_after``.
    shortlist_iterations : int or None
        Simplex iterations of a trial of the shortlist at most, at least 1, from ``shortlist_iterations``; None for as
        many as in SCIP's own rule.
    """

    name: str
    kernel: GCNNKernel
    candidate_kind: CandidateKind = "lp"
    scip_parameters: Mapping[str, Any] = field(default_factory=dict)
    fingerprint: Mapping[str, tuple[float, float]] = field(default_factory=dict)
    shortlist: int | None = None
    shortlist_after: int = 0
    shortlist_iterations: int | None = None

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.floating[Any]]:
        """Score candidates; see :class:`coplug.scip.branching.BranchingPolicy`."""
        return self.kernel.scores(state, candidates)


def load_kernel_policy(directory: Path, name: str | None = None) -> KernelPolicy:
    """Load a policy from a weights directory.

    Raises
    ------
    WeightsError
        If the weights or their configuration do not fit this version of coplug.
    """
    tensors, config = load_weights(directory)
    candidate_kind = config.get("candidates", "lp")
    if candidate_kind not in ("lp", "pseudo"):
        raise WeightsError(f"{directory}: candidates is {candidate_kind!r}; expected 'lp' or 'pseudo'")
    shortlist = _whole_number(directory, config, "shortlist", 1)
    if shortlist is not None and candidate_kind != "lp":
        raise WeightsError(f"{directory}: a shortlist needs candidates 'lp', not {candidate_kind!r}")
    return KernelPolicy(
        name=name or directory.name,
        kernel=GCNNKernel(tensors, config["width"]),
        candidate_kind=candidate_kind,
        scip_parameters=config.get("scip_parameters", {}),
        fingerprint=_ranges(directory, config.get("fingerprint", {})),
        shortlist=shortlist,
        shortlist_after=_whole_number(directory, config, "shortlist_after", 0) or 0,
        shortlist_iterations=_whole_number(directory, config, "shortlist_iterations", 1),
    )


def _whole_number(directory: Path, config: Mapping[str, Any], key: str, least: int) -> int | None:
    value = config.get(key)
    if value is not None and not (isinstance(value, int) and value >= least):
        raise WeightsError(f"{directory}: {key} is {value!r}; expected a whole number of at least {least}")
    return value


def load_fingerprint(directory: Path) -> dict[str, tuple[float, float]]:
    """Read the fingerprint of a weights directory without its weights; empty if it has none.

    Raises
    ------
    WeightsError
        If the configuration cannot be read, or does not fit this version of coplug.
    """
    return _ranges(directory, load_config(directory).get("fingerprint", {}))


def _ranges(directory: Path, fingerprint: Any) -> dict[str, tuple[float, float]]:
    try:
        return {str(metric): (float(low), float(high)) for metric, (low, high) in fingerprint.items()}
    except (AttributeError, TypeError, ValueError) as error:
        raise WeightsError(f"{directory}: fingerprint must map metrics to [low, high]") from error
