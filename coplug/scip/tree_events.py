"""Recording the search tree of a solve from inside SCIP."""

from __future__ import annotations

from typing import Any

import pyscipopt

from coplug.scip.library import scip_pointer
from coplug.scip.tree import Kind, TreeNode, describe

MOST_NODES = 20_000
"""More of them are no picture."""

_ENDS: dict[int, Kind] = {
    pyscipopt.SCIP_EVENTTYPE.NODEBRANCHED: "branched",
    pyscipopt.SCIP_EVENTTYPE.NODEINFEASIBLE: "cut off",
    pyscipopt.SCIP_EVENTTYPE.NODEFEASIBLE: "feasible",
}
_EVENTS = (
    pyscipopt.SCIP_EVENTTYPE.NODEFOCUSED
    | pyscipopt.SCIP_EVENTTYPE.NODEBRANCHED
    | pyscipopt.SCIP_EVENTTYPE.NODEINFEASIBLE
    | pyscipopt.SCIP_EVENTTYPE.NODEFEASIBLE
)


class TreeEvents(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Keeps every node that SCIP works on, at most :data:`MOST_NODES`; a restart begins a new tree.

    Attributes
    ----------
    nodes : dict of int to TreeNode
        By number. A node that SCIP dropped before it worked on it is not among them.
    """

    def __init__(self) -> None:
        self.nodes: dict[int, TreeNode] = {}
        self._left_out = 0
        self._run = -1

    @property
    def title(self) -> str:
        """What a picture of the tree says above it."""
        more = f", {self._left_out} more are left out" if self._left_out else ""
        return f"{len(self.nodes)} nodes{more}"

    def eventinit(self) -> None:
        """Subscribe; called by SCIP."""
        self.model.catchEvent(_EVENTS, self)

    def eventexit(self) -> None:
        """Unsubscribe; called by SCIP."""
        self.model.dropEvent(_EVENTS, self)

    def eventexec(self, event: Any) -> None:
        """Take note of the node that SCIP begins or ends; called by SCIP."""
        if self._run != self.model.getNRuns():
            self._run = self.model.getNRuns()
            self.nodes.clear()
            self._left_out = 0
        node = event.getNode()
        kind = _ENDS.get(event.getType())
        if kind is None:
            self._begin(node)
        elif node.getNumber() in self.nodes:
            self.nodes[node.getNumber()].kind = kind

    def _begin(self, node: Any) -> None:
        if len(self.nodes) >= MOST_NODES:
            self._left_out += 1
            return
        self.nodes[node.getNumber()] = describe(scip_pointer(self.model), node, "open")


def record_tree(model: pyscipopt.Model) -> TreeEvents:
    """Have the tree of a model's solve recorded."""
    events = TreeEvents()
    model.includeEventhdlr(events, "coplug-tree", "the search tree of coplug solve")
    return events
