"""What a search for extremal graphs can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coplug.contracts.problem import Options
from coplug.options import option

METHODS = ("tabu", "climb", "both", "alphazero")
"""Ways to search; :mod:`coplug.problems.extremal.methods` has them."""


@dataclass(frozen=True, kw_only=True)
class ExtremalOptions(Options):
    """What a search for extremal graphs can be asked.

    Attributes
    ----------
    policy : Guide or None
        A network that says which flips are promising: a name, a directory, none, or auto, what the method takes.
    time_limit_s : float
        Seconds.
    nodes : int or None
        Nodes of the graph; those of a file's largest graph if not given.
    method : str
        How to search.
    curriculum : bool
        Search smaller sizes first, or start each time without edges.
    lengths : tuple of int
        Forbidden cycle lengths, within 3..8.
    target : int or None
        Stop at so many edges.
    from_archive : Path or None
        Start from these graphs, too; any sizes.
    out : Path
        Folder to write to; a search goes on from what is there.

    Raises
    ------
    UsageError
        If an option is out of range.
    """

    policy: object = option(None, flags=("--policy", "--guide"), metavar="NAME|DIR|none")
    time_limit_s: float = option(60.0, metavar="S", minimum=0)
    nodes: int | None = option(None, metavar="N")
    method: str = option("tabu", choices=METHODS)
    curriculum: bool = True
    lengths: tuple[int, ...] = option((3, 4), flags=("--forbid",), metavar="LENGTHS", example="3,4")
    target: int | None = option(None, metavar="EDGES")
    from_archive: Path | None = option(None, metavar="FILE.g6")
    out: Path = option(Path("runs/extremal"), metavar="DIR")
