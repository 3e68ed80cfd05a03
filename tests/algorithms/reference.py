"""Tree search with node objects, one root and one leaf at a time: slow, plain, and written apart from coplug's.

Of equal scores the edge of higher prior wins, then the lower action.
"""

import math

import numpy as np


class Node:
    """A state and what happened below it. ``children[action]`` is None until the action is tried."""

    def __init__(self, model, state, reward, ended):
        self.state, self.reward, self.returns = state, reward, []
        self.value, self.priors, self.children = 0.0, {}, {}
        if ended:
            return
        evaluation = model.evaluate(np.array([state]))
        legal = np.flatnonzero(evaluation.legal[0])
        weights = np.exp(evaluation.logits[0, legal])
        self.value = float(evaluation.values[0])
        self.priors = dict(zip(legal.tolist(), (weights / weights.sum()).tolist(), strict=True))
        self.children = dict.fromkeys(self.priors)

    @property
    def mean(self):
        return sum(self.returns) / len(self.returns)

    def visits(self, action):
        child = self.children[action]
        return len(child.returns) if child else 0


class Search:
    def __init__(self, model, root, settings, noise=None):
        self.model, self.settings, self.noise = model, settings, noise
        self.gamma = settings.discount * (-1 if settings.two_player else 1)
        self.low, self.high = math.inf, -math.inf
        self.root = Node(model, root, 0.0, ended=False)
        self.root.returns.append(self.root.value)
        if noise is not None:
            self.order = self.halving()

    def q(self, node, action):
        child = node.children[action]
        return child.reward + self.gamma * child.mean

    def unit(self, q):
        if not self.settings.normalize:
            return q
        if self.high <= self.low:
            return 0.0
        return min(max((q - self.low) / (self.high - self.low), 0.0), 1.0)

    def simulate(self):
        path = [self.root]
        while path[-1].children:
            node = path[-1]
            action = self.select(node)
            if node.children[action] is None:
                move = self.model.step(np.array([node.state]), np.array([action]))
                node.children[action] = Node(
                    self.model, move.states[0], float(move.rewards[0]), bool(move.terminal[0])
                )
                path.append(node.children[action])
                break
            path.append(node.children[action])
        value = path[-1].value
        for node in reversed(path):
            node.returns.append(value)
            if node is not self.root:
                q = node.reward + self.gamma * node.mean
                self.low, self.high = min(self.low, q), max(self.high, q)
                value = node.reward + self.gamma * value

    def select(self, node):
        if self.noise is None:
            score = self.puct(node)
        elif node is self.root:
            score = self.sequential_halving()
        else:
            score = self.improved(node)
        return max(score, key=lambda action: (score[action], node.priors[action], -action))

    def puct(self, node):
        n = len(node.returns)
        rate = math.log((1 + n + self.settings.c_base) / self.settings.c_base) + self.settings.c_init
        default = self.unit(node.mean) if self.settings.unvisited == "parent" else 0.0
        return {
            a: (self.unit(self.q(node, a)) if node.visits(a) else default)
            + rate * math.sqrt(n) * prior / (1 + node.visits(a))
            for a, prior in node.priors.items()
        }

    def completed(self, node):
        tried = [a for a in node.priors if node.visits(a)]
        value = node.value
        if tried:
            mass = sum(node.priors[a] for a in tried)
            mean = sum(node.priors[a] * self.q(node, a) for a in tried) / mass
            n = sum(node.visits(a) for a in tried)
            value = (node.value + n * mean) / (1 + n)
        scale = self.settings.c_visit + max((node.visits(a) for a in tried), default=0)
        return {
            a: scale * self.settings.c_scale * self.unit(self.q(node, a) if a in tried else value)
            for a in node.priors
        }

    def improved(self, node):
        policy, total = self.policy(node), sum(node.visits(a) for a in node.priors)
        return {a: policy[a] - node.visits(a) / (1 + total) for a in node.priors}

    def policy(self, node):
        sigma = self.completed(node)
        weights = {a: prior * math.exp(sigma[a]) for a, prior in node.priors.items()}
        return {a: weight / sum(weights.values()) for a, weight in weights.items()}

    def start(self, action):
        return self.noise[action] + math.log(self.root.priors[action])

    def halving(self):
        """Yield, simulation after simulation, the scores of the actions among which to choose.

        The first round of a phase decides who is left, one action at a time.
        """
        n = self.settings.n_simulations
        ranked = sorted(self.root.priors, key=self.start, reverse=True)
        left = ranked[: min(self.settings.n_considered, n)]
        n_left, phases = len(left), max(1, math.ceil(math.log2(len(left))))
        while True:
            for _ in range(max(1, n // (phases * n_left))):
                waiting, served = left, []
                while len(served) < n_left:
                    sigma = self.completed(self.root)
                    scores = {a: self.start(a) + sigma[a] for a in waiting}
                    served.append(max(scores, key=scores.get))
                    waiting = [a for a in waiting if a != served[-1]]
                    yield scores
                left = served
            n_left = max(2, n_left // 2) if n_left > 1 else 1

    def sequential_halving(self):
        return next(self.order)
