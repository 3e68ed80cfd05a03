"""SCIP's parameters as an action space."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import numpy as np
from gymnasium import spaces

from coplug.errors import UsageError
from coplug.scip.session import Session
from coplug.scip.settings import ParameterValue

Choices = spaces.Space[Any] | Sequence[ParameterValue]

DEFAULT_PARAMETERS: dict[str, Choices] = {
    "branching/scorefac": spaces.Box(0.0, 1.0, (), np.float64),
    "nodeselection/childsel": ["d", "u", "p", "i", "l", "r", "h"],
    "presolving/maxrounds": [0, 1, -1],
    "separating/maxroundsroot": [0, 5, -1],
    "conflict/enable": spaces.Discrete(2),
}


class ParameterSpace:
    """Translates the members of a ``Dict`` space to SCIP's parameters.

    Parameters
    ----------
    parameters : mapping of str to Space or sequence
        By SCIP parameter: a ``Box`` of one number for a real, a ``Discrete`` for whole numbers, ``Discrete(2)`` for a
        truth value, or a sequence of values, whose index is the action then.

    Attributes
    ----------
    space : gymnasium.spaces.Dict
        One entry a parameter, under its name.

    Raises
    ------
    ParameterError
        If SCIP has no such parameter, or refuses a value at the rim of a space.
    UsageError
        If there are no parameters, or something is neither a space of single numbers nor a sequence.
    """

    def __init__(self, parameters: Mapping[str, Choices]) -> None:
        if not parameters:
            raise UsageError("there are no parameters to choose; name at least one")
        self._values: dict[str, Sequence[ParameterValue]] = {
            name: list(choices)
            for name, choices in parameters.items()
            if not isinstance(choices, spaces.Space)
        }
        self.space = spaces.Dict({name: _space(name, choices) for name, choices in parameters.items()})
        self._check()

    def values(self, action: Mapping[str, Any]) -> dict[str, ParameterValue]:
        """Return the parameters' values for a member of the space.

        Raises
        ------
        AttributeError, LookupError, TypeError, ValueError
            If it is no member.
        """
        parts = {name: np.asarray(part, self.space[name].dtype) for name, part in action.items()}
        if not self.space.contains(parts):
            raise ValueError("not in the space")
        return {name: self._value(name, part) for name, part in parts.items()}

    def defaults(self) -> dict[str, Any]:
        """Return the member of the space that stands for SCIP's defaults, or for what can be chosen nearest to them."""
        model = Session.empty()
        return {name: self._default(name, model.get_param(name)) for name in self.space}

    def _default(self, name: str, value: ParameterValue) -> Any:
        choices = self._values.get(name)
        if choices is None:
            low, high = _ends(self.space[name])
            return np.asarray(np.clip(float(value), low, high), self.space[name].dtype).reshape(
                self.space[name].shape
            )
        if isinstance(value, str):
            return choices.index(value) if value in choices else 0
        return int(np.argmin([abs(float(choice) - float(value)) for choice in choices]))

    def _value(self, name: str, part: Any) -> ParameterValue:
        number: float = np.asarray(part).item()
        if name in self._values:
            return self._values[name][int(number)]
        return number

    def _check(self) -> None:
        """Set every value of a sequence, and the ends of every space, on a model of their own."""
        model = Session.empty()
        for name, space in self.space.items():
            for value in self._values.get(name) or _ends(space):
                model.set_param(name, value)


def _space(name: str, choices: Choices) -> spaces.Space[Any]:
    if isinstance(choices, spaces.Discrete) or (
        isinstance(choices, spaces.Box) and choices.shape in ((), (1,))
    ):
        return choices
    if isinstance(choices, spaces.Space | str) or len(choices) == 0:
        raise UsageError(
            f"{choices!r} does not say what {name} may be; give a Discrete, a Box of one number, or a list of values"
        )
    return spaces.Discrete(len(choices))


def _ends(space: spaces.Space[Any]) -> tuple[float, float]:
    if isinstance(space, spaces.Discrete):
        return int(space.start), int(space.start + space.n - 1)
    assert isinstance(space, spaces.Box)
    return space.low.item(), space.high.item()
