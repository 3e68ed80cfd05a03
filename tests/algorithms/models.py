"""Small problems with known solutions."""

import itertools
from dataclasses import dataclass, field
from functools import cache

import numpy as np

from coplug.contracts.model import Evaluation, Transition


@dataclass
class TableModel:
    """A decision process given by tables; a state is its number. Cycles are allowed."""

    successor: np.ndarray
    rewards: np.ndarray
    terminal: np.ndarray
    logits: np.ndarray
    values: np.ndarray
    legal: np.ndarray
    steps: list = field(default_factory=list)

    @property
    def n_actions(self):
        return self.logits.shape[1]

    def step(self, states, actions):
        assert self.legal[states, actions].all()
        assert not self.terminal[states].any()
        self.steps.append(list(zip(states.tolist(), actions.tolist(), strict=True)))
        reached = self.successor[states, actions]
        return Transition(reached, self.rewards[states, actions], self.terminal[reached])

    def evaluate(self, states):
        assert not self.terminal[states].any()
        return Evaluation(self.logits[states], self.values[states], self.legal[states])


def random_table(seed, n_states=12, n_actions=4, masked=0.0, ended=0.2):
    """Draw a process. State 0 has not ended and has a legal action; others may have none."""
    rng = np.random.default_rng(seed)
    legal = rng.random((n_states, n_actions)) >= masked
    legal[0, rng.integers(n_actions)] = True
    terminal = rng.random(n_states) < ended
    terminal[0] = False
    return TableModel(
        successor=rng.integers(n_states, size=(n_states, n_actions)),
        rewards=rng.normal(size=(n_states, n_actions)),
        terminal=terminal,
        logits=rng.normal(size=(n_states, n_actions)),
        values=rng.normal(size=n_states),
        legal=legal,
    )


def bandits(q_values, logits):
    """Return a model of one-step episodes: state i has rewards ``q_values[i]``, and the value of its policy."""
    n, n_actions = q_values.shape
    priors = np.exp(logits) / np.exp(logits).sum(axis=1, keepdims=True)
    return TableModel(
        successor=np.full((n + 1, n_actions), n),
        rewards=np.vstack([q_values, np.zeros(n_actions)]),
        terminal=np.arange(n + 1) == n,
        logits=np.vstack([logits, np.zeros(n_actions)]),
        values=np.append((priors * q_values).sum(axis=1), 0.0),
        legal=np.ones((n + 1, n_actions), dtype=bool),
    )


def full_tree(seed, depth, n_actions, scale=1.0, shift=0.0):
    """Return a complete tree with rewards at its leaves only; rewards and values go through scale and shift."""
    rng = np.random.default_rng(seed)
    n_inner = sum(n_actions**d for d in range(depth))
    n_states = n_inner + n_actions**depth
    successor = np.arange(1, n_inner * n_actions + 1).reshape(n_inner, n_actions)
    successor = np.vstack([successor, np.zeros((n_states - n_inner, n_actions), dtype=int)])
    terminal = np.arange(n_states) >= n_inner
    rewards = np.where(terminal[successor], rng.normal(size=successor.shape) * scale + shift, 0.0)
    return TableModel(
        successor=successor,
        rewards=rewards,
        terminal=terminal,
        logits=rng.normal(size=(n_states, n_actions)),
        values=rng.normal(size=n_states) * scale + shift,
        legal=np.ones((n_states, n_actions), dtype=bool),
    )


class TicTacToe:
    """Nine squares: 1 is the player to move, -1 the other. Evaluated as equal, without preference."""

    n_actions = 9
    lines = np.array([[0, 1, 2], [3, 4, 5], [6, 7, 8], [0, 3, 6], [1, 4, 7], [2, 5, 8], [0, 4, 8], [2, 4, 6]])

    def step(self, states, actions):
        boards = states.copy()
        boards[np.arange(len(boards)), actions] = 1
        won = (boards[:, self.lines].sum(axis=2) == 3).any(axis=1)
        return Transition(-boards, won.astype(float), won | (boards != 0).all(axis=1))

    def evaluate(self, states):
        return Evaluation(np.zeros(states.shape), np.zeros(len(states)), states == 0)


@cache
def minimax(board):
    """Return the value of each square for the player to move; taken squares have None."""
    model, values = TicTacToe(), []
    for square in range(9):
        if board[square]:
            values.append(None)
            continue
        move = model.step(np.array([board]), np.array([square]))
        after = tuple(int(x) for x in move.states[0])
        future = 0 if move.terminal[0] else -max(v for v in minimax(after) if v is not None)
        values.append(int(move.rewards[0]) + future)
    return tuple(values)


def random_boards(seed, n):
    """Draw positions that random players reach and in which the game goes on."""
    rng, model, boards = np.random.default_rng(seed), TicTacToe(), []
    while len(boards) < n:
        board = np.zeros((1, 9), dtype=np.int8)
        for _ in range(rng.integers(1, 7)):
            move = model.step(board, rng.choice(np.flatnonzero(board[0] == 0), size=1))
            if move.terminal[0]:
                break
            board = move.states
        else:
            boards.append(board[0])
    return np.array(boards)


class Knapsack:
    """Take or leave one item after the other: a state is (next item, room left).

    Valued by nothing, or by the bound of Dantzig (1957): the best of what is left fills the room, in parts.
    """

    n_actions = 2

    def __init__(self, seed, n_items, valued=False):
        rng = np.random.default_rng(seed)
        self.valued = valued
        self.worth = rng.integers(1, 30, n_items)
        self.weight = rng.integers(1, 30, n_items)
        self.root = np.array([[0, self.weight.sum() // 2]])

    def step(self, states, actions):
        item, room = states.T
        after = np.stack([item + 1, room - actions * self.weight[item]], axis=1)
        return Transition(after, (actions * self.worth[item]).astype(float), item + 1 == len(self.worth))

    def evaluate(self, states):
        item, room = states.T
        fits = self.weight[item] <= room
        values = [self.bound(*state) if self.valued else 0.0 for state in states]
        return Evaluation(
            np.zeros((len(states), 2)), np.array(values), np.stack([np.ones_like(fits), fits], 1)
        )

    def bound(self, item, room):
        left = np.arange(item, len(self.worth))
        left = left[np.argsort(-self.worth[left] / self.weight[left])]
        used = np.minimum(
            self.weight[left], np.maximum(room - self.weight[left].cumsum() + self.weight[left], 0)
        )
        return float((self.worth[left] * used / self.weight[left]).sum())

    def optimum(self):
        choices = np.array(list(itertools.product([0, 1], repeat=len(self.worth))))
        return (choices @ self.worth)[choices @ self.weight <= self.root[0, 1]].max()
