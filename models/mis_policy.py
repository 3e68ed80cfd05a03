"""A network that chooses the next node of an independent set, for policy gradients and for GFlowNets."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn

from coplug.graphs import GraphBatch, Graphs
from coplug.inference.architectures.mis_policy import N_FEATURES
from coplug.inference.weights import load_weights

from .neighbour_sum import neighbour_sum
from .segments import segment_ids, segment_mean, segment_sum
from .weights_directory import export_network, load_module, take_over

VALUE_SCALE = 1 / 16
"""The critic sums over nodes; an independent set of the graphs it learns from has about a tenth of them."""


class Round(nn.Module):
    """A residual round of message passing that knows its graph's mean.

    ``h + relu(norm(own h + around sum_{N(v)} h_u / sqrt(1 + d(v)) + whole mean_G h))``: between a sum, which tells
    degrees, and a mean, which stays small where degrees are large.

    Parameters
    ----------
    width : int
    """

    def __init__(self, width: int) -> None:
        super().__init__()
        self.own = nn.Linear(width, width)
        self.around = nn.Linear(width, width, bias=False)
        self.whole = nn.Linear(width, width, bias=False)
        self.norm = nn.LayerNorm(width)

    def forward(
        self, hidden: Tensor, ptr: Tensor, neighbours: Tensor, scale: Tensor, graph: Tensor, n_graphs: int
    ) -> Tensor:
        """Return new embeddings, shape (n_nodes, width); arguments as :meth:`NodePolicy.embed` computes them."""
        around = neighbour_sum(hidden, ptr, neighbours) * scale
        mean = self.whole(segment_mean(hidden, graph, n_graphs))
        mixed = self.own(hidden) + self.around(around) + mean[graph]
        return hidden + torch.relu(self.norm(mixed))


class NodePolicy(nn.Module):
    """Scores the nodes that are left of a graph, and estimates how many more a set will get.

    Takes the observations of :class:`coplug.problems.mis.episodes.IndependentSetEpisodes`. It is an
    :class:`~coplug.training.policy_gradient.rollout.ActorCritic`.

    Parameters
    ----------
    width : int
        Of the embeddings; ignored with ``weights``.
    depth : int
        Rounds of message passing; ignored with ``weights``.
    weights : str
        Weights directory of a policy to start from; none if empty.

    Raises
    ------
    WeightsError
        If the weights cannot be read.
    """

    def __init__(self, width: int = 32, depth: int = 3, weights: str = "") -> None:
        super().__init__()
        if weights:
            tensors, config = load_weights(weights, "mis-policy")
            width, depth = config["width"], config["depth"]
        self.sizes = {"width": width, "depth": depth}
        self.embedding = nn.Linear(N_FEATURES, width)
        self.rounds = nn.ModuleList(Round(width) for _ in range(depth))
        self.score = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1, bias=False))
        self.value = nn.Sequential(nn.Linear(width, width), nn.ReLU(), nn.Linear(width, 1))
        if weights:
            take_over(self, tensors)

    def forward(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """Return logits of all nodes, shape (n_nodes,), and values, shape (n_graphs,), 0 for an empty graph."""
        hidden, graph = self.embed(graphs)
        values = segment_sum(self.value(hidden)[:, 0], graph, graphs.n_graphs) * VALUE_SCALE
        return self.score(hidden)[:, 0], values

    def embed(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor]:
        """Return the embedding of each node, shape (n_nodes, width), and its graph, int64, shape (n_nodes,)."""
        nodes, edges = graphs.nodes["node"], graphs.edges["edge"]
        n_nodes, n_graphs = len(nodes.values), graphs.n_graphs
        graph = segment_ids(nodes.ptr, n_nodes)
        degrees = nodes.values[:, 0]
        ptr = torch.cat([edges.ptr.new_zeros(1), degrees.long().cumsum(0)])
        sizes = nodes.ptr.diff().to(degrees.dtype)[graph]
        hidden = torch.relu(self.embedding(_features(degrees, sizes)))
        scale = (1 + degrees).rsqrt()[:, None]
        for layer in self.rounds:
            hidden = layer(hidden, ptr, edges.index[1], scale, graph, n_graphs)
        return hidden, graph

    def export(self, directory: str | Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory: ``model.safetensors``, and ``config.json`` with the sizes and ``info``.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, "mis-policy", self.sizes, training=dict(info))


def _features(degrees: Tensor, sizes: Tensor) -> Tensor:
    """Return what is known of each node, float, shape (n_nodes, N_FEATURES)."""
    return torch.stack(
        [degrees.log1p() / 4, 1 / (1 + degrees), degrees / sizes.clamp(min=1), sizes.log1p() / 6], dim=1
    )


def load(directory: str | Path) -> tuple[NodePolicy, dict[str, Any]]:
    """Read what :meth:`NodePolicy.export` wrote: the network, and all of ``config.json``.

    Raises
    ------
    WeightsError
        If a file is missing or cannot be read, or is not of this architecture.
    """
    network, config = load_module(directory, "mis-policy")
    assert isinstance(network, NodePolicy)
    return network, config


class NodeFlow(nn.Module):
    """A :class:`NodePolicy` as the network of a GFlowNet with uniform P_B.

    It is a :class:`~coplug.training.gflownet.policy.Network` for
    :class:`coplug.problems.mis.dag.IndependentSetDag`, by ``db`` or ``subtb`` with ``forward_looking``: the
    flow of a graph of which nothing is left is 1.

    Parameters
    ----------
    n_features : int
        Of a node; ignored, as the features are made from the degrees.
    n_actions : int
    width, depth : int
        See :class:`NodePolicy`.
    flow_scale : float
        The log flow is so many times the policy's value, about ``beta``.

    Attributes
    ----------
    log_z : Parameter, shape ()
        Not used: each graph has its own.
    """

    def __init__(
        self, n_features: int, n_actions: int, width: int = 32, depth: int = 3, flow_scale: float = 8.0
    ) -> None:
        super().__init__()
        self.n_actions = n_actions
        self.flow_scale = flow_scale
        self.policy = NodePolicy(width, depth)
        self.log_z = nn.Parameter(torch.zeros(()))

    def forward(self, graphs: GraphBatch[Tensor]) -> tuple[Tensor, Tensor, Tensor]:
        """Return forward logits (n, n_actions), backward logits (n, n_actions - 1), all 0, and log F (n,)."""
        logits, values = self.policy(graphs)
        numbers = graphs.extras["numbers"]
        place = segment_ids(numbers.ptr, len(logits)), numbers.values
        forward = logits.new_zeros(graphs.n_graphs, self.n_actions).index_put(place, logits)
        return forward, logits.new_zeros(graphs.n_graphs, self.n_actions - 1), values * self.flow_scale

    def export(self, directory: str | Path, info: Mapping[str, Any]) -> None:
        """Write the policy; see :meth:`NodePolicy.export`."""
        self.policy.export(directory, info)


def node_scores(network: NodePolicy, graphs: Graphs) -> NDArray[np.float32]:
    """Return the logits of all nodes of a numpy batch, float32, shape (n_nodes,)."""
    device = next(network.parameters()).device
    with torch.no_grad():
        logits: Tensor = network(graphs.to_torch(device))[0]
    return logits.cpu().numpy()
