import itertools
from dataclasses import asdict

import numpy as np
import pytest

from coplug.algorithms import tabu
from coplug.algorithms.tabu import NO_ACTION, Tabu
from coplug.errors import UsageError


class Quadratic:
    """Maximise x'Wx over 0/1 vectors, W symmetric; an action flips a bit."""

    def __init__(self, weights):
        self.weights = weights
        self.n_actions = len(weights)
        self.actions, self.scores = [], []
        self.reset_to(np.zeros(self.n_actions, dtype=np.int8))

    def deltas(self):
        sign = 1 - 2 * self.x.astype(float)
        return sign * 2 * (self.weights @ self.x) + np.diag(self.weights)

    def apply(self, action):
        self.score += self.deltas()[action]
        self.x[action] ^= 1
        self.actions.append(action)
        self.scores.append(self.score)

    def state(self):
        return self.x.copy()

    def reset_to(self, state):
        self.x = state.copy()
        self.score = float(self.x @ self.weights @ self.x)

    def optimum(self):
        x = np.array(list(itertools.product([0, 1], repeat=self.n_actions)))
        return float(np.einsum("ni,ij,nj->n", x, self.weights, x).max())


def random_quadratic(seed, n=12, real=False):
    rng = np.random.default_rng(seed)
    weights = rng.normal(size=(n, n)) if real else rng.integers(-9, 10, size=(n, n)).astype(float)
    return Quadratic(weights + weights.T)


def cut(seed, n=12):
    """Largest cut of a random graph: x'Wx counts 2 edges for each that is cut."""
    graph = np.triu(np.random.default_rng(seed).integers(0, 2, size=(n, n)), 1)
    graph = (graph + graph.T).astype(float)
    return Quadratic(np.diag(graph.sum(axis=1)) - graph)


@pytest.mark.parametrize("make", [random_quadratic, cut])
def test_small_problems_are_solved(make):
    for seed in range(15):
        problem = make(seed)
        state = tabu.start(problem, seed)
        rng = np.random.default_rng(seed)
        pool = list(rng.integers(0, 2, size=(20, 12)).astype(np.int8))
        tabu.search(problem, state, Tabu(patience=60, max_steps=3000), pool)
        assert state.best_score == problem.optimum()
        problem.reset_to(state.best)
        assert problem.score == state.best_score


class FlipEdges:
    """Edges less triangles and 4-cycles of a graph; an action adds or removes an edge (Mehrabian et al., 2024)."""

    def __init__(self, n):
        self.pairs = np.triu_indices(n, 1)
        self.n_actions = len(self.pairs[0])
        self.reset_to(np.zeros((n, n), dtype=int))

    def deltas(self):
        a, degree = self.a, self.a.sum(axis=0)
        twos = a @ a
        threes = twos @ a - a * (degree[:, None] + degree - 1)
        return ((1 - 2 * a) * (1 - twos - threes))[self.pairs].astype(float)

    def apply(self, action):
        i, j = self.pairs[0][action], self.pairs[1][action]
        self.score += self.deltas()[action]
        self.a[i, j] = self.a[j, i] = 1 - self.a[i, j]

    def state(self):
        return self.a.copy()

    def reset_to(self, state):
        self.a = state.copy()
        twos = self.a @ self.a
        np.fill_diagonal(twos, 0)
        triangles = (twos * self.a).sum() / 6
        self.score = float(self.a.sum() / 2 - triangles - (twos * (twos - 1)).sum() / 8)


@pytest.mark.parametrize(("n", "edges"), [(5, 5), (7, 8), (10, 15), (12, 18), (14, 23)])
def test_largest_graphs_without_short_cycles_are_found(n, edges):
    """The sizes are OEIS A006856."""
    problem = FlipEdges(n)
    state = tabu.start(problem, 0)
    pool = [problem.state()]
    tabu.search(problem, state, Tabu(patience=20 * n, target=edges, max_steps=20_000), pool)
    assert state.best_score == edges
    problem.reset_to(state.best)
    assert problem.score == edges


def reference_walk(problem, ban, n_steps):
    """Walk by the definition; deltas are all different."""
    best, last, actions = problem.score, {}, []
    for step in range(n_steps):
        deltas = problem.deltas()
        allowed = [
            a
            for a in range(problem.n_actions)
            if step - last.get(a, -(10**9)) > ban or problem.score + deltas[a] > best
        ]
        action = max(allowed, key=lambda a: deltas[a])
        problem.apply(action)
        last[action], best = step, max(best, problem.score)
        actions.append(action)
    return actions


@pytest.mark.parametrize("ban", [0, 1, 5, 8])
def test_walk_is_as_defined(ban):
    for seed in range(10):
        problem = random_quadratic(seed, real=True)
        tabu.search(problem, tabu.start(problem, 0), Tabu(ban=ban, max_steps=100))
        assert problem.actions == reference_walk(random_quadratic(seed, real=True), ban, 100)


