"""The fast reader, on kernels that call libscip's C functions."""

from __future__ import annotations

import numpy as np
import pyscipopt
from numpy.typing import NDArray

from coplug.contracts.node import N_COLUMN_FEATURES, N_ROW_FEATURES, NodeState
from coplug.contracts.policy import CandidateKind
from coplug.errors import SolverError
from coplug.scip import kernels
from coplug.scip.library import load_library, scip_pointer
from coplug.scip.reader import NO_ITERATION_LIMIT


class CompiledReader:
    """Implements :class:`coplug.scip.reader.StateReader` through kernels, see :mod:`coplug.scip.kernels`.

    Buffers grow to the largest LP met and are reused from node to node. Edges, cosines, objective and types are
    read again only when a fingerprint of the LP's rows and columns changed.
    """

    name = "compiled"

    def __init__(self, model: pyscipopt.Model) -> None:
        library = load_library()
        if not library.usable:
            raise SolverError(f"SCIP's library {library.path} cannot be used directly: {library.reason}")
        self._scip = scip_pointer(model)
        self._structure = 0
        self._column_ids = np.full(0, -1, np.int64)
        self._row_ids = np.full((0, 3), -1, np.int64)
        self._norms = np.zeros(0)
        self._column_features = np.empty((0, N_COLUMN_FEATURES))
        self._row_features = np.empty((0, N_ROW_FEATURES))
        self._row_ptr = np.zeros(1, np.int64)
        self._edge_columns = np.empty(0, np.int32)
        self._edge_values = np.empty(0)
        self._n_rows = self._n_edges = 0
        self._scratch = np.zeros(2, np.int64)
        self._variables = np.empty(0, np.int64)
        self._candidate_columns = np.empty(0, np.int32)
        self._n_candidates = 0

    def read(self) -> NodeState:
        """See :meth:`coplug.scip.reader.StateReader.read`."""
        self._refresh_structure()
        columns = self._column_features[: len(self._column_ids)]
        rows = self._row_features[: self._n_rows]
        kernels.read_columns(self._scip, columns)
        kernels.read_rows(self._scip, self._row_ids, self._norms, rows)
        return NodeState(
            columns,
            rows,
            self._row_ptr[: self._n_rows + 1],
            self._edge_columns[: self._n_edges],
            self._edge_values[: self._n_edges],
            self._structure,
        )

    def _refresh_structure(self) -> None:
        n_columns, n_lp_rows = kernels.sizes(self._scip)
        resized = n_columns != len(self._column_ids) or n_lp_rows != len(self._row_ids)
        if resized:
            self._column_ids = np.full(n_columns, -1, np.int64)
            self._row_ids = np.full((n_lp_rows, 3), -1, np.int64)
            self._norms = np.zeros(n_lp_rows)
        changed, n_rows, n_edges = kernels.refresh_fingerprint(
            self._scip, self._column_ids, self._row_ids, self._norms
        )
        self._n_rows, self._n_edges = int(n_rows), int(n_edges)
        if not (changed or resized):
            return
        self._reserve(n_columns)
        self._structure += 1
        kernels.read_structure(
            self._scip,
            self._row_ids,
            self._norms,
            self._row_ptr,
            self._edge_columns,
            self._edge_values,
            self._column_features[:n_columns],
            self._row_features,
        )

    def _reserve(self, n_columns: int) -> None:
        """Grow the buffers, with room to spare, to what the LP needs now."""
        if n_columns > len(self._column_features):
            self._column_features = np.empty((_roomy(n_columns), N_COLUMN_FEATURES))
        if self._n_rows > len(self._row_features):
            self._row_features = np.empty((_roomy(self._n_rows), N_ROW_FEATURES))
            self._row_ptr = np.zeros(_roomy(self._n_rows) + 1, np.int64)
        if self._n_edges > len(self._edge_columns):
            self._edge_columns = np.empty(_roomy(self._n_edges), np.int32)
            self._edge_values = np.empty(_roomy(self._n_edges))

    def candidates(self, kind: CandidateKind) -> NDArray[np.int32]:
        """See :meth:`coplug.scip.reader.StateReader.candidates`."""
        array, count = kernels.list_candidates(self._scip, kind == "pseudo", self._scratch)
        if count < 0:
            raise SolverError(
                "SCIP refused to list its branching candidates; the node's LP must be solved first"
            )
        if count > len(self._variables):
            self._variables = np.empty(_roomy(count), np.int64)
            self._candidate_columns = np.empty(_roomy(count), np.int32)
        self._n_candidates = count
        columns = self._candidate_columns[:count]
        kernels.read_candidates(array, self._variables[:count], columns)
        return columns

    def keep(self, positions: NDArray[np.int64]) -> NDArray[np.int32]:
        """See :meth:`coplug.scip.reader.StateReader.keep`."""
        self._n_candidates = len(positions)
        for array in (self._variables, self._candidate_columns):
            array[: len(positions)] = array[positions]
        return self._candidate_columns[: len(positions)]

    def column_variables(self) -> NDArray[np.int64]:
        """See :meth:`coplug.scip.reader.StateReader.column_variables`."""
        positions = np.empty(kernels.sizes(self._scip)[0], np.int64)
        kernels.column_variables(self._scip, positions)
        return positions

    def candidate_variables(self) -> NDArray[np.int64]:
        """See :meth:`coplug.scip.reader.StateReader.candidate_variables`."""
        positions = np.empty(self._n_candidates, np.int64)
        kernels.candidate_variables(self._variables[: self._n_candidates], positions)
        return positions

    def strong_branching(self, iteration_limit: int = NO_ITERATION_LIMIT) -> NDArray[np.float64]:
        """See :meth:`coplug.scip.reader.StateReader.strong_branching`."""
        scores = np.empty(self._n_candidates)
        scored = kernels.strong_branching_scores(
            self._scip,
            self._variables[: self._n_candidates],
            iteration_limit,
            np.empty(2),
            np.empty(7, np.int32),
            np.empty(3),
            scores,
        )
        if scored < 0:
            raise SolverError("SCIP reported an error inside strong branching")
        return scores

    def pseudocosts(self) -> NDArray[np.float64]:
        """See :meth:`coplug.scip.reader.StateReader.pseudocosts`."""
        scores = np.empty(self._n_candidates)
        kernels.pseudocost_scores(self._scip, self._variables[: self._n_candidates], scores)
        return scores

    def branch(self, position: int) -> None:
        """See :meth:`coplug.scip.reader.StateReader.branch`."""
        if not kernels.branch_on(self._scip, int(self._variables[position])):
            raise SolverError("SCIP refused to branch on the chosen variable")


def _roomy(size: int) -> int:
    return size + size // 4
