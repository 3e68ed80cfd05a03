"""Which instances teach, which choose, and which judge; and whether they are of one kind."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from coplug.errors import InstanceError
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


def split(paths: Sequence[str], seed: int, taught: Collection[str] = ()) -> Split:
    """Split instances at random; by their names alone, so that the same folder is split alike anywhere.

    Parameters
    ----------
    paths : sequence of str
        At least 4.
    seed : int
    taught : collection of str
        Paths of instances that taught or chose before: none of them judges.

    Raises
    ------
    InstanceError
        If fewer than two are left to judge by.
    """
    ordered = sorted(paths, key=lambda path: Path(path).name)
    shuffled = [ordered[i] for i in np.random.default_rng([seed, 17]).permutation(len(ordered)).tolist()]
    n_test = max(LEAST_TEST, round(TEST_SHARE * len(shuffled)))
    n_validation = max(LEAST_VALIDATION, round(VALIDATION_SHARE * len(shuffled)))
    judged = [path for path in shuffled if path not in taught][:n_test]
    if len(judged) < LEAST_TEST:
        raise InstanceError(
            f"earlier rounds learned from all but {len(judged)} of these instances; give at least {LEAST_TEST} new "
            "ones to judge by, or another --out"
        )
    rest = [path for path in shuffled if path not in judged]
    return Split(tuple(rest[n_validation:]), tuple(rest[:n_validation]), tuple(judged))


def largest_kind(metrics: Mapping[str, Mapping[str, float]]) -> tuple[list[str], list[str]]:
    """Return the paths of the largest group of instances that look alike, and the others, with a reason each.

    Two instances look alike if one is in the fingerprint that the other alone would give; those that are in the
    fingerprint of the whole group belong to it, too.
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
    differences = _differences(metrics, group)
    while alike_too := {path for path, lines in differences.items() if not lines}:
        group |= alike_too
        differences = _differences(metrics, group)
    others = [
        f"{path} is of another kind than most: {'; '.join(lines[:2])}" for path, lines in differences.items()
    ]
    return [path for path in paths if path in group], others


def _differences(metrics: Mapping[str, Mapping[str, float]], group: Collection[str]) -> dict[str, list[str]]:
    """Return in words by what each of the others is not within the fingerprint of a group."""
    ranges = fingerprint([metrics[path] for path in metrics if path in group])
    return {path: mismatches(ranges, found) for path, found in metrics.items() if path not in group}
