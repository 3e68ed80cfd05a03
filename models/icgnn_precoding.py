"""ICGNN for precoding: learned steps between the stations of a weighted MMSE iteration, in the Gram domain.

A precoder is ``W = H^H S V diag(g)`` with ``V = (S H H^H S + mu I)^-1``: optimal ones have this form, see
:mod:`coplug.algorithms.downlink.station`, and what is left to find are two positive numbers a user, ``s``, ``g``. RZF
has ``s = g = 1``. From there on each stage evaluates the precoder, takes the step that weighted MMSE would take, and
corrects it by what :class:`coplug.models.icgnn.UserMessages` says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import torch
from torch import Tensor, nn

from coplug.inference.architectures.icgnn import FEATURES, LEAST, LOG_RANGE

from .icgnn import UserMessages
from .weights_directory import export_network


@dataclass
class Station:
    """A precoder and what it does; shapes (b, n_users) unless said otherwise.

    Attributes
    ----------
    s, g : Tensor
        What makes it.
    inverse : complex Tensor, shape (b, n_users, n_users)
        ``V``.
    sinr : Tensor
    gain : Tensor
        Of the own stream, times ``s``, at power 1.
    own : Tensor
        ``1 - mu V[k, k]``, in 0..1.
    shares : Tensor, shape (b, n_users, n_users)
        Of what disturbs user k, by stream.
    noise : Tensor
        The share of noise in it.
    power : Tensor, shape (b, 1)
        Of the precoder before it is scaled to 1.
    """

    s: Tensor
    g: Tensor
    inverse: Tensor
    sinr: Tensor
    gain: Tensor
    own: Tensor
    shares: Tensor
    noise: Tensor
    power: Tensor


class Drawn:
    """Corrections drawn from a normal distribution around what the network says, with their likelihood.

    Parameters
    ----------
    deviation : float
        Standard deviation.

    Attributes
    ----------
    log_likelihood : Tensor, shape (b,)
        Of all that was drawn, up to a constant.
    """

    def __init__(self, deviation: float) -> None:
        self.deviation = deviation
        self.log_likelihood = torch.zeros(())

    def around(self, mean: Tensor) -> Tensor:
        """Draw corrections, shape (b, n_users, 2); no gradient goes through them."""
        found = mean.detach() + self.deviation * torch.randn_like(mean)
        off = (found - mean) / self.deviation
        self.log_likelihood = self.log_likelihood - 0.5 * off.square().sum(dim=(1, 2))
        return found


def station(gram: Tensor, noise: Tensor, s: Tensor, g: Tensor) -> Station:
    """Evaluate a precoder.

    Parameters
    ----------
    gram : complex, shape (b, n_users, n_users)
        ``H H^H``, scaled so that the mean of its diagonal is 1.
    noise : float, shape (b,)
        Variance over power, scaled alike.
    s, g : float, shape (b, n_users)
    """
    mu = (noise * s.square().sum(dim=-1))[:, None]
    scaled = s[:, :, None] * gram * s[:, None, :]
    inverse = torch.linalg.inv(scaled + torch.diag_embed(mu.expand_as(s)).to(gram.dtype))
    squares = inverse.real.square() + inverse.imag.square()
    diagonal = torch.diagonal(inverse.real, dim1=-2, dim2=-1)
    off = squares - torch.diag_embed(torch.diagonal(squares, dim1=-2, dim2=-1))
    from_others = mu[:, :, None].square() * off * g.square()[:, None, :]
    power = (g.square() * (diagonal - mu * squares.sum(dim=-2)).clamp_min(0.0)).sum(dim=-1, keepdim=True)
    noise_part = s.square() * noise[:, None] * power
    disturbance = from_others.sum(dim=-1) + noise_part + LEAST
    own = (1.0 - mu * diagonal).clamp_min(0.0)
    return Station(
        s,
        g,
        inverse,
        (own * g).square() / disturbance,
        own * g / (power + LEAST).sqrt(),
        own,
        from_others / disturbance[:, :, None],
        noise_part / disturbance,
        power,
    )


def wmmse_step(at: Station, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``s`` and ``g`` that weighted MMSE takes next, ``s`` of mean square 1."""
    receiver = at.s * at.sinr / ((1.0 + at.sinr) * (at.gain + LEAST))
    g = (weights * (1.0 + at.sinr)).sqrt()
    return _normalised(g * receiver), g


def _normalised(s: Tensor) -> Tensor:
    return (s / s.square().mean(dim=-1, keepdim=True).add(LEAST).sqrt()).clamp_min(math.exp(-LOG_RANGE))


class IcgnnPrecoding(nn.Module):
    """Finds precoders of any number of users and antennas.

    Parameters
    ----------
    n_stages : int
        After RZF.
    """

    def __init__(self, n_stages: int = 2) -> None:
        super().__init__()
        self.sizes = {"n_stages": n_stages}
        self.stages = nn.ModuleList(UserMessages(len(FEATURES)) for _ in range(n_stages))

    def forward(
        self, gram: Tensor, noise: Tensor, error: Tensor, weights: Tensor, drawn: Drawn | None = None
    ) -> list[Station]:
        """Return the precoders of all stages, RZF first; see :func:`station`.

        Parameters
        ----------
        gram, noise
            The noise with what an error of the channel adds to it, see :func:`station`.
        error : float, shape (b,)
            The share of the error in that noise.
        weights : float, shape (b, n_users)
            Of users, of mean 1.
        drawn : Drawn, optional
            Lets corrections be random.
        """
        ones = torch.ones_like(weights)
        stations = [station(gram, noise, ones, ones)]
        for stage in self.stages:
            stations.append(
                station(gram, noise, *self._step(stage, stations[-1], noise, error, weights, drawn))
            )
        return stations

    def _step(
        self,
        stage: nn.Module,
        at: Station,
        noise: Tensor,
        error: Tensor,
        weights: Tensor,
        drawn: Drawn | None,
    ) -> tuple[Tensor, Tensor]:
        s, g = wmmse_step(at, weights)
        log_s, log_g = s.log(), g.log()
        like = torch.ones_like(s)
        features = torch.stack(
            [
                torch.log1p(at.sinr) / 3.0,
                at.own,
                log_s / 2.0,
                at.s.log() - log_s,
                at.g.log() - log_g,
                at.noise,
                -noise.log()[:, None] * like / 5.0,
                math.log(s.shape[-1]) / 3.0 * like,
                error[:, None] * like,
                (weights + LEAST).log(),
            ],
            dim=-1,
        )
        change = stage(features, at.shares)
        if drawn is not None:
            change = drawn.around(change)
        new_s = s * change[..., 0].clamp(-LOG_RANGE, LOG_RANGE).exp()
        new_g = g * change[..., 1].clamp(-LOG_RANGE, LOG_RANGE).exp()
        return _normalised(new_s), new_g

    def export(self, directory: Path, info: Mapping[str, Any]) -> None:
        """Write a weights directory.

        Raises
        ------
        WeightsError
            If a weight is not finite.
        OutputError
            If the files cannot be written.
        """
        export_network(self, directory, "icgnn-precoding", self.sizes, **info)
