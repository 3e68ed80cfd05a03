"""The figures of ``coplug.ecole``: Ecole's readings, overhead of a step, memory over episodes, models of instances.

python scripts/bench_ecole.py overhead [--instances 3] [--steps 40] [--repeats 5]
python scripts/bench_ecole.py memory [--episodes 200]
python scripts/bench_ecole.py build [--repeats 20]
python scripts/bench_ecole.py parity FOLDER   # readings of Ecole 0.8.1: NAME and NAME.npz
"""

from __future__ import annotations

import argparse
import os
import statistics
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pyscipopt

import coplug.ecole as ecole
from coplug.families import Family
from coplug.problems.milp.families.auctions import CombinatorialAuction
from coplug.problems.milp.families.setcover import SetCover
from coplug.problems.milp.files import render
from coplug.scip.build import build_model
from coplug.scip.make_reader import make_reader
from coplug.scip.problem import read_model
from coplug.scip.stepping import MAX_PRIORITY
from coplug.scip.warm_up import warm_up_scip

ROOT_ONLY = {
    "presolving/maxrounds": 0,
    "separating/maxrounds": 0,
    "separating/maxroundsroot": 0,
    "propagating/maxrounds": 0,
    "propagating/maxroundsroot": 0,
    "conflict/enable": False,
    "misc/usesymmetry": 0,
}

NO_ROOT_WORK = {"presolving/maxrounds": 0, "separating/maxrounds": 0, "separating/maxroundsroot": 0}
"""Leaves the instances to branching, so that there are enough steps."""


class FirstCandidate(pyscipopt.Branchrule):  # type: ignore[misc] # PySCIPOpt's classes are untyped
    """Branches on the first candidate inside the callback: SCIP's own work and the decision, without a thread."""

    def __init__(self, steps: int) -> None:
        self.steps = steps
        self.count = 0
        self.reader: Any = None
        self.clocks: list[tuple[float, float]] = []

    def branchexeclp(self, allowaddcons: bool) -> dict[str, Any]:
        """Branch; called by SCIP at each node."""
        if self.count in (0, self.steps):
            self.clocks.append(clocks())
        self.count += 1
        if self.count > self.steps:
            self.model.interruptSolve()
            return {"result": pyscipopt.SCIP_RESULT.DIDNOTRUN}
        self.reader = self.reader or make_reader(self.model)
        self.reader.candidates("lp")
        self.reader.candidate_variables()
        self.reader.branch(0)
        return {"result": pyscipopt.SCIP_RESULT.BRANCHED}


def clocks() -> tuple[float, float]:
    """Return wall and CPU seconds."""
    return time.perf_counter(), time.process_time()


def run_in_callback(model: ecole.scip.Model, steps: int) -> tuple[int, float, float]:
    """Branch ``steps`` times in the callback; returns nodes, wall seconds and CPU seconds after the first pause."""
    rule = FirstCandidate(steps)
    model.solver.includeBranchrule(rule, "first", "first candidate", MAX_PRIORITY, -1, 1.0)
    model.solver.optimizeNogil()
    if len(rule.clocks) < 2:
        raise SystemExit(f"the instance ended after {rule.count} branchings; take fewer --steps")
    (wall, cpu), (wall_end, cpu_end) = rule.clocks
    return model.solver.getNTotalNodes(), wall_end - wall, cpu_end - cpu


class Plain(ecole.dynamics.BranchingDynamics):
    """Without seeds, so that both ways solve the same tree."""

    def set_dynamics_random_state(self, model: ecole.scip.Model, rng: ecole.RandomGenerator) -> None:
        """Do nothing."""


class PlainBranching(ecole.environment.Environment):
    """An environment with nothing but the steps."""

    __Dynamics__ = Plain


def run_in_environment(model: ecole.scip.Model, steps: int) -> tuple[int, float, float]:
    """Do the same through an environment."""
    environment = PlainBranching()
    action_set = environment.reset(model)[1]
    wall, cpu = clocks()
    for _ in range(steps):
        action_set = environment.step(action_set[0])[1]
    wall_end, cpu_end = clocks()
    assert environment.model is not None
    return environment.model.solver.getNTotalNodes(), wall_end - wall, cpu_end - cpu


def overhead(arguments: argparse.Namespace) -> None:
    """Print what a step costs beyond SCIP's work and the decision itself."""
    warm_up_scip()
    families: dict[str, Family[Any]] = {
        "auctions, 60 items, 300 bids": CombinatorialAuction(60, 300),
        "set cover easy": SetCover(),
    }
    print(
        "| instances | steps | SCIP and decision, ms a step | environment, ms a step "
        "| overhead, ms a step (wall) | (CPU) |"
    )
    print("|---|---|---|---|---|---|")
    for name, family in families.items():
        rows = []
        for seed in range(arguments.instances):
            model = ecole.scip.Model.from_instance(family.generate(np.random.RandomState(seed)))
            model.set_params(NO_ROOT_WORK)
            rows += [_pair(model, arguments.steps) for _ in range(arguments.repeats)]
        plain, environment, wall, cpu = (statistics.median(column) for column in zip(*rows, strict=True))
        print(
            f"| {name} | {arguments.steps} | {plain:.3f} | {environment:.3f} | {wall:.3f} | {cpu:.3f} |",
            flush=True,
        )


