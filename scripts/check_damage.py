"""Damage inputs and artefacts at random, and see that the real command line says so in a line or two.

Inputs are models, graphs, starts and settings; artefacts are policies, checkpoints, samples, journals, results and
recipes. Each case runs the whole command in a process of its own, which is forked so that imports and kernels are paid
for once. A case is fine if it ends with status 0, 1 or 2, without a traceback or a signal, within its time, and an
error is one line or two. What is not fine is printed and kept, and then the exit status is 1.

    python scripts/check_damage.py [--inputs 500] [--artefacts 300] [--seed 0] [--keep DIR]
"""

from __future__ import annotations

import argparse
import importlib
import os
import resource
import shutil
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coplug.cli import main as coplug
from coplug.graphs.graph import from_edges
from coplug.inference.zoo import zoo_directory
from coplug.solving import solve

INSTANCES = Path(__file__).parents[1] / "instances"
LIMIT_S = 60
"""CPU seconds of a case; a recipe whose damage only makes it long is interrupted at :data:`INTERRUPT_S`."""

INTERRUPT_S = 30.0
MOST_LINES = 2

WORDS = (
    b"nan",
    b"-inf",
    b"1e999",
    b"-1",
    b"99999999999999999999",
    b"\xff\xfe",
    b"\x00",
    b"[[[[[[",
    b'"',
    b"=",
    b"\n",
)
"""What is put in."""


@dataclass(frozen=True)
class Case:
    """A file to damage, and the command that reads it; both in a folder of their own."""

    name: str
    file: Path
    words: tuple[str, ...]
    interrupted: bool = False


@dataclass(frozen=True)
class Outcome:
    """How a command ended: its status, or minus the signal, and what it printed on standard error."""

    status: int
    errors: str
    seconds: float


def damaged(data: bytes, rng: np.random.Generator) -> bytes:
    """Return a file's content with one to three things wrong with it."""
    for _ in range(int(rng.integers(1, 4))):
        at, end = sorted(int(place) for place in rng.integers(0, len(data) + 1, 2))
        end = min(end, at + int(rng.integers(1, 200)))
        word = WORDS[int(rng.integers(len(WORDS)))]
        flipped = bytes([data[at] ^ (1 << int(rng.integers(8)))]) if at < len(data) else b""
        data = (
            data[:at],
            data[:at] + data[end:],
            data[:at] + data[at:end] * 2 + data[end:],
            data[:at] + word + data[at:],
            data[:at] + word + data[end:],
            data[:at] + flipped + data[at + 1 :],
        )[int(rng.integers(6))]
    return data


def run(
    words: tuple[str, ...], folder: Path, *, interrupted: bool = False, limit_s: int = LIMIT_S
) -> Outcome:
    """Run a command line in a forked process."""
    errors = folder / "stderr.txt"
    child = os.fork()
    if child == 0:
        _become(words, folder, errors, limit_s)
    begin = time.monotonic()
    told = False
    while True:
        ended, status, _ = os.wait4(child, os.WNOHANG)
        seconds = time.monotonic() - begin
        if ended:
            code = os.waitstatus_to_exitcode(status)
            return Outcome(code, errors.read_text("utf-8", "replace"), seconds)
        if interrupted and not told and seconds > INTERRUPT_S:
            os.kill(child, signal.SIGINT)
            told = True
        time.sleep(0.01)


def _become(words: tuple[str, ...], folder: Path, errors: Path, limit_s: int) -> None:
    """Run the command in this process, and end it."""
    os.chdir(folder)
    resource.setrlimit(resource.RLIMIT_CPU, (limit_s, limit_s))
    signal.signal(signal.SIGINT, signal.default_int_handler)
    for path, descriptor in ((os.devnull, 0), (os.devnull, 1), (str(errors), 2)):
        os.dup2(os.open(path, os.O_RDWR | os.O_CREAT, 0o644), descriptor)
    sys.argv = ["coplug", *words]
    try:
        coplug()
    except SystemExit as leaving:
        sys.stderr.flush()
        os._exit(leaving.code if isinstance(leaving.code, int) else 1 if leaving.code else 0)
    except BaseException:
        import traceback

        traceback.print_exc()
        sys.stderr.flush()
    os._exit(99)


def fault(outcome: Outcome, case: Case) -> str:
    """Say what is wrong with how a case ended, or ``""``."""
    lines = [line for line in outcome.errors.splitlines() if line.strip()]
    fine = (0, 1, 2, 130) if case.interrupted else (0, 1, 2)
    if outcome.status not in fine:
        return f"status {outcome.status} after {outcome.seconds:.0f} s"
    if "Traceback" in outcome.errors or "Exception ignored" in outcome.errors:
        return "a traceback"
    if outcome.status in (1, 2) and not 1 <= len(lines) <= MOST_LINES:
        return f"{len(lines)} lines"
    return ""


