"""Environments that keep their contract, and others that break it, each in its own way."""

from __future__ import annotations

import gymnasium
import numpy as np
import pytest

from coplug.envs.registration import ENVIRONMENTS, NAMESPACE
from coplug.testing import EnvironmentCheckError, check_env


@pytest.mark.parametrize("name", ENVIRONMENTS.names())
def test_every_environment_keeps_its_contract(name):
    check_env(NAMESPACE + name)


class Walk(gymnasium.Env):
    """Walk to the end of a line.

    **Actions.** 0, 1 or 2; step 2 is legal only after step 1.

    **Observations, reward.** The position; 1 a step.

    **End.** At position 5.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 1}  # noqa: RUF012 # Gymnasium declares it so
    masked = True

    def __init__(self, render_mode=None):
        self.render_mode = render_mode
        self.observation_space = gymnasium.spaces.Box(0.0, 5.0, (1,), np.float32)
        self.action_space = gymnasium.spaces.Discrete(3)

    def reset(self, *, seed=None, options=None):
        super().reset(seed=seed)
        self.start = self.position = float(self.np_random.integers(2))
        self.mask = np.array([1, 1, 0], np.int8)
        return self.observe(), self.info()

    def step(self, action):
        self.position = min(self.position + [0.5, 1.0, 2.0][int(action)], 5.0)
        self.mask = np.array([1, 1, int(action == 1)], np.int8)
        return self.observe(), self.reward(), self.position >= 5.0, False, self.info()

    def observe(self):
        return np.array([self.position], np.float32)

    def info(self):
        return {"action_mask": self.mask.copy()}

    def action_masks(self):
        return self.mask.astype(bool)

    def reward(self):
        return 1.0

    def render(self):
        if self.render_mode == "ansi":
            return str(self.position)
        return np.zeros((2, 2, 3), np.uint8)


@pytest.fixture
def registered(request):
    names = []

    def register(cls):
        name = f"test/{cls.__name__}-v0"
        gymnasium.register(name, entry_point=cls)
        names.append(name)
        return name

    yield register
    for name in names:
        del gymnasium.registry[name]


def test_a_good_environment_passes_by_id_and_as_an_object(registered):
    name = registered(Walk)
    check_env(name)
    check_env(gymnasium.make(name))
    check_env(Walk())


class NoMasks(Walk):
    """Walk.

    Observations
    ------------
    The position.

    ## Action space
    Three steps.

    Rewards:
        1.

    **Episode end.** At 5.
    """

    action_masks = None

    def info(self):
        return {}

    def __getattribute__(self, name):
        if name == "action_masks":
            raise AttributeError(name)
        return super().__getattribute__(name)


def test_an_environment_without_masks_passes(registered):
    check_env(registered(NoMasks))


def broken(**changes):
    """Return a class of environments with some parts replaced."""
    return type("Broken", (Walk,), {"__doc__": Walk.__doc__, **changes})


def late(good, bad):
    """Return a method that does what ``bad`` does from position 3 on."""
    return lambda env: bad(env) if env.position >= 3.0 else good(env)


def closes_once(env):
    if getattr(env, "closed", False):
        raise RuntimeError("already closed")
    env.closed = True


def drifting_start(env, *, seed=None, options=None):
    observation, info = Walk.reset(env, seed=seed)
    Walk.drift = getattr(Walk, "drift", 0) + 1
    env.position += (Walk.drift % 7) / 100.0
    return observation, info


def steps_with(**parts):
    order = ("observation", "reward", "terminated", "truncated", "info")

    def step(env, action):
        outcome = dict(zip(order, Walk.step(env, action), strict=True))
        return tuple({**outcome, **{name: part(env) for name, part in parts.items()}}.values())

    return step


@pytest.mark.parametrize(
    ("changes", "violation"),
    [
        ({"__doc__": "Walk."}, "no heading for observations, actions, reward, the end"),
        ({"__doc__": None}, "no heading for observations"),
        ({"__doc__": Walk.__doc__.replace("**End.**", "Ends")}, "no heading for the end$"),
        ({"info": lambda env: {}}, "there is a method action_masks.*but info has no 'action_mask'"),
        ({"action_masks": property()}, "info has 'action_mask', but there is no method"),
        (
            {"info": lambda env: {"action_mask": env.mask.astype(bool)}},
            r"is bool of shape \(3,\); expected int8",
        ),
        ({"info": lambda env: {"action_mask": env.mask.tolist()}}, "is list; expected int8"),
        ({"info": lambda env: {"action_mask": env.mask[:2]}}, "has 2 entries for 3 actions"),
        ({"info": lambda env: {"action_mask": env.mask * np.int8(2)}}, "values besides 0 and 1"),
        ({"action_masks": lambda env: ~env.mask.astype(bool)}, r"action_masks\(\) is not info"),
        ({"info": late(Walk.info, lambda env: {})}, "changes its length, or comes and goes"),
        ({"reward": late(Walk.reward, lambda env: None)}, "a reward is None of type NoneType"),
        ({"reward": late(Walk.reward, lambda env: float("nan"))}, "a reward is nan; expected a finite"),
        ({"reward": lambda env: np.random.default_rng().random()}, "two episodes of seed 0 differ in reward"),
        ({"reset": drifting_start}, "two episodes of seed 0 differ in observation"),
        (
            {"observe": late(Walk.observe, lambda env: np.array([9], np.float32))},
            "not in the observation space",
        ),
        (
            {"observe": late(Walk.observe, lambda env: np.array([env.position]))},
            "not in the observation space",
        ),
        ({"step": steps_with(terminated=lambda env: False)}, "no end within 60 steps"),
        ({"step": steps_with(truncated=lambda env: "no")}, "truncated is 'no'; expected True or False"),
        ({"step": steps_with(info=lambda env: [])}, "info is a list; expected a dict|`info` .* dict"),
        ({"render": lambda env: 7}, "rendering as ansi|render mode ansi gives a int, not a text"),
        ({"render": lambda env: np.zeros((2, 2), np.float32)}, "uint8"),
        ({"close": closes_once}, "closing it twice raises RuntimeError: already closed|closed environment"),
        (
            {"metadata": {"render_modes": ["ansi"]}, "render": lambda env: 1 / 0},
            "rendering as ansi raises Zero",
        ),
        (
            {
                "__init__": lambda env, render_mode=None: (
                    Walk.__init__(env) or setattr(env, "observation_space", None)
                )
            },
            "Gymnasium's check_env raises",
        ),
    ],
)
def test_an_environment_that_breaks_its_contract_is_caught(changes, violation, registered):
    name = registered(broken(**changes))
    with pytest.raises(EnvironmentCheckError, match=violation):
        check_env(name, episodes=1, max_steps=60)


def test_a_warning_of_gymnasium_is_a_violation(registered):
    class Unbounded(Walk):
        __doc__ = Walk.__doc__

        def __init__(self, render_mode=None):
            super().__init__(render_mode)
            self.observation_space = gymnasium.spaces.Box(-np.inf, np.inf, (1,), np.float32)

    with pytest.raises(EnvironmentCheckError, match=r"Gymnasium warns: WARN: .*infinity"):
        check_env(registered(Unbounded))


def test_an_id_that_is_not_registered_is_a_violation():
    with pytest.raises(EnvironmentCheckError, match="making it raises NamespaceNotFound"):
        check_env("test/Nosuch-v0")


def test_an_empty_mask_must_be_followed_by_the_end(registered):
    class Stuck(Walk):
        __doc__ = Walk.__doc__

        def reset(self, *, seed=None, options=None):
            observation, _ = super().reset(seed=seed)
            self.mask[:] = 0
            return observation, self.info()

    with pytest.raises(EnvironmentCheckError, match="an empty action mask"):
        check_env(registered(Stuck))
