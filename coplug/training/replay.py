"""A buffer of the newest graphs, from which training batches are drawn."""

from __future__ import annotations

from typing import Any

import numpy as np
import torch

from coplug.errors import UsageError
from coplug.graphs import EdgeSet, GraphBatch, Graphs, Ragged, Reference, collate
from coplug.graphs.ragged import pointer


class ReplayBuffer:
    """Keeps the last ``capacity`` graphs that were added; what is learned from a graph is among its extras.

    Adding costs nothing but the new graphs: old ones are dropped as whole as they were added.

    Parameters
    ----------
    capacity : int
        At least 1.
    """

    def __init__(self, capacity: int) -> None:
        if capacity < 1:
            raise UsageError(f"a replay buffer needs room for at least one graph, not {capacity}")
        self.capacity = capacity
        self._added: list[Graphs] = []

    def __len__(self) -> int:
        return min(sum(len(batch) for batch in self._added), self.capacity)

    def add(self, graphs: Graphs) -> None:
        """Add graphs, the last of which counts as the newest."""
        if len(graphs) == 0:
            return
        self._added.append(graphs)
        total = sum(len(batch) for batch in self._added)
        while total - len(self._added[0]) >= self.capacity:
            total -= len(self._added.pop(0))

    def sample(self, n: int, rng: np.random.Generator) -> Graphs:
        """Draw ``n`` graphs with replacement; they come in the order in which they were added.

        Raises
        ------
        UsageError
            If the buffer is empty.
        """
        size = len(self)
        if size == 0:
            raise UsageError("the replay buffer is empty; add graphs before drawing from it")
        ptr = pointer([len(batch) for batch in self._added])
        drawn = np.sort(rng.integers(ptr[-1] - size, ptr[-1], size=n))
        cuts = np.searchsorted(drawn, ptr)
        parts = [
            batch.take(drawn[first:last] - start)
            for batch, start, first, last in zip(self._added, ptr[:-1], cuts[:-1], cuts[1:], strict=True)
            if first < last
        ]
        return collate(parts)

    def state(self) -> list[dict[str, Any]]:
        """Return the contents for a checkpoint."""
        return [to_state(batch) for batch in self._added]

    def load_state(self, state: list[dict[str, Any]]) -> None:
        """Take over what :meth:`state` returned."""
        self._added = [from_state(batch) for batch in state]


def to_state(graphs: Graphs) -> dict[str, Any]:
    """Return a batch as nested dicts of tensors and names, for :func:`coplug.training.checkpoint.save_checkpoint`."""
    tensors = graphs.map(torch.from_numpy)
    return {
        "nodes": {name: _parts(r) for name, r in tensors.nodes.items()},
        "edges": {
            name: {
                "source": e.source,
                "target": e.target,
                "index": e.index,
                "ptr": e.ptr,
                "features": e.features,
            }
            for name, e in tensors.edges.items()
        },
        "extras": {name: _parts(r) for name, r in tensors.extras.items()},
        "references": {name: [r.nodes, _parts(r.positions)] for name, r in tensors.references.items()},
    }


def from_state(state: dict[str, Any]) -> Graphs:
    """Return the batch that :func:`to_state` was given."""
    tensors = GraphBatch(
        {name: Ragged(**parts) for name, parts in state["nodes"].items()},
        {
            name: EdgeSet(edges["source"], edges["target"], edges["index"], edges["ptr"], edges["features"])
            for name, edges in state["edges"].items()
        },
        {name: Ragged(**parts) for name, parts in state["extras"].items()},
        {name: Reference(nodes, Ragged(**parts)) for name, (nodes, parts) in state["references"].items()},
    )
    return tensors.to_numpy()


def _parts(ragged: Ragged[Any]) -> dict[str, Any]:
    return {"values": ragged.values, "ptr": ragged.ptr}
