"""The perceptrons that route packets: what they see, and their shapes."""

from __future__ import annotations

from coplug.inference.architecture import Architecture, Config, Shapes, linear

TENSILE = ("distance_node", "distance_neighbour", "stretch_node", "stretch_neighbour")
"""Of the paper: distances to the destination, and the way over each as a multiple of the straight line."""

FORWARDER = (
    "hop",
    "slack",
    "turn",
    "progress",
    "remaining",
    "slack_over_best",
    "turn_over_best",
    "supporters",
    "supporters_ahead",
    "degree",
)
"""What a node that knows where its neighbours are sees of one of them; lengths are in radii, counts in fives or tens.

``slack`` is what the way over the neighbour adds to the straight line, ``turn`` 1 less the cosine of the angle between
neighbour and destination, ``remaining`` ends at 5 radii and is a fifth of it; ``supporters`` are the other neighbours
within a radius of this one."""

FRONTIER = (
    "remaining",
    "heard_neighbours",
    "nearest_heard",
    "progress_of_heard",
    "degree_at_start",
    "slack",
    "turn",
    "supporters_ahead",
)
"""What a packet with a map knows of a node of its frontier; lengths are in radii, counts in tens.

Heard neighbours are those whose links are on the map. ``progress_of_heard`` is how much nearer to the destination the
best of them is; ``degree_at_start`` is the mean over the nodes that the origin told; ``slack`` and ``turn`` are seen
from the heard neighbour for which the way over the node adds least to the straight line; ``supporters_ahead`` are, in
fives, its neighbours within a radius that are nearer to the destination, asked only where nodes know one hop."""


def _shapes(n_features: int, config: Config) -> Shapes:
    width, second = config["width"], config["second_width"]
    shapes = linear("first", n_features, width) | linear("second", width, second) | linear("last", second, 1)
    return shapes | {"skip": (n_features,)}


def forwarder_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.routing.ForwarderScorer`."""
    return _shapes(len(FORWARDER), config) | linear("value", len(FORWARDER), 1)


def explorer_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.routing.ExplorerScorer`."""
    return _shapes(len(FRONTIER), config)


def tensile_shapes(config: Config) -> Shapes:
    """Names and shapes of the tensors of :class:`coplug.models.routing.TensileScorer`."""
    return _shapes(len(TENSILE), config)


_SIZES = {"width": 1024, "second_width": 1024}
_BUILD = "coplug.problems.routing.learned:build"

routing_forwarder = Architecture(
    name="routing-forwarder",
    shapes=forwarder_shapes,
    problem="routing",
    sizes=_SIZES,
    expected={"features": FORWARDER, "feature_version": 1},
    build=_BUILD,
    module="coplug.models.routing:ForwarderScorer",
)

routing_explorer = Architecture(
    name="routing-explorer",
    shapes=explorer_shapes,
    problem="routing",
    sizes=_SIZES,
    flags=("two_hops",),
    expected={"features": FRONTIER, "feature_version": 1},
    build=_BUILD,
    module="coplug.models.routing:ExplorerScorer",
)

routing_tensile = Architecture(
    name="routing-tensile",
    shapes=tensile_shapes,
    problem="routing",
    sizes=_SIZES,
    expected={"features": TENSILE, "feature_version": 1},
    build=_BUILD,
    module="coplug.models.routing:TensileScorer",
)
