"""Small environments, and networks that are tables: one row a state, so that any flow can be written down."""

import numpy as np
import torch

from coplug.problems.hypergrid import HyperGrid
from coplug.training.gflownet.exact import Exact
from coplug.training.gflownet.policy import Policy
from coplug.training.gflownet.trajectories import Trajectories


class Grid(HyperGrid):
    """A hypergrid whose states are encoded by their positions."""

    @property
    def n_features(self):
        return self.side**self.n_dimensions

    def encode(self, states):
        return np.eye(self.n_features, dtype=np.float32)[self.index(states)]


class Words:
    """Words of three bits, built by appending or prepending one: 0, 1 append it, 2, 3 prepend it, 4 stops.

    Only whole words may stop, and they must; two actions lead from the empty word to each word of one letter.
    """

    n_actions = 5
    length = 3

    def __init__(self):
        words = [()]
        for word in words:
            if len(word) < self.length:
                words += [(*word, 0), (*word, 1)]
        self._states = np.array([self._row(word) for word in words])
        self._positions = {tuple(row): i for i, row in enumerate(self._states)}
        self.n_features = len(words)

    def _row(self, word):
        return [*word, *[-1] * (self.length - len(word))]

    def _words(self, states):
        return [tuple(bit for bit in row if bit >= 0) for row in states.tolist()]

    def _array(self, words):
        return np.array([self._row(word) for word in words]).reshape(-1, self.length)

    def initial(self, n):
        return np.full((n, self.length), -1)

    def step(self, states, actions):
        pairs = zip(self._words(states), actions.tolist(), strict=True)
        return self._array([(*w, a) if a < 2 else (a - 2, *w) for w, a in pairs])

    def backward_step(self, states, actions):
        pairs = zip(self._words(states), actions.tolist(), strict=True)
        assert all((w[-1] == a) if a < 2 else (w[0] == a - 2) for w, a in pairs)
        pairs = zip(self._words(states), actions.tolist(), strict=True)
        return self._array([w[:-1] if a < 2 else w[1:] for w, a in pairs])

    def forward_mask(self, states):
        whole = states[:, -1] >= 0
        return np.column_stack([~whole, ~whole, ~whole, ~whole, whole])

    def backward_mask(self, states):
        rows = [[w[-1:] == (0,), w[-1:] == (1,), w[:1] == (0,), w[:1] == (1,)] for w in self._words(states)]
        return np.array(rows).reshape(-1, 4)

    def encode(self, states):
        return np.eye(self.n_features, dtype=np.float32)[self.index(states)]

    def log_reward(self, states):
        assert (states >= 0).all()
        return np.log(1.0 + states @ np.array([4.0, 2.0, 1.0]))

    def states(self):
        return self._states

    def index(self, states):
        return np.array([self._positions[tuple(row)] for row in states.tolist()], dtype=np.int64)


class Endless:
    """A line without enumeration: step on or stop, at most 5 times, with reward 1 + position."""

    n_actions = 2
    n_features = 1

    def initial(self, n):
        return np.zeros((n, 1), dtype=np.int64)

    def step(self, states, actions):
        return states + 1

    def backward_step(self, states, actions):
        return states - 1

    def forward_mask(self, states):
        return np.column_stack([states[:, 0] < 5, np.ones(len(states), dtype=bool)])

    def backward_mask(self, states):
        return states > 0

    def encode(self, states):
        return states.astype(np.float32)

    def log_reward(self, states):
        return np.log1p(states[:, 0])


class Table(torch.nn.Module):
    """A network in float64 with a row of numbers for each state."""

    def __init__(self, forward, backward, log_flow, log_z):
        super().__init__()
        self.forward_logits = torch.nn.Parameter(torch.as_tensor(forward))
        self.backward_logits = torch.nn.Parameter(torch.as_tensor(backward))
        self.log_flow = torch.nn.Parameter(torch.as_tensor(log_flow))
        self.log_z = torch.nn.Parameter(torch.as_tensor(log_z, dtype=torch.float64))

    def forward(self, features):
        row = features.argmax(dim=1)
        return self.forward_logits[row], self.backward_logits[row], self.log_flow[row]


ENVIRONMENTS = {"grid": lambda: Grid(side=3), "cube": lambda: Grid(n_dimensions=3, side=2), "words": Words}


def random_policy(environment, seed=0):
    rng = np.random.default_rng(seed)
    n, k = len(environment.states()), environment.n_actions
    network = Table(
        rng.standard_normal((n, k)), rng.standard_normal((n, k - 1)), rng.standard_normal(n), rng.normal()
    )
    return Policy(network, environment, torch.device("cpu"))


def solved_policy(environment, seed=0):
    """A policy whose flow is exactly that of a random P_B."""
    exact, policy = Exact(environment), random_policy(environment, seed)
    backward = policy.backward(exact.states)
    with np.errstate(divide="ignore"):
        edges = np.maximum(np.log(exact.edge_flows(backward)), -1e3)
    network = Table(
        edges,
        policy.network.backward_logits.detach().numpy(),
        np.log(exact.state_flows(backward)),
        exact.log_z,
    )
    return Policy(network, environment, policy.device)


def all_trajectories(environment):
    """Return every trajectory, as one batch."""
    finished, open_ends = [], [([environment.initial(1)], [])]
    for states, actions in open_ends:
        for action in np.flatnonzero(environment.forward_mask(states[-1])[0]):
            if action == environment.n_actions - 1:
                finished.append((states, [*actions, action]))
            else:
                after = environment.step(states[-1], np.array([action]))
                open_ends.append(([*states, after], [*actions, action]))
    longest = max(len(actions) for _, actions in finished)
    padding = [longest - len(actions) for _, actions in finished]
    return Trajectories(
        np.stack([np.concatenate([*s, *[s[-1]] * m]) for (s, _), m in zip(finished, padding, strict=True)]),
        np.stack([np.array([*a, *[a[-1]] * m]) for (_, a), m in zip(finished, padding, strict=True)]),
        np.array([len(actions) for _, actions in finished]),
        environment.log_reward(np.concatenate([states[-1] for states, _ in finished])),
    )
