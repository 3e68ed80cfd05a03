"""The residual network over pairs of nodes that the Pairformer is compared with; torch alone evaluates it."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes
from coplug.inference.architectures.pairs import INPUT, SIZES, entry_shapes, head_shapes


def resnet_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.pair_resnet.PairResNet`."""
    c = config["width"]
    shapes = entry_shapes(c)
    for k in range(config["depth"]):
        block = f"blocks.{k}"
        shapes[f"{block}.norm.weight"] = (c,)
        for name in ("inner", "outer"):
            shapes |= {f"{block}.{name}.weight": (c, c, 3, 3), f"{block}.{name}.bias": (c,)}
    return shapes | head_shapes(c)


pair_resnet = Architecture(
    name="pair-resnet",
    shapes=resnet_shapes,
    sizes=SIZES,
    expected=INPUT,
    module="coplug.models.pair_resnet:PairResNet",
)
