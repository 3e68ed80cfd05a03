"""Outputs that cannot be written: full disks, closed pipes, folders that are none."""

from __future__ import annotations

import json
import resource
import shlex
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from tests.conftest import INSTANCES

from .commands import FEASIBLE, INFEASIBLE, assert_one_line, run

TINY = INSTANCES / "setcover-tiny-0001.lp"
FULL = Path("/dev/full")
needs_full = pytest.mark.skipif(not FULL.exists(), reason="this system has no full device")


def limited(size):
    """Return what gives a process the disk of so many bytes a file."""
    return lambda: resource.setrlimit(resource.RLIMIT_FSIZE, (size, size))


def test_limits_end_without_branching_and_solve_nothing():
    done = run("solve", TINY, "--time-limit", 0)
    assert "never asked: ended without branching" in done.stdout
    assert "solved without branching" not in done.stdout


def test_an_infeasible_problem_has_no_gap(tmp_path):
    (tmp_path / "a.lp").write_text(INFEASIBLE)
    done = run("solve", tmp_path / "a.lp")
    assert "gap        none" in done.stdout
    assert json.loads(run("solve", tmp_path / "a.lp", "--json").stdout)["gap"] is None


def test_folders_are_made_for_every_output(tmp_path):
    new = tmp_path / "new"
    outputs = {
        "--solution": new / "a" / "x.sol",
        "--log": new / "b" / "x.log",
        "--statistics": new / "c" / "x.txt",
        "--plot": new / "d" / "x.svg",
        "--tree": new / "e" / "x.svg",
    }
    done = run("solve", TINY, "--policy", "none", *(word for pair in outputs.items() for word in pair))
    assert done.returncode == 0, done.stderr
    assert all(path.stat().st_size > 100 for path in outputs.values())
    assert "SCIP Status" in outputs["--log"].read_text()
    assert "Root Node" in outputs["--statistics"].read_text()
    assert "primal bound" in outputs["--plot"].read_text()


def test_statistics_as_json(tmp_path):
    out = tmp_path / "statistics.json"
    assert run("solve", TINY, "--policy", "none", "--statistics", out).returncode == 0
    assert json.loads(out.read_text())


def test_the_solution_as_text_follows_the_summary(tmp_path):
    (tmp_path / "a.lp").write_text(FEASIBLE)
    out = tmp_path / "a.sol"
    done = run("solve", tmp_path / "a.lp", "--solution", "-")
    run("solve", tmp_path / "a.lp", "--solution", out)
    assert done.stdout.endswith(out.read_text())
    quiet = run("solve", tmp_path / "a.lp", "--solution", "-", "--quiet")
    assert quiet.stdout == out.read_text()


def test_a_missing_extra_is_one_line_before_the_solve(tmp_path):
    code = "import sys; sys.modules['matplotlib'] = None; from coplug.cli import main; main()"
    for option in ("--plot", "--tree"):
        words = ["solve", str(TINY), option, str(tmp_path / "a.png")]
        done = subprocess.run(
            [sys.executable, "-c", code, *words], capture_output=True, text=True, check=False
        )
        assert_one_line(done, 2)
        assert f"{option} needs matplotlib: pip install '" in done.stderr


def test_a_full_disk_does_not_lose_the_result(tmp_path):
    (tmp_path / "b.lp").write_text(FEASIBLE)
    outputs = (
        "--solution",
        tmp_path / "b.sol",
        "--log",
        tmp_path / "b.log",
        "--statistics",
        tmp_path / "b.txt",
    )
    done = run("solve", tmp_path / "b.lp", *outputs, preexec_fn=limited(0))
    assert_one_line(done, 1)
    assert "b.sol" in done.stderr
    assert "b.log" in done.stderr
    assert "b.txt" in done.stderr
    assert "status     optimal" in done.stdout
    assert "objective value: 2" in done.stdout
    assert not (tmp_path / "b.sol").exists()


@needs_full
def test_a_log_on_a_full_disk_is_told(tmp_path):
    done = run("solve", TINY, "--policy", "none", "--log", FULL)
    assert_one_line(done, 1)
    assert "cannot write /dev/full: No space left" in done.stderr
    assert "status     optimal" in done.stdout


@pytest.mark.parametrize(
    "words",
    [
        ("generate", "setcover", "--size", "tiny", "--out", "new"),
        ("compare", TINY, "--policies", "none", "--seeds", "1", "--out", "new/a.csv"),
        ("collect", "branching", TINY, "--samples", "1", "--out", "new"),
        ("search", "extremal", "--nodes", "9", "--time-limit", "1", "--out", "new"),
        ("train", "hypergrid-gflownet", "--out", "new"),
    ],
)
def test_a_full_disk_ends_each_command_in_one_line(tmp_path, words):
    done = run(*words, cwd=tmp_path, preexec_fn=limited(100))
    assert done.returncode == 1, done.stderr
    assert "Traceback" not in done.stderr
    line = done.stderr.splitlines()[-1]
    assert line.startswith("coplug: cannot write ")
    assert "File too large" in line


def test_a_comparison_goes_on_after_a_full_disk(tmp_path):
    out = tmp_path / "a.csv"
    words = ("compare", TINY, "--policies", "none", "--seeds", 3, "--out", out)
    done = run(*words, preexec_fn=limited(270))
    assert_one_line(done, 1)
    assert "goes on from there" in done.stderr
    again = run(*words)
    assert again.returncode == 0, again.stderr
    assert again.stdout.count("seed ") < 3
    assert "3/3" in again.stdout


