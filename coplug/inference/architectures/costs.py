"""Predictors of the costs of a linear program from contexts: see :mod:`coplug.problems.contextual_lp.predictors`."""

from __future__ import annotations

from math import comb

from coplug.inference.architecture import Architecture, Config, Shapes, linear

PROBLEM = "contextual-lp"

SIZES = {"n_contexts": 2**20, "n_costs": 2**22}

BUILDERS = "coplug.problems.contextual_lp.predictors"


def _scales(config: Config) -> Shapes:
    n_contexts: int = config["n_contexts"]
    return {"centre": (n_contexts,), "spread": (n_contexts,), "known": (config["n_costs"],)}


def polynomial_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of a predictor that is linear in products of contexts, a constant among them."""
    n_features = comb(config["n_contexts"] + config["degree"], config["degree"])
    return _scales(config) | {"weight": (config["n_costs"], n_features)}


def radial_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of a predictor that is linear in kernels of landmarks."""
    k = config["n_landmarks"]
    return _scales(config) | {
        "landmarks": (k, config["n_contexts"]),
        "gamma": (),
        "weight": (config["n_costs"], k),
    }


def network_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.cost_network.CostNetwork`."""
    shapes, n_in = _scales(config), config["n_contexts"]
    for layer in range(config["depth"]):
        shapes |= linear(f"layers.{layer}", n_in, config["width"])
        n_in = config["width"]
    return shapes | linear(f"layers.{config['depth']}", n_in, config["n_costs"])


polynomial_costs = Architecture(
    name="polynomial-costs",
    problem=PROBLEM,
    shapes=polynomial_shapes,
    sizes={**SIZES, "degree": 3},
    build=f"{BUILDERS}:build_polynomial",
)

radial_costs = Architecture(
    name="radial-costs",
    problem=PROBLEM,
    shapes=radial_shapes,
    sizes={**SIZES, "n_landmarks": 2**16},
    build=f"{BUILDERS}:build_radial",
)

network_costs = Architecture(
    name="network-costs",
    problem=PROBLEM,
    shapes=network_shapes,
    sizes={**SIZES, "width": 2**14, "depth": 64},
    build=f"{BUILDERS}:build_network",
    module="coplug.models.cost_network:CostNetwork",
)
