"""ICGNN for power allocation in cell-free networks: learned steps of the two numbers a user that make an allocation.

Links are nodes whose amplitudes follow in closed form from a price and a charge of their user, see
:mod:`coplug.algorithms.downlink.links`; what a stage learns is how users change these, from what their links carry.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.inference.architectures.icgnn import LOG_RANGE, POWER_FEATURES

from .icgnn import Drawn, UserMessages
from .weights_directory import export_network

LEAST = 1e-20
LEAST_PRICE = math.exp(-3.0 * LOG_RANGE)


@dataclass
class Allocation:
    """Amplitudes and what they do.

    Attributes
    ----------
    price : Tensor, shape (b, n_users)
        That they were made from, of mean 1; ones at full power.
    amplitudes : Tensor, shape (b, n_aps, n_users)
    signal, disturbance, sinr : Tensor, shape (b, n_users)
    shares : Tensor, shape (b, n_users, n_users)
        Of user k's disturbance, by the user that is sent to.
    """

    price: Tensor
    amplitudes: Tensor
    signal: Tensor
    disturbance: Tensor
    sinr: Tensor
    shares: Tensor


def evaluated(gain: Tensor, fading: Tensor, price: Tensor, amplitudes: Tensor) -> Allocation:
    """Return amplitudes with what they do."""
    signal = (gain * amplitudes).sum(dim=-2)
    caused = fading.transpose(-1, -2) @ amplitudes.square()
    disturbance = 1.0 + caused.sum(dim=-1)
    return Allocation(
        price,
        amplitudes,
        signal,
        disturbance,
        signal.square() / disturbance,
        caused / disturbance[..., None],
    )


def full_power(gain: Tensor, fading: Tensor) -> Allocation:
    """Return amplitudes that are proportional to the gains, at full power everywhere."""
    amplitudes = gain / (gain.square().sum(dim=-1, keepdim=True) + LEAST).sqrt()
    return evaluated(gain, fading, torch.ones_like(gain[:, 0]), amplitudes)


def allocated(gain: Tensor, fading: Tensor, price: Tensor, charge: Tensor) -> Allocation:
    """Return the allocation that price and charge make."""
    wanted = price[:, None] * gain
    cost = (fading @ charge[:, :, None])[..., 0]
    scale = torch.maximum(cost, (wanted.square().sum(dim=-1) + LEAST).sqrt())
    return evaluated(gain, fading, price, wanted / scale[..., None])


class IcgnnPower(nn.Module):
    """Allocates power in networks of any number of access points, users and antennas.

    Parameters
    ----------
    n_stages : int
        After full power.
    least_rate : bool
        Whether it is for the least rate; else for the sum of rates.
    """

    def __init__(self, n_stages: int = 4, least_rate: bool = False) -> None:
        super().__init__()
        self.sizes = {"n_stages": n_stages, "least_rate": least_rate}
        self.least_rate = least_rate
        self.stages = nn.ModuleList(UserMessages(len(POWER_FEATURES)) for _ in range(n_stages))

    def forward(self, gain: Tensor, fading: Tensor, drawn: Drawn | None = None) -> list[Allocation]:
        """Return the allocations of all stages, full power first.

        Parameters
        ----------
        gain, fading : float, shape (b, n_aps, n_users)
            See :mod:`coplug.algorithms.downlink.links`.
        drawn : Drawn, optional
            Lets corrections be random.
        """
        found = [full_power(gain, fading)]
        for stage in self.stages:
            found.append(allocated(gain, fading, *self._step(stage, found[-1], gain.shape[1], drawn)))
        return found

    def step_price(self, at: Allocation) -> Tensor:
        """Return the price that the classical fixed point takes next."""
        if self.least_rate:
            price = at.price / (at.sinr + LEAST).sqrt()
        else:
            price = at.signal / (at.disturbance * (1.0 + at.sinr))
        return (price / price.mean(dim=-1, keepdim=True)).clamp_min(LEAST_PRICE)

    def _step(
        self, stage: nn.Module, at: Allocation, n_aps: int, drawn: Drawn | None
    ) -> tuple[Tensor, Tensor]:
        price = self.step_price(at)
        log_sinr, log_price = (at.sinr + LEAST).log(), price.log()
        like = torch.ones_like(price)
        features = torch.stack(
            [
                torch.log1p(at.sinr) / 3.0,
                (log_sinr - log_sinr.mean(dim=-1, keepdim=True)) / 3.0,
                (log_sinr - log_sinr.amin(dim=-1, keepdim=True)) / 3.0,
                log_price / 3.0,
                log_price - at.price.log(),
                1.0 / at.disturbance,
                math.log(n_aps) / 5.0 * like,
                math.log(price.shape[-1]) / 3.0 * like,
            ],
            dim=-1,
        )
        change = stage(features, at.shares)
        if drawn is not None:
            change = drawn.around(change)
        change = change.clamp(-LOG_RANGE, LOG_RANGE).exp()
        price = price * change[..., 0]
        price = (price / price.mean(dim=-1, keepdim=True)).clamp_min(LEAST_PRICE)
        return price, price * change[..., 1] * at.signal / at.disturbance

    def export(self, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, "icgnn-power", self.sizes, **info)
