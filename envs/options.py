"""The options of ``reset``, checked."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from coplug.errors import UsageError


def checked_options(options: Mapping[str, Any] | None, known: Sequence[str]) -> dict[str, Any]:
    """Return the options of a reset, none for None.

    Raises
    ------
    UsageError
        If they are no mapping, or one is unknown.
    """
    if options is not None and not isinstance(options, Mapping):
        raise UsageError(
            f"options are a {type(options).__name__}; give a mapping"
            + (f", such as {{{known[0]!r}: ...}}" if known else ", or none: there are no options")
        )
    for name in options or {}:
        if name not in known:
            raise UsageError(f"reset has no option {name!r}; it knows: {', '.join(known) or 'none'}")
    return dict(options or {})
