"""``coplug search extremal``, as a user runs it."""

from __future__ import annotations

import json
import signal
import subprocess
import sys
import time

import pytest

from coplug.graphs.formats.graph6 import from_graph6
from coplug.problems.extremal.archive import read_archive
from coplug.problems.extremal.certificate import certificate

COPLUG = [sys.executable, "-m", "coplug", "search", "extremal"]
KEYS = {
    "schema_version", "problem", "instance", "status", "sense", "objective", "bound", "gap", "time_s", "seed",
    "policy", "solution", "method", "flips", "girth", "valid", "graph6",
}  # fmt: skip


def run(*arguments):
    return subprocess.run([*COPLUG, *map(str, arguments)], capture_output=True, text=True, check=False)


def test_json_files_and_archive_agree(tmp_path):
    done = run("--nodes", 20, "--out", tmp_path, "--json")
    assert done.returncode == 0, done.stderr
    document = json.loads(done.stdout)
    assert set(document) == KEYS
    assert (document["status"], document["objective"], document["bound"], document["gap"]) == (
        "optimal",
        41,
        41,
        0.0,
    )
    graph = from_graph6((tmp_path / "20.g6").read_text())
    assert certificate(graph, (3, 4)) == json.loads((tmp_path / "20.json").read_text())
    assert document["graph6"] == (tmp_path / "20.g6").read_text().strip()
    assert read_archive(tmp_path / "archive.g6", (3, 4), pytest.fail).n_edges(20) == 41
    assert "status     optimal" in done.stderr


def test_a_search_goes_on_from_its_folder_and_names_broken_lines(tmp_path):
    assert run("--nodes", 30, "--out", tmp_path, "--quiet").returncode == 0
    path = tmp_path / "archive.g6"
    n_lines = len(path.read_text().splitlines())
    path.write_text(path.read_text() + "I?B\n")
    done = run("--nodes", 30, "--out", tmp_path, "--time-limit", 0, "--json", "--quiet")
    document = json.loads(done.stdout)
    assert (document["status"], document["objective"], document["flips"]) == ("optimal", 76, 0)
    assert f"archive.g6, line {n_lines + 1}: no graph6" in done.stderr
    other = run(
        "--nodes", 30, "--out", tmp_path / "b", "--from-archive", path, "--time-limit", 0, "--json", "-q"
    )
    assert json.loads(other.stdout)["objective"] == 76


def test_other_lengths_and_the_climb(tmp_path):
    done = run("--nodes", 12, "--forbid", "3", "--method", "climb", "--out", tmp_path, "--json", "-q")
    document = json.loads(done.stdout)
    assert (document["status"], document["objective"], document["girth"]) == ("optimal", 36, 4)


@pytest.mark.parametrize(
    ("options", "name"),
    [
        (("--method", "alphazero"), "extremal-pairformer"),
        (("--method", "alphazero", "--guide", "none", "--no-curriculum"), "none"),
        (("--method", "tabu", "--guide", "extremal-pairformer"), "extremal-pairformer"),
    ],
)
def test_searches_with_a_network(tmp_path, options, name):
    done = run("--nodes", 12, *options, "--out", tmp_path, "--json", "-q")
    document = json.loads(done.stdout)
    policy = document["policy"]
    assert (document["status"], document["objective"], policy["name"]) == ("optimal", 18, name)
    assert (policy["calls"] > 0) == (policy["time_s"] > 0) == (name != "none")
    if "--no-curriculum" in options:
        assert read_archive(tmp_path / "archive.g6", (3, 4), pytest.fail).sizes() == [0, 12]


def test_searching_needs_no_torch(tmp_path):
    code = (
        "import sys; sys.modules['torch'] = None; from coplug.cli import main; "
        "sys.argv = 'coplug search extremal --nodes 9 --method alphazero --out'.split() + sys.argv[1:]; main()"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path)], capture_output=True, text=True, check=False
    )
    assert done.returncode == 0, done.stderr
    assert "edges      12" in done.stdout


def test_interrupting_keeps_the_best(tmp_path):
    process = subprocess.Popen(
        [*COPLUG, "--nodes", "70", "--time-limit", "600", "--out", str(tmp_path), "--json"],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    while not (tmp_path / "archive.g6").exists() and process.poll() is None:
        time.sleep(0.1)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=30)
    assert process.returncode == 130
    assert "Traceback" not in err
    document = json.loads(out)
    assert document["status"] == "interrupted"
    assert document["valid"]
    assert from_graph6((tmp_path / "70.g6").read_text()).n_edges == document["objective"] > 100


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("--nodes", -1), "-1 nodes are out of range"),
        (("--nodes", 9, "--method", "x"), "choose from tabu, climb, both, alphazero"),
        (("--nodes", 9, "--guide", "x"), "there is no guide 'x'; take none, extremal-pairformer"),
        (("--nodes", 9, "--method", "climb", "--guide", "extremal-pairformer"), "climb takes no guide"),
        (("--nodes", 9, "--forbid", "3,x"), "expected lengths such as 3,4"),
        (("--nodes", 9, "--forbid", "2"), "take one or more of 3..8"),
        (("--nodes", 9, "--time-limit", -1), "take seconds >= 0"),
    ],
)
def test_what_cannot_mean_anything_is_one_line(arguments, message):
    done = run(*arguments)
    assert done.returncode == 2
    assert message in done.stderr
    assert len(done.stderr.splitlines()) == 1


def test_files_that_cannot_be_used_are_one_line(tmp_path):
    done = run("--nodes", 9, "--out", tmp_path, "--from-archive", tmp_path / "none.g6")
    assert done.returncode == 1
    assert "none.g6" in done.stderr
    (tmp_path / "file").write_text("")
    done = run("--nodes", 9, "--out", tmp_path / "file")
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1
