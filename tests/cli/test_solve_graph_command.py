from __future__ import annotations

import json
import re
import signal
import subprocess
import sys
import time

import numpy as np
import pytest

from tests.processes import start_showing_every_line, wait_for_line

COPLUG = [sys.executable, "-m", "coplug"]
KEYS = {
    "schema_version", "problem", "instance", "status", "sense", "objective", "bound", "gap", "time_s", "seed",
    "policy", "solution", "n_nodes", "n_edges", "kernel_nodes", "kernel_edges", "steps", "notes",
}  # fmt: skip
PATH = "a b\nb c\nc c\n"


def run(*arguments):
    return subprocess.run([*COPLUG, *map(str, arguments)], capture_output=True, text=True, check=False)


@pytest.fixture
def path_graph(tmp_path):
    file = tmp_path / "path.edgelist"
    file.write_text(PATH)
    return file


@pytest.mark.parametrize(
    ("problem", "sense", "solution"),
    [("mis", "max", ["a", "c"]), ("vertex-cover", "min", ["b"]), ("clique", "max", None)],
)
def test_json_is_one_object_with_the_documented_keys(path_graph, problem, sense, solution):
    done = run("solve", path_graph, "--problem", problem, "--json", "--seed", 3)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == KEYS
    assert (document["problem"], document["status"], document["sense"]) == (problem, "optimal", sense)
    assert document["objective"] == document["bound"] == len(document["solution"])
    assert document["solution"] == solution or (problem == "clique" and "b" in document["solution"])
    assert document["notes"] == ["1 self-loop dropped"]
    assert "1 self-loop dropped" in done.stderr
    assert document["seed"] == 3


def test_solutions_are_written(path_graph, tmp_path):
    out = tmp_path / "set.sol"
    done = run("solve", path_graph, "--problem", "mis", "--solution", out)
    assert done.returncode == 0, done.stderr
    assert out.read_text() == "solution status: optimal solution found\nobjective value: 2\na 1\nc 1\n"
    assert "status     optimal" in done.stdout
    run("solve", path_graph, "--problem", "mis", "--solution", tmp_path / "set.json", "-q")
    assert json.loads((tmp_path / "set.json").read_text())["solution"] == ["a", "c"]


@pytest.mark.parametrize(
    ("arguments", "status", "message"),
    [
        (
            ["--problem", "colouring"],
            2,
            "choose one of: clique, contextual-lp, extremal, influence, knapsack, milp, mis, power, precoding, "
            "routing, vertex-cover",
        ),
        (["--problem", "mis", "--gap", "0.1"], 2, "--gap is for --problem milp"),
        (["--problem", "mis", "--node-limit", "0"], 2, "--node-limit is for"),
        (["--problem", "mis", "--strict"], 2, "--strict is for"),
        (["--problem", "mis", "--policy", "best"], 2, "auto, none, greedy, exact"),
        (["--problem", "mis", "--time-limit", "-1"], 2, "time limit"),
        (["--problem", "mis", "--solution", "x.txt"], 2, ".sol or .json"),
    ],
)
def test_wrong_usage_is_one_line(path_graph, arguments, status, message):
    done = run("solve", path_graph, *arguments)
    assert done.returncode == status
    assert message in done.stderr
    assert done.stderr.count("\n") == 1


WEIGHTED = "p edge 4 3\nn 1 4\nn 2 10\nn 3 7\nn 4 {last}\ne 1 2\ne 2 3\ne 3 4\n"


def solved(file, *arguments):
    done = run("solve", file, "--json", *arguments)
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_weights_of_a_file_are_used(tmp_path):
    file, out = tmp_path / "path.col", tmp_path / "set.sol"
    file.write_text(WEIGHTED.format(last=6))
    mis = solved(file, "--problem", "mis", "--solution", out)
    assert (mis["objective"], mis["bound"], mis["status"], mis["solution"]) == (16, 16, "optimal", [2, 4])
    assert mis["notes"] == []
    assert out.read_text() == "solution status: optimal solution found\nobjective value: 16\n2 1\n4 1\n"
    cover = solved(file, "--problem", "vertex-cover")
    assert (cover["objective"], cover["solution"]) == (11, [1, 3])
    clique = solved(file, "--problem", "clique")
    assert (clique["objective"], clique["solution"]) == (17, [2, 3])


