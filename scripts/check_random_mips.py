"""Solve small random programs in many ways and compare what comes out.

The ways: SCIP alone, HiGHS where it is installed, and coplug with ``auto``, with a shipped policy, and with policies
that rank candidates at random and have every trait and both kinds of candidates; under SCIP's defaults, and where SCIP
has to branch. Each program is solved in all of them. What differs is printed, and then the exit status is 1.

    python scripts/check_random_mips.py [--count 1000] [--seed 0]
"""

from __future__ import annotations

import argparse
import math
import sys
import tempfile
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

import coplug
from coplug.contracts.node import NodeState
from coplug.contracts.policy import CandidateKind
from coplug.inference.zoo import shipped
from coplug.problems.milp.files import write_instance
from coplug.problems.milp.instance import MilpInstance

BRANCHING = {
    "presolving/maxrounds": 0,
    "separating/maxroundsroot": 0,
    "separating/maxrounds": 0,
    "propagating/maxroundsroot": 0,
    "misc/usesymmetry": 0,
}
"""SCIP parameters under which small programs need decisions."""

PRECISE = {"numerics/feastol": 1e-9, "numerics/dualfeastol": 1e-9}
"""SCIP parameters of all solves: at its defaults, what it takes for feasible lets objectives differ by some 1e-5."""

TOLERANCE = 1e-5
"""Relative, of objectives."""

LIMIT_S = 120.0
"""None of the programs needs a second; one that reaches this limit differs."""

TRAITS: tuple[dict[str, Any], ...] = (
    {"candidate_kind": "lp"},
    {"candidate_kind": "pseudo"},
    {"candidate_kind": "lp", "shortlist": 1},
    {"candidate_kind": "lp", "shortlist": 3, "shortlist_iterations": 2},
    {"candidate_kind": "lp", "shortlist": 8, "shortlist_after": 2},
    {"candidate_kind": "pseudo", "scip_parameters": {"separating/maxrounds": 1, "heuristics/rins/freq": 5}},
)


class Drawn:
    """Ranks candidates at random, rules some out, and passes now and then."""

    name = "drawn"
    candidate_kind: CandidateKind = "lp"

    def __init__(self, rng: np.random.Generator, traits: dict[str, Any]) -> None:
        self._rng = rng
        vars(self).update(traits)

    def scores(self, state: NodeState, candidates: NDArray[np.int32]) -> NDArray[np.float64] | None:
        """Score at random."""
        if self._rng.random() < 0.1:
            return None
        scores = self._rng.random(len(candidates))
        scores[1:][self._rng.random(len(candidates) - 1) < 0.3] = -np.inf
        return scores


@dataclass(frozen=True)
class Outcome:
    """What a solver says of a program: ``optimal`` with an objective, ``infeasible`` or ``unbounded``."""

    status: str
    objective: float = math.nan

    def fits(self, other: Outcome) -> bool:
        """Tell whether both may be right; solvers may leave open which of infeasible and unbounded it is."""
        if "optimal" in (self.status, other.status):
            scale = TOLERANCE * max(1.0, abs(self.objective))
            return self.status == other.status and abs(self.objective - other.objective) <= scale
        return "either" in (self.status, other.status) or self.status == other.status


STATUSES = {"inforunbd": "either", "infeasible": "infeasible", "unbounded": "unbounded", "optimal": "optimal"}


def random_program(number: int, rng: np.random.Generator) -> MilpInstance:
    """Draw a program: knapsacks, covers, equations, ranges, general integers, continuous and free variables."""
    n, m = int(rng.integers(2, 19)), int(rng.integers(1, 13))
    integral = rng.random(n) < rng.choice([0.5, 0.8, 1.0])
    lower = rng.choice([0.0, 0.0, 0.0, -3.0, -math.inf], n, p=[0.3, 0.3, 0.25, 0.1, 0.05])
    upper = rng.choice([1.0, 1.0, 4.0, 9.0, math.inf], n, p=[0.4, 0.2, 0.2, 0.15, 0.05])
    matrix = rng.integers(-9, 31, (m, n)) * (rng.random((m, n)) < 0.7)
    matrix[np.arange(m), rng.integers(0, n, m)] = rng.integers(1, 31, m)  # no row is empty
    inside = np.clip(rng.integers(-1, 5, n), lower, upper)  # one point that most rows let through
    activity = (matrix @ inside).astype(float)
    slack = rng.integers(0, 20, m) + np.where(rng.random(m) < 0.03, -60.0, 0.0)
    kind = rng.choice(["at most", "at least", "equal", "range"], m, p=[0.45, 0.35, 0.08, 0.12])
    lhs = np.where(kind == "at most", -math.inf, activity - np.where(kind == "equal", 0.0, slack))
    rhs = np.where(kind == "at least", math.inf, activity + np.where(kind == "equal", 0.0, slack))
    crossed = lhs > rhs  # a range is never empty by itself
    lhs[crossed], rhs[crossed] = rhs[crossed], lhs[crossed]
    return MilpInstance(
        name=f"random-{number}",
        family="random",
        sense="min" if rng.random() < 0.5 else "max",
        objective=rng.integers(-9, 10, n).astype(float),
        matrix=matrix.astype(float),
        row_lhs=lhs,
        row_rhs=rhs,
        lower=lower,
        upper=upper,
        integral=integral,
        variable_names=tuple(f"x{j}" for j in range(n)),
        row_names=tuple(f"c{i}" for i in range(m)),
    )


