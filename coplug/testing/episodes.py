"""Checking episodes that a policy acts in, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.episodes import Episodes, Observation, Step, actions_of
from coplug.graphs import GraphBatch, Graphs, check, collate
from coplug.testing.rows import same
from coplug.testing.violations import EpisodesCheckError, Violations

METHODS = ("reset", "step")

Moment = tuple[Any, ...]
"""Of one episode its graph, parent, action, reward, and whether it was terminated or truncated."""


class _CannotGoOnError(Exception):
    """What is wrong has been noted, and keeps the episodes from being played on."""


def check_episodes(
    episodes: Episodes, *, seeds: Sequence[int] = (0, 1, 2, 3), max_steps: int = 10_000
) -> None:
    """Check that episodes keep the contract of :class:`coplug.contracts.episodes.Episodes`.

    Random actions are taken until all have ended, and

    - graphs are sound, all of one structure, and list at least one action each;
    - first all episodes wait for an action, and then those that have not ended, in ascending order;
    - rewards are finite, arrays have the types and shapes of the contract, and no episode is both terminated and
      truncated;
    - the truncated ones, and no others, have a last observation;
    - every episode ends, and then there is no observation;
    - parents, if there are any, come before their consequences;
    - the same seed and actions give the same episode: another time, after one that was left unfinished, and alone.

    Parameters
    ----------
    episodes : Episodes
    seeds : sequence of int
        At least one.
    max_steps : int
        Steps after which an episode counts as endless.

    Raises
    ------
    EpisodesCheckError
        With all violations, a line each.
    """
    violations = Violations()
    if _has_parts(episodes, violations):
        with violations.guarding("acting in them"):
            _check_seeds(episodes, seeds, max_steps, violations)
    violations.raise_as(EpisodesCheckError, f"episodes {type(episodes).__name__}")


def _has_parts(episodes: Any, violations: Violations) -> bool:
    if isinstance(episodes, type):
        return violations.require(False, "it is a class; check an object of it")
    return violations.require_methods(episodes, METHODS)


def _check_seeds(episodes: Episodes, seeds: Sequence[int], max_steps: int, violations: Violations) -> None:
    try:
        first = _played(episodes, seeds, max_steps, violations)
        _left_unfinished(episodes, seeds)
        again = _played(episodes, seeds, max_steps, violations)
        alone = _played(episodes, seeds[-1:], max_steps, violations)
    except _CannotGoOnError:
        return
    violations.require(
        same(first, again), "the same seeds gave other episodes after some were left unfinished"
    )
    violations.require(same(first[-1], alone[0]), "an episode alone is another than among others")


def _left_unfinished(episodes: Episodes, seeds: Sequence[int]) -> None:
    observation = episodes.reset(seeds)
    episodes.step(np.zeros(len(observation.episodes), np.int64))


def _played(
    episodes: Episodes, seeds: Sequence[int], max_steps: int, violations: Violations
) -> tuple[tuple[Moment, ...], ...]:
    """Return what happened in the episode of each seed, until all have ended."""
    rngs = [np.random.default_rng(seed) for seed in seeds]
    happened: list[list[Moment]] = [[] for _ in seeds]
    waiting: NDArray[np.int64] = np.arange(len(seeds))
    observation = episodes.reset(seeds)
    for number in range(max_steps):
        lengths = _checked(observation, waiting, number, violations)
        drawn = [rngs[k].integers(n) for k, n in zip(waiting.tolist(), lengths.tolist(), strict=True)]
        actions = np.array(drawn, np.int64)
        step = episodes.step(actions)
        _check_step(step, observation.graphs, len(waiting), violations)
        parents = (
            observation.parents if observation.parents is not None else np.full(len(waiting), number - 1)
        )
        rows = zip(parents, actions, step.rewards, step.terminated, step.truncated, strict=True)
        for i, (k, row) in enumerate(zip(waiting.tolist(), rows, strict=True)):
            happened[k].append((observation.graphs.graph(i), *row))
        waiting = waiting[~(step.terminated | step.truncated)]
        _require_going_on(step, len(waiting), violations)
        if step.observation is None:
            return tuple(map(tuple, happened))
        with violations.guarding("merging the observations of two steps"):
            collate([observation.graphs, step.observation.graphs])
        observation = step.observation
    violations.require(False, f"an episode of random actions has no end within {max_steps} steps")
    raise _CannotGoOnError


def _checked(
    observation: Any, waiting: NDArray[np.int64], number: int, violations: Violations
) -> NDArray[np.int64]:
    """Return how many actions each graph lists; note what is wrong with an observation."""
    if not violations.require(
        isinstance(observation, Observation),
        f"what is observed is a {type(observation).__name__}; expected an Observation",
    ):
        raise _CannotGoOnError
    n = len(waiting)
    _check_graphs(observation.graphs, n, "an observation", violations)
    fits = violations.require_array(observation.episodes, np.int64, (n,), "episodes of an observation")
    if fits:
        violations.require(
            np.array_equal(observation.episodes, waiting),
            f"the episodes observed are {observation.episodes.tolist()}; {waiting.tolist()} wait for an action",
        )
    if observation.parents is not None and violations.require_array(
        observation.parents, np.int64, (n,), "parents of an observation"
    ):
        inside = (observation.parents >= -1) & (observation.parents < number)
        violations.require(bool(inside.all()), f"a parent of decision {number} is none of those before it")
    with violations.guarding("listing its actions"):
        lengths: NDArray[np.int64] = actions_of(observation.graphs).lengths
        if violations.require(bool((lengths > 0).all()), "a graph lists no action"):
            return lengths
    raise _CannotGoOnError


def _check_graphs(graphs: Any, n: int, what: str, violations: Violations) -> None:
    if not violations.require(
        isinstance(graphs, GraphBatch), f"the graphs of {what} are a {type(graphs).__name__}, no GraphBatch"
    ):
        raise _CannotGoOnError
    before = len(violations.found)
    with violations.guarding(f"checking the graphs of {what}"):
        check(graphs)
    if len(violations.found) > before:
        raise _CannotGoOnError
    if not violations.require(graphs.n_graphs == n, f"{what} has {graphs.n_graphs} graphs, expected {n}"):
        raise _CannotGoOnError


def _check_step(step: Any, graphs: Graphs, n: int, violations: Violations) -> None:
    if not violations.require(
        isinstance(step, Step), f"a step returns a {type(step).__name__}; expected a Step"
    ):
        raise _CannotGoOnError
    if violations.require_array(step.rewards, np.float64, (n,), "rewards of a step"):
        violations.require_finite(step.rewards, "the rewards of a step")
    ends = [
        violations.require_array(getattr(step, name), np.bool_, (n,), f"{name} of a step")
        for name in ("terminated", "truncated")
    ]
    if not all(ends):
        raise _CannotGoOnError
    both = step.terminated & step.truncated
    violations.require(not both.any(), "an episode is both terminated and truncated")
    n_cut = int(step.truncated.sum())
    if not violations.require(
        (step.last is not None) == (n_cut > 0),
        f"{n_cut} episodes are truncated, but last is {'None' if step.last is None else 'not None'}",
    ):
        return
    if step.last is not None:
        _check_graphs(step.last, n_cut, "last", violations)
        with violations.guarding("merging the last observations with the others"):
            collate([graphs, step.last])


def _require_going_on(step: Step, n_waiting: int, violations: Violations) -> None:
    if not violations.require(
        (step.observation is not None) == (n_waiting > 0),
        f"{n_waiting} episodes go on, but the observation is {'None' if step.observation is None else 'not None'}",
    ):
        raise _CannotGoOnError
