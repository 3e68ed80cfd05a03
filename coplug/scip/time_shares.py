"""Where the time of a solve goes: presolving, the root, the tree, and what was done there."""

from __future__ import annotations

import json
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import pyscipopt

_EVENT = pyscipopt.SCIP_EVENTTYPE.NODESOLVED


@dataclass(frozen=True)
class TimeShares:
    """Seconds on SCIP's clock; what is below the line overlaps with what is above it.

    Attributes
    ----------
    total : float
    presolving : float
    root : float
        From the end of presolving until the root was done for the last time.
    tree : float
        What is left.
    separation : float
        Cutting planes, in the root and below.
    heuristics : float
        Primal heuristics, with their LPs.
    branching : float
        Choosing what to branch on, with strong branching.
    lps : float
        LPs of nodes.
    each_heuristic : mapping of str to (float, float)
        Seconds and best solutions found by each heuristic that ran.
    """

    total: float = 0.0
    presolving: float = 0.0
    root: float = 0.0
    tree: float = 0.0
    separation: float = 0.0
    heuristics: float = 0.0
    branching: float = 0.0
    lps: float = 0.0
    each_heuristic: Mapping[str, tuple[float, float]] = field(default_factory=dict)


class RootWatch(pyscipopt.Eventhdlr):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Notes when the root was done."""

    def __init__(self) -> None:
        self.root_done_s = 0.0

    def eventinit(self) -> None:
        """Subscribe; called by SCIP."""
        self.model.catchEvent(_EVENT, self)

    def eventexit(self) -> None:
        """Unsubscribe; called by SCIP."""
        self.model.dropEvent(_EVENT, self)

    def eventexec(self, event: Any) -> None:
        """Take note; called by SCIP."""
        if event.getNode().getNumber() == 1:
            self.root_done_s = self.model.getSolvingTime()

    def shares(self, model: pyscipopt.Model) -> TimeShares:
        """Return where the time of a solve that has ended went."""
        found = _statistics(model)
        total, presolving = model.getSolvingTime(), found["timing"]["presolving_time"]
        root = max(0.0, (self.root_done_s or total) - presolving)
        each = _each_heuristic(found)
        lps = found.get("lp", {})  # this and all plugins are missing where presolving was not finished
        return TimeShares(
            total=total,
            presolving=presolving,
            root=root,
            tree=max(0.0, total - presolving - root),
            separation=_sum(_plugins(found, "separator"), "exec_time"),
            heuristics=sum(spent for spent, _ in each.values()),
            branching=_sum(_plugins(found, "branchrules"), "time"),
            lps=sum(lps[kind]["time"] for kind in ("primal_lp", "dual_lp", "barrier_lp") if kind in lps),
            each_heuristic=each,
        )


def watch_time(model: pyscipopt.Model) -> RootWatch:
    """Return a watch on a model that is about to be solved."""
    watch = RootWatch()
    model.includeEventhdlr(watch, "coplug-root-watch", "notes when the root was done")
    return watch


def _statistics(model: pyscipopt.Model) -> dict[str, Any]:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "statistics.json"
        model.writeStatisticsJson(str(path))
        found: dict[str, Any] = json.loads(path.read_text())
        return found


def _plugins(found: Mapping[str, Any], kind: str) -> Mapping[str, Any]:
    plugins: Mapping[str, Any] = found.get(kind, {}).get("plugins", {})
    return plugins


def _each_heuristic(found: Mapping[str, Any]) -> dict[str, tuple[float, float]]:
    """Return seconds and best solutions of the heuristics that ran; those of SCIP itself are none."""
    plugins = _plugins(found, "heuristics")
    return {
        name: (float(entry.get("time", 0.0)), float(entry.get("best_solutions_found", 0)))
        for name, entry in plugins.items()
        if entry.get("calls")
    }


def _sum(plugins: Mapping[str, Any], key: str) -> float:
    """Return the sum of a time over plugins."""
    return float(sum(entry.get(key, 0.0) for entry in plugins.values()))
