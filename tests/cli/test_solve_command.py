from __future__ import annotations

import gzip
import json
import os
import signal
import subprocess
import sys

import pytest

from tests.conftest import INSTANCES
from tests.processes import start_showing_every_line, wait_for_line

COPLUG = [sys.executable, "-m", "coplug"]
KEYS = {
    "schema_version", "problem", "instance", "status", "sense", "objective", "bound", "gap", "nodes", "time_s",
    "seed", "policy", "solution",
}  # fmt: skip


def run(*arguments, **options):
    return subprocess.run(
        [*COPLUG, "solve", *map(str, arguments)],
        capture_output=True,
        text=True,
        check=False,
        **options,
    )


def as_json(*arguments):
    done = run(*arguments, "--json")
    assert done.returncode == 0, done.stderr
    return json.loads(done.stdout)


def test_json_is_one_object_on_stdout_with_the_documented_keys(tiny):
    document = as_json(tiny, "--policy", "none", "--seed", 3)
    assert set(document) == KEYS
    assert document["status"] == "optimal"
    assert document["objective"] == document["bound"]
    assert document["gap"] == 0.0
    assert document["seed"] == 3
    assert document["policy"] == {
        "name": "none",
        "calls": 0,
        "time_s": 0.0,
        "fallbacks": 0,
        "withdrawn": None,
    }
    assert all(value == 1.0 for value in document["solution"].values())


def test_summary_names_status_bounds_nodes_and_policy(tiny):
    done = run(
        tiny,
        "--policy",
        "tests.scip.test_branching:Policy",
        "--node-limit",
        30,
        "-p",
        "presolving/maxrounds=0",
    )
    assert done.returncode == 0, done.stderr
    for word in ("status", "objective", "bound", "gap", "nodes", "time", "policy     test"):
        assert word in done.stdout


def test_quiet_prints_nothing(tiny):
    done = run(tiny, "--policy", "none", "--quiet")
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")


def test_solution_is_scips_format_with_a_status_line_and_reads_back_as_a_start(tiny, tmp_path):
    out = tmp_path / "best.sol"
    first = as_json(tiny, "--policy", "none", "--solution", out)
    lines = out.read_text().splitlines()
    assert lines[0] == "solution status: optimal solution found"
    assert lines[1].startswith("objective value:")
    again = as_json(tiny, "--policy", "none", "--start", out, "-p", "limits/bestsol=1", "--node-limit", 1)
    assert again["objective"] == first["objective"]


