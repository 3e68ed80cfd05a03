"""The observations that have names, and what an object needs to be one."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, Protocol

import numpy as np
from gymnasium import spaces
from numpy.typing import NDArray

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES
from coplug.contracts.policy import CandidateKind
from coplug.envs.versions import checked_version, count_box, count_shape
from coplug.errors import UsageError
from coplug.scip.data import DataFunction
from coplug.scip.hutter import FEATURES as INSTANCE_FEATURES
from coplug.scip.khalil import FEATURES as CANDIDATE_FEATURES
from coplug.scip.observations import (
    Hutter2011,
    Khalil2016,
    NodeBipartite,
    Pseudocosts,
    StrongBranchingScores,
)
from coplug.scip.session import Session
from coplug.scip.stage import Stage

from .padding import pad_node
from .sizes import Sizes, check_fit
from .spaces import bounded, feature_box


class Observation(Protocol):
    """Extracts what an environment shows.

    Attributes
    ----------
    space : gymnasium.Space
        What :meth:`extract` returns is a member of it.
    """

    @property
    def space(self) -> spaces.Space[Any]:
        """What is observed is a member of it."""
        ...

    def before_reset(self, model: Session) -> None:
        """Start an episode; ``model`` holds the problem and is about to be solved."""
        ...

    def extract(self, model: Session, done: bool) -> Any:
        """Return a new object each time; ``done`` says that the solve has ended."""
        ...


class PaddedNodeBipartite:
    """The node's LP as a bipartite graph in arrays of fixed shape, padded with zeros.

    Parameters
    ----------
    sizes : Sizes
    version : int
        See :mod:`coplug.envs.versions`.
    """

    def __init__(self, sizes: Sizes, version: int) -> None:
        self._limits = sizes.max_variables, sizes.max_rows, sizes.max_edges
        n_variables, n_rows, n_edges = self._limits
        self.space = spaces.Dict(
            {
                "variable_features": feature_box(n_variables, N_COLUMN_FEATURES),
                "row_features": feature_box(n_rows, N_ROW_FEATURES),
                "edge_indices": spaces.Box(0, max(n_variables, n_rows), (2, n_edges), np.int64),
                "edge_values": feature_box(n_edges),
                "n_variables": _count_space(n_variables, version),
                "n_rows": _count_space(n_rows, version),
                "n_edges": _count_space(n_edges, version),
            }
        )
        self._version = version

    def before_reset(self, model: Session) -> None:
        """See :meth:`Observation.before_reset`."""

    def extract(self, model: Session, done: bool) -> dict[str, Any]:
        """Return the current node; zeros at the end."""
        n_variables, n_rows, n_edges = self._limits
        variables = np.zeros((n_variables, N_COLUMN_FEATURES), np.float32)
        rows = np.zeros((n_rows, N_ROW_FEATURES), np.float32)
        indices = np.zeros((2, n_edges), np.int64)
        values = np.zeros(n_edges, np.float32)
        counts = (0, 0, 0)
        if not done and model.stage == Stage.Solving:
            state, variable_of = model.reader.read(), model.reader.column_variables()
            counts = (model.solver.getNVars(transformed=True), state.n_rows, state.n_edges)
            self._check_fit(counts)
            pad_node(
                state.column_features,
                variable_of,
                state.row_features,
                state.row_ptr,
                state.edge_columns,
                state.edge_values,
                variables,
                rows,
                indices,
                values,
            )
        return {
            "variable_features": variables,
            "row_features": rows,
            "edge_indices": indices,
            "edge_values": values,
            "n_variables": self._count(counts[0]),
            "n_rows": self._count(counts[1]),
            "n_edges": self._count(counts[2]),
        }

    def _check_fit(self, counts: tuple[int, int, int]) -> None:
        for what, count, limit in zip(("variables", "rows", "edges"), counts, self._limits, strict=True):
            check_fit(f"{what} at this node", count, f"max_{what}", limit)

    def _count(self, count: int) -> Any:
        return np.full(count_shape(self._version), count, np.int64) if self._version else np.int64(count)


def _count_space(largest: int, version: int) -> spaces.Space[Any]:
    return count_box(largest, version) if checked_version(version) else spaces.Discrete(largest + 1)


class NodeGraph:
    """The node's LP as one graph: variables, then rows, as nodes; each coefficient is an edge."""

    def __init__(self) -> None:
        self._function = NodeBipartite()
        self.space = spaces.Graph(feature_box(1 + N_COLUMN_FEATURES + N_ROW_FEATURES), feature_box(1))

    def before_reset(self, model: Session) -> None:
        """See :meth:`Observation.before_reset`."""
        self._function.before_reset(model)

    def extract(self, model: Session, done: bool) -> spaces.GraphInstance:
        """Return the current node; at the end a single node of zeros, without edges."""
        seen = None if done else self._function.extract(model)
        if seen is None:
            nodes = self._nodes(1)
            return spaces.GraphInstance(nodes, np.zeros((0, 1), np.float32), np.zeros((0, 2), np.int64))
        n_rows, n_variables = seen.edge_features.shape
        nodes = self._nodes(n_variables + n_rows)
        nodes[n_variables:, 0] = 1.0
        nodes[:n_variables, 1 : 1 + N_COLUMN_FEATURES] = bounded(seen.variable_features)
        nodes[n_variables:, 1 + N_COLUMN_FEATURES :] = bounded(seen.row_features)
        rows, variables = seen.edge_features.indices.astype(np.int64)
        links = np.column_stack((variables, rows + n_variables))
        return spaces.GraphInstance(nodes, bounded(seen.edge_features.values)[:, None], links)

    def _nodes(self, count: int) -> NDArray[np.float32]:
        return np.zeros((count, 1 + N_COLUMN_FEATURES + N_ROW_FEATURES), np.float32)


