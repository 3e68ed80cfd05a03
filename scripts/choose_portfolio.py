"""Choose the settings that take part in a race, by measurement on generated instances.

    python scripts/choose_portfolio.py measure [--count 4]
    python scripts/choose_portfolio.py show
    python scripts/choose_portfolio.py choose

``measure`` solves instances of the kinds of ``scripts/any_mip_instances.py``, from seeds that nothing is judged on,
under each candidate setting, and writes docs/data/race-settings.csv; rows that are there are kept. Times are CPU
seconds of SCIP; a run at the limit counts with the limit.

Of rows, ``choose`` writes coplug/scip/race/portfolio.toml: the setting that makes the faster of it and SCIP as it comes
best, in the 1-shifted geometric mean over instances, then the one that helps these two most, and so on. An instance
counts only where all candidates have been run, and each kind weighs the same. ``show`` prints the ratios to SCIP as it
comes: of each setting, of the portfolio that is chosen, and of those that are chosen without a kind and then judged on
it, which is what a new kind may expect.
"""

from __future__ import annotations

import argparse
import math
import tempfile
from collections.abc import Collection, Mapping, Sequence
from pathlib import Path

import numpy as np
from any_mip_instances import DATA, KINDS, Row, Rows, training_set

from coplug.scip.messages import free
from coplug.scip.problem import read_model
from coplug.scip.race.portfolio import SETTINGS, Setting, setting_from
from coplug.scip.settings import CPU_CLOCK, apply_parameters

TIME_LIMIT_S = 40.0
SHIFT_S = 1.0
PORTFOLIO_SIZE = 4
LEAST_GAIN = 0.01
"""By which a further setting must lower the mean ratio, or the portfolio ends before it."""

AS_IT_COMES, ANOTHER_SEED = "as it comes", "another seed"

CANDIDATES: tuple[Row, ...] = (
    {"name": "hardlp", "emphasis": "hardlp"},
    {"name": "feasibility", "emphasis": "feasibility"},
    {"name": "no-heuristics", "heuristics": "off"},
    {"name": "fast-heuristics", "heuristics": "fast"},
    {"name": "aggressive-cuts", "separating": "aggressive"},
    {"name": "fast-cuts", "separating": "fast"},
    {"name": "no-cuts", "separating": "off"},
    {"name": "fast-presolving", "presolving": "fast"},
    {"name": "aggressive-presolving", "presolving": "aggressive"},
    {"name": "pseudocost", "parameters": {"branching/pscost/priority": 1_000_000}},
    {"name": "inference", "parameters": {"branching/inference/priority": 1_000_000}},
    {"name": "no-cuts-no-heuristics", "separating": "off", "heuristics": "off"},
    {"name": "depth-first", "parameters": {"nodeselection/dfs/stdpriority": 1_000_000}},
)
"""As rows of the portfolio's table."""


def measure(count: int, path: Path) -> None:
    """Solve the training instances under all candidates."""
    rows = Rows(path, ("instance", "setting"))
    settings = {AS_IT_COMES: Setting(AS_IT_COMES), ANOTHER_SEED: Setting(ANOTHER_SEED)}
    settings |= {row["name"]: setting_from(row) for row in CANDIDATES}
    with tempfile.TemporaryDirectory() as folder:
        for kind, name, file in training_set(count, Path(folder)):
            for setting_name, setting in settings.items():
                if not rows.has(instance=name, setting=setting_name):
                    seed = 1 if setting_name == ANOTHER_SEED else 0
                    found = solved(file, setting, seed)
                    rows.add({"kind": kind, "instance": name, "setting": setting_name, **found})


def solved(file: Path, setting: Setting, seed: int) -> Row:
    """Return how one solve ended."""
    model = read_model(file)
    setting.apply(model)
    limits = {"limits/time": TIME_LIMIT_S, "timing/clocktype": CPU_CLOCK}
    apply_parameters(model, limits | {"randomization/randomseedshift": seed})
    model.optimize()
    row = {
        "status": model.getStatus(),
        "objective": f"{model.getPrimalbound():.9g}",
        "time_s": round(model.getSolvingTime(), 3),
        "nodes": model.getNTotalNodes(),
    }
    free(model)
    return row


Times = Mapping[str, Mapping[str, float]]
"""Seconds by instance and setting."""


def times_of(rows: Sequence[Row]) -> tuple[dict[str, str], dict[str, dict[str, float]]]:
    """Return the kind of each instance, and the times of those that all candidates have run."""
    names = {AS_IT_COMES, ANOTHER_SEED, *(row["name"] for row in CANDIDATES)}
    kinds: dict[str, str] = {}
    times: dict[str, dict[str, float]] = {}
    for row in rows:
        kinds[row["instance"]] = row["kind"]
        is_solved = row["status"] in ("optimal", "infeasible")
        seconds = float(row["time_s"]) if is_solved else TIME_LIMIT_S
        times.setdefault(row["instance"], {})[row["setting"]] = seconds
    complete = {instance: found for instance, found in times.items() if names <= found.keys()}
    return {instance: kinds[instance] for instance in complete}, complete


