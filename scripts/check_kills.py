"""Kill long commands again and again, and see that nothing but the step under way is lost.

``coplug collect``, ``train``, ``compare`` and ``search`` are started, killed by ``kill -9`` after a step or two or
while they start, and started again with the same words, as often as asked; then they run to their end. What they leave
is compared with what a run leaves that nobody killed: samples and weights to the bit, rows of results but for their
times, and of a search that the best graph never gets worse. What differs is printed, and then the exit status is 1.

    python scripts/check_kills.py [--kills 20] [--seed 0] [--only collect,train,compare,search]
"""

from __future__ import annotations

import argparse
import hashlib
import json
import signal
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from safetensors import safe_open

from coplug.comparison import read_runs
from coplug.training.shards import verify_shard

INSTANCES = Path(__file__).parents[1] / "instances"
TINY = (str(INSTANCES / "setcover-tiny-0001.lp"), str(INSTANCES / "auctions-tiny-0001.lp"))


@dataclass(frozen=True)
class Work:
    """A command that may be killed.

    Attributes
    ----------
    words : tuple of str
        To begin it, in a folder of its own.
    again : tuple of str
        To go on.
    journal : str
        The file that gets a line a step; empty where a command is killed at any time.
    left : callable
        Returns what it has left in its folder so far, by name; values do not change once they are there.
    may_grow : bool
        Whether a value may become larger instead.
    """

    words: tuple[str, ...]
    again: tuple[str, ...]
    journal: str
    left: Callable[[Path], dict[str, object]]
    may_grow: bool = False


def samples(folder: Path) -> dict[str, object]:
    """Return the finished episodes of a collection, and each one's samples as a checksum."""
    journal = folder / "samples" / "episodes.jsonl"
    if not journal.exists():
        return {}
    lines = [line for line in journal.read_bytes().splitlines(keepends=True) if line.endswith(b"\n")]
    episodes = {int(row["episode"]): int(row["samples"]) for row in map(json.loads, lines)}
    shards = {number: folder / "samples" / f"episode-{number:06d}.safetensors" for number in episodes}
    return {str(number): _checksum(shards[number]) for number, count in episodes.items() if count}


def _checksum(path: Path) -> object:
    """Return the checksum of a shard's arrays, which are seen to have it; the order of its header may differ."""
    if not path.exists():
        return "missing"
    verify_shard(path)
    with safe_open(path, framework="numpy") as file:
        return dict(file.metadata())


def weights(folder: Path) -> dict[str, object]:
    """Return the weights that a training has kept in the end, as a digest."""
    path = folder / "run" / "policy" / "model.safetensors"
    metrics = folder / "run" / "metrics.jsonl"
    epochs = metrics.read_text().count("\n") if metrics.exists() else 0
    return {"epochs": epochs} | ({"weights": _digest(path)} if path.exists() and epochs == EPOCHS else {})


EPOCHS = 30


def rows(folder: Path) -> dict[str, object]:
    """Return the runs of a comparison, without their times."""
    path = folder / "runs.csv"
    runs = read_runs(path) if path.exists() else []
    return {f"{r.instance} {r.seed} {r.policy}": (r.status, r.objective, r.nodes) for r in runs}


def edges(folder: Path) -> dict[str, object]:
    """Return the number of edges of the best graph that a search has found of each size."""
    from coplug.problems.extremal.archive import read_archive

    path = folder / "found" / "archive.g6"
    if not path.exists():
        return {}
    archive = read_archive(path, (3, 4), print)
    return {str(n): graph.n_edges for n in archive.sizes() if (graph := archive.get(n)) is not None}


def _digest(path: Path) -> str:
    return hashlib.sha256(path.read_bytes()).hexdigest()


_TRAIN = (
    *("train", "hypergrid-gflownet", "--out", "run", "--set", "epoch_steps=40"),
    *("--set", f"max_epochs={EPOCHS}", "--set", "checkpoint_s=0.2"),
)

WORKS = {
    "collect": Work(
        (
            *("collect", "branching", *TINY, "--out", "samples", "--samples", "100", "--seed", "3"),
            *("--probability", "0.7"),
        ),
        (),
        "samples/episodes.jsonl",
        samples,
    ),
    "train": Work(_TRAIN, (*_TRAIN, "--resume"), "run/metrics.jsonl", weights, may_grow=True),
    "compare": Work(
        ("compare", *TINY, "--out", "runs.csv", "--seeds", "15", "--settings", "gasse", "--policies", "none"),
        (),
        "runs.csv",
        rows,
    ),
    "search": Work(
        ("search", "extremal", "--nodes", "40", "--time-limit", "20", "--out", "found", "--quiet"),
        (),
        "",
        edges,
        may_grow=True,
    ),
}


