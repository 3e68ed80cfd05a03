"""What the networks over pairs of nodes share: their input and heads, and that they guide the search for graphs."""

from __future__ import annotations

from coplug.inference.architecture import Shapes, linear

CHANNELS = (
    *("inside", "diagonal", "edge", "gain_1", "gain_0", "gain_minus_1", "gain", "banned"),
    *("degree_sum", "degree_difference", "gap", "steps_left", "density"),
)
"""What :meth:`coplug.problems.extremal.game.ExtremalGame.encode` says about each pair of nodes, in this order."""

FEATURE_VERSION = 1
"""Of :data:`CHANNELS`; weights belong to one version."""

INPUT = {"feature_version": FEATURE_VERSION, "channels": CHANNELS}
SIZES = {"width": 1024, "depth": 256}
"""What a configuration says of the input, and the largest sizes."""


def entry_shapes(width: int) -> Shapes:
    """Names and shapes of the first map, from the channels of the input."""
    return linear("entry", len(CHANNELS), width)


def head_shapes(width: int) -> Shapes:
    """Names and shapes of the heads, :class:`coplug.models.pair_network.PairHeads`."""
    heads: Shapes = {"norm.weight": (width,), "policy_outer.weight": (1, width)}
    heads |= linear("policy_inner", width, width) | linear("value_pair", width, width)
    heads |= linear("value_inner", 2 * width, width) | linear("value_outer", width, 1)
    return {f"heads.{name}": shape for name, shape in heads.items()}