def test_weights_of_a_file_can_be_ignored(tmp_path):
    file = tmp_path / "path.col"
    file.write_text(WEIGHTED.format(last=1000))
    mis = solved(file, "--problem", "mis", "--unweighted")
    assert (mis["objective"], mis["status"], mis["notes"]) == (2, "optimal", ["weights are ignored"])
    assert solved(file, "--problem", "vertex-cover", "--unweighted")["objective"] == 2


def test_fractions_and_weights_of_0_or_less(tmp_path):
    file = tmp_path / "path.col"
    file.write_text(WEIGHTED.format(last=0.5))
    assert solved(file, "--problem", "mis")["objective"] == 11
    assert solved(file, "--problem", "vertex-cover")["objective"] == 10.5
    file.write_text(WEIGHTED.format(last=-2))
    mis = solved(file, "--problem", "mis")
    assert (mis["objective"], mis["solution"]) == (11, [1, 3])
    assert mis["notes"] == ["1 node of weight 0 or less is left out of the set"]
    cover = solved(file, "--problem", "vertex-cover")
    assert (cover["objective"], cover["bound"], cover["solution"]) == (8, 8, [2, 4])
    assert cover["notes"] == ["1 node of weight 0 or less is in the cover"]


@pytest.mark.parametrize("weight", ["nan", "inf", "1e999", "heavy"])
def test_weights_that_are_no_numbers_are_one_line(tmp_path, weight):
    file = tmp_path / "path.col"
    file.write_text(WEIGHTED.format(last=weight))
    done = run("solve", file, "--problem", "mis")
    assert done.returncode == 1
    assert done.stderr.count("\n") == 1
    assert "path.col, line 5" in done.stderr


def test_weights_that_no_float_adds_up_are_one_line(tmp_path):
    file = tmp_path / "path.col"
    file.write_text(WEIGHTED.format(last="1.5e308").replace("n 3 7", "n 3 1.5e308"))
    done = run("solve", file, "--problem", "mis")
    assert (done.returncode, done.stderr.count("\n")) == (1, 1)
    assert "scale them down" in done.stderr


def test_a_comparator_is_refused_where_nodes_have_weights(tmp_path):
    file = tmp_path / "path.col"
    file.write_text(WEIGHTED.format(last=6))
    done = run("solve", file, "--problem", "mis", "--policy", "mis-comparator-rb")
    assert (done.returncode, done.stderr.count("\n")) == (2, 1)
    assert "graphs without weights of nodes; take --policy none, or --unweighted" in done.stderr


def test_a_comparator_solves_without_torch(tmp_path):
    file = tmp_path / "graph.edgelist"
    rng = np.random.default_rng(0)
    lines = [f"{u} {v}" for u in range(90) for v in range(u) if rng.random() < 0.2]
    file.write_text("\n".join(lines))
    code = "import sys; sys.modules['torch'] = None; from coplug.cli import main; main()"
    arguments = ["solve", str(file), "--problem", "mis", "--policy", "mis-comparator-rb", "--time-limit", "3"]
    command = [sys.executable, "-c", code, *arguments, "--json", "--quiet"]
    done = subprocess.run(command, capture_output=True, text=True, check=True)
    document = json.loads(done.stdout)
    assert document["policy"]["name"] == "mis-comparator-rb"
    assert document["policy"]["calls"] > 0
    assert document["objective"] == len(document["solution"]) > 10


def test_a_damaged_file_is_one_line(tmp_path):
    file = tmp_path / "a.col"
    file.write_text("p edge 5 9\ne 1 2\n")
    done = run("solve", file, "--problem", "mis")
    assert done.returncode == 1
    assert done.stderr.strip().count("\n") == 0
    assert "announces 9 edges and 1 follow" in done.stderr


def objective_of(line):
    found = re.search(r"objective (\d+)", line)
    return int(found[1]) if found else 0


def test_ctrl_c_keeps_the_best_set(tmp_path):
    assert run("generate", "erdos_renyi", "--size", "medium", "--out", tmp_path).returncode == 0
    file = tmp_path / "erdos_renyi-medium-0001.g6"
    out = tmp_path / "best.json"
    process = start_showing_every_line(
        "solve", file, "--problem", "mis", "--time-limit", 100, "--solution", out
    )
    wait_for_line(process.stdout, lambda line: objective_of(line) >= 35)
    process.send_signal(signal.SIGINT)
    begin_s = time.monotonic()
    printed, errors = process.communicate(timeout=60)
    assert time.monotonic() - begin_s < 30
    assert process.returncode == 130, errors
    assert "userinterrupt" in printed
    assert json.loads(out.read_text())["objective"] >= 35
