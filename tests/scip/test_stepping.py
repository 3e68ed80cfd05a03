from __future__ import annotations

import gc
import os
import signal
import subprocess
import sys
import textwrap
import threading
import time

import pyscipopt
import pytest

from coplug.errors import SolverError
from coplug.scip.make_reader import make_reader
from coplug.scip.problem import read_model
from coplug.scip.settings import apply_parameters
from coplug.scip.stepping import BranchingPause, HeuristicPause, SteppedSolve
from tests.conftest import INSTANCES
from tests.scip.nodes import MANY_NODES

BRANCHED = pyscipopt.SCIP_RESULT.BRANCHED
DIDNOTRUN = pyscipopt.SCIP_RESULT.DIDNOTRUN
AUCTION = INSTANCES / "auctions-tiny-0001.lp"


@pytest.fixture
def model():
    model = read_model(AUCTION)
    apply_parameters(model, MANY_NODES)
    yield model
    model.free()


def branching(model):
    solve = SteppedSolve(model)
    solve.pause_when_branching()
    return solve


def threads():
    return [t for t in threading.enumerate() if t.name == "coplug-stepping"]


def in_callback(decide):
    """Solve with the decisions of ``decide(reader)`` made in SCIP's callback; returns nodes and objective."""

    class Rule(pyscipopt.Branchrule):
        reader = None

        def branchexeclp(self, allowaddcons):
            self.reader = self.reader or make_reader(self.model)
            return {"result": decide(self.reader)}

    model = read_model(AUCTION)
    apply_parameters(model, MANY_NODES)
    model.includeBranchrule(Rule(), "rule", "", 1_000_000, -1, 1.0)
    model.optimize()
    answer = model.getNTotalNodes(), model.getObjVal()
    model.free()
    return answer


def middle(reader):
    reader.branch(len(reader.candidates("lp")) // 2)
    return BRANCHED


@pytest.mark.parametrize("decide", [middle, lambda reader: DIDNOTRUN])
def test_the_tree_is_the_one_of_the_same_decisions_in_the_callback(model, decide):
    solve = branching(model)
    paused = solve.start()
    reader = make_reader(model)
    steps = 0
    while paused:
        paused = solve.resume(decide(reader))
        steps += 1
    assert solve.finished
    assert steps > 5
    assert (model.getNTotalNodes(), model.getObjVal()) == in_callback(decide)
    assert threads() == []


def test_a_heuristic_pauses_at_the_depths_it_was_given(model):
    solve = SteppedSolve(model)
    solve.pause_after_nodes(depth_frequency=2, depth_start=1, depth_stop=3)
    paused = solve.start()
    depths = set()
    while paused:
        depths.add(model.getDepth())
        paused = solve.resume(pyscipopt.SCIP_RESULT.DIDNOTFIND)
    assert depths == {1, 3}


def test_stop_ends_the_thread_wherever_it_is_and_keeps_the_incumbent(model):
    solve = branching(model)
    solve.stop()
    assert solve.start()
    solve.resume(DIDNOTRUN)
    solve.stop()
    solve.stop()
    assert threads() == []
    assert model.getStatus() == "userinterrupt"
    with pytest.raises(SolverError, match="nothing to resume"):
        solve.resume(DIDNOTRUN)


def test_stop_from_another_thread_while_scip_runs():
    model = read_model(INSTANCES / "setcover-easy-0001.lp.gz")
    solve = SteppedSolve(model)
    solve.pause_after_nodes(-1)  # never pauses: SCIP runs to the end
    timer = threading.Timer(0.5, solve.stop)
    timer.start()
    assert solve.start() is False
    timer.join()
    assert model.getStatus() in ("userinterrupt", "optimal")
    assert threads() == []
    model.free()


def test_a_model_can_be_stepped_once(model):
    branching(model)
    with pytest.raises(SolverError, match="fresh copy"):
        SteppedSolve(model).pause_when_branching()


def test_an_error_of_scip_reaches_the_caller(model, capfd):
    solve = branching(model)
    assert solve.start()
    with pytest.raises(
        SolverError, match=r"SCIP stopped with an internal error: .*invalid result code <1234>"
    ):
        solve.resume(1234)
    assert solve.finished
    assert "ERROR" not in capfd.readouterr().err


SCRIPT = """
import sys, time, pyscipopt
from pathlib import Path
from coplug.scip.problem import read_model
from coplug.scip.stepping import BranchingPause, HeuristicPause, SteppedSolve
model = read_model(Path({instance!r}))
solve = SteppedSolve(model)
{how}
print("ready", flush=True)
{then}
"""
PAUSED = "solve.pause_when_branching(); assert solve.start()"
RUNNING = "solve.pause_after_nodes(-1)"


def run_script(how, then, instance=AUCTION):
    script = SCRIPT.format(instance=str(instance), how=how, then=textwrap.dedent(then))
    return subprocess.Popen(
        [sys.executable, "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )


def finish(process, limit_s=20.0):
    start = time.perf_counter()
    out, err = process.communicate(timeout=limit_s)
    return out, err, time.perf_counter() - start


@pytest.mark.parametrize(("then", "status"), [("", 0), ("sys.exit(3)", 3), ("raise KeyError('x')", 1)])
def test_a_process_with_a_paused_solve_ends_at_once(then, status):
    process = run_script(PAUSED, then)
    assert process.stdout.readline() == "ready\n"
    _, err, seconds = finish(process)
    assert process.returncode == status
    assert seconds < 5
    assert "coplug-stepping" not in err


def test_ctrl_c_while_scip_runs_ends_the_solve_and_the_wait():
    then = """
    try:
        solve.start()
    except KeyboardInterrupt:
        print("interrupted", model.getStatus(), solve.finished)
    """
    process = run_script(RUNNING, then, INSTANCES / "setcover-easy-0001.lp.gz")
    assert process.stdout.readline() == "ready\n"
    time.sleep(1.0)
    process.send_signal(signal.SIGINT)
    out, err, _ = finish(process)
    assert (out, err) == ("interrupted userinterrupt True\n", "")


def test_a_fork_leaves_the_parents_solve_alone(model):
    solve = branching(model)
    assert solve.start()
    child = os.fork()
    if child == 0:
        solve.stop()
        os._exit(0 if not solve.finished else 1)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
    assert solve.resume(DIDNOTRUN)
    solve.stop()
    gc.collect()


def test_a_pause_says_where_it_is(model):
    solve = SteppedSolve(model)
    assert solve.paused_in is None
    solve.pause_when_branching(("lp",), max_depth=2)
    solve.pause_after_nodes(depth_stop=1)
    solve.pause_after_nodes(depth_start=1, depth_stop=1, timing=pyscipopt.SCIP_HEURTIMING.BEFORENODE)
    places, depths = [], []
    paused = solve.start()
    while paused:
        places.append(solve.paused_in)
        depths.append(model.getDepth())
        paused = solve.resume(DIDNOTRUN)
    assert solve.paused_in is None
    branching = [d for p, d in zip(places, depths, strict=True) if p == BranchingPause("lp", True)]
    assert 0 in branching
    assert max(branching) <= 2
    heuristics = [(p.timing, d) for p, d in zip(places, depths, strict=True) if isinstance(p, HeuristicPause)]
    assert {d for _, d in heuristics} == {0, 1}
    assert any(t == pyscipopt.SCIP_HEURTIMING.BEFORENODE for t, _ in heuristics)
