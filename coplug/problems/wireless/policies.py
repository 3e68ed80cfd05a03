"""The networks that are shipped, or in a directory of weights."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from coplug.contracts.problem import elsewhere
from coplug.errors import UnknownPolicyError


def listed(problem: str) -> dict[str, str]:
    """Return the networks of a problem by name, and ``none``, with a description each."""
    from coplug.inference.zoo import shipped

    return {"none": "classical methods alone"} | dict.fromkeys(shipped(problem), "shipped with coplug")


def network_of(problem: str, name: str) -> Any:
    """Read a network by the name of a shipped one, or a directory.

    Raises
    ------
    UnknownPolicyError
        If there is none of that name.
    WeightsError
        If it cannot be read, or is for another problem.
    """
    from coplug.inference.weights import load_network
    from coplug.inference.zoo import shipped

    known = shipped(problem)
    if name in known:
        return load_network(known[name], problem)[0]
    if Path(name).is_dir():
        return load_network(Path(name), problem)[0]
    raise UnknownPolicyError(
        f"policy {name!r} is unknown for {problem}{elsewhere(name)}; "
        f"choose one of: auto, none, {', '.join(known)}, or a directory of weights"
    )
