"""Games that keep their contract, and others that break it, each in its own way."""

import numpy as np
import pytest

from coplug.contracts.model import Transition
from coplug.problems.extremal.game import ExtremalGame
from coplug.testing import GameCheckError, check_game
from tests.training.alphazero.games import Change, Nim


@pytest.mark.parametrize(
    "game",
    [ExtremalGame(8), ExtremalGame(7, smallest=5, padded=0.5, slack=0), Nim(), Change()],
    ids=lambda game: type(game).__name__,
)
def test_a_game_that_keeps_its_contract_passes(game):
    check_game(game)


def broken(**changes):
    return type("Broken", (Change,), changes)()


def forgetful(game, n, rng):
    return np.random.default_rng().integers(1, 21, size=(n, 1))


def in_place(game, states, actions):
    states -= game.coins[actions][:, None]
    return Transition(states, np.full(len(states), -1.0), states[:, 0] == 0)


def stepping(**parts):
    """Return a step of which some parts are replaced."""

    def step(game, states, actions):
        following = Change.step(game, states, actions)
        named = {name: getattr(following, name) for name in ("states", "rewards", "terminal")}
        return Transition(**(named | {name: part(following) for name, part in parts.items()}))

    return step


def counted(game, states, actions):
    counted.calls += 1
    following = Change.step(game, states, actions)
    return Transition(following.states, following.rewards + counted.calls, following.terminal)


counted.calls = 0

BREAKS = [
    ({"step": None, "legal": 3}, "it has no method step, legal"),
    ({"n_actions": 3.0}, "n_actions is 3.0; expected a whole number of at least 1"),
    ({"two_player": None}, "two_player is None; expected True or False"),
    ({"initial_states": lambda game, n, rng: [[1]] * n}, "initial_states gives no array of states"),
    ({"initial_states": lambda game, n, rng: np.ones((n + 1, 1), int)}, "gives 17 states"),
    ({"initial_states": forgetful}, "drawn with the same seed differ"),
    ({"initial_states": lambda game, n, rng: np.zeros((n, 1), int)}, "has not ended has no legal action"),
    ({"legal": lambda game, s: (s >= game.coins).astype(int)}, r"legal\(...\) is int64 of shape \(16, 3\)"),
    ({"legal": lambda game, s: s >= game.coins[:2]}, r"expected bool of shape \(16, 3\)"),
    (
        {"legal": lambda game, s: s >= np.minimum(game.coins, s.max() - 3)},
        "legal says of a row something that",
    ),
    ({"encode": lambda game, s: s / 20}, r"encode\(...\) is float64 of shape"),
    ({"encode": lambda game, s: np.zeros(3, np.float32)}, r"encode\(...\) is float32 of shape \(3,\)"),
    ({"encode": lambda game, s: np.float32(s) / 0 * 0}, r"numbers of encode\(...\) are NaN or infinite"),
    ({"encode": lambda game, s: np.float32(s - s[0])}, "encode says of a row something that depends"),
    ({"encode": lambda game, s: 1 // 0}, "encode raises ZeroDivisionError"),
    ({"step": lambda game, s, a: (s, a, a == 0)}, "it returns a tuple, not a Transition"),
    ({"step": in_place}, "step changes its arguments"),
    ({"step": counted}, "step says two things of the same batch"),
    ({"step": stepping(rewards=lambda f: f.rewards - f.states.mean())}, "step says of a row something"),
    ({"step": stepping(rewards=lambda f: f.rewards[:, None])}, r"rewards of step\(...\) is float64 of shape"),
    ({"step": stepping(rewards=lambda f: f.rewards * np.nan)}, r"rewards of step\(...\) are NaN"),
    ({"step": stepping(rewards=lambda f: f.rewards.astype(int))}, r"rewards of step\(...\) is int64"),
    ({"step": stepping(terminal=lambda f: f.terminal * 1)}, r"ends of step\(...\) is int64"),
    (
        {"step": stepping(states=lambda f: f.states * 1.0)},
        r"states of step\(...\) is float64 .* expected int64",
    ),
    ({"step": stepping(states=lambda f: f.states[:, 0])}, r"states of step\(...\) is int64 of shape \(16,\)"),
    (
        {"step": stepping(states=lambda f: f.states + 5, terminal=lambda f: f.terminal & False)},
        "no end within",
    ),
]


@pytest.mark.parametrize(
    ("changes", "violation"), BREAKS, ids=[f"{next(iter(c))}-{i}" for i, (c, _) in enumerate(BREAKS)]
)
@pytest.mark.filterwarnings("ignore:divide by zero|invalid value")
def test_a_game_that_breaks_its_contract_is_caught(changes, violation):
    with pytest.raises(GameCheckError, match=violation):
        check_game(broken(**changes), max_steps=100)


def test_a_class_is_no_game():
    with pytest.raises(GameCheckError, match="it is a class"):
        check_game(Change)


def test_all_violations_are_listed():
    game = broken(two_player=0, encode=lambda game, s: s, step=stepping(rewards=lambda f: f.rewards * np.inf))
    with pytest.raises(GameCheckError) as raised:
        check_game(game)
    assert len(str(raised.value).splitlines()) == 4
