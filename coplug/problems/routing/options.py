"""What a solve of routing can be asked."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from coplug.contracts.problem import Options
from coplug.errors import UsageError
from coplug.options import option


@dataclass(frozen=True, kw_only=True)
class RoutingOptions(Options):
    """What a solve of routing can be asked.

    Attributes
    ----------
    policy : object
        auto: what was measured to be best, a packet with a map and nodes that know two hops; none: the best way without
        learning; or a name or directory of weights.
    origin : str or None
        Route from this node.
    dest : str or None
        To this one.
    method : str
        auto: the policy; else a way without learning, by its name.
    weights : str
        What a route pays for a link: distance, hops, or the column or attribute of the links that says.
    radius : float or None
        Link the nodes within it, whatever links the file has.
    geometry : str
        Of positions: plane, or hyperbolic for native coordinates; auto: what the file says, else plane.
    links : Path or None
        Links of a CSV file of positions: a CSV file with source and target.
    eps : float
        How much longer than the best an accurate route may be, as a share.
    pairs : int or None
        Judge so many pairs, drawn by the seed; all if not given.
    failed : float
        Share of links, drawn by the seed, that fail after tables were made and before packets are sent.
    moved : float
        Nodes move after tables were made, by normal steps of so many radii.
    tables : Path or None
        Write where each node forwards packets into this directory.
    repair : Path or None
        Read such tables, repair them for the network as it is, and route by them.

    Raises
    ------
    UsageError
        If an option is out of range, or options do not fit together.
    """

    origin: str | None = option(None, flags=("--from",), metavar="NODE")
    dest: str | None = option(None, flags=("--to",), metavar="NODE")
    method: str = option("auto", metavar="NAME")
    weights: str = option("distance", metavar="distance|hops|COLUMN")
    radius: float | None = option(None, metavar="R", minimum=0)
    geometry: str = option("auto", choices=("auto", "plane", "hyperbolic"))
    links: Path | None = option(None, metavar="FILE.csv")
    eps: float = option(0.05, metavar="E", minimum=0)
    pairs: int | None = option(None, metavar="N", minimum=1)
    failed: float = option(0.0, metavar="SHARE", minimum=0, maximum=1)
    moved: float = option(0.0, metavar="S", minimum=0)
    tables: Path | None = option(None, metavar="DIR")
    repair: Path | None = option(None, metavar="DIR")

    def __post_init__(self) -> None:
        super().__post_init__()
        if (self.origin is None) != (self.dest is None):
            raise UsageError("one end of a route is missing; give both --from and --to, or neither")
        if self.origin is not None and self.pairs is not None:
            raise UsageError("--pairs judges many pairs; leave it out with --from and --to")
        if self.links is not None and self.radius is not None:
            raise UsageError("--links and --radius both say which nodes are linked; give one of them")
        if self.repair is not None and self.method != "auto":
            raise UsageError("--repair routes by the tables that it repairs; leave --method out")
