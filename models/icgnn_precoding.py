"""ICGNN for precoding: learned steps between the stations of a weighted MMSE iteration, in the Gram domain.

A precoder is ``W = H^H S V diag(g)`` with ``V = (S H H^H S + mu I)^-1``: optimal ones have this form, see
:mod:`coplug.algorithms.downlink.station`, and what is left to find are two positive numbers a user, ``s``, ``g``. RZF
has ``s = g = 1``. From there, or from a start that is learned from the Gram matrix, each stage evaluates the precoder,
takes the step that weighted MMSE would take, and corrects it by what :class:`coplug.models.icgnn.UserMessages` says.
"""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol

import torch
from torch import Tensor, nn

from coplug.inference.architectures.icgnn import FEATURES, LEAST, LOG_RANGE, START_FEATURES

from .icgnn import Drawn, UserMessages
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

    @property
    def duals(self) -> Tensor:
        """``X`` of the precoder ``H^H X``, before it is scaled to power 1."""
        return self.s[:, :, None] * self.inverse * self.g[:, None, :]


class Evaluated(Protocol):
    """What steps and rates need to know of a precoder, see :class:`Station`."""

    s: Tensor
    g: Tensor
    sinr: Tensor
    gain: Tensor
    own: Tensor
    shares: Tensor
    noise: Tensor
    power: Tensor

    @property
    def duals(self) -> Tensor:
        """``X`` of the precoder ``H^H X``, before it is scaled to power 1."""


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


def wmmse_step(at: Evaluated, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``s`` and ``g`` that weighted MMSE takes next, ``s`` of mean square 1."""
    receiver = at.s * at.sinr / ((1.0 + at.sinr) * (at.gain + LEAST))
    g = (weights * (1.0 + at.sinr)).sqrt()
    return _normalised(g * receiver), g


def start_features(gram: Tensor, noise: Tensor, error: Tensor, weights: Tensor) -> tuple[Tensor, Tensor]:
    """Return what users know before there is a precoder, shape (b, n_users, 6), and how alike their channels are.

    The second, shape (b, n_users, n_users), has ``|G[k, j]|^2 / (G[k, k] G[j, j])``, and 0 on the diagonal.
    """
    diagonal = torch.diagonal(gram, dim1=-2, dim2=-1).real + LEAST
    squares = gram.real.square() + gram.imag.square()
    off = squares - torch.diag_embed(torch.diagonal(squares, dim1=-2, dim2=-1))
    alike = off / (diagonal[:, :, None] * diagonal[:, None, :])
    like = torch.ones_like(weights)
    features = torch.stack(
        [
            diagonal.log(),
            alike.mean(dim=-1),
            *_of_channel(noise, error, like),
            (weights + LEAST).log(),
        ],
        dim=-1,
    )
    return features, alike


def _of_channel(noise: Tensor, error: Tensor, like: Tensor) -> list[Tensor]:
    """Return features that all users of a channel share."""
    return [
        -noise.log()[:, None] * like / 5.0,
        math.log(like.shape[-1]) / 3.0 * like,
        error[:, None] * like,
    ]


def user_features(
    at: Evaluated, s: Tensor, g: Tensor, noise: Tensor, error: Tensor, weights: Tensor
) -> Tensor:
    """Return what users know of a precoder and of the step ``s``, ``g`` from it, shape (b, n_users, 10).

    Parameters
    ----------
    at : Evaluated
    s, g : float, shape (b, n_users)
        What weighted MMSE takes next.
    noise, error, weights
        See :meth:`IcgnnPrecoding.forward`.
    """
    log_s, log_g = s.log(), g.log()
    return torch.stack(
        [
            torch.log1p(at.sinr) / 3.0,
            at.own,
            log_s / 2.0,
            at.s.log() - log_s,
            at.g.log() - log_g,
            at.noise,
            *_of_channel(noise, error, torch.ones_like(s)),
            (weights + LEAST).log(),
        ],
        dim=-1,
    )


def corrected(s: Tensor, g: Tensor, change: Tensor) -> tuple[Tensor, Tensor]:
    """Return ``s`` and ``g`` after changes of their logarithms, the first two numbers of users."""
    return _normalised(s * change[..., 0].exp()), g * change[..., 1].exp()


def _normalised(s: Tensor) -> Tensor:
    return (s / s.square().mean(dim=-1, keepdim=True).add(LEAST).sqrt()).clamp_min(math.exp(-LOG_RANGE))


class IcgnnPrecoding(nn.Module):
    """Finds precoders of any number of users and antennas.

    Parameters
    ----------
    n_stages : int
        After the start.
    learned_start : bool
        Whether ``s`` and ``g`` of the start are learned; else it is RZF.
    """

    def __init__(self, n_stages: int = 2, learned_start: bool = False) -> None:
        super().__init__()
        self.sizes = {"n_stages": n_stages, "learned_start": learned_start}
        self.start = UserMessages(len(START_FEATURES)) if learned_start else None
        self.stages = nn.ModuleList(UserMessages(len(FEATURES)) for _ in range(n_stages))

    def forward(
        self, gram: Tensor, noise: Tensor, error: Tensor, weights: Tensor, drawn: Drawn | None = None
    ) -> list[Station]:
        """Return the precoders of the start and of all stages; see :func:`station`.

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
        s = g = torch.ones_like(weights)
        if self.start is not None:
            change = self.start(*start_features(gram, noise, error, weights))
            if drawn is not None:
                change = drawn.around(change)
            s, g = corrected(weights.sqrt(), weights.sqrt(), change.clamp(-LOG_RANGE, LOG_RANGE))
        stations = [station(gram, noise, s, g)]
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
        change = stage(user_features(at, s, g, noise, error, weights), at.shares)
        if drawn is not None:
            change = drawn.around(change)
        return corrected(s, g, change.clamp(-LOG_RANGE, LOG_RANGE))

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
