"""The settings that are tried: groups of SCIP parameters, each with some options; the first is SCIP's own.

What SCIP's ``set ... emphasis`` does is asked of SCIP itself, so it follows the version that is installed. Only
parameters that may come with a policy are among them (:mod:`coplug.scip.allowed_parameters`).
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import cache

import pyscipopt

from coplug.scip.allowed_parameters import is_allowed
from coplug.scip.settings import ParameterValue
from coplug.scip.time_shares import TimeShares

Settings = Mapping[str, ParameterValue]
Choice = dict[str, str]
"""The option of each group; groups that are left out are as SCIP has them."""

OWN = "scip"
"""SCIP's own option of every group."""

COSTLY_SHARE = 0.01
"""A heuristic that takes so much of the time and finds no best solution may be switched off by itself."""
MAX_SINGLE = 8
"""So many of them, the costliest."""

LNS = (
    "alns",
    "crossover",
    "gins",
    "lpface",
    "mutation",
    "rens",
    "rins",
    "localbranching",
    "dins",
    "proximity",
)
DIVES = (
    *(
        "actconsdiving",
        "adaptivediving",
        "coefdiving",
        "conflictdiving",
        "distributiondiving",
        "farkasdiving",
    ),
    *("fracdiving", "guideddiving", "intdiving", "linesearchdiving", "nlpdiving", "objpscostdiving"),
    *("pscostdiving", "rootsoldiving", "veclendiving", "feaspump"),
)


@dataclass(frozen=True)
class Space:
    """Groups and their options.

    Attributes
    ----------
    groups : mapping of str to mapping of str to settings
        Later groups win where two set the same parameter.
    """

    groups: Mapping[str, Mapping[str, Settings]]

    def options(self) -> dict[str, list[str]]:
        """Return the names of the options of each group, SCIP's own first."""
        return {name: [OWN, *options] for name, options in self.groups.items()}

    def settings(self, choice: Choice) -> dict[str, ParameterValue]:
        """Return the parameters of a choice that differ from SCIP's defaults."""
        chosen: dict[str, ParameterValue] = {}
        for name, options in self.groups.items():
            option = choice.get(name, OWN)
            if option != OWN:
                chosen.update(options[option])
        defaults = default_parameters()
        return {name: value for name, value in chosen.items() if defaults.get(name) != value}

    def known(self, choice: Choice) -> Choice:
        """Return what of a choice the space has."""
        return {group: option for group, option in choice.items() if option in self.groups.get(group, {})}

    def starts(self) -> list[Choice]:
        """Return combinations that are tried first: each has paid on some family."""
        found: list[Choice] = [
            {"cuts": "root", "restarts": "off"},
            {"cuts": "root-fast", "restarts": "off", "heuristics": "fast"},
            {"cuts": "root", "restarts": "off", "heuristics": "no-lns", "lp-scaling": "off"},
            {"cuts": "off", "restarts": "off"},
            {"emphasis": "easycip"},
        ]
        return [choice for choice in found if all(choice[g] in self.groups.get(g, {}) for g in choice)]

    def single_moves(self) -> list[tuple[str, str]]:
        """Return each option of each group but SCIP's own, the groups in turn."""
        longest = max(len(options) for options in self.groups.values())
        columns = {name: list(options) for name, options in self.groups.items()}
        return [
            (name, options[k])
            for k in range(longest)
            for name, options in columns.items()
            if k < len(options)
        ]


