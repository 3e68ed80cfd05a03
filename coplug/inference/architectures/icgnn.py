"""ICGNN, a homogeneous graph network of users for precoding and for power allocation (after Sun et al. 2024)."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes, linear

FEATURES = ("rate", "own", "step_s", "last_s", "last_g", "noise", "snr", "users", "error", "weight")
"""Of a user in a stage of precoding; :meth:`coplug.models.icgnn_precoding.IcgnnPrecoding` has their formulas."""

START_FEATURES = ("gain", "coupling", "snr", "users", "error", "weight")
"""Of a user before a learned start, from the Gram matrix; the formulas are in the same place."""

CG_FEATURES = (*FEATURES, "residual", "diagonal")
"""Of a user in a stage without an inverse; the formulas are in :mod:`coplug.models.icgnn_precoding_cg`."""

CG_OUTPUTS = 3
"""Of a user in such a stage: changes of ``log s``, of ``log g``, and of the logarithm of the preconditioner."""

POWER_FEATURES = ("rate", "above_mean", "above_least", "price", "step", "noise", "aps", "users")
"""Of a user in a stage of power allocation; :meth:`coplug.models.icgnn_power.IcgnnPower` has their formulas."""

WIDTH, MESSAGE = 16, 8
"""Of what users know, and of a message, each way; fixed, so that both are one vector of the compiled kernels."""

LEAST = 1e-12
"""Added where a quotient or a logarithm could meet 0."""

LOG_RANGE = 8.0
"""Of what the network says, and of ``log s``, both ways."""


def user_messages(name: str, n_features: int, n_outputs: int = 2) -> Shapes:
    """Names and shapes of the tensors of a :class:`coplug.models.icgnn.UserMessages`."""
    shapes = linear(f"{name}.message", n_features, MESSAGE) | linear(f"{name}.own", n_features, WIDTH)
    shapes |= {f"{name}.{part}.weight": (WIDTH, MESSAGE) for part in ("suffered", "caused")}
    return shapes | linear(f"{name}.output", WIDTH, n_outputs)


def stage_shapes(config: Config, n_features: int, n_outputs: int = 2) -> Shapes:
    """Names and shapes of the tensors of all stages."""
    shapes: Shapes = {}
    for stage in range(config["n_stages"]):
        shapes |= user_messages(f"stages.{stage}", n_features, n_outputs)
    return shapes


def _precoding_shapes(config: Config) -> Shapes:
    start = user_messages("start", len(START_FEATURES)) if config["learned_start"] else {}
    return start | stage_shapes(config, len(FEATURES))


icgnn_precoding = Architecture(
    name="icgnn-precoding",
    problem="precoding",
    shapes=_precoding_shapes,
    sizes={"n_stages": 64},
    flags=("learned_start",),
    expected={"features": FEATURES, "width": WIDTH},
    build="coplug.inference.icgnn_precoding:build",
    module="coplug.models.icgnn_precoding:IcgnnPrecoding",
)

icgnn_precoding_cg = Architecture(
    name="icgnn-precoding-cg",
    problem="precoding",
    shapes=lambda config: (
        stage_shapes(config, len(CG_FEATURES), CG_OUTPUTS)
        | {"paces": (config["n_stages"], config["n_steps"])}
    ),
    sizes={"n_stages": 64, "n_steps": 64},
    expected={"features": CG_FEATURES, "width": WIDTH},
    build="coplug.inference.icgnn_precoding_cg:build",
    module="coplug.models.icgnn_precoding_cg:IcgnnPrecodingCg",
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