def test_banned_actions_wait_unless_they_beat_the_best():
    n_aspired = 0
    for seed in range(30):
        problem = random_quadratic(seed, n=10)
        tabu.search(problem, tabu.start(problem, seed), Tabu(ban=5, max_steps=200))
        for step, action in enumerate(problem.actions):
            if action in problem.actions[max(0, step - 5) : step]:
                assert problem.scores[step] > max([0.0, *problem.scores[:step]])
                n_aspired += 1
    assert n_aspired > 0


def test_choice_respects_bans_aspiration_and_what_is_forbidden():
    def choose(deltas, free_from, score=0.0, best=10.0):
        return tabu.choose(
            np.array(deltas), np.array(free_from), 5, score, best, np.zeros(1, dtype=np.uint64)
        )

    assert choose([1.0, 2.0, 3.0], [0, 0, 0]) == 2
    assert choose([1.0, 2.0, 3.0], [0, 5, 6]) == 1
    assert choose([1.0, 2.0, 10.0], [0, 0, 6]) == 1
    assert choose([1.0, 2.0, 11.0], [0, 0, 6]) == 2
    assert choose([-1.0, -np.inf, np.nan], [0, 0, 0]) == 0
    assert choose([-np.inf, -np.inf], [0, 0]) == NO_ACTION
    assert choose([1.0, 2.0], [6, 6]) == NO_ACTION


def test_ties_are_broken_evenly():
    random = np.array([3], dtype=np.uint64)
    deltas, free_from = np.array([0.0, 1.0, 1.0, 0.0, 1.0, 1.0]), np.zeros(6, dtype=np.int64)
    chosen = [tabu.choose(deltas, free_from, 0, 0.0, 0.0, random) for _ in range(8000)]
    np.testing.assert_allclose(np.bincount(chosen) / 8000, [0, 0.25, 0.25, 0, 0.25, 0.25], atol=0.02)


def test_interrupted_search_goes_on_as_if_it_was_not():
    pool = [np.eye(12, dtype=np.int8)[i] for i in range(12)]
    problem = cut(0)
    whole = tabu.start(problem, 7)
    tabu.search(problem, whole, Tabu(patience=20, max_steps=300), pool)
    parts = tabu.start(cut(0), 7)
    for n_steps in (0, 1, 99, 200):
        tabu.search(cut(0), parts, Tabu(patience=20, max_steps=n_steps), pool)
    for name, value in asdict(whole).items():
        np.testing.assert_array_equal(value, getattr(parts, name))


def test_seed_decides():
    def walk(seed):
        problem = cut(1)
        tabu.search(problem, tabu.start(problem, seed), Tabu(max_steps=100))
        return problem.actions

    assert walk(0) == walk(0)
    assert walk(0) != walk(1)


def test_restarts_come_from_the_pool():
    problem, reached = cut(2), []
    problem.reset_to = lambda state, reset=problem.reset_to: (reached.append(state.tolist()), reset(state))
    pool = [np.eye(12, dtype=np.int8)[i] for i in range(3)]
    tabu.search(problem, tabu.start(problem, 0), Tabu(patience=10, max_steps=1000), pool)
    assert {tuple(state) for state in reached[1:]} == {tuple(state.tolist()) for state in pool}


def test_without_a_pool_restarts_are_from_the_best():
    problem, reached = random_quadratic(0, n=4), []
    state = tabu.start(problem, 0)
    problem.reset_to = lambda x, reset=problem.reset_to: (reached.append(problem.score), reset(x))
    tabu.search(problem, state, Tabu(ban=50, max_steps=100))
    assert len(reached) > 2
    assert state.best_score == problem.optimum()


def test_improvements_are_reported_and_the_target_ends_the_search():
    problem, found = cut(3), []
    state = tabu.start(problem, 0)
    settings = Tabu(patience=50, target=problem.optimum(), max_steps=10_000)
    pool = [np.eye(12, dtype=np.int8)[i] for i in range(12)]
    tabu.search(problem, state, settings, pool, lambda score, x: found.append((score, x)))
    scores = [score for score, _ in found]
    assert scores == sorted(set(scores))
    assert scores[-1] == problem.optimum() == state.best_score
    assert state.step < 10_000
    for score, x in found:
        assert x @ problem.weights @ x == score


def test_time_ends_the_search():
    problem = cut(0)
    state = tabu.start(problem, 0)
    tabu.search(problem, state, Tabu(max_seconds=0.05))
    assert state.step > 10


@pytest.mark.parametrize(
    ("parameters", "message"),
    [
        ({}, "nothing ends"),
        ({"ban": -1, "max_steps": 1}, "ban -1"),
        ({"patience": 0, "max_steps": 1}, "patience 0"),
    ],
)
def test_settings_out_of_range_are_refused(parameters, message):
    with pytest.raises(UsageError, match=message):
        Tabu(**parameters)