class VariableTable:
    """What a function of Ecole's interface says of each variable, padded with zeros.

    Parameters
    ----------
    function : data function
        Extracts an array of shape (n_variables, ...), or an object with such an array named ``features``.
    shape : tuple of int
        Of the padded array; begins with ``max_variables``.
    """

    def __init__(self, function: DataFunction[Any], *shape: int) -> None:
        self._function = function
        self.space = feature_box(*shape)

    def before_reset(self, model: Session) -> None:
        """See :meth:`Observation.before_reset`."""
        self._function.before_reset(model)

    def extract(self, model: Session, done: bool) -> NDArray[np.float32]:
        """Return the table; zeros at the end, and for variables that are no candidates."""
        table = np.zeros(self.space.shape, np.float32)
        seen = None if done else self._function.extract(model, done)
        if seen is not None:
            values = getattr(seen, "features", seen)
            check_fit("variables", len(values), "max_variables", len(table))
            table[: len(values)] = bounded(values)
        return table


class InstanceFeatures:
    """Features of the instance as a whole, before it is solved; the instance is the same afterwards."""

    def __init__(self) -> None:
        self._function = Hutter2011()
        self.space = feature_box(len(INSTANCE_FEATURES))

    def before_reset(self, model: Session) -> None:
        """See :meth:`Observation.before_reset`."""
        self._function.before_reset(model)

    def extract(self, model: Session, done: bool) -> NDArray[np.float32]:
        """Return the features; zeros at the end."""
        seen = None if done else self._function.extract(model)
        return np.zeros(self.space.shape, np.float32) if seen is None else bounded(seen)


NODE_OBSERVATIONS: dict[str, Callable[[Sizes, CandidateKind, int], Observation]] = {
    "node-bipartite": lambda sizes, kind, version: PaddedNodeBipartite(sizes, version),
    "graph": lambda sizes, kind, version: NodeGraph(),
    "khalil": lambda sizes, kind, version: VariableTable(
        Khalil2016(kind), sizes.max_variables, len(CANDIDATE_FEATURES)
    ),
    "pseudocosts": lambda sizes, kind, version: VariableTable(Pseudocosts(), sizes.max_variables),
    "strong-branching": lambda sizes, kind, version: VariableTable(
        StrongBranchingScores(kind), sizes.max_variables
    ),
}
"""Observations of a node of the search tree.

- ``node-bipartite``: a Dict of ``variable_features`` float32 (max_variables, 19) and ``row_features`` float32
  (max_rows, 5) in the order of :mod:`coplug.contracts.node`; ``edge_indices`` int64 (2, max_edges), the row and the
  variable of each edge; ``edge_values`` float32 (max_edges,); and the counts ``n_variables``, ``n_rows``,
  ``n_edges``, int64 (1,), in version 0 Discrete. What is beyond the counts is 0, and so is the incumbent's value while
  there is none.
- ``graph``: a Graph. Nodes, float32 (n_variables + n_rows, 25), are the variables and then the rows; columns are
  whether it is a row, the 19 features of variables and the 5 of rows, where those of the other kind are 0. Edges,
  float32 (n_edges, 1), link variables to rows.
- ``khalil``: a Box, float32 (max_variables, 72), see :mod:`coplug.scip.khalil`.
- ``pseudocosts``: a Box, float32 (max_variables,), of the variables fractional in the LP solution.
- ``strong-branching``: a Box, float32 (max_variables,), higher is better; costly.

In the last three, variables that are no candidates have 0. Features are cut to -1e20..1e20, and at the end all
are 0.
"""

SEARCH_OBSERVATIONS = {name: NODE_OBSERVATIONS[name] for name in ("node-bipartite", "graph")}
"""Those that can be had after a node too, when its LP may have been cut off."""

INSTANCE_OBSERVATIONS: dict[str, Callable[[], Observation]] = {"instance": InstanceFeatures}
"""Observations of a problem that is not being solved yet.

- ``instance``: a Box, float32 (33,), see :mod:`coplug.scip.hutter`; cut to -1e20..1e20, and 0 at the end.
"""


def make_observation(
    observation: str | Observation, known: Mapping[str, Callable[..., Observation]], *arguments: Any
) -> Observation:
    """Return the observation that a name stands for, or the object itself.

    Parameters
    ----------
    observation : str or Observation
    known : mapping of str to callable
        Such as :data:`NODE_OBSERVATIONS`.
    *arguments
        For the callable.

    Raises
    ------
    UsageError
        If the name is unknown, or the object is no observation.
    """
    if not isinstance(observation, str):
        return _checked(observation)
    if observation not in known:
        raise UsageError(f"observation {observation!r} is unknown; choose one of: {', '.join(known)}")
    return known[observation](*arguments)


def _checked(observation: Any) -> Observation:
    missing = [part for part in ("space", "before_reset", "extract") if not hasattr(observation, part)]
    if missing:
        raise UsageError(f"observation {observation!r} has no {', '.join(missing)}; see Observation")
    checked: Observation = observation
    return checked
