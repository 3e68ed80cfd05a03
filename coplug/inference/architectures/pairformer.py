"""The network over all pairs of nodes that guides the search for extremal graphs."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes
from coplug.inference.architectures.pairs import INPUT, SIZES, entry_shapes, head_shapes

NORMS = ("norm", "triangle_norm", "transition_norm")
MAPS = ("left", "right", "triangle", "row", "inner", "outer")
"""The normalisations and the maps of a block, in their order."""


def pairformer_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.pairformer.Pairformer`."""
    c = config["width"]
    shapes = entry_shapes(c)
    for k in range(config["depth"]):
        block = f"blocks.{k}"
        shapes |= {f"{block}.{name}.weight": (c,) for name in NORMS}
        shapes |= {f"{block}.{name}.weight": (c, c) for name in MAPS}
        shapes[f"{block}.inner.bias"] = (c,)
    return shapes | head_shapes(c)


pairformer = Architecture(
    name="pairformer",
    problem="extremal",
    shapes=pairformer_shapes,
    sizes=SIZES,
    expected=INPUT,
    build="coplug.inference.pairformer:build",
    module="coplug.models.pairformer:Pairformer",
)
