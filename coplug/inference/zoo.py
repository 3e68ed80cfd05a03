"""Where the shipped weights are."""

from __future__ import annotations

import json
from pathlib import Path

from coplug.inference.weights import CONFIG_FILE


def zoo_directory() -> Path:
    """Return the directory that holds the shipped networks, one folder each."""
    import coplug.models.zoo as zoo

    return Path(zoo.__path__[0])


def shipped(architecture: str) -> dict[str, Path]:
    """Return the shipped networks of an architecture by name, with their directories."""
    found = {}
    for path in sorted(zoo_directory().glob(f"*/{CONFIG_FILE}")):
        if json.loads(path.read_text(encoding="utf-8")).get("architecture") == architecture:
            found[path.parent.name] = path.parent
    return found
