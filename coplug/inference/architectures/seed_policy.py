"""The network that chooses the next seed of a diffusion."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes, linear

N_FEATURES = 7
"""Of a node; :mod:`coplug.problems.influence.node_features` says what they are."""


def seed_policy_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.seed_policy.SeedPolicy`."""
    width = config["width"]
    shapes = linear("embedding", N_FEATURES, width)
    for k in range(config["depth"]):
        shapes |= linear(f"rounds.{k}.own", width, width) | {f"rounds.{k}.around.weight": (width, width)}
    shapes |= linear("score.0", width, width) | {"score.2.weight": (1, width)}
    return shapes | linear("value.0", width, width) | linear("value.2", width, 1)


seed_policy = Architecture(
    name="seed-policy",
    problem="influence",
    shapes=seed_policy_shapes,
    sizes={"width": 256, "depth": 16},
    build="coplug.inference.seed_policy:build",
    module="coplug.models.seed_policy:SeedPolicy",
)