def input_cases(folder: Path) -> list[Case]:
    """Write the inputs, and return a case for each."""
    quick = ("--time-limit", "2", "--policy", "none", "--quiet")
    model = folder / "model.lp"
    model.write_text(MODEL)
    cases = [Case("lp", model, ("solve", "model.lp", *quick))]
    for suffix in ("mps", "cip", "opb", "fzn"):
        text = _other_format(suffix)
        (folder / f"model.{suffix}").write_text(text)
        cases.append(Case(suffix, folder / f"model.{suffix}", ("solve", f"model.{suffix}", *quick)))
    (folder / "start.sol").write_text("solution status: unknown\nobjective value: 8\nx 1\ny 1\nz 2\n")
    cases.append(Case("start", folder / "start.sol", ("solve", "model.lp", "--start", "start.sol", *quick)))
    (folder / "a.set").write_text("limits/nodes = 10\nseparating/maxrounds = 3\nlimits/gap = 0.1\n")
    cases.append(Case("settings", folder / "a.set", ("solve", "model.lp", "--set", "a.set", *quick)))
    run(("generate", "rb", "--size", "tiny", "--out", "."), folder)
    for suffix in ("g6", "col", "edgelist", "graphml", "graph"):
        run(("generate", "rb", "--size", "tiny", "--format", suffix, "--out", "."), folder)
        cases.append(_graph_case(folder / f"rb-tiny-0001.{suffix}"))
    for suffix, text in GRAPHS.items():
        (folder / f"graph.{suffix}").write_text(text)
        cases.append(_graph_case(folder / f"graph.{suffix}"))
    return cases


GRAPHS = {
    "mtx": "%%MatrixMarket matrix coordinate real general\n% a comment\n4 4 3\n1 2 1.5\n2 3 2\n4 3 -1\n",
    "gml": 'graph [\n node [ id 1 label "a" weight 2 ]\n node [ id 2 ]\n edge [ source 1 target 2 weight 3 ]\n]\n',
    "gr": "c arcs\np sp 4 3\na 1 2 5\na 2 3 1\na 3 4 2\n",
    "s6": ">>sparse6<<:Fa@x^\n",
    "clq": "c weighted\np col 4 3\nn 1 4\nn 2 10\ne 1 2\ne 2 3\ne 3 4\n",
}


MODEL = """\\ a comment
Minimize
 cost: 2 x + 3 y + 1.5 z - 0.5 w + 0 v
Subject To
 first: x + y + z >= 2
 second: 3 x - 2 y + z <= 7.5
 third: x + w - v = 1
Bounds
 z <= 4
 -3 <= w <= 3
 v free
General
 z
Binary
 x y
End
"""


def _graph_case(file: Path) -> Case:
    words = ("solve", file.name, "--problem", "mis", "--time-limit", "0.2", "--quiet")
    return Case(file.suffix[1:], file, words)


def _other_format(suffix: str) -> str:
    """Return a small model in another format."""
    import pyscipopt

    if suffix == "opb":
        return "* #variable= 3 #constraint= 2\nmin: 1 x1 2 x2 3 x3;\n1 x1 1 x2 >= 1;\n1 x2 1 x3 >= 1;\n"
    if suffix == "fzn":
        return "var 0..3: x;\nvar 0..1: y;\nconstraint int_lin_le([1,2],[x,y],4);\nsolve maximize x;\n"
    model = pyscipopt.Model()
    model.hideOutput()
    with tempfile.TemporaryDirectory() as folder:
        text = Path(folder) / "model.lp"
        text.write_text(MODEL)
        model.readProblem(str(text))
        path = Path(folder) / f"model.{suffix}"
        model.writeProblem(str(path), verbose=False)
        model.free()
        return path.read_text()


