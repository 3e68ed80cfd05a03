"""The multilayer perceptron of a GFlowNet on states with a fixed encoding; torch alone evaluates it."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes, linear


def mlp_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.gflownet_mlp.GFlowNetMLP`."""
    width, n_actions = config["width"], config["n_actions"]
    shapes: Shapes = {"log_z": ()} | linear("body.0", config["n_features"], width)
    for layer in range(1, config["depth"]):
        shapes |= linear(f"body.{2 * layer}", width, width)  # activations lie between
    shapes |= linear("forward_head", width, n_actions) | linear("flow_head", width, 1)
    return shapes | (linear("backward_head", width, n_actions - 1) if config["learned_backward"] else {})


gflownet_mlp = Architecture(
    name="gflownet-mlp",
    shapes=mlp_shapes,
    sizes={"n_features": 2**20, "n_actions": 2**20, "width": 2**14, "depth": 1024},
    flags=("learned_backward",),
    module="coplug.models.gflownet_mlp:GFlowNetMLP",
)