LISTED = ("list", "problems")
SOLVED = ("solve", str(TINY), "--policy", "none")


@pytest.mark.parametrize("words", [LISTED, SOLVED, (*SOLVED, "--json", "--quiet"), ("--help",)])
@pytest.mark.parametrize(
    ("end", "status", "lines"),
    [
        pytest.param("> /dev/full", 1, 1, marks=needs_full),
        pytest.param("> /dev/full 2> /dev/full", 1, 0, marks=needs_full),
        (">&-", 0, 0),
        (">&- 2>&-", 0, 0),
        ("| head -c 0", None, 0),
    ],
)
def test_standard_output_that_takes_nothing(words, end, status, lines):
    command = shlex.join([sys.executable, "-m", "coplug", *words])
    done = subprocess.run(["bash", "-c", f"{command} {end}"], capture_output=True, text=True, check=False)
    assert "Traceback" not in done.stderr
    assert "Exception ignored" not in done.stderr
    assert done.stderr.count("\n") == lines, done.stderr
    assert status is None or done.returncode == status


def test_a_reader_that_leaves_does_not_lose_the_solution(tmp_path):
    out = tmp_path / "a.sol"
    command = shlex.join([sys.executable, "-m", "coplug", *SOLVED, "--solution", str(out)])
    subprocess.run(["bash", "-c", f"{command} | head -c 0"], check=False)
    assert out.read_text().startswith("solution status: optimal")


def test_several_instances_in_one_call(tmp_path):
    (tmp_path / "a.lp").write_text(FEASIBLE)
    (tmp_path / "b.lp").write_text(INFEASIBLE)
    (tmp_path / "c.lp").write_text("minimize @@\n")
    names = [tmp_path / f"{name}.lp" for name in "abc"]
    done = run("solve", *names[:2], "--json")
    assert done.returncode == 0, done.stderr
    assert [one["status"] for one in json.loads(done.stdout)] == ["optimal", "infeasible"]
    done = run("solve", names[2], *names[:2], "--json", "--quiet")
    assert_one_line(done, 1)
    failed, *solved = json.loads(done.stdout)
    assert failed["instance"] == str(names[2])
    assert "c.lp" in failed["error"]
    assert [one["instance"] for one in solved] == list(map(str, names[:2]))
    done = run("solve", *names[:2])
    assert [line for line in done.stdout.splitlines() if line.endswith(".lp:")] == [
        f"{n}:" for n in names[:2]
    ]
    assert done.stdout.count("status ") == 2


@pytest.mark.parametrize("option", ["--solution", "--log", "--statistics", "--tree", "--plot"])
def test_one_output_is_of_one_instance(tmp_path, option):
    shutil.copy(TINY, tmp_path / "a.lp")
    done = run("solve", TINY, tmp_path / "a.lp", option, tmp_path / "out.json")
    assert_one_line(done, 2)
    assert "is for one instance" in done.stderr


def test_an_instance_on_standard_input(tmp_path):
    done = run("solve", "-", "--format", "lp", "--json", input=FEASIBLE)
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert (document["instance"], document["objective"]) == ("-", 2.0)
    graph = run("solve", "-", "--format=col", "--problem", "mis", "--json", input="p edge 2 1\ne 1 2\n")
    assert json.loads(graph.stdout)["objective"] == 1
    out = tmp_path / "a.json"
    run("solve", "-", "--format", ".lp", "--solution", out, input=FEASIBLE)
    assert json.loads(out.read_text())["instance"] == "-"


@pytest.mark.parametrize(
    "words",
    [
        ("--solution", "a.json", TINY),
        ("--quiet", "--solution", "a.json", TINY),
        ("--solution", "a.json", "--quiet", TINY),
        ("--strict", TINY, "--solution", "a.json"),
        ("--solution=a.json", "--log", "a.txt", TINY),
        ("--log", "a.txt", "--time-limit", "60", TINY, "--solution", "a.json"),
    ],
)
def test_a_file_that_is_written_is_not_the_instance(tmp_path, monkeypatch, words):
    """Though a knapsack could be read from a file of its name."""
    monkeypatch.chdir(tmp_path)
    done = run("solve", *words)
    assert done.returncode == 0, done.stderr
    assert json.loads(Path("a.json").read_text())["problem"] == "milp"


@pytest.mark.parametrize(
    ("words", "text", "status", "message"),
    [
        (("-",), FEASIBLE, 2, "say which format it has"),
        (("-", TINY, "--format", "lp"), FEASIBLE, 2, "name - alone"),
        (("-", "--format", "xyz"), FEASIBLE, 1, "standard input is of no known format"),
        (("-", "--format", "lp"), "minimize @@", 1, "standard input"),
        (("-", "--format", "lp"), "", 1, "standard input is empty"),
        (("-", "--format", "lp.gz"), "no archive", 1, "standard input"),
        (("-", "--format", "col"), "p edge 2 1\ne 1 2\n", 2, "one of clique, influence, mis"),
        (("-", "--format", "a/b"), FEASIBLE, 2, "a/b"),
    ],
)
def test_standard_input_that_cannot_be_read(words, text, status, message):
    done = run("solve", *words, input=text)
    assert_one_line(done, status)
    assert message in done.stderr
    assert "stdin." not in done.stderr
