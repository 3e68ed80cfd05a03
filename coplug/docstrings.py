"""What a class says of its attributes, read from its docstring in numpy's style."""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterable, Sequence

_ROLE = re.compile(r":\w+(?::\w+)?:`~?(?:[\w.]+\.)?(\w+)`")
_ENTRY = re.compile(r"(?P<names>[\w, ]+) : .+")


def attribute_texts(documented: type) -> dict[str, str]:
    """Return what a class, and those it derives from, say of each attribute, without markup."""
    texts: dict[str, str] = {}
    for parent in reversed(documented.__mro__):
        texts |= _section(inspect.cleandoc(parent.__dict__.get("__doc__") or "").splitlines())
    return texts


def _section(lines: Sequence[str]) -> dict[str, str]:
    """Read the section Attributes of a docstring in numpy's style."""
    if "Attributes" not in lines:
        return {}
    found: dict[str, list[str]] = {}
    current: list[str] = []
    begin = lines.index("Attributes") + 2
    for line, following in zip(lines[begin:], [*lines[begin + 1 :], ""], strict=True):
        if following and set(following) == {"-"}:  # the title of the next section
            break
        entry = _ENTRY.fullmatch(line)
        if entry or re.fullmatch(r"\w+", line):
            current = []
            names = entry["names"] if entry else line
            found |= {name.strip(): current for name in names.split(",")}
        else:
            current.append(line.strip())
    return {name: _plain(text) for name, text in found.items()}


def _plain(lines: Iterable[str]) -> str:
    text = " ".join(lines).strip()
    return _ROLE.sub(r"\1", text).replace("``", "")
