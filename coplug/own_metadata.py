"""Which of several metadata of coplug speaks for the code that runs.

Python takes what comes first on its path. In a checkout, as for ``python -m``, that is what an older installation left
there in ``coplug.egg-info``, which may know nothing of today's entry points.
"""

from __future__ import annotations

import json
from importlib.metadata import Distribution, EntryPoint, EntryPoints, distributions
from pathlib import Path
from typing import Any

NAME = "coplug"
_ROOT = Path(__file__).absolute().parents[1]
_GROUP = "coplug.problems"
"""Every version that has entry points has some in this group."""


def own_entry_points() -> EntryPoints | None:
    """Return the entry points of the code that runs, None where there is but one installation to ask.

    Those of metadata beside the code, or of an editable installation of it, go first, and among them the newest.
    """
    found = list(distributions(name=NAME))
    if len(found) < 2:
        return None
    ordered = sorted(found, key=lambda one: (_is_of_this_code(one), _written_s(one)), reverse=True)
    complete = (one.entry_points for one in ordered if one.entry_points.select(group=_GROUP))
    return next(complete, ordered[0].entry_points)


def is_of_another(entry: EntryPoint) -> bool:
    """Tell whether an entry point is of another package than coplug."""
    owner: Any = entry.dist
    return owner is None or owner.name != NAME


def _is_of_this_code(found: Distribution) -> bool:
    """Tell whether metadata are beside the code that runs, or of an editable installation of it."""
    if Path(str(found.locate_file(NAME))).resolve() == (_ROOT / NAME).resolve():
        return True
    try:
        source = json.loads(found.read_text("direct_url.json") or "{}")["url"]
    except (ValueError, LookupError, TypeError):
        return False
    return source in (_ROOT.as_uri(), _ROOT.resolve().as_uri())


def _written_s(found: Distribution) -> float:
    """Return when entry points were written; 0 if there are none."""
    folder: Any = getattr(found, "_path", None)  # no public name tells the folder
    try:
        return float(Path(str(folder), "entry_points.txt").stat().st_mtime)
    except OSError:
        return 0.0
