"""Filling one or several knapsacks item by item, as an environment."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from pathlib import Path
from types import MappingProxyType
from typing import Any, ClassVar

import gymnasium
import numpy as np
from gymnasium import spaces
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from coplug.envs.illegal import IllegalActions
from coplug.envs.options import checked_options
from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.envs.spaces import MaskedDiscrete
from coplug.errors import UsageError, shown
from coplug.families import make_family
from coplug.problems.knapsack.family import KNAPSACKS
from coplug.problems.knapsack.instance import Knapsack
from coplug.problems.knapsack.reading import read_knapsack

from .baselines import exact, greedy

OPTIONS = ("knapsack",)
"""Keys of ``reset``'s options."""

Instances = str | Path | Knapsack | Sequence[Knapsack] | Any
"""See :class:`KnapsackEnv`; what has ``generate(rng)`` is a family."""


class KnapsackEnv(gymnasium.Env[Any, np.int64]):
    """Put items into knapsacks until nothing fits; the return is what all that is inside is worth.

    With n items, m objectives, c constraints, and k = ``n_knapsacks`` knapsacks of the same capacities:

    **Actions.** ``Discrete(k * n)``: action ``j * n + i`` puts item ``i`` into knapsack ``j``. Legal are items that are
    in no knapsack yet, where they fit: ``info["action_mask"]``, int8, has 1 there, and :meth:`action_masks` gives the
    same as bool. The space's ``sample()`` follows the mask. An illegal action raises ``gymnasium.error.InvalidAction``
    and changes nothing. With ``illegal="penalty"`` it changes nothing, has reward -1 and is counted in
    ``info["n_illegal"]``; the 100th in an episode truncates it. A step outside an episode raises
    ``gymnasium.error.ResetNeeded``.

    **Observations.** A ``Dict``, whose first three fields have a column for each action:

    =========== ======= ======== ================================================================
    field       dtype   shape    range
    =========== ======= ======== ================================================================
    ``profits`` float32 (m, k*n) 0..1, the item's as shares of the largest profit by that objective
    ``weights`` float32 (c, k*n) 0..1, the item's as shares of the capacity; 1 of what does not fit
    ``inside``  int64   (k*n,)   0..1, 1 if the action's item is in the action's knapsack
    ``room``    float32 (k, c)   0..1, what is left of the capacities, as shares
    =========== ======= ======== ================================================================

    **Reward.** What the item is worth: its profits, weighed by ``weights`` if there are several objectives.

    **End.** Terminated when nothing fits. It is not truncated, but for illegal actions. ``info["objectives"]``,
    float64, shape (m,), has the profits of all that is inside; :attr:`chosen` is where the items are, :attr:`knapsack`
    the instance.

    **Start.** An instance of ``instances``; all have the same numbers of items, objectives and constraints.

    **Seeds.** Only the draw of the instance is random.

    Sources: A. S. Fukunaga, Annals of Operations Research 184 (2011), 97-119 (several knapsacks); E. Zitzler and L.
    Thiele, IEEE Transactions on Evolutionary Computation 3 (1999), 257-271 (several objectives).

    Parameters
    ----------
    instances : str, Path, Knapsack, sequence of Knapsack or Family
        A family of knapsacks by name or as an object with ``generate(rng)``, a file, or knapsacks of which one is
        drawn. Of the family ``knapsack``, one objective unless ``parameters`` say otherwise.
    size : str, optional
        Named size of a family that is given by name.
    parameters : mapping, optional
        Of a family that is given by name; they win over the size.
    n_knapsacks : int
        At least 1.
    weights : sequence of float, optional
        Of the objectives, at least 0 each; by default all 1.
    illegal : {"error", "penalty"}
    render_mode : {"ansi"}, optional
        What is inside, and what room is left.

    Attributes
    ----------
    source : Family or list of Knapsack
        Where instances come from; all lists have instances of one shape.
    shape : tuple of int
        Numbers of objectives, items and constraints.
    objective_weights : float64, shape (m,)

    Raises
    ------
    UsageError
        If an argument is unknown, out of range or does not fit.
    InstanceError
        If a file cannot be read.
    """

    metadata = {"render_modes": ["ansi"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so
    baselines = MappingProxyType({"greedy": greedy, "exact": exact})
    own_parameters: ClassVar[Mapping[str, float]] = MappingProxyType({"n_objectives": 1})
    """Of a family that is given by name, where ``parameters`` do not say otherwise."""

    def __init__(
        self,
        instances: Instances = "knapsack",
        size: str | None = None,
        *,
        parameters: Mapping[str, float] | None = None,
        n_knapsacks: int = 1,
        weights: Sequence[float] | None = None,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        if n_knapsacks < 1:
            raise UsageError(f"n_knapsacks {n_knapsacks} is out of range; take 1 or more")
        self.n_knapsacks = n_knapsacks
        if isinstance(instances, str) and not Path(instances).suffix:
            parameters = {**self.own_parameters, **(parameters or {})}
        self.source = _source(instances, size, parameters)
        first = _drawn(self.source, np.random.default_rng(0))
        self.shape = _shape_of(first)
        for other in self.source if isinstance(self.source, list) else []:
            _check_shape(other, self.shape)
        m, n, c = self.shape
        self.objective_weights = _checked_weights(weights, m)
        self._illegal = IllegalActions(illegal)
        self.observation_space: spaces.Dict = spaces.Dict(
            {
                "profits": spaces.Box(0.0, 1.0, (m, n_knapsacks * n), np.float32),
                "weights": spaces.Box(0.0, 1.0, (c, n_knapsacks * n), np.float32),
                "inside": spaces.Box(0, 1, (n_knapsacks * n,), np.int64),
                "room": spaces.Box(0.0, 1.0, (n_knapsacks, c), np.float32),
            }
        )
        self.action_space: MaskedDiscrete = MaskedDiscrete(n_knapsacks * n)
        self._knapsack: Knapsack | None = None
        self._inside = np.zeros(n, np.int64)
        self._running = False

    @property
    def knapsack(self) -> Knapsack:
        """The instance of the episode."""
        if self._knapsack is None:
            raise ResetNeeded("there is no knapsack yet; call reset first")
        return self._knapsack

    @property
    def chosen(self) -> NDArray[np.int64]:
        """The knapsack of each item, from 1, 0 of those outside; int64, shape (n_items,)."""
        return self._inside.copy()

    def worth(self) -> NDArray[np.float64]:
        """Return the reward of each item, float64, shape (n_items,)."""
        return np.asarray(self.objective_weights @ self.knapsack.profits)

    def room(self) -> NDArray[np.int64]:
        """Return what is left of the capacities, int64, shape (n_knapsacks, n_constraints)."""
        return np.asarray(self.knapsack.capacities - self._assigned() @ self.knapsack.weights.T)

    def action_masks(self) -> NDArray[np.bool_]:
        """Return what can be put where now, bool, shape (n_knapsacks * n_items,)."""
        if self._knapsack is None:
            return np.zeros(int(self.action_space.n), np.bool_)
        fits = (self.knapsack.weights <= self.room()[:, :, None]).all(axis=1)
        return np.asarray(fits & (self._inside == 0)).reshape(-1)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Start an episode; see the class.

        Parameters
        ----------
        seed : int or None
        options : dict or None
            ``knapsack``: the instance of this episode.

        Raises
        ------
        UsageError
            If an option is unknown, or an instance has another shape.
        """
        super().reset(seed=seed)
        given = checked_options(options, OPTIONS)
        source = _source(given["knapsack"], None, None) if given else self.source
        self._knapsack = _drawn(source, self.np_random)
        _check_shape(self._knapsack, self.shape)
        self._inside = np.zeros(self._knapsack.n_items, np.int64)
        self._illegal.begin()
        observation, info = self._observed()
        self._running = True
        return observation, info

    def step(self, action: Any) -> tuple[dict[str, NDArray[Any]], float, bool, bool, dict[str, Any]]:
        """Put an item into a knapsack; see the class.

        Raises
        ------
        InvalidAction
            If it is in one, or does not fit.
        ResetNeeded
            Outside an episode.
        """
        if not self._running:
            raise ResetNeeded("no episode is running; call reset first")
        number = self.action_space.member(action)
        mask = self.action_space.mask
        assert mask is not None
        if not mask[number]:
            reward = self._illegal.reward(self.action_space.refusal(number, "action {} is not legal"))
            self._running = not self._illegal.truncates
            observation, info = self._observed()
            return observation, reward, False, not self._running, info
        where, item = divmod(number, self.knapsack.n_items)
        self._inside[item] = where + 1
        observation, info = self._observed()
        self._running = bool(info["action_mask"].any())
        return observation, float(self.worth()[item]), not self._running, False, info

    def render(self) -> Any:
        """Return what is inside as text; see the class.

        Raises
        ------
        ResetNeeded
            Before the first episode.
        """
        if self.render_mode is None:
            warn_without_render_mode()
            return None
        lines = [f"{self._objectives().tolist()} so far"]
        for k, room in enumerate(self.room().tolist()):
            lines.append(
                f"knapsack {k + 1}: items {np.flatnonzero(self._inside == k + 1).tolist()}, room {room}"
            )
        return "\n".join(lines)

    def _assigned(self) -> NDArray[np.int64]:
        """Return 1 where an item is in a knapsack, shape (n_knapsacks, n_items)."""
        numbers = np.arange(1, self.n_knapsacks + 1)[:, None]
        return np.where(self._inside == numbers, np.int64(1), np.int64(0))

    def _objectives(self) -> NDArray[np.float64]:
        return self.knapsack.values(self._inside > 0).astype(np.float64)

    def _observed(self) -> tuple[dict[str, NDArray[Any]], dict[str, Any]]:
        """Set the mask, and return observation and info."""
        knapsack = self.knapsack
        largest = np.maximum(knapsack.profits.max(axis=1, keepdims=True), 1)
        capacities = np.maximum(knapsack.capacities, 1)
        weights = np.minimum(knapsack.weights / capacities[:, None], 1.0)
        observation: dict[str, NDArray[Any]] = {
            "profits": np.tile(knapsack.profits / largest, self.n_knapsacks).astype(np.float32),
            "weights": np.tile(weights, self.n_knapsacks).astype(np.float32),
            "inside": self._assigned().reshape(-1),
            "room": (self.room() / capacities).astype(np.float32),
        }
        mask = self.action_masks().astype(np.int8)
        self.action_space.mask = mask
        info: dict[str, Any] = {"action_mask": mask.copy(), "objectives": self._objectives()}
        return observation, info | self._illegal.info()


class MultiObjectiveKnapsackEnv(KnapsackEnv):
    """Put items into knapsacks until nothing fits, by several objectives; the return is their weighted sum.

    It is a :class:`KnapsackEnv`.

    **Actions.** As there.

    **Observations.** As there; families draw their own number of objectives, two unless ``parameters`` say otherwise.

    **Reward.** As there: the profits, weighed.

    **End.** As there; ``info["objectives"]`` tells them apart.
    """

    own_parameters: ClassVar[Mapping[str, float]] = MappingProxyType({})


def _source(instances: Instances, size: str | None, parameters: Mapping[str, float] | None) -> Any:
    """Return a family, or a list of knapsacks."""
    if isinstance(instances, str | Path) and Path(instances).suffix:
        return [read_knapsack(Path(instances)).knapsack]
    if isinstance(instances, str):
        return make_family(instances, size, parameters, KNAPSACKS)
    if size is not None or parameters:
        raise UsageError("size and parameters are for a family that is given by name")
    if isinstance(instances, Knapsack):
        return [instances]
    if isinstance(instances, Sequence) and instances and all(isinstance(one, Knapsack) for one in instances):
        return list(instances)
    if hasattr(instances, "generate"):
        return instances
    raise UsageError(
        f"{shown(instances)} is no knapsack; give a family, a file, a Knapsack or a list of them"
    )


def _drawn(source: Any, rng: np.random.Generator) -> Knapsack:
    found = source[int(rng.integers(len(source)))] if isinstance(source, list) else source.generate(rng)
    if not isinstance(found, Knapsack):
        raise UsageError(f"the family drew a {type(found).__name__}; take a family of knapsacks")
    if not len(found.useful()):
        raise UsageError("a knapsack has no item that fits and is worth anything; take another")
    return found


def _shape_of(knapsack: Knapsack) -> tuple[int, int, int]:
    return knapsack.n_objectives, knapsack.n_items, knapsack.n_constraints


def _check_shape(knapsack: Knapsack, shape: tuple[int, int, int]) -> None:
    if _shape_of(knapsack) != shape:
        raise UsageError(
            f"a knapsack with {_in_words(_shape_of(knapsack))} does not fit; the first has {_in_words(shape)}, and all "
            "have to be alike"
        )


def _in_words(shape: tuple[int, int, int]) -> str:
    return f"{shape[0]} objectives, {shape[1]} items and {shape[2]} constraints"


def _checked_weights(weights: Sequence[float] | None, n_objectives: int) -> NDArray[np.float64]:
    if weights is None:
        return np.ones(n_objectives)
    try:
        array = np.asarray(weights, np.float64)
    except (TypeError, ValueError):
        array = np.array(np.nan)
    if array.shape != (n_objectives,) or not (
        np.isfinite(array).all() and (array >= 0.0).all() and array.any()
    ):
        raise UsageError(
            f"weights {shown(weights)} do not fit; give {n_objectives} numbers of at least 0, one for each objective"
        )
    return array