def _pair(model: ecole.scip.Model, steps: int) -> tuple[float, float, float, float]:
    nodes, plain_wall, plain_cpu = run_in_callback(model.copy_orig(), steps)
    environment_nodes, wall, cpu = run_in_environment(model, steps)
    if abs(nodes - environment_nodes) > 2:
        raise SystemExit(f"the two ways solved different trees: {nodes} and {environment_nodes} nodes")
    scale = 1000.0 / steps
    return plain_wall * scale, wall * scale, (wall - plain_wall) * scale, (cpu - plain_cpu) * scale


def memory(arguments: argparse.Namespace) -> None:
    """Print the resident memory of this process after 20, 40, ... episodes on one instance, each with its own seeds."""
    rng = ecole.RandomGenerator(1)
    instance = ecole.instance.CombinatorialAuctionGenerator.generate_instance(60, 200, rng=rng)
    environment = ecole.environment.Branching(
        observation_function=ecole.observation.NodeBipartite(),
        reward_function=ecole.reward.NNodes() + ecole.reward.DualIntegral(),
        scip_params=NO_ROOT_WORK,
    )
    environment.seed(1)
    reference = 0.0
    for episode in range(1, arguments.episodes + 1):
        _, action_set, _, done, _ = environment.reset(instance)
        while not done:
            _, action_set, _, done, _ = environment.step(action_set[0])
        if episode == 20:
            reference = _resident_mb()
        if episode % 20 == 0:
            now = _resident_mb()
            print(f"{episode} episodes: {now:.1f} MB ({100 * (now / reference - 1):+.1f} %)", flush=True)


def _resident_mb() -> float:
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / 2**20


def build(arguments: argparse.Namespace) -> None:
    """Print how long a drawn instance takes to become a model, in memory and by a file."""
    print("| instances | in memory, ms CPU | by an LP file, ms CPU |")
    print("|---|---|---|")
    families: dict[str, Family[Any]] = {"set cover easy": SetCover(), "auctions easy": CombinatorialAuction()}
    for name, family in families.items():
        instance = family.generate(np.random.RandomState(0))
        _cpu_ms(build_model, instance)  # loads the kernel
        in_memory, by_file = (
            statistics.median(_cpu_ms(way, instance) for _ in range(arguments.repeats))
            for way in (build_model, _through_file)
        )
        print(f"| {name} | {in_memory:.1f} | {by_file:.1f} |", flush=True)


def _through_file(instance: Any) -> pyscipopt.Model:
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "instance.lp"
        path.write_bytes(render(instance, "lp"))
        return read_model(path)


def _cpu_ms(way: Callable[[Any], pyscipopt.Model], instance: Any) -> float:
    start = time.process_time()
    model = way(instance)
    elapsed = time.process_time() - start
    model.free()
    return 1000.0 * elapsed


def parity(arguments: argparse.Namespace) -> None:
    """Print the largest difference from what Ecole 0.8.1 read at the root."""
    print("| instance | columns | rows | edges | strong branching | pseudocosts |")
    print("|---|---|---|---|---|---|")
    for path in sorted(arguments.folder.glob("*.npz")):
        reference = np.load(path)
        model = ecole.scip.Model.from_file(path.with_suffix(""))
        model.set_params(ROOT_ONLY)
        model.solver.setHeuristics(pyscipopt.SCIP_PARAMSETTING.OFF)
        Plain().reset_dynamics(model)
        print(f"| {path.stem} | " + " | ".join(f"{d:.1e}" for d in differences(model, reference)) + " |")


def differences(model: ecole.scip.Model, reference: Any) -> list[float]:
    """Return the largest absolute differences of the five readings, variables aligned by name."""
    variables = [v.name for v in model.solver.getVars(transformed=True)]
    order = [variables.index(name) for name in reference["var_names"]]
    observe: Callable[[Any], Any] = lambda function: function.extract(model, False)  # noqa: E731
    graph = observe(ecole.observation.NodeBipartite())
    edges = np.zeros(graph.edge_features.shape)
    edges[tuple(graph.edge_features.indices.astype(int))] = graph.edge_features.values
    their_edges = np.zeros(tuple(reference["edge_shape"]))
    their_edges[tuple(reference["edge_indices"].astype(int))] = reference["edge_values"]
    pairs = [
        (graph.variable_features[order], reference["column_features"]),
        (graph.row_features, reference["row_features"]),
        (edges[:, order], their_edges),
        (observe(ecole.observation.StrongBranchingScores())[order], reference["strong_branching_scores"]),
        (observe(ecole.observation.Pseudocosts())[order], reference["pseudocosts"]),
    ]
    return [_largest(ours, theirs) for ours, theirs in pairs]


def _largest(ours: Any, theirs: Any) -> float:
    if not np.array_equal(np.isnan(ours), np.isnan(theirs)):
        return float("inf")
    return float(np.nanmax(np.abs(ours - theirs), initial=0.0))


def main() -> None:
    """Run one of the measurements."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    commands = parser.add_subparsers(required=True)
    command = commands.add_parser("overhead")
    command.add_argument("--instances", type=int, default=3)
    command.add_argument("--steps", type=int, default=40)
    command.add_argument("--repeats", type=int, default=5)
    command.set_defaults(run=overhead)
    command = commands.add_parser("memory")
    command.add_argument("--episodes", type=int, default=200)
    command.set_defaults(run=memory)
    command = commands.add_parser("build")
    command.add_argument("--repeats", type=int, default=20)
    command.set_defaults(run=build)
    command = commands.add_parser("parity")
    command.add_argument("folder", type=Path)
    command.set_defaults(run=parity)
    arguments = parser.parse_args()
    arguments.run(arguments)


if __name__ == "__main__":
    main()