def start(words: tuple[str, ...], folder: Path) -> subprocess.Popen[bytes]:
    """Start a command in its folder; what it prints goes to a file there."""
    with (folder / "printed.txt").open("ab") as printed:
        return subprocess.Popen(
            [sys.executable, "-m", "coplug", *words], cwd=folder, stdout=printed, stderr=printed
        )


def begun(work: Work, folder: Path) -> tuple[str, ...]:
    """Return the words to go on with, or those to begin where a kill came before anything was there."""
    return work.again if work.again and (folder / "run" / "recipe.toml").exists() else work.words


def wait_for_a_moment(
    process: subprocess.Popen[bytes], journal: Path | None, rng: np.random.Generator
) -> None:
    """Wait for a step or two and a moment more; one time in four only for some time of the start."""
    if journal is None or rng.random() < 0.25:
        time.sleep(float(rng.uniform(0.2, 4.0 if journal else PATIENCE_S)))
        return
    steps = _lines(journal) + int(rng.integers(1, 3))
    patience = time.monotonic() + float(rng.uniform(0.5, 1.0)) * PATIENCE_S
    while process.poll() is None and _lines(journal) < steps and time.monotonic() < patience:
        time.sleep(0.02)
    time.sleep(float(rng.uniform(0.0, 0.3)))


PATIENCE_S = 12.0
"""For a step; a search may find nothing new for long."""

MOST_STARTS = 3
"""For a kill: a command may have ended by itself before it."""


def _lines(path: Path) -> int:
    return path.read_bytes().count(b"\n") if path.exists() else 0


def lost(before: dict[str, object], after: dict[str, object], work: Work) -> list[str]:
    """Return the names of what a command had left and has no more, or another of."""
    return [
        name
        for name, value in before.items()
        if name not in after
        or (after[name] < value if work.may_grow and isinstance(value, int) else after[name] != value)  # type: ignore[operator] # ints
    ]


def check(name: str, work: Work, kills: int, rng: np.random.Generator) -> list[str]:
    """Kill a command, let it end, and return what is wrong with what it left."""
    with tempfile.TemporaryDirectory(prefix=f"coplug-kills-{name}-") as home:
        whole, killed = Path(home) / "whole", Path(home) / "killed"
        for folder in (whole, killed):
            folder.mkdir()
        if start(work.words, whole).wait() != 0:
            return [f"it fails by itself: {(whole / 'printed.txt').read_text()[-300:]}"]
        wrong: list[str] = []
        n_killed = 0
        for _ in range(MOST_STARTS * kills):
            if n_killed == kills:
                break
            before = work.left(killed)
            process = start(begun(work, killed), killed)
            wait_for_a_moment(process, killed / work.journal if work.journal else None, rng)
            process.send_signal(signal.SIGKILL)
            n_killed += process.wait() == -signal.SIGKILL
            after = work.left(killed)
            wrong += [f"lost {what} by a kill" for what in lost(before, after, work)]
        ended = start(begun(work, killed), killed).wait()
        printed = (killed / "printed.txt").read_text()
        if ended != 0 or "Traceback" in printed:
            wrong.append(f"the last run ended with {ended}: {printed[-300:]}")
        expected, found = work.left(whole), work.left(killed)
        if name != "search" and found != expected:
            wrong.append(f"it left {found}, expected {expected}")
        print(f"{name}: {n_killed} of {kills} starts killed, {len(wrong)} faults", flush=True)
        return wrong


def main() -> None:
    """Run the checks and print what they found."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--kills", type=int, default=20)
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--only", default=",".join(WORKS))
    asked = parser.parse_args()
    faults = 0
    for number, (name, work) in enumerate(WORKS.items()):
        if name in asked.only.split(","):
            wrong = check(name, work, asked.kills, np.random.default_rng([asked.seed, number]))
            faults += len(wrong)
            for line in wrong:
                print(f"{name}: {line}", flush=True)
    sys.exit(faults > 0)


if __name__ == "__main__":
    main()
