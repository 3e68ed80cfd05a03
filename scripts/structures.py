"""Measure the structure of instances that fingerprints must not take by mistake.

    python scripts/structures.py MIPLIB_FOLDER

writes ``coplug/fitting/known_structures.json``: the metrics of the folder's model files, and of some instances of each
of coplug's families of programs. Files whose constraints are not all linear are left out.
"""

from __future__ import annotations

import argparse
import json
from pathlib import Path

from coplug.families import family_names, generate_instances, load_family
from coplug.files import write_atomically
from coplug.problems.milp.files import PROGRAMS
from coplug.scip.build import build_model
from coplug.scip.problem import find_instances, read_model
from coplug.scip.problem_structure import problem_metrics

OUT = Path(__file__).parent.parent / "coplug" / "fitting" / "known_structures.json"
SIZES = ("tiny", "easy", "medium")
COUNT = 2
SEED = 11


def rounded(metrics: dict[str, float]) -> dict[str, float]:
    """Return metrics with the digits that fingerprints need."""
    return {name: float(f"{value:.6g}") for name, value in metrics.items()}


def of_files(folder: Path) -> dict[str, dict[str, float]]:
    """Return the metrics of a folder's files by their names."""
    found = {}
    for path in find_instances([folder]):
        model = read_model(Path(path))
        metrics = problem_metrics(model)
        model.free()
        if metrics is not None:
            found[Path(path).name.partition(".")[0]] = rounded(metrics)
    return found


def of_families() -> dict[str, dict[str, float]]:
    """Return the metrics of instances of all families of programs."""
    found = {}
    for family in family_names(PROGRAMS):
        for size in SIZES:
            if size not in load_family(family).sizes:
                continue
            for drawn in generate_instances(family, COUNT, SEED, size):
                model = build_model(drawn.instance)
                metrics = problem_metrics(model)
                model.free()
                assert metrics is not None
                found[drawn.name] = rounded(metrics)
        print(family, flush=True)
    return found


def main() -> None:
    """Measure and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("miplib", type=Path)
    folder = parser.parse_args().miplib
    document = {"miplib": of_files(folder), "families": of_families()}
    write_atomically(OUT, (json.dumps(document, indent=0) + "\n").encode())


if __name__ == "__main__":
    main()
