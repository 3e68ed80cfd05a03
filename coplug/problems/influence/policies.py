"""Policies that choose seeds one after the other: shipped weights, directories of weights, and other packages'."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol, cast

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.problem import elsewhere
from coplug.errors import UnknownPolicyError, WeightsError
from coplug.inference.bundles import bundles
from coplug.inference.seed_policy import SeedScores
from coplug.inference.weights import CONFIG_FILE, load_network
from coplug.plugins import has, is_plugin, load_plugin, plugin_lines
from coplug.problems.influence.network import Network
from coplug.problems.influence.node_features import chances_of, features_of

NO_POLICY = "none"


class SeedPolicy(Protocol):
    """Scores nodes by how good a next seed each is: what ``--policy`` takes for ``influence``.

    Attributes
    ----------
    name : str
        Shown in summaries.
    """

    @property
    def name(self) -> str:
        """Shown in summaries."""
        ...

    def seed_scores(
        self, network: Network, reached: NDArray[np.float32], left: float
    ) -> NDArray[np.floating[Any]] | None:
        """Score all nodes; of those that may be taken, the one of the highest score for its cost becomes a seed.

        Parameters
        ----------
        network : Network
            Not to be changed.
        reached : float32, shape (n_nodes,)
            Share of some worlds in which the seeds so far reach each node.
        left : float
            Share of the budget that is left, in (0, 1].

        Returns
        -------
        floats, shape (n_nodes,)
            Finite. None hands the seeds that are left to degree discount.
        """
        ...


@dataclass(frozen=True, eq=False)
class NetworkPolicy:
    """The compiled network of a weights directory."""

    name: str
    network: SeedScores

    def seed_scores(
        self, network: Network, reached: NDArray[np.float32], left: float
    ) -> NDArray[np.floating[Any]] | None:
        """See :class:`SeedPolicy`."""
        chances = chances_of(network)
        features = features_of(network, chances, reached, left)
        return self.network.scores(network.out.ptr, network.out.ends, chances, features)


def available_policies() -> dict[str, str]:
    """Return the names that :func:`load_policy` knows, each with where it comes from."""
    found = {name: f"{bundle.origin}, for seeds" for name, bundle in bundles("influence").items()}
    own = {NO_POLICY: "the method alone"} | found
    return own | plugin_lines(lack) | own


def load_policy(name: str) -> SeedPolicy | None:
    """Return the policy of a name; None for ``none``, and for ``auto``: the classical methods are the better ones.

    Raises
    ------
    UnknownPolicyError
        If there is none of that name.
    PolicyError
        If it cannot be loaded.
    """
    if name in (NO_POLICY, "auto"):
        return None
    bundle = bundles("influence").get(name)
    path = bundle.directory if bundle is not None else Path(name)
    if (path / CONFIG_FILE).is_file():
        network, _ = load_network(path, "influence")
        if not isinstance(network, SeedScores):
            raise WeightsError(f"{path}: its network is a {type(network).__name__}, expected SeedScores")
        return NetworkPolicy(path.absolute().name, network)
    if is_plugin(name):
        return cast("SeedPolicy", load_plugin(name, lack))
    hint = f" ({path / CONFIG_FILE} is missing)" if path.is_dir() else elsewhere(name)
    choices = ", ".join([NO_POLICY, *bundles("influence")])
    raise UnknownPolicyError(
        f"policy {name!r} is unknown for influence{hint}; choose one of: {choices}, a weights directory, or "
        "package:object; and see --method"
    )


def lack(found: object) -> str:
    """Say what an object lacks that policies of seeds have."""
    return " and ".join(part for part in ("name", "seed_scores") if not has(found, part))
