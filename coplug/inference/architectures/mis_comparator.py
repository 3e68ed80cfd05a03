"""The comparator of Brusca et al. 2023, which estimates the size of a largest independent set."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes, linear

WIDTH = 32
"""Of all embeddings; fixed, so that the compiler unrolls the loops over it. Brusca et al., section 5: D = 32."""


def comparator_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.comparator.ComparatorNetwork`."""
    shapes: Shapes = {"rounds.0.bias": (WIDTH,), "scale": ()}
    for number in (1, 2):
        shapes |= {f"rounds.{number}.{part}.weight": (WIDTH, WIDTH) for part in ("own", "near", "far")}
        shapes |= {f"rounds.{number}.bias": (WIDTH,)}
    for number in range(3):
        shapes |= {f"rounds.{number}.norm.{part}": (WIDTH,) for part in ("weight", "bias")}
    return shapes | linear("hidden", WIDTH, WIDTH) | linear("output", WIDTH, 1)


mis_comparator = Architecture(
    name="mis-comparator",
    problem="mis",
    shapes=comparator_shapes,
    expected={"width": WIDTH},
    build="coplug.inference.comparator:build",
    module="coplug.models.comparator:ComparatorNetwork",
)