def test_a_partial_start_is_completed(tiny, tmp_path):
    best = as_json(tiny, "--policy", "none")
    start = tmp_path / "partial.sol"
    some = list(best["solution"])[: len(best["solution"]) // 2]
    start.write_text("".join(f"{name} 1\n" for name in some))
    document = as_json(tiny, "--policy", "none", "--start", start)
    assert document["objective"] == best["objective"]


def test_solution_as_json(tiny, tmp_path):
    out = tmp_path / "best.json"
    document = as_json(tiny, "--policy", "none", "--solution", out)
    assert json.loads(out.read_text())["solution"] == document["solution"]


@pytest.mark.parametrize(
    ("option", "value", "status"),
    [("--node-limit", 1, "nodelimit"), ("--time-limit", 0, "timelimit"), ("--gap", 10, "gaplimit")],
)
def test_limits(tiny, option, value, status):
    extra = ("-p", "presolving/maxrounds=0", "-p", "separating/maxroundsroot=0")
    assert as_json(tiny, "--policy", "none", option, value, *extra)["status"] == status


def test_parameters_come_from_file_then_from_p(tiny, tmp_path):
    settings = tmp_path / "a.set"
    settings.write_text("limits/nodes = 1\nheuristics/emphasis/off = TRUE\n".splitlines()[0] + "\n")
    assert as_json(tiny, "--policy", "none", "--set", settings)["nodes"] <= 1
    document = as_json(tiny, "--policy", "none", "--set", settings, "-p", "limits/nodes=-1")
    assert document["status"] == "optimal"


def test_log_goes_to_a_file(tiny, tmp_path):
    run(tiny, "--policy", "none", "--quiet", "--log", tmp_path / "scip.log")
    assert "SCIP Status" in (tmp_path / "scip.log").read_text()


FEASIBLE = "minimize\n obj: x + y\nsubject to\n c: x + y >= 1.5\nbounds\n 0 <= x <= 3\n 0 <= y <= 3\n"
MODELS = {
    "infeasible": ("minimize\n obj: x\nsubject to\n c: x >= 2\nbinary\n x\nend\n", "infeasible", None),
    "unbounded": ("minimize\n obj: - x\nsubject to\n c: x - y >= 0\ngeneral\n x y\nend\n", "unbounded", None),
    "continuous": (FEASIBLE + "end\n", "optimal", 1.5),
    "integer": (FEASIBLE + "general\n x y\nend\n", "optimal", 2.0),
    "quadratic": ("minimize\n obj: x\nsubject to\n q: [ x^2 ] >= 4\nbounds\n x <= 9\nend\n", "optimal", 2.0),
}


@pytest.mark.parametrize("kind", MODELS)
def test_models_of_any_kind_are_simply_solved(tmp_path, kind):
    text, status, objective = MODELS[kind]
    path = tmp_path / "model.lp"
    path.write_text(text)
    document = as_json(path)
    assert document["status"] in (status, "inforunbd")
    assert document["objective"] == pytest.approx(objective) if objective else document["objective"] is None


@pytest.mark.parametrize("end", ["END", "End \\ of the model", "\tend\n\\ written by hand\n\n"])
def test_the_end_of_a_model_may_be_written_in_any_way(tmp_path, end):
    path = tmp_path / "model.lp"
    path.write_text(FEASIBLE + end)
    assert as_json(path)["objective"] == pytest.approx(1.5)


def test_an_infeasible_model_leaves_a_solution_file_that_says_so(tmp_path):
    path = tmp_path / "model.lp"
    path.write_text(MODELS["infeasible"][0])
    out = tmp_path / "out.sol"
    assert run(path, "--solution", out).returncode == 0
    assert out.read_text() == "solution status: infeasible\nno solution available\n"


def _bad_files(folder):
    good = gzip.compress(FEASIBLE.encode() * 50)
    (folder / "empty.lp").write_bytes(b"")
    (folder / "blank.lp").write_bytes(b"\n\n")
    (folder / "syntax.lp").write_text("minimize\n obj: x + y\nsubject to\n c1: x + >= 2 y @@\nend\n")
    (folder / "noise.mps").write_bytes(os.urandom(300))
    (folder / "truncated.mps").write_text(
        "NAME a\nROWS\n N obj\n G c1\nCOLUMNS\n x obj 1.0 c1 1.0\nRHS\n rhs c1"
    )
    (folder / "truncated.lp").write_text(FEASIBLE + "\\ end\n")
    (folder / "truncated_inside.lp.gz").write_bytes(good)
    (folder / "truncated.lp.gz").write_bytes(good[: len(good) // 2])
    (folder / "not.lp.gz").write_bytes(b"plain text")
    (folder / "model.xyz").write_text(FEASIBLE)
    (folder / "folder.lp").mkdir()


BAD_FILES = (
    "missing.lp", "empty.lp", "blank.lp", "syntax.lp", "noise.mps", "truncated.mps", "truncated.lp",
    "truncated_inside.lp.gz", "truncated.lp.gz", "not.lp.gz", "model.xyz", "folder.lp",
)  # fmt: skip


@pytest.mark.parametrize("name", BAD_FILES)
def test_a_bad_file_gives_one_line_and_status_1(tmp_path, name):
    _bad_files(tmp_path)
    out = tmp_path / "out.sol"
    done = run(tmp_path / name, "--policy", "none", "--solution", out, "--json")
    _assert_one_line(done, 1)
    assert name in done.stderr
    assert not out.exists()


BAD_OPTIONS = [
    (("--policy", "nosuch"), 2, "nosuch"),
    (("--policy", "no.such.module:thing"), 1, "no.such.module"),
    (("--policy", "json:dumps"), 1, "json:dumps"),
    (("-p", "limits/tiem=3"), 1, "limits/time"),
    (("-p", "limits/time=soon"), 1, "soon"),
    (("-p", "limits/time=-7"), 1, "limits/time"),
    (("-p", "limits/time"), 2, "NAME=VALUE"),
    (("--set", "/no/such.set"), 1, "such.set"),
    (("--start", "/no/such.sol"), 1, "such.sol"),
    (("--policy", "mis-comparator-rb"), 2, "--problem clique, mis, vertex-cover"),
    (("--solution", "/dev/null/dir/out.sol"), 1, "--solution /dev/null/dir/out.sol"),
    (("--solution", "-", "--json"), 2, "both print"),
    (("--statistics", "/dev/null/dir/a"), 1, "--statistics /dev/null/dir/a"),
    (("--tree", "/dev/null/dir/a.png"), 1, "--tree /dev/null/dir/a.png"),
    (("--tree", "tree.bmp"), 2, ".svg"),
    (("--plot", "/dev/null/dir/a.png"), 1, "--plot /dev/null/dir/a.png"),
    (("--format", "lp"), 2, "name - as the file"),
    (("--solution", "out.txt"), 2, ".sol"),
    (("--log", "/dev/null/dir/log"), 1, "/dev/null/dir"),
    (("--problem", "chess"), 2, "milp"),
    (("--time-limit", "-1"), 2, "time limit"),
    (("--gap", "nan"), 2, "gap"),
    (("--seed", "-1"), 2, "seed"),
]


@pytest.mark.parametrize(("options", "status", "word"), BAD_OPTIONS)
def test_a_bad_option_gives_one_line(tiny, options, status, word):
    done = run(tiny, "--node-limit", 1, *options)
    _assert_one_line(done, status)
    assert word in done.stderr


def _assert_one_line(done, status):
    assert done.returncode == status, done.stderr
    assert done.stdout == ""
    assert done.stderr.startswith("coplug: ")
    assert done.stderr.count("\n") == 1
    assert "Traceback" not in done.stderr


def test_a_bad_start_names_the_line_or_the_variable(tiny, tmp_path):
    start = tmp_path / "start.sol"
    for text, word in (("nobody 1\n", "nobody"), ("x1\n", "line 1"), ("", "no 'variable value'")):
        start.write_text(text)
        done = run(tiny, "--policy", "none", "--start", start)
        _assert_one_line(done, 1)
        assert word in done.stderr


def test_a_broken_settings_file(tiny, tmp_path):
    settings = tmp_path / "bad.set"
    settings.write_text("this is = not / a parameter\n")
    _assert_one_line(run(tiny, "--policy", "none", "--set", settings), 1)


def test_a_failing_policy_falls_back_and_strict_stops(tiny):
    extra = ("-p", "presolving/maxrounds=0", "-p", "separating/maxroundsroot=0")
    name = "tests.cli.test_solve_command:Broken"
    done = run(tiny, "--policy", name, *extra)
    assert done.returncode == 0
    assert done.stderr.count("coplug: policy broken failed") == 1
    assert "fallbacks" in done.stdout
    strict = run(tiny, "--policy", name, "--strict", *extra)
    assert strict.returncode == 1
    assert "always" in strict.stderr.splitlines()[-1]
    assert "Traceback" not in strict.stderr


class Broken:
    name = "broken"
    candidate_kind = "lp"

    def scores(self, state, candidates):
        raise RuntimeError("always")


@pytest.mark.parametrize(("number", "status"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_a_signal_keeps_the_incumbent(tmp_path, number, status):
    out = tmp_path / "best.sol"
    slow = (
        "-p",
        "heuristics/trysol/freq=1",
        "-p",
        "separating/maxrounds=0",
        "-p",
        "branching/mostinf/priority=999999",
    )
    arguments = [
        INSTANCES / "setcover-easy-0001.lp.gz",
        "--policy",
        "none",
        "--solution",
        out,
        "--json",
        *slow,
    ]
    process = start_showing_every_line("solve", *arguments)
    wait_for_line(process.stderr, lambda line: " objective " in line and " objective none" not in line)
    process.send_signal(number)
    stdout, stderr = process.communicate(timeout=120)
    assert process.returncode == status, stderr
    document = json.loads(stdout)
    assert document["status"] == "userinterrupt"
    assert document["solution"]
    assert out.read_text().startswith("solution status: user interrupt\n")


def test_real_instances_have_their_known_optima(shared_data):
    optima = {"p0033": 3089, "lseu": 1120, "stein27": 18, "vpm1": 20, "bell3a": 878430.32, "egout": 568.1007}
    for name, optimum in optima.items():
        document = as_json(shared_data / "miplib3" / f"{name}.mps.gz")
        assert document["status"] == "optimal"
        assert document["objective"] == pytest.approx(optimum, rel=1e-6)
        assert document["policy"]["fallbacks"] == 0


def test_help_starts_without_the_heavy_imports():
    code = "import sys, coplug.cli; print([m for m in ('torch', 'pyscipopt', 'numba', 'numpy') if m in sys.modules])"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"


def test_solving_needs_no_torch(tiny):
    code = (
        "import sys\n"
        "sys.modules['torch'] = None\n"
        "sys.argv = ['coplug', 'solve', sys.argv[1], '--policy', 'auto', '--strict']\n"
        "from coplug.cli import main\n"
        "main()\n"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tiny)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "optimal" in done.stdout
