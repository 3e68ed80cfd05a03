"""Checking a Gymnasium environment against Gymnasium's contract and coplug's."""

from __future__ import annotations

import re
import warnings
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Any

import gymnasium
import numpy as np
from gymnasium.utils import env_checker, passive_env_checker

from coplug.testing.playing import checked_mask, legal_action, play
from coplug.testing.violations import EnvironmentCheckError, Violations

Env = gymnasium.Env[Any, Any]

SECTIONS = {
    "observations": r"\bobservation",
    "actions": r"\baction",
    "reward": r"\breward",
    "the end": r"\bend|\bterminat",
}
"""What a docstring must specify, and what the heading says that does."""

_HEADING = re.compile(r"^\s*(?:\*\*(.+?)\*\*|#+ +(.+)|(\w[\w ]*):$|(\w.*)\n\s*[-=]{3,}$)", re.MULTILINE)
"""A bold beginning of a paragraph, or a heading of Markdown, Google's or NumPy's style."""

_COLOUR = re.compile(r"\x1b\[\d+m")


def check_env(env: Env | str, *, seed: int = 0, episodes: int = 2, max_steps: int = 10_000) -> None:
    """Check that an environment keeps Gymnasium's contract, and coplug's.

    Gymnasium's ``check_env`` must pass, and every warning that it gives is a violation. Besides,

    - the class has a docstring with a paragraph or heading for observations, actions, reward and end;
    - if some actions may be illegal, ``info["action_mask"]``, int8, always of one length, and the method
      ``action_masks()`` agree, and an empty mask is followed by the end;
    - an agent that draws legal actions plays whole episodes; rewards are finite numbers, observations lie in their
      space, also at the end;
    - the same seed gives the same episode, also in a second environment;
    - every declared render mode works (``human`` is left out), and ``close()`` may be called twice.

    Parameters
    ----------
    env : gymnasium.Env or str
        An environment, or an id for ``gymnasium.make``. Modes of rendering and a second environment need an
        environment that was made by ``gymnasium.make``; one that was not is itself closed in the end.
    seed : int
        Of the first episode.
    episodes : int
        How many seeds to play, each twice.
    max_steps : int
        Steps after which an episode counts as endless.

    Raises
    ------
    EnvironmentCheckError
        With all violations, a line each.
    """
    violations = Violations()
    name = env if isinstance(env, str) else type(env.unwrapped).__name__
    make = _maker(env)
    with violations.guarding("making it"):
        first = make(None)
        _check_docstring(type(first.unwrapped), violations)
        with _warnings_noted(violations), violations.guarding("Gymnasium's check_env"):
            env_checker.check_env(first.unwrapped, skip_render_check=True)
        with violations.guarding("playing it"):
            _check_episodes(first, make(None), seed, episodes, max_steps, violations)
        if first.spec is not None:
            for mode in first.metadata.get("render_modes", []):
                _check_rendering(make, mode, seed, violations)
        with violations.guarding("closing it twice"):
            first.close()
            first.close()
    violations.raise_as(EnvironmentCheckError, f"environment {name}")


def _maker(env: Env | str) -> Callable[[str | None], Env]:
    """Return a function of the render mode that makes the environment anew, or hands out the given one."""
    source = env if isinstance(env, str) else env.spec
    if source is None:
        assert not isinstance(env, str)
        return lambda render_mode: env
    return lambda render_mode: gymnasium.make(source, render_mode=render_mode, disable_env_checker=True)


@contextmanager
def _warnings_noted(violations: Violations) -> Iterator[None]:
    with warnings.catch_warnings(record=True) as caught:
        warnings.simplefilter("always")
        # That there is a newer version of an id says nothing about this one.
        warnings.filterwarnings("ignore", ".*is out of date", DeprecationWarning)
        yield
    for warning in caught:
        violations.require(False, f"Gymnasium warns: {_COLOUR.sub('', str(warning.message))}")


def _check_docstring(cls: type[Any], violations: Violations) -> None:
    text = vars(cls).get("__doc__") or ""
    headings = "\n".join("".join(filter(None, match.groups())) for match in _HEADING.finditer(text))
    missing = [name for name, word in SECTIONS.items() if not re.search(word, headings, re.IGNORECASE)]
    violations.require(
        not missing,
        f"the docstring of {cls.__name__} is no specification: it has no heading for {', '.join(missing)}",
    )


def _check_episodes(
    env: Env, other: Env, seed: int, episodes: int, max_steps: int, violations: Violations
) -> None:
    for number in range(seed, seed + episodes):
        once = play(env, number, max_steps, violations)
        again = play(other, number, max_steps, violations)
        difference = once.difference(again)
        violations.require(not difference, f"two episodes of seed {number} differ in {difference}")
    if other is not env:
        other.close()


def _check_rendering(make: Callable[[str | None], Env], mode: str, seed: int, violations: Violations) -> None:
    if mode == "human":
        return
    with _warnings_noted(violations), violations.guarding(f"rendering as {mode}"):
        env = make(mode)
        try:
            _, info = env.reset(seed=seed)
            _check_picture(env, mode, violations)
            mask = checked_mask(env, info, violations)
            env.step(legal_action(env, mask, np.random.default_rng(seed)))
            _check_picture(env, mode, violations)
        finally:
            env.close()


def _check_picture(env: Env, mode: str, violations: Violations) -> None:
    passive_env_checker.env_render_passive_checker(env.unwrapped)
    picture: Any = env.render()
    if mode == "ansi":
        violations.require(
            isinstance(picture, str), f"render mode ansi gives a {type(picture).__name__}, not a text"
        )
    elif mode == "rgb_array":
        is_picture = isinstance(picture, np.ndarray) and picture.dtype == np.uint8 and picture.ndim == 3
        violations.require(
            is_picture and picture.shape[2] == 3, "render mode rgb_array gives no uint8 of shape (h, w, 3)"
        )
    else:
        violations.require(picture is not None, f"render mode {mode} gives nothing")
