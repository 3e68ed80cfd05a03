"""Checking a game that tree search plays."""

from __future__ import annotations

from typing import Any

import numpy as np
from numpy.typing import NDArray

from coplug.contracts.game import Game
from coplug.contracts.model import Actions, States, Transition
from coplug.testing.rows import asked_by_rows
from coplug.testing.violations import GameCheckError, Violations

METHODS = ("initial_states", "step", "legal", "encode")


def check_game(game: Game, *, seed: int = 0, episodes: int = 16, max_steps: int = 10_000) -> None:
    """Check that a game keeps the contract of :class:`coplug.contracts.game.Game`.

    Episodes of random legal actions are played side by side, and

    - arrays have the types and shapes of the contract, states always those of the first ones;
    - a state that has not ended has a legal action, and every episode ends;
    - rewards and encodings are finite;
    - a row of an answer depends on that row of the question only, at every time, and no argument is changed (of an
      encoding, whose size may depend on all of them, in the same company);
    - first states follow from the generator.

    Parameters
    ----------
    game : Game
    seed : int
        Of the first states and the actions.
    episodes : int
        How many, at least 2.
    max_steps : int
        Steps after which an episode counts as endless.

    Raises
    ------
    GameCheckError
        With all violations, a line each.
    """
    violations = Violations()
    if _has_parts(game, violations):
        with violations.guarding("playing it"):
            _play(game, seed, episodes, max_steps, violations)
    violations.raise_as(GameCheckError, f"game {type(game).__name__}")


def _has_parts(game: Any, violations: Violations) -> bool:
    """Check the attributes; return whether the game can be played at all."""
    if isinstance(game, type):
        return violations.require(False, "it is a class; check an object of it")
    methods = violations.require_methods(game, METHODS)
    counted = violations.require_count(game, "n_actions", 1)
    two_player = getattr(game, "two_player", None)
    violations.require(isinstance(two_player, bool), f"two_player is {two_player!r}; expected True or False")
    return methods and counted


def _play(game: Game, seed: int, episodes: int, max_steps: int, violations: Violations) -> None:
    states = game.initial_states(episodes, np.random.default_rng(seed))
    if not (
        violations.require(
            isinstance(states, np.ndarray) and states.ndim >= 1, "initial_states gives no array of states"
        )
        and violations.require(
            len(states) == episodes, f"initial_states({episodes}, rng) gives {len(states)} states"
        )
    ):
        return
    again = game.initial_states(episodes, np.random.default_rng(seed))
    violations.require(
        np.array_equal(states, again), "states to begin with that are drawn with the same seed differ"
    )
    rng = np.random.default_rng(seed)
    for _ in range(max_steps):
        legal = _legal(game, states, violations)
        if legal is None:
            return
        _check_encoding(game, states, violations)
        actions: Actions = np.array([rng.choice(np.flatnonzero(row)) for row in legal])
        following = _step(game, states, actions, violations)
        if following is None:
            return
        states = following.states[~following.terminal]
        if not len(states):
            return
    violations.require(False, f"an episode of random legal actions has no end within {max_steps} steps")


def _legal(game: Game, states: States, violations: Violations) -> NDArray[np.bool_] | None:
    legal: Any = asked_by_rows(game.legal, (states,), "legal", violations)
    fits = violations.require_array(legal, np.bool_, (len(states), game.n_actions), "legal(...)")
    if fits and violations.require(
        bool(legal.any(axis=1).all()), "a state that has not ended has no legal action"
    ):
        return np.asarray(legal)
    return None


def _check_encoding(game: Game, states: States, violations: Violations) -> None:
    with violations.guarding("encode"):
        encoded: Any = asked_by_rows(game.encode, (states,), "encode", violations, ragged=True)
        shape = (len(states), *[None] * (np.ndim(encoded) - 1))
        if violations.require_array(encoded, np.float32, shape, "encode(...)"):
            violations.require_finite(encoded, "encode(...)")


def _step(game: Game, states: States, actions: Actions, violations: Violations) -> Transition | None:
    """Return what follows, or None if it cannot be gone on from."""

    def step(states: States, actions: Actions) -> tuple[NDArray[Any], ...]:
        following = game.step(states, actions)
        if not isinstance(following, Transition):
            raise TypeError(f"it returns a {type(following).__name__}, not a Transition")
        return following.states, following.rewards, following.terminal

    outcome: Any = asked_by_rows(step, (states, actions), "step", violations)
    following = Transition(*outcome)
    n = len(states)
    if violations.require_array(following.rewards, np.floating, (n,), "the rewards of step(...)"):
        violations.require_finite(following.rewards, "the rewards of step(...)")
    ends = violations.require_array(following.terminal, np.bool_, (n,), "the ends of step(...)")
    goes_on = violations.require_array(
        following.states, states.dtype, states.shape, "the states of step(...)"
    )
    return following if ends and goes_on else None
