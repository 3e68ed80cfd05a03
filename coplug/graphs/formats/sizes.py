"""How many nodes a file may announce, and how large a file may be for the memory that is free."""

from __future__ import annotations

from pathlib import Path

from coplug.errors import InstanceError
from coplug.graphs.graph import MAX_NODES

PLAUSIBLE_NODES = 10_000_000
"""Files may announce so many nodes without edges; more only if they have a byte for every hundred of them."""

NODES_A_BYTE = 100

MEMORY_A_BYTE = 7
"""Bytes of memory that reading takes for each byte of a file, measured on edge lists of ten million lines."""

GZIP_RATIO = 4
"""Times its size that a gzipped graph file unpacks to, more or less."""

MEMINFO = Path("/proc/meminfo")


def check_size(n_nodes: int, data: bytes, where: str) -> None:
    """See that the nodes announced fit the file, before memory is asked for them.

    Raises
    ------
    InstanceError
        If they do not.
    """
    if n_nodes > MAX_NODES or n_nodes > max(PLAUSIBLE_NODES, NODES_A_BYTE * len(data)):
        raise InstanceError(
            f"{where}: it announces {n_nodes} nodes, too many for its {len(data)} bytes; correct the number"
        )


def check_memory(path: Path) -> None:
    """See that a file can be read within the memory that is free, where the system tells, before it is read.

    Raises
    ------
    InstanceError
        If it cannot.
    """
    free = free_memory()
    try:
        size = path.stat().st_size
    except OSError:
        return  # whoever reads it says why it cannot be read
    needed = MEMORY_A_BYTE * size * (GZIP_RATIO if path.suffix.lower() == ".gz" else 1)
    if free is not None and needed > free:
        raise InstanceError(
            f"{path} needs about {needed / 2**30:.1f} GiB of memory to be read, and {free / 2**30:.1f} GiB are free; "
            "free some, or take a part of the graph"
        )


def free_memory() -> int | None:
    """Return the bytes of memory that are free; None where the system does not say."""
    try:
        lines = MEMINFO.read_text().splitlines()
    except OSError:
        return None
    return next((1024 * int(line.split()[1]) for line in lines if line.startswith("MemAvailable:")), None)
