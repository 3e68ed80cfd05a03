"""The search tree of an episode, as far as it was seen, and its text."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Any, Literal

from coplug.scip.constraints import external_objective
from coplug.scip.progress import INFINITY
from coplug.scip.session import Session
from coplug.scip.stage import Stage

MAX_LINES = 60

Kind = Literal["branched", "open", "current", "cut off", "feasible"]


@dataclass
class TreeNode:
    """A node of the search tree.

    Attributes
    ----------
    number : int
        SCIP's; 1 is the root.
    parent : int or None
        Number of the node above, None at the root.
    depth : int
        0 at the root.
    bound : float
        Dual bound in the problem's own objective, as last seen.
    change : str
        What was changed in the parent to get this node, such as ``x5 <= 0``; empty at the root.
    kind : "branched", "open", "current", "cut off" or "feasible"
        Whether it has children, waits, is where the decision is made, or ended without children: by a bound or
        infeasible, or with a solution.
    variable : str
        What was branched on, empty where that is unknown.
    """

    number: int
    parent: int | None
    depth: int
    bound: float
    change: str
    kind: Kind = "branched"
    variable: str = ""


@dataclass
class SearchTree:
    """Remembers the nodes at which decisions were made, and their ancestors.

    Nodes that SCIP closed by itself between two decisions leave no trace. A restart begins a new tree.

    Attributes
    ----------
    nodes : dict of int to TreeNode
        By number; a parent comes before its children in depth, not in order.
    """

    nodes: dict[int, TreeNode] = field(default_factory=dict)
    _current: TreeNode | None = None
    _run: int = -1

    def visit(self, model: Session) -> None:
        """Take note of the current node, if SCIP is at one."""
        if self._current is not None:
            self._current.kind = "branched"
        if model.stage != Stage.Solving:
            return
        run = model.solver.getNRuns()
        if run != self._run:
            self._run = run
            self.nodes.clear()
        current = model.solver.getCurrentNode()
        self._add(model, current)
        self._current = self.nodes[current.getNumber()]
        self._current.kind = "current"

    def decide(self, model: Session, position: int) -> None:
        """Take note that the current node is branched on the variable at a position."""
        if self._current is not None:
            self._current.variable = _name(model.solver.getVars(transformed=True)[position])

    def with_open_nodes(self, model: Session) -> dict[int, TreeNode]:
        """Return the nodes together with those that SCIP has still to process."""
        open_nodes: dict[int, TreeNode] = {}
        if model.stage == Stage.Solving:
            for kind in model.solver.getOpenNodes():
                for node in kind:
                    self._add(model, node.getParent())
                    open_nodes[node.getNumber()] = describe(model.scip_address, node, "open")
        return self.nodes | open_nodes

    def _add(self, model: Session, node: Any) -> None:
        """Add a node and its ancestors."""
        while node is not None and node.getNumber() not in self.nodes:
            self.nodes[node.getNumber()] = describe(model.scip_address, node, "branched")
            node = node.getParent()


def describe(scip: int, node: Any, kind: Kind) -> TreeNode:
    """Return what is known of PySCIPOpt's ``node``.

    Parameters
    ----------
    scip : int
        Address of the SCIP struct.
    node : pyscipopt.scip.Node
    kind : str
    """
    parent = node.getParent()
    return TreeNode(
        number=node.getNumber(),
        parent=None if parent is None else parent.getNumber(),
        depth=node.getDepth(),
        bound=external_objective(scip, node.getLowerbound()),
        change=_change(node),
        kind=kind,
    )


def _change(node: Any) -> str:
    """Return the bound changes by which a node differs from its parent."""
    branchings = node.getParentBranchings()
    if branchings is None:
        return ""
    return ", ".join(
        f"{_name(variable)} {'<=' if is_upper else '>='} {bound:g}"
        for variable, bound, is_upper in zip(*branchings, strict=True)
    )


def _name(variable: Any) -> str:
    return str(variable.name).removeprefix("t_")


def _number(value: float) -> str:
    return f"{value:.6g}" if abs(value) < INFINITY else f"{'-' if value < 0 else ''}inf"


def children_of(nodes: Iterable[TreeNode]) -> dict[int | None, list[TreeNode]]:
    """Return the children of each node, by number; the root is the child of None."""
    children: dict[int | None, list[TreeNode]] = {}
    for node in sorted(nodes, key=lambda node: node.number):
        children.setdefault(node.parent, []).append(node)
    return children


def status_line(model: Session) -> str:
    """Return one line on how far the solve is."""
    if model.stage < Stage.Solving:
        return f"{model.name}: not solved yet"
    solver = model.solver
    state = "solving" if model.stage == Stage.Solving else solver.getStatus()
    open_nodes = f", {solver.getNNodesLeft()} open" if model.stage == Stage.Solving else ""
    return (
        f"{model.name}: {state}; {solver.getNTotalNodes()} nodes{open_nodes}; "
        f"primal bound {_number(model.primal_bound)}, dual bound {_number(model.dual_bound)}"
    )


def tree_text(nodes: dict[int, TreeNode], max_lines: int = MAX_LINES) -> str:
    """Return the tree, a line a node, children indented below their parent.

    Parameters
    ----------
    nodes : dict of int to TreeNode
    max_lines : int
        Of nodes; the last line counts those that are left out.
    """
    lines = [line for line, _ in zip(_lines(nodes), range(max_lines), strict=False)]
    if len(nodes) > len(lines):
        lines.append(f"... and {len(nodes) - len(lines)} more nodes")
    return "\n".join(lines)


def _lines(nodes: dict[int, TreeNode]) -> Iterator[str]:
    children = children_of(nodes.values())
    stack = [(root, "", "") for root in reversed(children.get(None, []))]
    while stack:
        node, branch, indent = stack.pop()
        yield branch + _line(node)
        below = children.get(node.number, [])
        for child in reversed(below):
            last = child is below[-1]
            stack.append((child, indent + ("└─ " if last else "├─ "), indent + ("   " if last else "│  ")))


def _line(node: TreeNode) -> str:
    change = f" ({node.change})" if node.change else ""
    text = f"{node.number}{change}: depth {node.depth}, dual bound {_number(node.bound)}"
    if node.kind != "branched":
        return f"{text}, {node.kind}"
    return f"{text}, branched on {node.variable}" if node.variable else text
