"""Small programs whose optima are known, and observations of them."""

import itertools

import numpy as np

from coplug.problems.contextual_lp.batches import solve_all
from coplug.problems.contextual_lp.data import observations
from coplug.problems.contextual_lp.families.drawn import draw_costs
from coplug.problems.contextual_lp.families.networks import grid_program
from coplug.problems.contextual_lp.program import make_program


def grid_paths(rows, columns):
    """Return all paths of a grid as decisions, by enumeration."""
    program = grid_program(rows, columns)
    places = {name: k for k, name in enumerate(program.variable_names)}
    paths = []
    for rights in itertools.combinations(range(rows + columns - 2), columns - 1):
        node, decision = 0, np.zeros(program.n_columns)
        for step in range(rows + columns - 2):
            head = node + (1 if step in rights else columns)
            decision[places[f"x_{node}_{head}"]] = 1
            node = head
        paths.append(decision)
    return np.array(paths)


def grid_data(n, rows=3, columns=3, degree=1, noise=0.0, seed=0, n_contexts=3):
    """Return a program and observations of it."""
    program = grid_program(rows, columns)
    rng = np.random.RandomState(seed)
    contexts, costs = draw_costs(n, n_contexts, program.n_columns, degree, noise, rng)
    return program, observations(program, contexts, solve_all(program, costs, "scipy").decisions, costs)


def box(n=3, sense="min"):
    """Return a program of variables between 0 and 1 whose sum is at most 1.5: fractional, with a slack variable."""
    return make_program("box", np.ones((1, n)), np.array([-np.inf]), np.array([1.5]), 1.0, sense)
