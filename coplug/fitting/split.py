"""Which instances teach, which choose, and which judge; and whether they are of one kind."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coplug.scip.ranges import fingerprint, mismatches

TEST_SHARE, VALIDATION_SHARE = 0.3, 0.2
LEAST_TEST, LEAST_VALIDATION = 2, 1


@dataclass(frozen=True)
class Split:
    """Paths of instances.

    Attributes
    ----------
    train : tuple of str
        Settings race on them, and samples come from them.
    validation : tuple of str
        They choose among trained networks.
    test : tuple of str
        They decide, at the end only.
    """

    train: tuple[str, ...]
    validation: tuple[str, ...]
    test: tuple[str, ...]

    @property
    def sizes(self) -> str:
        """How many there are of each, in words."""
        return f"{len(self.train)} to learn from, {len(self.validation)} to choose by, {len(self.test)} to judge by"


def split(paths: Sequence[str], seed: int) -> Split:
    """Split instances at random; by their names alone, so that the same folder is split alike anywhere.

    Parameters
    ----------
    paths : sequence of str
        At least 4.
    seed : int
    """
    ordered = sorted(paths, key=lambda path: Path(path).name)
    shuffled = [ordered[i] for i in np.random.default_rng([seed, 17]).permutation(len(ordered)).tolist()]
    n_test = max(LEAST_TEST, round(TEST_SHARE * len(shuffled)))
    n_validation = max(LEAST_VALIDATION, round(VALIDATION_SHARE * len(shuffled)))
    judged, rest = shuffled[:n_test], shuffled[n_test:]
    return Split(tuple(rest[n_validation:]), tuple(rest[:n_validation]), tuple(judged))


def largest_kind(metrics: Mapping[str, Mapping[str, float]]) -> tuple[list[str], list[str]]:
    """Return the paths of the largest group of instances that look alike, and the others, with a reason each.

    Two instances look alike if one is in the fingerprint that the other alone would give.
    """
    paths = list(metrics)
    alike = {
        path: [other for other in paths if not mismatches(fingerprint([metrics[path]]), metrics[other])]
        for path in paths
    }
    group: set[str] = set()
    for path in paths:
        reached, front = {path}, [path]
        while front:
            new = [other for other in alike[front.pop()] if other not in reached]
            reached.update(new)
            front += new
        group = reached if len(reached) > len(group) else group
    kept = [path for path in paths if path in group]
    ranges = fingerprint([metrics[path] for path in kept])
    others = [
        f"{path} is of another kind than most: {'; '.join(mismatches(ranges, metrics[path])[:2]) or 'its structure'}"
        for path in paths
        if path not in group
    ]
    return kept, others
