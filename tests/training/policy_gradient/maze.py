"""A small MDP with graph observations whose optimal returns are known."""

from __future__ import annotations

import json

import numpy as np
import torch
from torch import nn

from coplug.contracts.episodes import Observation, Step
from coplug.graphs import collate, one_graph
from coplug.models.segments import segment_sum

N_NODES = 8
DISCOUNT = 0.95
HORIZON = 12


class Walk:
    """Walk on a random graph with costs, from node 0 to the goal, the last node.

    Each node has a cost in [0.1, 1]; the reward of a move is minus the cost of the node it enters, and 2 more at the
    goal, where the episode ends. After ``horizon`` moves it is cut off. The observation is the whole graph, with each
    node's cost, discounted distance to the goal (a hint that makes the task learnable by a small network), and whether
    the walker is there; the actions are the neighbours.
    """

    def __init__(self, horizon: int = HORIZON, hint: bool = True) -> None:
        self.horizon, self.hint = horizon, hint

    def reset(self, seeds):
        self.worlds = [World(seed, self.hint) for seed in seeds]
        self.waiting = np.arange(len(seeds))
        return self.observe()

    def observe(self):
        return Observation(collate([self.worlds[k].graph() for k in self.waiting]), self.waiting)

    def step(self, actions):
        worlds = [self.worlds[k] for k in self.waiting]
        rewards = np.array([w.move(a) for w, a in zip(worlds, actions, strict=True)])
        terminated = np.array([w.at == N_NODES - 1 for w in worlds])
        truncated = np.array([w.moves >= self.horizon for w in worlds]) & ~terminated
        last = [w.graph() for w, cut in zip(worlds, truncated, strict=True) if cut]
        self.waiting = self.waiting[~(terminated | truncated)]
        return Step(
            rewards,
            terminated,
            truncated,
            collate(last) if last else None,
            self.observe() if len(self.waiting) else None,
        )


class World:
    def __init__(self, seed, hint=True):
        rng = np.random.default_rng(seed)
        self.costs = rng.uniform(0.1, 1.0, N_NODES)
        adjacency = rng.random((N_NODES, N_NODES)) < 0.3
        adjacency |= np.eye(N_NODES, k=1, dtype=bool)  # a path, so that the goal can be reached
        self.adjacency = (adjacency | adjacency.T) & ~np.eye(N_NODES, dtype=bool)
        self.at, self.moves = 0, 0
        self.values = self.optimal_values()
        self.shown = self.values if hint else np.zeros(N_NODES)

    def optimal_values(self):
        """Value iteration for the undiscounted problem without a horizon."""
        values = np.full(N_NODES, -1e3)
        values[-1] = 0.0
        for _ in range(2 * N_NODES):
            enter = -self.costs + 2.0 * (np.arange(N_NODES) == N_NODES - 1) + values
            best = np.where(self.adjacency, enter, -np.inf).max(1)
            values[:-1] = np.maximum(values, best)[:-1]
        return values

    def move(self, action):
        self.at = int(np.flatnonzero(self.adjacency[self.at])[action])
        self.moves += 1
        return -self.costs[self.at] + 2.0 * (self.at == N_NODES - 1)

    def graph(self):
        here = np.arange(N_NODES) == self.at
        goal = np.arange(N_NODES) == N_NODES - 1
        features = np.stack([self.costs, self.shown, here, goal], 1).astype(np.float32)
        edges = np.stack(np.nonzero(self.adjacency))
        return one_graph(
            {"node": features},
            {"edge": ("node", "node", edges, None)},
            references={"actions": ("node", np.flatnonzero(here @ self.adjacency))},
        )


class Network(nn.Module):
    """One round of messages, a score for each node, and a value from the walker's node."""

    def __init__(self, width: int = 32) -> None:
        super().__init__()
        self.embed = nn.Sequential(nn.Linear(4, width), nn.ReLU(), nn.Linear(width, width), nn.ReLU())
        self.merge = nn.Sequential(nn.Linear(2 * width, width), nn.ReLU())
        self.score = nn.Linear(width, 1)
        self.value = nn.Linear(width, 1)

    def forward(self, graphs):
        nodes, edges = graphs.nodes["node"], graphs.edges["edge"]
        h = self.embed(nodes.values)
        heard = segment_sum(h[edges.index[0]], edges.index[1], len(h))
        h = self.merge(torch.cat([h, heard / N_NODES], 1))
        at = torch.nonzero(nodes.values[:, 2])[:, 0]
        positions = graphs.references["actions"].positions.values
        return self.score(h)[positions, 0], self.value(h)[at, 0]

    def export(self, directory, info):
        directory.mkdir(parents=True, exist_ok=True)
        (directory / "info.json").write_text(json.dumps(info))


def best_return(seeds):
    """Mean optimal undiscounted return over the given seeds."""
    return float(np.mean([World(seed).values[0] for seed in seeds]))
