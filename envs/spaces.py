"""Spaces that know which of their members are legal now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction
from numpy.typing import NDArray

if TYPE_CHECKING:
    from gymnasium.spaces.space import MaskNDArray

_ANY = 2  # in a mask of MultiBinary: 0 or 1 at random


class MaskedDiscrete(spaces.Discrete):
    """A discrete space whose samples follow the environment's current mask unless they are given one.

    Membership is that of the whole space: what is legal changes from state to state.

    Attributes
    ----------
    mask : int8, shape (n,), or None
        1 where an action is legal now; None for no restriction.
    """

    mask: NDArray[np.int8] | None = None

    def sample(self, mask: MaskNDArray | None = None, probability: MaskNDArray | None = None) -> np.int64:
        """Draw an action; 0 where none is legal."""
        if probability is not None:
            return super().sample(mask, probability)
        return super().sample(self.mask if mask is None else mask)

    def legal(self, action: Any, illegal: str = "action {} is not legal now") -> int:
        """Return an action as a number.

        Parameters
        ----------
        action : object
        illegal : str
            What an illegal one is told, with ``{}`` for its number.

        Raises
        ------
        InvalidAction
            If it is no member, or not legal now.
        """
        if not self.contains(action):
            raise InvalidAction(f"action {action!r} is none; take an integer in 0..{self.n - 1}")
        number = int(action)
        if self.mask is not None and not self.mask[number]:
            raise InvalidAction(
                f"{illegal.format(number)}; take one of the {int(self.mask.sum())} where info['action_mask'] is 1"
            )
        return number


class MaskedMultiBinary(spaces.MultiBinary):
    """A space of subsets whose samples follow the environment's current mask unless they are given one.

    Attributes
    ----------
    mask : int8, shape (n,), or None
        1 where an element may be selected now; None for no restriction.
    """

    mask: NDArray[np.int8] | None = None

    def sample(
        self, mask: MaskNDArray | None = None, probability: MaskNDArray | None = None
    ) -> NDArray[np.int8]:
        """Draw a subset, each legal element with probability one half."""
        if probability is not None:
            return super().sample(mask, probability)
        if mask is None and self.mask is not None:
            mask = self.mask * np.int8(_ANY)
        return super().sample(mask)
