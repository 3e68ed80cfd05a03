"""Spaces that know which of their members are legal now."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import numpy as np
from gymnasium import spaces
from gymnasium.error import InvalidAction
from numpy.typing import NDArray

from coplug.envs.drawing import draw_legal
from coplug.errors import UsageError

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

    def member(self, action: Any) -> int:
        """Return an action as a number.

        Raises
        ------
        InvalidAction
            If it is not in the space.
        """
        if not self.contains(action):
            raise InvalidAction(f"action {action!r} is none; take an integer in 0..{self.n - 1}")
        return int(action)

    def refusal(self, number: int, text: str = "action {} is not legal now") -> InvalidAction:
        """Return the error of an illegal action; the text has ``{}`` for its number."""
        n_legal = 0 if self.mask is None else int(self.mask.sum())
        return InvalidAction(
            f"{text.format(number)}; take one of the {n_legal} where info['action_mask'] is 1"
        )


class MaskedMultiDiscrete(spaces.MultiDiscrete):
    """The actions of several environments, whose samples follow their current masks unless they are given some.

    Parameters
    ----------
    n : int
        Number of environments.
    n_actions : int
        Of each.

    Attributes
    ----------
    mask : int8, shape (n, n_actions), or None
        1 where an action is legal now; None for no restriction.
    """

    mask: NDArray[np.int8] | None = None

    def __init__(self, n: int, n_actions: int) -> None:
        super().__init__(np.full(n, n_actions))
        self._random: NDArray[np.uint64] | None = None

    def seed(self, seed: int | None = None) -> Any:
        """See Gymnasium."""
        self._random = None
        return super().seed(seed)

    def sample(self, mask: Any = None, probability: Any = None) -> NDArray[np.int64]:
        """Draw actions, compiled where masks are followed; 0 where none is legal.

        Parameters
        ----------
        mask : int8 or bool, shape (n, n_actions), optional
            A tuple of masks will do too.
        probability : tuple of float64 arrays, optional
            See Gymnasium.
        """
        if probability is not None or (mask is None and self.mask is None):
            return super().sample(None, probability)
        masks = np.ascontiguousarray(self.mask if mask is None else mask)
        n, n_actions = len(self.nvec), int(self.nvec[0])
        if masks.shape != (n, n_actions) or masks.dtype not in (np.int8, np.bool_):
            raise UsageError(
                f"masks of shape {masks.shape} and type {masks.dtype} do not fit; give int8 or bool of shape "
                f"({n}, {n_actions})"
            )
        if self._random is None:
            self._random = np.array([self.np_random.integers(2**64, dtype=np.uint64)])
        actions = np.empty(n, np.int64)
        draw_legal(masks.view(np.int8), self._random, actions)
        return actions


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
