"""The network that chooses the next node of an independent set; torch alone evaluates it."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes, linear

N_FEATURES = 4
"""What is known of a node before the first round."""


def policy_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.mis_policy.NodePolicy`."""
    width = config["width"]
    shapes = linear("embedding", N_FEATURES, width)
    for k in range(config["depth"]):
        shapes |= linear(f"rounds.{k}.own", width, width)
        shapes |= {f"rounds.{k}.{part}.weight": (width, width) for part in ("around", "whole")}
        shapes |= {f"rounds.{k}.norm.{part}": (width,) for part in ("weight", "bias")}
    shapes |= linear("score.0", width, width) | {"score.2.weight": (1, width)}
    return shapes | linear("value.0", width, width) | linear("value.2", width, 1)


mis_policy = Architecture(
    name="mis-policy",
    shapes=policy_shapes,
    sizes={"width": 4096, "depth": 1024},
    module="coplug.models.mis_policy:NodePolicy",
)
