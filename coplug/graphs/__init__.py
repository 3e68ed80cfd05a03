"""Graph batches in ragged arrays, shared by environments, buffers and networks.

Importing this package imports numpy alone; torch, networkx, scipy and PyG when they are asked for.
"""

from coplug.graphs.batch import EdgeSet, GraphBatch, Graphs, Reference, collate, equal, one_graph
from coplug.graphs.check import check
from coplug.graphs.convert import from_networkx, from_scipy, to_networkx, to_scipy
from coplug.graphs.pyg import from_pyg, to_pyg
from coplug.graphs.ragged import Array, Ragged, concatenate, pointer

__all__ = [
    "Array",
    "EdgeSet",
    "GraphBatch",
    "Graphs",
    "Ragged",
    "Reference",
    "check",
    "collate",
    "concatenate",
    "equal",
    "from_networkx",
    "from_pyg",
    "from_scipy",
    "one_graph",
    "pointer",
    "to_networkx",
    "to_pyg",
    "to_scipy",
]
