"""How to install an extra of this package, from wherever it was installed."""

from __future__ import annotations

import json
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from urllib.parse import unquote, urlsplit


def install_command(extra: str) -> str:
    """Return the command that adds an extra: by path where coplug came from a checkout or a file, else by name."""
    source = _source()
    if source is None:
        return f"pip install 'coplug[{extra}]'"
    place = "." if source == Path.cwd() else str(source)
    return f"pip install '{place}[{extra}]'"


def _source() -> Path | None:
    """Return the checkout, or the file, that coplug was installed from; None if it came from an index."""
    try:
        record = json.loads(distribution("coplug").read_text("direct_url.json") or "{}")
    except (PackageNotFoundError, ValueError):
        return None
    url = urlsplit(record.get("url", ""))
    path = Path(unquote(url.path))
    return path if url.scheme == "file" and path.exists() else None
