"""Forwarding a packet hop by hop, as an environment."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

import gymnasium
import numpy as np
from gymnasium.error import ResetNeeded
from numpy.typing import NDArray

from coplug.envs.illegal import IllegalActions
from coplug.envs.options import checked_options
from coplug.envs.render_mode import checked_render_mode, warn_without_render_mode
from coplug.envs.spaces import MaskedDiscrete
from coplug.problems.routing.packet import Packet

from .baselines import compass, greedy, min_sum
from .picture import draw_packet, packet_text
from .setting import Networks, make_setting, source_of

OPTIONS = ("network",)
"""Keys of ``reset``'s options."""


class GeometricRoutingEnv(gymnasium.Env[Any, np.int64]):
    """Forward a packet to a neighbour, seeing what a node sees; the return is minus the stretch of its route.

    With m = ``max_neighbours``:

    **Actions.** ``Discrete(m)``: forward to the neighbour of that place, in the order of their numbers. Legal are the
    places that are taken: ``info["action_mask"]``, int8, has 1 there, and :meth:`action_masks` gives the same as bool.
    The space's ``sample()`` follows the mask. An illegal action raises ``gymnasium.error.InvalidAction`` and changes
    nothing. With ``illegal="penalty"`` it changes nothing, has reward -1 and is counted in ``info["n_illegal"]``; the
    100th in an episode truncates it. What is no member of the space is an error at any rate. A step outside an episode
    raises ``gymnasium.error.ResetNeeded``.

    **Observations.** A ``Dict``:

    ============== ======= ======= ==============================================================================
    field          dtype   shape   range
    ============== ======= ======= ==============================================================================
    ``neighbours`` float32 (m, 10) :data:`coplug.inference.architectures.routing.FORWARDER` of each neighbour,
                                   -100..100; rows that are not taken are 0
    ============== ======= ======= ==============================================================================

    **Reward.** Minus what the link costs, over the cost of the cheapest route; from a node next to the destination the
    packet goes on to it within the same step.

    **End.** Terminated when the packet is delivered. Truncated after ``max_hops`` steps, or by illegal actions. The
    ``info`` always has ``length`` and ``shortest``, of the route so far and of the cheapest, and ``node``;
    :attr:`packet` has the route and the network.

    **Start.** A network of ``networks``, or ``reset(options={"network": network})``, and a connected pair that is no
    link. A network without one, or with a node of more than m neighbours, is drawn again, up to 100 times.
    ``info["redraws"]`` of the reset says how often.

    **Seeds.** The draws of the network and of the pair are random.

    Source: arXiv:2308.09829 (the decision problem).

    Parameters
    ----------
    networks : str, Path, Network, sequence of Network or Family
        A family of networks by name or as an object with ``generate(rng)``, a network file, or networks of which one
        is drawn.
    size : str, optional
        Named size of a family that is given by name.
    parameters : mapping, optional
        Of a family that is given by name; they win over the size.
    max_neighbours : int
        At least 1.
    max_hops : int
        At least 1.
    illegal : {"error", "penalty"}
    render_mode : {"ansi", "rgb_array"}, optional
        The route; or the network, uint8 (600, 600, 3), with the route in red.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    InstanceError
        If a file cannot be read.
    """

    metadata = {"render_modes": ["ansi", "rgb_array"], "render_fps": 4}  # noqa: RUF012 # Gymnasium declares it so
    baselines = MappingProxyType({"greedy": greedy, "compass": compass, "min-sum": min_sum})

    def __init__(
        self,
        networks: Networks = "wireless_square",
        size: str | None = None,
        *,
        parameters: Mapping[str, float] | None = None,
        max_neighbours: int = 40,
        max_hops: int = 64,
        illegal: str = "error",
        render_mode: str | None = None,
    ) -> None:
        self.render_mode = checked_render_mode(render_mode, self.metadata["render_modes"])
        self._setting = make_setting(networks, size, parameters, max_neighbours, max_hops)
        self._illegal = IllegalActions(illegal)
        self.observation_space = self._setting.space
        self.action_space: MaskedDiscrete = MaskedDiscrete(max_neighbours)
        self._packet: Packet | None = None
        self._mask = np.zeros(max_neighbours, np.int8)
        self._running, self._hops = False, 0

    @property
    def packet(self) -> Packet:
        """The packet of the episode."""
        if self._packet is None:
            raise ResetNeeded("there is no packet yet; call reset first")
        return self._packet

    def action_masks(self) -> NDArray[np.bool_]:
        """Return which places are taken, bool, shape (max_neighbours,)."""
        return self._mask.astype(np.bool_)

    def reset(
        self, *, seed: int | None = None, options: dict[str, Any] | None = None
    ) -> tuple[Any, dict[str, Any]]:
        """Start an episode; see the class.

        Parameters
        ----------
        seed : int or None
        options : dict or None
            ``network``: that of this episode.

        Raises
        ------
        UsageError
            If an option is unknown, or no network is of use.
        InstanceError
            If a file cannot be read.
        """
        super().reset(seed=seed)
        given = checked_options(options, OPTIONS)
        source = source_of(given["network"]) if given else None
        begun = self._setting.begin(self.np_random, source)
        self._packet, self._running, self._hops = begun.packet, True, 0
        self._illegal.begin()
        observation, info = self._observed()
        return observation, info | {"redraws": begun.redraws}

    def step(self, action: Any) -> tuple[Any, float, bool, bool, dict[str, Any]]:
        """Forward the packet; see the class.

        Raises
        ------
        InvalidAction
            If no neighbour has the place.
        ResetNeeded
            Outside an episode.
        """
        if not self._running:
            raise ResetNeeded("no episode is running; call reset first")
        place = self.action_space.member(action)
        if not self._mask[place]:
            reward = self._illegal.reward(self.action_space.refusal(place, "place {} has no neighbour"))
            observation, info = self._observed()
            self._running = not self._illegal.truncates
            return observation, reward, False, not self._running, info
        self._hops += 1
        reward = -self.packet.forward(place) / self.packet.shortest
        terminated = self.packet.arrived
        truncated = not terminated and self._hops >= self._setting.max_hops
        self._running = not (terminated or truncated)
        observation, info = self._observed()
        return observation, reward, terminated, truncated, info

    def render(self) -> Any:
        """Return the route as text or picture; see the class.

        Raises
        ------
        ResetNeeded
            Before the first episode.
        """
        if self.render_mode is None:
            warn_without_render_mode()
            return None
        return (packet_text if self.render_mode == "ansi" else draw_packet)(self.packet)

    def _observed(self) -> tuple[Any, dict[str, Any]]:
        """Set the mask, and return observation and info."""
        seen, self._mask = self._setting.seen(self.packet)
        self.action_space.mask = self._mask
        info = {
            "action_mask": self._mask.copy(),
            "length": self.packet.length,
            "shortest": self.packet.shortest,
            "node": self.packet.node,
        }
        return {"neighbours": seen}, info | self._illegal.info()
