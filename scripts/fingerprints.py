"""Measure by what ``auto`` recognises the families of the shipped branching policies.

    python scripts/fingerprints.py [FAMILY ...]

writes the ranges into ``config.json`` of ``models/zoo/FAMILY-gcnn`` and leaves the rest of the policy as it is.
"""

from __future__ import annotations

import argparse
from pathlib import Path
from tempfile import TemporaryDirectory

from coplug.families import generate_instances
from coplug.inference.weights import load_weights, save_weights
from coplug.inference.zoo import shipped, zoo_directory
from coplug.problems.milp.files import write_instance
from coplug.scip.fingerprint import root_metrics
from coplug.scip.ranges import Fingerprint, fingerprint

SEED = 7
SIZES = {"easy": 10, "medium": 4}
"""How many instances of each size are measured,"""

OTHER_SIZES = {"item_placement": {"easy": 10}, "load_balancing": {"easy": 5}}
"""and of families whose policies were made for one size."""


def family_fingerprint(family: str) -> Fingerprint:
    """Return by what the family's instances are recognised."""
    seen = []
    with TemporaryDirectory() as folder:
        for size, count in OTHER_SIZES.get(family, SIZES).items():
            for drawn in generate_instances(family, count, SEED, size):
                path = Path(folder) / f"{drawn.name}.mps.gz"
                write_instance(drawn.instance, path)
                metrics = root_metrics(path)
                seen += [metrics] if metrics is not None else []
    return fingerprint(seen)


def shipped_families() -> list[str]:
    """Return the families that have a shipped branching policy."""
    return [name.removesuffix("-gcnn") for name in sorted(shipped("milp"))]


def main() -> None:
    """Measure, show and write."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("families", nargs="*", default=shipped_families(), metavar="FAMILY")
    for family in parser.parse_args().families:
        directory = zoo_directory() / f"{family}-gcnn"
        tensors, config = load_weights(directory)
        ranges = family_fingerprint(family)
        save_weights(directory, tensors, config | {"fingerprint": ranges})
        print(family, ranges, flush=True)


if __name__ == "__main__":
    main()
