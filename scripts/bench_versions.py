"""Compare the speed of two checkouts of coplug, command by command, in turn.

Each figure is work by CPU second of a whole process, start-up left out where it does not belong, of commands that both
versions have. The two take turns, and the order within a pair changes from pair to pair, so a machine that drifts
disturbs both alike. A ratio is the other version's speed over this one's: above 1 this one is slower. Its interval is
a bootstrap of the median over pairs.

    python scripts/bench_versions.py PYTHON_OF_THE_OTHER [--pairs 20] [--figures mis tabu]

``PYTHON_OF_THE_OTHER`` is the interpreter of a virtual environment in which the other version is installed.
"""

from __future__ import annotations

import argparse
import json
import os
import resource
import statistics
import subprocess
import sys
import tempfile
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

INSTANCES = Path(__file__).resolve().parent.parent / "instances"
BOOTSTRAPS = 10_000


@dataclass(frozen=True)
class Version:
    """An installed coplug: its interpreter, and a folder of its own for kernels and files."""

    python: str
    folder: Path

    def run(self, *words: str) -> tuple[float, str]:
        """Run a ``coplug`` command; return CPU seconds of the process, and what it printed."""
        environment = os.environ | {
            "NUMBA_CACHE_DIR": str(self.folder / "kernels"),
            "OMP_NUM_THREADS": "1",
            "PYTHONPATH": "",
        }
        before = _child_seconds()
        done = subprocess.run(
            [self.python, "-m", "coplug", *words],
            env=environment,
            cwd=self.folder,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SystemExit(f"{' '.join(words)} with {self.python} ended with {done.stderr.strip()}")
        return _child_seconds() - before, done.stdout

    def document(self, *words: str) -> tuple[float, dict[str, Any]]:
        """Run a command with ``--json``; return CPU seconds, and the document."""
        seconds, text = self.run(*words, "--json", "--quiet")
        document: dict[str, Any] = json.loads(text)
        return seconds, document


def _child_seconds() -> float:
    usage = resource.getrusage(resource.RUSAGE_CHILDREN)
    return usage.ru_utime + usage.ru_stime


def start_up(version: Version) -> float:
    """Return starts a second: a model that is solved at once."""
    model = version.folder / "model.lp"
    model.write_text("minimize\n obj: x + y\nsubject to\n c: 2 x + 2 y >= 3\nbinary\n x y\nend\n")
    return 1.0 / version.document("solve", str(model))[0]


def help_page(version: Version) -> float:
    """Return ``coplug --help`` a second."""
    return 1.0 / version.run("--help")[0]


def solve(version: Version) -> float:
    """Return solves a second of a set cover by its policy, the first of a process."""
    return (
        1.0
        / version.document("solve", str(INSTANCES / "setcover-tiny-0001.lp"), "--policy", "setcover-gcnn")[0]
    )


def policy_calls(version: Version) -> float:
    """Return decisions a second of the policy's own time: a state read and a forward pass each."""
    policy = version.document(
        "solve", str(INSTANCES / "setcover-easy-0001.lp.gz"), "--policy", "setcover-gcnn"
    )[1]["policy"]
    return float(policy["calls"] / policy["time_s"])


def mis(version: Version) -> float:
    """Return steps of local search a CPU second, in a second of an RB graph, start-up among them."""
    graph = version.folder / "graphs" / "rb-hard-0001.g6"
    if not graph.exists():
        version.run(
            "generate", "rb", "--size", "hard", "--count", "1", "--seed", "3", "--out", str(graph.parent)
        )
    seconds, document = version.document(
        "solve", str(graph), "--problem", "mis", "--policy", "none", "--time-limit", "1"
    )
    return float(document["steps"] / seconds)


def tabu(version: Version) -> float:
    """Return flips a CPU second of the tabu search for extremal graphs, in two seconds, start-up among them."""
    with tempfile.TemporaryDirectory(dir=version.folder) as out:
        words = ("--nodes", "64", "--time-limit", "2", "--no-curriculum", "--out", out)
        seconds, document = version.document("search", "extremal", *words)
    return float(document["flips"] / seconds)


def training(recipe: str, *settings: str) -> Callable[[Version], float]:
    """Return a figure: epochs a second of a recipe, by its own log."""

    def figure(version: Version) -> float:
        with tempfile.TemporaryDirectory(dir=version.folder) as out:
            words = [word for setting in (*settings, f"out={out}/run") for word in ("--set", setting)]
            return 1.0 / version.run("train", recipe, *words)[0]

    return figure


FIGURES: dict[str, Callable[[Version], float]] = {
    "start-up": start_up,
    "help": help_page,
    "first solve": solve,
    "policy": policy_calls,
    "mis": mis,
    "tabu": tabu,
    "ppo": training(
        "independent-set-ppo", "epoch_steps=3", "max_epochs=1", "evaluation_episodes=4", "device=cpu"
    ),
    "gflownet": training("hypergrid-gflownet", "epoch_steps=300", "max_epochs=1", "device=cpu"),
}


def interval(ratios: list[float]) -> tuple[float, float]:
    """Return the 95 % bootstrap interval of the median."""
    rng = np.random.default_rng(0)
    drawn = rng.choice(np.array(ratios), (BOOTSTRAPS, len(ratios)))
    low, high = np.percentile(np.median(drawn, axis=1), [2.5, 97.5])
    return float(low), float(high)


def main() -> None:
    """Run and print the table, a row as soon as it is complete."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("other", help="interpreter of the other version")
    parser.add_argument("--pairs", type=int, default=20)
    parser.add_argument("--figures", nargs="+", choices=list(FIGURES), default=list(FIGURES))
    arguments = parser.parse_args()
    print("| figure | other / this, median of pairs | 95 % interval |\n|---|---|---|")
    with tempfile.TemporaryDirectory() as folder:
        versions = []
        for name, python in (("this", sys.executable), ("other", arguments.other)):
            (Path(folder) / name).mkdir()
            versions.append(Version(python, Path(folder) / name))
        this, other = versions
        for name in arguments.figures:
            figure = FIGURES[name]
            figure(this), figure(other)  # compiles
            ratios = []
            for pair in range(arguments.pairs):
                order = (this, other) if pair % 2 else (other, this)
                speed = {version.python: figure(version) for version in order}
                ratios.append(speed[other.python] / speed[this.python])
            low, high = interval(ratios)
            print(f"| {name} | {statistics.median(ratios):.3f} | {low:.3f} to {high:.3f} |", flush=True)


if __name__ == "__main__":
    main()
