"""How many nodes a file may announce."""

from __future__ import annotations

from coplug.errors import InstanceError
from coplug.graphs.graph import MAX_NODES

PLAUSIBLE_NODES = 10_000_000
"""Files may announce so many nodes without edges; more only if they have a byte for every hundred of them."""

NODES_A_BYTE = 100


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
