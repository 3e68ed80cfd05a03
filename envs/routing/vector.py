"""Many packets at once, in one process."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, NamedTuple

import numpy as np
from gymnasium.vector import AutoresetMode
from numpy.typing import NDArray

from coplug.envs.episodes_vector import EpisodesVectorEnv
from coplug.envs.turns import begin_episode, count_illegal, end_step
from coplug.envs.vector import Arrays
from coplug.errors import UsageError
from coplug.inference.architectures.routing import FORWARDER
from coplug.problems.routing.packet import Packet

from .setting import Begun, Networks, make_setting


class Seen(NamedTuple):
    """What is observed of n packets.

    Attributes
    ----------
    neighbours : float32, shape (n, m, 10)
    masks : int8, shape (n, m)
    length, shortest : float64, shape (n,)
    node, hops : int64, shape (n,)
    """

    neighbours: NDArray[np.float32]
    masks: NDArray[np.int8]
    length: NDArray[np.float64]
    shortest: NDArray[np.float64]
    node: NDArray[np.int64]
    hops: NDArray[np.int64]


class GeometricRoutingVectorEnv(EpisodesVectorEnv):
    """:class:`~.environment.GeometricRoutingEnv`, ``num_envs`` times.

    Each environment does with a seed what a single one does. What batches share is described at
    :class:`coplug.envs.vector.CompiledVectorEnv`; ``reset`` knows the option ``reset_mask``.

    Parameters
    ----------
    num_envs : int
    networks, size, parameters, max_neighbours, max_hops, illegal
        As in :class:`~.environment.GeometricRoutingEnv`.
    autoreset_mode, copy, max_episode_steps, render_mode
        As in :class:`coplug.envs.vector.CompiledVectorEnv`.

    Raises
    ------
    UsageError
        If an argument is unknown or out of range.
    """

    options = ("reset_mask",)

    def __init__(
        self,
        num_envs: int = 1,
        networks: Networks = "wireless_square",
        size: str | None = None,
        *,
        parameters: Mapping[str, float] | None = None,
        max_neighbours: int = 40,
        max_hops: int = 64,
        illegal: str = "error",
        autoreset_mode: AutoresetMode | str = AutoresetMode.NEXT_STEP,
        copy: bool = True,
        max_episode_steps: int | None = None,
        render_mode: str | None = None,
    ) -> None:
        self._setting = make_setting(networks, size, parameters, max_neighbours, max_hops)
        super().__init__(
            num_envs,
            self._setting.space,
            max_neighbours,
            autoreset_mode=autoreset_mode,
            copy=copy,
            illegal=illegal,
            max_episode_steps=max_episode_steps,
            render_mode=render_mode,
        )
        self._packets: list[Packet | None] = [None] * num_envs
        self._now, self._last = (_nothing(num_envs, max_neighbours) for _ in range(2))

    def _observation(self, last: bool) -> Arrays:
        return {"neighbours": self._seen(last).neighbours}

    def _facts(self, last: bool) -> Arrays:
        seen = self._seen(last)
        return {"length": seen.length, "shortest": seen.shortest, "node": seen.node}

    def _exhausted(self) -> Exception:
        return UsageError("no network was of use; take another family")

    def _begin(self, i: int, instance: Any = None) -> Begun:
        return self._setting.begin(self._rngs[i])

    def _start(self, i: int, begun: Begun) -> None:
        self._packets[i], self._redraws[i] = begun.packet, begun.redraws
        self._now.hops[i], self._now.shortest[i] = 0, begun.packet.shortest
        self._show(i, begun.packet)
        begin_episode(self._turns, i)

    def _act(self, i: int, place: int) -> None:
        turns, packet = self._turns, self._packets[i]
        assert packet is not None
        if not self._now.masks[i, place]:
            end_step(turns, self._conduct, i, count_illegal(turns, i), False, False)
            return
        reward = -packet.forward(place) / packet.shortest
        self._now.hops[i] += 1
        self._show(i, packet)
        is_cut_off = not packet.arrived and self._now.hops[i] >= self._setting.max_hops
        end_step(turns, self._conduct, i, reward, packet.arrived, bool(is_cut_off))

    def _show(self, i: int, packet: Packet) -> None:
        now = self._now
        now.neighbours[i], now.masks[i] = self._setting.seen(packet)
        now.length[i], now.node[i] = packet.length, packet.node
        self._turns.n_legal[i] = now.masks[i].sum()


def _nothing(n: int, m: int) -> Seen:
    return Seen(
        np.zeros((n, m, len(FORWARDER)), np.float32),
        np.zeros((n, m), np.int8),
        np.zeros(n),
        np.ones(n),
        np.zeros(n, np.int64),
        np.zeros(n, np.int64),
    )