def ratio(times: Times, kinds: Mapping[str, str], chosen: Collection[str]) -> float:
    """Return the faster of SCIP as it comes and what was chosen, to SCIP as it comes; kinds weigh the same."""
    logs: dict[str, list[float]] = {}
    for instance, found in times.items():
        best = min(found[name] for name in (AS_IT_COMES, *chosen))
        gain = math.log((best + SHIFT_S) / (found[AS_IT_COMES] + SHIFT_S))
        logs.setdefault(kinds[instance], []).append(gain)
    return math.exp(np.mean([np.mean(gains) for gains in logs.values()]))


def alone(times: Times, kinds: Mapping[str, str], name: str) -> float:
    """Return the ratio of a setting alone to SCIP as it comes."""
    logs: dict[str, list[float]] = {}
    for instance, found in times.items():
        gain = math.log((found[name] + SHIFT_S) / (found[AS_IT_COMES] + SHIFT_S))
        logs.setdefault(kinds[instance], []).append(gain)
    return math.exp(np.mean([np.mean(gains) for gains in logs.values()]))


def greedy(times: Times, kinds: Mapping[str, str], size: int = PORTFOLIO_SIZE) -> list[str]:
    """Return the settings that complement SCIP as it comes, the most useful first."""
    chosen: list[str] = []
    left = [row["name"] for row in CANDIDATES]
    while left and len(chosen) < size:
        best = min(left, key=lambda name: ratio(times, kinds, [*chosen, name]))
        if ratio(times, kinds, chosen) - ratio(times, kinds, [*chosen, best]) < LEAST_GAIN:
            break
        chosen.append(best)
        left.remove(best)
    return chosen


def show(kinds: Mapping[str, str], times: Times) -> None:
    """Print the tables of the documentation."""
    print(f"{len(times)} instances of {len(set(kinds.values()))} kinds\n")
    print("| setting | alone | faster of it and SCIP as it comes |\n|---|---|---|")
    for name in (ANOTHER_SEED, *(row["name"] for row in CANDIDATES)):
        print(f"| {name} | {alone(times, kinds, name):.2f} | {ratio(times, kinds, [name]):.2f} |")
    chosen = greedy(times, kinds)
    print("\n| runs beside SCIP as it comes | ratio |\n|---|---|")
    for size in range(1, len(chosen) + 1):
        print(f"| {', '.join(chosen[:size])} | {ratio(times, kinds, chosen[:size]):.2f} |")
    print(
        "\n| kind left out | chosen first without it | ratio on it | another seed on it |\n|---|---|---|---|"
    )
    logs = []
    for kind in dict.fromkeys(kinds.values()):
        inside = {instance: found for instance, found in times.items() if kinds[instance] != kind}
        outside = {instance: found for instance, found in times.items() if kinds[instance] == kind}
        first = greedy(inside, kinds, 1)
        logs.append((math.log(ratio(outside, kinds, first)), math.log(ratio(outside, kinds, [ANOTHER_SEED]))))
        print(f"| {kind} | {', '.join(first)} | {math.exp(logs[-1][0]):.2f} | {math.exp(logs[-1][1]):.2f} |")
    chosen_mean, seed_mean = np.exp(np.mean(logs, axis=0))
    print(f"| mean | | {chosen_mean:.2f} | {seed_mean:.2f} |")


def choose(kinds: Mapping[str, str], times: Times) -> None:
    """Write the portfolio."""
    by_name = {row["name"]: row for row in CANDIDATES}
    lines = [
        "# Settings that complement SCIP as it comes, the most useful first. scripts/choose_portfolio.py makes this",
        "# table from the measurements in docs/data/race-settings.csv.",
    ]
    for name in greedy(times, kinds):
        row = by_name[name]
        lines += ["", "[[setting]]"]
        lines += [f'{key} = "{value}"' for key, value in row.items() if key != "parameters"]
        lines += [f'parameters."{key}" = {value}' for key, value in row.get("parameters", {}).items()]
    SETTINGS.write_text("\n".join(lines) + "\n", encoding="utf-8")
    print(f"{SETTINGS}: {', '.join(greedy(times, kinds))}")


def main() -> None:
    """Measure, show or choose."""
    parser = argparse.ArgumentParser(description=__doc__.split("\n")[0] if __doc__ else None)
    parser.add_argument("part", choices=("measure", "show", "choose"))
    parser.add_argument("--count", type=int, default=4, help=f"instances of each of the {len(KINDS)} kinds")
    parser.add_argument("--out", type=Path, default=DATA / "race-settings.csv")
    asked = parser.parse_args()
    if asked.part == "measure":
        measure(asked.count, asked.out)
        return
    kinds, times = times_of(Rows(asked.out, ("instance", "setting")).rows)
    (show if asked.part == "show" else choose)(kinds, times)


if __name__ == "__main__":
    main()
