"""ICGNN, a homogeneous graph network of users for precoding and for power allocation (after Sun et al. 2024)."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes, linear

FEATURES = ("rate", "own", "step_s", "last_s", "last_g", "noise", "snr", "users", "error", "weight")
"""Of a user in a stage of precoding; :meth:`coplug.models.icgnn_precoding.IcgnnPrecoding` has their formulas."""

POWER_FEATURES = ("rate", "above_mean", "above_least", "price", "step", "noise", "aps", "users")
"""Of a user in a stage of power allocation; :meth:`coplug.models.icgnn_power.IcgnnPower` has their formulas."""

WIDTH, MESSAGE = 16, 8
"""Of what users know, and of a message, each way; fixed, so that both are one vector of the compiled kernels."""

LEAST = 1e-12
"""Added where a quotient or a logarithm could meet 0."""

LOG_RANGE = 8.0
"""Of what the network says, and of ``log s``, both ways."""


def stage_shapes(config: Config, n_features: int) -> Shapes:
    """Names and shapes of the tensors of all stages, each a :class:`coplug.models.icgnn.UserMessages`."""
    shapes: Shapes = {}
    for stage in range(config["n_stages"]):
        name = f"stages.{stage}"
        shapes |= linear(f"{name}.message", n_features, MESSAGE) | linear(f"{name}.own", n_features, WIDTH)
        shapes |= {f"{name}.{part}.weight": (WIDTH, MESSAGE) for part in ("suffered", "caused")}
        shapes |= linear(f"{name}.output", WIDTH, 2)
    return shapes


icgnn_precoding = Architecture(
    name="icgnn-precoding",
    problem="precoding",
    shapes=lambda config: stage_shapes(config, len(FEATURES)),
    sizes={"n_stages": 64},
    expected={"features": FEATURES, "width": WIDTH},
    build="coplug.inference.icgnn_precoding:build",
    module="coplug.models.icgnn_precoding:IcgnnPrecoding",
)

icgnn_power = Architecture(
    name="icgnn-power",
    problem="power",
    shapes=lambda config: stage_shapes(config, len(POWER_FEATURES)),
    sizes={"n_stages": 64},
    flags=("least_rate",),
    expected={"features": POWER_FEATURES, "width": WIDTH},
    build="coplug.inference.icgnn_power:build",
    module="coplug.models.icgnn_power:IcgnnPower",
)
