"""Checking a DAG that a GFlowNet walks on."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.dag import (
    BoolArray,
    Conditional,
    Dag,
    Enumerable,
    ForwardLooking,
    IntArray,
    MultiObjective,
    Rewarded,
)
from coplug.graphs import GraphBatch, check
from coplug.testing.rows import asked_by_rows
from coplug.testing.violations import DagCheckError, Violations

METHODS = ("initial", "step", "backward_step", "forward_mask", "backward_mask", "encode")

N_STATES = 300
"""So many of the states that walks visit are looked at, besides those they stop at, and edges from and to them."""


def check_dag(dag: Dag, *, seed: int = 0, n: int = 16, max_steps: int = 10_000) -> None:
    """Check that a DAG keeps the contract of :mod:`coplug.contracts.dag`.

    Random walks of allowed actions go from the source (of a conditional one, from sources that are drawn) to objects,
    and what the DAG says of the states on the way is checked:

    - arrays have the types and shapes of the contract;
    - a state allows an action at least, and stopping in the end; no walk comes back to a state;
    - each action can be undone, each backward action done again, and only sources have no backward action;
    - a row of an answer depends on that row of the question only, at every time, and no argument is changed;
    - encodings are finite, graphs sound;
    - log-rewards or objectives are finite; log-rewards so far are those of the objects where stopping is allowed;
    - ``states()`` has each state that can be reached once and no other, and ``index`` finds it;
    - the source is the same every time, and drawn ones follow from the generator.

    Parameters
    ----------
    dag : Dag
        With ``log_reward``, ``objectives`` or both.
    seed : int
        Of the walks.
    n : int
        How many walks, at least 2.
    max_steps : int
        Actions after which a walk counts as endless.

    Raises
    ------
    DagCheckError
        With all violations, a line each.
    """
    violations = Violations()
    if _has_parts(dag, violations):
        with violations.guarding("walking on it"):
            _check_walks(dag, np.random.default_rng(seed), n, max_steps, violations)
        if isinstance(dag, Enumerable):
            with violations.guarding("looking at all states"):
                _check_all_states(dag, violations)
    violations.raise_as(DagCheckError, f"DAG {type(dag).__name__}")


def _has_parts(dag: Any, violations: Violations) -> bool:
    """Check the attributes; return whether the DAG can be walked on at all."""
    if isinstance(dag, type):
        return violations.require(False, "it is a class; check an object of it")
    found = [violations.require_methods(dag, METHODS)]
    found += [violations.require_count(dag, name, 1) for name in ("n_actions", "n_features")]
    violations.require(
        isinstance(dag, Rewarded | MultiObjective),
        "it has neither log_reward nor n_objectives and objectives: its objects are worth nothing",
    )
    return all(found)


def _check_walks(dag: Dag, rng: np.random.Generator, n: int, max_steps: int, violations: Violations) -> None:
    starts = _starts(dag, rng, n, violations)
    if starts is None:
        return
    visited, objects = _walked(dag, starts, rng, max_steps, violations)
    if len(visited) > N_STATES:
        visited = visited[rng.choice(len(visited), N_STATES, replace=False)]
    states = np.unique(np.concatenate([visited, objects]), axis=0)
    masks = _masks(dag, states, violations)
    if masks is None:
        return
    forward, backward = masks
    is_start = (states[:, None] == starts[None]).all(axis=2).any(axis=1)
    violations.require(not bool(backward[is_start].any()), "a source has a backward action")
    violations.require(
        bool(backward[~is_start].any(axis=1).all()), "a state that is no source has no backward action"
    )
    with violations.guarding("stepping"):
        _check_edges(dag, states, forward, violations)
    with violations.guarding("stepping back"):
        _check_backward_edges(dag, states, backward, violations)
    with violations.guarding("encode"):
        _check_encoding(dag, states, violations)
    with violations.guarding("asking what objects are worth"):
        _check_worth(dag, states, forward[:, -1], violations)


def _starts(dag: Dag, rng: np.random.Generator, n: int, violations: Violations) -> IntArray | None:
    """Return the states that walks begin with, or None if they are none."""
    source = dag.initial(n)
    if not violations.require_array(source, np.int64, (n, None), f"initial({n})"):
        return None
    violations.require(bool((source == source[:1]).all()), "initial gives different sources")
    violations.require(np.array_equal(source, dag.initial(n)), "initial gives another source the next time")
    if not isinstance(dag, Conditional):
        return source[:1].repeat(n, axis=0)
    seed = int(rng.integers(2**31))
    drawn = dag.sources(n, np.random.default_rng(seed))
    if not violations.require_array(drawn, np.int64, (n, source.shape[1]), f"sources({n}, rng)"):
        return None
    violations.require(
        np.array_equal(drawn, dag.sources(n, np.random.default_rng(seed))),
        "sources that are drawn with the same seed differ",
    )
    return np.concatenate([source[:1], drawn[1:]])


def _walked(
    dag: Dag, starts: IntArray, rng: np.random.Generator, max_steps: int, violations: Violations
) -> tuple[IntArray, IntArray]:
    """Return the states that random walks visit, and those at which they stop; note what keeps them from that."""
    visited: list[set[bytes]] = [set() for _ in starts]
    seen, stopped, current, walks = [starts], [starts[:0]], starts, np.arange(len(starts))
    for _ in range(max_steps):
        for walk, state in zip(walks.tolist(), current, strict=True):
            violations.require(state.tobytes() not in visited[walk], "a walk comes back to a state")
            visited[walk].add(state.tobytes())
        mask = dag.forward_mask(current)
        if not _allows(dag, mask, len(current), violations):
            break
        actions = np.array([rng.choice(np.flatnonzero(row)) for row in mask])
        goes_on = actions != dag.n_actions - 1
        stopped.append(current[~goes_on])
        walks = walks[goes_on]
        if not len(walks):
            break
        current = dag.step(current[goes_on], actions[goes_on])
        if not violations.require_array(current, np.int64, (len(walks), starts.shape[1]), "step(...)"):
            break
        seen.append(current)
    else:
        violations.require(False, f"a walk of random allowed actions does not stop within {max_steps} steps")
    return np.concatenate(seen), np.concatenate(stopped)


def _allows(dag: Dag, mask: Any, n: int, violations: Violations) -> bool:
    return violations.require_array(
        mask, np.bool_, (n, dag.n_actions), "forward_mask(...)"
    ) and violations.require(bool(mask.any(axis=1).all()), "a state allows no action, not even the stop")


def _masks(dag: Dag, states: IntArray, violations: Violations) -> tuple[BoolArray, BoolArray] | None:
    """Return what can be done in states and what can have led there, or None if they do not say."""
    forward: Any = asked_by_rows(dag.forward_mask, (states,), "forward_mask", violations)
    if not _allows(dag, forward, len(states), violations):
        return None
    backward: Any = asked_by_rows(dag.backward_mask, (states,), "backward_mask", violations)
    shape = (len(states), dag.n_actions - 1)
    if not violations.require_array(backward, np.bool_, shape, "backward_mask(...)"):
        return None
    return forward, backward


def _check_edges(dag: Dag, states: IntArray, forward: BoolArray, violations: Violations) -> None:
    """Take every allowed action of states, and back."""
    rows, actions = np.nonzero(forward[:, :-1])
    if not len(rows):
        return
    parents = states[rows]
    children: Any = asked_by_rows(dag.step, (parents, actions), "step", violations)
    if not violations.require_array(children, np.int64, parents.shape, "step(...)"):
        return
    known = dag.backward_mask(children)[np.arange(len(rows)), actions]
    violations.require(bool(known.all()), "an action is not among the backward actions of where it leads")
    if known.any():
        back = dag.backward_step(children[known], actions[known])
        violations.require(
            np.array_equal(back, parents[known]),
            "backward_step does not lead back to where an action came from",
        )


def _check_backward_edges(dag: Dag, states: IntArray, backward: BoolArray, violations: Violations) -> None:
    """Take every backward action of states, and forth."""
    rows, actions = np.nonzero(backward)
    if not len(rows):
        return
    children = states[rows]
    parents: Any = asked_by_rows(dag.backward_step, (children, actions), "backward_step", violations)
    if not violations.require_array(parents, np.int64, children.shape, "backward_step(...)"):
        return
    allowed = dag.forward_mask(parents)[np.arange(len(rows)), actions]
    violations.require(
        bool(allowed.all()), "a backward action leads to a state that does not allow the action"
    )
    if allowed.any():
        forth = dag.step(parents[allowed], actions[allowed])
        violations.require(
            np.array_equal(forth, children[allowed]),
            "step does not lead to where a backward action came from",
        )


def _check_encoding(dag: Dag, states: IntArray, violations: Violations) -> None:
    encoded: Any = asked_by_rows(dag.encode, (states,), "encode", violations)
    if not isinstance(encoded, GraphBatch):
        shape = (len(states), dag.n_features)
        if violations.require_array(encoded, np.float32, shape, "encode(...)"):
            violations.require_finite(encoded, "encode(...)")
        return
    violations.require(
        check(encoded).n_graphs == len(states),
        f"encode gives {encoded.n_graphs} graphs for {len(states)} states",
    )
    features: NDArray[Any] = next(iter(encoded.nodes.values())).values
    if violations.require_array(features, np.float32, (None, dag.n_features), "the nodes of encode(...)"):
        violations.require_finite(features, "the nodes of encode(...)")


def _check_worth(dag: Dag, states: IntArray, may_stop: BoolArray, violations: Violations) -> None:
    objects = states[may_stop]
    n = len(objects)
    if not violations.require(n > 0, "no walk met a state in which stopping is allowed"):
        return
    if isinstance(dag, Rewarded):
        log_reward: Any = asked_by_rows(dag.log_reward, (objects,), "log_reward", violations)
        if violations.require_array(log_reward, np.float64, (n,), "log_reward(...)"):
            violations.require_finite(log_reward, "log_reward(...)")
    if isinstance(dag, MultiObjective) and violations.require_count(dag, "n_objectives", 1):
        objectives: Any = asked_by_rows(dag.objectives, (objects,), "objectives", violations)
        if violations.require_array(objectives, np.float64, (n, dag.n_objectives), "objectives(...)"):
            violations.require_finite(objectives, "objectives(...)")
    if isinstance(dag, ForwardLooking):
        so_far: Any = asked_by_rows(dag.partial_log_reward, (states,), "partial_log_reward", violations)
        if violations.require_array(so_far, np.float64, (len(states),), "partial_log_reward(...)"):
            violations.require_finite(so_far, "partial_log_reward(...)")
            violations.require(
                np.allclose(so_far[may_stop], dag.log_reward(objects)),
                "partial_log_reward of a state in which stopping is allowed is not its log_reward",
            )


def _check_all_states(dag: Enumerable, violations: Violations) -> None:
    source = dag.initial(1)
    states = dag.states()
    if not violations.require_array(states, np.int64, (None, source.shape[1]), "states()"):
        return
    listed = {state.tobytes() for state in states}
    violations.require(len(listed) == len(states), "states() has a state twice")
    with violations.guarding("index"):
        positions: Any = asked_by_rows(dag.index, (states,), "index", violations)
        if violations.require_array(positions, np.int64, (len(states),), "index(...)"):
            violations.require(
                np.array_equal(positions, np.arange(len(states))), "index(states()) is not 0, 1, 2, ..."
            )
    reached = _reachable(dag, source, limit=len(states))
    violations.require(reached <= listed, "states() lacks states that can be reached") and violations.require(
        listed <= reached, "states() has states that cannot be reached"
    )


def _reachable(dag: Dag, source: IntArray, limit: int) -> set[bytes]:
    """Return the states that can be reached, or more than ``limit`` of them."""
    front, reached = source, {source[0].tobytes()}
    while len(front) and len(reached) <= limit:
        rows, actions = np.nonzero(dag.forward_mask(front)[:, :-1])
        children = np.unique(dag.step(front[rows], actions), axis=0)
        front = children[[child.tobytes() not in reached for child in children]]
        reached.update(child.tobytes() for child in front)
    return reached