def artefact_cases(folder: Path) -> list[Case]:
    """Make the artefacts, and return a case for each of their files."""
    tiny = str(INSTANCES / "setcover-tiny-0001.lp")
    shutil.copytree(zoo_directory() / "setcover-gcnn", folder / "policy")
    shutil.copytree(zoo_directory() / "mis-comparator-rb", folder / "comparator")
    (folder / "g.col").write_text("p edge 5 5\ne 1 2\ne 2 3\ne 3 4\ne 4 5\ne 5 1\n")
    branched = ("solve", tiny, "--policy", "policy", "--node-limit", "2", "--quiet")
    graph = ("solve", "g.col", "--problem", "mis", "--policy", "comparator", "--time-limit", "1", "--quiet")
    compare = (
        "compare",
        tiny,
        "--policies",
        "none",
        "--seeds",
        "2",
        "--out",
        "runs.csv",
        "--time-limit",
        "5",
    )
    collect = ("collect", "branching", tiny, "--out", "samples", "--samples", "3", "--probability", "1")
    sizes = ("--set", "max_epochs=1", "--set", "epoch_steps=20")
    train = ("train", "hypergrid-gflownet", "--out", "run", *sizes)
    search = ("search", "extremal", "--nodes", "12", "--time-limit", "0.5", "--out", "found", "--quiet")
    for words in (compare, collect, train, search):
        _run_whole(words, folder)
    recipe = folder / "recipe.toml"
    recipe.write_text((folder / "run" / "recipe.toml").read_text())
    cases = [Case("recipe", recipe, ("train", "recipe.toml", "--out", "again"), interrupted=True)]
    commands: dict[str, tuple[str, ...]] = {
        "policy": branched,
        "comparator": graph,
        "runs": compare,
        "samples": collect,
        "run": (*train, "--resume"),
        "found": search,
    }
    for name, command in commands.items():
        parts = [folder / name] if name != "runs" else []
        files = [file for part in parts for file in sorted(part.rglob("*")) if file.is_file()]
        files += [folder / "runs.csv", folder / "runs.csv.conditions.json"] if name == "runs" else []
        ignored = (".md", ".jsonl~") if name != "samples" else (".md",)
        cases += [
            Case(f"{name}/{file.name[:24]}", file, command, interrupted=name == "run")
            for file in files
            if file.suffix not in ignored and "tfevents" not in file.name
        ]
    return cases


def _run_whole(words: tuple[str, ...], folder: Path) -> None:
    """Run a command on what is not damaged, for as long as compiling takes."""
    outcome = run(words, folder, limit_s=10 * LIMIT_S)
    if outcome.status != 0:
        raise SystemExit(f"coplug {' '.join(words)} failed ({outcome.status}): {outcome.errors}")


def drawn(cases: list[Case], count: int, rng: np.random.Generator) -> Iterator[Case]:
    """Yield cases in turn, in random order within a turn."""
    for turn in range(-(-count // len(cases))):
        for k in rng.permutation(len(cases))[: count - turn * len(cases)]:
            yield cases[int(k)]


def check(make: Callable[[Path], list[Case]], count: int, rng: np.random.Generator, keep: Path) -> int:
    """Run cases, print what is not fine, and return how many are not."""
    counts: Counter[str] = Counter()
    bad = 0
    with tempfile.TemporaryDirectory(prefix="coplug-damage-") as name:
        whole = Path(name) / "whole"
        whole.mkdir()
        cases = make(whole)
        for words in dict.fromkeys(case.words for case in cases if not case.interrupted):
            _run_whole(words, whole)
        for number, case in enumerate(drawn(cases, count, rng)):
            folder = Path(name) / f"case-{number}"
            shutil.copytree(whole, folder, ignore=shutil.ignore_patterns("stderr.txt"))
            file = folder / case.file.relative_to(whole)
            file.write_bytes(damaged(file.read_bytes(), rng))
            broken = file.read_bytes()
            outcome = run(case.words, folder, interrupted=case.interrupted)
            counts[str(outcome.status)] += 1
            if wrong := fault(outcome, case):
                bad += 1
                kept = keep / f"{number:04d}-{file.name}"
                keep.mkdir(parents=True, exist_ok=True)
                kept.write_bytes(broken)
                last = (outcome.errors.strip().splitlines() or [""])[-1]
                print(f"{case.name}: {wrong}: coplug {' '.join(case.words)} with {kept}: {last}", flush=True)
            shutil.rmtree(folder)
    print(f"{count} cases, {bad} not fine; statuses {dict(sorted(counts.items()))}", flush=True)
    return bad


def _load() -> None:
    """Import what the commands import, and load the kernels that they need, before any fork."""
    for module in ("comparison", "training.collect", "training.train", "problems.extremal.runs"):
        importlib.import_module(f"coplug.{module}")
    solve(INSTANCES / "setcover-tiny-0001.lp", policy="setcover-gcnn")
    for weights in ([1.0, 2.0, 3.0], None):
        graph = from_edges(3, np.array([(0, 1), (1, 2)]), node_weights=weights and np.array(weights))
        solve(graph, "mis", None, time_limit=0.1)


def main() -> None:
    """Run the cases and print what they found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--inputs", type=int, default=500)
    parser.add_argument("--artefacts", type=int, default=300)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--keep", type=Path, default=Path("damaged"))
    asked = parser.parse_args()
    _load()
    bad = 0
    for number, (make, count) in enumerate(((input_cases, asked.inputs), (artefact_cases, asked.artefacts))):
        if count:
            rng = np.random.default_rng([asked.seed, number])
            bad += check(make, count, rng, asked.keep)
    sys.exit(bad > 0)


if __name__ == "__main__":
    main()