def by_coplug(path: Path, policy: object, parameters: dict[str, Any]) -> tuple[Outcome, int]:
    """Return what coplug says, and how often the policy was asked."""
    strict = isinstance(policy, Drawn)
    parameters = PRECISE | parameters
    report = coplug.solve(path, policy=policy, strict=strict, parameter=parameters, time_limit=LIMIT_S)
    if report.signal is not None:
        raise KeyboardInterrupt  # a solve cut short says nothing
    objective = math.nan if report.objective is None else float(report.objective)
    status = STATUSES.get(report.status, report.status)
    return Outcome(status, objective if status == "optimal" else math.nan), report.policy.calls


def by_highs(path: Path) -> Outcome | None:
    """Return what HiGHS says, None if it is not installed or does not know."""
    try:
        import highspy
    except ImportError:
        return None
    solver: Any = highspy.Highs()
    solver.setOptionValue("output_flag", False)
    solver.readModel(str(path))
    solver.setOptionValue("mip_rel_gap", 0.0)
    solver.setOptionValue("mip_abs_gap", 0.0)
    solver.setOptionValue("threads", 1)
    solver.run()
    names = {
        highspy.HighsModelStatus.kOptimal: "optimal",
        highspy.HighsModelStatus.kInfeasible: "infeasible",
        highspy.HighsModelStatus.kUnbounded: "unbounded",
        highspy.HighsModelStatus.kUnboundedOrInfeasible: "either",
    }
    status = names.get(solver.getModelStatus())
    if status is None:
        return None
    return Outcome(status, solver.getInfo().objective_function_value if status == "optimal" else math.nan)


def ways(number: int, rng: np.random.Generator) -> Iterator[tuple[str, object, dict[str, Any]]]:
    """Yield what one program is solved with by coplug: a name, a policy, SCIP parameters."""
    zoo = sorted(shipped("milp"))
    for parameters, where in (({}, ""), (BRANCHING, " where SCIP has to branch")):
        yield f"auto{where}", "auto", parameters
        yield f"{zoo[number % len(zoo)]}{where}", zoo[number % len(zoo)], parameters
    yield "no policy where SCIP has to branch", "none", BRANCHING
    for traits in TRAITS:
        yield f"a policy with {traits}", Drawn(rng, traits), BRANCHING


def check(number: int, seed: int, folder: Path, seen: Counter[str]) -> list[str]:
    """Solve one program in all ways; return what differs, in words."""
    rng = np.random.default_rng([seed, number])
    path = folder / f"random-{number}.lp"
    write_instance(random_program(number, rng), path)
    right, _ = by_coplug(path, "none", {})
    seen[right.status] += 1
    answers = {"HiGHS": by_highs(path)}
    for name, policy, parameters in ways(number, rng):
        answers[name], calls = by_coplug(path, policy, parameters)
        seen["solves"] += 1
        seen["decisions asked for"] += calls
    seen["not by HiGHS"] += answers["HiGHS"] is None
    differences = [
        f"program {number}: SCIP alone says {right}, {name} {found}"
        for name, found in answers.items()
        if found is not None and not right.fits(found)
    ]
    if not differences:
        path.unlink()
    return differences


def main() -> int:
    """Check and print; return the exit status."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--count", type=int, default=1000, help="programs")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--first", type=int, default=0, help="number of the first program")
    parser.add_argument("--out", type=Path, help="where programs are kept that differ; else nowhere")
    arguments = parser.parse_args()
    seen: Counter[str] = Counter()
    differences = []
    with tempfile.TemporaryDirectory() as temporary:
        folder = arguments.out or Path(temporary)
        folder.mkdir(parents=True, exist_ok=True)
        for number in range(arguments.first, arguments.first + arguments.count):
            found = check(number, arguments.seed, folder, seen)
            differences += found
            for line in found:
                print(line, flush=True)
    counts = ", ".join(f"{name} {count}" for name, count in sorted(seen.items()))
    print(f"{arguments.count} programs ({counts}): {len(differences)} differences")
    return 1 if differences else 0


if __name__ == "__main__":
    sys.exit(main())
