"""Kill ``coplug tune`` or ``coplug fit`` by ``kill -9`` at random moments, and see that nothing but a solve is lost.

One run goes through; another one, in a folder of its own, is killed and started again with the same words as often as
asked, and then runs to its end. Times differ from run to run, and with them which settings are tried. So this is seen:
no whole line of the journal is ever lost; solves that ended with a proof in both runs have the same optimum and as many
nodes; both runs end, with exit status 0; and what each of them decided is printed.

    python scripts/check_fit_kills.py tune|fit INSTANCES [--kills 10] [--budget 30s] [--seed 0]
"""

from __future__ import annotations

import argparse
import json
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import numpy as np

Key = tuple[str, str, int]
JOURNALS = {"tune": "best.set.solves.jsonl", "fit": "best.fit/round-01/solves.jsonl"}
OUTS = {"tune": "best.set", "fit": "best"}


def command(kind: str, instances: Path, folder: Path, budget: str) -> list[str]:
    """Return the words of a run in a folder."""
    out = str(folder / OUTS[kind])
    return [sys.executable, "-m", "coplug", kind, str(instances), "--budget", budget, "--out", out]


def solves(path: Path) -> dict[Key, Any]:
    """Return status, optimum and nodes of a journal's whole lines."""
    if not path.exists():
        return {}
    lines = [line for line in path.read_bytes().splitlines(keepends=True)[1:] if line.endswith(b"\n")]
    found = {}
    for entry in map(json.loads, lines):
        solve = entry["solve"]
        key = entry["settings"], solve["instance"], solve["seed"]
        found[key] = solve["status"], solve["objective"], solve["nodes"]
    return found


def killed(
    kind: str, instances: Path, folder: Path, budget: str, kills: int, rng: np.random.Generator
) -> int:
    """Run with kills; returns how many faults were seen."""
    journal, faults = folder / JOURNALS[kind], 0
    before: dict[Key, Any] = {}
    for k in range(kills):
        process = subprocess.Popen(command(kind, instances, folder, budget), stdout=subprocess.DEVNULL)
        deadline = time.monotonic() + 600.0
        n = len(before) + int(rng.integers(1, 4))
        while process.poll() is None and len(solves(journal)) < n and time.monotonic() < deadline:
            time.sleep(0.2)
        time.sleep(float(rng.random()))
        process.kill()
        process.wait()
        after = solves(journal)
        lost = [key for key in before if key not in after]
        faults += len(lost)
        print(f"kill {k + 1}: {len(after)} solves kept, {len(lost)} lost", flush=True)
        before = after
    return faults


def main() -> None:
    """Run, kill, and compare."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("kind", choices=JOURNALS)
    parser.add_argument("instances", type=Path)
    parser.add_argument("--kills", type=int, default=10)
    parser.add_argument("--budget", default="30s")
    parser.add_argument("--seed", type=int, default=0)
    arguments = parser.parse_args()
    kind, rng = arguments.kind, np.random.default_rng(arguments.seed)
    with tempfile.TemporaryDirectory() as first, tempfile.TemporaryDirectory() as second:
        whole, parts = Path(first), Path(second)
        faults = killed(kind, arguments.instances, parts, arguments.budget, arguments.kills, rng)
        for folder in (whole, parts):
            words = command(kind, arguments.instances, folder, arguments.budget)
            done = subprocess.run(words, capture_output=True, text=True, check=False)
            faults += done.returncode != 0
            print("\n".join(done.stdout.splitlines()[-3:]) or done.stderr, flush=True)
        one, other = solves(whole / JOURNALS[kind]), solves(parts / JOURNALS[kind])
    both = [key for key in one if key in other and one[key][0] == other[key][0] == "optimal"]
    differing = [key for key in both if one[key] != other[key]]
    print(f"{len(both)} solves in both runs, {len(differing)} differ; {faults} faults")
    sys.exit(bool(differing or faults))


if __name__ == "__main__":
    main()
