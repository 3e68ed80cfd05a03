"""The instances of a folder that can be tuned for, and a line for each that cannot."""

from __future__ import annotations

import hashlib
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from coplug.errors import InstanceError, UsageError
from coplug.scip.problem import find_instances
from coplug.scip.problem_structure import problem_metrics
from coplug.scip.solve import open_model

LEAST = 2
"""With fewer nothing can be held back to judge by."""


@dataclass(frozen=True)
class Instances:
    """What was found.

    Attributes
    ----------
    paths : tuple of str
        Absolute, sorted by name; each name once.
    metrics : mapping of str to mapping
        Of each path, see :func:`coplug.scip.problem_structure.problem_metrics`.
    digests : mapping of str to str
        Of the content of each path's file.
    left_out : tuple of str
        A line each.
    """

    paths: tuple[str, ...]
    metrics: dict[str, dict[str, float]]
    digests: dict[str, str]
    left_out: tuple[str, ...]

    @property
    def contents(self) -> dict[str, str]:
        """Digests by the files' names: work goes on with the same instances alone."""
        return {Path(path).name: digest for path, digest in self.digests.items()}


def usable_instances(given: Iterable[str | Path], least: int = LEAST) -> Instances:
    """Read instances, and leave out what cannot be used.

    Raises
    ------
    InstanceError
        If a path does not exist, a folder holds no model file, or too few can be used.
    UsageError
        If two have one name.
    """
    there = {Path(path).absolute(): Path(path) for path in find_instances([Path(path) for path in given])}
    paths = sorted(there.values(), key=lambda path: path.name)
    names = [path.name for path in paths]
    doubled = next((name for name in names if names.count(name) > 1), None)
    if doubled is not None:
        raise UsageError(f"two instances are called {doubled}; rename or leave out one")
    metrics: dict[str, dict[str, float]] = {}
    left_out = []
    first_of: dict[str, Path] = {}
    for path in paths:
        try:
            structure = _structure(path)
        except InstanceError as error:
            left_out.append(str(error))
            continue
        twin = first_of.setdefault(_digest(path), path)
        if twin == path:
            metrics[str(path.absolute())] = structure
        else:
            left_out.append(f"{path} is the same file as {twin}")
    if len(metrics) < least:
        reasons = f" ({len(left_out)} left out; the first: {left_out[0]})" if left_out else ""
        raise InstanceError(
            f"{len(metrics)} instance{'s' if len(metrics) != 1 else ''} can be used{reasons}; "
            f"give at least {least}, ten or more to learn something"
        )
    digests = {str(path.absolute()): digest for digest, path in first_of.items()}
    return Instances(tuple(metrics), metrics, digests, tuple(left_out))


def _digest(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()[:16]


def _structure(path: Path) -> dict[str, float]:
    """Return the structure of a mixed-integer linear program.

    Raises
    ------
    InstanceError
        If the file holds none.
    """
    with open_model(path) as model:
        found = problem_metrics(model)
        if found is None:
            raise InstanceError(f"{path} has constraints that are not linear, or none")
        if found["continuous_share"] == 1.0:
            raise InstanceError(f"{path} has no integer variables: nothing is branched on")
        return found
