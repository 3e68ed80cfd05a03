"""Policies of graph problems by name: the solver's own methods, learned comparators, and those of other packages."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Protocol, cast

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.problem import elsewhere
from coplug.errors import PolicyError, UnknownPolicyError
from coplug.graphs.graph import Graph, from_edges
from coplug.inference.bundles import bundles
from coplug.inference.comparator import Comparator
from coplug.inference.weights import CONFIG_FILE
from coplug.plugins import has, is_plugin, load_plugin, plugin_lines
from coplug.problems.mis import beam
from coplug.problems.mis.learned import comparator_names, comparator_path, find_comparator
from coplug.problems.mis.options import METHODS
from coplug.problems.mis.verify import is_independent
from coplug.report import Stop

LARGEST_EFFORT = 256
"""The effort of a policy grows to this and stays there, with other seeds."""


class SetPolicy(Protocol):
    """Finds independent sets of a graph that is left after reductions: what ``--policy`` takes for graphs.

    Vertex covers and cliques are found by the independent sets that they correspond to. The largest set is kept; if
    the policy fails, or returns what is no independent set, the rest of the time is the local search's. A method
    ``warm_up()`` is optional, and called before any clock starts.

    Attributes
    ----------
    name : str
        Shown in summaries.
    """

    @property
    def name(self) -> str:
        """Shown in summaries."""
        ...

    def search(self, graph: Graph, effort: int, seed: int, stop: Stop) -> beam.Found:
        """Find an independent set, the larger the better.

        Parameters
        ----------
        graph : Graph
            Connected, of at least 2 nodes; not to be changed.
        effort : int
            1, 2, 4, ... up to :data:`LARGEST_EFFORT`: how hard to try; calls with more of it follow while time is left.
        seed : int
            In 0..2**64 - 1; equal seeds give equal sets.
        stop : callable
            Asked often; once it says so, whatever was found is returned, an empty set at least.
        """
        ...


@dataclass(frozen=True)
class ComparatorPolicy:
    """Beams over the recursion of a comparator; the effort is their width."""

    name: str
    net: Comparator

    def search(self, graph: Graph, effort: int, seed: int, stop: Stop) -> beam.Found:
        """See :class:`SetPolicy`."""
        return beam.search(self.net, graph, effort, seed, stop)

    def warm_up(self) -> None:
        """Run the kernels once, on the complete bipartite graph of 3 and 3 nodes."""
        ends = np.array([(left, right) for left in range(3) for right in range(3, 6)])
        beam.search(self.net, from_edges(6, ends), 1, 0)


def available_policies() -> dict[str, str]:
    """Return the names that :func:`load_policy` knows, each with where it comes from."""
    own = METHODS | {name: f"{bundle.origin}, for graphs" for name, bundle in bundles("mis").items()}
    return own | plugin_lines(lack) | own


def load_policy(name: str) -> str | SetPolicy:
    """Return the policy of a name.

    Parameters
    ----------
    name : str
        One of :data:`~coplug.problems.mis.options.METHODS`, which stands for itself; a shipped comparator, a directory
        of weights, an entry point of ``coplug.policies``, or ``package.module:object``.

    Raises
    ------
    UnknownPolicyError
        If there is none of that name.
    PolicyError
        If it cannot be loaded.
    """
    if name in METHODS:
        return name
    if comparator_path(name) is not None:
        return ComparatorPolicy(name, find_comparator(name))
    if is_plugin(name):
        return cast("SetPolicy", load_plugin(name, lack))
    hint = f" ({Path(name) / CONFIG_FILE} is missing)" if Path(name).is_dir() else elsewhere(name)
    choices = ", ".join([*METHODS, *comparator_names()])
    raise UnknownPolicyError(
        f"policy {name!r} is unknown for graphs{hint}; choose one of: {choices}, a weights directory, or "
        "package:object"
    )


def lack(found: object) -> str:
    """Say what an object lacks that policies of graph problems have."""
    return " and ".join(part for part in ("name", "search") if not has(found, part))


def ask(policy: SetPolicy, graph: Graph, effort: int, seed: int, stop: Stop) -> beam.Found:
    """Return what a policy finds, once it is seen to be an independent set.

    Raises
    ------
    PolicyError
        If it is none.
    """
    found = policy.search(graph, effort, seed, stop)
    chosen: NDArray[np.bool_] = np.asarray(found.chosen)
    if chosen.shape != (graph.n_nodes,) or chosen.dtype != np.bool_ or not is_independent(graph, chosen):
        raise PolicyError(
            f"it returned no independent set; expected bool of shape ({graph.n_nodes},) with no edge inside"
        )
    return found
