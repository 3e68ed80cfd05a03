"""The settings that take part in a race, in the order in which they are added."""

from __future__ import annotations

import logging
import tomllib
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from pathlib import Path
from typing import Any

import pyscipopt

from coplug.scip.renamed_parameters import resolved
from coplug.scip.settings import ParameterValue, apply_parameters

logger = logging.getLogger(__name__)

AS_ASKED = "as asked"
"""The first run: the user's own settings and policy, and else SCIP as it comes."""

SEED_STEP = 1_000
"""Between the seeds of runs with the same settings; compared solves often take 0, 1, 2, ..."""

SETTINGS = Path(__file__).with_name("portfolio.toml")
"""The table of settings that complement SCIP as it comes."""

_GROUPS = {
    "presolving": pyscipopt.Model.setPresolve,
    "heuristics": pyscipopt.Model.setHeuristics,
    "separating": pyscipopt.Model.setSeparating,
}
"""Groups of SCIP's parameters that have settings of their own, and how those are chosen."""


@dataclass(frozen=True)
class Setting:
    """Settings of SCIP under which an instance may be solved.

    Attributes
    ----------
    name : str
    emphasis : str
        One of SCIP's, such as ``hardlp``; empty for none.
    groups : mapping of str to str
        ``presolving``, ``heuristics`` and ``separating`` as ``default``, ``aggressive``, ``fast`` or ``off``.
    parameters : mapping of str to bool, int, float or str
        By SCIP's names.
    """

    name: str
    emphasis: str = ""
    groups: Mapping[str, str] = field(default_factory=dict)
    parameters: Mapping[str, ParameterValue] = field(default_factory=dict)

    def apply(self, model: pyscipopt.Model, kept: Collection[str] = ()) -> None:
        """Set the parameters of a model. One that the running SCIP does not have is named in a warning.

        Parameters
        ----------
        model : pyscipopt.Model
            In stage Problem.
        kept : collection of str
            Parameters that stay as they are.

        Raises
        ------
        ParameterError
            If SCIP refuses a value.
        """
        before = {name: model.getParam(name) for name in kept}
        if self.emphasis:
            model.setEmphasis(getattr(pyscipopt.SCIP_PARAMEMPHASIS, self.emphasis.upper()))
        for group, choice in self.groups.items():
            _GROUPS[group](model, getattr(pyscipopt.SCIP_PARAMSETTING, choice.upper()))
        found, unknown = resolved(self.parameters, model.getParams())
        if unknown:
            logger.warning("setting %s: this SCIP does not have %s", self.name, ", ".join(unknown))
        apply_parameters(model, found)
        apply_parameters(model, before)


@dataclass(frozen=True)
class Runner:
    """One run of a race.

    Attributes
    ----------
    name : str
    setting : Setting
    seed_shift : int
        Added to the race's seed.
    has_policy : bool
        Whether the policy takes part in it.
    looks_early : bool
        Whether it looks for first solutions on behalf of all, by feasibility jump and, where that was asked for, by
        Local-MIP.
    """

    name: str
    setting: Setting
    seed_shift: int = 0
    has_policy: bool = False
    looks_early: bool = False


@cache
def portfolio() -> tuple[Setting, ...]:
    """Return the settings that complement SCIP as it comes, the most useful first."""
    text = SETTINGS.read_text(encoding="utf-8")
    return tuple(setting_from(row) for row in tomllib.loads(text)["setting"])


def setting_from(row: Mapping[str, Any]) -> Setting:
    """Return a setting from its row in a table."""
    return Setting(
        name=row["name"],
        emphasis=row.get("emphasis", ""),
        groups={group: row[group] for group in _GROUPS if group in row},
        parameters=row.get("parameters", {}),
    )


def line_up(count: int) -> list[Runner]:
    """Return the runs of a race: what was asked for, then the portfolio, then other seeds of what was asked for.

    The second run looks for first solutions.
    """
    plain = Setting(AS_ASKED)
    runners = [Runner(AS_ASKED, plain, has_policy=True)]
    runners += [Runner(setting.name, setting) for setting in portfolio()]
    runners += [Runner(f"another seed {k}", plain, k * SEED_STEP) for k in range(1, count - len(runners) + 1)]
    return [replace(runner, looks_early=number == 2) for number, runner in enumerate(runners[:count], 1)]