def make_space(shares: Sequence[TimeShares] = ()) -> Space:
    """Return the settings that matter.

    Parameters
    ----------
    shares : sequence of TimeShares
        Of SCIP as it comes: heuristics that cost much and found nothing get groups of their own.
    """
    groups: dict[str, dict[str, Settings]] = {
        "emphasis": {
            kind.lower(): emphasis(kind) for kind in ("EASYCIP", "HARDLP", "OPTIMALITY", "FEASIBILITY")
        },
        "heuristics": {
            "fast": paramsetting("setHeuristics", "FAST"),
            "no-lns": _off(LNS),
            "no-dives": _off(DIVES),
            "off": paramsetting("setHeuristics", "OFF"),
            "aggressive": paramsetting("setHeuristics", "AGGRESSIVE"),
        },
        "cuts": {
            "root": {"separating/maxrounds": 0},
            "root-fast": {"separating/maxrounds": 0, "separating/maxroundsroot": 5},
            "off": {"separating/maxrounds": 0, "separating/maxroundsroot": 0},
            "fast": paramsetting("setSeparating", "FAST"),
            "aggressive": paramsetting("setSeparating", "AGGRESSIVE"),
        },
        "restarts": {"off": {"presolving/maxrestarts": 0, "estimation/restarts/restartpolicy": "n"}},
        "lp-scaling": {"off": {"lp/scaling": 0}, "aggressive": {"lp/scaling": 2}},
        "lp-pricing": {
            "devex": {"lp/pricing": "d"},
            "quickstart": {"lp/pricing": "q"},
            "steepest": {"lp/pricing": "s"},
        },
        "presolving": {
            "fast": paramsetting("setPresolve", "FAST"),
            "no-probing": {"propagating/probing/maxprerounds": 0},
            "aggressive": paramsetting("setPresolve", "AGGRESSIVE"),
            "off": paramsetting("setPresolve", "OFF"),
        },
        "node-selection": {
            "best-bound": {"nodeselection/bfs/stdpriority": 1_000_000},
            "pure-best-bound": {
                "nodeselection/bfs/stdpriority": 1_000_000,
                "nodeselection/bfs/minplungedepth": 0,
                "nodeselection/bfs/maxplungedepth": 0,
            },
            "hybrid": {"nodeselection/hybridestim/stdpriority": 1_000_000},
            "depth-first": {"nodeselection/dfs/stdpriority": 1_000_000},
        },
        "conflicts": {"off": {"conflict/enable": False}},
        "symmetry": {"off": {"misc/usesymmetry": 0}},
        "branching": {
            "quick": {"branching/relpscost/maxlookahead": 4, "branching/relpscost/maxreliable": 2.0},
            "pseudocosts": {"branching/pscost/priority": 100_000},
            "careful": {"branching/relpscost/maxlookahead": 18, "branching/relpscost/maxreliable": 8.0},
            "dynamic": {"branching/relpscost/dynamiclookahead": True},
        },
        "warm-starts": {"primal": {"lp/resolvealgorithm": "p"}},
        "separators": {
            "no-aggregation": {"separating/aggregation/freq": -1},
            "no-gomory": {"separating/gomory/freq": -1},
            "no-zerohalf": {"separating/zerohalf/freq": -1},
        },
    }
    for name in costly_heuristics(shares):
        groups[f"heuristic-{name}"] = {"off": {f"heuristics/{name}/freq": -1}}
    return Space({name: _known(options) for name, options in groups.items()})


def costly_heuristics(shares: Sequence[TimeShares]) -> list[str]:
    """Return the heuristics that took a share of the time and never found a best solution, the costliest first."""
    total = sum(share.total for share in shares)
    spent: dict[str, float] = {}
    found: dict[str, float] = {}
    for share in shares:
        for name, (time_s, best) in share.each_heuristic.items():
            spent[name] = spent.get(name, 0.0) + time_s
            found[name] = found.get(name, 0.0) + best
    costly = [name for name in spent if spent[name] >= COSTLY_SHARE * total and not found[name]]
    known = [name for name in costly if f"heuristics/{name}/freq" in default_parameters()]
    return sorted(known, key=lambda name: -spent[name])[:MAX_SINGLE]


@cache
def default_parameters() -> dict[str, ParameterValue]:
    """Return SCIP's parameters as they come."""
    return _parameters(lambda model: None)


@cache
def paramsetting(method: str, level: str) -> dict[str, ParameterValue]:
    """Return what one of SCIP's groups of settings (``setHeuristics``, ``FAST``) changes."""
    return _changed(lambda model: getattr(model, method)(getattr(pyscipopt.SCIP_PARAMSETTING, level)))


@cache
def emphasis(kind: str) -> dict[str, ParameterValue]:
    """Return what one of SCIP's emphases changes."""
    return _changed(lambda model: model.setEmphasis(getattr(pyscipopt.SCIP_PARAMEMPHASIS, kind)))


def _changed(change: Callable[[pyscipopt.Model], object]) -> dict[str, ParameterValue]:
    before = default_parameters()
    return {name: v for name, v in _parameters(change).items() if before[name] != v and is_allowed(name)}


def _parameters(change: Callable[[pyscipopt.Model], object]) -> dict[str, ParameterValue]:
    model = pyscipopt.Model()
    try:
        model.hideOutput()
        change(model)
        found: dict[str, ParameterValue] = model.getParams()
        return found
    finally:
        model.free()


def _off(heuristics: Sequence[str]) -> Settings:
    return {f"heuristics/{name}/freq": -1 for name in heuristics}


def _known(options: Mapping[str, Settings]) -> dict[str, Settings]:
    """Leave out what this SCIP does not have."""
    defaults = default_parameters()
    kept = {
        option: {name: value for name, value in settings.items() if name in defaults}
        for option, settings in options.items()
    }
    return {option: settings for option, settings in kept.items() if settings}
