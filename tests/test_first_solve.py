"""The first solve of a process: nothing is compiled or loaded once a clock runs, so it goes as the second one does."""

from __future__ import annotations

import dataclasses
import gc
import json
import os
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.conftest import INSTANCES

BRANCHING = {
    "presolving/maxrounds": 1,
    "separating/maxroundsroot": 3,
    "branching/mostinf/priority": 999_999,
    "limits/nodes": 40,
}


def loads():
    """Return how many signatures of kernels were compiled, or read from the cache, so far."""
    from numba.core.dispatcher import Dispatcher

    kernels = [found for found in gc.get_objects() if isinstance(found, Dispatcher)]
    return sum(sum(k.stats.cache_hits.values()) + sum(k.stats.cache_misses.values()) for k in kernels)


def attached(path, policy):
    """Solve twice in a script of PySCIPOpt's; print nodes, policy, withdrawal, and what was loaded meanwhile."""
    import coplug
    from coplug.scip.problem import read_model
    from coplug.scip.settings import apply_parameters

    for _ in range(2):
        model = read_model(Path(path))
        apply_parameters(model, BRANCHING)
        rule = coplug.attach(model, policy)
        before = loads()
        model.optimize()
        asked = rule.statistics.calls
        print(json.dumps([model.getNTotalNodes(), asked, rule.name, rule.withdrawn, loads() - before]))
        model.free()


def solved(path, problem, policy):
    """Solve by a problem; print the status, and what was loaded meanwhile."""
    from coplug.contracts.problem import PROBLEMS
    from coplug.options import make_options

    found = PROBLEMS.load(problem)
    options = make_options(found.options_type, {"time_limit": 3.0}, problem)
    options = dataclasses.replace(options, policy=found.load_policy(policy))
    instance = found.read(Path(path), options)
    found.warm_up(instance, options)
    before = loads()
    report = found.solve(instance, options, None, bool)
    print(json.dumps([report.status, loads() - before]))


def observed(path, observation, policy):
    """Run an episode of Ecole's; print what was loaded since SCIP's clock ran."""
    import coplug.ecole as ecole
    from coplug.ecole.agent import PolicyAgent
    from coplug.scip.stepping import SteppedSolve

    start, before = SteppedSolve.start, []

    def note_and_start(solve):
        before.append(loads())
        return start(solve)

    SteppedSolve.start = note_and_start
    environment = ecole.environment.Branching(
        observation_function=getattr(ecole.observation, observation)(), scip_params=BRANCHING
    )
    environment.seed(0)  # unseeded, as in Ecole, the tree differs each time
    agent = PolicyAgent(policy) if policy else lambda seen, actions: actions[0]
    seen, actions, _, done, _ = environment.reset(path)
    decisions = 0
    while not done:
        decisions += 1
        seen, actions, _, done, _ = environment.step(agent(seen, actions))
    print(json.dumps([decisions, loads() - before[-1]]))


def in_a_fresh_process(function, *words, **environment):
    code = f"import sys; from tests.test_first_solve import {function.__name__} as f; f(*sys.argv[1:])"
    done = subprocess.run(
        [sys.executable, "-c", code, *map(str, words)],
        env=os.environ | environment,
        capture_output=True,
        text=True,
    )
    assert done.returncode == 0, done.stderr
    assert done.stderr.count("compiling kernels") == ("NUMBA_CACHE_DIR" in environment)
    return [json.loads(line) for line in done.stdout.splitlines()]


@pytest.mark.parametrize("policy", ["auto", "setcover-gcnn", "active-weights"])
def test_the_first_attached_solve_is_the_second(policy):
    first, second = in_a_fresh_process(attached, INSTANCES / "setcover-easy-0001.lp.gz", policy)
    assert first == second
    nodes, asked, name, withdrawn, loaded = first
    assert asked > 5
    assert nodes >= asked
    assert name == ("setcover-gcnn" if policy == "auto" else policy)
    assert withdrawn == ""
    assert loaded == 0


@pytest.mark.slow
def test_the_first_attached_solve_is_the_second_where_nothing_was_compiled(tmp_path):
    words = (INSTANCES / "setcover-easy-0001.lp.gz", "auto")
    cold = in_a_fresh_process(attached, *words, NUMBA_CACHE_DIR=str(tmp_path / "cold"))
    assert cold[0] == cold[1]
    assert cold == in_a_fresh_process(attached, *words)


@pytest.mark.parametrize(
    ("observation", "policy"),
    [
        ("NodeBipartite", ""),
        ("NodeBipartite", "setcover-gcnn"),
        ("Khalil2016", ""),
        ("StrongBranchingScores", ""),
        ("Pseudocosts", ""),
        ("FocusNode", ""),
    ],
)
def test_the_first_episode_loads_nothing_while_scips_clock_runs(tiny, observation, policy):
    ((decisions, loaded),) = in_a_fresh_process(observed, tiny, observation, policy)
    assert decisions > 5
    assert loaded == 0


@pytest.fixture(scope="module")
def graphs(tmp_path_factory):
    """Graphs with and without weights of nodes, that reductions leave something of."""
    folder = tmp_path_factory.mktemp("graphs")
    rng = np.random.default_rng(0)
    edges = [(u, v) for u in range(80) for v in range(u) if rng.random() < 0.1]
    (folder / "plain.edgelist").write_text("".join(f"{u} {v}\n" for u, v in edges))
    nodes = "".join(f"node [ id {u} weight {rng.integers(1, 9)} ]\n" for u in range(80))
    text = "".join(f"edge [ source {u} target {v} ]\n" for u, v in edges)
    (folder / "weighted.gml").write_text(f"graph [\n{nodes}{text}]\n")
    return folder


@pytest.mark.parametrize(
    ("name", "problem", "policy"),
    [
        ("plain.edgelist", "mis", "auto"),
        ("plain.edgelist", "clique", "auto"),
        ("plain.edgelist", "mis", "greedy"),
        ("plain.edgelist", "vertex-cover", "exact"),
        ("plain.edgelist", "mis", "mis-comparator-rb"),
        ("weighted.gml", "mis", "auto"),
        ("weighted.gml", "mis", "greedy"),
    ],
)
def test_graphs_are_solved_with_what_was_ready(graphs, name, problem, policy):
    ((status, loaded),) = in_a_fresh_process(solved, graphs / name, problem, policy)
    assert status in ("optimal", "timelimit", "unknown")
    assert loaded == 0


@pytest.mark.slow
def test_compiling_is_not_counted_against_a_time_limit(shared_data, tmp_path):
    """Case 41: 22 needs a second of search; reductions and a first set alone give 19."""
    file = shared_data / "cases" / "41-cold-cache.g6"
    options = ("--problem", "mis", "--time-limit", "2", "--json")
    done = subprocess.run(
        [sys.executable, "-m", "coplug", "solve", str(file), *options],
        env=os.environ | {"NUMBA_CACHE_DIR": str(tmp_path / "cold")},
        capture_output=True,
        text=True,
        check=True,
    )
    document = json.loads(done.stdout)
    assert document["objective"] == 22
    assert document["time_s"] < 5.0
    assert done.stderr.count("compiling kernels") == 1
