"""Where :meth:`coplug.ecole.scip.Model.solve_iter` pauses, and what to answer (Ecole's development version)."""

from __future__ import annotations

import enum
from dataclasses import dataclass

import pyscipopt

from coplug.scip.stepping import (
    AFTER_NODE,
    BRANCHRULE_NAME,
    HEURISTIC_NAME,
    MAX_PRIORITY,
    BranchingPause,
    Candidates,
    HeuristicPause,
    SteppedSolve,
)

_TIMING = pyscipopt.SCIP_HEURTIMING
_RESULT = pyscipopt.SCIP_RESULT

priority_max = MAX_PRIORITY
max_depth_none = maxdepth_none = -1
max_bound_distance_none = maxbounddist_none = 1.0
frequency_always = 1
frequency_offset_none = 0


class Type(enum.Enum):
    """Kinds of callbacks."""

    Branchrule = 0
    Heuristic = 1


def name(type: Type) -> str:  # noqa: A002 # Ecole's name
    """Return what the first callback of a kind is called in SCIP."""
    return BRANCHRULE_NAME if type is Type.Branchrule else HEURISTIC_NAME


class Result(enum.IntEnum):
    """What a callback tells SCIP."""

    DidNotRun = _RESULT.DIDNOTRUN
    Delayed = _RESULT.DELAYED
    DidNotFind = _RESULT.DIDNOTFIND
    Feasible = _RESULT.FEASIBLE
    Infeasible = _RESULT.INFEASIBLE
    Unbounded = _RESULT.UNBOUNDED
    Cutoff = _RESULT.CUTOFF
    Separated = _RESULT.SEPARATED
    NewRound = _RESULT.NEWROUND
    ReducedDom = _RESULT.REDUCEDDOM
    ConsAdded = _RESULT.CONSADDED
    ConsChanged = _RESULT.CONSCHANGED
    Branched = _RESULT.BRANCHED
    SolveLP = _RESULT.SOLVELP
    FoundSol = _RESULT.FOUNDSOL
    Suspended = _RESULT.SUSPENDED
    Success = _RESULT.SUCCESS


class HeurTiming(enum.IntFlag):
    """When a heuristic is called; to be put together by ``|``."""

    BeforeNode = _TIMING.BEFORENODE
    DuringLpLoop = _TIMING.DURINGLPLOOP
    AfterLpLoop = _TIMING.AFTERLPLOOP
    AfterLpNode = _TIMING.AFTERLPNODE
    AfterPseudoNode = _TIMING.AFTERPSEUDONODE
    AfterLpPlunge = _TIMING.AFTERLPPLUNGE
    AfterPseudoPlunge = _TIMING.AFTERPSEUDOPLUNGE
    DuringPricingLoop = _TIMING.DURINGPRICINGLOOP
    BeforePresol = _TIMING.BEFOREPRESOL
    DuringPresolLoop = _TIMING.DURINGPRESOLLOOP
    AfterPropLoop = _TIMING.AFTERPROPLOOP
    AfterNode = AFTER_NODE
    AfterPlunge = _TIMING.AFTERLPPLUNGE | _TIMING.AFTERPSEUDOPLUNGE


@dataclass
class BranchruleConstructor:
    """Pause in a branching rule: at every node, before SCIP's own rules.

    Attributes
    ----------
    priority : int
        Among the branching rules.
    max_depth : int
        Deepest nodes, -1 for no limit.
    max_bound_distance : float
        In 0..1: how far a node's bound may be from the best one, relative to the gap.
    """

    priority: int = priority_max
    max_depth: int = max_depth_none
    max_bound_distance: float = max_bound_distance_none

    def include(self, solve: SteppedSolve) -> None:
        """Let a solve pause here."""
        places: tuple[Candidates, ...] = ("lp", "external", "pseudo")
        solve.pause_when_branching(places, self.priority, self.max_depth, self.max_bound_distance)


@dataclass
class HeuristicConstructor:
    """Pause in a primal heuristic: after every node, before SCIP's own heuristics.

    Attributes
    ----------
    priority : int
        Among the heuristics.
    frequency : int
        Depths ``frequency_offset + k * frequency``.
    frequency_offset : int
        The least of these depths.
    max_depth : int
        Deepest nodes, -1 for no limit.
    timing_mask : int
        Of :class:`HeurTiming`.
    """

    priority: int = priority_max
    frequency: int = frequency_always
    frequency_offset: int = frequency_offset_none
    max_depth: int = max_depth_none
    timing_mask: int = HeurTiming.AfterNode

    def include(self, solve: SteppedSolve) -> None:
        """Let a solve pause here."""
        depths = (self.frequency, self.frequency_offset, self.max_depth)
        solve.pause_after_nodes(*depths, self.priority, int(self.timing_mask))


@dataclass
class BranchruleCall:
    """A pause in a branching rule.

    Attributes
    ----------
    allow_add_constraints : bool
        Whether the rule may add constraints instead of branching.
    where : Where
        What it is called for.
    """

    class Where(enum.Enum):
        """A fractional LP solution, external candidates, or a node without an LP solution."""

        LP = "lp"
        External = "external"
        Pseudo = "pseudo"

    allow_add_constraints: bool
    where: Where


@dataclass
class HeuristicCall:
    """A pause in a primal heuristic.

    Attributes
    ----------
    heuristic_timing : HeurTiming
        The point of the solve.
    node_infeasible : bool
        Whether the node was found infeasible.
    """

    heuristic_timing: HeurTiming
    node_infeasible: bool


Constructor = BranchruleConstructor | HeuristicConstructor
Call = BranchruleCall | HeuristicCall


def call_of(pause: BranchingPause | HeuristicPause | None) -> Call | None:
    """Return Ecole's description of a pause, None at the end of the solve."""
    if pause is None:
        return None
    if isinstance(pause, BranchingPause):
        return BranchruleCall(pause.allow_add_constraints, BranchruleCall.Where(pause.candidates))
    return HeuristicCall(HeurTiming(pause.timing), pause.node_infeasible)
