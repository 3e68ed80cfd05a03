"""The GCNN of Gasse et al. 2019, which scores branching candidates of a MILP."""

from __future__ import annotations

from coplug.contracts.node import (
    COLUMN_FEATURES,
    FEATURE_VERSION,
    N_COLUMN_FEATURES,
    N_ROW_FEATURES,
    ROW_FEATURES,
)
from coplug.inference.architecture import Architecture, Config, Shapes, Tensors, linear


def gcnn_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.gcnn.GCNN`."""
    width = config["width"]
    shapes: Shapes = {}
    for side, n in (("row", N_ROW_FEATURES), ("column", N_COLUMN_FEATURES)):
        shapes |= _norm(f"{side}_norm", n) | linear(f"{side}_embedding.0", n, width)
        shapes |= linear(f"{side}_embedding.2", width, width)
    shapes |= _norm("edge_norm", 1)
    for side in ("to_rows", "to_columns"):
        shapes |= linear(f"{side}.left", width, width) | linear(f"{side}.final", width, width)
        shapes |= {f"{side}.edge.weight": (width, 1), f"{side}.right.weight": (width, width)}
        shapes |= {f"{side}.message_norm.scale": (1,), f"{side}.sum_norm.scale": (1,)}
        shapes |= linear(f"{side}.output.0", 2 * width, width) | linear(f"{side}.output.2", width, width)
    return shapes | linear("output.0", width, width) | {"output.2.weight": (1, width)}


def _norm(name: str, n: int) -> Shapes:
    return {f"{name}.shift": (n,), f"{name}.scale": (n,)}


def _fault(tensors: Tensors) -> str:
    """Say which scale is not positive: the kernel takes relu(scale * x) as scale * relu(x)."""
    for name, tensor in tensors.items():
        if name.endswith(".scale") and not (tensor > 0).all():
            return f"tensor {name} has a value of 0 or less; a scale is positive"
    return ""


gcnn = Architecture(
    name="gcnn",
    problem="milp",
    shapes=gcnn_shapes,
    sizes={"width": 4096},
    expected={
        "feature_version": FEATURE_VERSION,
        "column_features": COLUMN_FEATURES,
        "row_features": ROW_FEATURES,
    },
    fault=_fault,
    build="coplug.inference.gcnn:build",
    module="coplug.models.gcnn:GCNN",
)
